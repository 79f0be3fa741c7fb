//! One segment's share of a stream, borrowed from its frame or kept until its turn.

use etherparse::TcpHeaderSlice;
use ikescope_wire::observed::{Datagram, Sighting};

use super::Key;
use crate::octets::length;

/// A segment's share of the stream.
#[derive(Clone, Copy)]
pub(super) struct Segment<'a> {
    /// With its ports.
    pub(super) sighting: Sighting,
    pub(super) dont_fragment: bool,
    pub(super) sequence: u32,
    pub(super) payload: &'a [u8],
    /// Octets of it that the capture cut off.
    pub(super) missing: u32,
}

/// A segment that waits for those before it.
pub(super) struct Ahead {
    pub(super) sighting: Sighting,
    pub(super) dont_fragment: bool,
    pub(super) sequence: u32,
    pub(super) payload: Vec<u8>,
    pub(super) missing: u32,
}

impl<'a> Segment<'a> {
    pub(super) fn of(datagram: &Datagram<'a>, header: &TcpHeaderSlice<'_>) -> Self {
        let mut sighting = datagram.sighting;
        sighting.source.set_port(header.source_port());
        sighting.destination.set_port(header.destination_port());
        let payload = datagram.octets.get(header.slice().len()..);
        Self {
            sighting,
            dont_fragment: datagram.dont_fragment,
            // A SYN takes one sequence number.
            sequence: header
                .sequence_number()
                .wrapping_add(u32::from(header.syn())),
            payload: payload.unwrap_or_default(),
            missing: datagram.missing,
        }
    }

    pub(super) const fn key(&self) -> Key {
        Key {
            source: self.sighting.source,
            destination: self.sighting.destination,
        }
    }

    /// Octets of the stream it had on the wire.
    pub(super) fn length(&self) -> u32 {
        length(self.payload.len()).saturating_add(self.missing)
    }

    /// What is left of it without its first octets; `None` if nothing.
    pub(super) fn without(mut self, octets: u32) -> Option<Self> {
        let left = self.length().checked_sub(octets).filter(|&left| left > 0)?;
        self.payload = self.payload.get(octets as usize..).unwrap_or_default();
        self.missing = left - length(self.payload.len());
        self.sequence = self.sequence.wrapping_add(octets);
        Some(self)
    }
}

impl Ahead {
    pub(super) fn segment(&self) -> Segment<'_> {
        Segment {
            sighting: self.sighting,
            dont_fragment: self.dont_fragment,
            sequence: self.sequence,
            payload: &self.payload,
            missing: self.missing,
        }
    }
}
