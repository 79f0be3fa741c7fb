//! IPv4 and IPv6 packets, whole or in fragments (RFC 791, RFC 8200).

use std::net::SocketAddr;

use super::address_octets;
use super::checksum::checksum;
use super::transport::{Content, icmp_error_body};

/// An IP packet: its fields are open, [`Packet::octets`] renders them.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Sender, and source port where the content has ports.
    pub source: SocketAddr,
    /// Receiver, and destination port where the content has ports; same family as `source`.
    pub destination: SocketAddr,
    /// What it carries.
    pub content: Content,
    /// IPv4 TTL or IPv6 hop limit.
    pub hop_limit: u8,
    /// IPv4 identification (its lower half), and the one of IPv6 fragment headers.
    pub identification: u32,
    /// IPv4 Don't Fragment.
    pub dont_fragment: bool,
    /// IPv4 options; a multiple of four octets, at most 40.
    pub options: Vec<u8>,
    /// IPv6 extension headers in order: protocol number, and the whole header; its first octet is
    /// overwritten with the type of the next one.
    pub extension_headers: Vec<(u8, Vec<u8>)>,
}

impl Packet {
    /// A packet with hop limit 64, identification 0 and nothing else.
    #[must_use]
    pub const fn new(source: SocketAddr, destination: SocketAddr, content: Content) -> Self {
        Self {
            source,
            destination,
            content,
            hop_limit: 64,
            identification: 0,
            dont_fragment: false,
            options: Vec::new(),
            extension_headers: Vec::new(),
        }
    }

    /// A UDP datagram.
    #[must_use]
    pub fn udp(source: SocketAddr, destination: SocketAddr, payload: &[u8]) -> Self {
        Self::new(source, destination, Content::Udp(payload.to_vec()))
    }

    /// An ICMP or ICMPv6 error that `reporter` sends to the source of `offending`, which it quotes
    /// up to 548 octets (RFC 1812 §4.3.2.3) or 1,232 (RFC 4443 §2.4). `rest` is the MTU or zero.
    #[must_use]
    pub fn icmp_error(
        reporter: SocketAddr,
        (icmp_type, code): (u8, u8),
        rest: u32,
        offending: &Self,
    ) -> Self {
        let limit = if reporter.is_ipv4() { 548 } else { 1232 };
        let content = Content::Icmp {
            icmp_type,
            code,
            body: icmp_error_body(rest, &offending.octets(), limit),
        };
        Self::new(reporter, offending.source, content)
    }

    /// The payload, if it is a UDP datagram.
    #[must_use]
    pub fn udp_payload(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Udp(payload) => Some(payload),
            _ => None,
        }
    }

    /// The whole packet.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        let content = self.content.octets(self.source, self.destination);
        if self.source.is_ipv4() {
            self.ipv4(&content, u16::from(self.dont_fragment) << 14)
        } else {
            self.ipv6(&content, &self.extension_headers)
        }
    }

    /// The packet in fragments of which none is larger than `mtu` octets, in order.
    ///
    /// # Panics
    /// If `mtu` leaves no room for eight octets behind the headers.
    #[must_use]
    pub fn fragments(&self, mtu: usize) -> Vec<Vec<u8>> {
        let content = self.content.octets(self.source, self.destination);
        let step = (mtu.saturating_sub(self.unfragmentable_length())) / 8 * 8;
        assert!(step > 0, "an MTU of {mtu} octets leaves no room");
        content
            .chunks(step)
            .enumerate()
            .map(|(index, piece)| {
                let more = (index + 1) * step < content.len();
                self.fragment((index * step) as u16, more, piece)
            })
            .collect()
    }

    fn fragment(&self, offset: u16, more: bool, piece: &[u8]) -> Vec<u8> {
        if self.source.is_ipv4() {
            return self.ipv4(piece, (u16::from(more) << 13) | (offset / 8));
        }
        let mut header = vec![0, 0];
        header.extend_from_slice(&(offset | u16::from(more)).to_be_bytes());
        header.extend_from_slice(&self.identification.to_be_bytes());
        let mut headers = self.extension_headers.clone();
        headers.push((FRAGMENT_HEADER, header));
        self.ipv6(piece, &headers)
    }

    fn unfragmentable_length(&self) -> usize {
        if self.source.is_ipv4() {
            return 20 + self.options.len();
        }
        let headers = self.extension_headers.iter();
        40 + 8 + headers.map(|(_, header)| header.len()).sum::<usize>()
    }

    fn ipv4(&self, content: &[u8], flags_and_offset: u16) -> Vec<u8> {
        let header_length = 20 + self.options.len();
        let mut header = vec![0x40 | (header_length / 4) as u8, 0];
        header.extend_from_slice(&((header_length + content.len()) as u16).to_be_bytes());
        header.extend_from_slice(&(self.identification as u16).to_be_bytes());
        header.extend_from_slice(&flags_and_offset.to_be_bytes());
        header.extend_from_slice(&[self.hop_limit, self.content.protocol(false), 0, 0]);
        header.append(&mut address_octets(self.source.ip()));
        header.append(&mut address_octets(self.destination.ip()));
        header.extend_from_slice(&self.options);
        let sum = checksum(&[&header]);
        header[10..12].copy_from_slice(&sum.to_be_bytes());
        header.extend_from_slice(content);
        header
    }

    fn ipv6(&self, content: &[u8], extension_headers: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut body = content.to_vec();
        let mut next_header = self.content.protocol(true);
        for (protocol, header) in extension_headers.iter().rev() {
            let mut header = header.clone();
            header[0] = next_header;
            body.splice(0..0, header);
            next_header = *protocol;
        }
        let mut octets = vec![0x60, 0, 0, 0];
        octets.extend_from_slice(&(body.len() as u16).to_be_bytes());
        octets.extend_from_slice(&[next_header, self.hop_limit]);
        octets.append(&mut address_octets(self.source.ip()));
        octets.append(&mut address_octets(self.destination.ip()));
        octets.append(&mut body);
        octets
    }
}

const FRAGMENT_HEADER: u8 = 44;

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(source: &str, destination: &str, length: usize) -> Packet {
        let payload = vec![0x5a; length];
        Packet::udp(
            source.parse().unwrap(),
            destination.parse().unwrap(),
            &payload,
        )
    }

    /// A correct IPv4 header sums up to zero with its own checksum (RFC 791 §3.1).
    #[test]
    fn ipv4_headers_check() {
        let mut packet = packet("192.0.2.1:500", "198.51.100.2:500", 4);
        packet.options = vec![1, 1, 1, 0];
        let octets = packet.octets();
        assert_eq!(octets[0], 0x46);
        assert_eq!(checksum(&[&octets[..24]]), 0);
        assert_eq!(octets[2..4], [0, 36]);
    }

    #[test]
    fn ipv4_fragments_hold_the_whole_datagram() {
        let packet = packet("192.0.2.1:500", "198.51.100.2:500", 3000);
        let fragments = packet.fragments(1500);
        let flags: Vec<_> = fragments.iter().map(|one| [one[6], one[7]]).collect();
        assert_eq!(flags, [[0x20, 0], [0x20, 185], [0x01, 0x72]]);
        let joined: Vec<u8> = fragments
            .iter()
            .flat_map(|one| one[20..].to_vec())
            .collect();
        assert_eq!(joined, packet.octets()[20..]);
    }

    #[test]
    fn ipv6_headers_name_each_other() {
        let mut packet = packet("[2001:db8::1]:500", "[2001:db8::2]:500", 2000);
        packet.extension_headers.push((0, vec![0; 8]));
        packet.identification = 0x0102_0304;
        let fragments = packet.fragments(1280);
        assert_eq!(fragments.len(), 2);
        let first = &fragments[0];
        assert!(first.len() <= 1280);
        assert_eq!((first[6], first[40], first[48]), (0, 44, 17));
        assert_eq!(first[50..56], [0, 1, 1, 2, 3, 4]);
    }
}
