//! "IKEv2 Security Protocol Identifiers" (RFC 7296 §3.3.1).

wire_enum! {
    /// Security Protocol Identifier.
    pub struct ProtocolId(u8) {
        NONE = 0 => "none",
        IKE = 1,
        AH = 2,
        ESP = 3,
    }
}
