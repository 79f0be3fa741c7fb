//! The IKE SA is up, the Child SA was refused.

use ikescope_wire::iana::ExchangeType;

use crate::advice;
use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::negotiation::{Exchange, Flight, Role};
use crate::record::Notify;
use crate::silence::child_refusal;
use crate::standing::{Halt, Stage};
use crate::words::{name_of, octets, sent};

declare_rule! {
    /// ## What it means
    /// The responder accepted the initiator, but its answer is too small to hold a Child SA: it
    /// refused the traffic selectors or the ESP proposal.
    /// ## Why it happens
    /// The protected networks of the two sides do not match; the ESP proposals have nothing in
    /// common; a virtual address could not be given.
    /// ## How to confirm
    /// Read the responder's log; with keys this report names the reason.
    /// ## How to fix
    /// Compare the traffic selectors (proxy IDs, encryption domains) and the ESP proposal of both
    /// sides, key exchange group included.
    /// ## References
    /// RFC 7296 §1.2, §2.9, §2.21.2.
    "IKE404" "child-refused": Error, since "0.1.0",
    "the Child SA was refused for a reason that cannot be read, or has no rule",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if let Some((exchange, answer, notify)) = child_refusal(attempt)
        && attempt.standing.stage == Stage::ChildSa
    {
        return Some(told(attempt, exchange, answer, notify));
    }
    match attempt.standing.halt {
        Halt::ChildRefusedInside(exchange) => inside_auth(attempt, exchange),
        Halt::RekeyRefused(exchange) if attempt.standing.stage == Stage::ChildSa => {
            on_its_own(attempt, exchange)
        }
        _ => None,
    }
}

/// An error that has no rule of its own.
fn told(attempt: &Attempt<'_>, exchange: &Exchange, answer: &Flight, notify: &Notify) -> Finding {
    let name = name_of(attempt, notify);
    let peer = attempt.name(exchange.from.other());
    let label = format!("{name}, {}", notify.legibility());
    Finding::new(
        &RULE,
        Confidence::Stated,
        format!("the IKE SA is up, but {peer} refused the Child SA with {name}."),
        octets(answer, notify.octets(), label),
    )
    .because(format!("{peer} says so itself."))
    .next(format!("Read the log of {peer} at that second."))
}

/// CREATE_CHILD_SA of an IKE SA that has no Child SA yet.
fn on_its_own(attempt: &Attempt<'_>, exchange: &Exchange) -> Option<Finding> {
    let response = exchange.response.as_deref()?;
    let encrypted = response.facts.encrypted?;
    let peer = attempt.name(exchange.from.other());
    let place = (encrypted.offset, encrypted.offset + 1);
    let label = "first payload inside SK is a Notify, with no room for an SA";
    let title = format!("the IKE SA is up, but {peer} refused the Child SA.");
    Some(advise(
        attempt,
        exchange,
        Finding::new(
            &RULE,
            Confidence::Implied,
            title,
            octets(response, place, label),
        )
        .and_maybe(
            exchange
                .request
                .as_deref()
                .map(|request| sent(request, "the request")),
        )
        .because("An acceptance begins with SA or is much larger."),
    ))
}

fn advise(attempt: &Attempt<'_>, exchange: &Exchange, finding: Finding) -> Finding {
    finding
        .unless(
            "ts-unacceptable",
            "if the peer's log speaks of traffic selectors or proxy IDs",
        )
        .unless(
            "child-no-proposal-chosen",
            "if it speaks of the ESP proposal",
        )
        .next(advice::read_log(
            attempt,
            exchange.from.other(),
            exchange.first_time(),
            ".",
        ))
        .next(
            "Compare traffic selectors and ESP proposals of both sides, key exchange group (PFS) \
             included.",
        )
}

fn inside_auth(attempt: &Attempt<'_>, exchange: &Exchange) -> Option<Finding> {
    let response = exchange.response.as_deref()?;
    let encrypted = response.facts.encrypted?;
    let suite = attempt.suite?;
    let room = suite.room(&encrypted)?;
    let responder = attempt.name(Role::Responder);
    let title = format!(
        "{responder} accepted {}, but refused the Child SA.",
        attempt.name(Role::Initiator)
    );
    let label = format!(
        "{} octets leave room for {room} inside; with a Child SA it would be {} or more",
        response.facts.length,
        suite.least_success()
    );
    let inner = (encrypted.offset, encrypted.offset + 1);
    let sequel = goes_on(attempt);
    let confidence = if sequel.is_some() {
        Confidence::Implied
    } else {
        Confidence::Suspected
    };
    let finding = advise(
        attempt,
        exchange,
        Finding::new(&RULE, confidence, title, octets(response, (24, 28), label))
            .and(octets(
                response,
                inner,
                "first payload inside SK is not a Notify: the initiator itself was accepted",
            ))
            .and_maybe(
                exchange
                    .request
                    .as_deref()
                    .map(|request| sent(request, "the request")),
            )
            .and_maybe(
                sequel.map(|flight| sent(flight, "the IKE SA lives on, or is ended in order")),
            )
            .because(
                "Identity and authentication fit into the answer, SA and traffic selectors do not.",
            ),
    );
    Some(if sequel.is_some() {
        finding
    } else {
        finding.unless(
            "eap-failed",
            "if the answer asks for EAP: then IKE_AUTH goes on behind the end of this capture",
        )
    })
}

/// What either end does with the IKE SA that stands without a Child SA: it deletes, asks for another
/// one, or looks whether the peer is alive. Whoever is asked for EAP does none of that.
fn goes_on<'a>(attempt: &Attempt<'a>) -> Option<&'a Flight> {
    let later = attempt.negotiation.exchanges.iter().find(|exchange| {
        matches!(
            exchange.exchange_type,
            ExchangeType::INFORMATIONAL | ExchangeType::CREATE_CHILD_SA
        )
    })?;
    later.request.as_deref().or(later.response.as_deref())
}
