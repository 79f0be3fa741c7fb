//! Link layers, each with its number in captures (<https://www.tcpdump.org/linktypes.html>).

/// What stands in front of an IP packet in a frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Link {
    /// Ethernet II.
    Ethernet,
    /// IEEE 802.1Q with that VLAN identifier.
    Vlan(u16),
    /// IEEE 802.1ad: outer and inner VLAN identifier.
    QinQ(u16, u16),
    /// PPPoE session in Ethernet (RFC 2516).
    Pppoe(u16),
    /// MPLS in Ethernet, one label (RFC 3032).
    Mpls(u32),
    /// PPP in HDLC-like framing (RFC 1662).
    Ppp,
    /// Linux cooked capture.
    LinuxSll,
    /// Linux cooked capture, version 2.
    LinuxSll2,
    /// BSD loopback, address family in little-endian order.
    NullLittleEndian,
    /// BSD loopback, address family in big-endian order.
    NullBigEndian,
    /// OpenBSD loopback, address family in network byte order.
    Loop,
    /// No link layer; the version nibble tells IPv4 from IPv6.
    Raw,
    /// No link layer, IPv4.
    RawIpv4,
    /// No link layer, IPv6.
    RawIpv6,
}

impl Link {
    /// Every link layer, for tests that try them all.
    pub const ALL: [Self; 14] = [
        Self::Ethernet,
        Self::Vlan(100),
        Self::QinQ(100, 200),
        Self::Pppoe(7),
        Self::Mpls(16),
        Self::Ppp,
        Self::LinuxSll,
        Self::LinuxSll2,
        Self::NullLittleEndian,
        Self::NullBigEndian,
        Self::Loop,
        Self::Raw,
        Self::RawIpv4,
        Self::RawIpv6,
    ];

    /// The LINKTYPE_ value of captures with such frames.
    #[must_use]
    pub const fn link_type(self) -> u16 {
        match self {
            Self::Ethernet | Self::Vlan(_) | Self::QinQ(..) | Self::Pppoe(_) | Self::Mpls(_) => 1,
            Self::NullLittleEndian | Self::NullBigEndian => 0,
            Self::Ppp => 9,
            Self::Raw => 101,
            Self::Loop => 108,
            Self::LinuxSll => 113,
            Self::RawIpv4 => 228,
            Self::RawIpv6 => 229,
            Self::LinuxSll2 => 276,
        }
    }

    /// The frame that carries the IP packet `packet`.
    #[must_use]
    pub fn frame(self, packet: &[u8]) -> Vec<u8> {
        let ipv6 = packet.first().is_some_and(|first| first >> 4 == 6);
        let mut frame = self.header(ipv6, packet.len());
        frame.extend_from_slice(packet);
        frame
    }

    fn header(self, ipv6: bool, packet_length: usize) -> Vec<u8> {
        let ether_type: u16 = if ipv6 { 0x86dd } else { 0x0800 };
        let ppp: u16 = if ipv6 { 0x0057 } else { 0x0021 };
        // Address families as Linux (IPv4) and macOS (IPv6) number them.
        let family: u32 = if ipv6 { 30 } else { 2 };
        match self {
            Self::Ethernet => ethernet(&[ether_type]),
            Self::Vlan(id) => ethernet(&[0x8100, id, ether_type]),
            Self::QinQ(outer, inner) => ethernet(&[0x88a8, outer, 0x8100, inner, ether_type]),
            Self::Pppoe(session) => {
                let length = packet_length as u16 + 2;
                ethernet(&[0x8864, 0x1100, session, length, ppp])
            }
            Self::Mpls(label) => {
                // Bottom of the stack, TTL 64.
                let entry = (label << 12) | (1 << 8) | 64;
                ethernet(&[0x8847, (entry >> 16) as u16, entry as u16])
            }
            Self::Ppp => [[0xff, 0x03], ppp.to_be_bytes()].concat(),
            Self::LinuxSll => words(&[0, 1, 6, 0x0200, 0, 1, 0, ether_type]),
            Self::LinuxSll2 => words(&[ether_type, 0, 0, 2, 1, 0x0006, 0x0200, 0, 1, 0]),
            Self::NullLittleEndian => family.to_le_bytes().to_vec(),
            Self::NullBigEndian | Self::Loop => family.to_be_bytes().to_vec(),
            Self::Raw | Self::RawIpv4 | Self::RawIpv6 => Vec::new(),
        }
    }
}

/// Two locally administered addresses, then the given words: types and tags.
fn ethernet(tags: &[u16]) -> Vec<u8> {
    let addresses = [0x0200, 0, 2, 0x0200, 0, 1];
    words(&[&addresses, tags].concat())
}

fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}
