//! "IKEv2 Notification IPCOMP Transform IDs" (RFC 7296 §3.10.1): what IPCOMP_SUPPORTED names.

wire_enum! {
    /// IPComp Transform ID of IKEv2.
    pub struct IpcompTransform(u8) {
        IPCOMP_OUI = 1,
        IPCOMP_DEFLATE = 2,
        IPCOMP_LZS = 3,
        IPCOMP_LZJH = 4,
    }
    ranges { 0 => Reserved, 5..=240 => Unassigned, 241..=255 => PrivateUse }
}
