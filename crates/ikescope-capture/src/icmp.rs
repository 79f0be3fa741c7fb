//! ICMP (RFC 792) and ICMPv6 (RFC 4443) errors, and the packet they complain about.

use std::net::SocketAddr;

use ikescope_wire::observed::{IcmpError, Sighting, Transport};

use crate::ip::{self, Packet};
use crate::link::Loss;
use crate::octets::{array, be_u16, be_u32};

/// Reads an ICMP message; `None` if it is no error, or one about something that carries no IKE or ESP.
pub(crate) fn error<'a>(
    version: u8,
    sighting: Sighting,
    octets: &'a [u8],
) -> Result<Option<IcmpError<'a>>, Loss> {
    let [icmp_type, code] = array(octets, 0).ok_or(Loss::Truncated)?;
    if !is_error(version, icmp_type) {
        return Ok(None);
    }
    let quoted = quote(version, octets).ok_or(Loss::Truncated)?;
    let packet = ip::packet(quoted)?;
    let Some(transport) = transport(packet.protocol) else {
        return Ok(None);
    };
    let (ports, above) = above(&packet, transport);
    Ok(Some(IcmpError {
        sighting,
        version,
        icmp_type,
        code,
        mtu: mtu(version, octets),
        quoted_source: SocketAddr::new(packet.source, ports.0),
        quoted_destination: SocketAddr::new(packet.destination, ports.1),
        quoted_transport: transport,
        quoted_ip_length: packet.length,
        quoted_ip_id: packet.identification,
        quoted_octets: above,
    }))
}

const fn is_error(version: u8, icmp_type: u8) -> bool {
    if version == 4 {
        // Destination unreachable, source quench, time exceeded, parameter problem.
        matches!(icmp_type, 3 | 4 | 11 | 12)
    } else {
        // Destination unreachable, packet too big, time exceeded, parameter problem.
        matches!(icmp_type, 1..=4)
    }
}

/// The quoted packet, without the extensions that may follow it (RFC 4884 §4).
fn quote(version: u8, octets: &[u8]) -> Option<&[u8]> {
    let quoted = octets.get(8..)?;
    let (&icmp_type, units) = (octets.first()?, array::<2>(octets, 4)?);
    let length = match (version, icmp_type, units) {
        (4, 3 | 11 | 12, [_, words]) => usize::from(words) * 4,
        (6, 1 | 3, [words, _]) => usize::from(words) * 8,
        _ => 0,
    };
    match length {
        0 => Some(quoted),
        _ => Some(quoted.get(..length).unwrap_or(quoted)),
    }
}

/// The next hop's MTU: fragmentation needed (RFC 1191 §4), packet too big (RFC 4443 §3.2).
fn mtu(version: u8, octets: &[u8]) -> Option<u32> {
    match (version, octets) {
        (4, [3, 4, ..]) => be_u16(octets, 6).map(u32::from).filter(|&mtu| mtu > 0),
        (6, [2, ..]) => be_u32(octets, 4),
        _ => None,
    }
}

const fn transport(protocol: u8) -> Option<Transport> {
    match protocol {
        6 => Some(Transport::Tcp),
        17 => Some(Transport::Udp),
        50 => Some(Transport::Esp),
        51 => Some(Transport::Ah),
        _ => None,
    }
}

/// Ports and what is quoted above the transport header, as far as the quote goes.
fn above<'a>(packet: &Packet<'a>, transport: Transport) -> ((u16, u16), &'a [u8]) {
    let octets = packet.payload;
    if packet.fragment.is_some_and(|fragment| fragment.offset > 0) {
        return ((0, 0), &[]);
    }
    let ports = (
        be_u16(octets, 0).unwrap_or(0),
        be_u16(octets, 2).unwrap_or(0),
    );
    let from = |start| octets.get(start..).unwrap_or_default();
    match transport {
        Transport::Udp => (ports, from(8)),
        Transport::Tcp => {
            let words = octets
                .get(12)
                .map_or(usize::MAX, |octet| usize::from(octet >> 4));
            (ports, from(words.saturating_mul(4)))
        }
        _ => ((0, 0), octets),
    }
}
