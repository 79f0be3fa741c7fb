//! "IPSEC Security Association Attributes" (RFC 2407 §4.5): of phase 2 transforms.

wire_enum! {
    /// Attribute class of a phase 2 transform, without the format bit.
    pub struct IpsecAttribute(u16) {
        SA_LIFE_TYPE = 1 => "SA Life Type",
        SA_LIFE_DURATION = 2 => "SA Life Duration",
        GROUP_DESCRIPTION = 3 => "Group Description",
        ENCAPSULATION_MODE = 4 => "Encapsulation Mode",
        AUTHENTICATION_ALGORITHM = 5 => "Authentication Algorithm",
        KEY_LENGTH = 6 => "Key Length",
        KEY_ROUNDS = 7 => "Key Rounds",
        COMPRESS_DICTIONARY_SIZE = 8 => "Compress Dictionary Size",
        COMPRESS_PRIVATE_ALGORITHM = 9 => "Compress Private Algorithm",
        ECN_TUNNEL = 10 => "ECN Tunnel",
        EXTENDED_SEQUENCE_NUMBER = 11 => "Extended (64-bit) Sequence Number",
        AUTHENTICATION_KEY_LENGTH = 12 => "Authentication Key Length",
        SIGNATURE_ENCODING_ALGORITHM = 13 => "Signature Encoding Algorithm",
        ADDRESS_PRESERVATION = 14 => "Address Preservation",
        SA_DIRECTION = 15 => "SA Direction",
        SECCTX = 32001,
    }
    ranges { 16..=32000 => Unassigned, 32001..=32767 => PrivateUse }
}
