//! "IPSEC IKE Attribute classes" (RFC 2409 appendix A): of phase 1 transforms.

wire_enum! {
    /// Attribute class of a phase 1 transform, without the format bit.
    pub struct IkeAttribute(u16) {
        ENCRYPTION_ALGORITHM = 1 => "Encryption Algorithm",
        HASH_ALGORITHM = 2 => "Hash Algorithm",
        AUTHENTICATION_METHOD = 3 => "Authentication Method",
        GROUP_DESCRIPTION = 4 => "Group Description",
        GROUP_TYPE = 5 => "Group Type",
        GROUP_PRIME = 6 => "Group Prime/Irreducible Polynomial",
        GROUP_GENERATOR_ONE = 7 => "Group Generator One",
        GROUP_GENERATOR_TWO = 8 => "Group Generator Two",
        GROUP_CURVE_A = 9 => "Group Curve A",
        GROUP_CURVE_B = 10 => "Group Curve B",
        LIFE_TYPE = 11 => "Life Type",
        LIFE_DURATION = 12 => "Life Duration",
        PRF = 13,
        KEY_LENGTH = 14 => "Key Length",
        FIELD_SIZE = 15 => "Field Size",
        GROUP_ORDER = 16 => "Group Order",
        BLOCK_SIZE = 17 => "Block Size",
        ASYMMETRIC_ALGORITHM_TYPE = 20 => "Asymmetric Cryptographic Algorithm Type",
        GSS_IDENTITY_NAME = 16384 => "GSS Identity Name",
    }
    ranges { 17..=16383 => Unassigned, 16384..=32767 => PrivateUse }
}
