//! What an observer of a network hands up: the only types that capture and analysis share.
//!
//! An [`Observation`] is either a datagram that may carry IKE, ESP or AH, or a sign from the layers
//! below that tells why one did not arrive: an ICMP error, a TCP reset, a datagram of which
//! fragments are missing. Everything borrows; a live tap builds these itself.

use core::fmt;
use core::net::{IpAddr, SocketAddr};

use crate::input::Input;
use crate::payload::Payloads;
use crate::statement::Statement;

/// Nanoseconds since the Unix epoch. Times before 1970 or after 2262 are clamped by their reader.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From whole seconds and nanoseconds, saturating.
    #[must_use]
    pub const fn new(seconds: i64, nanoseconds: u32) -> Self {
        Self(
            seconds
                .saturating_mul(1_000_000_000)
                .saturating_add(nanoseconds as i64),
        )
    }

    /// Nanoseconds from `earlier` to this time; negative if this is the earlier one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Seconds with nine decimals, as the report contract writes times.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(
            f,
            "{sign}{}.{:09}",
            magnitude.div_euclid(1_000_000_000),
            magnitude.rem_euclid(1_000_000_000)
        )
    }
}

/// Which frame of which input.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FrameId {
    /// Index of the input, in the order given.
    pub input: u16,
    /// Number of the frame in that input, counted from 1 as Wireshark does.
    pub number: u64,
}

/// Where, when and between whom something was seen.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Sighting {
    /// The frame; for a reassembled datagram the one that completed it.
    pub frame: FrameId,
    /// When the frame was captured.
    pub time: Timestamp,
    /// Sender by the IP header, and source port (0 where the protocol has none).
    pub source: SocketAddr,
    /// Receiver by the IP header, and destination port (0 where the protocol has none).
    pub destination: SocketAddr,
    /// IPv4 TTL or IPv6 hop limit; 0 where it is not known: a log does not say it.
    pub hop_limit: u8,
    /// IPv4 identification; `None` for IPv6 without a fragment header.
    pub ip_id: Option<u32>,
    /// Number of the capture interface within its input.
    pub interface: u32,
    /// Octets of the IP packet, header included (of the reassembled one where it was fragmented).
    pub ip_length: u32,
}

/// What carried the octets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Transport {
    /// UDP, any port.
    Udp,
    /// One message of a TCP stream in the encapsulation of RFC 9329, length field removed; the
    /// non-ESP marker is still in front of IKE messages.
    Tcp,
    /// IP protocol 50.
    Esp,
    /// IP protocol 51.
    Ah,
}

/// Octets that arrived whole, or as whole as the capture kept them.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// Where and when.
    pub sighting: Sighting,
    /// What carried it.
    pub transport: Transport,
    /// The octets above the transport header (for ESP and AH: from their own header on).
    pub octets: &'a [u8],
    /// How many octets the datagram had beyond `octets`, cut off by the capture's snap length.
    pub missing: u32,
    /// Frames of the IP fragments it was reassembled from; empty if it was not fragmented.
    pub ip_fragments: &'a [u64],
    /// IPv4 header checksum and UDP checksum verdicts are not taken: offload makes them lie.
    /// Whether the IPv4 Don't Fragment bit was set.
    pub dont_fragment: bool,
    /// What is encrypted in the IKE message that it holds, where the observer was told.
    pub plaintext: Option<Plaintext<'a>>,
}

/// The payloads that are encrypted in a message, as one of its ends shows them: a log prints what the
/// device decrypted, or was about to encrypt. Whoever hands this up has seen that it belongs to the message.
#[derive(Clone, Copy, Debug)]
pub struct Plaintext<'a> {
    /// Type of the first payload, in the registry of the version; 0 if there is none.
    pub first: u8,
    /// Where the payloads stand in the message, octets from the start of its IKE header, if it is known:
    /// ciphertext is as long as what it hides.
    pub offset: Option<usize>,
    /// The payloads, without padding.
    pub octets: &'a [u8],
}

impl<'a> Plaintext<'a> {
    /// The chain, for the same decoder that reads payloads in clear.
    #[must_use]
    pub const fn payloads(&self, ikev2: bool) -> Payloads<'a> {
        let offset = match self.offset {
            Some(offset) => offset,
            None => 0,
        };
        Payloads::new(self.first, Input::at(self.octets, offset), ikev2)
    }
}

/// An ICMP or ICMPv6 error that quotes a UDP, TCP, ESP or AH packet.
#[derive(Clone, Copy, Debug)]
pub struct IcmpError<'a> {
    /// The error itself: from the router or host that complains; ports are 0.
    pub sighting: Sighting,
    /// ICMP version 4 or 6.
    pub version: u8,
    /// ICMP type.
    pub icmp_type: u8,
    /// ICMP code.
    pub code: u8,
    /// Next-hop MTU in octets (fragmentation needed, packet too big), if it names one.
    pub mtu: Option<u32>,
    /// Source of the quoted packet.
    pub quoted_source: SocketAddr,
    /// Destination of the quoted packet.
    pub quoted_destination: SocketAddr,
    /// Transport of the quoted packet.
    pub quoted_transport: Transport,
    /// IP length field of the quoted packet, octets.
    pub quoted_ip_length: u32,
    /// IPv4 identification of the quoted packet.
    pub quoted_ip_id: Option<u32>,
    /// What is quoted above the transport header, often only the first octets.
    pub quoted_octets: &'a [u8],
}

/// A TCP segment that opens or refuses a connection on a port where IKE may run.
#[derive(Clone, Copy, Debug)]
pub struct TcpSignal {
    /// Where and when.
    pub sighting: Sighting,
    /// What the segment says.
    pub kind: TcpSignalKind,
}

/// The segments that matter to a negotiation.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum TcpSignalKind {
    /// SYN without ACK.
    Open,
    /// SYN with ACK.
    Accept,
    /// RST.
    Reset,
    /// FIN.
    Close,
}

/// An IP datagram whose fragments did not all appear before its time or space ran out.
#[derive(Clone, Copy, Debug)]
pub struct IncompleteDatagram<'a> {
    /// Of the first fragment that was seen; ports are 0 unless the fragment at offset 0 was among them.
    pub sighting: Sighting,
    /// IP protocol number of the datagram.
    pub protocol: u8,
    /// Frames of the fragments seen.
    pub fragments: &'a [u64],
    /// Whether the fragment with offset 0 was seen.
    pub first_seen: bool,
    /// Whether the last fragment was seen.
    pub last_seen: bool,
    /// Octets seen of the IP payload.
    pub octets_seen: u32,
    /// What was seen from offset 0 on, above the UDP header; empty without the first fragment.
    pub octets: &'a [u8],
}

/// One thing an observer saw.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Observation<'a> {
    /// A datagram that may carry IKE, ESP or AH.
    Datagram(Datagram<'a>),
    /// An ICMP error about one.
    IcmpError(IcmpError<'a>),
    /// A connection opened, accepted, refused or closed.
    TcpSignal(TcpSignal),
    /// A datagram that could not be put together.
    Incomplete(IncompleteDatagram<'a>),
    /// What the log of one of the ends states.
    Statement(Statement<'a>),
}

impl Observation<'_> {
    /// Where and when.
    #[must_use]
    pub const fn sighting(&self) -> &Sighting {
        match self {
            Self::Datagram(datagram) => &datagram.sighting,
            Self::IcmpError(error) => &error.sighting,
            Self::TcpSignal(signal) => &signal.sighting,
            Self::Incomplete(incomplete) => &incomplete.sighting,
            Self::Statement(statement) => &statement.sighting,
        }
    }
}

/// Frames that could not be followed to a datagram, by reason. Nothing is dropped uncounted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Losses {
    /// Frames of a link type that is not read.
    pub unknown_link: u64,
    /// Frames whose link or IP headers contradict themselves.
    pub malformed: u64,
    /// Frames cut by the snap length before their transport header.
    pub truncated: u64,
    /// IP fragments that were given up because the table of open datagrams was full.
    pub fragments_evicted: u64,
    /// Datagrams of which fragments never appeared.
    pub datagrams_incomplete: u64,
    /// TCP octets that could not be framed: the stream's start was not seen, or a gap was too large.
    pub tcp_unframed: u64,
    /// Frames dropped by the capturing host itself, by its own counters (pcapng statistics).
    pub dropped_by_capture: u64,
}

/// Whether this address may stand on the public Internet's side of a NAT: not private (RFC 1918,
/// RFC 6598, RFC 4193), loopback or link-local.
#[must_use]
pub const fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, _, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || (a == 100 && (b & 0xc0) == 64))
        }
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()),
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    #[test]
    fn prints_times_as_the_report_contract_wants_them() {
        assert_eq!(
            format!("{}", Timestamp::new(1_600_000_000, 1_500)),
            "1600000000.000001500"
        );
        assert_eq!(format!("{}", Timestamp(-1_500_000_000)), "-1.500000000");
    }

    #[test]
    fn knows_private_and_shared_address_space() {
        assert!(!is_public([10, 1, 2, 3].into()));
        assert!(!is_public([100, 64, 0, 1].into()));
        assert!(is_public([198, 51, 100, 7].into()));
    }
}
