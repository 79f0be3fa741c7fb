//! Header and octets say the addresses and ports twice: whether they say the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::line::find;
use crate::octets::{array, be_u16, be_u32};
use crate::text::civil::number;

/// Whether what a header's text tells is true of the IP packet: addresses, ports, the length of a
/// UDP datagram, SPI and sequence number of ESP. Texts that tell none of it, as those of VLAN tags,
/// agree with every packet.
pub(super) fn agrees(text: &[u8], packet: &[u8]) -> bool {
    let text = match find(text, b"missing!") {
        Some(at) => text.get(at + 8..).unwrap_or_default(),
        None => text,
    };
    if text.is_empty() || SILENT.iter().any(|beginning| text.starts_with(beginning)) {
        return true;
    }
    let Some(ip) = Ip::read(packet) else {
        return true;
    };
    // tcpdump of today writes another arrow, and more around it.
    let Some(arrow) = find(text, b" -> ") else {
        return text.starts_with(b"IP") || find(text, b", ethertype ").is_some();
    };
    let (source, behind) = text.split_at(arrow);
    let behind = behind.get(4..).unwrap_or_default();
    let length = behind
        .iter()
        .position(|c| *c == b' ')
        .unwrap_or(behind.len());
    let (destination, rest) = behind.split_at(length);
    let Some(destination) = destination.strip_suffix(b":") else {
        return false;
    };
    let same = |told: &[u8], address: IpAddr, port: Option<u16>| {
        End::read(told, address.is_ipv6()).is_some_and(|end| {
            end.address == address && end.port.zip(port).is_none_or(|(told, port)| told == port)
        })
    };
    same(source, ip.source, ip.port(0))
        && same(destination, ip.destination, ip.port(2))
        && ip.is_told(rest)
}

/// Texts that tell no addresses, whatever is in the packet.
const SILENT: [&[u8]; 6] = [
    b"802.1Q",
    b"802.1q",
    b"pppoe",
    b"Ether type",
    b"truncated-ip",
    b"arp ",
];

/// What of an IP packet a header tells.
struct Ip<'a> {
    source: IpAddr,
    destination: IpAddr,
    /// 0 for a fragment that is not the first.
    protocol: u8,
    /// What follows the IP header.
    upper: &'a [u8],
}

impl<'a> Ip<'a> {
    fn read(packet: &'a [u8]) -> Option<Self> {
        let (source, destination, fragment, protocol, header): (IpAddr, IpAddr, _, _, _) =
            match packet.first()? >> 4 {
                4 => {
                    let address = |at| array::<4>(packet, at).map(Ipv4Addr::from);
                    let fragment = be_u16(packet, 6)? & 0x1fff != 0;
                    let header = usize::from(packet.first()? & 15) * 4;
                    (
                        address(12)?.into(),
                        address(16)?.into(),
                        fragment,
                        *packet.get(9)?,
                        header,
                    )
                }
                6 => {
                    let address = |at| array::<16>(packet, at).map(Ipv6Addr::from);
                    (
                        address(8)?.into(),
                        address(24)?.into(),
                        false,
                        *packet.get(6)?,
                        40,
                    )
                }
                _ => return None,
            };
        Some(Self {
            source,
            destination,
            protocol: if fragment { 0 } else { protocol },
            upper: packet.get(header..)?,
        })
    }

    fn port(&self, at: usize) -> Option<u16> {
        matches!(self.protocol, TCP | UDP).then(|| be_u16(self.upper, at))?
    }

    /// Whether the text behind the addresses is true, as far as it is in words that are known.
    fn is_told(&self, rest: &[u8]) -> bool {
        match self.protocol {
            UDP => be_u16(self.upper, 4)
                .and_then(|length| length.checked_sub(8))
                .is_none_or(|length| tells_udp(rest, length)),
            ESP => match (be_u32(self.upper, 0), be_u32(self.upper, 4)) {
                (Some(spi), Some(sequence)) => tells_esp(rest, spi, sequence),
                _ => true,
            },
            _ => true,
        }
    }
}

/// ` udp 192`; one wrong character leaves the word or the number.
fn tells_udp(rest: &[u8], length: u16) -> bool {
    let is_length = |digits: &[u8]| {
        number(digits).is_some_and(|(told, rest)| {
            told == i64::from(length) && matches!(rest, [] | [b' ', ..])
        })
    };
    match rest.strip_prefix(b" udp ") {
        Some(told) => is_length(told),
        None => find(rest, b"udp").is_none() && !rest.get(5..).is_some_and(is_length),
    }
}

/// ` ESP(spi=0x2e03e37b,seq=0x2)`; one wrong character leaves a part of that.
fn tells_esp(rest: &[u8], spi: u32, sequence: u32) -> bool {
    let text = String::from_utf8_lossy(rest);
    let numbers = || {
        let (numbers, behind) = text.strip_prefix(" ESP(spi=0x")?.split_once(')')?;
        let (spi, sequence) = numbers.split_once(",seq=0x")?;
        let hex = |digits| u32::from_str_radix(digits, 16).ok();
        let apart = behind.is_empty() || behind.starts_with(' ');
        Some((hex(spi)?, hex(sequence)?)).filter(|_| apart)
    };
    let is_known = text.contains("ESP") || text.contains("spi=");
    !is_known || numbers() == Some((spi, sequence))
}

const TCP: u8 = 6;
const UDP: u8 = 17;
const ESP: u8 = 50;

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
        let text = std::str::from_utf8(text).ok()?;
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            let (address, port) = (address.into(), None);
            return Some(Self { address, port });
        }
        let (address, port) = text.split_at(text.rfind('.')?);
        let address: Ipv6Addr = address.parse().ok()?;
        Some(Self {
            address: address.into(),
            port: Self::read_port(port.as_bytes())?,
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
