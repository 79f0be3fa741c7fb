//! "IKEv2 Hash Algorithms" (RFC 7427 §7): what SIGNATURE_HASH_ALGORITHMS lists.

use super::Requirement;

wire_enum! {
    /// Hash algorithm of signatures.
    pub struct HashAlgorithm(u16) {
        SHA1 = 1,
        SHA2_256 = 2 => "SHA2-256",
        SHA2_384 = 3 => "SHA2-384",
        SHA2_512 = 4 => "SHA2-512",
        IDENTITY = 5 => "Identity",
        STREEBOG_256 = 6,
        STREEBOG_512 = 7,
    }
    ranges { 0 => Reserved, 8..=1023 => Unassigned, 1024..=65535 => PrivateUse }
}

impl HashAlgorithm {
    /// Level for the authentication method Digital Signature (RFC 8247 §3.2).
    #[must_use]
    pub const fn ike_requirement(self) -> Option<Requirement> {
        match self {
            Self::SHA1 => Some(Requirement::MustNot),
            Self::SHA2_384 => Some(Requirement::May),
            Self::SHA2_512 => Some(Requirement::Should),
            Self::SHA2_256 => Some(Requirement::Must),
            _ => None,
        }
    }
}
