//! "Hash Algorithms" of phase 1 (RFC 2409 appendix A).

wire_enum! {
    /// Value of the attribute Hash Algorithm; HMAC with it is the PRF.
    pub struct HashAlgorithm(u16) {
        MD5 = 1,
        SHA = 2,
        TIGER = 3 => "Tiger",
        SHA2_256 = 4 => "SHA2-256",
        SHA2_384 = 5 => "SHA2-384",
        SHA2_512 = 6 => "SHA2-512",
        SM3 = 20,
    }
    ranges { 0 => Reserved, 7..=65000 => Unassigned, 65001..=65535 => PrivateUse }
}
