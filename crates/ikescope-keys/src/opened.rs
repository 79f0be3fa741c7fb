//! What comes of opening an IKE message: its payloads, or why there are none.

use ikescope_wire::input::Input;
use ikescope_wire::observed;
use ikescope_wire::{DecodeError, DecodeErrorKind, Payloads};

use crate::cipher::{OpenError, Plaintext};

/// A message that was given to an [`Opener`](crate::Opener).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Opened {
    /// Nothing in it is encrypted.
    Clear,
    /// A fragment (RFC 7383) that was opened; others of its message are still to come.
    Fragment,
    /// The payloads that were encrypted.
    Payloads(Inner),
}

/// Payloads that were encrypted.
#[derive(Clone, Eq, PartialEq)]
pub struct Inner {
    /// Type of the first of them, in the registry of the version.
    pub first: u8,
    /// Whether the registry is that of IKEv2.
    pub ikev2: bool,
    /// Where the first one stood in the message, counted from the IKE header: ciphertext is as long as
    /// what it hides. `None` if they came in fragments.
    pub offset: Option<usize>,
    /// The payloads, without padding.
    pub plaintext: Plaintext,
}

impl Inner {
    /// What somebody shows who has opened the message; `ikev2` tells the registry.
    #[must_use]
    pub fn of(plaintext: &observed::Plaintext<'_>, ikev2: bool) -> Self {
        Self {
            first: plaintext.first,
            ikev2,
            offset: plaintext.offset,
            plaintext: Plaintext::new(plaintext.octets.to_vec()),
        }
    }

    /// The chain, for the same decoder that reads payloads in clear.
    #[must_use]
    pub fn payloads(&self) -> Payloads<'_> {
        let octets = Input::at(&self.plaintext, self.offset.unwrap_or_default());
        Payloads::new(self.first, octets, self.ikev2)
    }
}

/// Says how much there is and not what: passwords may be in it.
impl core::fmt::Debug for Inner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Inner")
            .field("first", &self.first)
            .field("ikev2", &self.ikev2)
            .field("offset", &self.offset)
            .field("octets", &self.plaintext.len())
            .finish()
    }
}

/// Why an encrypted message stays closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Closed {
    /// There are no keys for this SA.
    #[error("there are no keys for its SA")]
    NoKeys,
    /// The capture did not keep the whole message.
    #[error("{octets} octets of it were not captured")]
    NotCaptured {
        /// Octets that are missing.
        octets: usize,
    },
    /// IKEv1: there is the secret of its key exchange, and its keys need the pre-shared key as well.
    #[error("its keys follow from the pre-shared key as well, and none was given")]
    NoPreSharedKey,
    /// The message cannot be read up to its encrypted part.
    #[error("{0}")]
    Malformed(DecodeError),
    /// Neither the keys nor a proposal chosen in clear tell the algorithms.
    #[error("the keys do not name its algorithms, and the choice of them was not seen")]
    UnknownAlgorithms,
    /// The cipher did not get as far as plaintext.
    #[error("{0}")]
    Cipher(OpenError),
    /// The integrity checksum is right with the key of the other end.
    #[error(
        "its checksum fits the key of the other direction: the keys are swapped, or the message was \
         sent back"
    )]
    SwappedDirection,
    /// The octet before the checksum announces more padding than there is.
    #[error("announces {announced} octets of padding, {available} are there")]
    Padding {
        /// Pad length.
        announced: usize,
        /// Octets in front of it.
        available: usize,
    },
    /// Decrypted, it is no chain of payloads.
    #[error("decrypted with these keys it holds no payloads: its sender used others")]
    NoPayloads,
    /// IKEv1: the message before it, whose last block is the IV, was not seen.
    #[error("its IV is the end of a message that is not in the capture")]
    UnknownIv,
    /// A fragment number that was there before, with other content (RFC 7383 §2.6).
    #[error("fragment {number} of {total} was there before with other content")]
    ReusedFragment {
        /// Fragment number.
        number: u16,
        /// Fragments of the message.
        total: u16,
    },
    /// A fragment number of zero or beyond the total.
    #[error("fragment {number} of {total} cannot be")]
    FragmentNumber {
        /// Fragment number.
        number: u16,
        /// Fragments of the message.
        total: u16,
    },
    /// More fragments than anyone needs.
    #[error("{total} fragments are too many to be put together")]
    TooManyFragments {
        /// Fragments of the message.
        total: u16,
    },
}

impl Closed {
    /// Whether other keys would help.
    #[must_use]
    pub const fn is_wrong_key(self) -> bool {
        matches!(
            self,
            Self::Cipher(
                OpenError::Integrity
                    | OpenError::KeyLength { .. }
                    | OpenError::IntegrityKeyLength { .. }
            ) | Self::NoPayloads
                | Self::SwappedDirection
        )
    }
}

impl From<OpenError> for Closed {
    fn from(error: OpenError) -> Self {
        Self::Cipher(error)
    }
}

/// Octets of the chain that begins with a payload of type `first`, if it is one and what follows it
/// may be padding: how keys are told right where nothing else tells.
pub(crate) fn chain_octets(first: u8, plaintext: &[u8], ikev2: bool) -> Option<usize> {
    let mut octets = 0;
    for raw in Payloads::new(first, Input::new(plaintext), ikev2) {
        match raw {
            Ok(raw) if raw.reserved == 0 => octets += usize::from(raw.length),
            Err(error) if is_padding(error) => return (octets > 0).then_some(octets),
            _ => return None,
        }
    }
    (octets > 0).then_some(octets)
}

/// Padding is announced by one octet, so there are at most so many (RFC 2408 §3.1 sets no limit).
const fn is_padding(error: DecodeError) -> bool {
    matches!(error.kind, DecodeErrorKind::TrailingOctets { count } if count <= 255)
}
