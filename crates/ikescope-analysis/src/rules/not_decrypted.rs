//! There are keys for the SA, and some of its messages stay closed.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::Flight;
use crate::opener::Closed;
use crate::words::{counted, sent};

declare_rule! {
    /// ## What it means
    /// Keys were given for this IKE SA, and some of its messages could not be read with them. What they
    /// say is told from the outside alone, as without keys.
    /// ## Why it happens
    /// The keys are those of another SA, of the other direction, or cut; the message was altered or is
    /// not whole in the capture; in IKEv1, a message that it depends on is missing from the capture, or
    /// its sender used keys of its own because the pre-shared keys differ.
    /// ## How to confirm
    /// ikescope keys FILE lists the SPIs that a file has keys for; ikescope dissect --keys FILE says
    /// of each message why it stays closed.
    /// ## How to fix
    /// Take the keys from the log of the same run as the capture, whole, and capture from the first
    /// message on, whole packets.
    /// ## References
    /// RFC 7296 §3.14; RFC 7383 §2.6; RFC 2409 appendix B.
    "IKE006" "not-decrypted": Info, since "0.1.0",
    "keys were given, and messages of the SA stay closed",
    Attempt(check)
}

/// Reasons told one by one.
const REASONS: usize = 4;

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let closed: Vec<(&Flight, &Closed)> = attempt
        .negotiation
        .flights()
        .filter_map(|(_, _, flight)| Some((flight, flight.facts.closed()?)))
        .collect();
    let mut told: Vec<(&Flight, &Closed)> = Vec::new();
    for (flight, reason) in &closed {
        if told.len() < REASONS && told.iter().all(|(_, other)| other != reason) {
            told.push((flight, reason));
        }
    }
    let mut evidence = told
        .iter()
        .map(|(flight, closed)| sent(flight, &*closed.reason));
    let count = counted(u64::try_from(closed.len()).unwrap_or(u64::MAX), "message");
    let finding = Finding::new(
        &RULE,
        Confidence::Implied,
        format!("keys were given, and {count} stayed closed."),
        evidence.next()?,
    )
    .and_maybe(evidence)
    .because("What these messages say is told from the outside alone.");
    Some(if closed.iter().any(|(_, closed)| closed.wrong_keys) {
        finding.next(
            "Compare the SPIs and the time of the log that the keys are from with this capture.",
        )
    } else {
        finding.next("Capture whole packets, from the first message of the negotiation on.")
    })
}
