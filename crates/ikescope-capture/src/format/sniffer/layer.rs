//! What the octets of a packet begin with, which the text does not say and which differs from
//! packet to packet: Ethernet, IP, or what would follow an Ethernet type.

use super::witness::{ip_length, ipv4_header, is_right};
use crate::frame::{Direction, LinkType};
use crate::link::{IPV4, IPV6, is_known_type};
use crate::octets::be_u16;

/// What a packet begins with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Layer {
    Ethernet,
    /// Ethernet with two octets of the device's own in front of its type.
    Tagged,
    /// IPv4 or IPv6.
    Ip,
    /// What follows this Ethernet type.
    Of(u16),
}

impl Layer {
    /// Told by the octets; where they do not tell, `like` is what the packets before were.
    pub(super) fn of(octets: &[u8], text: &[u8], like: Option<Self>) -> Self {
        if is_ipv4(octets) || is_ipv6(octets) {
            return Self::Ip;
        }
        if let [0, 1, 8, 0, 6, 4, ..] | [0, 1, 0x86, 0xdd, ..] = octets {
            return Self::Of(ARP);
        }
        let ether_type = be_u16(octets, 12);
        if ether_type.is_some_and(is_known_type) {
            return match like {
                // Chance puts a known type there as well.
                Some(Self::Ip) if matches!(octets, [0x40..=0x4f | 0x60..=0x6f, ..]) => Self::Ip,
                _ => Self::Ethernet,
            };
        }
        let behind_tag = octets.get(16..).unwrap_or_default();
        match be_u16(octets, 14) {
            Some(IPV4) if is_ipv4(behind_tag) => return Self::Tagged,
            Some(IPV6) if is_ipv6(behind_tag) => return Self::Tagged,
            _ => {}
        }
        match (like, octets) {
            (Some(Self::Ip | Self::Of(_)), [0x40..=0x4f | 0x60..=0x6f, ..]) => Self::Ip,
            (Some(Self::Ip | Self::Of(_)), _) => told_type(text).map_or(Self::Ethernet, Self::Of),
            _ => Self::Ethernet,
        }
    }

    /// The link type of a frame.
    pub(super) const fn link(self) -> LinkType {
        match self {
            Self::Ip => LinkType::RAW,
            Self::Ethernet | Self::Tagged | Self::Of(_) => LinkType::ETHERNET,
        }
    }

    /// Whether packets are printed from the IP header on: verbosity 2 and 5.
    pub(super) const fn is_from_ip(self) -> bool {
        matches!(self, Self::Ip | Self::Of(_))
    }
}

/// The Ethernet header that is made up in front of what has none: as captures on `any` have it.
pub(super) const fn made_up(ether_type: u16, direction: Option<Direction>) -> [u8; 14] {
    let [high, low] = ether_type.to_be_bytes();
    let inbound = matches!(direction, Some(Direction::Inbound)) as u8;
    [0, 0, 0, 0, 0, inbound, 0, 0, 0, 0, 0, 0, high, low]
}

/// The direction that captures on `any` tell in the destination of the link layer.
pub(super) const fn told_direction(octets: &[u8]) -> Option<Direction> {
    match octets {
        [0, 0, 0, 0, 0, 0, ..] => Some(Direction::Outbound),
        [0, 0, 0, 0, 0, 1, ..]
        | [1, 0, 0, 0, 0, 0, ..]
        | [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ..] => Some(Direction::Inbound),
        _ => None,
    }
}

/// A right checksum proves it; without one, as network cards like it, the length has to fit.
fn is_ipv4(octets: &[u8]) -> bool {
    ipv4_header(octets).is_some_and(|header| {
        let unset = be_u16(header, 10) == Some(0);
        is_right(header) || unset && ip_length(octets) == Some(octets.len())
    })
}

/// The length has to fit; a frame may be filled up to the shortest that Ethernet carries.
fn is_ipv6(octets: &[u8]) -> bool {
    let first = octets.first().is_some_and(|first| first >> 4 == 6);
    let filled = octets.len() <= SHORTEST_FILLED;
    first
        && ip_length(octets)
            .is_some_and(|length| length == octets.len() || length < octets.len() && filled)
}

/// The Ethernet type that the header's text tells.
fn told_type(text: &[u8]) -> Option<u16> {
    if let Some(digits) = text.strip_prefix(b"Ether type 0x") {
        let digits = digits.split(|c| *c == b' ').next()?;
        let digits = std::str::from_utf8(digits).ok()?;
        return u16::from_str_radix(digits, 16).ok();
    }
    if text.starts_with(b"pppoe") {
        return Some(PPPOE_SESSION);
    }
    text.starts_with(b"arp ").then_some(ARP)
}

const ARP: u16 = 0x0806;
const PPPOE_SESSION: u16 = 0x8864;
const SHORTEST_FILLED: usize = 46;
