//! "IKEv2 ROHC Attribute Types" (RFC 5857): what ROHC_SUPPORTED lists, and the profiles.

wire_enum! {
    /// ROHC attribute type, without the format bit.
    pub struct RohcAttributeType(u16) {
        MAX_CID = 1,
        ROHC_PROFILE = 2,
        ROHC_INTEG = 3,
        ROHC_ICV_LEN = 4,
        MRRU = 5,
    }
    ranges { 0 => Reserved, 6..=16383 => Unassigned, 16384..=32767 => PrivateUse }
}

wire_enum! {
    /// "RObust Header Compression (ROHC) Profile Identifiers" (RFC 5795).
    ///
    /// The high octet is the variant of the profile that the low octet names.
    pub struct RohcProfile(u16) {
        ROHC_UNCOMPRESSED = 0x0000 => "ROHC uncompressed",
        ROHC_RTP = 0x0001 => "ROHC RTP",
        ROHC_UDP = 0x0002 => "ROHC UDP",
        ROHC_ESP = 0x0003 => "ROHC ESP",
        ROHC_IP = 0x0004 => "ROHC IP",
        ROHC_LLA = 0x0005 => "ROHC LLA",
        ROHC_TCP = 0x0006 => "ROHC TCP",
        ROHC_RTP_UDP_LITE = 0x0007 => "ROHC RTP/UDP-Lite",
        ROHC_UDP_LITE = 0x0008 => "ROHC UDP-Lite",
        ROHC_V2_RTP = 0x0101 => "ROHCv2 RTP",
        ROHC_V2_UDP = 0x0102 => "ROHCv2 UDP",
        ROHC_V2_ESP = 0x0103 => "ROHCv2 ESP",
        ROHC_V2_IP = 0x0104 => "ROHCv2 IP",
        ROHC_LLA_WITH_R_MODE = 0x0105 => "ROHC LLA with R-mode",
        ROHC_V2_RTP_UDP_LITE = 0x0107 => "ROHCv2 RTP/UDP-Lite",
        ROHC_V2_UDP_LITE = 0x0108 => "ROHCv2 UDP-Lite",
    }
}
