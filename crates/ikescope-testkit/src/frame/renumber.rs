//! Other addresses for the same frames, everywhere alike.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::address_octets;
use super::checksum::checksum;
use crate::message::nat_detection_hash;

/// Which address becomes which, and the ends that NAT detection hashes may have been made over.
#[derive(Clone, Debug, Default)]
pub struct Renumbering {
    /// Old address to new address, of the same family.
    pub addresses: BTreeMap<IpAddr, IpAddr>,
    /// Old addresses with the ports they were seen with.
    pub ends: Vec<SocketAddr>,
}

impl Renumbering {
    /// Gives the IP packet in this frame its new addresses, the packet that an ICMP error quotes
    /// too, and makes the NAT detection hashes anew that fit an old end; those that fit none go on
    /// fitting none. The checksum of the IPv4 header is right again, that of UDP left out; others
    /// become wrong. A frame without IP stays as it is.
    pub fn apply(&self, link_type: u16, frame: &mut [u8]) {
        if let Some(packet) = ip_offset(link_type, frame).and_then(|at| frame.get_mut(at..)) {
            self.packet(packet);
        }
    }

    fn packet(&self, packet: &mut [u8]) {
        let Some(layout) = Layout::of(packet) else {
            return;
        };
        let [source, destination] = [layout.source, layout.source + layout.width]
            .map(|at| self.address(&mut packet[at..at + layout.width]));
        if layout.width == 4 {
            packet[10..12].fill(0);
            let sum = checksum(&[&packet[..layout.content]]);
            packet[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        let content = &mut packet[layout.content..];
        match layout.protocol {
            17 if content.len() >= 8 => {
                content[6..8].fill(0);
                self.hashes([source, destination], &mut content[8..]);
            }
            1 if content.len() >= 8 && matches!(content[0], 3 | 11 | 12) => {
                self.packet(&mut content[8..]);
            }
            58 if content.len() >= 8 && content[0] < 128 => self.packet(&mut content[8..]),
            _ => {}
        }
    }

    /// Gives the old address back.
    fn address(&self, octets: &mut [u8]) -> IpAddr {
        let old = match <[u8; 4]>::try_from(&*octets) {
            Ok(v4) => IpAddr::from(v4),
            Err(_) => IpAddr::from(<[u8; 16]>::try_from(&*octets).unwrap_or_default()),
        };
        if let Some(new) = self.addresses.get(&old) {
            octets.copy_from_slice(&address_octets(*new));
        }
        old
    }

    fn hashes(&self, own: [IpAddr; 2], payload: &mut [u8]) {
        let message = match payload.first_chunk::<4>() {
            Some([0, 0, 0, 0]) => &mut payload[4..],
            _ => payload,
        };
        let Some(spis) = message.first_chunk::<16>().copied() else {
            return;
        };
        let (mut initiator, mut responder) = ([0; 8], [0; 8]);
        initiator.copy_from_slice(&spis[..8]);
        responder.copy_from_slice(&spis[8..]);
        let is_crowd = self.ends.len() > CROWD;
        let likely = |end: &&SocketAddr| !is_crowd || own.contains(&end.ip());
        for end in self.ends.iter().filter(likely) {
            let Some(new) = self.addresses.get(&end.ip()) else {
                continue;
            };
            let old = nat_detection_hash(initiator, responder, *end);
            let new = SocketAddr::new(*new, end.port());
            let new = nat_detection_hash(initiator, responder, new);
            if let Some(at) = message.windows(20).position(|window| window == old) {
                message[at..at + 20].copy_from_slice(&new);
            }
        }
    }
}

/// The ends of the UDP datagram or other IP packet in this frame, port 0 where it has none; none
/// for a frame without IP.
#[must_use]
pub fn ends(link_type: u16, frame: &[u8]) -> Option<(SocketAddr, SocketAddr)> {
    let packet = frame.get(ip_offset(link_type, frame)?..)?;
    let layout = Layout::of(packet)?;
    let address = |at: usize| match layout.width {
        4 => packet
            .get(at..)?
            .first_chunk::<4>()
            .map(|v4| IpAddr::from(*v4)),
        _ => packet
            .get(at..)?
            .first_chunk::<16>()
            .map(|v6| IpAddr::from(*v6)),
    };
    let port = |at: usize| {
        let octets = packet.get(layout.content + at..)?.first_chunk()?;
        matches!(layout.protocol, 6 | 17).then(|| u16::from_be_bytes(*octets))
    };
    let source = address(layout.source)?;
    let destination = address(layout.source + layout.width)?;
    Some((
        SocketAddr::new(source, port(0).unwrap_or(0)),
        SocketAddr::new(destination, port(2).unwrap_or(0)),
    ))
}

/// Where the parts of an IP packet stand.
struct Layout {
    source: usize,
    width: usize,
    content: usize,
    /// Protocol of the content; 0 of a fragment that is not the first.
    protocol: u8,
}

impl Layout {
    fn of(packet: &[u8]) -> Option<Self> {
        let first = *packet.first()?;
        let layout = if first >> 4 == 4 {
            let is_first = packet.get(6..8)?[0] & 0x1f == 0 && packet[7] == 0;
            Self {
                source: 12,
                width: 4,
                content: usize::from(first & 0x0f) * 4,
                protocol: if is_first { *packet.get(9)? } else { 0 },
            }
        } else {
            Self {
                source: 8,
                width: 16,
                content: 40,
                protocol: *packet.get(6)?,
            }
        };
        let end = layout.content.max(layout.source + 2 * layout.width);
        (packet.len() >= end && matches!(first >> 4, 4 | 6)).then_some(layout)
    }
}

/// With more ends than these only those of the datagram itself are tried.
const CROWD: usize = 32;

/// Where IP begins in a frame of Ethernet, Linux cooked capture or none.
fn ip_offset(link_type: u16, frame: &[u8]) -> Option<usize> {
    let (type_at, offset) = match link_type {
        1 => (12, 14),
        113 => (14, 16),
        276 => (0, 20),
        101 | 228 | 229 => return Some(0),
        _ => return None,
    };
    let ether_type = frame.get(type_at..type_at + 2)?;
    matches!(ether_type, [0x08, 0x00] | [0x86, 0xdd]).then_some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialogue::Dialogue;
    use crate::frame::Link;

    /// The renumbered dialogue is the dialogue between the new addresses, but for the checksums
    /// that are left out.
    #[test]
    fn a_dialogue_renumbered_is_the_dialogue_of_others() {
        let frames = |initiator: &str, responder: &str| -> Vec<Vec<u8>> {
            let mut dialogue = Dialogue::between(initiator, responder);
            let packets = dialogue.sa_init().sent().iter();
            packets
                .map(|sent| Link::Ethernet.frame(&sent.packet.octets()))
                .collect()
        };
        let [old, new] = [["192.0.2.1", "198.51.100.2"], ["203.0.113.8", "192.0.2.99"]]
            .map(|pair| pair.map(|address| address.parse::<IpAddr>().expect("an address")));
        let renumbering = Renumbering {
            addresses: old.into_iter().zip(new).collect(),
            ends: old.map(|address| SocketAddr::new(address, 500)).to_vec(),
        };
        let expected = frames("203.0.113.8:500", "192.0.2.99:500");
        for (mut frame, mut other) in frames("192.0.2.1:500", "198.51.100.2:500")
            .into_iter()
            .zip(expected)
        {
            renumbering.apply(1, &mut frame);
            other[40..42].fill(0);
            assert_eq!(frame, other);
        }
    }
}
