//! Many first messages for one target, never carried on.

use crate::finding::{Confidence, Finding, evidence};
use crate::history::History;
use crate::probe::{Probe, ProbeKind};

declare_rule! {
    /// ## What it means
    /// Many negotiations with one target begin within a minute and none is carried on: neither
    /// repeated nor followed by IKE_AUTH.
    /// ## Why it happens
    /// An attack that fills the target with half-open SAs, mostly from forged addresses; or a load
    /// test.
    /// ## How to confirm
    /// Look at the rate and the spread of the source addresses.
    /// ## How to fix
    /// Let the target ask for cookies early and bound half-open SAs per address; filter upstream.
    /// ## References
    /// RFC 7296 §2.6; RFC 8019 §3, §4.
    "IKE116" "half-open-flood": Warning, since "0.1.0",
    "many first messages for one target, never carried on",
    Capture(check)
}

fn check(_: &History, probes: &[Probe]) -> Vec<Finding> {
    probes
        .iter()
        .filter(|probe| probe.kind == ProbeKind::HalfOpenFlood)
        .map(|flood| {
            let title = format!(
                "{} attempts from {} addresses on {} were begun and never carried on.",
                flood.attempts, flood.sources, flood.target
            );
            Finding::new(
                &RULE,
                Confidence::Suspected,
                title,
                evidence(flood.first_frame, None, "the first of them"),
            )
            .and(evidence(flood.last_frame, None, "the newest of them"))
            .because(
                "A peer that wants a tunnel repeats its message, or goes on once it is answered.",
            )
            .next(format!(
                "Lower the cookie threshold of {} and filter upstream.",
                flood.target
            ))
        })
        .collect()
}
