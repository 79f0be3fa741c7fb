//! Ciphers that authenticate as well: GCM (RFC 4106, RFC 5282), CCM (RFC 4309, RFC 5529), GMAC
//! (RFC 4543), ChaCha20-Poly1305 (RFC 7634), and those whose IV is not sent (RFC 8750).
//!
//! The salt stands behind the key; salt and IV are the nonce.

use aes::{Aes128, Aes192, Aes256};
use aes_gcm::AesGcm;
use aes_gcm::aead::consts::{U8, U11, U12, U16};
use aes_gcm::aead::{AeadInOut, KeyInit, Nonce, Tag};
use camellia::{Camellia128, Camellia192, Camellia256};
use ccm::Ccm;
use chacha20poly1305::ChaCha20Poly1305;
use ikescope_wire::iana::Encr;
use zeroize::Zeroizing;

use super::{OpenError, Plaintext, Protection, Sealed, key_length};
use crate::algorithm::salt_octets;

/// Verifies and decrypts.
pub(super) fn open(
    protection: &Protection<'_>,
    sealed: &Sealed<'_>,
    iv: &[u8],
    ciphertext: &[u8],
    icv: &[u8],
) -> Result<Plaintext, OpenError> {
    let (algorithm, key) = (protection.encryption, protection.encryption_key);
    let wrong_key = || key_length(algorithm, key);
    let split = key.len().checked_sub(salt_octets(algorithm));
    let (cipher_key, salt) = split
        .and_then(|middle| key.split_at_checked(middle))
        .ok_or_else(wrong_key)?;
    let iv = if iv.is_empty() {
        &sealed.implicit_iv
    } else {
        iv
    };
    let nonce = [salt, iv].concat();
    let mut octets = Zeroizing::new(ciphertext.to_vec());
    let run = |with: Open| match algorithm {
        // GMAC leaves the payload in clear: all of it is associated data (RFC 4543 §3.3).
        Encr::ENCR_NULL_AUTH_AES_GMAC => {
            let associated = [sealed.associated, iv, ciphertext].concat();
            with(cipher_key, &nonce, &associated, &mut [], icv)
        }
        _ => with(cipher_key, &nonce, sealed.associated, &mut octets, icv),
    };
    let with = implementation(algorithm, cipher_key.len());
    match with.map(run) {
        Some(Some(true)) => Ok(octets),
        Some(Some(false)) => Err(OpenError::Integrity),
        Some(None) => Err(wrong_key()),
        None if is_known(algorithm) => Err(wrong_key()),
        None => Err(OpenError::UnknownEncryption(algorithm)),
    }
}

/// Key, nonce, associated data, ciphertext to be decrypted in place, ICV. Says whether the ICV fits;
/// `None` if a length does not.
type Open = fn(&[u8], &[u8], &[u8], &mut [u8], &[u8]) -> Option<bool>;

fn with<A: AeadInOut + KeyInit>(
    key: &[u8],
    nonce: &[u8],
    associated: &[u8],
    octets: &mut [u8],
    icv: &[u8],
) -> Option<bool> {
    let cipher = A::new_from_slice(key).ok()?;
    let nonce = <&Nonce<A>>::try_from(nonce).ok()?;
    let icv = <&Tag<A>>::try_from(icv).ok()?;
    let opened = cipher.decrypt_inout_detached(nonce, associated, octets.into(), icv);
    Some(opened.is_ok())
}

const fn is_known(algorithm: Encr) -> bool {
    implementation(algorithm, 16).is_some() || implementation(algorithm, 32).is_some()
}

/// What opens this algorithm with a key of so many octets, the salt not counted.
const fn implementation(algorithm: Encr, key_octets: usize) -> Option<Open> {
    Some(match (algorithm, key_octets) {
        (Encr::ENCR_AES_GCM_8, 16) => with::<AesGcm<Aes128, U12, U8>>,
        (Encr::ENCR_AES_GCM_8, 24) => with::<AesGcm<Aes192, U12, U8>>,
        (Encr::ENCR_AES_GCM_8, 32) => with::<AesGcm<Aes256, U12, U8>>,
        (Encr::ENCR_AES_GCM_12, 16) => with::<AesGcm<Aes128, U12, U12>>,
        (Encr::ENCR_AES_GCM_12, 24) => with::<AesGcm<Aes192, U12, U12>>,
        (Encr::ENCR_AES_GCM_12, 32) => with::<AesGcm<Aes256, U12, U12>>,
        (GCM_16 | GMAC | GCM_16_IIV, 16) => with::<AesGcm<Aes128, U12, U16>>,
        (GCM_16 | GMAC | GCM_16_IIV, 24) => with::<AesGcm<Aes192, U12, U16>>,
        (GCM_16 | GMAC | GCM_16_IIV, 32) => with::<AesGcm<Aes256, U12, U16>>,
        (Encr::ENCR_AES_CCM_8 | Encr::ENCR_AES_CCM_8_IIV, 16) => with::<Ccm<Aes128, U8, U11>>,
        (Encr::ENCR_AES_CCM_8 | Encr::ENCR_AES_CCM_8_IIV, 24) => with::<Ccm<Aes192, U8, U11>>,
        (Encr::ENCR_AES_CCM_8 | Encr::ENCR_AES_CCM_8_IIV, 32) => with::<Ccm<Aes256, U8, U11>>,
        (Encr::ENCR_AES_CCM_12, 16) => with::<Ccm<Aes128, U12, U11>>,
        (Encr::ENCR_AES_CCM_12, 24) => with::<Ccm<Aes192, U12, U11>>,
        (Encr::ENCR_AES_CCM_12, 32) => with::<Ccm<Aes256, U12, U11>>,
        (Encr::ENCR_AES_CCM_16, 16) => with::<Ccm<Aes128, U16, U11>>,
        (Encr::ENCR_AES_CCM_16, 24) => with::<Ccm<Aes192, U16, U11>>,
        (Encr::ENCR_AES_CCM_16, 32) => with::<Ccm<Aes256, U16, U11>>,
        (Encr::ENCR_CAMELLIA_CCM_8, 16) => with::<Ccm<Camellia128, U8, U11>>,
        (Encr::ENCR_CAMELLIA_CCM_8, 24) => with::<Ccm<Camellia192, U8, U11>>,
        (Encr::ENCR_CAMELLIA_CCM_8, 32) => with::<Ccm<Camellia256, U8, U11>>,
        (Encr::ENCR_CAMELLIA_CCM_12, 16) => with::<Ccm<Camellia128, U12, U11>>,
        (Encr::ENCR_CAMELLIA_CCM_12, 24) => with::<Ccm<Camellia192, U12, U11>>,
        (Encr::ENCR_CAMELLIA_CCM_12, 32) => with::<Ccm<Camellia256, U12, U11>>,
        (Encr::ENCR_CAMELLIA_CCM_16, 16) => with::<Ccm<Camellia128, U16, U11>>,
        (Encr::ENCR_CAMELLIA_CCM_16, 24) => with::<Ccm<Camellia192, U16, U11>>,
        (Encr::ENCR_CAMELLIA_CCM_16, 32) => with::<Ccm<Camellia256, U16, U11>>,
        (Encr::ENCR_CHACHA20_POLY1305 | Encr::ENCR_CHACHA20_POLY1305_IIV, 32) => {
            with::<ChaCha20Poly1305>
        }
        _ => return None,
    })
}

const GCM_16: Encr = Encr::ENCR_AES_GCM_16;
const GMAC: Encr = Encr::ENCR_NULL_AUTH_AES_GMAC;
const GCM_16_IIV: Encr = Encr::ENCR_AES_GCM_16_IIV;
