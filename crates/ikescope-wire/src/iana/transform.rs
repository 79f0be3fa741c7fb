//! "Transform Type Values" and "IKEv2 Transform Attribute Types" (RFC 7296 §3.3.2, §3.3.5).

wire_enum! {
    /// Transform Type.
    pub struct TransformType(u8) {
        ENCR = 1,
        PRF = 2,
        INTEG = 3,
        KE = 4,
        ESN = 5 => "SN",
    }
}

wire_enum! {
    /// Transform Attribute Type.
    pub struct AttributeType(u16) {
        KEY_LENGTH = 14 => "Key Length (in bits)",
    }
}
