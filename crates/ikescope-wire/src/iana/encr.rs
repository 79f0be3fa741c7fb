//! "Transform Type 1 - Encryption Algorithm Transform IDs" (RFC 7296 §3.3.2): names and sizes.

use super::Requirement;

wire_enum! {
    /// Encryption algorithm.
    pub struct Encr(u16) {
        ENCR_DES_IV64 = 1,
        ENCR_DES = 2,
        ENCR_3DES = 3,
        ENCR_RC5 = 4,
        ENCR_IDEA = 5,
        ENCR_CAST = 6,
        ENCR_BLOWFISH = 7,
        ENCR_3IDEA = 8,
        ENCR_DES_IV32 = 9,
        ENCR_NULL = 11,
        ENCR_AES_CBC = 12,
        ENCR_AES_CTR = 13,
        ENCR_AES_CCM_8 = 14,
        ENCR_AES_CCM_12 = 15,
        ENCR_AES_CCM_16 = 16,
        ENCR_AES_GCM_8 = 18,
        ENCR_AES_GCM_12 = 19,
        ENCR_AES_GCM_16 = 20,
        ENCR_NULL_AUTH_AES_GMAC = 21,
        ENCR_CAMELLIA_CBC = 23,
        ENCR_CAMELLIA_CTR = 24,
        ENCR_CAMELLIA_CCM_8 = 25,
        ENCR_CAMELLIA_CCM_12 = 26,
        ENCR_CAMELLIA_CCM_16 = 27,
        ENCR_CHACHA20_POLY1305 = 28,
        ENCR_AES_CCM_8_IIV = 29,
        ENCR_AES_GCM_16_IIV = 30,
        ENCR_CHACHA20_POLY1305_IIV = 31,
        ENCR_KUZNYECHIK_MGM_KTREE = 32,
        ENCR_MAGMA_MGM_KTREE = 33,
        ENCR_KUZNYECHIK_MGM_MAC_KTREE = 34,
        ENCR_MAGMA_MGM_MAC_KTREE = 35,
        SERPENT_CBC = 65004,
        TWOFISH_CBC = 65005,
        TWOFISH_CBC_SSH = 65289,
    }
    ranges { 0 | 10 | 22 => Reserved, 17 | 36..=1023 => Unassigned, 1024..=65535 => PrivateUse }
    deprecated { 2 => "RFC 8247", 1 | 4..=9 => "RFC 9395" }
}

/// Whether a transform has to carry the attribute Key Length (RFC 7296 §3.3.5).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum KeyLengthAttribute {
    /// The cipher has keys of several lengths and no default.
    Required,
    /// The cipher has keys of several lengths and a default.
    Optional,
    /// The cipher has keys of one length.
    Forbidden,
}

/// Sizes are those of the RFC that defines the cipher for ESP (RFC 2405, RFC 2451, RFC 3602, RFC
/// 3686, RFC 4106, RFC 4309, RFC 4543, RFC 5529, RFC 7634, RFC 8750, RFC 9227); IKE uses the same.
impl Encr {
    /// Octets to whose multiple the cipher needs its plaintext padded; 1 for those that need none.
    #[must_use]
    pub const fn block_octets(self) -> Option<usize> {
        match self.0 {
            1..=7 | 9 => Some(8),
            11 | 13..=16 | 18..=21 | 24..=35 => Some(1),
            12 | 23 | 65004 | 65005 | 65289 => Some(16),
            _ => None,
        }
    }

    /// Octets of the IV that every packet carries.
    #[must_use]
    pub const fn iv_octets(self) -> Option<usize> {
        match self.0 {
            11 | 29..=31 => Some(0),
            9 => Some(4),
            1..=7 | 13..=16 | 18..=21 | 24..=28 | 32..=35 => Some(8),
            12 | 23 | 65004 | 65005 | 65289 => Some(16),
            _ => None,
        }
    }

    /// Octets of the ICV that the cipher itself makes; 0 where a separate integrity algorithm does.
    #[must_use]
    pub const fn icv_octets(self) -> Option<usize> {
        match self.0 {
            1..=9 | 11..=13 | 23 | 24 | 65004 | 65005 | 65289 => Some(0),
            14 | 18 | 25 | 29 | 33 | 35 => Some(8),
            15 | 19 | 26 | 32 | 34 => Some(12),
            16 | 20 | 21 | 27 | 28 | 30 | 31 => Some(16),
            _ => None,
        }
    }

    /// Whether the cipher authenticates as well, so that no integrity algorithm goes with it
    /// (RFC 5282 §8).
    #[must_use]
    pub const fn is_aead(self) -> bool {
        matches!(self.0, 14..=16 | 18..=21 | 25..=35)
    }

    /// Whether a transform with this cipher carries the attribute Key Length.
    #[must_use]
    pub const fn key_length_attribute(self) -> Option<KeyLengthAttribute> {
        match self.0 {
            12..=16 | 18..=21 | 23..=27 | 29 | 30 | 65004 | 65005 | 65289 => {
                Some(KeyLengthAttribute::Required)
            }
            4 | 6 | 7 => Some(KeyLengthAttribute::Optional),
            1..=3 | 5 | 8 | 9 | 11 | 28 | 31..=35 => Some(KeyLengthAttribute::Forbidden),
            _ => None,
        }
    }

    /// Level for IKEv2 (RFC 8247 §2.1). That of AES-CBC and AES-GCM holds for keys of 128 and 256
    /// bits, that of AES-CCM for constrained devices.
    #[must_use]
    pub const fn ike_requirement(self) -> Option<Requirement> {
        match self {
            Self::ENCR_DES => Some(Requirement::MustNot),
            Self::ENCR_3DES => Some(Requirement::May),
            Self::ENCR_AES_CCM_8 | Self::ENCR_AES_GCM_16 | Self::ENCR_CHACHA20_POLY1305 => {
                Some(Requirement::Should)
            }
            Self::ENCR_AES_CBC => Some(Requirement::Must),
            _ => None,
        }
    }

    /// Level for ESP (RFC 8221 §5), with the same conditions.
    #[must_use]
    pub const fn esp_requirement(self) -> Option<Requirement> {
        match self {
            Self::ENCR_DES_IV64
            | Self::ENCR_DES
            | Self::ENCR_BLOWFISH
            | Self::ENCR_3IDEA
            | Self::ENCR_DES_IV32 => Some(Requirement::MustNot),
            Self::ENCR_3DES => Some(Requirement::ShouldNot),
            Self::ENCR_AES_CCM_8 | Self::ENCR_CHACHA20_POLY1305 => Some(Requirement::Should),
            Self::ENCR_NULL | Self::ENCR_AES_CBC | Self::ENCR_AES_GCM_16 => Some(Requirement::Must),
            _ => None,
        }
    }
}
