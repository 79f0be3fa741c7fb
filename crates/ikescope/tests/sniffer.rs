//! FortiGate sniffer text straight into the report: the same report as of the pcapng made of it.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ikescope_capture::{Frames, LinkType, TextOptions};
use ikescope_testkit::sniffer::{Sniffer, Times, Verbosity, Way};
use ikescope_testkit::testdata_dir;

#[test]
fn the_report_of_a_text_is_that_of_the_capture_made_of_it() {
    let mut compared = 0;
    for path in captures() {
        let Some(text) = text_of(&path) else { continue };
        let name = path.file_stem().unwrap().to_str().unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let [txt, pcapng] = ["txt", "pcapng"].map(|e| folder.join(format!("sniffer-{name}.{e}")));
        fs::write(&txt, text).unwrap();
        let converted = ikescope(&[
            "convert".as_ref(),
            txt.as_os_str(),
            "-o".as_ref(),
            pcapng.as_os_str(),
        ]);
        assert!(converted.status.success(), "{name}: {converted:?}");
        for format in ["text", "json"] {
            let report =
                |input: &Path| piped(&["--format", format, "-"], &fs::read(input).unwrap());
            let of_text = report(&txt).replace("fortigate-sniffer", "pcapng");
            assert_eq!(of_text, report(&pcapng), "{name}");
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared} reports");
}

#[test]
fn a_live_session_is_read_from_standard_input() {
    let text = text_of(&testdata_dir().join("captures/ike2-psk-mismatch.pcap")).unwrap();
    let report = piped(&["-"], &text);
    assert!(report.starts_with("x REJECTED in IKE_AUTH"), "{report}");
}

/// What the log of a session shows too is the same event: no sending more than the capture has that both
/// were made of, and the same verdict.
#[test]
fn a_message_that_sniffer_and_log_both_show_was_sent_once() {
    for (session, capture) in [
        ("46-log-between-packets", "ike2-psk-ok"),
        ("46-other-zone", "ike2-psk-ok"),
        ("46-relative-packets", "ike2-psk-ok"),
        ("46-log-first", "ike2-psk-ok"),
        ("46-repeats", "ike2-sa-init-unanswered"),
        ("46-repeats-half-logged", "ike2-sa-init-unanswered"),
    ] {
        let of = |path: String| ikescope::analyze(testdata_dir().join(path).as_path()).unwrap();
        let (mixed, plain) = (
            of(format!("sniffer/{session}.txt")),
            of(format!("captures/{capture}.pcap")),
        );
        assert_eq!(mixed.inputs[0].format, "fortigate-console", "{session}");
        let told = |report: &ikescope::report::Report| {
            let [tunnel] = &report.tunnels[..] else {
                panic!("{session}: {} tunnels", report.tunnels.len());
            };
            let exchanges = tunnel.negotiations.iter().flat_map(|one| &one.exchanges);
            let sent: Vec<(String, u32)> = exchanges
                .map(|exchange| (exchange.exchange_type.clone(), exchange.retransmits))
                .collect();
            let verdict = &tunnel.verdict;
            (verdict.outcome, verdict.stage, verdict.cause, sent)
        };
        assert_eq!(told(&mixed), told(&plain), "{session}");
    }
}

#[test]
fn zone_and_date_are_taken_from_the_command_line() {
    let input = testdata_dir().join("sniffer/19-times-relative.txt");
    let arguments = [
        "--input-tz",
        "+09:00",
        "--input-date",
        "2026-03-14T11:00:00",
        "--format",
        "json",
    ];
    let arguments: Vec<_> = arguments
        .iter()
        .map(AsRef::as_ref)
        .chain([input.as_os_str()])
        .collect();
    let report = String::from_utf8(ikescope(&arguments).stdout).unwrap();
    // 11:00 in Tokyo is 02:00 UTC, by `date -u +%s`.
    assert!(
        report.contains("\"first_time\": \"1773453600.000001000\""),
        "{report}"
    );
    let wrong = ikescope(&["--input-tz".as_ref(), "CET".as_ref(), input.as_os_str()]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn headers_alone_are_an_error_that_says_what_to_type() {
    let input = testdata_dir().join("sniffer/10-headers-with-interfaces.txt");
    let output = ikescope(&[input.as_os_str()]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        error.contains("holds 5 FortiGate sniffer headers and no packet data (verbosity 4); use"),
        "{error}"
    );
    assert!(
        error.contains("'udp port 500 or udp port 4500 or esp' 6 0 a"),
        "{error}"
    );
}

/// An Ethernet capture as the sniffer prints it on one interface; `None` for another link type.
fn text_of(path: &Path) -> Option<Vec<u8>> {
    let mut frames = Frames::open(path, &TextOptions::default()).unwrap();
    let mut sniffer = Sniffer::on("wan1", Verbosity::FromEthernet, true, Times::Absolute);
    while let Some(frame) = frames.next_frame() {
        if frame.link != LinkType::ETHERNET {
            return None;
        }
        sniffer.frame(frame.time.0, "wan1", Way::In, frame.octets);
    }
    Some(sniffer.finish())
}

fn captures() -> Vec<PathBuf> {
    let entries = fs::read_dir(testdata_dir().join("captures")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|e| e == "pcap" || e == "pcapng")
    });
    paths.sort();
    paths
}

fn ikescope(arguments: &[&std::ffi::OsStr]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(arguments)
        .output()
        .unwrap()
}

/// What is printed of standard input.
fn piped(arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}
