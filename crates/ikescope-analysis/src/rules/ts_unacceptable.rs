//! The IPsec SA is refused for its networks, and the peer says so.

use ikescope_wire::iana::{ExchangeType, NotifyType, ikev1 as v1};

use crate::attempt::Attempt;
use crate::child::{ChildRequest, willing};
use crate::finding::Finding;
use crate::log::Told;
use crate::negotiation::Exchange;
use crate::said;
use crate::selector::{Selectors, listed};
use crate::silence::{child_refusal, child_refused_for};
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// The IKE SA stands, and the peer refuses the IPsec SA because of its traffic selectors (IKEv1:
    /// proxy IDs, INVALID-ID-INFORMATION).
    /// ## Why it happens
    /// The protected networks of the two sides do not mirror each other; one side is policy-based
    /// and the other route-based.
    /// ## How to confirm
    /// Compare local and remote networks of both sides, mask by mask. With keys this report lists what
    /// was asked for, and what the refusing side asked for or granted elsewhere.
    /// ## How to fix
    /// Make them mirror images, or use 0.0.0.0/0 on both sides with routes.
    /// ## References
    /// RFC 7296 §2.9, §3.10.1; RFC 2409 §5.5; RFC 2408 §3.14.1.
    "IKE402" "ts-unacceptable": Error, since "0.1.0",
    "TS_UNACCEPTABLE or INVALID-ID-INFORMATION for the Child SA, readable",
    Attempt(check), over ["quick-mode-refused", "child-refused", "rekey-refused"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if let Some(finding) = by_log(attempt) {
        return Some(finding);
    }
    let finding = child_refused_for(
        &RULE,
        attempt,
        (
            &[v1::NotifyType::INVALID_ID_INFORMATION],
            &[
                NotifyType::TS_UNACCEPTABLE,
                NotifyType::SINGLE_PAIR_REQUIRED,
            ],
        ),
        "refused the protected networks",
        |request| networks(request.exchange, &request.asked.selectors),
    )?;
    Some(
        beside(attempt, finding)
            .next("Compare local and remote networks (proxy IDs) of both sides, mask by mask."),
    )
}

/// Tells what the refusing end would have taken, if it showed that, and which network differs.
fn beside(attempt: &Attempt<'_>, finding: Finding) -> Finding {
    let Some(request) = child_refusal(attempt)
        .and_then(|(exchange, ..)| ChildRequest::of(attempt.negotiation, exchange))
    else {
        return finding;
    };
    let Some(willing) = willing(attempt.tunnel, attempt.negotiation, &request) else {
        return finding;
    };
    let (asked, would) = (&request.asked.selectors, &willing.selectors);
    let [initiator, responder] = names(request.exchange);
    let sides = [
        (initiator, &asked.initiator, &would.initiator),
        (responder, &asked.responder, &would.responder),
    ];
    let apart = sides.into_iter().filter(|(_, asked, would)| asked != would);
    let apart: Vec<String> = apart
        .map(|(name, asked, would)| {
            format!(
                "{name} is {} here and {} there",
                listed(asked),
                listed(would)
            )
        })
        .collect();
    if apart.is_empty() {
        return finding;
    }
    let refuser = attempt.name(request.exchange.from.other());
    let showed = if willing.asked_itself {
        format!("{refuser} asks for this itself")
    } else {
        format!("{refuser} granted this")
    };
    let because = format!(
        "{} In another exchange {showed} (frame {}): {}.",
        finding.explanation,
        willing.flight.first().frame.number,
        apart.join(", ")
    );
    let label = format!("{showed}: {}", networks(request.exchange, would));
    finding.and(sent(willing.flight, label)).because(because)
}

/// What the two sides of an exchange are called.
fn names(exchange: &Exchange) -> [&'static str; 2] {
    if exchange.exchange_type == ExchangeType::QUICK_MODE {
        ["IDci", "IDcr"]
    } else {
        ["TSi", "TSr"]
    }
}

fn networks(exchange: &Exchange, selectors: &Selectors) -> String {
    let [initiator, responder] = names(exchange);
    format!(
        "{initiator} {}, {responder} {}",
        listed(&selectors.initiator),
        listed(&selectors.responder)
    )
}

fn by_log(attempt: &Attempt<'_>) -> Option<Finding> {
    let line = said::cause(attempt)?;
    let refuses = match line.told {
        Told::SelectorsMismatch => true,
        Told::PeerNotify(NotifyType::TS_UNACCEPTABLE) => false,
        _ => return None,
    };
    let finding = said::stated(&RULE, attempt, line, |by, peer| {
        let (refuser, refused) = if refuses { (by, peer) } else { (peer, by) };
        format!("{refuser} refused the protected networks of {refused}.")
    });
    Some(
        finding
            .and_maybe(said::circumstances(attempt, line))
            .next("Compare local and remote networks (proxy IDs) of both sides, mask by mask."),
    )
}
