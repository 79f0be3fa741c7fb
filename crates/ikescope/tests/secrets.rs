//! No octet of a key is in anything that is printed or written, unless it was asked for.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ikescope_testkit::testdata_dir;

#[test]
fn no_octet_of_a_key_is_in_any_output() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("secrets");
    fs::create_dir_all(&folder).unwrap();
    let written = folder.join("written");
    let mut checked = 0;
    for (capture, keys) in captures() {
        let secrets = secrets(&keys);
        checked += secrets.len();
        let mut ways = Vec::new();
        for format in ["text", "html", "markdown", "json", "ndjson"] {
            ways.push(vec!["-vv", "--format", format]);
        }
        ways.push(vec!["dissect", "--verbose"]);
        ways.push(vec!["dissect", "--format", "ndjson"]);
        ways.push(vec!["annotate", "--output"]);
        ways.push(vec!["decrypt", "--output"]);
        for way in ways {
            let mut program = Command::new(env!("CARGO_BIN_EXE_ikescope"));
            program.args(&way);
            if way.last() == Some(&"--output") {
                program.arg(&written);
            }
            let output = program
                .arg("--keys")
                .arg(&keys)
                .arg(&capture)
                .output()
                .unwrap();
            let mut octets = [output.stdout, output.stderr].concat();
            octets.extend(fs::read(&written).unwrap_or_default());
            let _ = fs::remove_file(&written);
            let left = secrets.iter().find(|secret| shows(&octets, secret));
            assert_eq!(left, None, "{capture:?} with {way:?}");
        }
        let listed = Command::new(env!("CARGO_BIN_EXE_ikescope"))
            .arg("keys")
            .arg(&keys)
            .output()
            .unwrap();
        let left = secrets.iter().find(|secret| shows(&listed.stdout, secret));
        assert_eq!(left, None, "keys of {keys:?}");
    }
    assert!(checked > 200, "{checked} keys");
}

/// The scenario has the user type "mistyped"; it is in message #10, encrypted.
#[test]
fn the_password_of_xauth_is_hidden_unless_it_is_asked_for() {
    let folder = testdata_dir().join("captures");
    let print = |arguments: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_ikescope"));
        let output = program
            .args(arguments)
            .arg("--keys")
            .arg(folder.join("ike1-xauth-failed.keys"))
            .arg(folder.join("ike1-xauth-failed.pcap"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}");
        output.stdout
    };
    let asked = print(&["dissect", "--show-secrets"]);
    assert!(shows(&asked, b"mistypedmistyped"), "the capture has it");
    let mut ways = vec![
        vec!["dissect"],
        vec!["dissect", "--verbose"],
        vec!["annotate"],
    ];
    ways.push(vec!["dissect", "--oneline"]);
    ways.push(vec!["dissect", "--format", "ndjson"]);
    for format in ["text", "html", "markdown", "json", "ndjson"] {
        ways.push(vec!["-vv", "--format", format]);
    }
    for way in ways {
        assert!(!shows(&print(&way), b"mistypedmistyped"), "{way:?}");
    }
}

/// Whether half a key stands there, in octets or in digits.
fn shows(octets: &[u8], secret: &[u8]) -> bool {
    let part = &secret[..secret.len() / 2];
    let digits: String = part.iter().map(|octet| format!("{octet:02x}")).collect();
    let text = octets.to_ascii_lowercase();
    holds(octets, part) || holds(&text, digits.as_bytes())
}

fn holds(octets: &[u8], part: &[u8]) -> bool {
    let first = part[0];
    let mut places = octets
        .iter()
        .enumerate()
        .filter(|(_, octet)| **octet == first);
    places.any(|(at, _)| octets[at..].starts_with(part))
}

/// The keys in Wireshark's tables: what is too long for an SPI.
fn secrets(tables: &Path) -> BTreeSet<Vec<u8>> {
    let files = fs::read_dir(tables).unwrap();
    let text: String = files
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.map(|word| word.trim_start_matches("0x"));
    let keys = words.filter(|word| word.len() >= 32 && word.len() % 2 == 0);
    keys.filter_map(|digits| {
        let pairs = digits.as_bytes().chunks(2);
        let octets = pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok());
        octets.collect::<Option<Vec<u8>>>()
    })
    .collect()
}

fn captures() -> Vec<(PathBuf, PathBuf)> {
    let files = fs::read_dir(testdata_dir().join("captures")).unwrap();
    let paths = files.map(|entry| entry.unwrap().path());
    let captures = paths.filter(|path| path.extension().is_some_and(|it| it != "keys"));
    let pairs = captures.map(|path| (path.clone(), path.with_extension("keys")));
    let pairs: Vec<_> = pairs
        .filter(|(path, keys)| keys.is_dir() && path.extension().is_some_and(|it| it == "pcap"))
        .collect();
    assert!(pairs.len() > 30, "{}", pairs.len());
    pairs
}
