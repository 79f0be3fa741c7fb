//! "IKEv2 Gateway Identity Types" (RFC 5685): in REDIRECT and REDIRECTED_FROM.

wire_enum! {
    /// GW Identity Type.
    pub struct GatewayIdType(u8) {
        IPV4_ADDRESS = 1 => "IPv4 address of the VPN gateway",
        IPV6_ADDRESS = 2 => "IPv6 address of the VPN gateway",
        FQDN = 3 => "FQDN of the VPN gateway",
    }
    ranges { 0 => Reserved, 4..=240 => Unassigned, 241..=255 => PrivateUse }
}
