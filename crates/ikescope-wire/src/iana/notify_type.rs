//! "IKEv2 Notify Message Error Types" and "IKEv2 Notify Message Status Types" (RFC 7296 §3.10.1).

wire_enum! {
    /// Notify Message Type.
    pub struct NotifyType(u16) {
        INVALID_IKE_SPI = 4,
        INVALID_MAJOR_VERSION = 5,
        INVALID_SYNTAX = 7,
        INVALID_SPI = 11,
        NO_PROPOSAL_CHOSEN = 14,
        INVALID_KE_PAYLOAD = 17,
        AUTHENTICATION_FAILED = 24,
        TS_UNACCEPTABLE = 38,
        INITIAL_CONTACT = 16384,
        NAT_DETECTION_SOURCE_IP = 16388,
        NAT_DETECTION_DESTINATION_IP = 16389,
        COOKIE = 16390,
        REKEY_SA = 16393,
        IKEV2_FRAGMENTATION_SUPPORTED = 16430,
    }
}

impl NotifyType {
    /// Whether the type reports an error (RFC 7296 §3.10.1: 0 to 16383).
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 < 16384
    }
}
