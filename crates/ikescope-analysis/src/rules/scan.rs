//! One source knocks at many doors.

use crate::finding::{Confidence, Finding, evidence};
use crate::history::History;
use crate::probe::{Probe, ProbeKind};

declare_rule! {
    /// ## What it means
    /// One address sends first messages to many targets within a minute and carries none of them on.
    /// ## Why it happens
    /// A scanner looks for IKE daemons and their proposals.
    /// ## How to confirm
    /// Look at the targets: neighbouring addresses in order are a scan.
    /// ## How to fix
    /// Nothing for the tunnels; filter the source if it disturbs.
    /// ## References
    /// RFC 7296 §2.6; RFC 8019 §3.
    "IKE117" "scan": Info, since "0.1.0",
    "first messages of one source for many targets, never carried on",
    Capture(check)
}

fn check(_: &History, probes: &[Probe]) -> Vec<Finding> {
    probes
        .iter()
        .filter(|probe| probe.kind == ProbeKind::Scan)
        .map(|scan| {
            let title = format!(
                "{} knocked at {} addresses and carried nothing on.",
                scan.source, scan.targets
            );
            Finding::new(
                &RULE,
                Confidence::Suspected,
                title,
                evidence(scan.first_frame, None, "the first of them"),
            )
            .and(evidence(scan.last_frame, None, "the newest of them"))
            .because("None of these first messages was repeated for long or followed by the next.")
            .next("Filter the source if it disturbs.")
        })
        .collect()
}
