//! Our tables in Wireshark's hands: tshark opens with them what it opens with the tables of others.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use ikescope_keys::{KeyStore, WiresharkTables};
use ikescope_testkit::{shared_dir, testdata_dir};

/// Preferences without which tshark leaves ESP alone.
const PREFERENCES: &str =
    "esp.enable_encryption_decode: TRUE\nesp.enable_authentication_check: TRUE\n";

/// Payload types, notify types, protocols down to the innermost, and whether ESP's ICV is good.
const FIELDS: [&str; 5] = [
    "frame.number",
    "isakmp.typepayload",
    "isakmp.notify.msgtype",
    "frame.protocols",
    "esp.icv_good",
];

fn has_tshark() -> bool {
    let found = Command::new("tshark").arg("--version").output().is_ok();
    if !found {
        let _ = writeln!(io::stderr(), "skipped: no tshark");
    }
    found
}

/// What tshark reads of a capture with the tables of a directory, frame by frame.
fn read(capture: &Path, tables: &Path) -> Vec<Vec<String>> {
    let mut command = Command::new("tshark");
    command
        .env("WIRESHARK_CONFIG_DIR", tables)
        .arg("-r")
        .arg(capture)
        .args(["-T", "fields", "-E", "aggregator=|"]);
    for field in FIELDS {
        command.args(["-e", field]);
    }
    let output = command.output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!complaints.contains("Error loading"), "{complaints}");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

/// A new directory with the store's tables.
fn tables(name: &str, store: &KeyStore) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    let tables = WiresharkTables::of(store);
    assert_eq!(tables.remarks(), [], "{name}");
    tables.write(&directory).unwrap();
    fs::write(directory.join("preferences"), PREFERENCES).unwrap();
    directory
}

/// The oracle's rows: frame, payload types, notify types.
fn oracle(path: &Path) -> Vec<[String; 3]> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let columns = ["frame", "payloads_raw", "notify_types"]
        .map(|name| header.iter().position(|column| *column == name).unwrap());
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            columns.map(|column| cells[column].to_owned())
        })
        .collect()
}

fn assert_agrees(capture: &Path, tables: &Path, oracle_path: &Path) {
    let frames = read(capture, tables);
    let by_number: BTreeMap<&str, &Vec<String>> = frames
        .iter()
        .map(|frame| (frame[0].as_str(), frame))
        .collect();
    for [frame, payloads, notifies] in oracle(oracle_path) {
        let read = by_number[frame.as_str()];
        assert_eq!(
            [&read[1], &read[2]],
            [&payloads, &notifies],
            "{capture:?} frame {frame}"
        );
    }
}

#[test]
fn opens_what_a_fortigate_logged_with_the_keys_of_that_log() {
    let Some(shared) = shared_dir() else { return };
    if !has_tshark() {
        return;
    }
    let corpus = shared.join("corpus");
    for name in [
        "ikev1-main-established",
        "ikev1-quick-p2-no-proposal",
        "ikev2-psk-established",
    ] {
        let path = corpus.join("fortios-debug").join(name);
        let mut store = KeyStore::new();
        let loaded = store.load(&path.with_extension("log")).unwrap();
        assert!(
            loaded.found() > 0 && loaded.problems.is_empty(),
            "{loaded:?}"
        );
        let oracle = corpus
            .join("oracle-decrypted/fortios-debug")
            .join(format!("{name}.pcap.tsv"));
        assert_agrees(&path.with_extension("pcap"), &tables(name, &store), &oracle);
    }
}

/// `keys.tsv` of the corpus as rows of Wireshark's tables, read by us and written by us.
#[test]
fn opens_the_corpus_with_tables_that_were_read_and_written() {
    let Some(shared) = shared_dir() else { return };
    if !has_tshark() {
        return;
    }
    let corpus = shared.join("corpus");
    let keys = fs::read_to_string(corpus.join("keys.tsv")).unwrap();
    let mut stores: BTreeMap<&str, KeyStore> = BTreeMap::new();
    for row in keys.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [kind, file, spi_i, spi_r, ei, er, cipher, ai, ar, integrity] = cells[..10] else {
            panic!("{row}");
        };
        let text = match kind {
            "ikev2" => {
                format!("{spi_i},{spi_r},{ei},{er},\"{cipher}\",{ai},{ar},\"{integrity}\"\n")
            }
            "ikev1" => format!("{spi_i},{ei}\n"),
            _ => continue,
        };
        let store = stores.entry(file).or_default();
        let loaded = store.read("keys.tsv", text.as_bytes()).unwrap();
        assert_eq!((loaded.found(), loaded.problems.len()), (1, 0), "{row}");
    }
    for (file, store) in &stores {
        let oracle = corpus.join("oracle-decrypted").join(format!("{file}.tsv"));
        let name = format!("corpus-{}", file.replace('/', "-"));
        assert_agrees(&corpus.join(file), &tables(&name, store), &oracle);
    }
    assert!(stores.len() > 30, "{} captures with keys", stores.len());
}

/// The tables that the lab wrote, against ours, on captures of every kind of key.
#[test]
fn opens_ike_and_esp_of_our_captures_as_the_tables_of_the_lab_do() {
    if !has_tshark() {
        return;
    }
    let captures = testdata_dir().join("captures");
    for name in [
        "ike1-aggressive-ok",
        "ike1-xauth-ok",
        "ike2-cert-fragments-ok",
        "ike2-gcm-x25519-ok",
        "ike2-ike-rekey",
        "ike2-ipv6-ok",
        "ike2-nat-ok",
        "lsw-ike2-ok",
    ] {
        let capture = captures.join(format!("{name}.pcap"));
        let theirs = captures.join(format!("{name}.keys"));
        let mut store = KeyStore::new();
        let loaded = store.load(&theirs).unwrap();
        assert_eq!(loaded.problems, [], "{name}");
        let ours = tables(&format!("captures-{name}"), &store);
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("theirs-{name}"));
        let _ = fs::remove_dir_all(&copy);
        fs::create_dir_all(&copy).unwrap();
        for entry in fs::read_dir(&theirs).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
        }
        fs::write(copy.join("preferences"), PREFERENCES).unwrap();
        let frames = read(&capture, &ours);
        assert_eq!(frames, read(&capture, &copy), "{name}");
        let opened = frames.iter().any(|frame| frame[3].contains(":esp:ip"));
        assert!(opened, "{name}: no ESP was opened");
    }
}
