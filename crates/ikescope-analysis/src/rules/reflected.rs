//! Nobody answers: our own datagrams come back.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, evidence};
use crate::negotiation::{Flight, Role, Sending};
use crate::standing::Outcome;
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// What seems to come from the responder is the initiator's own message, octet by octet, with
    /// source and destination exchanged.
    /// ## Why it happens
    /// The peer address belongs to an echo service, a looping NAT rule or a test device, not to an
    /// IKE daemon.
    /// ## How to confirm
    /// Compare the octets of both packets: even the initiator flag is the same.
    /// ## How to fix
    /// Correct the peer address, or the NAT rule that sends the packets back.
    /// ## References
    /// RFC 7296 §2.2, §3.1 (the initiator flag tells the directions apart).
    "IKE115" "reflected": Error, since "0.1.0",
    "the peer only sends back our own datagrams",
    Attempt(check), over [
        "sa-init-unanswered",
            "main-mode-sa-unanswered", "aggressive-unanswered", "duplicate-frames",
    ]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if attempt.standing.outcome != Outcome::Stalled || attempt.negotiation.heard(Role::Responder) {
        return None;
    }
    let (flight, back) = attempt
        .negotiation
        .flights_of(Role::Initiator)
        .find_map(|flight| Some((flight, mirrored(flight)?)))?;
    let responder = attempt.name(Role::Responder);
    let title = format!(
        "{responder} only sends the messages of {} back.",
        attempt.name(Role::Initiator)
    );
    let label = format!(
        "the octets of #{}, from {}",
        flight.first().frame.number,
        flight.ends_of(back).source
    );
    Some(
        Finding::new(
            &RULE,
            Confidence::Implied,
            title,
            evidence(back.frame, None, label),
        )
        .and(sent(flight, "the message itself"))
        .because("An answer of an IKE peer has other octets: its flag, its SPI, its own nonce.")
        .next(format!(
            "Is {responder} really the peer? Look at the NAT rules for UDP 500 there."
        )),
    )
}

/// A sending of the same octets that goes the other way.
fn mirrored(flight: &Flight) -> Option<&Sending> {
    let first = flight.ends;
    let mut sendings = flight
        .sendings
        .iter()
        .chain(flight.first_duplicate.as_deref());
    sendings.find(|sending| {
        let ends = flight.ends_of(sending);
        ends.source.ip() == first.destination.ip()
            && ends.destination.ip() == first.source.ip()
            && first.source.ip() != first.destination.ip()
    })
}
