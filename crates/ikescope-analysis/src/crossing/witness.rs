//! What one of two captures saw: every IKE message on its own, and the ESP sequence numbers per SPI.

use std::net::IpAddr;

use foldhash::HashMap;
use ikescope_wire::observed::{
    Datagram, FrameId, IncompleteDatagram, Observation, Sighting, Timestamp, Transport,
};
use ikescope_wire::{AhHeader, Encapsulation, EspHeader, Header};

use crate::negotiation::Ends;
use crate::ports::Ports;
use crate::record;

/// IKE messages kept of one capture; more are counted.
const MESSAGES_KEPT: usize = 1 << 20;
/// ESP sequence numbers kept of one capture; more are counted.
const SEQUENCES_KEPT: usize = 1 << 23;
/// Octets that tell a message from all others, its length added: cut captures keep so many.
const TELLING: usize = 128;

/// One sending of one IKE message, as one capture saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The frame; of a fragmented datagram the one that completed it.
    pub frame: FrameId,
    /// When, by the clock of that capture.
    pub time: Timestamp,
    /// From where to where, as the packet looked there.
    pub ends: Ends,
    /// TTL or hop limit.
    pub hop_limit: u8,
    /// IP identification, where it tells packets apart.
    pub ip_id: Option<u32>,
    /// The IKE header.
    pub header: Header,
    /// The IP fragments seen of it; empty if it was not fragmented.
    pub fragments: Box<[u64]>,
    /// Whether all of its IP fragments were seen.
    pub whole: bool,
    pub(super) identity: u64,
}

/// ESP or AH packets with one SPI, by sequence number.
#[derive(Clone, Debug)]
pub(super) struct Sequences {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) hop_limit: u8,
    pub(super) numbers: Vec<u32>,
}

/// What one capture saw.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    ports: Ports,
    pub(super) messages: Vec<Seen>,
    pub(super) flows: HashMap<u32, Sequences>,
    /// First and last packet of IKE or its kin; the capture may have run for longer.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    sequences: usize,
    left_out: u64,
}

impl Witness {
    /// A capture that has shown nothing yet. `ike_ports` are UDP ports that carry IKE besides the
    /// well-known ones.
    #[must_use]
    pub fn new(ike_ports: &[u16]) -> Self {
        Self {
            ports: Ports::new(ike_ports),
            ..Self::default()
        }
    }

    /// Takes what the capture saw.
    pub fn observe(&mut self, observation: &Observation<'_>) {
        match observation {
            Observation::Datagram(datagram) => self.datagram(datagram),
            Observation::Incomplete(incomplete) => self.incomplete(incomplete),
            _ => {}
        }
    }

    /// Widens the time that the capture covers to that of its first and last frame.
    pub fn covers(&mut self, first: Timestamp, last: Timestamp) {
        let (from, to) = self.span.unwrap_or((first, last));
        self.span = Some((from.min(first), to.max(last)));
    }

    /// IKE messages seen, each sending counted.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.messages.len()
    }

    /// Messages and ESP packets beyond what is kept, which were not compared.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// From when to when it listened; `None` if it saw nothing at all.
    #[must_use]
    pub const fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.span
    }

    fn datagram(&mut self, datagram: &Datagram<'_>) {
        let sighting = &datagram.sighting;
        if datagram.transport == Transport::Ah {
            if let Ok(header) = AhHeader::decode(datagram.octets) {
                self.packet(sighting, header.spi, header.sequence);
            }
            return;
        }
        match self.ports.read(datagram) {
            Some(Encapsulation::Ike { octets, .. }) => {
                self.message(sighting, octets, datagram.ip_fragments, true);
            }
            Some(Encapsulation::Esp(octets)) => {
                if let Ok(header) = EspHeader::decode(octets) {
                    self.packet(sighting, header.spi, header.sequence);
                }
            }
            _ => {}
        }
    }

    fn incomplete(&mut self, incomplete: &IncompleteDatagram<'_>) {
        let sighting = &incomplete.sighting;
        let ports = [sighting.source.port(), sighting.destination.port()];
        if !ports.iter().any(|port| self.ports.carries_ike(*port)) {
            return;
        }
        let marked = ports.contains(&ikescope_wire::encapsulation::NAT_T_PORT);
        if let Encapsulation::Ike { octets, .. } = Encapsulation::of_udp(incomplete.octets, marked)
        {
            self.message(sighting, octets, incomplete.fragments, false);
        }
    }

    fn message(&mut self, sighting: &Sighting, octets: &[u8], fragments: &[u64], whole: bool) {
        let Ok(header) = Header::decode(octets) else {
            return;
        };
        self.covers(sighting.time, sighting.time);
        if self.messages.len() >= MESSAGES_KEPT {
            self.left_out += 1;
            return;
        }
        self.messages.push(Seen {
            frame: sighting.frame,
            time: sighting.time,
            ends: Ends::of(sighting),
            hop_limit: sighting.hop_limit,
            // Linux numbers datagrams that must not be fragmented with 0.
            ip_id: sighting.ip_id.filter(|id| *id != 0),
            header,
            fragments: fragments.into(),
            whole,
            identity: record::digest(&octets[..octets.len().min(TELLING)]),
        });
    }

    fn packet(&mut self, sighting: &Sighting, spi: u32, sequence: u32) {
        self.covers(sighting.time, sighting.time);
        if self.sequences >= SEQUENCES_KEPT {
            self.left_out += 1;
            return;
        }
        self.sequences += 1;
        let flow = self.flows.entry(spi).or_insert_with(|| Sequences {
            source: sighting.source.ip(),
            destination: sighting.destination.ip(),
            hop_limit: sighting.hop_limit,
            numbers: Vec::new(),
        });
        flow.numbers.push(sequence);
    }
}
