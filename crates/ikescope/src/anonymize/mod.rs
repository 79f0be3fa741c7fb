//! A capture that can be shown: the same packets at the same times, and nobody to be known by them.
//!
//! Addresses get stand-ins of their kind, identities and certificates are overwritten, whatever is
//! encrypted or belongs to no negotiation is blanked. Lengths, TTLs, ports, SPIs, proposals, Vendor
//! IDs and what NAT detection says stay, so that the verdict does. Checksums are brought along.
//!
//! Frames go through in order. One that holds a part of something waits for the others.

mod checksum;
mod der;
mod icmp;
pub(crate) mod ike;
mod link;
pub(crate) mod nat;
mod packet;
mod spread;
pub(crate) mod stand_ins;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use self::checksum::{bring_along, sum};
use self::packet::{Part, Rewriter, Whole};
use self::spread::{Fill, Fragments, Hole, Stream};
use crate::commands::recapture::held::Held;

/// Frames on their way.
pub(crate) struct Anonymizer {
    rewriter: Rewriter,
    /// The frames that are not given back yet, each with the input it is of.
    waiting: VecDeque<Waiting>,
    /// Number of the first of them.
    first: u64,
    fragments: Fragments,
    streams: BTreeMap<(SocketAddr, SocketAddr), Stream>,
}

struct Waiting {
    input: usize,
    frame: Held,
    holes: usize,
}

impl Anonymizer {
    /// `ports` are those that carry IKE besides the usual ones.
    pub(crate) fn new(ports: &[u16]) -> Self {
        Self {
            rewriter: Rewriter::new(ports),
            waiting: VecDeque::new(),
            first: 0,
            fragments: Fragments::default(),
            streams: BTreeMap::new(),
        }
    }

    /// Takes a frame of an input.
    pub(crate) fn push(&mut self, input: usize, mut frame: Held) {
        frame.comments.clear();
        let number = self.first + self.waiting.len() as u64;
        let parts = link::frame(&mut self.rewriter, frame.link, &mut frame.octets);
        let octets: Vec<Vec<u8>> = parts
            .iter()
            .map(|part| frame.octets[part.range.clone()].to_vec())
            .collect();
        self.waiting.push_back(Waiting {
            input,
            frame,
            holes: parts.len(),
        });
        for (part, octets) in parts.into_iter().zip(octets) {
            let fills = self.add(number, part, octets);
            self.fill(fills);
        }
        if self.waiting.len() > MAX_WAITING || self.streams.len() > MAX_STREAMS {
            self.settle();
        }
    }

    /// Gives back the next frame that waits for nothing, and which input it is of.
    pub(crate) fn pop(&mut self) -> Option<(usize, Held)> {
        self.waiting.front().filter(|waiting| waiting.holes == 0)?;
        let next = self.waiting.pop_front()?;
        self.first += 1;
        Some((next.input, next.frame))
    }

    /// Gives up waiting for parts that have not come.
    pub(crate) fn settle(&mut self) {
        let mut fills = self.fragments.settle(&mut self.rewriter);
        for stream in self.streams.values_mut() {
            fills.append(&mut stream.settle(&mut self.rewriter));
        }
        if self.streams.len() > MAX_STREAMS {
            self.streams.clear();
        }
        self.fill(fills);
    }

    fn add(&mut self, frame: u64, part: Part, octets: Vec<u8>) -> Vec<Fill> {
        let range = part.range;
        match part.whole {
            Whole::Datagram { key, offset, more } => {
                let hole = Hole {
                    frame,
                    range,
                    checksum: None,
                };
                let place = (key, offset, more);
                self.fragments.add(&mut self.rewriter, place, octets, hole)
            }
            Whole::Stream {
                ends,
                sequence,
                opens,
                checksum,
            } => {
                let hole = Hole {
                    frame,
                    range,
                    checksum: Some(checksum),
                };
                let stream = self
                    .streams
                    .entry(ends)
                    .or_insert_with(|| Stream::new(ends));
                stream.add(&mut self.rewriter, (sequence, opens), octets, hole)
            }
        }
    }

    fn fill(&mut self, fills: Vec<Fill>) {
        for (hole, octets) in fills {
            let index = hole.frame.checked_sub(self.first);
            let waiting =
                index.and_then(|index| self.waiting.get_mut(usize::try_from(index).ok()?));
            let Some(waiting) = waiting else {
                continue;
            };
            waiting.holes -= 1;
            let frame = &mut waiting.frame.octets;
            let place = &mut frame[hole.range];
            let before = sum(place);
            place.copy_from_slice(&octets);
            let after = sum(place);
            if let Some(at) = hole.checksum {
                bring_along(frame, at, before, after);
            }
        }
    }
}

/// Frames that wait at most; a capture in which a part never comes goes on.
const MAX_WAITING: usize = 4096;
/// Connections that are followed at once.
const MAX_STREAMS: usize = 4096;
