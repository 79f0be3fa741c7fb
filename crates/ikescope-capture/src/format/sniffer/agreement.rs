//! Header and octets say the addresses and ports twice: whether they say the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::line::find;
use crate::octets::{array, be_u16};
use crate::text::civil::number;

/// Whether the addresses and ports in a header's text are those of the IP packet. A text that names
/// none, as those of VLAN tags, agrees with every packet.
pub(super) fn agrees(text: &[u8], packet: &[u8]) -> bool {
    let text = match find(text, b"missing!") {
        Some(at) => text.get(at + 8..).unwrap_or_default(),
        None => text,
    };
    let Some(arrow) = find(text, b" -> ") else {
        return true;
    };
    let (source, behind) = text.split_at(arrow);
    let behind = behind.get(4..).unwrap_or_default();
    let destination = behind.split(|c| *c == b' ').next().unwrap_or_default();
    let destination = destination.strip_suffix(b":").unwrap_or(destination);
    let Some((addresses, ports)) = ends(packet) else {
        return true;
    };
    let same = |told: &[u8], address: IpAddr, port: Option<u16>| {
        End::read(told, address.is_ipv6()).is_some_and(|end| {
            end.address == address && end.port.zip(port).is_none_or(|(told, port)| told == port)
        })
    };
    let [from, to] = addresses;
    same(source, from, ports.map(|[port, _]| port))
        && same(destination, to, ports.map(|[_, port]| port))
}

/// Addresses, and ports where there are, of an IP packet.
fn ends(packet: &[u8]) -> Option<([IpAddr; 2], Option<[u16; 2]>)> {
    let ports = |at: usize, protocol: u8| {
        let has_ports = matches!(protocol, 6 | 17);
        has_ports.then(|| Some([be_u16(packet, at)?, be_u16(packet, at + 2)?]))?
    };
    match packet.first()? >> 4 {
        4 => {
            let address =
                |at| array::<4>(packet, at).map(|octets| IpAddr::V4(Ipv4Addr::from(octets)));
            let header = usize::from(packet.first()? & 15) * 4;
            let fragment = be_u16(packet, 6)? & 0x1fff != 0;
            let ports = if fragment {
                None
            } else {
                ports(header, *packet.get(9)?)
            };
            Some(([address(12)?, address(16)?], ports))
        }
        6 => {
            let address =
                |at| array::<16>(packet, at).map(|octets| IpAddr::V6(Ipv6Addr::from(octets)));
            Some(([address(8)?, address(24)?], ports(40, *packet.get(6)?)))
        }
        _ => None,
    }
}

/// An address, and the port that may follow a point.
struct End {
    address: IpAddr,
    port: Option<u16>,
}

impl End {
    fn read(text: &[u8], is_ipv6: bool) -> Option<Self> {
        if is_ipv6 {
            return Self::read_ipv6(text);
        }
        let mut octets = [0; 4];
        let mut rest = text;
        for (index, octet) in octets.iter_mut().enumerate() {
            if index > 0 {
                rest = rest.strip_prefix(b".")?;
            }
            let (value, behind) = number(rest)?;
            *octet = u8::try_from(value).ok()?;
            rest = behind;
        }
        Some(Self {
            address: Ipv4Addr::from(octets).into(),
            port: Self::read_port(rest)?,
        })
    }

    fn read_ipv6(text: &[u8]) -> Option<Self> {
        let dot = text.iter().rposition(|c| *c == b'.').unwrap_or(text.len());
        let (address, port) = text.split_at(dot);
        let address: Ipv6Addr = std::str::from_utf8(address).ok()?.parse().ok()?;
        Some(Self {
            address: address.into(),
            port: Self::read_port(port)?,
        })
    }

    /// `Some(None)` where there is no port.
    fn read_port(text: &[u8]) -> Option<Option<u16>> {
        if text.is_empty() {
            return Some(None);
        }
        let (port, rest) = number(text.strip_prefix(b".")?)?;
        let port = u16::try_from(port).ok()?;
        rest.is_empty().then_some(Some(port))
    }
}
