//! `--redact`: nobody of the original is left in any format, and the verdict is.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use ikescope_testkit::capture::Pcap;
use ikescope_testkit::frame::Packet;
use ikescope_testkit::message::{Message, ikev2};
use ikescope_testkit::{shared_dir, testdata_dir};
use serde_json::Value;

const FORMATS: [&str; 5] = ["text", "html", "markdown", "json", "ndjson"];

#[test]
fn nobody_of_the_original_is_left_in_any_format() {
    let mut checked = 0;
    for input in inputs() {
        let names = names(&input);
        checked += names.len();
        for format in FORMATS {
            let text = printed(&input, &["--redact", "-vv", "--format", format]);
            let left = names.iter().find(|name| has_word(&text, name));
            assert_eq!(left, None, "{input:?} as {format}:\n{text}");
        }
    }
    assert!(checked > 500, "{checked} names");
}

#[test]
fn every_verdict_stays_what_it_was() {
    for input in inputs() {
        let [before, after] = [&[][..], &["--redact"]]
            .map(|more| json(&printed(&input, &[more, &["--format", "json"]].concat())));
        assert_eq!(verdicts(&before), verdicts(&after), "{input:?}");
        assert_eq!(counts(&before), counts(&after), "{input:?}");
    }
}

/// With keys, what was encrypted is told too.
#[test]
fn what_was_decrypted_is_redacted_too() {
    let mut opened = 0;
    for input in inputs() {
        let keys = input.with_extension("keys");
        if !keys.exists() {
            continue;
        }
        let keys = keys.to_str().unwrap();
        let names = names(&input);
        for format in FORMATS {
            let text = printed(&input, &["--redact", "--keys", keys, "--format", format]);
            let left = names.iter().find(|name| has_word(&text, name));
            assert_eq!(left, None, "{input:?} as {format}:\n{text}");
            opened += usize::from(format == "json" && text.contains("\"AUTH\""));
        }
    }
    assert!(opened > 20, "{opened} captures were opened");
}

#[test]
fn events_are_redacted_too() {
    let input = testdata_dir().join("captures/ike2-psk-mismatch.pcap");
    let output = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(["--follow", "--redact", "-"])
        .stdin(fs::File::open(input).unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains(" 192.0.2.1 > 192.0.2.2  IKE_SA_INIT req 0"),
        "{text}"
    );
    for name in ["192.0.2.10", "198.51.100.20"] {
        assert!(!has_word(&text, name), "{text}");
    }
}

/// A name in a Vendor ID that nobody knows, and one in the name of the file.
#[test]
fn names_in_unknown_vendor_ids_and_of_files_are_gone() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("redact");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("acme-hub.pcap");
    let secret = b"gateway-of-acme";
    let message = Message::ikev2(ikev2::IKE_SA_INIT)
        .spis([7; 8], [0; 8])
        .initiator()
        .with(ikev2::vendor_id(secret));
    let ends = ["203.0.113.77:500", "203.0.113.78:500"].map(|end| end.parse().unwrap());
    let packet = Packet::udp(ends[0], ends[1], &message.octets());
    fs::write(&path, Pcap::new(101).frame(0, &packet.octets()).octets()).unwrap();
    let hex: String = secret.iter().map(|octet| format!("{octet:02x}")).collect();
    assert!(printed(&path, &["--format", "json"]).contains(&hex));
    for format in FORMATS {
        let text = printed(&path, &["--redact", "-v", "--format", format]);
        for name in ["acme", &hex[..16], "0707", "203.0.113"] {
            assert!(!text.contains(name), "{name} as {format}:\n{text}");
        }
    }
}

/// Captures and logs.
fn inputs() -> Vec<PathBuf> {
    let folders = ["captures", "pairs", "ike-debug", "sniffer"];
    let mut folders: Vec<PathBuf> = folders.iter().map(|it| testdata_dir().join(it)).collect();
    folders.extend(shared_dir().map(|shared| shared.join("lab/captures")));
    let files = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    let files = files.flatten().map(|entry| entry.unwrap().path());
    let is_input = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        [".pcap", ".pcapng", ".txt"]
            .iter()
            .any(|end| name.ends_with(end))
            && !json(&printed(path, &["--format", "json"])).is_null()
    };
    let found: Vec<PathBuf> = files.filter(is_input).collect();
    assert!(found.len() > 100, "{} inputs", found.len());
    found
}

/// Whatever tells of somebody: addresses, SPIs, hashes, names of connections and of the lab's ends.
fn names(input: &Path) -> BTreeSet<String> {
    let of = |more: &[&str]| json(&printed(input, &[more, &["--format", "json"]].concat()));
    let (mut names, mut stand_ins) = (BTreeSet::new(), BTreeSet::new());
    collect(&of(&[]), &mut names);
    collect(&of(&["--redact"]), &mut stand_ins);
    let mut names: BTreeSet<String> = names.difference(&stand_ins).cloned().collect();
    names.extend(["left.example", "right.example", "branch.example"].map(str::to_owned));
    names
}

fn collect(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let text = value.as_str().unwrap_or_default();
                if matches!(&key[..], "spi_i" | "spi_r" | "spi" | "sent" | "connection") {
                    names.insert(text.to_owned());
                    names.extend(text.get(..8).map(str::to_owned));
                }
                collect(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::String(text) => {
            let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
            for word in text.split(|c| !is_part(c)) {
                let bare = word.trim_matches(['.', ':']);
                let v4 = bare
                    .split(':')
                    .filter(|part| part.parse::<std::net::Ipv4Addr>().is_ok());
                names.extend(v4.map(str::to_owned));
                if bare.contains("::") && bare.parse::<IpAddr>().is_ok() {
                    names.insert(bare.to_owned());
                }
            }
        }
        _ => {}
    }
    names.retain(|name| name.len() > 3 && name.bytes().any(|octet| octet != b'0'));
}

/// Whether the text has the name, and not as a part of a longer one.
fn has_word(text: &str, name: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !is_part(before.chars().next_back()) && !is_part(after.chars().next())
    })
}

fn printed(input: &Path, more: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ikescope"));
    let output = program.arg(input).args(more).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// Outcome, stage, cause and confidence of each tunnel and negotiation, and what was found.
fn verdicts(report: &Value) -> Vec<String> {
    let mut told = Vec::new();
    for tunnel in report["tunnels"].as_array().unwrap() {
        let negotiations = tunnel["negotiations"].as_array().unwrap();
        for it in negotiations.iter().chain([tunnel]) {
            let verdict = &it["verdict"];
            told.extend(
                ["outcome", "stage", "cause", "confidence", "act"]
                    .map(|key| verdict[key].to_string()),
            );
            let findings = it["findings"].as_array().unwrap();
            told.extend(findings.iter().map(|finding| {
                let frames = finding["evidence"].as_array().unwrap().iter();
                let frames: Vec<String> = frames.map(|at| at["frame"].to_string()).collect();
                format!("{} {}", finding["code"], frames.join(" "))
            }));
        }
    }
    told
}

fn counts(report: &Value) -> Vec<String> {
    let inputs = report["inputs"].as_array().unwrap().iter();
    inputs
        .map(|input| {
            format!(
                "{} {} {}",
                input["frames"], input["ike_messages"], input["esp_packets"]
            )
        })
        .collect()
}
