//! Registries of G-IKEv2 (RFC 9838): attributes of the GSA and KD payloads.

wire_enum! {
    /// "GSA Attributes": of a group SA policy.
    pub struct GsaAttributeType(u16) {
        GSA_KEY_LIFETIME = 1,
        GSA_INITIAL_MESSAGE_ID = 2,
        GSA_NEXT_SPI = 3,
    }
    ranges { 0 => Reserved, 4..=16383 => Unassigned, 16384..=32767 => PrivateUse }
}

wire_enum! {
    /// "Group-wide Policy Attributes".
    pub struct GwpAttributeType(u16) {
        GWP_ATD = 1,
        GWP_DTD = 2,
        GWP_SENDER_ID_BITS = 3,
    }
    ranges { 0 => Reserved, 4..=16383 => Unassigned, 16384..=32767 => PrivateUse }
}

wire_enum! {
    /// "Group Key Bag Attributes".
    pub struct GroupKeyBagAttributeType(u16) {
        SA_KEY = 1,
    }
    ranges { 0 => Reserved, 2..=16383 => Unassigned, 16384..=32767 => PrivateUse }
}

wire_enum! {
    /// "Member Key Bag Attributes".
    pub struct MemberKeyBagAttributeType(u16) {
        WRAP_KEY = 1,
        AUTH_KEY = 2,
        GM_SENDER_ID = 3,
    }
    ranges { 0 => Reserved, 4..=16383 => Unassigned, 16384..=32767 => PrivateUse }
}
