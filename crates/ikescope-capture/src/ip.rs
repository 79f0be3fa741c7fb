//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers, leniently: a packet that the capture cut is read as
//! far as it goes.

use std::net::IpAddr;

use etherparse::{
    Ipv4HeaderSlice, Ipv6FragmentHeaderSlice, Ipv6HeaderSlice, err::ipv4::HeaderSliceError,
};

use crate::link::Loss;
use crate::octets::{array, length};

/// An IP packet, headers read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) hop_limit: u8,
    pub(crate) identification: Option<u32>,
    pub(crate) dont_fragment: bool,
    /// Octets of the packet by its own length field, header included.
    pub(crate) length: u32,
    /// IP protocol of `payload`.
    pub(crate) protocol: u8,
    /// What stands behind the IP header and its extensions, as far as captured.
    pub(crate) payload: &'a [u8],
    /// Octets of the payload that were not captured.
    pub(crate) missing: u32,
    pub(crate) fragment: Option<Fragment>,
}

/// Where a fragment belongs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Fragment {
    /// Octets of the datagram before this fragment.
    pub(crate) offset: u32,
    /// Whether another one follows.
    pub(crate) more: bool,
}

/// Reads the headers of an IP packet.
pub(crate) fn packet(octets: &[u8]) -> Result<Packet<'_>, Loss> {
    match octets.first().ok_or(Loss::Truncated)? >> 4 {
        4 => ipv4(octets),
        6 => ipv6(octets),
        _ => Err(Loss::Malformed),
    }
}

fn ipv4(octets: &[u8]) -> Result<Packet<'_>, Loss> {
    let header = Ipv4HeaderSlice::from_slice(octets).map_err(|error| match error {
        HeaderSliceError::Len(_) => Loss::Truncated,
        HeaderSliceError::Content(_) => Loss::Malformed,
    })?;
    let header_length = header.slice().len();
    let announced = match usize::from(header.total_len()) {
        // Segmentation offload leaves the field empty in packets captured on the sending host.
        0 => octets.len(),
        total => total,
    };
    if announced < header_length {
        return Err(Loss::Malformed);
    }
    let (payload, missing) = bounded(octets, header_length, announced);
    let offset = u32::from(header.fragments_offset().value()) * 8;
    let more = header.more_fragments();
    Ok(Packet {
        source: header.source_addr().into(),
        destination: header.destination_addr().into(),
        hop_limit: header.ttl(),
        identification: Some(header.identification().into()),
        dont_fragment: header.dont_fragment(),
        length: length(announced),
        protocol: header.protocol().0,
        payload,
        missing,
        fragment: (more || offset > 0).then_some(Fragment { offset, more }),
    })
}

fn ipv6(octets: &[u8]) -> Result<Packet<'_>, Loss> {
    let header = Ipv6HeaderSlice::from_slice(octets).map_err(|_| Loss::Truncated)?;
    let header_length = header.slice().len();
    let announced = match usize::from(header.payload_length()) {
        // A jumbogram, or segmentation offload.
        0 => octets.len(),
        payload => header_length + payload,
    };
    let (payload, missing) = bounded(octets, header_length, announced);
    let mut packet = Packet {
        source: header.source_addr().into(),
        destination: header.destination_addr().into(),
        hop_limit: header.hop_limit(),
        identification: None,
        dont_fragment: false,
        length: length(announced),
        protocol: header.next_header().0,
        payload,
        missing,
        fragment: None,
    };
    while packet.fragment.is_none() && is_extension(packet.protocol) {
        packet = without_extension(packet)?;
    }
    Ok(packet)
}

/// Takes one extension header off (RFC 8200 §4). AH is none here: it is handed up.
fn without_extension(packet: Packet<'_>) -> Result<Packet<'_>, Loss> {
    let loss = if packet.missing > 0 {
        Loss::Truncated
    } else {
        Loss::Malformed
    };
    if packet.protocol == FRAGMENT {
        return without_fragment_header(packet).ok_or(loss);
    }
    let [next, units] = array(packet.payload, 0).ok_or(loss)?;
    let length = (usize::from(units) + 1) * 8;
    Ok(Packet {
        protocol: next,
        payload: packet.payload.get(length..).ok_or(loss)?,
        ..packet
    })
}

fn without_fragment_header(packet: Packet<'_>) -> Option<Packet<'_>> {
    let header = Ipv6FragmentHeaderSlice::from_slice(packet.payload).ok()?;
    let fragment = Fragment {
        offset: u32::from(header.fragment_offset().value()) * 8,
        more: header.more_fragments(),
    };
    Some(Packet {
        protocol: header.next_header().0,
        identification: Some(header.identification()),
        payload: packet.payload.get(header.slice().len()..)?,
        // An atomic fragment (RFC 6946) is whole.
        fragment: (fragment.more || fragment.offset > 0).then_some(fragment),
        ..packet
    })
}

/// What of the packet is behind its header and captured, and how much was not captured.
fn bounded(octets: &[u8], header: usize, announced: usize) -> (&[u8], u32) {
    let end = announced.min(octets.len());
    let payload = octets.get(header..end).unwrap_or_default();
    (payload, length(announced.saturating_sub(octets.len())))
}

/// Hop-by-hop options, routing, fragment, destination options, mobility, HIP, Shim6.
const fn is_extension(protocol: u8) -> bool {
    matches!(protocol, 0 | 43 | FRAGMENT | 60 | 135 | 139 | 140)
}

const FRAGMENT: u8 = 44;
