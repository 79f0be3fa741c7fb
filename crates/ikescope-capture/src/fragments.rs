//! IP fragments to datagrams (RFC 791 §3.2, RFC 8200 §4.5), within fixed bounds of count, octets and
//! packet time. Where fragments overlap the first one wins; what never becomes whole is evidence.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use ikescope_wire::observed::{IncompleteDatagram, Sighting, Timestamp};

use crate::ip::{Fragment, Packet};
use crate::octets::{be_u16, length};

/// The datagrams that are not whole yet.
pub(crate) struct Fragments {
    open: HashMap<Key, Open>,
    /// When each of them is given up; the second part makes equal times distinct.
    deadlines: BTreeMap<Deadline, Key>,
    serial: u64,
    /// Octets in all buffers.
    octets: usize,
    spare: Vec<Vec<u8>>,
}

/// A datagram that became whole. Its buffers go back by [`Fragments::recycle`].
pub(crate) struct Whole {
    pub(crate) protocol: u8,
    buffer: Vec<u8>,
    seen: usize,
    /// Octets that the capture cut off.
    pub(crate) missing: u32,
    /// Frames of its fragments.
    pub(crate) frames: Vec<u64>,
    /// Octets of the datagram with its IP header.
    pub(crate) ip_length: u32,
}

impl Whole {
    /// The payload of the datagram as far as it was captured from its start.
    pub(crate) fn octets(&self) -> &[u8] {
        self.buffer.get(..self.seen).unwrap_or_default()
    }
}

/// What became of a fragment.
pub(crate) enum Outcome {
    /// It waits for others.
    Waits,
    /// It completed its datagram.
    Whole(Whole),
    /// Its fields contradict themselves or what its datagram can hold.
    Malformed,
}

type Deadline = (Timestamp, u64);

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Key {
    interface: u32,
    source: IpAddr,
    destination: IpAddr,
    identification: u32,
    /// 0 for IPv6, where only the first fragment tells it for certain (RFC 8200 §4.5).
    protocol: u8,
}

/// One datagram of which fragments were seen.
pub(crate) struct Open {
    /// Of the first fragment seen.
    sighting: Sighting,
    protocol: u8,
    buffer: Vec<u8>,
    /// Ranges of the payload that were seen, sorted, apart from each other.
    covered: Vec<(u32, u32)>,
    /// Length of the payload, known from the last fragment.
    end: Option<u32>,
    /// First octet that the snap length cut off.
    cut: u32,
    frames: Vec<u64>,
    /// Octets in front of the payload, known from the first fragment.
    header_length: u32,
    deadline: Deadline,
    /// Whether a datagram of this identity was whole a moment ago: what follows may be its copies.
    completed: bool,
}

impl Fragments {
    pub(crate) fn new() -> Self {
        Self {
            open: HashMap::new(),
            deadlines: BTreeMap::new(),
            serial: 0,
            octets: 0,
            spare: Vec::new(),
        }
    }

    /// Files a fragment. `lost` gets the datagrams that have to make room for it.
    pub(crate) fn add(
        &mut self,
        sighting: &Sighting,
        packet: &Packet<'_>,
        fragment: Fragment,
        lost: &mut dyn FnMut(&Open),
    ) -> Outcome {
        let announced = length(packet.payload.len()).saturating_add(packet.missing);
        let mut end = fragment.offset.saturating_add(announced);
        if fragment.more {
            // All but the last end at a multiple of eight octets; Linux ignores what is beyond it.
            end -= end % 8;
        }
        if end <= fragment.offset || end > MAX_DATAGRAM {
            return Outcome::Malformed;
        }
        let key = key(sighting, packet);
        let mut open = match self.remove(&key) {
            Some(open) => open,
            None => {
                self.make_room(lost);
                self.new_datagram(sighting)
            }
        };
        if open.covered.is_empty() {
            open.sighting = *sighting;
            open.protocol = packet.protocol;
            open.deadline.0 = after(sighting.time, MAX_AGE);
        }
        open.add(sighting, packet, fragment, end);
        if open.frames.len() > MAX_FRAGMENTS {
            lost(&open);
            return Outcome::Malformed;
        }
        let outcome = if open.is_whole() {
            let spare = self.spare.pop().unwrap_or_default();
            open.deadline.0 = after(sighting.time, COPY_AGE);
            Outcome::Whole(open.take(spare))
        } else {
            Outcome::Waits
        };
        self.file(key, open);
        outcome
    }

    /// Takes back the buffer of a datagram that was handed up.
    pub(crate) fn recycle(&mut self, mut whole: Whole) {
        if self.spare.len() < MAX_SPARE {
            whole.buffer.clear();
            self.spare.push(whole.buffer);
        }
    }

    /// Gives up what is too old at `now`.
    pub(crate) fn expire(&mut self, now: Timestamp, lost: &mut dyn FnMut(&Open)) {
        while let Some((&(deadline, _), &key)) = self.deadlines.first_key_value()
            && deadline <= now
        {
            self.give_up(&key, lost);
        }
    }

    /// Gives up everything, oldest first.
    pub(crate) fn finish(&mut self, lost: &mut dyn FnMut(&Open)) {
        while let Some((_, &key)) = self.deadlines.first_key_value() {
            self.give_up(&key, lost);
        }
    }

    fn new_datagram(&mut self, sighting: &Sighting) -> Open {
        self.serial += 1;
        Open {
            sighting: *sighting,
            protocol: 0,
            buffer: self.spare.pop().unwrap_or_default(),
            covered: Vec::new(),
            end: None,
            cut: u32::MAX,
            frames: Vec::new(),
            header_length: 0,
            deadline: (sighting.time, self.serial),
            completed: false,
        }
    }

    fn file(&mut self, key: Key, open: Open) {
        self.octets += open.buffer.len();
        self.deadlines.insert(open.deadline, key);
        self.open.insert(key, open);
    }

    fn remove(&mut self, key: &Key) -> Option<Open> {
        let open = self.open.remove(key)?;
        self.octets -= open.buffer.len();
        self.deadlines.remove(&open.deadline);
        Some(open)
    }

    fn make_room(&mut self, lost: &mut dyn FnMut(&Open)) {
        while (self.open.len() >= MAX_OPEN || self.octets >= MAX_OCTETS)
            && let Some((_, &key)) = self.deadlines.first_key_value()
        {
            self.give_up(&key, lost);
        }
    }

    fn give_up(&mut self, key: &Key, lost: &mut dyn FnMut(&Open)) {
        if let Some(open) = self.remove(key)
            && !open.is_leftover()
        {
            lost(&open);
        }
    }
}

impl Open {
    /// Fragments that were seen of it.
    pub(crate) const fn fragments(&self) -> u64 {
        self.frames.len() as u64
    }

    /// What to tell of a datagram that never became whole.
    pub(crate) fn incomplete(&self) -> IncompleteDatagram<'_> {
        let first_seen = self.first_end() > 0;
        let seen = self.first_end().min(self.cut) as usize;
        let octets = self.buffer.get(..seen).unwrap_or_default();
        let mut sighting = self.sighting;
        let octets = match (self.protocol, be_u16(octets, 0), be_u16(octets, 2)) {
            (UDP, Some(source), Some(destination)) => {
                sighting.source.set_port(source);
                sighting.destination.set_port(destination);
                octets.get(UDP_HEADER..).unwrap_or_default()
            }
            _ => octets,
        };
        IncompleteDatagram {
            sighting,
            protocol: self.protocol,
            fragments: &self.frames,
            first_seen,
            last_seen: self.end.is_some(),
            octets_seen: self.covered.iter().map(|(start, end)| end - start).sum(),
            octets,
        }
    }

    fn add(&mut self, sighting: &Sighting, packet: &Packet<'_>, fragment: Fragment, end: u32) {
        let end = self.end.map_or(end, |known| known.min(end));
        if !self.cover(fragment.offset, end, packet.payload) {
            return;
        }
        self.frames.push(sighting.frame.number);
        if fragment.offset == 0 {
            self.header_length = header_length(packet);
            // Later fragments of IPv6 may begin with another header's number.
            self.protocol = packet.protocol;
        }
        if !fragment.more && self.end.is_none() {
            self.end = Some(end);
        }
    }

    /// Copies what is new between `start` and `end`; false if nothing is.
    fn cover(&mut self, start: u32, end: u32, payload: &[u8]) -> bool {
        let mut at = start;
        let mut fresh = false;
        for index in 0..=self.covered.len() {
            let (from, to) = match self.covered.get(index) {
                Some(&(from, to)) => (from.min(end), to),
                None => (end, end),
            };
            if at < from {
                self.copy(at, from, start, payload);
                fresh = true;
            }
            at = at.max(to);
            if at >= end {
                break;
            }
        }
        if fresh {
            merge(&mut self.covered, (start, end));
        }
        fresh
    }

    /// Copies the octets `from..to` of the datagram out of a payload that begins at `start`.
    fn copy(&mut self, from: u32, to: u32, start: u32, payload: &[u8]) {
        let captured = start.saturating_add(length(payload.len()));
        if captured < to {
            self.cut = self.cut.min(captured.max(from));
        }
        let to = to.min(captured);
        if from >= to {
            return;
        }
        let (from, to, start) = (from as usize, to as usize, start as usize);
        if self.buffer.len() < to {
            self.buffer.resize(to, 0);
        }
        if let Some(target) = self.buffer.get_mut(from..to)
            && let Some(octets) = payload.get(from - start..to - start)
        {
            target.copy_from_slice(octets);
        }
    }

    /// Where the range that begins at the first octet ends; 0 if that one was not seen.
    fn first_end(&self) -> u32 {
        match self.covered.first() {
            Some(&(0, end)) => end,
            _ => 0,
        }
    }

    fn is_whole(&self) -> bool {
        self.end.is_some_and(|end| self.first_end() >= end)
    }

    /// Whether there is nothing to tell: no fragment, or copies of some that did complete.
    const fn is_leftover(&self) -> bool {
        self.covered.is_empty() || self.completed
    }

    /// Takes the whole datagram out and leaves the place for a copy of it.
    fn take(&mut self, spare: Vec<u8>) -> Whole {
        let end = self.end.take().unwrap_or(0);
        let seen = end.min(self.cut);
        self.cut = u32::MAX;
        self.covered.clear();
        self.completed = true;
        Whole {
            protocol: self.protocol,
            buffer: std::mem::replace(&mut self.buffer, spare),
            seen: seen as usize,
            missing: end - seen,
            frames: std::mem::take(&mut self.frames),
            ip_length: self.header_length.saturating_add(end),
        }
    }
}

fn key(sighting: &Sighting, packet: &Packet<'_>) -> Key {
    Key {
        interface: sighting.interface,
        source: packet.source,
        destination: packet.destination,
        identification: packet.identification.unwrap_or(0),
        protocol: if packet.source.is_ipv4() {
            packet.protocol
        } else {
            0
        },
    }
}

/// Octets in front of the payload; an IPv6 fragment header is gone from the whole datagram.
fn header_length(packet: &Packet<'_>) -> u32 {
    let payload = length(packet.payload.len()).saturating_add(packet.missing);
    let fragment_header = if packet.source.is_ipv4() { 0 } else { 8 };
    packet.length.saturating_sub(payload + fragment_header)
}

/// Adds a range to sorted ranges and joins those that touch.
fn merge(ranges: &mut Vec<(u32, u32)>, (mut start, mut end): (u32, u32)) {
    ranges.retain(|&(from, to)| {
        let apart = to < start || from > end;
        if !apart {
            (start, end) = (start.min(from), end.max(to));
        }
        apart
    });
    let position = ranges.partition_point(|&(from, _)| from < start);
    ranges.insert(position, (start, end));
}

const fn after(time: Timestamp, nanoseconds: i64) -> Timestamp {
    Timestamp(time.0.saturating_add(nanoseconds))
}

const UDP: u8 = 17;
const UDP_HEADER: usize = 8;
/// No datagram is longer.
const MAX_DATAGRAM: u32 = 65_535;
/// The smallest fragments that anybody sends carry 48 octets.
const MAX_FRAGMENTS: usize = 1366;
/// Datagrams that are kept open, and octets in them.
const MAX_OPEN: usize = 4096;
const MAX_OCTETS: usize = 8 * 1024 * 1024;
const MAX_SPARE: usize = 16;
/// Nanoseconds: Linux gives a datagram up after 30 s.
const MAX_AGE: i64 = 30_000_000_000;
const COPY_AGE: i64 = 1_000_000_000;
