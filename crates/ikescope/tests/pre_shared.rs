//! Pre-shared keys from outside: where they may come from, and what is said of them.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ikescope_testkit::testdata_dir;
use serde_json::Value;

/// Both daemons of the scenarios that succeed have the key "lab".
const AGGRESSIVE: &str = "ike1-aggressive-ok.pcap";

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ikescope"));
    command
        .current_dir(testdata_dir().join("captures"))
        .stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().unwrap()
}

/// A file of this test alone: tests run side by side.
fn key_file(test: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{}.psk", text.trim()));
    fs::write(&path, text).unwrap();
    path
}

/// Severity, confidence, title of the finding, and the frames that carry it.
fn checked(arguments: &[&str]) -> Option<(String, String, String, Vec<u64>)> {
    let output = run(&[arguments, &["--format", "json"]].concat());
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["tunnels"][0]["negotiations"][0]["findings"].as_array();
    let mut findings = findings.unwrap().iter();
    let found = findings.find(|finding| finding["code"] == "IKE007")?;
    let word = |name: &str| found[name].as_str().unwrap().to_owned();
    let frames = found["evidence"].as_array().unwrap().iter();
    Some((
        word("severity"),
        word("confidence"),
        word("title"),
        frames.map(|one| one["frame"].as_u64().unwrap()).collect(),
    ))
}

#[test]
fn a_key_is_held_against_aggressive_mode_without_any_other() {
    // The tunnel is up: a key that it does not use does it no harm.
    for (text, severity, verb) in [
        ("lab\n", "info", "used"),
        ("another\n", "info", "did not use"),
    ] {
        let path = key_file("psk-aggressive", text);
        let path = path.to_str().unwrap();
        let title = format!("198.51.100.20 {verb} the pre-shared key of \"{path}\".");
        let told = checked(&[AGGRESSIVE, "--psk-file", path]).unwrap();
        let expected = (severity.to_owned(), "stated".to_owned(), title, vec![4]);
        assert_eq!(told, expected);
    }
}

#[test]
fn a_key_is_held_against_both_ends_where_the_secret_of_the_key_exchange_is_given() {
    let path = key_file("psk-both-ends", "lab");
    let path = path.to_str().unwrap();
    for (capture, secret, frames) in [
        ("psk-ike2-ok.pcap", "psk-ike2-ok.toml", vec![7, 8]),
        ("psk-ike2-ok.pcap", "psk-ike2-ok.sk.toml", vec![7, 8]),
        ("psk-ike1-main-ok.pcap", "psk-ike1-main-ok.toml", vec![7, 8]),
    ] {
        let told = checked(&[capture, "--keys", secret, "--psk-file", path]).unwrap();
        assert_eq!(
            told.2,
            format!("both ends used the pre-shared key of \"{path}\".")
        );
        assert_eq!(told.3, frames, "{capture}");
    }
}

#[test]
fn a_key_comes_from_the_environment_too_and_never_from_an_argument() {
    let mut command = program();
    command.env("BRANCH_KEY", "lab");
    let output = command
        .args([AGGRESSIVE, "--psk-env", "BRANCH_KEY"])
        .output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(
        text.contains("used the pre-shared key of \"variable BRANCH_KEY\"."),
        "{text}"
    );
    let unset = run(&[AGGRESSIVE, "--psk-env", "NO_SUCH_KEY"]);
    assert_eq!(unset.status.code(), Some(2));
    assert_eq!(run(&[AGGRESSIVE, "--psk", "lab"]).status.code(), Some(2));
}

#[test]
fn says_so_where_nothing_can_be_held_against_the_key() {
    let path = key_file("psk-unused", "lab");
    let output = run(&["psk-ike2-ok.pcap", "--psk-file", path.to_str().unwrap()]);
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaint.starts_with("warning: nothing here can be held against the pre-shared key"),
        "{complaint}"
    );
    let output = run(&[AGGRESSIVE, "--psk-file", path.to_str().unwrap()]);
    assert_eq!(output.stderr, b"");
}

#[test]
fn a_redacted_report_does_not_name_the_file_of_the_key() {
    let path = key_file("psk-redacted", "customer-7");
    let path = path.to_str().unwrap();
    let output = run(&[AGGRESSIVE, "--psk-file", path, "--redact"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("IKE007") && !text.contains("customer-7"),
        "{text}"
    );
}
