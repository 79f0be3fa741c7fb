//! Packets put together again from what the log tells of them: IP and UDP around the octets of the
//! message. What no log tells stays 0: TTL, identification, the UDP checksum of IPv4.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ikescope_wire::encapsulation::{NAT_T_PORT, NON_ESP_MARKER};
use ikescope_wire::header::HEADER_LENGTH;
use ikescope_wire::iana::{ExchangeType, PayloadType, ikev1};
use ikescope_wire::observed::Timestamp;
use ikescope_wire::{SpiPair, Version};

use super::line::Told;
use super::names;

/// A packet of raw IP.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packet {
    pub(crate) time: Timestamp,
    /// What is known of it, from the IP header on.
    pub(crate) octets: Vec<u8>,
    /// Octets it had.
    pub(crate) original: u32,
}

/// Length that the IKE header in these octets announces.
pub(super) fn announced(octets: &[u8]) -> Option<usize> {
    let field = octets.get(24..HEADER_LENGTH)?.first_chunk()?;
    usize::try_from(u32::from_be_bytes(*field)).ok()
}

/// Both SPIs of the IKE header in these octets.
pub(super) fn spis(octets: &[u8]) -> Option<SpiPair> {
    let spi = |from: usize| octets.get(from..)?.first_chunk().copied();
    Some(SpiPair {
        initiator: ikescope_wire::Spi(spi(0)?),
        responder: ikescope_wire::Spi(spi(8)?),
    })
}

/// The message without a non-ESP marker: the log shows none as a rule, and a capture has one.
pub(super) fn without_marker(octets: &[u8]) -> &[u8] {
    match octets.strip_prefix(&NON_ESP_MARKER) {
        Some(message) if announced(message) == Some(message.len()) => message,
        _ => octets,
    }
}

/// The message in a packet that was put together here.
pub(super) fn message(packet: &[u8]) -> Option<&[u8]> {
    let headers = if packet.first()? >> 4 == 6 {
        40
    } else {
        IPV4_HEADER
    } + UDP_HEADER;
    packet.get(headers..).map(without_marker)
}

impl Packet {
    /// A UDP packet whose payload is an IKE message of so many octets, of which `known` are known.
    pub(super) fn of_message(
        (from, to): (SocketAddr, SocketAddr),
        known: &[u8],
        length: usize,
        time: Timestamp,
    ) -> Self {
        let marked = known.len() >= HEADER_LENGTH
            && [from.port(), to.port()].contains(&NAT_T_PORT)
            && !known.starts_with(&NON_ESP_MARKER);
        let marker: &[u8] = if marked { &NON_ESP_MARKER } else { &[] };
        let length = length.max(known.len()) + marker.len() + UDP_HEADER;
        let mut udp = Vec::with_capacity(UDP_HEADER + marker.len() + known.len());
        udp.extend(from.port().to_be_bytes());
        udp.extend(to.port().to_be_bytes());
        udp.extend(field(length));
        udp.extend([0, 0]);
        udp.extend_from_slice(marker);
        udp.extend_from_slice(known);
        let octets = match (from.ip(), to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => ipv4(from.octets(), to.octets(), length, &udp),
            (from, to) => ipv6(mapped(from), mapped(to), length, udp),
        };
        let missing = length.saturating_sub(UDP_HEADER + marker.len() + known.len());
        Self {
            time,
            original: crate::octets::length(octets.len().saturating_add(missing)),
            octets,
        }
    }
}

fn ipv4(from: [u8; 4], to: [u8; 4], above: usize, udp: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend(field(IPV4_HEADER + above));
    header.extend([0, 0, 0, 0, 0, UDP, 0, 0]);
    header.extend(from);
    header.extend(to);
    let sum = checksum(&header).to_be_bytes();
    header.splice(10..12, sum);
    header.extend_from_slice(udp);
    header
}

fn ipv6(from: Ipv6Addr, to: Ipv6Addr, above: usize, mut udp: Vec<u8>) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0];
    header.extend(field(above));
    header.extend([UDP, 0]);
    header.extend(from.octets());
    header.extend(to.octets());
    // Of a message that is not known whole the checksum is not known either, and 0 is no checksum
    // (RFC 8200 §8.1).
    if above == udp.len() {
        let mut covered = Vec::with_capacity(40 + udp.len());
        covered.extend(from.octets());
        covered.extend(to.octets());
        covered.extend([0, 0]);
        covered.extend(field(above));
        covered.extend([0, 0, 0, UDP]);
        covered.extend_from_slice(&udp);
        let sum = match checksum(&covered) {
            0 => u16::MAX,
            sum => sum,
        };
        udp.splice(6..8, sum.to_be_bytes());
    }
    header.extend(udp);
    header
}

/// The Internet checksum (RFC 1071).
fn checksum(octets: &[u8]) -> u16 {
    let words = octets.chunks(2).map(|pair| match pair {
        [high, low] => u32::from(u16::from_be_bytes([*high, *low])),
        [high] => u32::from(*high) << 8,
        _ => 0,
    });
    let mut sum = words.fold(0u32, u32::wrapping_add);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(!sum & 0xffff).unwrap_or(0)
}

/// A length field; a message longer than any datagram says the most.
fn field(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

fn mapped(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

/// The header of a message of which the log gives no octets: what its line says, in the layout of
/// RFC 7296 §3.1. `None` if it does not say enough. `by_initiator` is whether the original initiator
/// sent it, where that is known.
pub(super) fn header(told: &Told<'_>, by_initiator: Option<bool>) -> Option<[u8; HEADER_LENGTH]> {
    let spis = told.spis?;
    let length = told.length.filter(|length| *length >= HEADER)?;
    let ikev2 = names::ikev2_exchange(told.name).filter(|_| told.version != 1);
    let (version, exchange_type, next_payload, flags) = match ikev2 {
        Some((exchange_type, is_response)) => {
            let opening = exchange_type == ExchangeType::IKE_SA_INIT;
            let by_initiator = if opening || exchange_type == ExchangeType::IKE_AUTH {
                !is_response
            } else {
                by_initiator.unwrap_or(!is_response)
            };
            let next = if opening {
                PayloadType::SA
            } else {
                PayloadType::SK
            };
            let flags = u8::from(by_initiator) << 3 | u8::from(is_response) << 5;
            (Version::IKEV2, exchange_type, next.0, flags)
        }
        None => {
            let exchange_type = names::ikev1_exchange(told.name)?;
            let (next, flags) = ikev1_opening(told, exchange_type);
            (Version::IKEV1, exchange_type, next.0, flags)
        }
    };
    let mut header = [0; HEADER_LENGTH];
    let fields = spis.initiator.0.into_iter().chain(spis.responder.0).chain([
        next_payload,
        version.0,
        exchange_type.0,
        flags,
    ]);
    let numbers = told.message_id.to_be_bytes().into_iter();
    let fields = fields.chain(numbers).chain(length.to_be_bytes());
    for (octet, field) in header.iter_mut().zip(fields) {
        *octet = field;
    }
    Some(header)
}

/// First payload and flags of an IKEv1 message, by the name that the log gives it: messages 1 and 2 of
/// main mode begin with SA, 3 and 4 with KE (RFC 2409 §5), and all that follow are encrypted.
fn ikev1_opening(told: &Told<'_>, exchange_type: ExchangeType) -> (ikev1::PayloadType, u8) {
    const ENCRYPTED: u8 = 1;
    let is_first = told.spis.is_some_and(|spis| spis.responder.is_zero());
    let step = told.name.trim_end_matches("send").chars().last();
    match (exchange_type, step) {
        (ExchangeType::IDENTITY_PROTECTION, Some('1')) => (ikev1::PayloadType::SA, 0),
        (ExchangeType::IDENTITY_PROTECTION, Some('2')) => (ikev1::PayloadType::KE, 0),
        (ExchangeType::IDENTITY_PROTECTION, Some('3')) => (ikev1::PayloadType::ID, ENCRYPTED),
        (ExchangeType::AGGRESSIVE, Some('2')) => (ikev1::PayloadType::HASH, ENCRYPTED),
        (ExchangeType::AGGRESSIVE, _) => (ikev1::PayloadType::SA, 0),
        (ExchangeType::IDENTITY_PROTECTION, _) if is_first => (ikev1::PayloadType::SA, 0),
        (ExchangeType::IDENTITY_PROTECTION, _) => (ikev1::PayloadType(0), 0),
        _ => (ikev1::PayloadType::HASH, ENCRYPTED),
    }
}

const UDP: u8 = 17;
const UDP_HEADER: usize = 8;
const IPV4_HEADER: usize = 20;
const HEADER: u32 = HEADER_LENGTH as u32;

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 1071 §3.
    #[test]
    fn sums_as_rfc_1071_shows() {
        let octets = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(checksum(&octets), !0xddf2);
    }

    #[test]
    fn adds_the_marker_on_port_4500_and_only_there() {
        let ends = |port: u16| {
            let end = |text: &str| SocketAddr::new(text.parse().unwrap(), port);
            (end("192.0.2.1"), end("198.51.100.2"))
        };
        let message = [7u8; 28];
        let packet = |port| Packet::of_message(ends(port), &message, 28, Timestamp(0));
        assert_eq!(packet(500).octets.len(), 20 + 8 + 28);
        assert_eq!(packet(4500).octets.len(), 20 + 8 + 4 + 28);
        let keepalive = Packet::of_message(ends(4500), &[0xff], 1, Timestamp(0));
        assert_eq!(keepalive.octets.len(), 20 + 8 + 1);
        let cut = Packet::of_message(ends(500), &message, 300, Timestamp(0));
        assert_eq!((cut.octets.len(), cut.original), (56, 328));
    }

    #[test]
    fn makes_the_header_that_a_line_describes() {
        let told = Told {
            version: 0,
            name: "RETRANSMIT_SA_INIT",
            spis: super::super::prefix::spis("0102030405060708/0000000000000000"),
            message_id: 0,
            length: Some(252),
        };
        let header = header(&told, None).unwrap();
        assert_eq!(
            header[16..],
            [33, 0x20, 34, 0x08, 0, 0, 0, 0, 0, 0, 0, 252],
            "SA, version 2.0, IKE_SA_INIT, initiator, message 0, 252 octets"
        );
    }
}
