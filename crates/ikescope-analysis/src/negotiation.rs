//! A negotiation: one attempt to have an IKE SA, with everything that belongs to it.

use std::net::{IpAddr, SocketAddr};

use ikescope_wire::iana::ExchangeType;
use ikescope_wire::observed::{FrameId, Sighting, Timestamp, Transport};
use ikescope_wire::{MessageId, SpiPair};

use crate::few::Few;
use crate::log::Log;
use crate::record::Facts;

/// Sendings of one message that are kept one by one; more are counted.
const SENDINGS_KEPT: usize = 48;
/// Exchanges kept of one negotiation; the oldest answered ones behind the handshake go first.
const EXCHANGES_KEPT: usize = 40;
/// Answered routine kept (liveness checks and the like), the first and the newest; others are counted.
const ROUTINE_KEPT: usize = 2;
/// The newest informationals of IKEv1 that are kept. Neither an answer nor its absence is part of them:
/// only a row of them tells that nobody answers.
const INFORMATIONALS_KEPT: usize = 6;

/// The two ends of an IKE SA.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Sent the first message.
    Initiator,
    /// Answered it.
    Responder,
}

impl Role {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }

    /// The word of the report contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initiator => "initiator",
            Self::Responder => "responder",
        }
    }
}

/// What kind of negotiation this is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Mode {
    /// IKEv2.
    Ikev2,
    /// IKEv1 main mode (identity protection).
    Main,
    /// IKEv1 aggressive mode.
    Aggressive,
    /// IKEv1 whose phase 1 was not seen.
    QuickOnly,
    /// Nothing seen tells.
    Unknown,
}

impl Mode {
    /// The word of the report contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ikev2 => "ikev2",
            Self::Main => "main",
            Self::Aggressive => "aggressive",
            Self::QuickOnly => "quick-only",
            Self::Unknown => "unknown",
        }
    }
}

/// One sending of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sending {
    /// The frame (the completing one, if the datagram was fragmented).
    pub frame: FrameId,
    /// When.
    pub time: Timestamp,
    /// TTL or hop limit.
    pub hop_limit: u8,
    /// IP identification.
    pub ip_id: Option<u32>,
    /// Whether fragments of this sending are missing from the capture.
    pub incomplete: bool,
    /// Its ends, where they are not those of the flight's first sending.
    pub(crate) moved: Option<Box<Ends>>,
}

/// Sender and receiver by the IP header.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ends {
    /// Sender.
    pub source: SocketAddr,
    /// Receiver.
    pub destination: SocketAddr,
}

impl Ends {
    pub(crate) const fn of(sighting: &Sighting) -> Self {
        Self {
            source: sighting.source,
            destination: sighting.destination,
        }
    }
}

impl Sending {
    pub(crate) const fn of(sighting: &Sighting, incomplete: bool) -> Self {
        Self {
            frame: sighting.frame,
            time: sighting.time,
            hop_limit: sighting.hop_limit,
            ip_id: sighting.ip_id,
            incomplete,
            moved: None,
        }
    }
}

/// One fragment of a message (RFC 7383, or payload 132 of IKEv1).
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Number, counted from 1.
    pub number: u16,
    /// Total, as this fragment says; 0 where it does not.
    pub total: u16,
    /// Frame of its first sending.
    pub frame: FrameId,
    /// How often it was sent.
    pub sendings: u32,
    /// Tells repeats from fragments of other messages.
    pub(crate) digest: u64,
}

/// One message and all its sendings.
#[derive(Clone, Debug)]
pub struct Flight {
    /// What it says, by its first sending.
    pub facts: Facts,
    /// What carried it.
    pub transport: Transport,
    /// Sender and receiver of the first sending.
    pub ends: Ends,
    /// The sendings in time order: the first 47 one by one, and the newest.
    pub sendings: Few<Sending>,
    /// All sendings.
    pub sent: u32,
    /// Copies made by the capture or seen on another interface: the same packet twice.
    pub duplicates: u32,
    /// The first such copy; its addresses differ where a NAT stands between two taps.
    pub first_duplicate: Option<Box<Sending>>,
    /// Frames of the IP fragments of the first sending; empty if it was not fragmented.
    pub ip_fragments: Box<[u64]>,
    /// Fragments of the message, if it was cut by RFC 7383.
    pub parts: Vec<Part>,
}

impl Flight {
    pub(crate) fn new(
        facts: Facts,
        transport: Transport,
        ends: Ends,
        sending: Sending,
        ip_fragments: Box<[u64]>,
    ) -> Self {
        Self {
            facts,
            transport,
            ends,
            sendings: Few::one(sending),
            sent: 1,
            duplicates: 0,
            first_duplicate: None,
            ip_fragments,
            parts: Vec::new(),
        }
    }

    /// Puts a new flight of one sending in the place of this one; the room for sendings stays.
    pub(crate) fn replace(&mut self, new: Self) {
        let Self {
            facts,
            transport,
            ends,
            sendings,
            sent,
            duplicates,
            first_duplicate,
            ip_fragments,
            parts,
        } = new;
        self.sendings.restart(sendings.into_oldest());
        self.facts = facts;
        self.transport = transport;
        self.ends = ends;
        (self.sent, self.duplicates) = (sent, duplicates);
        self.first_duplicate = first_duplicate;
        self.ip_fragments = ip_fragments;
        self.parts = parts;
    }

    /// Sender and receiver of one of the sendings.
    #[must_use]
    pub fn ends_of(&self, sending: &Sending) -> Ends {
        sending.moved.as_deref().copied().unwrap_or(self.ends)
    }

    /// The sending with its ends noted, if they are others than those of the first.
    pub(crate) fn note_ends(&self, mut sending: Sending, ends: Ends) -> Sending {
        sending.moved = (ends != self.ends).then(|| Box::new(ends));
        sending
    }

    /// Reads something of each part of the flight: see [`crate::roster::Roster::warm`].
    pub(crate) fn touch(&self) -> i64 {
        i64::from(self.sent)
            ^ i64::from(self.facts.length)
            ^ i64::from(self.ends.source.port())
            ^ i64::from(self.ends.destination.port())
            ^ i64::from(self.sendings.len() as u32)
    }

    pub(crate) fn send_again(&mut self, sending: Sending) {
        if self.sendings.len() < SENDINGS_KEPT {
            self.sendings.push(sending);
        } else if let Some(newest) = self.sendings.last_mut() {
            *newest = sending;
        }
        self.sent += 1;
    }

    /// The first sending.
    #[must_use]
    pub fn first(&self) -> &Sending {
        self.sendings.oldest()
    }

    /// The newest sending.
    #[must_use]
    pub fn last(&self) -> &Sending {
        self.sendings.newest()
    }

    /// How often it was sent again.
    #[must_use]
    pub const fn repeats(&self) -> u32 {
        self.sent - 1
    }

    /// Nanoseconds between consecutive sendings.
    pub fn intervals(&self) -> impl Iterator<Item = i64> + '_ {
        self.sendings
            .windows(2)
            .map(|pair| pair[1].time.since(pair[0].time))
    }

    /// Whether either end of its first sending is on this port.
    #[must_use]
    pub fn is_on_port(&self, port: u16) -> bool {
        self.ends.destination.port() == port || self.ends.source.port() == port
    }

    /// How many fragments the message has, as those that were seen say; `None` if it has none, or if
    /// they do not say: those of IKEv1 have the last one say it.
    #[must_use]
    pub fn parts_in_all(&self) -> Option<u16> {
        let mut totals = self.parts.iter().map(|part| part.total);
        totals.find(|total| *total > 0)
    }

    /// Whether fragments of it were not seen although others were.
    #[must_use]
    pub fn lacks_parts(&self) -> bool {
        let total = self.parts_in_all();
        let lacks = |total| self.parts.len() < usize::from(total);
        !self.parts.is_empty() && total.is_none_or(lacks)
    }
}

/// A request, its response, and their repeats.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Exchange type.
    pub exchange_type: ExchangeType,
    /// Message ID.
    pub message_id: MessageId,
    /// Who asked.
    pub from: Role,
    /// Which IKE SA of the negotiation: 0 is the first, each rekey adds one.
    pub generation: u16,
    /// Position in an IKEv1 mode: 1 for messages 1 and 2, 3 for 3 and 4, 5 for 5 and 6. 0 in IKEv2.
    pub step: u8,
    /// The request, if it was seen.
    pub request: Option<Box<Flight>>,
    /// The response, if it was seen.
    pub response: Option<Box<Flight>>,
}

impl Exchange {
    /// When anything of it was first seen.
    #[must_use]
    pub fn first_time(&self) -> Timestamp {
        let request = self.request.as_deref().map(|flight| flight.first().time);
        let response = self.response.as_deref().map(|flight| flight.first().time);
        request
            .into_iter()
            .chain(response)
            .min()
            .unwrap_or_default()
    }

    /// When anything of it was last seen.
    #[must_use]
    pub fn last_time(&self) -> Timestamp {
        let request = self.request.as_deref().map(|flight| flight.last().time);
        let response = self.response.as_deref().map(|flight| flight.last().time);
        request
            .into_iter()
            .chain(response)
            .max()
            .unwrap_or_default()
    }

    /// Whether a response was seen.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        self.response.is_some()
    }

    /// Nanoseconds from the newest request before the first response to that response.
    #[must_use]
    pub fn response_time(&self) -> Option<i64> {
        let response = self.response.as_deref()?.first().time;
        let request = self.request.as_deref()?;
        let asked = request
            .sendings
            .iter()
            .rev()
            .find(|sending| sending.time <= response)?;
        Some(response.since(asked.time))
    }

    /// The facts of the request.
    #[must_use]
    pub fn asked(&self) -> Option<&Facts> {
        self.request.as_deref().map(|flight| &flight.facts)
    }

    /// The facts of the response.
    #[must_use]
    pub fn answered(&self) -> Option<&Facts> {
        self.response.as_deref().map(|flight| &flight.facts)
    }

    /// Who sent this flight of it.
    #[must_use]
    pub const fn sender(&self, is_response: bool) -> Role {
        if is_response {
            self.from.other()
        } else {
            self.from
        }
    }
}

/// An ICMP error about a packet of this negotiation or tunnel.
#[derive(Clone, Copy, Debug)]
pub struct IcmpReport {
    /// Frame of the error.
    pub frame: FrameId,
    /// When.
    pub time: Timestamp,
    /// Who complains.
    pub reporter: IpAddr,
    /// ICMP version, 4 or 6.
    pub version: u8,
    /// Type.
    pub icmp_type: u8,
    /// Code.
    pub code: u8,
    /// Next-hop MTU, octets.
    pub mtu: Option<u32>,
    /// Source of the quoted packet.
    pub quoted_source: SocketAddr,
    /// Destination of the quoted packet.
    pub quoted_destination: SocketAddr,
    /// Transport of the quoted packet.
    pub quoted_transport: Transport,
    /// Length of the quoted IP packet, octets.
    pub quoted_ip_length: u32,
    /// Whether the quotation is of an IKE message (and not of ESP).
    pub quotes_ike: bool,
}

/// A TCP segment that opened or refused a connection.
#[derive(Clone, Copy, Debug)]
pub struct TcpReport {
    /// The frame.
    pub frame: FrameId,
    /// When.
    pub time: Timestamp,
    /// Sender.
    pub source: SocketAddr,
    /// Receiver.
    pub destination: SocketAddr,
    /// What it says.
    pub kind: ikescope_wire::observed::TcpSignalKind,
}

/// A datagram between the peers of which fragments never appeared.
#[derive(Clone, Debug)]
pub struct IncompleteReport {
    /// Frames of the fragments seen.
    pub fragments: Box<[u64]>,
    /// The input of those frames, and the first of them.
    pub frame: FrameId,
    /// When the first was seen.
    pub time: Timestamp,
    /// Sender.
    pub source: IpAddr,
    /// Receiver.
    pub destination: IpAddr,
    /// Whether the first fragment was seen.
    pub first_seen: bool,
    /// Whether the last fragment was seen.
    pub last_seen: bool,
}

/// One attempt to have an IKE SA.
#[derive(Clone, Debug)]
pub struct Negotiation {
    /// Number of the attempt in the whole input, from 1, in order of appearance.
    pub id: u32,
    /// Major version that the headers claim.
    pub ike_version: u8,
    /// IKEv2, or the mode of IKEv1.
    pub mode: Mode,
    /// The initiator as first seen.
    pub initiator: SocketAddr,
    /// The responder as first seen.
    pub responder: SocketAddr,
    /// The SPIs; the responder's as newest seen.
    pub spis: SpiPair,
    /// SPIs of the IKE SAs that followed by rekeying.
    pub successors: Vec<SpiPair>,
    /// Exchanges in order of appearance.
    pub exchanges: Vec<Exchange>,
    /// Exchanges that were let go to bound memory; all of them had been answered.
    pub exchanges_dropped: u64,
    /// Whether the first message seen is the first of the protocol.
    pub seen_from_start: bool,
    /// Addresses the initiator was seen with.
    pub initiator_addresses: Few<IpAddr>,
    /// Addresses the responder was seen with.
    pub responder_addresses: Few<IpAddr>,
    /// Ports of the initiator in order of appearance.
    pub initiator_ports: Few<u16>,
    /// ICMP errors that quote its messages, the first sixteen.
    pub icmp: Vec<IcmpReport>,
    /// What the log of an end says of it.
    pub log: Option<Box<Log>>,
    /// First message.
    pub first_time: Timestamp,
    /// Newest message.
    pub last_time: Timestamp,
    /// How many attempts this record stands for.
    pub attempts: u32,
    /// First message of the first attempt folded into this record.
    pub attempts_since: Timestamp,
    /// Start times of the attempts, the newest 64.
    pub attempt_times: Few<Timestamp>,
    /// Frames of the first attempt's first message.
    pub first_frame: FrameId,
}

impl Negotiation {
    /// The addresses of one end, first seen first.
    #[must_use]
    pub fn addresses(&self, role: Role) -> &[IpAddr] {
        match role {
            Role::Initiator => &self.initiator_addresses,
            Role::Responder => &self.responder_addresses,
        }
    }

    /// One end as first seen.
    #[must_use]
    pub const fn end(&self, role: Role) -> SocketAddr {
        match role {
            Role::Initiator => self.initiator,
            Role::Responder => self.responder,
        }
    }

    /// The exchanges of this type.
    pub fn of_type(
        &self,
        exchange_type: ExchangeType,
    ) -> impl DoubleEndedIterator<Item = &Exchange> {
        self.exchanges
            .iter()
            .filter(move |exchange| exchange.exchange_type == exchange_type)
    }

    /// Every flight with its exchange and whether it is a response.
    pub fn flights(&self) -> impl Iterator<Item = (&Exchange, bool, &Flight)> {
        self.exchanges.iter().flat_map(|exchange| {
            let request = exchange
                .request
                .as_deref()
                .map(|flight| (exchange, false, flight));
            let response = exchange
                .response
                .as_deref()
                .map(|flight| (exchange, true, flight));
            request.into_iter().chain(response)
        })
    }

    /// Flights that this end sent.
    pub fn flights_of(&self, role: Role) -> impl Iterator<Item = &Flight> {
        self.flights()
            .filter(move |(exchange, is_response, _)| exchange.sender(*is_response) == role)
            .map(|(_, _, flight)| flight)
    }

    /// Whether this end was seen sending anything.
    #[must_use]
    pub fn heard(&self, role: Role) -> bool {
        self.flights_of(role).next().is_some()
    }

    /// The exchange that holds the answered or open request `exchange_type`, newest first.
    #[must_use]
    pub fn newest(&self, exchange_type: ExchangeType) -> Option<&Exchange> {
        self.of_type(exchange_type).next_back()
    }

    /// The frame of the first message.
    #[must_use]
    pub fn first_flight(&self) -> Option<&Flight> {
        self.flights()
            .map(|(_, _, flight)| flight)
            .min_by_key(|flight| flight.first().time)
    }

    /// The handshake tells the story; what goes is answered routine, the oldest first.
    pub(crate) fn touch(&self) -> i64 {
        self.last_time.0
            ^ i64::from(self.id)
            ^ i64::from(self.initiator.port())
            ^ i64::from(self.initiator_ports.len() as u32)
            ^ i64::from(self.initiator_addresses.len() as u32)
            ^ i64::from(self.responder_addresses.len() as u32)
            ^ i64::from(self.exchanges.len() as u32)
            ^ i64::from(self.spis.responder.0[0])
    }

    pub(crate) fn bound_exchanges(&mut self) {
        let routine = |exchange: &Exchange| {
            exchange.exchange_type == ExchangeType::INFORMATIONAL_V1
                || (exchange.exchange_type == ExchangeType::INFORMATIONAL && exchange.is_answered())
        };
        let newest = self.exchanges.last().is_some_and(routine);
        let newest_kept = if self.ike_version == 1 {
            INFORMATIONALS_KEPT
        } else {
            ROUTINE_KEPT
        };
        if newest
            && self
                .exchanges
                .iter()
                .filter(|exchange| routine(exchange))
                .count()
                > ROUTINE_KEPT + newest_kept
        {
            // The first few and the newest few stay: how it began and how it ended.
            let victim = self
                .exchanges
                .iter()
                .enumerate()
                .filter(|(_, exchange)| routine(exchange))
                .nth(ROUTINE_KEPT);
            if let Some((index, _)) = victim {
                self.exchanges.remove(index);
                self.exchanges_dropped += 1;
            }
        }
        if self.exchanges.len() > EXCHANGES_KEPT {
            self.exchanges.remove(EXCHANGES_KEPT / 2);
            self.exchanges_dropped += 1;
        }
    }
}
