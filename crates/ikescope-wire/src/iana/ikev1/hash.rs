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

impl HashAlgorithm {
    /// Octets of output, and so of the HASH payload (RFC 2409 §5).
    #[must_use]
    pub const fn output_octets(self) -> Option<usize> {
        match self.0 {
            1 => Some(16),
            2 => Some(20),
            3 => Some(24),
            4 | 20 => Some(32),
            5 => Some(48),
            6 => Some(64),
            _ => None,
        }
    }
}
