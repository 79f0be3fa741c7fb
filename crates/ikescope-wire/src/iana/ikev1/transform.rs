//! Transform identifiers of the IPsec DOI (RFC 2407 §4.4.2 to §4.4.5), one registry per protocol.

use crate::iana::Encr;

wire_enum! {
    /// Transform ID of PROTO_ISAKMP.
    pub struct IsakmpTransform(u8) {
        KEY_IKE = 1,
    }
    ranges { 0 => Reserved, 2..=248 => Unassigned, 249..=255 => PrivateUse }
}

wire_enum! {
    /// Transform ID of PROTO_IPSEC_AH; 250 to 252 are private to implementations.
    pub struct AhTransform(u8) {
        AH_MD5 = 2,
        AH_SHA = 3,
        AH_DES = 4,
        AH_SHA2_256 = 5 => "AH_SHA2-256",
        AH_SHA2_384 = 6 => "AH_SHA2-384",
        AH_SHA2_512 = 7 => "AH_SHA2-512",
        AH_RIPEMD = 8,
        AH_AES_XCBC_MAC = 9 => "AH_AES-XCBC-MAC",
        AH_RSA = 10,
        AH_AES_128_GMAC = 11 => "AH_AES-128-GMAC",
        AH_AES_192_GMAC = 12 => "AH_AES-192-GMAC",
        AH_AES_256_GMAC = 13 => "AH_AES-256-GMAC",
        AH_AES_CMAC_96 = 250 => "AH_AES_CMAC_96 (private)",
        AH_NULL = 251 => "AH_NULL (KAME)",
        AH_SHA2_256_96 = 252 => "AH_SHA2_256_96 (truncation bug)",
    }
    ranges { 0..=1 => Reserved, 14..=248 => Unassigned, 249..=255 => PrivateUse }
}

wire_enum! {
    /// Transform ID of PROTO_IPSEC_ESP; 249 to 253 are private to implementations.
    pub struct EspTransform(u8) {
        ESP_DES_IV64 = 1,
        ESP_DES = 2,
        ESP_3DES = 3,
        ESP_RC5 = 4,
        ESP_IDEA = 5,
        ESP_CAST = 6,
        ESP_BLOWFISH = 7,
        ESP_3IDEA = 8,
        ESP_DES_IV32 = 9,
        ESP_RC4 = 10,
        ESP_NULL = 11,
        ESP_AES_CBC = 12 => "ESP_AES-CBC",
        ESP_AES_CTR = 13 => "ESP_AES-CTR",
        ESP_AES_CCM_8 = 14 => "ESP_AES-CCM_8",
        ESP_AES_CCM_12 = 15 => "ESP_AES-CCM_12",
        ESP_AES_CCM_16 = 16 => "ESP_AES-CCM_16",
        ESP_AES_GCM_8 = 18 => "ESP_AES-GCM_8",
        ESP_AES_GCM_12 = 19 => "ESP_AES-GCM_12",
        ESP_AES_GCM_16 = 20 => "ESP_AES-GCM_16",
        ESP_SEED_CBC = 21,
        ESP_CAMELLIA = 22,
        ESP_NULL_AUTH_AES_GMAC = 23 => "ESP_NULL_AUTH_AES-GMAC",
        ESP_MARS = 249 => "ESP_MARS (private)",
        ESP_RC6 = 250 => "ESP_RC6 (private)",
        ESP_NULL_KAME = 251 => "ESP_NULL (KAME, private)",
        ESP_SERPENT = 252 => "ESP_SERPENT (private)",
        ESP_TWOFISH = 253 => "ESP_TWOFISH (private)",
    }
    ranges { 0 => Reserved, 17 | 24..=248 => Unassigned, 249..=255 => PrivateUse }
}

wire_enum! {
    /// Transform ID of PROTO_IPCOMP.
    pub struct IpcompTransform(u8) {
        IPCOMP_OUI = 1,
        IPCOMP_DEFLATE = 2,
        IPCOMP_LZS = 3,
        IPCOMP_LZJH = 4,
    }
    ranges { 0 | 5..=47 => Reserved, 48..=63 => PrivateUse, 64..=255 => Unassigned }
}

impl EspTransform {
    /// The same cipher in the registry of IKEv2, which tells its sizes.
    #[must_use]
    pub const fn encr(self) -> Option<Encr> {
        match self {
            Self(number @ (1..=9 | 11..=16 | 18..=20)) => Some(Encr(number as u16)),
            Self::ESP_CAMELLIA => Some(Encr::ENCR_CAMELLIA_CBC),
            Self::ESP_NULL_AUTH_AES_GMAC => Some(Encr::ENCR_NULL_AUTH_AES_GMAC),
            Self::ESP_NULL_KAME => Some(Encr::ENCR_NULL),
            Self::ESP_SERPENT => Some(Encr::SERPENT_CBC),
            Self::ESP_TWOFISH => Some(Encr::TWOFISH_CBC),
            _ => None,
        }
    }
}
