//! Frames came too late to be put in time order.

use crate::finding::{Confidence, Finding, evidence};
use crate::history::History;
use crate::probe::Probe;
use crate::words::counted;

declare_rule! {
    /// ## What it means
    /// Some frames lie so far behind their time that they could not be put in order.
    /// ## Why it happens
    /// Captures were appended to each other, or the clock was set back.
    /// ## How to confirm
    /// Sort a copy: reordercap in.pcap out.pcap.
    /// ## How to fix
    /// Give the parts as separate inputs, or the sorted copy.
    /// ## References
    /// None: this is about the file, not about a protocol.
    "IKE005" "out-of-order": Info, since "0.1.0",
    "frames far behind their time",
    Capture(check)
}

fn check(history: &History, _: &[Probe]) -> Vec<Finding> {
    let Some(disorder) = history.disorder else {
        return Vec::new();
    };
    let title = format!(
        "{} came too late to be put in time order.",
        counted(disorder.packets, "packet")
    );
    let primary = evidence(disorder.first, None, "the first of them");
    vec![
        Finding::new(&RULE, Confidence::Implied, title, primary)
            .because("Repeats and answers around such packets may be judged in the wrong order.")
            .next("Put the frames in order first:\n    reordercap in.pcap sorted.pcap"),
    ]
}
