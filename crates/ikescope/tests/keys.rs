//! `ikescope keys` from outside: what is listed, what is written, and that keys show only when asked for.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ikescope_testkit::testdata_dir;

/// The encryption key of the initiator in `fortigate-log.txt`.
const SK_EI: &str = "00112233445566778899aabbccddeeff";

fn keys(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .arg("keys")
        .args(arguments)
        .current_dir(testdata_dir().join("keys"))
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn shows_keys_only_when_asked_for() {
    let hidden = keys(&["fortigate-log.txt"]);
    assert_eq!(hidden.status.code(), Some(0));
    let listed = text(&hidden.stdout);
    assert!(
        listed.contains("keys of 1 IKEv2, 1 IKEv1 and 2 ESP SAs"),
        "{listed}"
    );
    assert!(listed.contains("fortigate-log.txt:17"), "{listed}");
    assert!(!listed.to_lowercase().contains(SK_EI), "{listed}");
    let shown = text(&keys(&["fortigate-log.txt", "--show-secrets"]).stdout);
    assert!(shown.contains(SK_EI), "{shown}");
}

#[test]
fn adds_to_tables_that_are_there_and_only_what_they_lack() {
    let folder = scratch("keys-tables");
    let directory = folder.to_str().unwrap();
    fs::create_dir_all(&folder).unwrap();
    let kept = "aaaaaaaaaaaaaaaa,00112233";
    fs::write(folder.join("ikev1_decryption_table"), kept).unwrap();
    for _ in 0..2 {
        let output = keys(&["fortigate-log.txt", "--wireshark", directory]);
        assert_eq!(output.status.code(), Some(0));
        let table = fs::read_to_string(folder.join("ikev1_decryption_table")).unwrap();
        let added = "2233445566778899,5566778899aabbccddeeff0011223344";
        assert_eq!(table, format!("{kept}\n{added}\n"));
    }
    let table = fs::read_to_string(folder.join("ikev2_decryption_table")).unwrap();
    assert_eq!(table.lines().count(), 1);
    assert!(table.contains(SK_EI), "{table}");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_new_tables() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = scratch("keys-permissions");
    keys(&["fortigate-log.txt", "--wireshark", folder.to_str().unwrap()]);
    let permissions = fs::metadata(folder.join("esp_sa")).unwrap().permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
}

#[test]
fn names_file_line_and_reason_of_what_is_no_key() {
    let output = keys(&["fortigate-log-cut.txt"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    let cut = "fortigate-log-cut.txt:2: SK_er is cut: 16 octets said, 12 hex digits found";
    assert!(said.contains(cut), "{said}");
    assert!(said.contains("no keys in fortigate-log-cut.txt"), "{said}");
    assert!(!said.contains("0F1E2D3C"), "{said}");
    let absent = text(&keys(&["absent.txt"]).stderr);
    assert!(
        absent.contains("cannot open absent.txt: No such file"),
        "{absent}"
    );
}

#[test]
fn tells_two_keys_for_one_sa() {
    let folder = scratch("keys-conflict");
    fs::create_dir_all(&folder).unwrap();
    let other = folder.join("other.toml");
    let toml = fs::read_to_string(testdata_dir().join("keys/keys.toml")).unwrap();
    fs::write(&other, toml.replace("1f2e3d4c", "00000000")).unwrap();
    let output = keys(&["keys.toml", other.to_str().unwrap()]);
    let said = text(&output.stderr);
    assert!(
        said.contains("ESP SA 0a0b0c0d: keys.toml:19 and "),
        "{said}"
    );
    assert!(said.contains("differ; both are kept"), "{said}");
    assert!(text(&output.stdout).contains("and 3 ESP SAs"));
}

/// A session of sniffer, log and list, and the capture that it was written from.
const SESSION: &str = "sniffer/46-with-keys.txt";
const CAPTURED: &str = "ike2-nat-ok-responder";

/// Keys of the IKE SA stand in the log between packets, those of ESP in the list behind them; the
/// tables are the daemons' own, however the console was saved.
#[test]
fn finds_the_keys_of_a_session_between_its_packets() {
    let session = fs::read_to_string(testdata_dir().join(SESSION)).unwrap();
    let utf16 = format!("\u{feff}{}", session.replace('\n', "\r\n"));
    let wrapped = session.lines().map(|line| {
        // Digits of keys go on in the next line.
        let at = if line.contains(" SK_") {
            133
        } else {
            line.len()
        };
        let (line, rest) = line.split_at(at.min(line.len()));
        [line, rest].join(if rest.is_empty() { "" } else { "\n" }) + "\n"
    });
    let folder = scratch("session");
    fs::create_dir_all(&folder).unwrap();
    let own = testdata_dir().join(format!("captures/{CAPTURED}.keys"));
    for (number, octets) in [
        session.clone().into_bytes(),
        session.replace('\n', "\r\n").into_bytes(),
        utf16.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        wrapped.collect::<String>().into_bytes(),
    ]
    .iter()
    .enumerate()
    {
        let (saved, tables) = (
            folder.join(format!("{number}.txt")),
            folder.join(format!("tables-{number}")),
        );
        fs::write(&saved, octets).unwrap();
        let (saved, written) = (saved.to_str().unwrap(), tables.to_str().unwrap());
        let output = keys(&[saved, "--wireshark", written]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let listed = text(&output.stdout);
        assert!(
            listed.contains("keys of 1 IKEv2, 0 IKEv1 and 2 ESP SAs"),
            "{listed}"
        );
        for table in ["ikev2_decryption_table", "esp_sa"] {
            let rows = |folder: &Path| {
                let rows = fs::read_to_string(folder.join(table)).unwrap();
                // A list of tunnels does not tell which of both IP versions ESP is in.
                let rows = rows.lines().filter(|row| !row.starts_with("\"IPv6\""));
                rows.map(str::to_owned).collect::<Vec<_>>()
            };
            assert_eq!(rows(&tables), rows(&own), "{number}: {table}");
        }
    }
}

/// What tshark finds in the packets of a capture that have `protocol`, encrypted or not, with tables of
/// keys.
fn read_by_tshark(capture: &Path, tables: &Path, protocol: &str, fields: &[&str]) -> Vec<String> {
    let done = ikescope_testkit::tool("tshark")
        .unwrap()
        .env("WIRESHARK_CONFIG_DIR", tables)
        .arg("-r")
        .arg(capture)
        .args(["-o", "esp.enable_encryption_decode:TRUE"])
        .args(["-Y", protocol, "-T", "fields"])
        .args(fields.iter().flat_map(|field| ["-e", field]))
        .output()
        .unwrap();
    text(&done.stdout).lines().map(str::to_owned).collect()
}

/// Types of payloads and of notifications, inside SK too.
const PAYLOADS: [&str; 3] = [
    "isakmp.messageid",
    "isakmp.typepayload",
    "isakmp.notify.msgtype",
];

/// Writes a text as pcapng, and the tables of its keys.
fn converted(name: &str) -> (PathBuf, PathBuf) {
    let input = testdata_dir().join(name);
    let folder = scratch(&format!("converted-{}", name.replace('/', "-")));
    fs::create_dir_all(&folder).unwrap();
    let (capture, tables) = (folder.join("converted.pcapng"), folder.join("tables"));
    let done = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .arg("convert")
        .arg(&input)
        .arg("-o")
        .arg(&capture)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", text(&done.stderr));
    let written = keys(&[
        input.to_str().unwrap(),
        "--wireshark",
        tables.to_str().unwrap(),
    ]);
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    (capture, tables)
}

/// A capture as the daemons left it, and the tables of their keys.
fn captured(name: &str) -> (PathBuf, PathBuf) {
    let of = |end: &str| testdata_dir().join(format!("captures/{name}.{end}"));
    (of("pcap"), of("keys"))
}

/// The logs were written from captures whose keys came from the daemons: tshark must find the same in
/// the converted log, with the tables made from its lines, as in that capture with its own.
#[test]
fn a_converted_log_opens_in_tshark_with_the_tables_of_its_keys() {
    if ikescope_testkit::tool("tshark").is_none() {
        return;
    }
    let of = |(capture, tables): (PathBuf, PathBuf)| {
        read_by_tshark(&capture, &tables, "isakmp", &PAYLOADS)
    };
    // Inside IKE_AUTH stand IDi (35) and AUTH (39), inside message 5 of main mode ID (5) and HASH (8).
    for (log, name, inside, messages) in [
        ("with-keys", CAPTURED, (2, ["35", "39"]), 4),
        ("main-mode-with-key", "ike1-main-psk-ok", (4, ["5", "8"]), 9),
    ] {
        let expected = of(captured(name));
        let (message, types) = inside;
        let columns: Vec<&str> = expected[message].split('\t').collect();
        let found: Vec<&str> = columns[1].split(',').collect();
        assert!(types.iter().all(|it| found.contains(it)), "{expected:?}");
        let log = format!("ike-debug/{log}.txt");
        assert_eq!(of(converted(&log)), expected[..messages], "{log}");
    }
}

/// Packets of the sniffer and messages of the log are both in the converted session: each IKE message
/// stands there twice, and ESP, which no log shows, opens with the keys of the list.
#[test]
fn a_converted_session_opens_in_tshark_with_the_tables_of_its_keys() {
    if ikescope_testkit::tool("tshark").is_none() {
        return;
    }
    let (session, own) = (converted(SESSION), captured(CAPTURED));
    let messages = |(capture, tables): &(PathBuf, PathBuf)| {
        let mut messages = read_by_tshark(capture, tables, "isakmp", &PAYLOADS);
        messages.sort();
        messages
    };
    let twice: Vec<String> = (messages(&own).into_iter())
        .flat_map(|message| [message.clone(), message])
        .collect();
    assert_eq!(messages(&session), twice);
    let pings = |(capture, tables): &(PathBuf, PathBuf)| {
        let fields = ["esp.spi", "icmp.type", "icmp.seq"];
        read_by_tshark(capture, tables, "icmp", &fields)
    };
    assert_eq!(pings(&own).len(), 6);
    assert_eq!(pings(&session), pings(&own));
}
