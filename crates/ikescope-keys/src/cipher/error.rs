//! Why something did not open.

use ikescope_wire::iana::Encr;

use crate::algorithm::Integrity;

/// Why octets could not be opened. Numbers are octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No implementation of this encryption algorithm is at hand.
    #[error("encryption algorithm {0} is not supported")]
    UnknownEncryption(Encr),
    /// No implementation of this integrity algorithm is at hand.
    #[error("integrity algorithm {0} is not supported")]
    UnknownIntegrity(Integrity),
    /// The encryption key, salt included, is not as long as any of the algorithm's keys.
    #[error("a key of {octets} octets is none for {algorithm}")]
    KeyLength {
        /// The algorithm.
        algorithm: Encr,
        /// Octets of the key given.
        octets: usize,
    },
    /// The integrity key is not as long as the algorithm's.
    #[error("an integrity key of {octets} octets is none for {algorithm}")]
    IntegrityKeyLength {
        /// The algorithm.
        algorithm: Integrity,
        /// Octets of the key given.
        octets: usize,
    },
    /// IV and ICV alone take more than there is.
    #[error("IV and integrity checksum take {need} octets, there are {have}")]
    TooShort {
        /// Octets of IV and ICV.
        need: usize,
        /// Octets there are.
        have: usize,
    },
    /// A block cipher's ciphertext that is no run of whole blocks.
    #[error("{octets} octets of ciphertext are not whole blocks of {block}")]
    PartialBlock {
        /// Octets of ciphertext.
        octets: usize,
        /// Octets of a block.
        block: usize,
    },
    /// The ICV is not that of these octets with this key.
    #[error("the integrity checksum is not that of these octets with this key")]
    Integrity,
}
