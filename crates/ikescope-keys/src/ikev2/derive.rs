//! The keys of an IKE SA from the secret of its key exchange (RFC 7296 §2.14).
//!
//! ```text
//! SKEYSEED = prf(Ni | Nr, g^ir)
//! {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr)
//! ```

use ikescope_wire::iana::{Encr, Integ, Prf};
use zeroize::Zeroizing;

use super::beginning::Answer;
use super::suites::Suite;
use crate::algorithm::{Encryption, Integrity, salt_octets};
use crate::prf::{prf, prf_plus};
use crate::secret::Secret;
use crate::store::{Ikev2Keys, SharedSecret};

/// The keys; `None` if an algorithm is not available here.
pub(super) fn keys(answer: &Answer, shared: &SharedSecret) -> Option<Ikev2Keys> {
    let suite = answer.suite;
    let function = suite.prf?;
    let encryption_octets = encryption_octets(suite)?;
    let integrity_octets = match suite.integrity {
        _ if suite.encryption.is_aead() => 0,
        Integrity::Registered(integ) => integrity_octets(integ)?,
        _ => return None,
    };
    let prf_octets = function.output_octets()?;
    let lengths = [
        prf_octets,
        integrity_octets,
        integrity_octets,
        encryption_octets,
        encryption_octets,
        prf_octets,
        prf_octets,
    ];
    let seed = skeyseed(function, answer, shared)?;
    let [initiator, responder] = &answer.nonces;
    let spis = answer.spis;
    let both = [
        initiator,
        responder,
        &spis.initiator.0[..],
        &spis.responder.0[..],
    ]
    .concat();
    let material = prf_plus(function, &seed, &both, lengths.iter().sum())?;
    let mut rest = &material[..];
    let mut parts = lengths.map(|octets| {
        let (part, behind) = rest.split_at_checked(octets).unwrap_or_default();
        rest = behind;
        Secret::new(part.to_vec())
    });
    let [sk_d, sk_ai, sk_ar, sk_ei, sk_er, sk_pi, sk_pr] = parts.each_mut().map(std::mem::take);
    Some(Ikev2Keys {
        spis,
        encryption: Encryption::of_material(suite.encryption, sk_ei.len()),
        integrity: Some(suite.integrity),
        sk_ei,
        sk_er,
        sk_ai,
        sk_ar,
        sk_d: Some(sk_d),
        sk_pi: Some(sk_pi),
        sk_pr: Some(sk_pr),
        origin: shared.origin.clone(),
    })
}

fn skeyseed(function: Prf, answer: &Answer, shared: &SharedSecret) -> Option<Zeroizing<Vec<u8>>> {
    /// Octets of each nonce that go into a key of fixed length.
    const HALF: usize = 8;
    let [initiator, responder] = answer.nonces.each_ref().map(|nonce| match function {
        Prf::PRF_AES128_XCBC | Prf::PRF_AES128_CMAC => nonce.get(..HALF).unwrap_or(nonce),
        _ => &nonce[..],
    });
    let key = [initiator, responder].concat();
    prf(function, &key, &[shared.secret.expose()])
}

/// Octets of keying material: key, and salt where the cipher has one.
fn encryption_octets(suite: Suite) -> Option<usize> {
    let key = match suite.key_bits {
        Some(bits) => usize::from(bits / 8),
        None => match suite.encryption {
            Encr::ENCR_DES => 8,
            Encr::ENCR_3DES => 24,
            Encr::ENCR_CAST | Encr::ENCR_BLOWFISH => 16,
            Encr::ENCR_CHACHA20_POLY1305 => 32,
            Encr::ENCR_NULL => 0,
            _ => return None,
        },
    };
    Some(key + salt_octets(suite.encryption))
}

/// Octets of the key of an integrity algorithm: those of the hash, and of AES-128.
const fn integrity_octets(integ: Integ) -> Option<usize> {
    Some(match integ {
        Integ::NONE => 0,
        Integ::AUTH_HMAC_MD5_96
        | Integ::AUTH_HMAC_MD5_128
        | Integ::AUTH_AES_XCBC_96
        | Integ::AUTH_AES_CMAC_96 => 16,
        Integ::AUTH_HMAC_SHA1_96 | Integ::AUTH_HMAC_SHA1_160 => 20,
        Integ::AUTH_HMAC_SHA2_256_128 => 32,
        Integ::AUTH_HMAC_SHA2_384_192 => 48,
        Integ::AUTH_HMAC_SHA2_512_256 => 64,
        _ => return None,
    })
}
