//! "Transform Type 3 - Integrity Algorithm Transform IDs" (RFC 7296 §3.3.2): names and sizes.

use super::Requirement;

wire_enum! {
    /// Integrity algorithm.
    pub struct Integ(u16) {
        NONE = 0,
        AUTH_HMAC_MD5_96 = 1,
        AUTH_HMAC_SHA1_96 = 2,
        AUTH_DES_MAC = 3,
        AUTH_KPDK_MD5 = 4,
        AUTH_AES_XCBC_96 = 5,
        AUTH_HMAC_MD5_128 = 6,
        AUTH_HMAC_SHA1_160 = 7,
        AUTH_AES_CMAC_96 = 8,
        AUTH_AES_128_GMAC = 9,
        AUTH_AES_192_GMAC = 10,
        AUTH_AES_256_GMAC = 11,
        AUTH_HMAC_SHA2_256_128 = 12,
        AUTH_HMAC_SHA2_384_192 = 13,
        AUTH_HMAC_SHA2_512_256 = 14,
    }
    ranges { 15..=1023 => Unassigned, 1024..=65535 => PrivateUse }
    deprecated { 1 | 3 | 4 => "RFC 8247", 6 | 7 => "RFC 9395" }
}

impl Integ {
    /// Octets of the ICV, as truncated. Those of DES-MAC and KPDK-MD5 were never specified; given
    /// is what implementations send.
    #[must_use]
    pub const fn icv_octets(self) -> Option<usize> {
        match self.0 {
            0 => Some(0),
            3 => Some(8),
            1 | 2 | 5 | 8 => Some(12),
            4 | 6 | 9..=12 => Some(16),
            7 => Some(20),
            13 => Some(24),
            14 => Some(32),
            _ => None,
        }
    }

    /// Level for IKEv2 (RFC 8247 §2.3); that of AES-XCBC holds for constrained devices.
    #[must_use]
    pub const fn ike_requirement(self) -> Option<Requirement> {
        match self {
            Self::AUTH_HMAC_MD5_96 | Self::AUTH_DES_MAC | Self::AUTH_KPDK_MD5 => {
                Some(Requirement::MustNot)
            }
            Self::AUTH_AES_XCBC_96 | Self::AUTH_HMAC_SHA2_512_256 => Some(Requirement::Should),
            Self::AUTH_HMAC_SHA1_96 => Some(Requirement::MustMinus),
            Self::AUTH_HMAC_SHA2_256_128 => Some(Requirement::Must),
            _ => None,
        }
    }

    /// Level for ESP and AH (RFC 8221 §6). NONE has none here: it is a MUST with an AEAD cipher
    /// and a MUST NOT without.
    #[must_use]
    pub const fn esp_requirement(self) -> Option<Requirement> {
        match self {
            Self::AUTH_AES_128_GMAC | Self::AUTH_AES_256_GMAC => Some(Requirement::May),
            _ => self.ike_requirement(),
        }
    }
}
