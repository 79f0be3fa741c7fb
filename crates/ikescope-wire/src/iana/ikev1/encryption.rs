//! "Encryption Algorithms" of phase 1 (RFC 2409 appendix A).

use crate::iana::Encr;

wire_enum! {
    /// Value of the attribute Encryption Algorithm. 127 to 129 are those of the Chinese SM suites.
    pub struct EncryptionAlgorithm(u16) {
        DES_CBC = 1 => "DES-CBC",
        IDEA_CBC = 2 => "IDEA-CBC",
        BLOWFISH_CBC = 3 => "Blowfish-CBC",
        RC5_R16_B64_CBC = 4 => "RC5-R16-B64-CBC",
        TRIPLE_DES_CBC = 5 => "3DES-CBC",
        CAST_CBC = 6 => "CAST-CBC",
        AES_CBC = 7 => "AES-CBC",
        CAMELLIA_CBC = 8 => "CAMELLIA-CBC",
        SM4_CBC_OLD = 127 => "SM4-CBC (old number)",
        SM1_CBC = 128 => "SM1-CBC",
        SM4_CBC = 129 => "SM4-CBC",
        MARS_CBC = 65001 => "MARS-CBC",
        RC6_CBC = 65002 => "RC6-CBC",
        SERPENT_CBC = 65004 => "SERPENT-CBC",
        TWOFISH_CBC = 65005 => "TWOFISH-CBC",
        TWOFISH_CBC_SSH = 65289 => "TWOFISH-CBC (SSH)",
    }
    ranges { 0 => Reserved, 9..=65000 => Unassigned, 65001..=65535 => PrivateUse }
}

impl EncryptionAlgorithm {
    /// The same cipher in the registry of IKEv2, which tells its sizes.
    #[must_use]
    pub const fn encr(self) -> Option<Encr> {
        match self {
            Self::DES_CBC => Some(Encr::ENCR_DES),
            Self::IDEA_CBC => Some(Encr::ENCR_IDEA),
            Self::BLOWFISH_CBC => Some(Encr::ENCR_BLOWFISH),
            Self::RC5_R16_B64_CBC => Some(Encr::ENCR_RC5),
            Self::TRIPLE_DES_CBC => Some(Encr::ENCR_3DES),
            Self::CAST_CBC => Some(Encr::ENCR_CAST),
            Self::AES_CBC => Some(Encr::ENCR_AES_CBC),
            Self::CAMELLIA_CBC => Some(Encr::ENCR_CAMELLIA_CBC),
            Self::SERPENT_CBC => Some(Encr::SERPENT_CBC),
            Self::TWOFISH_CBC => Some(Encr::TWOFISH_CBC),
            Self::TWOFISH_CBC_SSH => Some(Encr::TWOFISH_CBC_SSH),
            _ => None,
        }
    }
}
