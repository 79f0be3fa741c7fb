//! "IKEv2 Configuration Payload CFG Types" and "IKEv2 Configuration Payload Attribute Types"
//! (RFC 7296 §3.15), with the private attributes of Microsoft and of Cisco Unity.

wire_enum! {
    /// CFG Type.
    pub struct ConfigurationType(u8) {
        CFG_REQUEST = 1,
        CFG_REPLY = 2,
        CFG_SET = 3,
        CFG_ACK = 4,
    }
    ranges { 0 => Reserved, 5..=127 => Unassigned, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Configuration Attribute Type, without the reserved bit. 23456 and 23457 are Microsoft's,
    /// 28672 to 28683 Cisco's.
    pub struct ConfigurationAttributeType(u16) {
        INTERNAL_IP4_ADDRESS = 1,
        INTERNAL_IP4_NETMASK = 2,
        INTERNAL_IP4_DNS = 3,
        INTERNAL_IP4_NBNS = 4,
        INTERNAL_IP4_DHCP = 6,
        APPLICATION_VERSION = 7,
        INTERNAL_IP6_ADDRESS = 8,
        INTERNAL_IP6_DNS = 10,
        INTERNAL_IP6_DHCP = 12,
        INTERNAL_IP4_SUBNET = 13,
        SUPPORTED_ATTRIBUTES = 14,
        INTERNAL_IP6_SUBNET = 15,
        MIP6_HOME_PREFIX = 16,
        INTERNAL_IP6_LINK = 17,
        INTERNAL_IP6_PREFIX = 18,
        HOME_AGENT_ADDRESS = 19,
        P_CSCF_IP4_ADDRESS = 20,
        P_CSCF_IP6_ADDRESS = 21,
        FTT_KAT = 22,
        EXTERNAL_SOURCE_IP4_NAT_INFO = 23,
        TIMEOUT_PERIOD_FOR_LIVENESS_CHECK = 24,
        INTERNAL_DNS_DOMAIN = 25,
        INTERNAL_DNSSEC_TA = 26,
        ENCDNS_IP4 = 27,
        ENCDNS_IP6 = 28,
        ENCDNS_DIGEST_INFO = 29,
        INTERNAL_IP4_SERVER = 23456,
        INTERNAL_IP6_SERVER = 23457,
        UNITY_BANNER = 28672,
        UNITY_SAVE_PASSWD = 28673,
        UNITY_DEF_DOMAIN = 28674,
        UNITY_SPLITDNS_NAME = 28675,
        UNITY_SPLIT_INCLUDE = 28676,
        UNITY_NATT_PORT = 28677,
        UNITY_LOCAL_LAN = 28678,
        UNITY_PFS = 28679,
        UNITY_FW_TYPE = 28680,
        UNITY_BACKUP_SERVERS = 28681,
        UNITY_DDNS_HOSTNAME = 28682,
        UNITY_UNKNOWN = 28683,
    }
    ranges { 0 | 5 | 9 | 11 => Reserved, 30..=16383 => Unassigned, 16384..=32767 => PrivateUse }
}
