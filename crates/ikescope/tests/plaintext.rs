//! What an IKE debug log shows in clear beside its messages, against the same messages opened with keys.
//!
//! The logs are written here from captures whose keys are known, in the layout that public logs have and
//! that proves right there: `dec` and `enc` are what `docs/decryption.md` holds against tshark.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ikescope::report::Report;
use ikescope::{Settings, Source};
use ikescope_capture::{Capture, Options};
use ikescope_keys::{KeyStore, Opened, Opener};
use ikescope_testkit::{shared_dir, testdata_dir};
use ikescope_wire::observed::{Observation, Sighting};

/// Refusals that stand in encrypted messages.
const REFUSED: [&str; 5] = [
    "ike2-ts-unacceptable",
    "ike2-child-no-proposal-chosen",
    "ike2-psk-mismatch",
    "ike2-wrong-id",
    "ike1-quick-mode-refused",
];

fn capture(name: &str) -> PathBuf {
    testdata_dir().join(format!("captures/{name}.pcap"))
}

fn keys(name: &str) -> KeyStore {
    load(&testdata_dir().join(format!("captures/{name}.keys")))
}

fn load(path: &Path) -> KeyStore {
    let mut store = KeyStore::new();
    store.load(path).unwrap();
    store
}

/// An IKE message of a capture, and what keys find in it.
struct Message {
    sighting: Sighting,
    octets: Vec<u8>,
    inner: Option<(u8, Vec<u8>)>,
}

fn messages(name: &str) -> Vec<Message> {
    let mut opener = Opener::new(Arc::new(keys(name)));
    let mut messages = Vec::new();
    let mut capture = Capture::open(capture(name), 0, &Options::default()).unwrap();
    while capture
        .next_frame(&mut |observation| {
            let Observation::Datagram(datagram) = observation else {
                return;
            };
            let octets = datagram
                .octets
                .strip_prefix(&[0; 4])
                .unwrap_or(datagram.octets);
            if octets.len() < 28 || datagram.sighting.source.port() == 0 {
                return;
            }
            let inner = match opener.open(octets) {
                Ok(Opened::Payloads(inner)) => Some((inner.first, inner.plaintext.to_vec())),
                _ => None,
            };
            messages.push(Message {
                sighting: datagram.sighting,
                octets: octets.to_vec(),
                inner,
            });
        })
        .is_some()
    {}
    messages
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

/// The message with another Length, and then other octets behind its header.
fn renewed(message: &[u8], behind: &[u8]) -> Vec<u8> {
    let mut shown = message[..24].to_vec();
    shown.extend(u32::try_from(28 + behind.len()).unwrap().to_be_bytes());
    shown.extend_from_slice(behind);
    shown
}

/// `dec` of what the device gets: see `format/ike_debug/plaintext.rs` for the layouts.
fn dec(message: &Message) -> Option<Vec<u8>> {
    let (first, inner) = message.inner.as_ref()?;
    if message.octets[17] >> 4 == 2 {
        let stub = [*first, 0, 0, 4];
        return Some(renewed(
            &message.octets,
            &[&stub, inner.as_slice()].concat(),
        ));
    }
    let mut shown = message.octets[..28].to_vec();
    shown.extend_from_slice(inner);
    shown.resize(message.octets.len(), 0);
    Some(shown)
}

/// `enc` of what it sends.
fn enc(message: &Message) -> Option<Vec<u8>> {
    let (_, inner) = message.inner.as_ref()?;
    if message.octets[17] >> 4 != 2 {
        return Some(renewed(&message.octets, inner));
    }
    // Encrypted with AES-CBC: padded to sixteen octets.
    let mut shown = inner.clone();
    let padding = 15 - inner.len() % 16;
    shown.extend(std::iter::repeat_n(0xaa, padding));
    shown.push(u8::try_from(padding).unwrap());
    Some(shown)
}

/// The log of the responder.
fn log(name: &str, with_plaintext: bool) -> String {
    let messages = messages(name);
    let device = messages[0].sighting.destination.ip();
    let mut log = String::new();
    for message in &messages {
        let Sighting {
            source,
            destination,
            ..
        } = message.sighting;
        let (spis, octets) = (&message.octets[..16], &message.octets);
        let id = format!(
            "{}/{}",
            hex(&spis[..8]).to_lowercase(),
            hex(&spis[8..]).to_lowercase()
        );
        if source.ip() == device {
            if let Some(shown) = enc(message).filter(|_| with_plaintext) {
                writeln!(log, "ike 0:branch:8: enc {}", hex(&shown)).unwrap();
            }
            writeln!(log, "ike 0:branch:8: out {}", hex(octets)).unwrap();
            writeln!(
                log,
                "ike 0:branch:8: sent IKE msg (AUTH_RESPONSE): {source}->{destination}, len={}, vrf=0, id={id}",
                octets.len()
            )
            .unwrap();
        } else {
            writeln!(
                log,
                "ike 0: comes {source}->{destination},ifindex=4,vrf=0...."
            )
            .unwrap();
            writeln!(log, "ike 0: in {}", hex(octets)).unwrap();
            writeln!(log, "ike 0:branch:8: responder received AUTH msg").unwrap();
            if let Some(shown) = dec(message).filter(|_| with_plaintext) {
                writeln!(log, "ike 0:branch:8: dec {}", hex(&shown)).unwrap();
            }
        }
    }
    log
}

fn report(source: Source, settings: Settings) -> Report {
    let analyzed = ikescope::analyze_all([source], settings);
    assert!(analyzed.failed.is_empty(), "{:?}", analyzed.failed);
    analyzed.report
}

/// The verdict, and what each message said inside.
fn told(report: &Report) -> (String, Vec<String>) {
    let tunnel = &report.tunnels[0];
    let verdict = &tunnel.verdict;
    let mut inside = Vec::new();
    for exchange in tunnel.negotiations.iter().flat_map(|one| &one.exchanges) {
        for message in [&exchange.request, &exchange.response]
            .into_iter()
            .flatten()
        {
            inside.push(
                message
                    .decrypted
                    .as_ref()
                    .map_or_else(String::new, |payloads| payloads.join(" ")),
            );
        }
    }
    let summary = format!(
        "{} {} {:?} {}",
        verdict.outcome, verdict.stage, verdict.cause, verdict.confidence
    );
    (summary, inside)
}

#[test]
fn a_log_that_shows_its_messages_in_clear_tells_what_keys_tell() {
    for name in REFUSED {
        let settings = Settings {
            keyring: Some(ikescope::keyring(keys(name))),
            ..Settings::default()
        };
        let opened = told(&report(capture(name).into(), settings));
        assert!(opened.1.iter().any(|inside| !inside.is_empty()), "{name}");
        let source = Source::reader("log", Cursor::new(log(name, true)));
        let shown = told(&report(source, Settings::default()));
        assert_eq!(shown, opened, "{name}");
        let source = Source::reader("log", Cursor::new(log(name, false)));
        let closed = told(&report(source, Settings::default()));
        assert_ne!(closed, opened, "{name}");
        assert!(closed.1.iter().all(String::is_empty), "{name}");
    }
}

/// One octet of what stands in front of the content is another, and nothing of it is believed.
#[test]
fn what_does_not_belong_to_its_message_is_not_believed() {
    let log = log("ike2-ts-unacceptable", true);
    let line = log.lines().find(|line| line.contains(" dec ")).unwrap();
    let at = line.find(" dec ").unwrap() + 5;
    for digit in [0, 32, 36, 46, 54, 57, 63] {
        let mut other = line.as_bytes().to_vec();
        other[at + digit] = if other[at + digit] == b'3' {
            b'4'
        } else {
            b'3'
        };
        let other = String::from_utf8(other).unwrap();
        let source = Source::reader("log", Cursor::new(log.replace(line, &other)));
        let report = report(source, Settings::default());
        let exchanges = &report.tunnels[0].negotiations[0].exchanges;
        let request = exchanges
            .iter()
            .find(|one| one.exchange_type == "IKE_AUTH")
            .unwrap();
        assert!(
            request.request.as_ref().unwrap().decrypted.is_none(),
            "digit {digit}"
        );
    }
}

/// A public log has keys and plaintext of the same messages: they say the same.
#[test]
fn plaintext_of_a_public_log_is_what_its_keys_open() {
    let Some(shared) = shared_dir() else { return };
    let samples = shared.join("fortigate/samples/ike-debug");
    let mut compared = 0;
    for name in [
        "handbook-ikev2-responder.md.txt",
        "handbook-ikev1-main-mode-responder.md.txt",
    ] {
        let path = samples.join(name);
        let mut opener = Opener::new(Arc::new(load(&path)));
        let mut capture = Capture::open(&path, 0, &Options::default()).unwrap();
        while capture
            .next_frame(&mut |observation| {
                let Observation::Datagram(datagram) = observation else {
                    return;
                };
                let opened = opener.open(datagram.octets);
                if let (Ok(Opened::Payloads(inner)), Some(shown)) = (opened, datagram.plaintext) {
                    assert_eq!(
                        (inner.first, &inner.plaintext[..]),
                        (shown.first, shown.octets)
                    );
                    compared += 1;
                }
            })
            .is_some()
        {}
    }
    assert_eq!(compared, 7);
}
