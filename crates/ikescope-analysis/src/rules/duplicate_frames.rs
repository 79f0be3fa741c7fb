//! The capture shows packets twice.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, evidence};
use crate::words::counted;

declare_rule! {
    /// ## What it means
    /// The same packet is in the capture twice: same octets, same IP identification, within
    /// milliseconds. These copies are not counted as retransmissions.
    /// ## Why it happens
    /// A mirror port of two ports, or a capture on all interfaces of a router.
    /// ## How to confirm
    /// Compare the IP identification of the two frames.
    /// ## How to fix
    /// Nothing is broken; for a smaller file capture on one interface.
    /// ## References
    /// RFC 791 §3.1 (identification).
    "IKE003" "duplicate-frames": Info, since "0.1.0",
    "the same packets twice within milliseconds",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    // A message of a capture and its line in a log are two witnesses, and no copies.
    let is_seen = |flight: &&crate::negotiation::Flight| {
        let copy = flight.first_duplicate.as_deref();
        flight.first().hop_limit > 0 && copy.is_none_or(|copy| copy.hop_limit > 0)
    };
    let flights = || {
        let all = attempt.negotiation.flights().map(|(_, _, flight)| flight);
        all.filter(is_seen)
    };
    let duplicates: u64 = flights().map(|flight| u64::from(flight.duplicates)).sum();
    let first = flights()
        .filter_map(|flight| flight.first_duplicate.as_deref().map(|copy| (flight, copy)))
        .next();
    let (flight, copy) = first?;
    let title = format!(
        "{} of IKE messages made by the capture itself.",
        counted(duplicates, "copy").replace("copys", "copies")
    );
    Some(
        Finding::new(
            &RULE,
            Confidence::Implied,
            title,
            evidence(
                copy.frame,
                None,
                format!("the same packet as #{}", flight.first().frame.number),
            ),
        )
        .because("A mirror port or a capture on several interfaces shows a packet more than once."),
    )
}
