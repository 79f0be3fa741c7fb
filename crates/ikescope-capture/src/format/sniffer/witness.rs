//! The second witness beside the ASCII column: checksums of IPv4, UDP and TCP headers.
//!
//! A checksum covers the octets that it adds up, and no others: nothing vouches for the addresses
//! of the link layer, or for what ESP carries. A field of zero, and one that holds the sum of the
//! pseudo-header alone, was left for the network card to fill in, and says nothing.

use std::ops::Range;

use crate::frame::LinkType;
use crate::link::{self, Carried};
use crate::octets::be_u16;

/// What the checksums of a packet say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Testimony {
    /// Octets of the IPv4 header and of what it carries that checksums vouch for.
    vouched: [Range<usize>; 2],
    /// Octets whose checksum does not fit.
    pub(super) refuted: Option<Range<usize>>,
}

impl Testimony {
    /// Whether the octet is one that a checksum vouches for.
    pub(super) fn vouches_for(&self, index: usize) -> bool {
        self.refuted.is_none() && self.vouched.iter().any(|range| range.contains(&index))
    }
}

/// Where the IP packet of a frame begins, if it holds one.
pub(super) fn ip_offset(link: LinkType, octets: &[u8]) -> Option<usize> {
    match link::carried(link, octets) {
        Ok(Carried::Ip(packet)) => octets.len().checked_sub(packet.len()),
        _ => None,
    }
}

/// Length of an IP packet by its header.
pub(super) fn ip_length(packet: &[u8]) -> Option<usize> {
    match packet.first()? >> 4 {
        4 => be_u16(packet, 2).map(usize::from),
        // A jumbogram says 0 (RFC 2675).
        6 => be_u16(packet, 4)
            .filter(|length| *length > 0)
            .map(|length| usize::from(length) + 40),
        _ => None,
    }
}

/// Asks the checksums of a frame.
pub(super) fn ask(link: LinkType, octets: &[u8]) -> Testimony {
    let mut testimony = Testimony::default();
    if let Some(at) = ip_offset(link, octets) {
        ask_ip(octets.get(at..).unwrap_or_default(), at, &mut testimony);
    }
    testimony
}

fn ask_ip(packet: &[u8], at: usize, testimony: &mut Testimony) {
    let Some(length) = ip_length(packet) else {
        return;
    };
    ask_header(packet, at, testimony);
    let Some(packet) = packet.get(..length) else {
        return;
    };
    let Some((header, protocol, pseudo)) = upper(packet) else {
        return;
    };
    let segment = packet.get(header..).unwrap_or_default();
    let field = match protocol {
        UDP => 6,
        TCP => 16,
        _ => return,
    };
    let Some(checksum) = be_u16(segment, field) else {
        return;
    };
    let pseudo = pseudo + u64::from(protocol) + segment.len() as u64;
    if checksum == 0 && protocol == UDP || checksum == fold(pseudo) {
        return;
    }
    let range = at + header..at + packet.len();
    if fold(pseudo + sum(segment)) == 0xffff {
        testimony.vouched[1] = range;
    } else {
        testimony.refuted.get_or_insert(range);
    }
}

/// The checksum of an IPv4 header.
fn ask_header(packet: &[u8], at: usize, testimony: &mut Testimony) {
    let Some(header) = ipv4_header(packet) else {
        return;
    };
    if be_u16(header, 10) == Some(0) {
        return;
    }
    let range = at..at + header.len();
    if fold(sum(header)) == 0xffff {
        testimony.vouched[0] = range;
    } else {
        testimony.refuted = Some(range);
    }
}

/// The header of an IPv4 packet.
pub(super) fn ipv4_header(packet: &[u8]) -> Option<&[u8]> {
    let first = *packet.first()?;
    let length = usize::from(first & 15) * 4;
    (first >> 4 == 4 && length >= 20).then(|| packet.get(..length))?
}

/// Whether the checksum of an IPv4 header is right.
pub(super) fn is_right(header: &[u8]) -> bool {
    fold(sum(header)) == 0xffff
}

/// Length of the IP header, protocol, and the sum of the addresses, of a packet that is no fragment.
fn upper(packet: &[u8]) -> Option<(usize, u8, u64)> {
    match packet.first()? >> 4 {
        4 if be_u16(packet, 6)? & 0x3fff == 0 => {
            let header = ipv4_header(packet)?.len();
            Some((header, *packet.get(9)?, sum(packet.get(12..20)?)))
        }
        6 => Some((40, *packet.get(6)?, sum(packet.get(8..40)?))),
        _ => None,
    }
}

/// The ones' complement sum (RFC 1071), not folded.
fn sum(octets: &[u8]) -> u64 {
    let (pairs, rest) = octets.as_chunks::<2>();
    let pairs: u64 = pairs
        .iter()
        .map(|pair| u64::from(u16::from_be_bytes(*pair)))
        .sum();
    pairs + rest.first().map_or(0, |last| u64::from(*last) << 8)
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

const TCP: u8 = 6;
const UDP: u8 = 17;
