//! The next generation of the IPsec SA is refused.

use crate::advice::{self, Need, Target, Vendor, makers};
use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, Severity};
use crate::negotiation::Exchange;
use crate::proposal::Transform;
use crate::record::Facts;
use crate::silence::phase_2_refusal;
use crate::standing::{Halt, Outcome, Stage};
use crate::words::{name_of, octets, sent};

declare_rule! {
    /// ## What it means
    /// The tunnel is up, and the peer refuses to replace its SA: when the old one's lifetime ends, so
    /// does the tunnel.
    /// ## Why it happens
    /// Nearly always PFS: the first Child SA comes from IKE_AUTH without a key exchange of its own,
    /// so different groups show only at the first rekey. Else the proposals for rekeying differ, or
    /// networks were changed in the meantime.
    /// ## How to confirm
    /// Compare the PFS group of phase 2 on both sides; read the peer's log.
    /// ## How to fix
    /// Set the same PFS group on both sides, or none on both.
    /// ## References
    /// RFC 7296 §1.3.1, §1.3.3, §2.8; RFC 2409 §5.5.
    "IKE505" "rekey-refused": Error, since "0.1.0",
    "a CREATE_CHILD_SA or quick mode was refused once the tunnel was up",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::RekeyRefused(exchange) = attempt.standing.halt else {
        return None;
    };
    if attempt.standing.stage == Stage::ChildSa {
        return None;
    }
    let answer = match &exchange.response {
        Some(response) => response,
        None => phase_2_refusal(attempt, exchange)?,
    };
    let peer = attempt.name(exchange.from.other());
    let label = "an answer that begins with a Notify and has no room for an SA";
    let (confidence, primary) = match (answer.facts.error_notify(), answer.facts.encrypted) {
        (Some(notify), _) => {
            let name = name_of(attempt, notify);
            let label = format!("{name}, {}", notify.legibility());
            (Confidence::Stated, octets(answer, notify.octets(), label))
        }
        (None, Some(sk)) => (
            Confidence::Implied,
            octets(answer, (sk.offset, sk.offset + 1), label),
        ),
        (None, None) => (
            Confidence::Implied,
            sent(answer, "an informational instead of an answer"),
        ),
    };
    let works = attempt.standing.outcome != Outcome::Rejected;
    let severity = if works {
        Severity::Warning
    } else {
        Severity::Error
    };
    Some(
        Finding::new(
            &RULE,
            confidence,
            format!("{peer} refused to rekey: the tunnel works until the lifetime of its SA ends."),
            primary,
        )
        .severity(severity)
        .and_maybe(
            exchange
                .request
                .as_deref()
                .map(|request| sent(request, asked_with(&request.facts))),
        )
        .because(
            "Nearly always PFS: the first Child SA needs no group of its own, the next one does.",
        )
        .unless(
            "rekey-collision",
            "if both ends rekey at once and one gives way",
        )
        .next(same_group(attempt, exchange))
        .next(advice::read_log(
            attempt,
            exchange.from.other(),
            exchange.first_time(),
            ".",
        )),
    )
}

/// The PFS group that the request asks for, where it was decrypted.
fn asked_with(facts: &Facts) -> String {
    let Some(inner) = facts.inner().filter(|inner| !inner.transforms.is_empty()) else {
        return "the request".to_owned();
    };
    let groups = inner.transforms.iter().filter(|one| one.is_group());
    let groups: Vec<String> = groups.map(Transform::plain_name).collect();
    match groups.as_slice() {
        [] => "the request, without PFS".to_owned(),
        groups => format!("the request, with PFS group {}", groups.join(" or ")),
    }
}

/// Azure offers no PFS when it starts a rekey, unless the connection has a policy of its own.
fn same_group(attempt: &Attempt<'_>, exchange: &Exchange) -> String {
    let asker = exchange.from;
    if makers(attempt, asker).as_slice() == [Vendor::Azure] {
        let sentence = format!(
            "Azure offers no PFS when it starts a rekey: turn PFS off at {}, or give the connection \
             a policy of its own with the group that is set there.",
            attempt.name(asker.other())
        );
        let need = Need::OfferSuite {
            suite: Target::USUAL,
            groups: &[Target::USUAL.group],
        };
        return advice::step(attempt, asker, &need, &sentence);
    }
    advice::step(
        attempt,
        asker,
        &Need::SetPfs { group: 14 },
        "Set the same PFS group in phase 2 on both sides, or none on both. Group 14:",
    )
}
