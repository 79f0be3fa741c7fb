//! "Transform Type Values" and "IKEv2 Transform Attribute Types" (RFC 7296 §3.3.2, §3.3.5).

wire_enum! {
    /// Transform Type, under its short name.
    pub struct TransformType(u8) {
        ENCR = 1,
        PRF = 2,
        INTEG = 3,
        KE = 4,
        ESN = 5 => "SN",
        ADDKE1 = 6,
        ADDKE2 = 7,
        ADDKE3 = 8,
        ADDKE4 = 9,
        ADDKE5 = 10,
        ADDKE6 = 11,
        ADDKE7 = 12,
        KWA = 13,
        GCAUTH = 14,
    }
    ranges { 0 => Reserved, 15..=240 => Unassigned, 241..=255 => PrivateUse }
}

wire_enum! {
    /// Transform Attribute Type, without the format bit.
    pub struct AttributeType(u16) {
        KEY_LENGTH = 14 => "Key Length (in bits)",
        SIGNATURE_ALGORITHM_IDENTIFIER = 18 => "Signature Algorithm Identifier",
    }
    ranges { 0..=13 | 15..=17 => Reserved, 19..=16383 => Unassigned, 16384..=32767 => PrivateUse }
}
