//! Integrity checksums: HMAC (RFC 2403, RFC 2404, RFC 4868, RFC 4595), AES-XCBC (RFC 3566), AES-CMAC
//! (RFC 4494).

use aes::Aes128;
use cbc::Encryptor;
use cbc::cipher::{Array, BlockCipherEncrypt, BlockModeEncrypt, InnerIvInit, KeyInit};
use cmac::Cmac;
use hmac::{Hmac, Mac};
use ikescope_wire::iana::Integ;
use md5::Md5;
use ripemd::Ripemd160;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use super::{OpenError, Protection};
use crate::algorithm::Integrity;

/// Whether `icv` is that of the parts, one behind the other.
pub(super) fn verify(
    protection: &Protection<'_>,
    parts: &[&[u8]],
    icv: &[u8],
) -> Result<(), OpenError> {
    let (algorithm, key) = (protection.integrity, protection.integrity_key);
    let fits = match algorithm {
        Integrity::Unchecked { .. } => return Ok(()),
        Integrity::HmacSha256_96 => mac::<Hmac<Sha256>>(key, parts, icv),
        Integrity::HmacRipemd160_96 => mac::<Hmac<Ripemd160>>(key, parts, icv),
        Integrity::Registered(integ) => match integ {
            Integ::NONE => Some(icv.is_empty()),
            Integ::AUTH_HMAC_MD5_96 | Integ::AUTH_HMAC_MD5_128 => mac::<Hmac<Md5>>(key, parts, icv),
            Integ::AUTH_HMAC_SHA1_96 | Integ::AUTH_HMAC_SHA1_160 => {
                mac::<Hmac<Sha1>>(key, parts, icv)
            }
            Integ::AUTH_HMAC_SHA2_256_128 => mac::<Hmac<Sha256>>(key, parts, icv),
            Integ::AUTH_HMAC_SHA2_384_192 => mac::<Hmac<Sha384>>(key, parts, icv),
            Integ::AUTH_HMAC_SHA2_512_256 => mac::<Hmac<Sha512>>(key, parts, icv),
            Integ::AUTH_AES_CMAC_96 => mac::<Cmac<Aes128>>(key, parts, icv),
            Integ::AUTH_AES_XCBC_96 => xcbc(key, &parts.concat()).map(|mac| begins_with(&mac, icv)),
            _ => return Err(OpenError::UnknownIntegrity(algorithm)),
        },
    };
    match fits {
        Some(true) => Ok(()),
        Some(false) => Err(OpenError::Integrity),
        None => Err(OpenError::IntegrityKeyLength {
            algorithm,
            octets: key.len(),
        }),
    }
}

/// `None` if the key does not have a length of the algorithm.
fn mac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]], icv: &[u8]) -> Option<bool> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.verify_truncated_left(icv).is_ok())
}

/// AES-XCBC-MAC: CBC under a derived key, the last block masked with one of two others.
pub(crate) fn xcbc(key: &[u8], octets: &[u8]) -> Option<[u8; 16]> {
    let derive = Aes128::new_from_slice(key).ok()?;
    let [first, whole, padded] = [1, 2, 3].map(|constant| {
        let mut block = Array::from([constant; 16]);
        derive.encrypt_block(&mut block);
        block
    });
    let mut octets = octets.to_vec();
    let mask = if octets.is_empty() || !octets.len().is_multiple_of(16) {
        octets.push(0x80);
        octets.resize(octets.len().next_multiple_of(16), 0);
        padded
    } else {
        whole
    };
    let (blocks, _) = Array::slice_as_chunks_mut(&mut octets);
    let last = blocks.last_mut()?;
    last.iter_mut()
        .zip(mask)
        .for_each(|(octet, mask)| *octet ^= mask);
    let mut mode = Encryptor::inner_iv_init(Aes128::new(&first), &Array::default());
    mode.encrypt_blocks(blocks);
    blocks.last().map(|block| (*block).into())
}

/// Compares without telling by the time it takes where two differ.
fn begins_with(mac: &[u8], icv: &[u8]) -> bool {
    let differing = mac
        .iter()
        .zip(icv)
        .fold(0, |bits, (one, other)| bits | (one ^ other));
    icv.len() <= mac.len() && differing == 0
}
