//! Registries of GDOI (RFC 6407, RFC 8052, RFC 8263): "GDOI Payloads".

wire_enum! {
    /// Attribute of an SA KEK payload (RFC 6407 §5.3), without the format bit.
    pub struct KekAttribute(u16) {
        KEK_MANAGEMENT_ALGORITHM = 1,
        KEK_ALGORITHM = 2,
        KEK_KEY_LENGTH = 3,
        KEK_KEY_LIFETIME = 4,
        SIG_HASH_ALGORITHM = 5,
        SIG_ALGORITHM = 6,
        SIG_KEY_LENGTH = 7,
        KE_OAKLEY_GROUP = 8,
        KEK_ACK_REQUESTED = 9,
    }
    ranges { 0 => Reserved, 10..=127 | 256..=32767 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Value of KEK_MANAGEMENT_ALGORITHM (RFC 6407 §5.3.2).
    pub struct KekManagementAlgorithm(u16) {
        LKH = 1,
    }
    ranges { 0 => Reserved, 2..=127 | 256..=65535 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Value of KEK_ALGORITHM (RFC 6407 §5.3.3).
    pub struct KekAlgorithm(u16) {
        KEK_ALG_DES = 1,
        KEK_ALG_3DES = 2,
        KEK_ALG_AES = 3,
    }
    ranges { 0 => Reserved, 4..=127 | 256..=65535 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Value of SIG_HASH_ALGORITHM (RFC 6407 §5.3.6).
    pub struct SigHashAlgorithm(u16) {
        SIG_HASH_MD5 = 1,
        SIG_HASH_SHA1 = 2,
        SIG_HASH_SHA256 = 3,
        SIG_HASH_SHA384 = 4,
        SIG_HASH_SHA512 = 5,
    }
    ranges { 0 => Reserved, 6..=127 | 256..=65535 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Value of SIG_ALGORITHM (RFC 6407 §5.3.7).
    pub struct SigAlgorithm(u16) {
        SIG_ALG_RSA = 1,
        SIG_ALG_DSS = 2,
        SIG_ALG_ECDSS = 3,
        SIG_ALG_ECDSA_256 = 4 => "SIG_ALG_ECDSA-256",
        SIG_ALG_ECDSA_384 = 5 => "SIG_ALG_ECDSA-384",
        SIG_ALG_ECDSA_521 = 6 => "SIG_ALG_ECDSA-521",
    }
    ranges { 0 => Reserved, 7..=127 | 256..=65535 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Value of KEK_ACK_REQUESTED (RFC 8263).
    pub struct KekAckRequested(u8) {
        REKEY_ACK_KEK_SHA256 = 1,
        REKEY_ACK_LKH_SHA256 = 2,
        REKEY_ACK_KEK_SHA512 = 3,
        REKEY_ACK_LKH_SHA512 = 4,
    }
    ranges { 0 => Reserved, 5..=128 => Unassigned, 129..=255 => PrivateUse }
}

wire_enum! {
    /// Attribute of an SA TEK payload of GDOI_PROTO_IEC_61850 (RFC 8052), without the format bit.
    pub struct TekAttribute(u16) {
        SA_ATD = 1,
        SA_KDA = 2,
    }
    ranges { 0 => Reserved, 3..=28671 => Unassigned, 28672..=32767 => PrivateUse }
}

wire_enum! {
    /// POP algorithm of an SA KEK payload (RFC 3547 §5.3).
    pub struct PopAlgorithm(u16) {
        POP_ALG_RSA = 1,
        POP_ALG_DSS = 2,
        POP_ALG_ECDSS = 3,
    }
    ranges { 0 => Reserved, 4..=127 | 256..=32767 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Protocol-ID of an SA TEK payload (RFC 6407 §5.5).
    pub struct TekProtocolId(u8) {
        GDOI_PROTO_IPSEC_ESP = 1,
        GDOI_PROTO_IPSEC_AH = 2,
        GDOI_PROTO_IEC_61850 = 3,
    }
    ranges { 0 => Reserved, 4..=127 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Attribute of a Group Associated Policy payload (RFC 6407 §5.4), without the format bit.
    pub struct GapAttribute(u16) {
        ACTIVATION_TIME_DELAY = 1,
        DEACTIVATION_TIME_DELAY = 2,
        SENDER_ID_REQUEST = 3,
    }
    ranges { 0 => Reserved, 4..=127 | 256..=32767 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Type of a key packet in a Key Download payload (RFC 6407 §5.6).
    pub struct KeyDownloadType(u8) {
        TEK = 1,
        KEK = 2,
        LKH = 3,
        SID = 4,
    }
    ranges { 0 => Reserved, 5..=127 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Attribute of a key packet of type TEK (RFC 6407 §5.6.1).
    pub struct TekKeyAttribute(u16) {
        TEK_ALGORITHM_KEY = 1,
        TEK_INTEGRITY_KEY = 2,
        TEK_SOURCE_AUTH_KEY = 3,
    }
    ranges { 0 => Reserved, 4..=127 | 256..=32767 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Attribute of a key packet of type KEK (RFC 6407 §5.6.2).
    pub struct KekKeyAttribute(u16) {
        KEK_ALGORITHM_KEY = 1,
        SIG_ALGORITHM_KEY = 2,
    }
    ranges { 0 => Reserved, 3..=127 | 256..=32767 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Attribute of a key packet of type LKH (RFC 6407 §5.6.3).
    pub struct LkhKeyAttribute(u16) {
        LKH_DOWNLOAD_ARRAY = 1,
        LKH_UPDATE_ARRAY = 2,
        SIG_ALGORITHM_KEY = 3,
    }
    ranges { 0 => Reserved, 4..=127 | 256..=32767 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Attribute of a key packet of type SID (RFC 6407 §5.6.4).
    pub struct SidKeyAttribute(u16) {
        NUMBER_OF_SID_BITS = 1,
        SID_VALUE = 2,
    }
    ranges { 0 => Reserved, 3..=128 | 256..=32767 => Unassigned, 129..=255 => PrivateUse }
}
