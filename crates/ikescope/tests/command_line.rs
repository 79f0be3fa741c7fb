//! The program from outside: exit status, what goes where, and how it looks.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ikescope_testkit::dialogue::{Dialogue, interleaved};
use ikescope_testkit::testdata_dir;
use serde_json::Value;

const UNANSWERED: &str = "ike2-sa-init-unanswered.pcap";
const HEALTHY: &str = "ike2-psk-ok.pcap";

#[test]
fn exit_status_is_that_of_the_contract() {
    let status = |arguments: &[&str]| run(arguments).status.code();
    assert_eq!(status(&[UNANSWERED]), Some(0));
    assert_eq!(status(&[UNANSWERED, "--exit-code"]), Some(1));
    assert_eq!(status(&[HEALTHY, "--exit-code"]), Some(0));
    assert_eq!(
        status(&["ike2-established-idle.pcap", "--exit-code"]),
        Some(0)
    );
    assert_eq!(status(&["no-such-file.pcap"]), Some(2));
    assert_eq!(status(&["--no-such-flag", HEALTHY]), Some(2));
    assert_eq!(status(&[]), Some(2));
    assert_eq!(status(&["explain", "no-such-finding"]), Some(2));
    assert_eq!(status(&["dissect", "--hex", "xyz"]), Some(2));
    assert_eq!(status(&["--help"]), Some(0));
}

#[test]
fn an_unreadable_input_does_not_hide_a_readable_one() {
    let output = run(&["no-such-file.pcap", UNANSWERED, "-q"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stdout(&output).starts_with("x stalled sa_init IKE101"),
        "{}",
        stdout(&output)
    );
    assert!(stderr(&output).contains("cannot open no-such-file.pcap: No such file"));
}

#[test]
fn errors_name_the_file_what_is_there_and_what_to_do() {
    let folder = scratch("errors");
    for (name, octets, expected) in [
        ("zero.pcap", &b""[..], "zero.pcap is empty (0 octets)"),
        (
            "change.docx",
            b"PK\x03\x04 and so on",
            "offset 0 holds 50 4b 03 04",
        ),
        (
            "noise.pcap",
            b"\x00\x01\x02\x03\x04\x05\x06\x07",
            "noise.pcap is no capture",
        ),
    ] {
        let path = folder.join(name);
        fs::write(&path, octets).unwrap();
        let output = run(&[path.to_str().unwrap()]);
        assert_eq!(
            (output.status.code(), output.stdout.len()),
            (Some(2), 0),
            "{name}"
        );
        let message = stderr(&output);
        assert!(
            message.starts_with("error: ") && message.contains(expected),
            "{message}"
        );
    }
    fs::copy(capture(HEALTHY), folder.join("branch7.pcap")).unwrap();
    let missing = folder.join("branch7.pcp");
    let message = stderr(&run(&[missing.to_str().unwrap()]));
    assert!(message.contains("branch7.pcap does exist"), "{message}");
}

#[test]
fn a_cut_capture_gives_what_there_is_and_says_where_it_ends() {
    let path = scratch("cut").join("cut.pcap");
    let octets = fs::read(capture(HEALTHY)).unwrap();
    fs::write(&path, &octets[..octets.len() - 7]).unwrap();
    let output = run(&[path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(text.contains("ends inside frame 16"), "{text}");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let capture = capture("ike2-sa-init-unanswered-default-timing.pcap");
    for arguments in [&["--format", "json"][..], &["dissect", "-v"], &[]] {
        let mut child = ikescope()
            .args(arguments)
            .args([&capture; 1])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            (output.status.code(), stderr(&output).as_str()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn never_writes_onto_an_input() {
    let path = scratch("onto").join("input.pcap");
    fs::copy(capture(HEALTHY), &path).unwrap();
    let before = fs::read(&path).unwrap();
    let name = path.to_str().unwrap();
    let output = run(&[name, "--format", "text", "-o", name]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("is an input"),
        "{}",
        stderr(&output)
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn the_name_of_the_output_chooses_the_format() {
    let folder = scratch("format");
    for (name, begins) in [
        ("r.json", "{\n"),
        ("r.ndjson", "{\"id\""),
        ("r.txt", "x STALLED"),
    ] {
        let path = folder.join(name);
        let output = run(&[UNANSWERED, "-o", path.to_str().unwrap()]);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(0), "")
        );
        let written = fs::read_to_string(&path).unwrap();
        assert!(written.starts_with(begins), "{name}: {written}");
    }
}

#[test]
fn colours_only_where_they_are_wanted() {
    let colours = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = ikescope();
        command
            .envs(variables.iter().copied())
            .arg(UNANSWERED)
            .args(arguments);
        stdout(&command.output().unwrap()).contains('\x1b')
    };
    assert!(!colours(&[], &[]), "into a pipe");
    assert!(colours(&[], &["--color", "always"]));
    assert!(colours(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(
        !colours(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]),
        "flag beats environment"
    );
    assert!(!colours(&[("NO_COLOR", "1")], &[]));
}

#[test]
fn into_a_pipe_the_report_is_ascii_and_no_line_is_too_long() {
    for capture in captures() {
        for width in ["60", "72", "80", "100", "160"] {
            let output = run(&[&capture, "--width", width]);
            let text = stdout(&output);
            assert!(text.is_ascii() && !text.contains('\x1b'), "{capture}");
            let limit = width.parse().unwrap();
            for line in text.lines().filter(|line| line.len() > limit) {
                assert!(is_unbreakable(line), "{capture} at {width}: {line:?}");
            }
        }
    }
}

/// A name of a file or a command stands whole, whatever the width.
fn is_unbreakable(line: &str) -> bool {
    !line.trim().contains(' ') || line.starts_with(&" ".repeat(16)) || line.contains(".pcap")
}

#[test]
fn one_tunnel_takes_one_screen() {
    for capture in captures() {
        let text = stdout(&run(&[&capture]));
        let tunnels = json(&capture)["tunnels"].as_array().unwrap().len();
        let lines = text.lines().count();
        assert!(
            tunnels != 1 || lines <= 40,
            "{capture}: {lines} lines\n{text}"
        );
    }
}

#[test]
fn text_and_json_tell_the_same_verdict() {
    for capture in captures() {
        let report = json(&capture);
        let quiet = stdout(&run(&[&capture, "-q"]));
        let tunnels = report["tunnels"].as_array().unwrap();
        assert_eq!(quiet.lines().count(), tunnels.len(), "{capture}");
        for (line, tunnel) in quiet.lines().zip(tunnels) {
            let verdict = &tunnel["verdict"];
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(words[1], verdict["outcome"], "{capture}");
            assert_eq!(words[2], verdict["stage"], "{capture}");
            assert_eq!(
                words[4],
                verdict["cause"].as_str().unwrap_or("-"),
                "{capture}"
            );
            assert_eq!(words[5], verdict["confidence"], "{capture}");
        }
        if let [tunnel] = tunnels.as_slice() {
            let text = stdout(&run(&[&capture]));
            let outcome = tunnel["verdict"]["outcome"]
                .as_str()
                .unwrap()
                .to_uppercase();
            assert_eq!(
                text.split([' ', ':']).nth(1),
                Some(outcome.as_str()),
                "{capture}"
            );
        }
    }
}

#[test]
fn the_ladder_shows_every_message_that_the_report_has() {
    for capture in captures() {
        let report = json(&capture);
        let text = stdout(&run(&[&capture, "-v", "--all"]));
        for exchange in shown(&report)
            .iter()
            .flat_map(|n| n["exchanges"].as_array().unwrap())
        {
            let frames = ["requests", "responses"].map(|side| exchange[side].as_array().unwrap());
            for frame in frames.into_iter().flatten() {
                assert!(
                    text.contains(&format!(" #{frame}  ")),
                    "{capture}: #{frame}\n{text}"
                );
            }
        }
    }
}

/// The negotiations that the verdicts are of.
fn shown(report: &Value) -> Vec<&Value> {
    let tunnels = report["tunnels"].as_array().unwrap();
    let decisive = |tunnel: &'_ Value| tunnel["decisive"].as_u64().map(|index| index as usize);
    tunnels
        .iter()
        .filter_map(|tunnel| Some(&tunnel["negotiations"][decisive(tunnel)?]))
        .collect()
}

#[test]
fn ndjson_hands_over_every_negotiation_of_the_report() {
    for capture in captures() {
        let output = stdout(&run(&[&capture, "--format", "ndjson"]));
        let mut lines: Vec<String> = output.lines().map(spi).collect();
        let report = json(&capture);
        let tunnels = report["tunnels"].as_array().unwrap();
        let all = tunnels
            .iter()
            .flat_map(|tunnel| tunnel["negotiations"].as_array().unwrap());
        let mut expected: Vec<String> = all.map(|n| n["spi_i"].to_string()).collect();
        lines.sort();
        expected.sort();
        assert_eq!(lines, expected, "{capture}");
    }
}

fn spi(line: &str) -> String {
    let negotiation: Value = serde_json::from_str(line).unwrap();
    negotiation["spi_i"].to_string()
}

#[test]
fn choosing_leaves_only_what_was_asked_for() {
    let both = [UNANSWERED, "ike2-ipv6-ok.pcap", "-q"];
    let count = |more: &[&str]| {
        let arguments: Vec<&str> = both.iter().chain(more).copied().collect();
        stdout(&run(&arguments)).lines().count()
    };
    assert_eq!(count(&[]), 2);
    assert_eq!(count(&["--peer", "192.0.2.0/24"]), 1);
    assert_eq!(count(&["--peer", "2001:db8::/32"]), 1);
    assert_eq!(count(&["--only", "broken"]), 1);
    assert_eq!(count(&["--only", "established"]), 1);
    assert_eq!(count(&["--only", "IKE101"]), 1);
    assert_eq!(count(&["--peer", "203.0.113.77"]), 0);
    let spi = json(UNANSWERED)["tunnels"][0]["negotiations"][0]["spi_i"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(count(&["--spi", &spi[..6]]), 1);
}

/// The three begin at 06:58:02, 06:58:47 and 06:59:10 UTC, by tshark.
#[test]
fn a_part_of_the_time_leaves_out_what_was_not_going_on_and_counts_it() {
    const THREE: [&str; 3] = [
        "ike1-main-psk-ok.pcap",
        "ike2-psk-mismatch.pcap",
        UNANSWERED,
    ];
    const FIRST: &str = "01a4fe6b";
    const SECOND: &str = "0bdc6490";
    const THIRD: &str = "e31bd4e3";
    let told = |asked: &str| {
        let asked: Vec<&str> = asked.split(' ').collect();
        let report = stdout(&run(&[&asked[..], &["--format", "json"], &THREE].concat()));
        let report: Value = serde_json::from_str(&report).unwrap();
        let tunnels = report["tunnels"].as_array().unwrap().iter();
        let attempts = tunnels.flat_map(|tunnel| tunnel["negotiations"].as_array().unwrap());
        let spis = attempts.map(|it| it["spi_i"].as_str().unwrap()[..8].to_owned());
        let spis: Vec<String> = spis.collect();
        (spis, report["inputs"][0]["notes"].to_string())
    };
    let none = "3 attempts left out, and so 1 tunnel whole";
    for (asked, left, outside) in [
        (
            "--since 06:58:47",
            &[SECOND, THIRD][..],
            ": 1 attempt left out\"",
        ),
        (
            "--until 2026-11-23T06:58:48Z",
            &[FIRST, SECOND],
            ": 1 attempt left out\"",
        ),
        (
            "--since 06:58:40 --until 06:59",
            &[SECOND],
            ": 2 attempts left out\"",
        ),
        (
            "--since 2026-11-23T15:59:00+09:00",
            &[THIRD],
            ": 2 attempts left out\"",
        ),
        (
            "--until +1h",
            &[FIRST, SECOND, THIRD],
            ": nothing is left out\"",
        ),
        ("--since +1h", &[], none),
    ] {
        let (spis, notes) = told(asked);
        assert_eq!(spis, left, "{asked}");
        assert!(notes.contains(outside), "{asked}: {notes}");
    }
}

/// Lines of NDJSON are written before anybody knows all that the input holds.
#[test]
fn a_part_of_the_time_of_a_stream_needs_dates() {
    let asked = |time| {
        run(&[
            "--format",
            "ndjson",
            "--since",
            time,
            UNANSWERED,
            "ike2-psk-mismatch.pcap",
        ])
    };
    let refused = asked("+10s");
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("want a date too"),
        "{}",
        stderr(&refused)
    );
    let told = asked("2026-11-23T06:59:00Z");
    assert_eq!(stdout(&told).lines().count(), 1);
    assert!(
        stderr(&told).contains("1 attempt left out"),
        "{}",
        stderr(&told)
    );
}

#[test]
fn twice_verbose_dissects_each_message_that_the_report_tells() {
    let text = stdout(&run(&["-vv", "ike2-psk-mismatch.pcap"]));
    let (_, messages) = text.split_once("explain IKE303\n\n").unwrap();
    let dissected = stdout(&run(&["dissect", "ike2-psk-mismatch.pcap"]));
    assert_eq!(messages.trim_end(), dissected.trim_end());
    let redacted = stdout(&run(&["-vv", "--redact", "ike2-psk-mismatch.pcap"]));
    assert!(redacted.contains("IKEv2 IKE_SA_INIT request"), "{redacted}");
    assert!(
        !redacted.contains("198.51.100.20") && !redacted.contains("0bdc6490"),
        "{redacted}"
    );
}

#[test]
fn a_peer_that_is_asked_for_is_told_whole_even_if_others_are_worse_off() {
    let hub: Vec<Dialogue> = (1..=8)
        .map(|peer| {
            let mut dialogue =
                Dialogue::between(&format!("192.0.2.{peer}:500"), "198.51.100.1:500");
            dialogue.seed(peer).wait(20.0 * peer as f64);
            dialogue.sa_init().auth_request().auth_error();
            dialogue
        })
        .collect();
    let path = scratch("hub").join("hub.pcap");
    fs::write(&path, interleaved(&hub.iter().collect::<Vec<_>>())).unwrap();
    let path = path.to_str().unwrap();
    let all = stdout(&run(&[path]));
    assert!(
        !all.contains("192.0.2.1 away") && all.contains("192.0.2.8 away"),
        "{all}"
    );
    let one = stdout(&run(&["--peer", "192.0.2.1", path]));
    assert!(one.contains("--- IKE_AUTH req 1"), "{one}");
}

#[test]
fn reads_standard_input_and_several_inputs_as_one() {
    let mut child = ikescope()
        .args(["-", "-q"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let octets = fs::read(capture(UNANSWERED)).unwrap();
    child.stdin.take().unwrap().write_all(&octets).unwrap();
    let piped = child.wait_with_output().unwrap();
    assert_eq!(stdout(&piped), stdout(&run(&[UNANSWERED, "-q"])));
}

#[test]
fn dissects_chosen_frames_in_every_format() {
    let text = stdout(&run(&["dissect", "--frame", "4", HEALTHY]));
    assert!(text.starts_with("#4  ") && !text.contains("#3"), "{text}");
    assert!(
        text.contains("IKEv2 IKE_SA_INIT response, message ID 0, 472 octets"),
        "{text}"
    );
    let lines = stdout(&run(&["dissect", "--oneline", "--frame", "3-5", HEALTHY]));
    assert_eq!(lines.lines().count(), 3, "{lines}");
    assert!(
        lines
            .lines()
            .next()
            .unwrap()
            .ends_with("464  SA KE Nonce N x5"),
        "{lines}"
    );
    let whole = stdout(&run(&["dissect", "-v", "--frame", "3", HEALTHY]));
    assert!(
        whole.contains("\n    0010  21 20 22 08 00 00 00 00 00 00 01 d0 "),
        "{whole}"
    );
}

#[test]
fn tells_findings_and_vendor_ids_as_json_too() {
    let json =
        |arguments: &[&str]| -> Value { serde_json::from_str(&stdout(&run(arguments))).unwrap() };
    let one = json(&["explain", "IKE204", "--format", "json"]);
    assert_eq!(one[0]["name"], "repeated-ke");
    assert_eq!(one[0]["phase"], "proposals and key exchange");
    for label in ["means", "happens", "confirm", "fix", "references"] {
        assert!(one[0][label].is_string(), "{label}");
    }
    let all = json(&["explain", "--list", "--format", "json"]);
    let listed = stdout(&run(&["explain", "--list"]));
    for rule in all.as_array().unwrap() {
        assert!(listed.contains(rule["code"].as_str().unwrap()), "{rule}");
    }
    // The MD5 of "RFC 3947".
    let vendors = json(&["explain", "--vendors", "--format", "json"]);
    let mut ids = vendors.as_array().unwrap().iter();
    let known = ids
        .find(|id| id["octets"] == "4a131c81070358455c5728f20e95452f")
        .unwrap();
    assert_eq!(
        (&known["vendor"], &known["more_follows"]),
        (&Value::Null, &false.into())
    );
    let text = stdout(&run(&["explain", "--vendors", "--width", "60"]));
    assert!(
        text.contains("      4a131c81070358455c5728f20e95452f\n"),
        "{text}"
    );
}

#[test]
fn explains_findings_and_suggests_names() {
    let text = stdout(&run(&["explain", "ike101", "psk-mismatch"]));
    assert!(
        text.starts_with("IKE101 sa-init-unanswered   error   the way to the peer   since 0.1.0\n"),
        "{text}"
    );
    for label in ["means", "happens", "confirm", "fix", "references"] {
        assert_eq!(text.matches(&format!("\n  {label} ")).count(), 2, "{label}");
    }
    let list = stdout(&run(&["explain", "--list"]));
    assert!(list.contains("\nIKE303  authentication-failed "), "{list}");
    let error = stderr(&run(&["explain", "psk-missmatch"]));
    assert!(error.contains("did you mean psk-mismatch?"), "{error}");
}

#[test]
fn every_flag_is_in_the_help() {
    let help = stdout(&run(&["--help"]));
    for flag in [
        "--peer",
        "--spi",
        "--only",
        "--since",
        "--until",
        "--all",
        "--max-details",
        "--output",
        "--format",
        "--verbose",
        "--quiet",
        "--time",
        "--exit-code",
        "--color",
        "--charset",
        "--width",
        "--ike-port",
        "Exit status:",
        "Environment:",
        "Examples:",
    ] {
        assert!(help.contains(flag), "{flag}");
    }
    let short = stdout(&run(&["-h"]));
    let flags = |help: &str| -> Vec<String> {
        let words = help
            .split_whitespace()
            .filter(|word| word.starts_with("--"));
        words.map(str::to_owned).collect()
    };
    assert!(
        flags(&short).len() > 15 && short.len() < help.len() * 9 / 10,
        "{short}"
    );
    assert!(
        short
            .lines()
            .filter(|line| line.starts_with("      --"))
            .all(|line| help.contains(line.trim_end())),
        "{short}"
    );
    assert!(
        !short.contains("Environment:") && !short.contains("Odd ports"),
        "{short}"
    );
}

#[test]
fn generates_what_packagers_want() {
    for (what, expected) in [
        ("man", ".TH ikescope-dissect 1"),
        ("complete-bash", "complete -F _ikescope"),
        ("complete-zsh", "#compdef ikescope"),
        ("complete-fish", "complete -c ikescope"),
        (
            "complete-powershell",
            "Register-ArgumentCompleter -Native -CommandName 'ikescope'",
        ),
        ("schema", "https://json-schema.org/draft/2020-12/schema"),
    ] {
        let output = run(&["--generate", what]);
        let text = stdout(&output);
        assert_eq!(
            (output.status.code(), stderr(&output).as_str()),
            (Some(0), "")
        );
        assert!(text.contains(expected), "{what}: {text}");
    }
}

#[test]
fn text_from_packets_cannot_act_on_the_terminal() {
    // An IKE_SA_INIT request with a Vendor ID that would turn the screen red and hide what follows.
    let vendor = b"\x1b[31mevil\xe2\x80\xae<script>";
    let mut message = vec![0x11; 8];
    message.extend([0; 8]);
    message.extend([
        43,
        0x20,
        34,
        0x08,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        32 + vendor.len() as u8,
    ]);
    message.extend([0, 0, 0, 4 + vendor.len() as u8]);
    message.extend(vendor);
    for look in [&["-v"][..], &["--charset", "utf8"], &["--oneline"]] {
        let output = run(&[&["dissect", "--hex", &hex::encode(&message)], look].concat());
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(0));
        assert!(!text.contains(['\x1b', '\u{202e}']), "{text:?}");
    }
}

/// Names of all captures of testdata.
fn captures() -> Vec<String> {
    let folder = fs::read_dir(testdata_dir().join("captures")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut captures: Vec<String> = names
        .filter(|name| name.ends_with(".pcap") || name.ends_with(".pcapng"))
        .collect();
    captures.sort();
    assert!(captures.len() > 3, "{captures:?}");
    captures
}

fn capture(name: &str) -> PathBuf {
    testdata_dir().join("captures").join(name)
}

/// A folder of this test's own.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The program in the folder of the captures, in an environment that decides nothing.
fn ikescope() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ikescope"));
    command.current_dir(testdata_dir().join("captures"));
    for variable in [
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "IKESCOPE_CHARSET",
        "TERM",
        "COLUMNS",
    ] {
        command.env_remove(variable);
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    ikescope().args(arguments).output().unwrap()
}

fn json(capture: &str) -> Value {
    serde_json::from_slice(&run(&[capture, "--format", "json"]).stdout).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
