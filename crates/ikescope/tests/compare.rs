//! `ikescope compare` on captures made at both ends at once; what was lost is known from the lab.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use ikescope_testkit::capture::{recorded, written};
use ikescope_testkit::testdata_dir;

/// The pair, and what the headline must hold with the initiator's capture first: the lab's rules say
/// which message was dropped between the taps, tshark counts the frames at each (`truth.json`).
const PAIRS: [(&str, &[&str]); 7] = [
    ("healthy", &["+ NOTHING LOST"]),
    ("healthy-nat", &["+ NOTHING LOST"]),
    (
        "request-lost",
        &[
            "x LOST",
            "IKE_SA_INIT req 0 left A",
            "never reached B (5 copies)",
        ],
    ),
    (
        "answer-lost",
        &["x LOST", "IKE_AUTH resp 1 left B", "never reached A"],
    ),
    (
        "fragment-lost",
        &[
            "x LOST",
            "IKE_AUTH req 1 left A",
            "reached B only in parts (5 copies)",
        ],
    ),
    (
        "ike-fragment-lost",
        &[
            "x LOST",
            "IKE_AUTH req 1 left A",
            "never reached B (5 copies)",
        ],
    ),
    (
        "nat-between",
        &["x LOST", "IKE_AUTH req 1 left A", "never reached B"],
    ),
];

#[test]
fn finds_what_was_lost_between_the_two_ends_and_nothing_else() {
    for (name, expected) in PAIRS {
        let [a, b] = pair(name);
        let printed = compare(&a, &b, &[]);
        let headline = printed.lines().next().unwrap();
        for part in expected {
            assert!(headline.contains(part), "{name}: {headline}");
        }
    }
}

#[test]
fn says_the_same_with_the_captures_exchanged() {
    for (name, expected) in PAIRS {
        let [a, b] = pair(name);
        let printed = compare(&b, &a, &[]);
        let headline = printed.lines().next().unwrap();
        for part in expected {
            let exchanged = part
                .replace("left A", "left X")
                .replace("left B", "left A")
                .replace("left X", "left B")
                .replace("reached B", "reached X")
                .replace("reached A", "reached B")
                .replace("reached X", "reached A");
            assert!(headline.contains(&exchanged), "{name}: {headline}");
        }
    }
}

#[test]
fn json_fits_its_schema_and_says_what_the_text_says() {
    let schema = ikescope::comparison_schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, _) in PAIRS {
        let [a, b] = pair(name);
        let text = compare(&a, &b, &[]);
        let json = compare(&a, &b, &["--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let misfits: Vec<String> = validator
            .iter_errors(&json)
            .map(|misfit| format!("{}: {misfit}", misfit.instance_path()))
            .collect();
        assert!(misfits.is_empty(), "{name}: {misfits:#?}");
        let outcome = json["outcome"].as_str().unwrap().replace('_', " ");
        assert!(
            text[2..].starts_with(&outcome.to_uppercase()),
            "{name}: {text}"
        );
        let messages = json["negotiations"][0]["messages"].as_array().unwrap();
        let sendings = messages
            .iter()
            .flat_map(|it| it["sendings"].as_array().unwrap());
        let lost: Vec<_> = sendings
            .filter(|it| matches!(it["fate"].as_str(), Some("lost" | "in_parts")))
            .collect();
        assert_eq!(lost.is_empty(), outcome != "lost", "{name}");
        if let Some(sending) = lost.first() {
            let seen = sending
                .as_object()
                .unwrap()
                .values()
                .find_map(|it| it["frame"].as_u64());
            assert!(text.contains(&seen.unwrap().to_string()), "{name}: {text}");
        }
        let cause = json["negotiations"][0]["cause"].as_str();
        assert!(
            cause.is_none_or(|cause| text.contains(cause)),
            "{name}: {text}"
        );
    }
}

#[test]
fn names_the_nat_between_the_captures() {
    let [a, b] = pair("healthy-nat");
    let printed = compare(&a, &b, &[]);
    assert!(
        printed.contains("B sees 10.11.0.10:500 as 203.0.113.5:500"),
        "{printed}"
    );
}

#[test]
fn corrects_a_clock_that_is_ahead() {
    let [a, b] = pair("healthy");
    let late = Path::new(env!("CARGO_TARGET_TMPDIR")).join("healthy-3-s-ahead.pcap");
    let mut frames = recorded(&fs::read(&b).unwrap());
    for frame in &mut frames {
        frame.time += 3_000_000_000;
    }
    fs::write(&late, written(&frames)).unwrap();
    let printed = compare(&a, &late, &[]);
    assert!(printed.starts_with("+ NOTHING LOST"), "{printed}");
    assert!(
        printed.contains("B's clock is 3.000 s ahead (from 2 round trips)"),
        "{printed}"
    );
    assert!(
        printed.contains("<1 ms") && !printed.contains("3.0 s"),
        "{printed}"
    );
    let told = compare(&a, &late, &["--clock-offset", "2.9"]);
    assert!(
        told.contains("B's clock is 2.900 s ahead, as told"),
        "{told}"
    );
    assert!(told.contains("100 ms"), "{told}");
}

#[test]
fn accuses_nobody_where_the_captures_do_not_overlap() {
    let [a, _] = pair("healthy");
    let [_, b] = pair("nat-between");
    let printed = compare(&a, &b, &[]);
    assert!(printed.starts_with("? NOTHING IN COMMON"), "{printed}");
}

fn pair(name: &str) -> [PathBuf; 2] {
    ["initiator", "responder"].map(|end| testdata_dir().join(format!("pairs/{name}.{end}.pcap")))
}

fn compare(a: &Path, b: &Path, more: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .arg("compare")
        .args([a, b])
        .args(more)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout).unwrap()
}
