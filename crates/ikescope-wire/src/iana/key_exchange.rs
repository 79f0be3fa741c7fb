//! "Transform Type 4 - Key Exchange Method Transform IDs" (RFC 7296, RFC 9370); IKEv1 group
//! numbers up to 30 are the same.

wire_enum! {
    /// Key Exchange Method, formerly Diffie-Hellman Group (RFC 7296 §3.3.2).
    pub struct KeyExchangeMethod(u16) {
        NONE = 0,
        MODP_1024 = 2 => "1024-bit MODP Group",
        MODP_2048 = 14 => "2048-bit MODP Group",
    }
}
