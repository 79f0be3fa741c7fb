//! ESP and AH flows: what one SPI carried in one direction.

use std::net::{IpAddr, SocketAddr};

use ikescope_wire::observed::{FrameId, Sighting, Timestamp, Transport};

use crate::activity::Activity;
use crate::carried::Carried;
use crate::pace::Pace;

/// How far back a sequence number may lie to be reordering and not a replay, packets.
const WINDOW: u32 = 64;

/// Identifies a flow: the SPI belongs to the receiver (RFC 4301 §4.1), the addresses tell apart
/// what different senders and moves (MOBIKE) made of it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FlowKey {
    /// Sender by the IP header.
    pub source: IpAddr,
    /// Receiver by the IP header.
    pub destination: IpAddr,
    /// SPI.
    pub spi: u32,
}

/// What carries the packets of a flow.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum FlowEncapsulation {
    /// ESP as IP protocol 50.
    Esp,
    /// ESP in UDP (RFC 3948).
    Udp,
    /// ESP in TCP (RFC 9329).
    Tcp,
    /// AH, IP protocol 51.
    Ah,
}

impl FlowEncapsulation {
    /// The word of the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Esp => "esp",
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Ah => "ah",
        }
    }

    pub(crate) const fn of(transport: Transport) -> Self {
        match transport {
            Transport::Esp => Self::Esp,
            Transport::Ah => Self::Ah,
            Transport::Tcp => Self::Tcp,
            _ => Self::Udp,
        }
    }
}

/// Packets of one SPI in one direction.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Sender, with the port as newest seen (0 without UDP).
    pub source: SocketAddr,
    /// Receiver, with the port as newest seen.
    pub destination: SocketAddr,
    /// SPI.
    pub spi: u32,
    /// What carries it.
    pub encapsulation: FlowEncapsulation,
    /// Packets, copies made by the capture left out.
    pub packets: u64,
    /// Octets from the ESP header to the integrity check value.
    pub bytes: u64,
    /// First packet.
    pub first_frame: FrameId,
    /// Newest packet.
    pub last_frame: FrameId,
    /// Time of the first packet.
    pub first_time: Timestamp,
    /// Time of the newest packet.
    pub last_time: Timestamp,
    /// First sequence number seen.
    pub first_sequence: u32,
    /// Highest sequence number seen.
    pub highest_sequence: u32,
    /// Sequence numbers that were skipped and did not appear later.
    pub lost: u64,
    /// Packets with a sequence number seen before, not copies made by the capture.
    pub replayed: u64,
    /// Copies made by the capture.
    pub duplicates: u64,
    /// Octets of the largest packet.
    pub largest: u32,
    /// TTL or hop limit of the newest packet.
    pub hop_limit: u8,
    /// Runs of large packets of one size, one by one, and silences: what a path that drops large
    /// packets looks like.
    pub pace: Pace,
    /// When it carried packets.
    pub activity: Activity,
    /// What they carried, where their keys are known.
    pub carried: Option<Box<Carried>>,
    /// Which of the last 64 sequence numbers were seen, newest in bit 0.
    seen: u64,
    last_ip_id: Option<u32>,
}

/// One packet of a flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    pub(crate) spi: u32,
    pub(crate) sequence: u32,
    pub(crate) octets: u32,
    pub(crate) transport: Transport,
}

impl Flow {
    pub(crate) fn new(sighting: &Sighting, packet: Packet) -> Self {
        Self {
            source: sighting.source,
            destination: sighting.destination,
            spi: packet.spi,
            encapsulation: FlowEncapsulation::of(packet.transport),
            packets: 1,
            bytes: packet.octets as u64,
            first_frame: sighting.frame,
            last_frame: sighting.frame,
            first_time: sighting.time,
            last_time: sighting.time,
            first_sequence: packet.sequence,
            highest_sequence: packet.sequence,
            lost: 0,
            replayed: 0,
            duplicates: 0,
            largest: packet.octets,
            hop_limit: sighting.hop_limit,
            pace: Pace::new(sighting, packet.octets),
            activity: Activity::new(sighting.time),
            carried: None,
            seen: 1,
            last_ip_id: sighting.ip_id,
        }
    }

    pub(crate) fn add(&mut self, sighting: &Sighting, packet: Packet) {
        if self.is_copy(sighting, packet) {
            self.duplicates += 1;
            return;
        }
        let skipped = self.sequence(packet.sequence);
        self.activity.add(sighting.time, skipped);
        self.pace.add(sighting, packet.octets, self.last_time);
        self.packets += 1;
        self.bytes += u64::from(packet.octets);
        self.largest = self.largest.max(packet.octets);
        self.source = sighting.source;
        self.destination = sighting.destination;
        self.last_frame = sighting.frame;
        self.last_time = sighting.time;
        self.hop_limit = sighting.hop_limit;
        self.last_ip_id = sighting.ip_id;
    }

    /// The same packet again: a mirror port or a second interface, not the network.
    fn is_copy(&self, sighting: &Sighting, packet: Packet) -> bool {
        packet.sequence == self.highest_sequence
            && sighting.time.since(self.last_time) < 100_000_000
            && sighting.ip_id == self.last_ip_id
    }

    /// Takes note of a sequence number; how many were skipped before it.
    fn sequence(&mut self, sequence: u32) -> u32 {
        if let Some(ahead) = sequence
            .checked_sub(self.highest_sequence)
            .filter(|ahead| *ahead > 0)
        {
            self.lost += u64::from(ahead - 1);
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest_sequence = sequence;
            return ahead - 1;
        }
        let behind = self.highest_sequence - sequence;
        if behind >= WINDOW || self.seen & (1 << behind) != 0 {
            self.replayed += 1;
        } else {
            self.seen |= 1 << behind;
            // It came late: what was counted as lost is here after all, unless it lies before the
            // first one seen.
            if sequence > self.first_sequence {
                self.lost = self.lost.saturating_sub(1);
            }
        }
        0
    }

    /// Key of this flow.
    #[must_use]
    pub const fn key(&self) -> FlowKey {
        FlowKey {
            source: self.source.ip(),
            destination: self.destination.ip(),
            spi: self.spi,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(sequences: &[u32]) -> Flow {
        let mut sighting = Sighting {
            frame: FrameId::default(),
            time: Timestamp(0),
            source: ([192, 0, 2, 1], 0).into(),
            destination: ([198, 51, 100, 1], 0).into(),
            hop_limit: 64,
            ip_id: Some(0),
            interface: 0,
            ip_length: 100,
        };
        let packet = |sequence| Packet {
            spi: 1,
            sequence,
            octets: 80,
            transport: Transport::Esp,
        };
        let mut flow = Flow::new(&sighting, packet(sequences[0]));
        for sequence in &sequences[1..] {
            sighting.ip_id = sighting.ip_id.map(|id| id + 1);
            flow.add(&sighting, packet(*sequence));
        }
        flow
    }

    #[test]
    fn counts_gaps_but_not_reordering() {
        assert_eq!(
            (flow(&[1, 2, 5, 6]).lost, flow(&[1, 2, 5, 6]).replayed),
            (2, 0)
        );
        assert_eq!(
            (flow(&[1, 3, 2, 4]).lost, flow(&[1, 3, 2, 4]).replayed),
            (0, 0)
        );
    }

    #[test]
    fn counts_a_replay_and_something_far_behind() {
        assert_eq!(flow(&[1, 2, 2]).replayed, 1);
        assert_eq!(flow(&[100, 200, 100]).replayed, 1);
    }

    #[test]
    fn survives_the_largest_sequence_number() {
        assert_eq!(flow(&[0, u32::MAX]).lost, u64::from(u32::MAX) - 1);
    }
}
