//! "IKEv2 Hash Algorithms" (RFC 7427 §7): what SIGNATURE_HASH_ALGORITHMS lists.

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
