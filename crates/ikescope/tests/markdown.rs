//! The report for tickets: it tells what the text tells, and nothing in it is markup of a packet's.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use ikescope_testkit::dialogue::{Dialogue, Side, interleaved};
use ikescope_testkit::message::ikev2;
use ikescope_testkit::testdata_dir;

#[test]
fn tells_headline_ladder_evidence_and_steps_of_every_capture() {
    let folder = testdata_dir().join("captures");
    let mut told = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path
            .extension()
            .is_some_and(|it| it == "pcap" || it == "pcapng")
        {
            continue;
        }
        let text = markdown(&path);
        assert!(text.starts_with("### "), "{path:?}: {text}");
        let report = ikescope::analyze(path.as_path()).unwrap();
        for tunnel in report.tunnels.iter().filter(|_| report.tunnels.len() == 1) {
            let outcome = tunnel.verdict.outcome.to_uppercase();
            assert!(text.contains(&format!(" {outcome}")), "{path:?}");
            assert!(
                tunnel
                    .verdict
                    .cause
                    .is_none_or(|cause| text.contains(cause)),
                "{path:?}"
            );
            assert_eq!(text.matches("````text").count(), 1, "{path:?}");
            told += 1;
        }
        // Frames outside of code would lead to issues of that number.
        let mut fenced = false;
        for line in text.lines() {
            fenced ^= line.trim_start().starts_with("````");
            let prose: String = line.split('`').step_by(2).collect();
            assert!(
                fenced || !prose.trim_start_matches('#').contains('#'),
                "{path:?}: {line}"
            );
        }
    }
    assert!(told > 50, "{told}");
}

#[test]
fn a_table_lists_what_does_not_work() {
    let mut dialogue = Dialogue::between("192.0.2.1:500", "203.0.113.1:500");
    dialogue.sa_init_request().repeat(&[3.0, 6.0, 12.0]);
    let mut healthy = Dialogue::between("192.0.2.2:500", "203.0.113.1:500");
    healthy
        .seed(2)
        .announce(Side::Initiator, ikev2::vendor_id(b"<b>@all</b>"));
    healthy
        .sa_init()
        .auth()
        .esp(Side::Initiator, 3)
        .esp(Side::Responder, 3);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a_table.pcap");
    fs::write(&path, interleaved(&[&dialogue, &healthy])).unwrap();
    let text = markdown(&path);
    assert!(
        text.starts_with("### \u{2717} 1 of 2 tunnels is broken: 1 stalled."),
        "{text}"
    );
    assert!(
        text.contains(
            "| 192.0.2.1 | 1 | IKE_SA_INIT | \u{2717} stalled | IKE101 sa-init-unanswered |"
        ),
        "{text}"
    );
    assert!(
        text.contains("| 1 others | | | \u{2713} established | |"),
        "{text}"
    );
    assert!(!text.contains("<b>") && !text.contains(" @all"), "{text}");
}

fn markdown(path: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(["--format", "markdown"])
        .arg(path)
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}
