//! Only one direction is in the capture.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// The capture holds the packets of one peer only, and they prove that the other one answered:
    /// its SPI is in their headers, the message IDs go on.
    /// ## Why it happens
    /// A capture filter on one source address, a mirror port of one direction, asymmetric routing.
    /// ## How to confirm
    /// Look for any packet from the other address.
    /// ## How to fix
    /// Capture both directions: `udp port 500 or udp port 4500 or esp`, on the interface that faces
    /// the peer.
    /// ## References
    /// RFC 7296 §2.6 (a non-zero responder SPI is known only from an answer).
    "IKE002" "one-sided-capture": Info, since "0.1.0",
    "one peer's packets only, and they show that the other one answered",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let unseen = attempt.unseen?;
    let speaker = unseen.other();
    let proof = attempt
        .negotiation
        .flights_of(speaker)
        .max_by_key(|flight| flight.first().time)?;
    let title = format!(
        "the capture shows only the packets of {}; those of {} are missing.",
        attempt.name(speaker),
        attempt.name(unseen)
    );
    Some(
        Finding::new(
            &RULE,
            Confidence::Implied,
            title,
            sent(
                proof,
                format!(
                    "could not exist without an answer of {}",
                    attempt.name(unseen)
                ),
            ),
        )
        .because("Whatever was not seen from the other end says nothing about that end.")
        .next("Capture both directions:\n    udp port 500 or udp port 4500 or esp"),
    )
}
