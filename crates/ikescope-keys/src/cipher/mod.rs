//! One direction of an SA: its algorithms with their keys, and opening what they protect.
//!
//! The ciphers are those of the RustCrypto crates; what stands here is how IPsec puts key, salt, IV
//! and ICV together. The ICV is verified before anything is given out: octets that do not
//! authenticate never leave this module.

mod aead;
mod cbc;
mod ctr;
mod error;
mod integrity;

use ikescope_wire::iana::Encr;
use zeroize::Zeroizing;

use crate::algorithm::Integrity;

pub use error::OpenError;
pub(crate) use integrity::xcbc;

/// Octets of plaintext, wiped when they are dropped.
pub type Plaintext = Zeroizing<Vec<u8>>;

/// Algorithms and keys of one direction.
#[derive(Clone, Copy)]
pub struct Protection<'k> {
    /// Encryption algorithm.
    pub encryption: Encr,
    /// Its key; the salt or nonce that CTR, CCM, GCM and ChaCha20-Poly1305 need stands behind it.
    pub encryption_key: &'k [u8],
    /// Integrity algorithm; [`Integrity::NONE`] beside an AEAD.
    pub integrity: Integrity,
    /// Its key.
    pub integrity_key: &'k [u8],
}

/// Something encrypted, and what is authenticated along with it.
#[derive(Clone, Copy, Debug)]
pub struct Sealed<'a> {
    /// Octets in clear in front of the IV that are authenticated; of an AEAD, its associated data.
    pub associated: &'a [u8],
    /// IV, ciphertext and ICV.
    pub content: &'a [u8],
    /// Octets that are authenticated behind the ciphertext but not sent: the upper half of an
    /// extended sequence number (RFC 4303 §2.2.1). Not used with an AEAD.
    pub behind: &'a [u8],
    /// The IV of ciphers that make it from the sequence number (RFC 8750).
    pub implicit_iv: [u8; 8],
}

impl<'a> Sealed<'a> {
    /// What an IKE message protects: everything in front of the IV is authenticated.
    #[must_use]
    pub const fn new(associated: &'a [u8], content: &'a [u8]) -> Self {
        Self {
            associated,
            content,
            behind: &[],
            implicit_iv: [0; 8],
        }
    }
}

impl Protection<'_> {
    /// Verifies and decrypts. Padding is still there: it is the caller's protocol that says how.
    ///
    /// # Errors
    /// [`OpenError`]: the algorithm is not known, the key does not have its length, there is no room
    /// for IV and ICV, or the ICV is not that of these octets with this key.
    pub fn open(&self, sealed: &Sealed<'_>) -> Result<Plaintext, OpenError> {
        let (iv_octets, icv_octets) = self.overhead()?;
        let have = sealed.content.len();
        let need = iv_octets + icv_octets;
        let (head, icv) = have
            .checked_sub(icv_octets)
            .and_then(|middle| sealed.content.split_at_checked(middle))
            .ok_or(OpenError::TooShort { need, have })?;
        let (iv, ciphertext) = head
            .split_at_checked(iv_octets)
            .ok_or(OpenError::TooShort { need, have })?;
        if self.encryption.is_aead() {
            return aead::open(self, sealed, iv, ciphertext, icv);
        }
        integrity::verify(self, &[sealed.associated, head, sealed.behind], icv)?;
        self.decrypt(iv, ciphertext)
    }

    /// Decrypts without any check: what IKEv1 does, where the hash is inside.
    ///
    /// # Errors
    /// As [`Protection::open`], the ICV left out.
    pub fn decrypt(&self, iv: &[u8], ciphertext: &[u8]) -> Result<Plaintext, OpenError> {
        let mut octets = Zeroizing::new(ciphertext.to_vec());
        let key = self.encryption_key;
        match self.encryption {
            Encr::ENCR_NULL => Ok(()),
            Encr::ENCR_AES_CTR | Encr::ENCR_CAMELLIA_CTR => {
                ctr::decrypt(self.encryption, key, iv, &mut octets)
            }
            _ => cbc::decrypt(self.encryption, key, iv, &mut octets),
        }?;
        Ok(octets)
    }

    /// Octets of IV and ICV around the ciphertext.
    fn overhead(&self) -> Result<(usize, usize), OpenError> {
        let unknown = OpenError::UnknownEncryption(self.encryption);
        let iv = self.encryption.iv_octets().ok_or(unknown)?;
        let icv = if self.encryption.is_aead() {
            self.encryption.icv_octets().ok_or(unknown)?
        } else {
            let known = self.integrity.icv_octets();
            known.ok_or(OpenError::UnknownIntegrity(self.integrity))?
        };
        Ok((iv, icv))
    }
}

/// The error of a key that does not have a length of its algorithm.
const fn key_length(algorithm: Encr, key: &[u8]) -> OpenError {
    OpenError::KeyLength {
        algorithm,
        octets: key.len(),
    }
}
