//! Where in the octets of a frame its IP packet stands, and that of a tunnel, for whoever changes
//! octets instead of reading them.

use std::ops::Range;

use crate::frame::LinkType;
use crate::link::{self, Carried};
use crate::tunnel;

/// The IP packet of a frame, from its first octet to the end of the frame; `None` if it has none.
#[must_use]
pub fn packet_in_frame(link: LinkType, octets: &[u8]) -> Option<Range<usize>> {
    within(octets, ip(link::carried(link, octets).ok()?)?)
}

/// The IP packet in a UDP payload that was sent to this port, if it is a tunnel's.
#[must_use]
pub fn packet_in_udp(port: u16, octets: &[u8]) -> Option<Range<usize>> {
    within(octets, tunnel::in_udp(port, octets)?)
}

/// The IP packet behind a GRE header.
#[must_use]
pub fn packet_in_gre(octets: &[u8]) -> Option<Range<usize>> {
    within(octets, ip(tunnel::gre(octets).ok()?)?)
}

const fn ip(carried: Carried<'_>) -> Option<&[u8]> {
    match carried {
        Carried::Ip(packet) => Some(packet),
        Carried::Other(_) => None,
    }
}

/// Where a part of the octets stands in them.
fn within(octets: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(octets.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= octets.len()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_packet_behind_tags_and_in_tunnels() {
        let mut frame = vec![0; 12];
        frame.extend([0x81, 0, 0, 5, 8, 0, 0x45, 0, 0, 20]);
        assert_eq!(packet_in_frame(LinkType::ETHERNET, &frame), Some(18..22));
        assert_eq!(packet_in_frame(LinkType::ETHERNET, &frame[..17]), None);
        assert_eq!(packet_in_gre(&[0, 0, 8, 0, 0x45, 0]), Some(4..6));
        assert_eq!(packet_in_udp(53, &frame), None);
    }
}
