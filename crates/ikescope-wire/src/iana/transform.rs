//! "Transform Type Values" and "IKEv2 Transform Attribute Types" (RFC 7296 §3.3.2, §3.3.5).

use super::{
    Encr, GroupControllerAuth, Integ, KeyExchangeMethod, KeyWrapAlgorithm, Prf, SequenceNumbers,
};

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

impl TransformType {
    /// The name of a Transform ID, in the registry that belongs to this type.
    #[must_use]
    pub const fn id_name(self, id: u16) -> Option<&'static str> {
        match self.0 {
            1 => Encr(id).name(),
            2 => Prf(id).name(),
            3 => Integ(id).name(),
            4 | 6..=12 => KeyExchangeMethod(id).name(),
            5 => SequenceNumbers(id).name(),
            13 => KeyWrapAlgorithm(id).name(),
            14 => GroupControllerAuth(id).name(),
            _ => None,
        }
    }
}

wire_enum! {
    /// Transform Attribute Type, without the format bit.
    pub struct AttributeType(u16) {
        KEY_LENGTH = 14 => "Key Length (in bits)",
        SIGNATURE_ALGORITHM_IDENTIFIER = 18 => "Signature Algorithm Identifier",
    }
    ranges { 0..=13 | 15..=17 => Reserved, 19..=16383 => Unassigned, 16384..=32767 => PrivateUse }
}
