//! "IKEv2 Traffic Selector Types" (RFC 7296 §3.13.1).

wire_enum! {
    /// TS Type.
    pub struct TsType(u8) {
        TS_IPV4_ADDR_RANGE = 7,
        TS_IPV6_ADDR_RANGE = 8,
        TS_FC_ADDR_RANGE = 9,
        TS_SECLABEL = 10,
    }
    ranges { 0..=6 => Reserved, 11..=240 => Unassigned, 241..=255 => PrivateUse }
}
