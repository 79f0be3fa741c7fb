//! Messages are cut by the snap length.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// The capture kept only the first octets of the messages. SPIs, lengths and the first payload
    /// of SK can be read; NAT detection, groups and Vendor IDs may be missing.
    /// ## Why it happens
    /// A snap length (tcpdump -s, a device's frame-size option) smaller than the messages.
    /// ## How to confirm
    /// The captured length of the frames is below their length on the wire.
    /// ## How to fix
    /// Capture whole packets: tcpdump -s 0.
    /// ## References
    /// RFC 7296 §3.1 (the header announces the length of the message).
    "IKE004" "cut-by-snaplen": Info, since "0.1.0",
    "IKE messages kept in part only",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let cut = |flight: &&crate::negotiation::Flight| {
        let is_logged = flight.first().hop_limit == 0;
        flight.facts.captured < flight.facts.length && !flight.first().incomplete && !is_logged
    };
    let flights = || attempt.negotiation.flights().map(|(_, _, flight)| flight);
    let first = flights().find(cut)?;
    let title = format!(
        "{} of {} IKE messages are cut by the capture.",
        flights().filter(cut).count(),
        flights().count()
    );
    let label = format!("{} of {} octets", first.facts.captured, first.facts.length);
    Some(
        Finding::new(&RULE, Confidence::Implied, title, sent(first, label))
            .because("What stands behind the cut is not known.")
            .next(
                "Capture again, whole packets:\n    tcpdump -s 0 -w full.pcap 'udp port 500 or udp port 4500 or esp'",
            ),
    )
}
