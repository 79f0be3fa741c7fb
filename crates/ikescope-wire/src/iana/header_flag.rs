//! Bits of the flags octet in the header (RFC 7296 §3.1, RFC 2408 §3.1); the versions share none.

wire_enum! {
    /// One bit of the flags octet: 0x01 to 0x04 belong to IKEv1, 0x08 to 0x20 to IKEv2.
    pub struct HeaderFlag(u8) {
        ENCRYPTION = 0x01 => "E",
        COMMIT = 0x02 => "C",
        AUTHENTICATION_ONLY = 0x04 => "A",
        INITIATOR = 0x08 => "I",
        VERSION = 0x10 => "V",
        RESPONSE = 0x20 => "R",
    }
}
