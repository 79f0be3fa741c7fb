//! Counter mode (RFC 3686, RFC 5930; RFC 5529): the four octets behind the key, the IV and a counter that
//! begins with one make the first block.

use aes::{Aes128, Aes192, Aes256};
use camellia::{Camellia128, Camellia192, Camellia256};
use ctr::Ctr32BE;
use ctr::cipher::consts::U16;
use ctr::cipher::{BlockCipherEncrypt, BlockSizeUser, InnerIvInit, KeyInit, StreamCipher};
use ikescope_wire::iana::Encr;

use super::{OpenError, key_length};

/// Decrypts in place.
pub(super) fn decrypt(
    algorithm: Encr,
    key: &[u8],
    iv: &[u8],
    octets: &mut [u8],
) -> Result<(), OpenError> {
    let Some((cipher_key, nonce)) = key.split_last_chunk::<4>() else {
        return Err(key_length(algorithm, key));
    };
    let block = [nonce, iv, &[0, 0, 0, 1]].concat();
    let decrypted = match (algorithm, cipher_key.len()) {
        (Encr::ENCR_AES_CTR, 16) => with::<Aes128>(cipher_key, &block, octets),
        (Encr::ENCR_AES_CTR, 24) => with::<Aes192>(cipher_key, &block, octets),
        (Encr::ENCR_AES_CTR, 32) => with::<Aes256>(cipher_key, &block, octets),
        (Encr::ENCR_CAMELLIA_CTR, 16) => with::<Camellia128>(cipher_key, &block, octets),
        (Encr::ENCR_CAMELLIA_CTR, 24) => with::<Camellia192>(cipher_key, &block, octets),
        (Encr::ENCR_CAMELLIA_CTR, 32) => with::<Camellia256>(cipher_key, &block, octets),
        _ => None,
    };
    decrypted.ok_or_else(|| key_length(algorithm, key))
}

fn with<C>(key: &[u8], block: &[u8], octets: &mut [u8]) -> Option<()>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit,
{
    let cipher = C::new_from_slice(key).ok()?;
    let core = ctr::CtrCore::<C, ctr::flavors::Ctr32BE>::inner_iv_slice_init(cipher, block).ok()?;
    Ctr32BE::<C>::from_core(core)
        .try_apply_keystream(octets)
        .ok()
}
