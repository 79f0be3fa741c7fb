//! "IKEv2 Payload Types" (RFC 7296 §3.2).

wire_enum! {
    /// Next Payload Type of IKEv2.
    pub struct PayloadType(u8) {
        NONE = 0 => "No Next Payload",
        SA = 33,
        KE = 34,
        IDI = 35 => "IDi",
        IDR = 36 => "IDr",
        CERT = 37,
        CERTREQ = 38,
        AUTH = 39,
        NONCE = 40 => "Nonce",
        NOTIFY = 41 => "N",
        DELETE = 42 => "D",
        VENDOR_ID = 43 => "V",
        TSI = 44 => "TSi",
        TSR = 45 => "TSr",
        SK = 46,
        CP = 47,
        EAP = 48,
        SKF = 53,
    }
}
