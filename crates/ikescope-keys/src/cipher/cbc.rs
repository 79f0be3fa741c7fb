//! Cipher block chaining: DES (RFC 2405), 3DES, Blowfish and CAST (RFC 2451), AES (RFC 3602),
//! Camellia (RFC 4312, RFC 5529).

use aes::{Aes128, Aes192, Aes256};
use blowfish::Blowfish;
use camellia::{Camellia128, Camellia192, Camellia256};
use cast5::Cast5;
use cbc::Decryptor;
use cbc::cipher::{Array, BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit};
use des::{Des, TdesEde3};
use ikescope_wire::iana::Encr;

use super::{OpenError, key_length};

/// Decrypts in place.
pub(super) fn decrypt(
    algorithm: Encr,
    key: &[u8],
    iv: &[u8],
    octets: &mut [u8],
) -> Result<(), OpenError> {
    let decrypted = match (algorithm, key.len()) {
        (Encr::ENCR_AES_CBC, 16) => with::<Aes128>(key, iv, octets),
        (Encr::ENCR_AES_CBC, 24) => with::<Aes192>(key, iv, octets),
        (Encr::ENCR_AES_CBC, 32) => with::<Aes256>(key, iv, octets),
        (Encr::ENCR_CAMELLIA_CBC, 16) => with::<Camellia128>(key, iv, octets),
        (Encr::ENCR_CAMELLIA_CBC, 24) => with::<Camellia192>(key, iv, octets),
        (Encr::ENCR_CAMELLIA_CBC, 32) => with::<Camellia256>(key, iv, octets),
        (Encr::ENCR_3DES, _) => with::<TdesEde3>(key, iv, octets),
        (Encr::ENCR_DES, _) => with::<Des>(key, iv, octets),
        (Encr::ENCR_BLOWFISH, _) => with::<Blowfish>(key, iv, octets),
        (Encr::ENCR_CAST, _) => with::<Cast5>(key, iv, octets),
        (Encr::ENCR_AES_CBC | Encr::ENCR_CAMELLIA_CBC, _) => None,
        _ => return Err(OpenError::UnknownEncryption(algorithm)),
    };
    decrypted.unwrap_or_else(|| Err(key_length(algorithm, key)))
}

/// `None` if the key or the IV does not have a length of the cipher.
fn with<C: BlockCipherDecrypt + KeyInit>(
    key: &[u8],
    iv: &[u8],
    octets: &mut [u8],
) -> Option<Result<(), OpenError>> {
    let cipher = C::new_from_slice(key).ok()?;
    let mut mode = Decryptor::<C>::inner_iv_slice_init(cipher, iv).ok()?;
    let partial = OpenError::PartialBlock {
        octets: octets.len(),
        block: C::block_size(),
    };
    let (blocks, rest) = Array::slice_as_chunks_mut(octets);
    if !rest.is_empty() {
        return Some(Err(partial));
    }
    mode.decrypt_blocks(blocks);
    Some(Ok(()))
}
