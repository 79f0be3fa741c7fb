//! `dissect --format ndjson` beside tshark's reading of captures that nobody here wrote.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ikescope_testkit::shared_dir;
use serde_json::Value;

/// Looked at one by one; `docs/differences-from-wireshark.md` shows the octets and who is right.
const KNOWN: &[(&str, &str)] = &[
    ("libreswan-history/klips/inputs/isakmp-crash1.pcap", "1"),
    ("messages/scapy-uts/ikev2-01-isakmp.hex", "1"),
    (
        "messages/scapy-uts/ikev2-decrypted-create-child-sa-request.hex",
        "1",
    ),
    (
        "messages/scapy-uts/ikev2-decrypted-ike-auth-request.hex",
        "1",
    ),
    (
        "messages/scapy-uts/ikev2-decrypted-ike-auth-response.hex",
        "1",
    ),
    ("tcpdump/ISAKMP_sa_setup.pcap", "3"),
    ("tcpdump/ISAKMP_sa_setup.pcap", "4"),
    ("tcpdump/ikev1_id_ipv6_addr_subnet-oobr.pcap", "1"),
    ("tcpdump/isakmp-ikev1_n_print-oobr.pcap", "1"),
    ("tcpdump/isakmp-ikev1_n_print-oobr.pcap", "3"),
    ("tcpdump/isakmpv1-attr-oobr.pcap", "1"),
    ("zeek-spicy-ipsec/ipsec-ikev1-payload-bad-length.pcap", "1"),
];

#[test]
fn every_known_difference_is_explained() {
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/differences-from-wireshark.md"
    );
    let page = fs::read_to_string(page).unwrap();
    for (name, _) in KNOWN {
        assert!(page.contains(name), "{name}");
    }
}

type Row = HashMap<String, String>;

#[test]
fn dissects_every_message_of_the_corpus_as_tshark_does() {
    let Some(shared) = shared_dir() else { return };
    let corpus = shared.join("corpus");
    let (mut compared, mut differences, mut known) = (0, Vec::new(), 0);
    for (name, rows) in oracles(&corpus.join("oracle")) {
        let rows: Vec<Row> = rows.into_iter().filter(is_comparable).collect();
        let capture = corpus.join(&name);
        if rows.is_empty() || !capture.exists() || name.ends_with(".log") {
            continue;
        }
        let ours = if name.starts_with("messages/") {
            vec![dissect_hex(&capture)]
        } else {
            dissect(&capture)
        };
        for row in rows {
            compared += 1;
            let Some(difference) = difference(&row, &ours) else {
                continue;
            };
            if KNOWN.contains(&(name.as_str(), row["frame"].as_str())) {
                known += 1;
            } else {
                differences.push(format!("{name} #{}: {difference}", row["frame"]));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!(
        known,
        KNOWN.len(),
        "a known difference is gone: take it off the list"
    );
    assert!(compared > 4000, "only {compared} messages compared");
}

/// Every table below `folder`, under the name of what it is about.
fn oracles(folder: &Path) -> Vec<(String, Vec<Row>)> {
    let mut open = vec![folder.to_owned()];
    let mut tables = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let name = path.strip_prefix(folder).unwrap().with_extension("");
        tables.push((name.to_str().unwrap().to_owned(), table(&path)));
    }
    tables.sort_by(|one, other| one.0.cmp(&other.0));
    tables
}

fn table(path: &Path) -> Vec<Row> {
    let text = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let row = |line: &str| {
        let values = line.split('\t').map(str::to_owned);
        names
            .iter()
            .map(|name| (*name).to_owned())
            .zip(values)
            .collect()
    };
    lines.map(row).collect()
}

/// One IKE message, and not one inside of an ICMP error.
fn is_comparable(row: &Row) -> bool {
    row["kind"].contains("ike")
        && !row["ispi"].is_empty()
        && !row["ispi"].contains('|')
        && !row["protocols"].contains("icmp")
}

fn dissect(capture: &Path) -> Vec<Value> {
    let output = ikescope()
        .arg("dissect")
        .arg(capture)
        .args(NDJSON)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {output:?}", capture.display());
    lines(&output.stdout)
}

/// A message in a file, as octets or as hex in any layout, through `--hex -`.
fn dissect_hex(path: &PathBuf) -> Value {
    let octets = fs::read(path).unwrap();
    let text = match path.extension().and_then(|extension| extension.to_str()) {
        Some("hex") => octets,
        _ => hex::encode(octets).into_bytes(),
    };
    let mut child = ikescope()
        .args(["dissect", "--hex", "-"])
        .args(NDJSON)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", path.display());
    lines(&output.stdout).remove(0)
}

fn ikescope() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ikescope"))
}

fn lines(output: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(output).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The first field in which the two readings differ.
fn difference(row: &Row, ours: &[Value]) -> Option<String> {
    let frame: u64 = row["frame"].parse().unwrap();
    let found = ours
        .iter()
        .find(|message| message["frame"].is_null() || message["frame"].as_u64() == Some(frame));
    let Some(message) = found else {
        return Some("message not reported".to_owned());
    };
    let fields = [
        ("spi_i", text(&message["spi_i"]), row["ispi"].clone()),
        ("spi_r", text(&message["spi_r"]), row["rspi"].clone()),
        (
            "next payload",
            text(&message["next_payload"]),
            number(&row["next_payload"]),
        ),
        (
            "version",
            version(&message["version"]),
            number(&row["version"]),
        ),
        (
            "exchange",
            text(&message["exchange_type"]),
            number(&row["exchange"]),
        ),
        (
            "flags",
            text(&message["flags"]["octet"]),
            number(&row["flags"]),
        ),
        (
            "message ID",
            text(&message["message_id"]),
            number(&row["message_id"]),
        ),
        ("length", text(&message["length"]), number(&row["length"])),
        (
            "payloads",
            each(&payloads(message), "type"),
            numbers(&row["payloads"]),
        ),
        (
            "notifies",
            each(&payloads(message), "notify_type"),
            numbers(&row["notify_types"]),
        ),
    ];
    let transforms = TRANSFORM_COLUMNS
        .iter()
        .filter(|_| row["version"] == "0x20")
        .map(|(column, transform_type)| {
            let ids = ids(message, *transform_type);
            (*column, ids, numbers(&row[*column]))
        });
    let different = fields
        .into_iter()
        .chain(transforms)
        .find(|(_, ours, theirs)| ours != theirs);
    different.map(|(field, ours, theirs)| format!("{field}: ours {ours}, tshark's {theirs}"))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// "2.0" as the octet of the header, in decimal.
fn version(value: &Value) -> String {
    let nibbles = value
        .as_str()
        .and_then(|version| version.split_once('.'))
        .unwrap();
    let [major, minor] = [nibbles.0, nibbles.1].map(|digits| digits.parse::<u16>().unwrap());
    (major << 4 | minor).to_string()
}

/// tshark's numbers are decimal or hex; compared as decimal.
fn number(digits: &str) -> String {
    match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).unwrap().to_string(),
        None => digits.to_owned(),
    }
}

fn numbers(list: &str) -> String {
    let numbers: Vec<String> = list
        .split('|')
        .filter(|n| !n.is_empty())
        .map(number)
        .collect();
    numbers.join(" ")
}

fn payloads(message: &Value) -> Vec<&Value> {
    message["payloads"].as_array().unwrap().iter().collect()
}

fn each(objects: &[&Value], field: &str) -> String {
    let values: Vec<String> = objects
        .iter()
        .filter_map(|object| object.get(field))
        .map(text)
        .collect();
    values.join(" ")
}

/// Transform IDs of one type, in order, over all SA payloads and proposals.
fn ids(message: &Value, transform_type: u64) -> String {
    let list = |object: &Value, name: &str| object[name].as_array().cloned().unwrap_or_default();
    let transforms: Vec<Value> = payloads(message)
        .into_iter()
        .flat_map(|payload| list(payload, "proposals"))
        .flat_map(|proposal| list(&proposal, "transforms"))
        .filter(|transform| transform["type"] == transform_type)
        .collect();
    each(&transforms.iter().collect::<Vec<_>>(), "id")
}

const NDJSON: [&str; 2] = ["--format", "ndjson"];
const TRANSFORM_COLUMNS: [(&str, u64); 5] = [
    ("tf_encr", 1),
    ("tf_prf", 2),
    ("tf_integ", 3),
    ("tf_dh", 4),
    ("tf_esn", 5),
];
