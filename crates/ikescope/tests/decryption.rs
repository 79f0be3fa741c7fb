//! `dissect --keys` beside tshark with the same keys: the same payloads and notifications inside of
//! every message, and every message open but for those that `docs/decryption.md` gives a reason for.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ikescope::Settings;
use ikescope::keys::KeyStore;
use ikescope_testkit::{shared_dir, testdata_dir, tool};
use serde_json::Value;

/// Messages that stay closed: the capture, its frames, how many, and a part of the reason.
const CLOSED: &[(&str, usize, &str)] = &[
    ("ike1-dpd-timeout", 6, "the choice of them was not seen"),
    (
        "ike1-psk-mismatch-main-initiator",
        5,
        "its sender used others",
    ),
];

#[test]
fn every_exception_is_explained() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/decryption.md");
    let page = fs::read_to_string(page).unwrap();
    for (name, ..) in CLOSED {
        assert!(page.contains(name), "{name}");
    }
}

#[test]
fn opens_what_the_corpus_has_keys_for() {
    let Some(shared) = shared_dir() else { return };
    let corpus = shared.join("corpus");
    let (mut opened, mut differences) = (0, Vec::new());
    for (name, keys) in tables(&corpus.join("keys.tsv")) {
        let theirs = oracle(&corpus.join("oracle-decrypted").join(name.clone() + ".tsv"));
        let ours = dissect(&corpus.join(&name), keys.path());
        let compared = compare(&name, &ours, &theirs, &mut differences);
        opened += compared;
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(opened > 80, "only {opened} encrypted messages");
}

#[test]
fn opens_what_the_practice_lab_has_keys_for() {
    let Some(shared) = shared_dir() else { return };
    let (mut opened, mut differences) = (0, Vec::new());
    for (scenario, keys, capture) in scenarios(&shared.join("lab")) {
        let Some(mut tshark) = tool("tshark") else {
            return;
        };
        let fields = [
            "frame.number",
            "isakmp.typepayload",
            "isakmp.notify.msgtype",
        ];
        tshark
            .env("WIRESHARK_CONFIG_DIR", &keys)
            .arg("-r")
            .arg(&capture)
            .args(["-Y", "isakmp and not icmp", "-T", "fields"])
            .args(["-E", "occurrence=a", "-E", "aggregator=|"])
            .args(fields.iter().flat_map(|field| ["-e", field]));
        let output = tshark.output().unwrap();
        assert!(output.status.success(), "{scenario}: {output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let theirs = text.lines().map(|line| {
            let mut cells = line.split('\t');
            let mut next = || cells.next().unwrap_or_default();
            reading(next(), next(), next())
        });
        let ours = dissect(&capture, &keys);
        opened += compare(&scenario, &ours, &theirs.collect(), &mut differences);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(opened > 200, "only {opened} encrypted messages");
}

/// Scenarios with keys: name, keys, capture.
fn scenarios(lab: &Path) -> Vec<(String, PathBuf, PathBuf)> {
    let folders = fs::read_dir(lab).unwrap().map(|entry| entry.unwrap());
    let with_keys = folders.filter_map(|folder| {
        let keys = folder.path().join("keys");
        let has = |table: &str| keys.join(table).exists();
        (has("ikev2_decryption_table") || has("ikev1_decryption_table")).then_some(())?;
        let capture = ["capture.pcap", "capture.pcapng"]
            .map(|name| folder.path().join(name))
            .into_iter()
            .find(|path| path.exists())?;
        Some((folder.file_name().into_string().unwrap(), keys, capture))
    });
    with_keys.collect()
}

/// What is in a message, the substructures of SA left out: payload types, and notification types.
type Reading = (Vec<u64>, Vec<u64>);

fn reading(frame: &str, payloads: &str, notifies: &str) -> (u64, Reading) {
    let numbers = |cell: &str| -> Vec<u64> {
        let numbers = cell.split('|').filter(|number| !number.is_empty());
        numbers.map(|number| number.parse().unwrap()).collect()
    };
    let mut payloads = numbers(payloads);
    payloads.retain(|number| ![PROPOSAL, TRANSFORM].contains(number));
    (frame.parse().unwrap(), (payloads, numbers(notifies)))
}

const PROPOSAL: u64 = 2;
const TRANSFORM: u64 = 3;
const SKF: u64 = 53;

fn oracle(path: &Path) -> BTreeMap<u64, Reading> {
    let text = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| names.iter().position(|other| *other == name).unwrap();
    let columns = ["frame", "payloads", "notify_types", "kind"].map(column);
    let rows = lines.filter_map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [frame, payloads, notifies, kind] = columns.map(|index| cells[index]);
        (kind == "ike").then(|| reading(frame, payloads, notifies))
    });
    rows.collect()
}

/// Compares the encrypted messages; says how many of them are open.
fn compare(
    name: &str,
    ours: &[Value],
    theirs: &BTreeMap<u64, Reading>,
    differences: &mut Vec<String>,
) -> usize {
    let mut closed: Vec<&str> = Vec::new();
    let mut copies = BTreeSet::new();
    let mut opened = 0;
    for message in ours.iter().filter(|message| is_encrypted(message)) {
        let frame = message["frame"].as_u64().unwrap();
        if let Some(reason) = message["not_decrypted"].as_str() {
            closed.push(reason);
            continue;
        }
        opened += 1;
        // IKEv1: repeats have the IV of the first copy, and tshark takes another one.
        let repeats = ["src", "message_id", "length", "decrypted"].map(|name| &message[name]);
        if message["version"] == "1.0" && !copies.insert(format!("{repeats:?}")) {
            continue;
        }
        let own = read(message);
        match theirs.get(&frame) {
            Some(theirs) if own == *theirs => {}
            None if message["transport"] == "tcp" => {}
            theirs => differences.push(format!("{name} #{frame}: {own:?}, tshark {theirs:?}")),
        }
    }
    let expected = CLOSED.iter().find(|(capture, ..)| *capture == name);
    let (count, reason) = expected.map_or((0, ""), |(_, count, reason)| (*count, *reason));
    if closed.len() != count || closed.iter().any(|closed| !closed.contains(reason)) {
        let reasons: BTreeSet<&str> = closed.iter().copied().collect();
        differences.push(format!("{name}: {} closed: {reasons:?}", closed.len()));
    }
    opened
}

fn is_encrypted(message: &Value) -> bool {
    let seals = |payload: &Value| matches!(payload["type"].as_u64(), Some(46 | SKF));
    message["flags"]["encryption"] == true
        || message["payloads"].as_array().unwrap().iter().any(seals)
}

fn read(message: &Value) -> Reading {
    let decrypted = message["decrypted"].as_array().into_iter().flatten();
    let payloads = message["payloads"].as_array().unwrap();
    let all = || payloads.iter().chain(decrypted.clone());
    let types = all().map(|payload| payload["type"].as_u64().unwrap());
    let notifies = all().filter_map(|payload| payload["notify_type"].as_u64());
    (types.collect(), notifies.collect())
}

fn dissect(capture: &Path, keys: &Path) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(["dissect", "--format", "ndjson", "--keys"])
        .args([keys, capture])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {output:?}", capture.display());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A profile directory that goes when it is dropped.
struct Profile(PathBuf);

impl Profile {
    fn new(number: usize) -> Self {
        let name = format!("ikescope-decryption-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// The keys of the corpus as Wireshark's tables, capture by capture.
fn tables(path: &Path) -> Vec<(String, Profile)> {
    let text = fs::read_to_string(path).unwrap();
    let mut tables: BTreeMap<&str, [String; 2]> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [
            kind,
            file,
            spi_i,
            spi_r,
            ei,
            er,
            encryption,
            ai,
            ar,
            integrity,
        ] = cells[..10]
        else {
            panic!("{line}");
        };
        let [ikev2, ikev1] = tables.entry(file).or_default();
        match kind {
            "ikev2" => ikev2.push_str(&format!(
                "{spi_i},{spi_r},{ei},{er},\"{encryption}\",{ai},{ar},\"{integrity}\"\n"
            )),
            "ikev1" => ikev1.push_str(&format!("{spi_i},{ei}\n")),
            _ => {
                tables.remove(file);
            }
        }
    }
    let write = |(number, (file, [ikev2, ikev1])): (usize, (&str, [String; 2]))| {
        let profile = Profile::new(number);
        for (name, rows) in [
            ("ikev2_decryption_table", ikev2),
            ("ikev1_decryption_table", ikev1),
        ] {
            if !rows.is_empty() {
                fs::write(profile.path().join(name), rows).unwrap();
            }
        }
        (file.to_owned(), profile)
    };
    tables.into_iter().enumerate().map(write).collect()
}

/// Rows of Wireshark's `esp_sa` behind the addresses, and how many packets they open.
const ESP: &[(&str, &str, usize)] = &[
    (
        "tcpdump/02-sunrise-sunset-esp.pcap",
        r#""0x12345678","TripleDES-CBC [RFC2451]","0x4043434545464649494a4a4c4c4f4f515152525454575758","ANY 96 bit authentication [no checking]","""#,
        8,
    ),
    (
        "tcpdump/08-sunrise-sunset-aes.pcap",
        r#""0xd1234567","AES-CBC [RFC3602]","0xaaaabbbbccccdddd4043434545464649494a4a4c4c4f4f515152525454575758","ANY 96 bit authentication [no checking]","""#,
        8,
    ),
    (
        "packetgen-history/esp4-cbc.pcapng",
        r#""0x87654321","AES-CBC [RFC3602]","0x000102030405060708090a0b0c0d0e0f","NULL","""#,
        1,
    ),
    (
        "packetgen-history/esp4-ctr-hmac.pcapng",
        r#""0x87654321","AES-CTR [RFC3686]","0x000102030405060708090a0b0c0d0e0f80818283","HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]","0x101112131415161718191a1b1c1d1e1f""#,
        1,
    ),
    // Transport mode, with the upper half of the sequence number in the associated data.
    (
        "packetgen-history/esp-transport-esn.pcapng",
        r#""0xc84340a5","AES-GCM with 16 octet ICV [RFC4106]","0x70b20243dbeb17a81078db80f14adf5e098b32445e0e5529b903e5140ba5883dbc6b7c64","NULL","""#,
        1,
    ),
];

#[test]
fn writes_the_packets_inside_of_esp_of_the_corpus() {
    let Some(shared) = shared_dir() else { return };
    for (number, (name, row, packets)) in ESP.iter().enumerate() {
        let Some(tshark) = tool("tshark") else {
            return;
        };
        let profile = Profile::new(1000 + number);
        let table = format!("\"IPv4\",\"*\",\"*\",{row}\n");
        fs::write(profile.path().join("esp_sa"), table).unwrap();
        let capture = shared.join("corpus").join(name);
        let written = decrypt(&capture, profile.path(), &profile);
        let ours = innermost(tshark, &written, profile.path());
        assert_eq!(ours.len(), *packets, "{name}: {ours:?}");
        assert!(
            ours.iter().all(|packet| packet.ends_with("ICMP")),
            "{ours:?}"
        );
    }
}

#[test]
fn writes_the_packets_inside_of_esp_of_the_practice_lab() {
    let Some(shared) = shared_dir() else { return };
    let folder = Profile::new(2000);
    let mut packets = 0;
    for (scenario, keys, capture) in scenarios(&shared.join("lab")) {
        let (Some(mut reads), Some(decrypts)) = (tool("tshark"), tool("tshark")) else {
            return;
        };
        reads.args(["-Y", "esp"]);
        let theirs = innermost(reads, &capture, &keys);
        // What tshark has no key for it shows as ESP.
        let theirs: Vec<_> = theirs.iter().filter(|it| !it.ends_with("ESP")).collect();
        if theirs.is_empty() {
            continue;
        }
        let written = decrypt(&capture, &keys, &folder);
        let ours = innermost(decrypts, &written, &keys);
        assert_eq!(ours.iter().collect::<Vec<_>>(), theirs, "{scenario}");
        packets += ours.len();
    }
    assert!(packets > 200, "only {packets} packets");
}

/// Addresses and protocol of each packet, of the one that is inside of all others.
fn innermost(mut tshark: Command, capture: &Path, keys: &Path) -> Vec<String> {
    let output = tshark
        .env("WIRESHARK_CONFIG_DIR", keys)
        .args(["-o", "esp.enable_encryption_decode:TRUE", "-r"])
        .arg(capture)
        .args(["-T", "fields", "-E", "occurrence=l"])
        .args(["-e", "ip.src", "-e", "ip.dst", "-e", "_ws.col.Protocol"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {output:?}", capture.display());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn decrypt(capture: &Path, keys: &Path, folder: &Profile) -> PathBuf {
    let path = folder.path().join("inside.pcapng");
    let output = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(["decrypt", "--keys"])
        .args([keys, capture])
        .arg("--output")
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {output:?}", capture.display());
    path
}

/// The truth of the scenario: four pings, each answered.
#[test]
fn what_esp_carried_is_in_the_report() {
    let folder = testdata_dir().join("captures");
    let mut store = KeyStore::new();
    store.load(&folder.join("ike2-psk-ok.keys")).unwrap();
    let settings = Settings {
        keyring: Some(ikescope::keyring(store)),
        ..Settings::default()
    };
    let capture = folder.join("ike2-psk-ok.pcap");
    let report = ikescope::analyze_all([capture.clone().into()], settings).report;
    let flows = &report.tunnels[0].negotiations[0].esp;
    assert_eq!(flows.len(), 2);
    for flow in flows {
        let carried = flow.carried.as_ref().unwrap();
        let protocols: Vec<_> = (carried.protocols.iter())
            .map(|one| (one.number, one.name, one.packets))
            .collect();
        assert_eq!(protocols, [(1, Some("ICMP"), 4)]);
        assert_eq!((carried.packets, carried.mss), (4, None));
    }
    let closed = ikescope::analyze(capture).unwrap();
    let flows = &closed.tunnels[0].negotiations[0].esp;
    assert!(flows.iter().all(|flow| flow.carried.is_none()));
}
