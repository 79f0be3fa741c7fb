//! Pre-shared keys against the hashes that real daemons made with them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ikescope_keys::{Closed, Ikev2Keys, KeyStore, Opened, Opener, PreSharedKey, Proof};
use ikescope_testkit::testdata_dir;

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

fn key(text: &str) -> PreSharedKey {
    PreSharedKey::from_octets(text.as_bytes(), format!("{text}.psk")).unwrap()
}

/// A store with the keys beside a capture, if there are any, and these pre-shared keys.
fn store(keys: Option<&str>, pre_shared: &[&str]) -> KeyStore {
    let mut store = KeyStore::new();
    if let Some(keys) = keys {
        let path = testdata_dir().join("captures").join(keys);
        assert!(store.load(&path).unwrap().found() > 0, "{keys}");
    }
    for text in pre_shared {
        store.add_pre_shared(key(text));
    }
    store
}

/// What each message comes to.
fn read(messages: &[Vec<u8>], store: KeyStore) -> Vec<(Result<Opened, Closed>, Option<Proof>)> {
    let mut opener = Opener::new(Arc::new(store));
    messages
        .iter()
        .map(|octets| (opener.open(octets), opener.proof().cloned()))
        .collect()
}

/// Which message proves what: its number, and whether a key fits.
fn proofs(messages: &[Vec<u8>], store: KeyStore) -> Vec<(usize, bool)> {
    let all = read(messages, store).into_iter().enumerate();
    all.filter_map(|(index, (_, proof))| Some((index + 1, proof?.fits)))
        .collect()
}

const AGGRESSIVE: &str = "ike1-aggressive-ok.pcap";

/// The scenario gives both daemons the key "lab". Message 3 is encrypted.
#[test]
fn tells_the_key_of_a_responder_in_aggressive_mode_from_another() {
    let messages = capture(AGGRESSIVE);
    assert_eq!(proofs(&messages, store(None, &["lab"])), [(2, true)]);
    assert_eq!(proofs(&messages, store(None, &["another"])), [(2, false)]);
    // HMAC pads with zeros.
    assert_eq!(proofs(&messages, store(None, &["lab\0"])), [(2, true)]);
    assert_eq!(proofs(&messages, store(None, &[])), []);
}

#[test]
fn names_the_key_that_fits_and_all_where_none_does() {
    let messages = capture(AGGRESSIVE);
    let told = |pre_shared| {
        let all = read(&messages, store(None, pre_shared));
        all.into_iter().find_map(|(_, proof)| proof).unwrap()
    };
    let found = told(&["another", "lab", "third"]);
    assert_eq!((found.fits, &*found.source), (true, "lab.psk"));
    let missed = told(&["another", "third"]);
    assert_eq!(
        (missed.fits, &*missed.source),
        (false, "another.psk, third.psk")
    );
}

/// The scenario leaves "lab" with the initiator and gives the responder "another".
#[test]
fn tells_which_key_a_responder_used_that_has_another() {
    let messages = capture("ike1-aggressive-psk-mismatch.pcap");
    assert_eq!(proofs(&messages, store(None, &["another"]))[0], (2, true));
    assert_eq!(proofs(&messages, store(None, &["lab"]))[0], (2, false));
}

#[test]
fn holds_a_key_against_hashes_that_were_decrypted() {
    let aggressive = |pre_shared: &str| {
        let store = store(Some("ike1-aggressive-ok.keys"), &[pre_shared]);
        proofs(&capture(AGGRESSIVE), store)
    };
    assert_eq!(aggressive("lab"), [(2, true), (3, true)]);
    assert_eq!(aggressive("another"), [(2, false), (3, false)]);
    let main = |pre_shared: &str| {
        let store = store(Some("ike1-main-psk-ok.keys"), &[pre_shared]);
        proofs(&capture("ike1-main-psk-ok.pcap"), store)
    };
    assert_eq!(main("lab"), [(5, true), (6, true)]);
    assert_eq!(main("another"), [(5, false), (6, false)]);
}

#[test]
fn says_nothing_where_a_part_of_the_proof_is_missing_or_in_doubt() {
    let messages = capture(AGGRESSIVE);
    let of = |messages: &[Vec<u8>]| proofs(messages, store(None, &["another"]));
    assert_eq!(of(&messages[1..]), [], "without message 1");
    let mut cut = messages.clone();
    let length = cut[1].len() - 4;
    cut[1].truncate(length);
    assert_eq!(of(&cut), [], "without all of HASH_R");
    // Authentication Method 3 is RSA signatures.
    let mut signatures = messages.clone();
    let method = [0x80, 0x03, 0x00, 0x01];
    let at = (signatures[1].windows(4)).position(|octets| octets == method);
    signatures[1][at.unwrap() + 3] = 3;
    assert_eq!(of(&signatures), [], "with signatures");
    // A third public value with the same cookies.
    let mut ambiguous = messages[..1].to_vec();
    let mut other = messages[1].clone();
    let last = other.len() - 1;
    other[last] ^= 1;
    let public_value = 28 + 200;
    let mut third = messages[0].clone();
    third[public_value] ^= 1;
    ambiguous.extend([third, messages[1].clone()]);
    assert_eq!(of(&ambiguous), [], "with two openings");
    // A hash that was altered is of no key at all.
    assert_eq!(
        proofs(&[messages[0].clone(), other], store(None, &["lab"])),
        [(2, false)]
    );
}

/// What each of the messages comes to: opened, closed, or nothing to open.
fn opened(messages: &[Vec<u8>], store: KeyStore) -> Vec<&'static str> {
    let word = |outcome: &Result<Opened, Closed>| match outcome {
        Ok(Opened::Payloads(_)) => "opened",
        Ok(_) => "clear",
        Err(closed) if closed.is_wrong_key() => "wrong key",
        Err(_) => "closed",
    };
    let all = read(messages, store);
    all.iter().map(|(outcome, _)| word(outcome)).collect()
}

/// The daemon's log has the secret of the key exchange; the ends used the key "lab". The first request
/// was for another group, and the second one is what AUTH signs.
#[test]
fn derives_the_keys_of_ikev2_from_the_secret_and_verifies_auth_of_both_ends() {
    let messages = &capture("psk-ike2-ok.pcap")[..4];
    let kinds = opened(messages, store(Some("psk-ike2-ok.toml"), &[]));
    assert_eq!(kinds, ["clear", "clear", "clear", "clear"]);
    let messages = &capture("psk-ike2-ok.pcap")[..6];
    let kinds = opened(messages, store(Some("psk-ike2-ok.toml"), &[]));
    assert_eq!(kinds[4..], ["opened", "opened"]);
    let of = |pre_shared| proofs(messages, store(Some("psk-ike2-ok.toml"), &[pre_shared]));
    assert_eq!(of("lab"), [(5, true), (6, true)]);
    assert_eq!(of("another"), [(5, false), (6, false)]);
}

/// The tables of the same run hold no SK_p: the messages open, and prove nothing.
#[test]
fn without_sk_p_nothing_is_said_of_auth() {
    let messages = &capture("psk-ike2-ok.pcap")[..6];
    let keys = || store(Some("psk-ike2-ok.keys"), &["lab"]);
    assert_eq!(opened(messages, keys())[4..], ["opened", "opened"]);
    assert_eq!(proofs(messages, keys()), []);
}

/// The initiator has "lab", the responder "another"; it answers with AUTHENTICATION_FAILED alone.
#[test]
fn tells_whose_key_it_was_that_a_responder_of_ikev2_refused() {
    let messages = capture("psk-ike2-mismatch.pcap");
    let of = |pre_shared| {
        proofs(
            &messages,
            store(Some("psk-ike2-mismatch.toml"), &[pre_shared]),
        )
    };
    assert_eq!(of("lab"), [(3, true)]);
    assert_eq!(of("another"), [(3, false)]);
}

#[test]
fn says_nothing_of_auth_where_the_request_it_signs_was_not_seen() {
    let messages = capture("psk-ike2-ok.pcap");
    let keys = |pre_shared| store(Some("psk-ike2-ok.sk.toml"), &[pre_shared]);
    assert_eq!(
        proofs(&messages[..6], keys("another")),
        [(5, false), (6, false)]
    );
    let without = [&messages[..2], &messages[3..6]].concat();
    assert_eq!(proofs(&without, keys("another")), []);
    assert_eq!(opened(&without, keys("another"))[3..], ["opened", "opened"]);
}

/// The initiator's key opens its own message 5; what the responder encrypts with the other key stays
/// closed.
#[test]
fn derives_the_keys_of_main_mode_from_the_secret_and_the_pre_shared_key() {
    let messages = &capture("psk-ike1-main-ok.pcap")[..6];
    let toml = Some("psk-ike1-main-ok.toml");
    assert_eq!(
        opened(messages, store(toml, &[]))[4..],
        ["closed", "closed"]
    );
    let kinds = opened(messages, store(toml, &["another"]));
    assert_eq!(kinds[4..], ["wrong key", "wrong key"]);
    let kinds = opened(messages, store(toml, &["another", "lab"]));
    assert_eq!(kinds[4..], ["opened", "opened"]);
    let proven = proofs(messages, store(toml, &["another", "lab"]));
    assert_eq!(proven, [(5, true), (6, true)]);
    let mismatch = capture("psk-ike1-main-mismatch.pcap");
    let toml = Some("psk-ike1-main-mismatch.toml");
    assert_eq!(proofs(&mismatch, store(toml, &["lab"]))[0], (5, true));
    assert_eq!(proofs(&mismatch, store(toml, &["another"])), []);
}

/// The capture begins with IKE_SA_INIT, and a CREATE_CHILD_SA makes another IKE SA: its Delete is under
/// the new SPIs.
#[test]
fn a_rekeyed_sa_has_the_algorithms_that_were_chosen_inside_the_old_one() {
    let messages = capture("ike2-ike-rekey.pcap");
    let with_names = store(Some("ike2-ike-rekey.keys"), &[]);
    assert_eq!(with_names.all_ikev2().count(), 2);
    let mut nameless = KeyStore::new();
    for keys in with_names.all_ikev2() {
        nameless.add_ikev2(Ikev2Keys {
            encryption: None,
            integrity: None,
            ..keys.clone()
        });
    }
    let expected = opened(&messages, with_names);
    assert!(expected.iter().filter(|word| **word == "opened").count() > 4);
    assert_eq!(opened(&messages, nameless.clone()), expected);
    // Without the answer that chose them nobody knows them.
    let chooses = |octets: &Vec<u8>| octets[18] == 36 && octets[19] & 0x20 != 0;
    let mut without = messages;
    without.retain(|octets| !chooses(octets));
    let words = opened(&without, nameless);
    assert!(words.contains(&"closed"), "{words:?}");
}
