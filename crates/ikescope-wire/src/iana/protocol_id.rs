//! "IKEv2 Security Protocol Identifiers" (RFC 7296 §3.3.1).

wire_enum! {
    /// Security Protocol Identifier.
    pub struct ProtocolId(u8) {
        NONE = 0 => "none",
        IKE = 1,
        AH = 2,
        ESP = 3,
        FC_ESP_HEADER = 4,
        FC_CT_AUTHENTICATION = 5,
        GIKE_UPDATE = 6,
    }
    ranges { 0 => Reserved, 7..=200 => Unassigned, 201..=255 => PrivateUse }
}
