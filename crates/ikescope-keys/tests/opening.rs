//! What does not open, and why: wrong keys, cut and altered messages, fragments that contradict each
//! other. Nothing of a message is given out unless it is what its sender protected.

#[path = "../fuzz/src/decrypt.rs"]
mod decrypt;

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use ikescope_keys::cipher::OpenError;
use ikescope_keys::{
    Closed, Encryption, Ikev2Keys, Inner, Integrity, KeyStore, Opened, Opener, Origin, Secret,
};
use ikescope_testkit::fuzz_inputs;
use ikescope_wire::iana::{Encr, Integ};
use ikescope_wire::{Spi, SpiPair};
use sha1::Sha1;

const INITIATOR_KEY: [u8; 20] = [0xa1; 20];
const RESPONDER_KEY: [u8; 20] = [0xb2; 20];

/// Message IDs, flags and the type of the payload: a request of the initiator.
const REQUEST: u8 = 0x08;
const SK: u8 = 46;
const SKF: u8 = 53;
const NOTIFY: u8 = 41;

/// AUTHENTICATION_FAILED, alone.
const REFUSAL: [u8; 8] = [0, 0, 0, 8, 0, 0, 0, 24];

fn spis() -> SpiPair {
    SpiPair {
        initiator: Spi([1; 8]),
        responder: Spi([2; 8]),
    }
}

/// Keys that authenticate and do not encrypt (RFC 2410), so that the messages below can be read.
fn keys() -> Ikev2Keys {
    Ikev2Keys {
        spis: spis(),
        sk_ei: Secret::default(),
        sk_er: Secret::default(),
        sk_ai: Secret::new(INITIATOR_KEY.to_vec()),
        sk_ar: Secret::new(RESPONDER_KEY.to_vec()),
        sk_d: None,
        sk_pi: None,
        sk_pr: None,
        encryption: Encryption::of_material(Encr::ENCR_NULL, 0),
        integrity: Some(Integrity::Registered(Integ::AUTH_HMAC_SHA1_96)),
        origin: Origin {
            name: "test".into(),
            line: 1,
        },
    }
}

fn opener(keys: impl IntoIterator<Item = Ikev2Keys>) -> Opener {
    let mut store = KeyStore::new();
    for keys in keys {
        store.add_ikev2(keys);
    }
    Opener::new(Arc::new(store))
}

/// An IKE_AUTH request whose last payload is of this type around `body`, authenticated with `key`.
fn sealed(payload_type: u8, body: &[u8], key: &[u8]) -> Vec<u8> {
    const ICV: usize = 12;
    let payload = u16::try_from(4 + body.len() + ICV).expect("short bodies");
    let mut octets = [[1; 8], [2; 8]].concat();
    octets.extend([payload_type, 0x20, 35, REQUEST, 0, 0, 0, 1]);
    octets.extend((28 + u32::from(payload)).to_be_bytes());
    octets.extend([NOTIFY, 0]);
    octets.extend(payload.to_be_bytes());
    octets.extend(body);
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(key).expect("any length will do");
    mac.update(&octets);
    octets.extend(&mac.finalize().into_bytes()[..ICV]);
    octets
}

fn request(key: &[u8]) -> Vec<u8> {
    sealed(SK, &[&REFUSAL[..], &[0]].concat(), key)
}

fn payloads(opened: Result<Opened, Closed>) -> Inner {
    match opened {
        Ok(Opened::Payloads(inner)) => inner,
        other => panic!("{other:?}"),
    }
}

#[test]
fn gives_the_payloads_and_where_they_stood() {
    let inner = payloads(opener([keys()]).open(&request(&INITIATOR_KEY)));
    assert_eq!((inner.first, inner.offset), (NOTIFY, Some(32)));
    assert_eq!(*inner.plaintext, REFUSAL);
    let raw = inner.payloads().next().unwrap().unwrap();
    assert_eq!((raw.payload_type, raw.offset()), (NOTIFY, 32));
}

#[test]
fn debug_output_holds_no_plaintext() {
    let inner = payloads(opener([keys()]).open(&request(&INITIATOR_KEY)));
    let text = format!("{inner:?}");
    assert!(text.contains("octets: 8") && !text.contains("24"), "{text}");
}

#[test]
fn says_that_a_key_is_another_one() {
    let closed = opener([keys()]).open(&request(&[0xc3; 20])).unwrap_err();
    assert_eq!(closed, Closed::Cipher(OpenError::Integrity));
    assert!(closed.is_wrong_key());
}

#[test]
fn tries_every_key_of_an_sa() {
    let other = Ikev2Keys {
        sk_ai: Secret::new(vec![0xc3; 20]),
        ..keys()
    };
    payloads(opener([other, keys()]).open(&request(&INITIATOR_KEY)));
}

#[test]
fn says_that_the_directions_are_swapped() {
    let closed = opener([keys()]).open(&request(&RESPONDER_KEY)).unwrap_err();
    assert_eq!(closed, Closed::SwappedDirection);
}

#[test]
fn says_that_a_message_was_altered_at_any_octet() {
    let message = request(&INITIATOR_KEY);
    for index in 20..message.len() {
        let mut altered = message.clone();
        altered[index] ^= 1;
        let opened = opener([keys()]).open(&altered);
        assert!(
            !matches!(opened, Ok(Opened::Payloads(_))),
            "octet {index}: {opened:?}"
        );
    }
}

#[test]
fn says_how_much_of_a_cut_message_is_missing() {
    let message = request(&INITIATOR_KEY);
    for missing in 1..=20 {
        let cut = &message[..message.len() - missing];
        let closed = opener([keys()]).open(cut).unwrap_err();
        assert_eq!(closed, Closed::NotCaptured { octets: missing });
    }
}

#[test]
fn says_that_there_is_no_room_for_a_checksum() {
    let mut message = request(&INITIATOR_KEY);
    message.truncate(32 + 5);
    message[27] = 37;
    message[31] = 9;
    let closed = opener([keys()]).open(&message).unwrap_err();
    assert_eq!(
        closed,
        Closed::Cipher(OpenError::TooShort { need: 12, have: 5 })
    );
}

#[test]
fn says_that_padding_is_longer_than_what_there_is() {
    let message = sealed(SK, &[&REFUSAL[..], &[9]].concat(), &INITIATOR_KEY);
    let closed = opener([keys()]).open(&message).unwrap_err();
    assert_eq!(
        closed,
        Closed::Padding {
            announced: 9,
            available: 8
        }
    );
}

#[test]
fn takes_off_padding_whatever_is_in_it() {
    let body = [&REFUSAL[..], &[7, 7, 7, 3]].concat();
    let inner = payloads(opener([keys()]).open(&sealed(SK, &body, &INITIATOR_KEY)));
    assert_eq!(*inner.plaintext, REFUSAL);
}

#[test]
fn gives_no_garbage_where_nobody_checks() {
    let unchecked = Ikev2Keys {
        integrity: Some(Integrity::Unchecked { icv_octets: 12 }),
        ..keys()
    };
    payloads(opener([unchecked.clone()]).open(&request(&[0; 20])));
    let garbage = sealed(SK, &[0x55; 24], &[0; 20]);
    let mut garbage = garbage;
    garbage[55] = 0;
    let closed = opener([unchecked]).open(&garbage).unwrap_err();
    assert_eq!(closed, Closed::NoPayloads);
}

#[test]
fn knows_no_sa_without_keys() {
    let mut opener = opener([]);
    let closed = opener.open(&request(&INITIATOR_KEY)).unwrap_err();
    assert_eq!(closed, Closed::NoKeys);
}

#[test]
fn needs_the_choice_of_algorithms_where_the_keys_do_not_name_them() {
    let unnamed = Ikev2Keys {
        encryption: None,
        integrity: None,
        ..keys()
    };
    let mut opener = opener([unnamed]);
    let closed = opener.open(&request(&INITIATOR_KEY)).unwrap_err();
    assert_eq!(closed, Closed::UnknownAlgorithms);
    assert_eq!(opener.open(&choice()), Ok(Opened::Clear));
    payloads(opener.open(&request(&INITIATOR_KEY)));
}

/// An IKE_SA_INIT response that chooses ENCR_NULL and HMAC-SHA1-96.
fn choice() -> Vec<u8> {
    let mut octets = [[1; 8], [2; 8]].concat();
    octets.extend([33, 0x20, 34, 0x20, 0, 0, 0, 0, 0, 0, 0, 56]);
    octets.extend([0, 0, 0, 28, 0, 0, 0, 24, 1, 1, 0, 2]);
    octets.extend([3, 0, 0, 8, 1, 0, 0, 11, 0, 0, 0, 8, 3, 0, 0, 2]);
    octets
}

/// Fragment `number` of `total` around `part`.
fn fragment(number: u8, total: u8, part: &[u8]) -> Vec<u8> {
    let body = [&[0, number, 0, total], part, &[0]].concat();
    sealed(SKF, &body, &INITIATOR_KEY)
}

#[test]
fn puts_fragments_together_in_any_order() {
    let parts = [&REFUSAL[..3], &REFUSAL[3..6], &REFUSAL[6..]];
    for order in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
        let mut opener = opener([keys()]);
        let [one, other, last] = order.map(|n: u8| fragment(n, 3, parts[usize::from(n) - 1]));
        assert_eq!(opener.open(&one), Ok(Opened::Fragment));
        assert_eq!(opener.open(&other), Ok(Opened::Fragment));
        assert_eq!(opener.open(&one), Ok(Opened::Fragment));
        let inner = payloads(opener.open(&last));
        assert_eq!((inner.first, inner.offset), (NOTIFY, None));
        assert_eq!(*inner.plaintext, REFUSAL);
        // The repeat of the last one is the whole message once more, that of another is not.
        assert_eq!(*payloads(opener.open(&last)).plaintext, REFUSAL);
        assert_eq!(opener.open(&one), Ok(Opened::Fragment));
    }
}

#[test]
fn says_that_a_fragment_number_is_used_twice() {
    let mut opener = opener([keys()]);
    assert_eq!(
        opener.open(&fragment(1, 2, &REFUSAL[..4])),
        Ok(Opened::Fragment)
    );
    let closed = opener.open(&fragment(1, 2, &[9; 4])).unwrap_err();
    assert_eq!(
        closed,
        Closed::ReusedFragment {
            number: 1,
            total: 2
        }
    );
}

/// RFC 7383 §2.5.2: the sender may begin anew with more fragments, never with fewer.
#[test]
fn begins_anew_with_a_greater_total() {
    let mut opener = opener([keys()]);
    assert_eq!(opener.open(&fragment(1, 2, &[9; 4])), Ok(Opened::Fragment));
    for number in 1..=2 {
        let part = &REFUSAL[usize::from(number) * 2 - 2..usize::from(number) * 2];
        assert_eq!(
            opener.open(&fragment(number, 3, part)),
            Ok(Opened::Fragment)
        );
    }
    assert_eq!(opener.open(&fragment(2, 2, &[9; 4])), Ok(Opened::Fragment));
    let inner = payloads(opener.open(&fragment(3, 3, &REFUSAL[4..])));
    assert_eq!(*inner.plaintext, REFUSAL);
}

#[test]
fn refuses_fragment_numbers_that_cannot_be() {
    for (number, total) in [(0, 2), (3, 2)] {
        let closed = opener([keys()])
            .open(&fragment(number, total, &REFUSAL))
            .unwrap_err();
        let (number, total) = (number.into(), total.into());
        assert_eq!(closed, Closed::FragmentNumber { number, total });
    }
}

#[test]
fn leaves_messages_in_clear_alone() {
    assert_eq!(opener([keys()]).open(&choice()), Ok(Opened::Clear));
}

#[test]
fn survives_the_seeds_and_finds_of_fuzzing() {
    let mut opened = 0;
    for (path, octets) in fuzz_inputs("ikescope-keys", "decrypt") {
        // Names the input if one panics.
        println!("{path:?}");
        opened += decrypt::open(&octets);
        for length in 0..octets.len() {
            decrypt::open(&octets[..length]);
        }
    }
    assert!(opened >= 7, "the seeds open {opened} messages");
}
