//! One direction of a connection: segments in order, cut into the frames of RFC 9329 §3.

use ikescope_wire::encapsulation::{NON_ESP_MARKER, TCP_STREAM_PREFIX, next_tcp_frame};
use ikescope_wire::observed::{Datagram, Losses, Observation, Sighting, Transport};

use super::segment::{Ahead, Segment};
use crate::layers::Sink;
use crate::octets::{be_u16, be_u32, length};

/// What is known of the stream.
pub(super) struct Stream {
    state: State,
    /// Sequence number of the next octet in order.
    pub(super) next: u32,
    /// Octets in order of a frame that is not all there.
    pending: Vec<u8>,
    /// Frames of the capture that hold `pending`.
    frames: Vec<u64>,
    /// The last of these frames by number.
    latest: Option<Sighting>,
    /// Octets of a cut frame that are still to come and belong to nothing.
    discard: u32,
    /// Segments beyond a gap, in order.
    pub(super) ahead: Vec<Ahead>,
    ahead_octets: usize,
    pub(super) last_used: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// The originator's side, before its prefix.
    AwaitsPrefix,
    /// At the start of a frame or in it.
    Framed,
    /// Not known where a frame begins.
    Lost,
}

/// Where results go.
pub(super) struct Output<'a, 's> {
    pub(super) losses: &'a mut Losses,
    pub(super) sink: Sink<'s>,
}

impl Stream {
    pub(super) const fn new(state: State, next: u32, serial: u64) -> Self {
        Self {
            state,
            next,
            pending: Vec::new(),
            frames: Vec::new(),
            latest: None,
            discard: 0,
            ahead: Vec::new(),
            ahead_octets: 0,
            last_used: serial,
        }
    }

    /// Octets of memory that grow with what the stream holds back.
    pub(super) const fn held(&self) -> usize {
        self.pending.len() + self.ahead_octets + self.frames.len() * size_of::<u64>()
    }

    /// Takes a segment wherever it stands.
    pub(super) fn accept(&mut self, segment: Segment<'_>, output: &mut Output<'_, '_>) {
        if self.waits_too_long(&segment) {
            self.skip_gap(output);
        }
        let beyond = segment.sequence.wrapping_sub(self.next);
        let before = self.next.wrapping_sub(segment.sequence);
        if beyond.min(before) > MAX_DISTANCE {
            // Another connection of the same ports, its SYN not seen.
            self.flush(output);
            self.next = segment.sequence;
            self.in_order(segment, output);
        } else if before < MAX_DISTANCE {
            if let Some(fresh) = segment.without(before) {
                self.in_order(fresh, output);
                self.take_ahead(output);
            }
        } else if self.state == State::Lost && self.ahead.is_empty() {
            self.next = segment.sequence;
            self.in_order(segment, output);
        } else {
            self.keep(segment, output);
        }
    }

    /// Keeps a segment that is beyond a gap; too many of them, and the gap is given up.
    fn keep(&mut self, segment: Segment<'_>, output: &mut Output<'_, '_>) {
        let distance = segment.sequence.wrapping_sub(self.next);
        let position = self
            .ahead
            .partition_point(|other| other.sequence.wrapping_sub(self.next) < distance);
        let known = self.ahead.get(position).is_some_and(|other| {
            other.sequence == segment.sequence && other.payload.len() >= segment.payload.len()
        });
        if known {
            return;
        }
        self.ahead_octets += segment.payload.len();
        self.ahead.insert(
            position,
            Ahead {
                sighting: segment.sighting,
                dont_fragment: segment.dont_fragment,
                sequence: segment.sequence,
                payload: segment.payload.to_vec(),
                missing: segment.missing,
            },
        );
        if self.ahead.len() > MAX_AHEAD || self.ahead_octets > MAX_AHEAD_OCTETS {
            self.skip_gap(output);
        }
    }

    /// Takes the segments that are in order now.
    fn take_ahead(&mut self, output: &mut Output<'_, '_>) {
        while let Some(first) = self.ahead.first() {
            let overlap = self.next.wrapping_sub(first.sequence);
            if overlap >= MAX_DISTANCE {
                return;
            }
            let first = self.ahead.remove(0);
            self.ahead_octets -= first.payload.len();
            if let Some(fresh) = first.segment().without(overlap) {
                self.in_order(fresh, output);
            }
        }
    }

    /// Gives up the octets between here and the first segment ahead.
    fn skip_gap(&mut self, output: &mut Output<'_, '_>) {
        if let Some(first) = self.ahead.first() {
            self.next = first.sequence;
            self.lose(output);
            self.take_ahead(output);
        }
    }

    /// The peer has the octets up to `acknowledged`: the gap is one of the capture alone.
    pub(super) fn acknowledged(&mut self, acknowledged: u32, output: &mut Output<'_, '_>) {
        let beyond = |ahead: &Ahead| {
            let end = ahead.sequence.wrapping_add(ahead.segment().length());
            acknowledged.wrapping_sub(end) < MAX_DISTANCE
        };
        if self.ahead.first().is_some_and(beyond) {
            self.skip_gap(output);
        }
    }

    fn waits_too_long(&self, segment: &Segment<'_>) -> bool {
        let now = segment.sighting.time;
        self.ahead
            .first()
            .is_some_and(|first| now.since(first.sighting.time) > MAX_WAIT)
    }

    /// Hands up what can be, and counts the rest.
    pub(super) fn flush(&mut self, output: &mut Output<'_, '_>) {
        while !self.ahead.is_empty() {
            self.skip_gap(output);
        }
        self.lose(output);
    }

    /// Gives up the frame that is not all there, and the knowledge where the next one begins.
    fn lose(&mut self, output: &mut Output<'_, '_>) {
        output.unframed(self.pending.len());
        self.forget_pending();
        self.discard = 0;
        self.state = State::Lost;
    }

    fn forget_pending(&mut self) {
        self.pending.clear();
        self.frames.clear();
        self.latest = None;
    }

    /// Takes the octets that follow.
    fn in_order(&mut self, segment: Segment<'_>, output: &mut Output<'_, '_>) {
        self.next = segment.sequence.wrapping_add(segment.length());
        let discarded = self.discard.min(segment.length());
        self.discard -= discarded;
        let Some(mut segment) = segment.without(discarded) else {
            return;
        };
        if self.state == State::Lost {
            let Some(payload) = resynchronised(segment.payload) else {
                output.unframed(segment.payload.len());
                return;
            };
            segment.payload = payload;
            self.state = State::Framed;
        }
        self.contribute(&segment);
        if self.pending.is_empty() {
            let used = self.read(segment.payload, &segment, output);
            let rest = segment.payload.get(used..).unwrap_or_default();
            self.pending.extend_from_slice(rest);
        } else {
            let mut octets = std::mem::take(&mut self.pending);
            octets.extend_from_slice(segment.payload);
            let used = self.read(&octets, &segment, output);
            octets.drain(..used);
            self.pending = octets;
        }
        if segment.missing > 0 {
            self.cut(&segment, output);
        }
        if self.pending.is_empty() {
            self.forget_pending();
        }
    }

    fn contribute(&mut self, segment: &Segment<'_>) {
        let sighting = segment.sighting;
        self.frames.push(sighting.frame.number);
        let later = |latest: &Sighting| latest.frame.number > sighting.frame.number;
        self.latest = Some(self.latest.filter(later).unwrap_or(sighting));
    }

    /// What came before this segment is done with.
    fn contribute_alone(&mut self, segment: &Segment<'_>) {
        self.frames.clear();
        self.latest = None;
        self.contribute(segment);
    }

    /// Hands up the frames that are all there; gives the number of octets that are done with.
    fn read(&mut self, octets: &[u8], last: &Segment<'_>, output: &mut Output<'_, '_>) -> usize {
        let mut rest = octets;
        if self.state == State::AwaitsPrefix {
            if let Some(framed) = rest.strip_prefix(&TCP_STREAM_PREFIX) {
                rest = framed;
                self.state = State::Framed;
                self.contribute_alone(last);
            } else if TCP_STREAM_PREFIX.starts_with(rest) {
                return 0;
            } else {
                self.state = State::Lost;
            }
        }
        while self.state == State::Framed {
            match next_tcp_frame(rest) {
                Ok(Some((frame, length))) => {
                    self.deliver(frame, 0, last, output);
                    self.contribute_alone(last);
                    rest = rest.get(length..).unwrap_or_default();
                }
                Ok(None) => return octets.len() - rest.len(),
                Err(_) => self.state = State::Lost,
            }
        }
        output.unframed(rest.len());
        octets.len()
    }

    fn deliver(&self, frame: &[u8], missing: u32, last: &Segment<'_>, output: &mut Output<'_, '_>) {
        let ip_fragments = match &*self.frames {
            [_] => &[],
            several => several,
        };
        (output.sink)(Observation::Datagram(Datagram {
            sighting: self.latest.unwrap_or(last.sighting),
            transport: Transport::Tcp,
            octets: frame,
            missing,
            ip_fragments,
            dont_fragment: last.dont_fragment,
            plaintext: None,
        }));
    }

    /// The capture cut this segment: its last frame is handed up as far as it is there, and if the
    /// cut ends inside of that frame, what follows it is still in step.
    fn cut(&mut self, segment: &Segment<'_>, output: &mut Output<'_, '_>) {
        let announced = be_u16(&self.pending, 0).filter(|_| self.state == State::Framed);
        let Some(announced) = announced else {
            self.lose(output);
            return;
        };
        let needed = u32::from(announced).saturating_sub(length(self.pending.len()));
        if let Some(frame) = self.pending.get(2..) {
            self.deliver(frame, needed, segment, output);
        }
        self.forget_pending();
        match needed.checked_sub(segment.missing) {
            Some(to_come) => self.discard = to_come,
            None => self.state = State::Lost,
        }
    }
}

impl Output<'_, '_> {
    const fn unframed(&mut self, octets: usize) {
        self.losses.tcp_unframed += octets as u64;
    }
}

/// The octets from the start of a frame on, if these plausibly begin with one: the prefix, an IKE
/// message whose lengths agree, or frames that fill the segment to its last octet.
fn resynchronised(octets: &[u8]) -> Option<&[u8]> {
    if let Some(framed) = octets.strip_prefix(&TCP_STREAM_PREFIX) {
        return Some(framed);
    }
    (begins_with_ike(octets) == Some(true) || is_filled_by_frames(octets)).then_some(octets)
}

/// Length, non-ESP marker, then the version and length fields of the IKE header (RFC 7296 §3.1).
fn begins_with_ike(octets: &[u8]) -> Option<bool> {
    let announced = u32::from(be_u16(octets, 0)?);
    let message = octets.get(2..)?.strip_prefix(&NON_ESP_MARKER)?;
    let version = message.get(17)? >> 4;
    Some(matches!(version, 1 | 2) && be_u32(message, 24)?.checked_add(6)? == announced)
}

fn is_filled_by_frames(mut octets: &[u8]) -> bool {
    while let Ok(Some((frame, length))) = next_tcp_frame(octets) {
        if frame.len() < MIN_FRAME {
            return false;
        }
        octets = octets.get(length..).unwrap_or_default();
        if octets.is_empty() {
            return true;
        }
    }
    false
}

/// The clear part of ESP.
const MIN_FRAME: usize = 8;
/// Segments beyond a gap, and octets in them.
const MAX_AHEAD: usize = 64;
const MAX_AHEAD_OCTETS: usize = 128 * 1024;
/// Sequence numbers further apart than this are of different connections: 1 MiB.
pub(super) const MAX_DISTANCE: u32 = 1 << 20;
/// Nanoseconds that a gap is waited for: 5 s.
const MAX_WAIT: i64 = 5_000_000_000;
