//! "IKEv2 Payload Types" (RFC 7296 §3.2).

wire_enum! {
    /// Next Payload Type of IKEv2, under the notation of RFC 7296 §1.2.
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
        GSPM = 49,
        IDG = 50 => "IDg",
        GSA = 51,
        KD = 52,
        SKF = 53,
        PS = 54,
        IKE_FRAGMENT = 132 => "IKE fragment",
    }
    ranges { 1..=32 => Reserved, 55..=127 => Unassigned, 128..=255 => PrivateUse }
}
