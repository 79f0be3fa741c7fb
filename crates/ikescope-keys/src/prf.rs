//! Pseudorandom functions (RFC 7296 §2.13; RFC 2409 §4), and keying material made with them.

use aes::Aes128;
use cmac::Cmac;
use hmac::{Hmac, KeyInit, Mac};
use ikescope_wire::iana::Prf;
use ikescope_wire::iana::ikev1::HashAlgorithm;
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use crate::cipher::xcbc;

/// Octets that a PRF put out, or that were made of them.
pub(crate) type Octets = Zeroizing<Vec<u8>>;

/// The PRF of IKEv1: no other than HMAC with the negotiated hash was ever registered (RFC 2409 §4).
pub(crate) const fn of_hash(hash: HashAlgorithm) -> Option<Prf> {
    Some(match hash {
        HashAlgorithm::MD5 => Prf::PRF_HMAC_MD5,
        HashAlgorithm::SHA => Prf::PRF_HMAC_SHA1,
        HashAlgorithm::SHA2_256 => Prf::PRF_HMAC_SHA2_256,
        HashAlgorithm::SHA2_384 => Prf::PRF_HMAC_SHA2_384,
        HashAlgorithm::SHA2_512 => Prf::PRF_HMAC_SHA2_512,
        _ => return None,
    })
}

/// `prf(key, parts)`, the parts one behind the other; `None` if the function is not available here.
pub(crate) fn prf(function: Prf, key: &[u8], parts: &[&[u8]]) -> Option<Octets> {
    match function {
        Prf::PRF_HMAC_MD5 => mac::<Hmac<Md5>>(key, parts),
        Prf::PRF_HMAC_SHA1 => mac::<Hmac<Sha1>>(key, parts),
        Prf::PRF_HMAC_SHA2_256 => mac::<Hmac<Sha256>>(key, parts),
        Prf::PRF_HMAC_SHA2_384 => mac::<Hmac<Sha384>>(key, parts),
        Prf::PRF_HMAC_SHA2_512 => mac::<Hmac<Sha512>>(key, parts),
        // RFC 4615 §3: a key of another length is made into one by the function itself.
        Prf::PRF_AES128_CMAC if key.len() == BLOCK => mac::<Cmac<Aes128>>(key, parts),
        Prf::PRF_AES128_CMAC => {
            let key = mac::<Cmac<Aes128>>(&[0; BLOCK], &[key])?;
            mac::<Cmac<Aes128>>(&key, parts)
        }
        // RFC 4434 §2: a short key is padded, a long one hashed.
        Prf::PRF_AES128_XCBC => {
            let mut fitting = Zeroizing::new([0; BLOCK]);
            if key.len() > BLOCK {
                *fitting = xcbc(&[0; BLOCK], key)?;
            } else {
                fitting
                    .iter_mut()
                    .zip(key)
                    .for_each(|(to, from)| *to = *from);
            }
            xcbc(&*fitting, &parts.concat()).map(|output| Zeroizing::new(output.to_vec()))
        }
        _ => None,
    }
}

/// Octets of a key of AES-128.
const BLOCK: usize = 16;

/// `prf+(key, seed)`, so many octets of it (RFC 7296 §2.13); `None` likewise, or if it does not go on
/// for so long.
pub(crate) fn prf_plus(function: Prf, key: &[u8], seed: &[u8], octets: usize) -> Option<Octets> {
    let mut all = Zeroizing::new(Vec::with_capacity(octets));
    let mut last = Zeroizing::new(Vec::new());
    for count in 1..=u8::MAX {
        if all.len() >= octets {
            break;
        }
        last = prf(function, key, &[&last, seed, &[count]])?;
        all.extend_from_slice(&last);
    }
    (all.len() >= octets).then(|| {
        all.truncate(octets);
        all
    })
}

fn mac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Option<Octets> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(Zeroizing::new(mac.finalize().into_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex_of(function: Prf, key: &[u8], message: &[u8]) -> String {
        hex::encode(&*prf(function, key, &[message]).unwrap())
    }

    /// RFC 4231 §4.3, RFC 2202 §2 and §3, test case 2.
    #[test]
    fn computes_the_hmacs_of_the_rfcs() {
        let (key, message) = (b"Jefe", b"what do ya want for nothing?");
        for (function, expected) in [
            (Prf::PRF_HMAC_MD5, "750c783e6ab0b503eaa86e310a5db738"),
            (
                Prf::PRF_HMAC_SHA1,
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            ),
            (
                Prf::PRF_HMAC_SHA2_256,
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                Prf::PRF_HMAC_SHA2_384,
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
                 8e2240ca5e69e2c78b3239ecfab21649",
            ),
            (
                Prf::PRF_HMAC_SHA2_512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                 9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ),
        ] {
            assert_eq!(hex_of(function, key, message), expected, "{function}");
        }
    }

    /// RFC 4434 §3 and RFC 4615 §4: the same message under keys of 16, 10 and 18 octets.
    #[test]
    fn computes_the_functions_of_aes_with_keys_of_any_length() {
        let key: Vec<u8> = (0..16).chain([0xed, 0xcb]).collect();
        let message: Vec<u8> = (0..20).collect();
        for (function, octets, expected) in [
            (Prf::PRF_AES128_XCBC, 16, "47f51b4564966215b8985c63055ed308"),
            (Prf::PRF_AES128_XCBC, 10, "0fa087af7d866e7653434e602fdde835"),
            (Prf::PRF_AES128_XCBC, 18, "8cd3c93ae598a9803006ffb67c40e9e4"),
            (Prf::PRF_AES128_CMAC, 18, "84a348a4a45d235babfffc0d2b4da09a"),
            (Prf::PRF_AES128_CMAC, 16, "980ae87b5f4c9c5214f5b6a8455e4c2d"),
            (Prf::PRF_AES128_CMAC, 10, "290d9e112edb09ee141fcf64c0b72f3d"),
        ] {
            let told = hex_of(function, &key[..octets], &message);
            assert_eq!(told, expected, "{function}, {octets} octets");
        }
    }

    /// RFC 7296 §2.13: T1 = prf(K, S | 0x01), T2 = prf(K, T1 | S | 0x02).
    #[test]
    fn goes_on_for_as_long_as_is_asked_and_no_longer_than_it_can() {
        let function = Prf::PRF_HMAC_SHA1;
        let first = prf(function, b"key", &[b"seed", &[1]]).unwrap();
        let second = prf(function, b"key", &[&first, b"seed", &[2]]).unwrap();
        let expected = [&first[..], &second[..5]].concat();
        assert_eq!(*prf_plus(function, b"key", b"seed", 25).unwrap(), expected);
        assert!(prf_plus(function, b"key", b"seed", 255 * 20).is_some());
        assert_eq!(prf_plus(function, b"key", b"seed", 255 * 20 + 1), None);
        assert_eq!(prf(Prf::PRF_HMAC_TIGER, b"key", &[]), None);
    }
}
