//! "Encryption Algorithms" of phase 1 (RFC 2409 appendix A).

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
