//! What an IP packet carries: UDP, TCP, ESP, ICMP errors.

use std::net::SocketAddr;

use super::checksum::{checksum, transport_checksum};

/// The content of an IP packet.
#[derive(Clone, Debug)]
pub enum Content {
    /// UDP with that payload.
    Udp(Vec<u8>),
    /// TCP without options.
    Tcp {
        /// Sequence number of the first octet.
        sequence: u32,
        /// Acknowledgement number.
        acknowledgement: u32,
        /// Flags.
        flags: TcpFlags,
        /// Octets of the stream.
        payload: Vec<u8>,
    },
    /// An ICMP or ICMPv6 message, by the packet's address family: type, code, and what follows
    /// the checksum.
    Icmp {
        /// ICMP type.
        icmp_type: u8,
        /// ICMP code.
        code: u8,
        /// Octets behind the checksum.
        body: Vec<u8>,
    },
    /// Any IP protocol by number, octets as they are.
    Protocol(u8, Vec<u8>),
}

/// The flags octet of TCP (RFC 9293 §3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// FIN and ACK.
    pub const FIN: Self = Self(0x11);
    /// SYN alone: opens a connection.
    pub const SYN: Self = Self(0x02);
    /// SYN and ACK: accepts it.
    pub const SYN_ACK: Self = Self(0x12);
    /// RST and ACK: refuses it.
    pub const RST: Self = Self(0x14);
    /// PSH and ACK: data.
    pub const DATA: Self = Self(0x18);
}

impl Content {
    /// IP protocol number, of IPv6 if `ipv6`.
    pub(super) const fn protocol(&self, ipv6: bool) -> u8 {
        match self {
            Self::Udp(_) => 17,
            Self::Tcp { .. } => 6,
            Self::Icmp { .. } if ipv6 => 58,
            Self::Icmp { .. } => 1,
            Self::Protocol(number, _) => *number,
        }
    }

    /// Header and payload with the right checksum between these two.
    pub(super) fn octets(&self, source: SocketAddr, destination: SocketAddr) -> Vec<u8> {
        let (mut octets, checksum_at) = self.without_checksum(source, destination);
        let Some(at) = checksum_at else { return octets };
        let protocol = self.protocol(source.is_ipv6());
        let sum = if protocol == 1 {
            checksum(&[&octets])
        } else {
            transport_checksum(source.ip(), destination.ip(), protocol, &octets)
        };
        // RFC 768: a computed zero is sent as all ones.
        let sum = if protocol == 17 && sum == 0 {
            0xffff
        } else {
            sum
        };
        octets[at..at + 2].copy_from_slice(&sum.to_be_bytes());
        octets
    }

    fn without_checksum(
        &self,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> (Vec<u8>, Option<usize>) {
        let ports = [
            source.port().to_be_bytes(),
            destination.port().to_be_bytes(),
        ]
        .concat();
        match self {
            Self::Udp(payload) => {
                let length = (payload.len() + 8) as u16;
                (
                    [&ports, &length.to_be_bytes()[..], &[0; 2], payload].concat(),
                    Some(6),
                )
            }
            Self::Tcp {
                sequence,
                acknowledgement,
                flags,
                payload,
            } => {
                let numbers = [sequence.to_be_bytes(), acknowledgement.to_be_bytes()].concat();
                let rest = [5 << 4, flags.0, 0xff, 0xff, 0, 0, 0, 0];
                ([&ports, &numbers, &rest[..], payload].concat(), Some(16))
            }
            Self::Icmp {
                icmp_type,
                code,
                body,
            } => ([&[*icmp_type, *code, 0, 0][..], body].concat(), Some(2)),
            Self::Protocol(_, octets) => (octets.clone(), None),
        }
    }
}

/// An ESP packet (RFC 4303 §2): SPI, sequence number, and `ciphertext` with its IV and ICV.
#[must_use]
pub fn esp(spi: u32, sequence: u32, ciphertext: &[u8]) -> Vec<u8> {
    [&spi.to_be_bytes(), &sequence.to_be_bytes(), ciphertext].concat()
}

/// What follows the checksum of an ICMP error: four octets of `rest` (unused, or an MTU), then as
/// much of the offending IP packet as `limit` allows.
#[must_use]
pub fn icmp_error_body(rest: u32, offending: &[u8], limit: usize) -> Vec<u8> {
    [
        &rest.to_be_bytes(),
        &offending[..offending.len().min(limit)],
    ]
    .concat()
}
