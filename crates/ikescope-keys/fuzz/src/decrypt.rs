//! Any octets as messages of SAs whose keys are known; shared by the fuzz target and the tests.

use std::sync::Arc;

use ikescope_keys::{
    Encryption, Ikev1Keys, Ikev2Keys, Integrity, KeyStore, Opened, Opener, Origin, PreSharedKey,
    Secret, SharedSecret,
};
use ikescope_wire::display::PayloadBlocks;
use ikescope_wire::iana::{Encr, Integ};
use ikescope_wire::{Spi, SpiPair};

/// Opens a run of messages, each behind its length in two octets. The first octet of a message chooses
/// one of the SAs below; some of them check nothing, so that arbitrary octets get far. Says how many of
/// the messages held payloads.
///
/// # Panics
/// If more comes out than went in.
pub(crate) fn open(octets: &[u8]) -> usize {
    let mut opener = Opener::new(Arc::new(store()));
    let mut rest = octets;
    let (mut given, mut opened) = (0, 0);
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(behind.len());
        let (message, next) = behind.split_at(length);
        rest = next;
        given += message.len();
        if let Ok(Opened::Payloads(inner)) = opener.open(&of_known_sa(message)) {
            assert!(inner.plaintext.len() <= given);
            opened += 1;
            let blocks = PayloadBlocks {
                payloads: inner.payloads(),
                ikev2: inner.ikev2,
                show_secrets: true,
            };
            let _ = format!("{blocks} {blocks:#} {inner:?}");
        }
    }
    opened
}

/// The message with the SPIs of one of the SAs.
fn of_known_sa(message: &[u8]) -> Vec<u8> {
    let mut message = message.to_vec();
    if let Some(spis) = message.get_mut(..16) {
        let sa = spis[0] % SAS;
        let is_answered = spis[8] != 0;
        spis.fill(sa);
        if !is_answered {
            spis[8..].fill(0);
        }
    }
    message
}

/// How many SAs there are.
const SAS: u8 = 7;

fn store() -> KeyStore {
    let unchecked = Some(Integrity::Unchecked { icv_octets: 0 });
    let sha1 = Some(Integrity::Registered(Integ::AUTH_HMAC_SHA1_96));
    let mut store = KeyStore::new();
    for (sa, encryption, integrity) in [
        (0, Encryption::of_material(Encr::ENCR_NULL, 0), unchecked),
        (
            1,
            Encryption::of_material(Encr::ENCR_AES_CBC, 16),
            unchecked,
        ),
        (
            2,
            Encryption::of_material(Encr::ENCR_AES_CTR, 20),
            unchecked,
        ),
        (
            3,
            Encryption::of_material(Encr::ENCR_AES_GCM_16, 20),
            Some(Integrity::NONE),
        ),
        (4, Encryption::of_material(Encr::ENCR_3DES, 24), sha1),
        (5, None, None),
    ] {
        store.add_ikev2(ikev2(sa, encryption, integrity));
    }
    store.add_ikev1(ikev1(6));
    store.add_ikev1(ikev1(0));
    for sa in [5, 6] {
        store.add_shared_secret(SharedSecret {
            spis: spis(sa),
            secret: Secret::new(vec![sa; 128]),
            origin: origin(),
        });
    }
    let pre_shared = PreSharedKey::from_octets(b"lab", "fuzz");
    store.add_pre_shared(pre_shared.expect("a key of three octets"));
    store
}

const fn spis(sa: u8) -> SpiPair {
    SpiPair {
        initiator: Spi([sa; 8]),
        responder: Spi([sa; 8]),
    }
}

fn ikev2(sa: u8, encryption: Option<Encryption>, integrity: Option<Integrity>) -> Ikev2Keys {
    let octets = encryption.map_or(16, Encryption::material_octets);
    let secret = |octets| Secret::new(vec![sa; octets]);
    Ikev2Keys {
        spis: spis(sa),
        sk_ei: secret(octets),
        sk_er: secret(octets),
        sk_ai: secret(20),
        sk_ar: secret(20),
        sk_d: None,
        sk_pi: Some(secret(20)),
        sk_pr: Some(secret(20)),
        encryption,
        integrity,
        origin: origin(),
    }
}

fn ikev1(sa: u8) -> Ikev1Keys {
    Ikev1Keys {
        cookie_i: Spi([sa; 8]),
        cookie_r: None,
        encryption_key: Secret::new(vec![sa; 16]),
        skeyid: None,
        skeyid_d: None,
        skeyid_a: None,
        skeyid_e: None,
        encryption: None,
        hash: None,
        origin: origin(),
    }
}

fn origin() -> Origin {
    Origin {
        name: "fuzz".into(),
        line: 1,
    }
}
