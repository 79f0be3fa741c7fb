//! Mode-config (draft-dukes-ike-mode-cfg-02) and XAUTH (draft-beaulieu-ike-xauth-02), with the
//! attributes of Check Point, Cisco Unity and Microsoft.

wire_enum! {
    /// Type of an Attributes payload.
    pub struct ConfigurationType(u8) {
        ISAKMP_CFG_REQUEST = 1,
        ISAKMP_CFG_REPLY = 2,
        ISAKMP_CFG_SET = 3,
        ISAKMP_CFG_ACK = 4,
    }
    ranges { 0 | 5..=127 => Reserved, 128..=255 => PrivateUse }
}

wire_enum! {
    /// Attribute type, without the format bit.
    ///
    /// Check Point numbers the XAUTH attributes from 13 (XAUTH_TYPE, then XAUTH_USER_NAME,
    /// XAUTH_USER_PASSWORD, ...); 13 to 15 are named after the draft here.
    pub struct ConfigurationAttributeType(u16) {
        INTERNAL_IP4_ADDRESS = 1,
        INTERNAL_IP4_NETMASK = 2,
        INTERNAL_IP4_DNS = 3,
        INTERNAL_IP4_NBNS = 4,
        INTERNAL_ADDRESS_EXPIRY = 5,
        INTERNAL_IP4_DHCP = 6,
        APPLICATION_VERSION = 7,
        INTERNAL_IP6_ADDRESS = 8,
        INTERNAL_IP6_NETMASK = 9,
        INTERNAL_IP6_DNS = 10,
        INTERNAL_IP6_NBNS = 11,
        INTERNAL_IP6_DHCP = 12,
        INTERNAL_IP4_SUBNET = 13,
        SUPPORTED_ATTRIBUTES = 14,
        INTERNAL_IP6_SUBNET = 15,
        XAUTH_PASSCODE_CHECK_POINT = 16 => "XAUTH_PASSCODE",
        XAUTH_MESSAGE_CHECK_POINT = 17 => "XAUTH_MESSAGE",
        XAUTH_CHALLENGE_CHECK_POINT = 18 => "XAUTH_CHALLENGE",
        XAUTH_DOMAIN_CHECK_POINT = 19 => "XAUTH_DOMAIN",
        XAUTH_STATUS_CHECK_POINT = 20 => "XAUTH_STATUS",
        CHKPT_DEF_DOMAIN = 16387,
        CHKPT_MAC_ADDRESS = 16388,
        CHKPT_MARCIPAN_REASON_CODE = 16389,
        CHKPT_UNKNOWN1 = 16400,
        CHKPT_UNKNOWN2 = 16401,
        CHKPT_UNKNOWN3 = 16402,
        XAUTH_TYPE = 16520,
        XAUTH_USER_NAME = 16521,
        XAUTH_USER_PASSWORD = 16522,
        XAUTH_PASSCODE = 16523,
        XAUTH_MESSAGE = 16524,
        XAUTH_CHALLENGE = 16525,
        XAUTH_DOMAIN = 16526,
        XAUTH_STATUS = 16527,
        XAUTH_NEXT_PIN = 16528,
        XAUTH_ANSWER = 16529,
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
}

wire_enum! {
    /// Value of the attribute XAUTH_TYPE.
    pub struct XauthType(u16) {
        GENERIC = 0 => "Generic (user name and password)",
        RADIUS_CHAP = 1 => "RADIUS-CHAP",
        OTP = 2,
        S_KEY = 3 => "S/KEY",
    }
    ranges { 4..=32767 => Reserved, 32768..=65535 => PrivateUse }
}
