//! Frames: hardware addresses, ARP, and where the IP packet is.

use ikescope_capture::{LinkType, place};

use super::packet::{Context, Parts, Rewriter, blank_from, u16_at};

/// Renames and blanks a frame in place; gives the parts that wait for other frames.
pub(crate) fn frame(rewriter: &mut Rewriter, link: LinkType, octets: &mut [u8]) -> Parts {
    let mut parts = Parts::new();
    let packet = place::packet_in_frame(link, octets);
    hardware_addresses(rewriter, link, octets);
    let Some(packet) = packet else {
        other(rewriter, link, octets);
        return parts;
    };
    let context = Context {
        offset: Some(packet.start),
        depth: 0,
    };
    let octets = octets.get_mut(packet).unwrap_or_default();
    rewriter.packet(octets, context, &mut parts);
    parts
}

fn hardware_addresses(rewriter: &mut Rewriter, link: LinkType, octets: &mut [u8]) {
    match link {
        LinkType::ETHERNET => {
            rewriter.hardware(octets, 0);
            rewriter.hardware(octets, 6);
        }
        LinkType::LINUX_SLL if u16_at(octets, 4) == Some(6) => rewriter.hardware(octets, 6),
        LinkType::LINUX_SLL2 if octets.get(11) == Some(&6) => rewriter.hardware(octets, 12),
        _ => {}
    }
}

/// A frame without an IP packet. Of ARP the addresses are renamed; of all else nothing is left, under
/// a type that says so: what is blanked would be taken for damage.
fn other(rewriter: &mut Rewriter, link: LinkType, octets: &mut [u8]) {
    let Some((mut ether_type, mut behind)) = ether_type(link) else {
        return blank_from(octets, UNKNOWN_HEADER);
    };
    while u16_at(octets, ether_type) == Some(VLAN) {
        (ether_type, behind) = (behind + 2, behind + 4);
    }
    let is_arp = u16_at(octets, ether_type) == Some(ARP);
    if is_arp
        && octets
            .get(behind..)
            .is_some_and(|arp| arp.starts_with(&ARP_OF_IPV4))
    {
        rewriter.hardware(octets, behind + 8);
        rewriter.hardware(octets, behind + 18);
        for place in [behind + 14, behind + 24] {
            rewriter.rename_ipv4(octets.get_mut(place..place + 4).unwrap_or_default());
        }
        return blank_from(octets, behind + 28);
    }
    if let Some(field) = octets.get_mut(ether_type..ether_type + 2) {
        field.copy_from_slice(&LOCAL_EXPERIMENT.to_be_bytes());
    }
    blank_from(octets, behind);
}

/// Where the Ethernet type stands, and what is behind the link layer.
const fn ether_type(link: LinkType) -> Option<(usize, usize)> {
    match link {
        LinkType::ETHERNET => Some((12, 14)),
        LinkType::LINUX_SLL => Some((14, 16)),
        LinkType::LINUX_SLL2 => Some((0, 20)),
        _ => None,
    }
}

const ARP: u16 = 0x0806;
/// Ethernet and IPv4, with addresses of their lengths (RFC 826).
const ARP_OF_IPV4: [u8; 6] = [0, 1, 8, 0, 6, 4];
const VLAN: u16 = 0x8100;
/// Local Experimental EtherType 1 (IEEE 802).
const LOCAL_EXPERIMENT: u16 = 0x88b5;
const UNKNOWN_HEADER: usize = 4;
