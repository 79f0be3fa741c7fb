//! One side speaks IKEv1, the other IKEv2.

use ikescope_wire::iana::{ExchangeType, NotifyType};

use crate::attempt::{Attempt, Scene};
use crate::finding::{Confidence, Finding};
use crate::negotiation::Role;
use crate::rule::Placed;
use crate::situation::refusal;
use crate::standing::{Halt, Outcome};
use crate::words::{octets, repeats, sent};

declare_rule! {
    /// ## What it means
    /// The responder refuses this major version of IKE, or it is silent to it while it speaks the
    /// other version itself.
    /// ## Why it happens
    /// One side is configured for IKEv1, the other for IKEv2.
    /// ## How to confirm
    /// Compare the IKE version in the configuration of both sides.
    /// ## How to fix
    /// Set IKEv2 on both sides.
    /// ## References
    /// RFC 7296 §2.5, §3.1; RFC 2408 §3.14.1; RFC 9395 §3.
    "IKE208" "version-mismatch": Error, since "0.1.0",
    "INVALID_MAJOR_VERSION, or the other version seen from the same peer",
    Tunnel(check), over [
        "sa-init-unanswered", "main-mode-sa-unanswered", "aggressive-unanswered",
        "no-proposal-chosen", "refused-for-other-reason",
    ]
}

fn check(scene: &Scene<'_>) -> Vec<Placed> {
    let findings = scene
        .attempts
        .iter()
        .enumerate()
        .filter_map(|(index, attempt)| {
            let finding = told(attempt).or_else(|| speaks_the_other(scene, attempt))?;
            Some((Some(index), finding))
        });
    findings.collect()
}

/// INVALID_MAJOR_VERSION has the number 5 in both versions.
fn told(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::Refused(exchange) = attempt.standing.halt else {
        return None;
    };
    let (flight, notify) = refusal(exchange)?;
    if notify.notify_type != NotifyType::INVALID_MAJOR_VERSION.0 {
        return None;
    }
    let responder = attempt.name(Role::Responder);
    let title = format!(
        "{responder} does not speak IKEv{}.",
        attempt.negotiation.ike_version
    );
    let place = octets(flight, notify.octets(), "INVALID_MAJOR_VERSION");
    Some(advice(
        Finding::new(&RULE, Confidence::Stated, title, place)
            .because(format!("{responder} says so itself.")),
    ))
}

fn speaks_the_other(scene: &Scene<'_>, attempt: &Attempt<'_>) -> Option<Finding> {
    let negotiation = attempt.negotiation;
    let request = match attempt.standing.halt {
        Halt::Unanswered(exchange) if attempt.standing.outcome == Outcome::Stalled => {
            exchange.request.as_ref()?
        }
        _ => return None,
    };
    let opening = matches!(
        (
            negotiation.ike_version,
            attempt.negotiation.exchanges.first()?.exchange_type
        ),
        (2, ExchangeType::IKE_SA_INIT)
            | (
                1,
                ExchangeType::IDENTITY_PROTECTION | ExchangeType::AGGRESSIVE
            )
    );
    let responder = attempt.name(Role::Responder);
    let spoken = scene
        .attempts
        .iter()
        .map(|other| other.negotiation)
        .filter(|other| other.ike_version != negotiation.ike_version)
        .find_map(|other| {
            let role = [Role::Initiator, Role::Responder]
                .into_iter()
                .find(|role| other.end(*role).ip() == responder)?;
            other.flights_of(role).next()
        })?;
    if !opening || negotiation.heard(Role::Responder) {
        return None;
    }
    let title = format!(
        "{responder} is silent to IKEv{}, but speaks the other version itself.",
        negotiation.ike_version
    );
    Some(advice(
        Finding::new(
            &RULE,
            Confidence::Suspected,
            title,
            sent(request, "the first message, without an answer"),
        )
        .and(sent(spoken, format!("{responder} in the other version")))
        .and_maybe(repeats(request, "the same octets again"))
        .because("A daemon that is not configured for a version often drops it without a word.")
        .unless(
            "sa-init-unanswered",
            "if the other version stays unanswered too",
        ),
    ))
}

fn advice(finding: Finding) -> Finding {
    finding.next("Set the same IKE version on both sides, IKEv2 if both can.")
}
