//! What ciphertext tells without keys: how much room there is inside an SK payload.

use ikescope_wire::iana::{Encr, Integ, Prf, TransformType};

use crate::negotiation::Negotiation;
use crate::proposal::{Kind, Transform};
use crate::record::Encrypted;

/// Fewest octets of an Identification payload: one octet of identity (RFC 7296 §3.5).
pub(crate) const LEAST_IDENTIFICATION: usize = 9;

/// The algorithms of an IKE SA, as the responder chose them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Suite {
    /// Encryption.
    pub encryption: Encr,
    /// Its key length in bits.
    pub key_length: Option<u16>,
    /// Integrity; `None` with an AEAD cipher.
    pub integrity: Option<Integ>,
    /// Pseudo-random function.
    pub prf: Option<Prf>,
}

impl Suite {
    /// The suite of a list with one transform per type, as a responder sends it.
    #[must_use]
    pub fn chosen(transforms: &[Transform]) -> Option<Self> {
        let of = |wanted| {
            transforms
                .iter()
                .find(|transform| transform.kind == Kind::V2(wanted))
        };
        let encryption = of(TransformType::ENCR)?;
        Some(Self {
            encryption: Encr(encryption.id),
            key_length: encryption.key_length,
            integrity: of(TransformType::INTEG)
                .map(|transform| Integ(transform.id))
                .filter(|integ| integ.0 != 0),
            prf: of(TransformType::PRF).map(|transform| Prf(transform.id)),
        })
    }

    /// The suite that the responder of this negotiation chose in clear.
    #[must_use]
    pub fn of(negotiation: &Negotiation) -> Option<Self> {
        use ikescope_wire::iana::ExchangeType;
        negotiation
            .of_type(ExchangeType::IKE_SA_INIT)
            .filter_map(|exchange| exchange.answered())
            .find(|facts| !facts.transforms.is_empty())
            .and_then(|facts| Self::chosen(&facts.transforms))
    }

    /// Most octets of payloads that fit into this SK payload: ciphertext without IV, checksum and
    /// the pad length octet (RFC 7296 §3.14). Padding may make it fewer, nothing makes it more.
    #[must_use]
    pub fn room(&self, encrypted: &Encrypted) -> Option<usize> {
        let iv = self.encryption.iv_octets()?;
        let icv = match self.integrity {
            Some(integrity) => integrity.icv_octets()?,
            None => self.encryption.icv_octets()?,
        };
        usize::from(encrypted.length).checked_sub(4 + iv + icv + 1)
    }

    /// Fewest octets of payloads with which a responder accepts the initiator: IDr and AUTH with a
    /// shared key (RFC 7296 §1.2, §3.5, §3.8). Certificates and signatures only make it more.
    #[must_use]
    pub fn least_acceptance(&self) -> usize {
        LEAST_IDENTIFICATION + self.least_auth()
    }

    /// Fewest octets of payloads with which it accepts the Child SA too: SA with one proposal, TSi
    /// and TSr with one IPv4 range each.
    #[must_use]
    pub fn least_success(&self) -> usize {
        LEAST_IDENTIFICATION + self.least_auth() + 32 + 24 + 24
    }

    fn least_auth(&self) -> usize {
        8 + self.prf.and_then(Prf::output_octets).unwrap_or(16)
    }
}

/// Most octets of payloads that fit into an SK payload: by the suite, or, where the choice of it was
/// not seen, as if IV and checksum were the smallest in common use (8 and 12 octets).
#[must_use]
pub(crate) fn room(suite: Option<Suite>, encrypted: &Encrypted) -> Option<usize> {
    match suite {
        Some(suite) => suite.room(encrypted),
        None => Some(usize::from(encrypted.length).saturating_sub(4 + 8 + 12)),
    }
}
