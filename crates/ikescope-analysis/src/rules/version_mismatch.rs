//! One side speaks IKEv1, the other IKEv2.

use ikescope_wire::iana::{ExchangeType, NotifyType};

use crate::attempt::{Attempt, Scene};
use crate::finding::{Confidence, Finding};
use crate::negotiation::{Exchange, Negotiation, Role};
use crate::rule::Placed;
use crate::situation::refusal;
use crate::standing::{Halt, Outcome};
use crate::words::{octets, sent};

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

/// Silence, or a refusal that may mean anything, from a peer that speaks the other version itself.
fn speaks_the_other(scene: &Scene<'_>, attempt: &Attempt<'_>) -> Option<Finding> {
    let negotiation = attempt.negotiation;
    let version = negotiation.ike_version;
    let responder = attempt.name(Role::Responder);
    let (primary, does) = match attempt.standing.halt {
        Halt::Unanswered(exchange)
            if attempt.standing.outcome == Outcome::Stalled && is_opening(exchange) =>
        {
            let request = exchange.request.as_deref()?;
            (
                sent(request, "the first message, without an answer"),
                "is silent to",
            )
        }
        Halt::Refused(exchange) => {
            let (flight, notify) = refusal(exchange)
                .filter(|(_, notify)| notify.notify_type == NotifyType::NO_PROPOSAL_CHOSEN.0)?;
            let place = octets(flight, notify.octets(), "NO_PROPOSAL_CHOSEN");
            (place, "refuses")
        }
        _ => return None,
    };
    // What a peer answers in may be a choice of the other end; what it begins is its own.
    let begins =
        |other: &&Negotiation| other.ike_version != version && other.initiator.ip() == responder;
    let spoken = scene
        .attempts
        .iter()
        .map(|other| other.negotiation)
        .find(begins)?
        .first_flight()?;
    let title = format!("{responder} {does} IKEv{version}, but speaks the other version itself.");
    Some(advice(
        Finding::new(&RULE, Confidence::Suspected, title, primary)
            .and(sent(
                spoken,
                format!("{responder} begins in the other version"),
            ))
            .because(
                "A daemon that is not configured for a version drops it, or says \
                 NO_PROPOSAL_CHOSEN.",
            )
            .unless(
                "sa-init-unanswered",
                "if the other version stays unanswered too",
            )
            .unless(
                "no-proposal-chosen",
                "if the log of the peer speaks of proposals",
            ),
    ))
}

fn is_opening(exchange: &Exchange) -> bool {
    exchange.step <= 1
        && matches!(
            exchange.exchange_type,
            ExchangeType::IKE_SA_INIT
                | ExchangeType::IDENTITY_PROTECTION
                | ExchangeType::AGGRESSIVE
        )
}

fn advice(finding: Finding) -> Finding {
    finding.next("Set the same IKE version on both sides, IKEv2 if both can.")
}
