//! The NAT gave a peer another port, or the peer came by another way.

use std::net::SocketAddr;

use ikescope_wire::encapsulation::NAT_T_PORT;
use ikescope_wire::observed::FrameId;

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, evidence};
use crate::negotiation::Role;
use crate::situation;

declare_rule! {
    /// ## What it means
    /// From one message to the next a peer on UDP 4500 has another port or address, in the same IKE
    /// SA. The other peer has to follow at once, or what it sends goes to a place that is gone.
    /// ## Why it happens
    /// The NAT forgot its mapping in a silence and made a new one, was restarted, or spreads its
    /// clients over several addresses; or the peer moved (MOBIKE).
    /// ## How to confirm
    /// Look at the state table of the NAT; MOBIKE says UPDATE_SA_ADDRESSES, which is encrypted.
    /// ## How to fix
    /// Send NAT keepalives every 20 seconds, or raise the timeout of UDP mappings at the NAT.
    /// ## References
    /// RFC 7296 §2.23; RFC 3948 §4; RFC 4555 §3.5.
    "IKE121" "nat-mapping-changed": Info, since "0.1.0",
    "a peer on UDP 4500 has another port or address than before",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|role| changed(attempt, role))
}

fn changed(attempt: &Attempt<'_>, role: Role) -> Option<Finding> {
    let sources = sources(attempt, role);
    let switch = sources.windows(2).position(|pair| pair[0].1 != pair[1].1)?;
    let (before, after) = sources.split_at(switch + 1);
    let ((old_frame, old), (frame, new)) = (before.last()?, after.first()?);
    // Two taps, on either side of a NAT, show both all the time.
    if after.iter().any(|(_, source)| source == old) {
        return None;
    }
    // Without NAT a new address is a move (RFC 4555).
    let moved = old.ip() != new.ip();
    if moved && situation::nat(attempt.negotiation).behind(role) != Some(true) {
        return None;
    }
    let title = format!("the {} was {old} and is {new} now.", role.as_str());
    let (confidence, what) = if moved {
        (
            Confidence::Suspected,
            "The NAT changed its address, or the peer moved (MOBIKE).",
        )
    } else {
        (
            Confidence::Implied,
            "The NAT made a new mapping: it forgot the old one, or was restarted.",
        )
    };
    Some(
        Finding::new(
            &RULE,
            confidence,
            title,
            evidence(*frame, None, format!("from {new}")),
        )
        .and(evidence(
            *old_frame,
            None,
            format!("from {old}, the last time"),
        ))
        .because(what)
        .next("Send NAT keepalives every 20 s from the inside, or raise the NAT's UDP timeout."),
    )
}

/// From where this end sent to UDP 4500, in order of time.
fn sources(attempt: &Attempt<'_>, role: Role) -> Vec<(FrameId, SocketAddr)> {
    let flights = attempt.negotiation.flights_of(role);
    let mut sent: Vec<_> = flights
        .flat_map(|flight| {
            flight
                .sendings
                .iter()
                .map(move |one| (flight.ends_of(one), one))
        })
        .filter(|(ends, _)| [ends.source.port(), ends.destination.port()].contains(&NAT_T_PORT))
        .collect();
    sent.sort_by_key(|(_, one)| one.time);
    sent.into_iter()
        .map(|(ends, one)| (one.frame, ends.source))
        .collect()
}
