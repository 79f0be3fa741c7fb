//! "Transform Type 2 - Pseudorandom Function Transform IDs" (RFC 7296 §3.3.2): names and sizes.

use super::Requirement;

wire_enum! {
    /// Pseudorandom function.
    pub struct Prf(u16) {
        PRF_HMAC_MD5 = 1,
        PRF_HMAC_SHA1 = 2,
        PRF_HMAC_TIGER = 3,
        PRF_AES128_XCBC = 4,
        PRF_HMAC_SHA2_256 = 5,
        PRF_HMAC_SHA2_384 = 6,
        PRF_HMAC_SHA2_512 = 7,
        PRF_AES128_CMAC = 8,
        PRF_HMAC_STREEBOG_512 = 9,
    }
    ranges { 0 => Reserved, 10..=1023 => Unassigned, 1024..=65535 => PrivateUse }
    deprecated { 1 => "RFC 8247", 3 => "RFC 9395" }
}

impl Prf {
    /// Octets of output, and so of SK_d, SK_pi and SK_pr (RFC 7296 §2.13, §2.14).
    #[must_use]
    pub const fn output_octets(self) -> Option<usize> {
        match self.0 {
            1 | 4 | 8 => Some(16),
            2 => Some(20),
            3 => Some(24),
            5 => Some(32),
            6 => Some(48),
            7 | 9 => Some(64),
            _ => None,
        }
    }

    /// Level for IKEv2 (RFC 8247 §2.2); that of AES-XCBC holds for constrained devices.
    #[must_use]
    pub const fn ike_requirement(self) -> Option<Requirement> {
        match self {
            Self::PRF_HMAC_MD5 => Some(Requirement::MustNot),
            Self::PRF_AES128_XCBC => Some(Requirement::Should),
            Self::PRF_HMAC_SHA2_512 => Some(Requirement::ShouldPlus),
            Self::PRF_HMAC_SHA1 => Some(Requirement::MustMinus),
            Self::PRF_HMAC_SHA2_256 => Some(Requirement::Must),
            _ => None,
        }
    }
}
