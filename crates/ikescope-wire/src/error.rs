//! What can be wrong with octets, and where.
//!
//! Three kinds of bad news exist in this project and only the first lives here:
//!
//! * **malformed**: the octets cannot be read as the structure they claim to be: [`DecodeError`];
//! * **illegal** (readable, but forbidden by the RFC) and **incompatible** (legal, but the peers
//!   have nothing in common) are findings, made by the rules of `ikescope-analysis`.
//!
//! A [`DecodeError`] says *where* (offset from the first octet of the IKE header), *in what*
//! (the structure) and *both numbers* (what was needed or announced, what was there).

use crate::input::Input;

/// A structure that could not be read, and the octet where reading it failed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[error("{structure} at octet {offset}: {kind}")]
pub struct DecodeError {
    /// Offset in octets from the first octet of the IKE header.
    pub offset: usize,
    /// The structure that was being read.
    pub structure: Structure,
    /// What was wrong with it.
    pub kind: DecodeErrorKind,
}

/// How a structure failed to be read. All numbers are octets unless they say otherwise.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// Fewer octets are left than the structure needs.
    #[error("needs {need} octets, {have} left")]
    Truncated {
        /// Octets needed.
        need: usize,
        /// Octets left.
        have: usize,
    },
    /// The structure goes on beyond what the capture kept: it may well be sound.
    #[error("needs {need} octets, the capture kept {have}")]
    NotCaptured {
        /// Octets needed.
        need: usize,
        /// Octets kept.
        have: usize,
    },
    /// A length field is smaller than the structure it covers.
    #[error("announces {announced} octets, at least {minimum} are needed")]
    LengthTooSmall {
        /// Value of the length field.
        announced: usize,
        /// Smallest value that makes sense.
        minimum: usize,
    },
    /// A length field reaches beyond the structure that contains it.
    #[error("announces {announced} octets, {available} left")]
    LengthTooLarge {
        /// Value of the length field.
        announced: usize,
        /// Octets that the containing structure has left.
        available: usize,
    },
    /// Octets remain after the structure's last field.
    #[error("{count} octets left over")]
    TrailingOctets {
        /// Octets left over.
        count: usize,
    },
    /// A field holds a value with which the rest cannot be read.
    #[error("value {value} cannot be read here")]
    UnexpectedValue {
        /// The value found.
        value: u64,
    },
}

/// The structures of IKE that have a layout of their own.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "each variant is the RFC's name of the structure"
)]
pub enum Structure {
    Header,
    PayloadHeader,
    SecurityAssociation,
    Proposal,
    Transform,
    Attribute,
    KeyExchange,
    Identification,
    Certificate,
    CertificateRequest,
    Authentication,
    Hash,
    Signature,
    Nonce,
    Notify,
    Delete,
    VendorId,
    TrafficSelectors,
    TrafficSelector,
    Encrypted,
    EncryptedFragment,
    Configuration,
    Eap,
    SecurePassword,
    GroupIdentification,
    GroupSecurityAssociation,
    KeyDownload,
    PuzzleSolution,
    NatDiscovery,
    NatOriginalAddress,
    SaKek,
    SaTek,
    SequenceNumber,
    ProofOfPossession,
    GroupAssociatedPolicy,
    Fragment,
    EspHeader,
    RadiusHeader,
    AhHeader,
    TcpEncapsulation,
    Asn1,
}

impl core::fmt::Display for Structure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(match self {
            Self::Header => "IKE header",
            Self::PayloadHeader => "payload header",
            Self::SecurityAssociation => "Security Association",
            Self::Proposal => "proposal",
            Self::Transform => "transform",
            Self::Attribute => "attribute",
            Self::KeyExchange => "Key Exchange",
            Self::Identification => "Identification",
            Self::Certificate => "Certificate",
            Self::CertificateRequest => "Certificate Request",
            Self::Authentication => "Authentication",
            Self::Hash => "Hash",
            Self::Signature => "Signature",
            Self::Nonce => "Nonce",
            Self::Notify => "Notify",
            Self::Delete => "Delete",
            Self::VendorId => "Vendor ID",
            Self::TrafficSelectors => "Traffic Selectors",
            Self::TrafficSelector => "traffic selector",
            Self::Encrypted => "Encrypted",
            Self::EncryptedFragment => "Encrypted Fragment",
            Self::Configuration => "Configuration",
            Self::Eap => "EAP",
            Self::SecurePassword => "Generic Secure Password Method",
            Self::GroupIdentification => "Group Identification",
            Self::GroupSecurityAssociation => "Group Security Association",
            Self::KeyDownload => "Key Download",
            Self::PuzzleSolution => "Puzzle Solution",
            Self::NatDiscovery => "NAT Discovery",
            Self::NatOriginalAddress => "NAT Original Address",
            Self::SaKek => "SA KEK",
            Self::SaTek => "SA TEK",
            Self::SequenceNumber => "Sequence Number",
            Self::ProofOfPossession => "Proof of Possession",
            Self::GroupAssociatedPolicy => "Group Associated Policy",
            Self::Fragment => "IKEv1 fragment",
            Self::EspHeader => "ESP header",
            Self::RadiusHeader => "RADIUS header",
            Self::AhHeader => "AH header",
            Self::TcpEncapsulation => "TCP encapsulation",
            Self::Asn1 => "ASN.1",
        })
    }
}

impl DecodeError {
    pub(crate) const fn new(offset: usize, structure: Structure, kind: DecodeErrorKind) -> Self {
        Self {
            offset,
            structure,
            kind,
        }
    }
}

/// Lets nom's own combinators be used; the parsers of [`crate::input`] build precise errors
/// themselves, so this is reached only where a combinator fails on its own account.
impl nom::error::ParseError<Input<'_>> for DecodeError {
    fn from_error_kind(input: Input<'_>, _kind: nom::error::ErrorKind) -> Self {
        Self::new(
            input.offset(),
            Structure::PayloadHeader,
            DecodeErrorKind::TrailingOctets { count: input.len() },
        )
    }

    fn append(_input: Input<'_>, _kind: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}
