//! "IPSEC Security Protocol Identifiers" (RFC 2407 §4.4.1).

wire_enum! {
    /// Protocol-ID of IKEv1.
    pub struct ProtocolId(u8) {
        PROTO_ISAKMP = 1,
        PROTO_IPSEC_AH = 2,
        PROTO_IPSEC_ESP = 3,
        PROTO_IPCOMP = 4,
        PROTO_GIGABEAM_RADIO = 5,
    }
    ranges { 0 => Reserved, 6..=248 => Unassigned, 249..=255 => PrivateUse }
}
