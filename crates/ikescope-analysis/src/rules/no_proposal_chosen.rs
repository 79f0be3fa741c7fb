//! The responder refuses every proposal for the IKE SA.

use ikescope_wire::iana::{NotifyType, ikev1};

use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::situation::refusal;
use crate::standing::Halt;
use crate::words::{octets, repeats, sent};

declare_rule! {
    /// ## What it means
    /// The responder answered NO_PROPOSAL_CHOSEN in clear. It found no proposal acceptable; many
    /// devices say the same when they have no configuration for this peer at all.
    /// ## Why it happens
    /// The encryption, integrity, PRF or group lists have nothing in common; or the responder knows
    /// no peer with this address, or not with this IKE version.
    /// ## How to confirm
    /// Compare the offered proposals with the responder's configuration; read the responder's log
    /// at that second.
    /// ## How to fix
    /// Configure one common proposal on both sides, and make sure that the responder has this peer.
    /// ## References
    /// RFC 7296 §2.7, §3.3; RFC 2408 §5.4, §5.5.
    "IKE201" "no-proposal-chosen": Error, since "0.1.0",
    "NO_PROPOSAL_CHOSEN in clear: the IKE SA's proposal was refused",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::Refused(exchange) = attempt.standing.halt else {
        return None;
    };
    let (flight, notify) = refusal(exchange)?;
    let wanted = match attempt.negotiation.ike_version {
        1 => ikev1::NotifyType::NO_PROPOSAL_CHOSEN.0,
        _ => NotifyType::NO_PROPOSAL_CHOSEN.0,
    };
    if notify.notify_type != wanted {
        return None;
    }
    let responder = attempt.name(Role::Responder);
    let title = format!(
        "{responder} refused every IKE proposal of {}.",
        attempt.name(Role::Initiator)
    );
    let place = octets(
        flight,
        notify.octets(),
        "NO_PROPOSAL_CHOSEN, in clear, not authenticated",
    );
    let offer = attempt
        .negotiation
        .flights_of(Role::Initiator)
        .find(|flight| flight.facts.sa_octets.is_some());
    Some(
        Finding::new(&RULE, Confidence::Stated, title, place)
            .and_maybe(offer.map(|offer| sent(offer, "the offer")))
            .and_maybe(repeats(flight, "refused again"))
            .because(format!(
                "{responder} says so itself. Peers that have no configuration for this address, or not \
                 for this IKE version, say the same."
            ))
            .unless(
                "peer-not-configured",
                format!(
                    "if {responder} accepts this very proposal from another peer, or has none of \
                     it configured"
                ),
            )
            .next(format!(
                "Compare the offered proposals with those configured at {responder}: encryption, \
                 integrity, PRF and group must each have one value in common."
            ))
            .next(format!(
                "Read the log of {responder} at that second: does it name the connection, or say \
                 that none matches?"
            )),
    )
}
