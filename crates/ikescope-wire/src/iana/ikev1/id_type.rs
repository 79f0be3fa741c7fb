//! "IPSEC Identification Type" (RFC 2407 §4.6.2.1).

wire_enum! {
    /// ID Type of IKEv1.
    pub struct IdType(u8) {
        ID_IPV4_ADDR = 1,
        ID_FQDN = 2,
        ID_USER_FQDN = 3,
        ID_IPV4_ADDR_SUBNET = 4,
        ID_IPV6_ADDR = 5,
        ID_IPV6_ADDR_SUBNET = 6,
        ID_IPV4_ADDR_RANGE = 7,
        ID_IPV6_ADDR_RANGE = 8,
        ID_DER_ASN1_DN = 9,
        ID_DER_ASN1_GN = 10,
        ID_KEY_ID = 11,
        ID_LIST = 12,
    }
    ranges { 0 => Reserved, 13..=248 => Unassigned, 249..=255 => PrivateUse }
}
