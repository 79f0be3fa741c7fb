//! "IKEv2 Identification Payload ID Types" (RFC 7296 §3.5).

wire_enum! {
    /// ID Type.
    pub struct IdType(u8) {
        ID_IPV4_ADDR = 1,
        ID_FQDN = 2,
        ID_RFC822_ADDR = 3,
        ID_IPV6_ADDR = 5,
        ID_DER_ASN1_DN = 9,
        ID_DER_ASN1_GN = 10,
        ID_KEY_ID = 11,
        ID_FC_NAME = 12,
        ID_NULL = 13,
    }
    ranges { 0 => Reserved, 4 | 6..=8 | 14..=200 => Unassigned, 201..=255 => PrivateUse }
}
