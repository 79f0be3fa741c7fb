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

/// What tshark finds in the IKE messages of a capture, inside SK too, with tables of keys: types of
/// payloads and of notifications.
fn read_by_tshark(capture: &Path, tables: &Path) -> Vec<String> {
    let done = ikescope_testkit::tool("tshark")
        .unwrap()
        .env("WIRESHARK_CONFIG_DIR", tables)
        .arg("-r")
        .arg(capture)
        .args(["-Y", "isakmp", "-T", "fields"])
        .args(["-e", "isakmp.messageid", "-e", "isakmp.typepayload"])
        .args(["-e", "isakmp.notify.msgtype"])
        .output()
        .unwrap();
    text(&done.stdout).lines().map(str::to_owned).collect()
}

/// The log was written from a capture whose keys came from the daemon: tshark must find the same in
/// the converted log, with the tables made from its `SK_*` lines, as in that capture with its own.
#[test]
fn a_converted_log_opens_in_tshark_with_the_tables_of_its_keys() {
    if ikescope_testkit::tool("tshark").is_none() {
        return;
    }
    let log = testdata_dir().join("ike-debug/with-keys.txt");
    let folder = scratch("log-with-keys");
    fs::create_dir_all(&folder).unwrap();
    let converted = folder.join("log.pcapng");
    let done = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .arg("convert")
        .arg(&log)
        .arg("-o")
        .arg(&converted)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", text(&done.stderr));
    let tables = folder.join("tables");
    let written = keys(&[
        log.to_str().unwrap(),
        "--wireshark",
        tables.to_str().unwrap(),
    ]);
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    let captures = testdata_dir().join("captures");
    let expected = read_by_tshark(
        &captures.join("ike2-nat-ok-responder.pcap"),
        &captures.join("ike2-nat-ok-responder.keys"),
    );
    // Inside IKE_AUTH stand IDi (35) and AUTH (39).
    assert!(
        expected[2].contains("35") && expected[2].contains("39"),
        "{expected:?}"
    );
    assert_eq!(read_by_tshark(&converted, &tables), expected[..4]);
}
