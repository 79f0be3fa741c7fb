//! "Authentication Algorithm" (RFC 2407 §4.5): names and sizes.

wire_enum! {
    /// Value of the attribute Authentication Algorithm; 250 to 252 are private to implementations.
    pub struct AuthAlgorithm(u16) {
        HMAC_MD5 = 1 => "HMAC-MD5",
        HMAC_SHA = 2 => "HMAC-SHA",
        DES_MAC = 3 => "DES-MAC",
        KPDK = 4,
        HMAC_SHA2_256 = 5 => "HMAC-SHA2-256",
        HMAC_SHA2_384 = 6 => "HMAC-SHA2-384",
        HMAC_SHA2_512 = 7 => "HMAC-SHA2-512",
        HMAC_RIPEMD = 8 => "HMAC-RIPEMD",
        AES_XCBC_MAC = 9 => "AES-XCBC-MAC",
        SIG_RSA = 10 => "SIG-RSA",
        AES_128_GMAC = 11 => "AES-128-GMAC",
        AES_192_GMAC = 12 => "AES-192-GMAC",
        AES_256_GMAC = 13 => "AES-256-GMAC",
        AES_CMAC_96 = 250 => "AES-CMAC-96 (private)",
        NULL_KAME = 251 => "NULL (KAME, private)",
        HMAC_SHA2_256_96 = 252 => "HMAC-SHA2-256-96 (truncation bug, private)",
    }
    ranges { 0 => Reserved, 14..=61439 => Unassigned, 61440..=65535 => PrivateUse }
}

impl AuthAlgorithm {
    /// Octets of the ICV in ESP and AH, as truncated. For HMAC-SHA2-256 that of RFC 4868; some old
    /// stacks cut it to 12 octets.
    #[must_use]
    pub const fn icv_octets(self) -> Option<usize> {
        match self.0 {
            1 | 2 | 8 | 9 | 250 | 252 => Some(12),
            5 => Some(16),
            6 => Some(24),
            7 => Some(32),
            _ => None,
        }
    }
}
