//! "Encapsulation Mode" (RFC 2407 §4.5, RFC 3947 §5.1).

wire_enum! {
    /// Value of the attribute Encapsulation Mode.
    pub struct EncapsulationMode(u16) {
        TUNNEL = 1 => "Tunnel",
        TRANSPORT = 2 => "Transport",
        UDP_ENCAPSULATED_TUNNEL = 3 => "UDP-Encapsulated-Tunnel",
        UDP_ENCAPSULATED_TRANSPORT = 4 => "UDP-Encapsulated-Transport",
        CHECK_POINT_UDP_TUNNEL = 61440 => "Check Point UDP tunnel",
        UDP_ENCAPSULATED_TUNNEL_DRAFT = 61443 => "UDP-Encapsulated-Tunnel (NAT-T drafts)",
        UDP_ENCAPSULATED_TRANSPORT_DRAFT = 61444 => "UDP-Encapsulated-Transport (NAT-T drafts)",
    }
    ranges { 0 => Reserved, 5..=61439 => Unassigned, 61440..=65535 => PrivateUse }
}
