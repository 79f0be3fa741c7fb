//! The repeats of real daemons, told by their schedules. What each daemon is, its own log says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use ikescope::Report;
use ikescope_testkit::{shared_dir, testdata_dir};

#[test]
fn the_default_schedules_of_our_own_lab_are_told() {
    let captures = testdata_dir().join("captures");
    let told = |name: &str| suspected(&captures.join(name));
    assert_eq!(
        told("ike2-sa-init-unanswered-default-timing.pcap"),
        ["suspected by its repeats after 4.0 7.2 13.0 23.3 42.0 s: strongSwan"]
    );
    assert_eq!(
        told("lsw-ike2-sa-init-unanswered.pcap"),
        ["suspected by its repeats after 0.5 0.5 1.0 s: libreswan"]
    );
}

/// Configured as no implementation does by itself: 1 s, growing by half.
#[test]
fn a_schedule_of_its_own_is_nobodys() {
    let captures = testdata_dir().join("captures");
    let own = suspected(&captures.join("ike2-sa-init-unanswered.pcap"));
    assert!(own.is_empty(), "{own:?}");
}

#[test]
fn the_default_schedules_of_the_practice_lab_are_told() {
    let Some(shared) = shared_dir() else { return };
    for scenario in [
        "ike2-udp500-out-dropped-default-timing",
        "ike1-responder-silent-default-timing",
    ] {
        let told = suspected(&shared.join("lab").join(scenario).join("capture.pcap"));
        assert!(
            told.iter().all(|one| one.ends_with(": strongSwan")) && !told.is_empty(),
            "{scenario}: {told:?}"
        );
    }
}

fn suspected(capture: &Path) -> Vec<String> {
    let report: Report = ikescope::analyze(capture).unwrap();
    let negotiations = report
        .tunnels
        .iter()
        .flat_map(|tunnel| &tunnel.negotiations);
    negotiations
        .flat_map(|one| {
            let both = &one.implementations;
            both.initiator.iter().chain(&both.responder)
        })
        .filter(|name| name.starts_with("suspected"))
        .cloned()
        .collect()
}
