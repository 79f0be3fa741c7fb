//! Pre-shared keys against the hashes that real daemons made with them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ikescope_keys::{Aggressive, CannotCheck, KeyStore, Opened, Opener, PreSharedKey};
use ikescope_testkit::testdata_dir;
use ikescope_wire::iana::ikev1::PayloadType;
use ikescope_wire::{Message, ikev1};

/// The IKE messages of a classic pcap with Ethernet, IPv4 without options and UDP, in order.
fn messages(capture: &Path) -> Vec<Vec<u8>> {
    const HEADERS: usize = 14 + 20 + 8;
    let octets = fs::read(capture).unwrap();
    let mut rest = &octets[24..];
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let (frame, behind) = rest[16..].split_at(length);
        if frame.len() > HEADERS && frame[12..14] == [8, 0] && frame[23] == 17 {
            messages.push(frame[HEADERS..].to_vec());
        }
        rest = behind;
    }
    messages
}

fn capture(name: &str) -> Vec<Vec<u8>> {
    messages(&testdata_dir().join("captures").join(name))
}

fn v1(octets: &[u8]) -> ikev1::Message<'_> {
    match Message::decode(octets).unwrap() {
        Message::V1(message) => message,
        other => panic!("{other:?}"),
    }
}

fn key(text: &str) -> PreSharedKey {
    PreSharedKey::from_octets(text.as_bytes(), "test").unwrap()
}

#[test]
fn tells_the_key_that_both_ends_used_from_another() {
    let messages = capture("ike1-aggressive-ok.pcap");
    let exchange = Aggressive::new(&v1(&messages[0]), &v1(&messages[1])).unwrap();
    // The scenario gives both daemons the key "lab".
    assert_eq!(exchange.responder_used(&key("lab")), Ok(true));
    assert_eq!(exchange.responder_used(&key("another")), Ok(false));
    assert_eq!(
        exchange.responder_used(&key("lab\0")),
        Ok(true),
        "HMAC pads with zeros"
    );
}

#[test]
fn tells_which_end_used_another_key() {
    let messages = capture("ike1-aggressive-psk-mismatch.pcap");
    let exchange = Aggressive::new(&v1(&messages[0]), &v1(&messages[1])).unwrap();
    // The scenario leaves "lab" with the initiator and gives the responder "another".
    assert_eq!(exchange.responder_used(&key("another")), Ok(true));
    assert_eq!(exchange.responder_used(&key("lab")), Ok(false));
}

#[test]
fn holds_a_key_against_the_hash_of_an_initiator_that_was_decrypted() {
    let messages = capture("ike1-aggressive-ok.pcap");
    let mut store = KeyStore::new();
    let tables = testdata_dir().join("captures/ike1-aggressive-ok.keys");
    assert_eq!(store.load(&tables).unwrap().ikev1, 1);
    let mut opener = Opener::new(Arc::new(store));
    let opened: Vec<_> = messages[..3]
        .iter()
        .map(|octets| opener.open(octets))
        .collect();
    let Ok(Opened::Payloads(inner)) = &opened[2] else {
        panic!("{opened:?}");
    };
    let hash = inner
        .payloads()
        .map(Result::unwrap)
        .find(|raw| PayloadType(raw.payload_type) == PayloadType::HASH)
        .unwrap();
    let exchange = Aggressive::new(&v1(&messages[0]), &v1(&messages[1])).unwrap();
    let hash = hash.body.octets();
    assert_eq!(exchange.initiator_used(&key("lab"), hash), Ok(true));
    assert_eq!(exchange.initiator_used(&key("another"), hash), Ok(false));
}

#[test]
fn says_why_a_key_cannot_be_held_against_other_messages() {
    let aggressive = capture("ike1-aggressive-ok.pcap");
    let check = |first: &[u8], second: &[u8]| Aggressive::new(&v1(first), &v1(second)).err();
    let swapped = check(&aggressive[1], &aggressive[0]);
    assert_eq!(swapped, Some(CannotCheck::NotAggressive));
    let main = capture("ike1-main-psk-ok.pcap");
    assert_eq!(check(&main[0], &main[1]), Some(CannotCheck::NotAggressive));
    let cut = &aggressive[1][..aggressive[1].len() - 4];
    assert_eq!(
        check(&aggressive[0], cut),
        Some(CannotCheck::Missing(PayloadType::HASH))
    );
    let mut certificates = aggressive[1].clone();
    let method = [0x80, 0x03, 0x00, 0x01];
    let at = certificates
        .windows(4)
        .position(|octets| octets == method)
        .unwrap();
    certificates[at + 3] = 3;
    let told = check(&aggressive[0], &certificates).unwrap().to_string();
    assert!(told.contains("RSA signatures"), "{told}");
}
