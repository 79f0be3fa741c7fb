//! What is spread over several frames, IP fragments and TCP segments: put together, blanked, and put
//! back where it came from.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;

use ikescope_wire::encapsulation::TCP_STREAM_PREFIX;

use super::nat::Ends;
use super::packet::{Context, DatagramKey, Parts, Rewriter};

/// A place in a frame that waits for its octets.
#[derive(Clone, Debug)]
pub(crate) struct Hole {
    /// Number of the frame that it is in.
    pub(crate) frame: u64,
    pub(crate) range: Range<usize>,
    /// Where in the frame the checksum over it stands, if it is to be brought along.
    pub(crate) checksum: Option<usize>,
}

/// What a hole is filled with.
pub(crate) type Fill = (Hole, Vec<u8>);

/// The datagrams of which not all fragments are there yet.
#[derive(Debug, Default)]
pub(crate) struct Fragments {
    open: BTreeMap<DatagramKey, Vec<Fragment>>,
    /// As they were and as they became, for those that come again.
    done: VecDeque<(DatagramKey, Vec<u8>, Vec<u8>)>,
}

#[derive(Debug)]
struct Fragment {
    offset: usize,
    more: bool,
    octets: Vec<u8>,
    hole: Hole,
}

impl Fragments {
    /// Takes a fragment; gives what can be filled now.
    pub(crate) fn add(
        &mut self,
        rewriter: &mut Rewriter,
        (key, offset, more): (DatagramKey, usize, bool),
        octets: Vec<u8>,
        hole: Hole,
    ) -> Vec<Fill> {
        let range = offset..offset + octets.len();
        let again = self
            .done
            .iter()
            .find(|(other, before, _)| *other == key && before.get(range.clone()) == Some(&octets));
        if let Some((_, _, after)) = again {
            return vec![(hole, after.get(range).unwrap_or_default().to_vec())];
        }
        let fragments = self.open.entry(key).or_default();
        fragments.push(Fragment {
            offset,
            more,
            octets,
            hole,
        });
        fragments.sort_by_key(|fragment| fragment.offset);
        let (joined, is_whole) = join(fragments);
        if !is_whole {
            return Vec::new();
        }
        let fragments = self.open.remove(&key).unwrap_or_default();
        let (before, fills) = blanked(rewriter, key, fragments, joined);
        let (before, after) = before;
        self.done.push_back((key, before, after));
        if self.done.len() > REMEMBERED {
            self.done.pop_front();
        }
        fills
    }

    /// Gives up waiting.
    pub(crate) fn settle(&mut self, rewriter: &mut Rewriter) -> Vec<Fill> {
        let open = std::mem::take(&mut self.open);
        let fills = open.into_iter().flat_map(|(key, fragments)| {
            let (joined, _) = join(&fragments);
            blanked(rewriter, key, fragments, joined).1
        });
        fills.collect()
    }
}

/// What is there from the beginning without a gap, and whether that is all.
fn join(fragments: &[Fragment]) -> (Vec<u8>, bool) {
    let mut joined = Vec::new();
    let mut is_whole = false;
    for fragment in fragments {
        let Some(known) = joined.len().checked_sub(fragment.offset) else {
            break;
        };
        joined.extend_from_slice(fragment.octets.get(known..).unwrap_or_default());
        is_whole |= !fragment.more;
    }
    (joined, is_whole)
}

/// Blanks what was joined; what lies behind a gap becomes zeros.
fn blanked(
    rewriter: &mut Rewriter,
    key: DatagramKey,
    fragments: Vec<Fragment>,
    joined: Vec<u8>,
) -> ((Vec<u8>, Vec<u8>), Vec<Fill>) {
    let mut after = joined.clone();
    let context = Context {
        offset: None,
        depth: 1,
    };
    if !after.is_empty() {
        rewriter.upper(key, &mut after, context, &mut Parts::new());
    }
    let fills = fragments.into_iter().map(|fragment| {
        let length = fragment.octets.len();
        let range = fragment.offset..fragment.offset + length;
        let octets = after
            .get(range)
            .map_or_else(|| vec![0; length], <[u8]>::to_vec);
        (fragment.hole, octets)
    });
    let fills = fills.collect();
    ((joined, after), fills)
}

/// One direction of a TCP connection that may hold IKE (RFC 9329 §3).
#[derive(Debug)]
pub(crate) struct Stream {
    ends: Ends,
    /// What comes next.
    sequence: Option<u32>,
    /// The octets that are remembered: blanked up to `blanked`, as they came behind it.
    octets: Vec<u8>,
    blanked: usize,
    /// Whether the prefix was looked for.
    begun: bool,
    /// Where in `octets` the holes are.
    holes: Vec<(usize, Hole)>,
    /// Segments behind a gap.
    ahead: BTreeMap<u32, (Vec<u8>, Hole)>,
}

impl Stream {
    pub(crate) const fn new(ends: (SocketAddr, SocketAddr)) -> Self {
        Self {
            ends: Ends {
                source: ends.0,
                destination: ends.1,
            },
            sequence: None,
            octets: Vec::new(),
            blanked: 0,
            begun: false,
            holes: Vec::new(),
            ahead: BTreeMap::new(),
        }
    }

    /// Takes a segment; gives what can be filled now.
    pub(crate) fn add(
        &mut self,
        rewriter: &mut Rewriter,
        (sequence, opens): (u32, bool),
        octets: Vec<u8>,
        hole: Hole,
    ) -> Vec<Fill> {
        let mut fills = Vec::new();
        if opens {
            fills = self.settle(rewriter);
            *self = Self {
                sequence: Some(sequence.wrapping_add(1)),
                ..Self::new((self.ends.source, self.ends.destination))
            };
        }
        let sequence = if opens {
            sequence.wrapping_add(1)
        } else {
            sequence
        };
        self.segment(sequence, octets, hole, &mut fills);
        self.blank(rewriter, false);
        self.fill(&mut fills);
        fills
    }

    /// Gives up waiting for what is missing.
    pub(crate) fn settle(&mut self, rewriter: &mut Rewriter) -> Vec<Fill> {
        let mut fills = Vec::new();
        loop {
            self.blank(rewriter, true);
            self.fill(&mut fills);
            let Some((sequence, (octets, hole))) = self.ahead.pop_first() else {
                return fills;
            };
            self.sequence = Some(sequence);
            self.segment(sequence, octets, hole, &mut fills);
        }
    }

    fn segment(&mut self, sequence: u32, octets: Vec<u8>, hole: Hole, fills: &mut Vec<Fill>) {
        let next = *self.sequence.get_or_insert(sequence);
        // Sequence numbers are compared by their distance (RFC 9293 §3.4).
        let distance = sequence.wrapping_sub(next).cast_signed();
        if distance > 0 {
            if let Some((octets, hole)) = self.ahead.insert(sequence, (octets, hole)) {
                fills.push((hole, vec![0; octets.len()]));
            }
            return;
        }
        let back = distance.unsigned_abs() as usize;
        let Some(start) = self.octets.len().checked_sub(back) else {
            fills.push((hole, vec![0; octets.len()]));
            return;
        };
        self.octets
            .extend_from_slice(octets.get(back..).unwrap_or_default());
        let grown = octets.len().saturating_sub(back);
        self.sequence = Some(next.wrapping_add(grown as u32));
        self.holes.push((start, hole));
        let reached = self.sequence.unwrap_or_default();
        let follows = |(sequence, _): &(&u32, &(Vec<u8>, Hole))| {
            sequence.wrapping_sub(reached).cast_signed() <= 0
        };
        if let Some(sequence) = self
            .ahead
            .iter()
            .find(follows)
            .map(|(sequence, _)| *sequence)
            && let Some((octets, hole)) = self.ahead.remove(&sequence)
        {
            self.segment(sequence, octets, hole, fills);
        }
    }

    /// Blanks frame by frame; where no more is to come, also one that is not all there.
    fn blank(&mut self, rewriter: &mut Rewriter, is_all: bool) {
        loop {
            let rest = self.octets.get_mut(self.blanked..).unwrap_or_default();
            if rest.is_empty() {
                return;
            }
            if !self.begun {
                let waits = TCP_STREAM_PREFIX.starts_with(rest) && rest.len() < 6;
                if waits && !is_all {
                    return;
                }
                self.begun = true;
                if rest.starts_with(&TCP_STREAM_PREFIX) {
                    self.blanked += TCP_STREAM_PREFIX.len();
                    continue;
                }
            }
            let length = rest
                .first_chunk()
                .map(|field| usize::from(u16::from_be_bytes(*field)));
            match length {
                Some(length) if length >= LENGTH_FIELD && (is_all || rest.len() >= length) => {
                    let length = length.min(rest.len());
                    let frame = rest.get_mut(LENGTH_FIELD..length).unwrap_or_default();
                    rewriter.tcp_frame(frame, self.ends);
                    self.blanked += length;
                }
                Some(length) if length >= LENGTH_FIELD => return,
                None if !is_all => return,
                _ => {
                    rest.fill(0);
                    self.blanked = self.octets.len();
                }
            }
        }
    }

    /// Fills the holes whose octets are blanked, and forgets what is long past.
    fn fill(&mut self, fills: &mut Vec<Fill>) {
        let (octets, blanked) = (&self.octets, self.blanked);
        self.holes.retain(|(start, hole)| {
            let range = *start..start + hole.range.len();
            match octets.get(range.clone()) {
                Some(octets) if range.end <= blanked => {
                    fills.push((hole.clone(), octets.to_vec()));
                    false
                }
                _ => true,
            }
        });
        if self.holes.is_empty() && self.blanked > 2 * KEPT_OF_STREAM {
            self.octets.drain(..self.blanked - KEPT_OF_STREAM);
            self.blanked = KEPT_OF_STREAM;
        }
    }
}

/// Datagrams that are remembered for copies of their fragments.
const REMEMBERED: usize = 64;
const LENGTH_FIELD: usize = 2;
const KEPT_OF_STREAM: usize = 64 * 1024;
