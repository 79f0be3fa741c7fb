//! TCP streams that carry IKE and ESP (RFC 9329): segments put in order within bounds, the prefix
//! taken off, the stream cut into its frames.
//!
//! Followed are connections on the ports of IKE, and any whose first octets are the prefix. Where the
//! start or a part of a stream was not captured, reading goes on at the next segment that plausibly
//! begins a frame; what is between is counted.

use std::collections::HashMap;
use std::net::SocketAddr;

use etherparse::TcpHeaderSlice;
use etherparse::err::tcp::HeaderSliceError;
use ikescope_wire::encapsulation::{
    IKE_PORT, NAT_T_PORT, NON_ESP_MARKER, TCP_STREAM_PREFIX, next_tcp_frame,
};
use ikescope_wire::observed::{
    Datagram, Losses, Observation, Sighting, TcpSignal, TcpSignalKind, Transport,
};

use crate::layers::Sink;
use crate::link::Loss;
use crate::octets::{be_u16, be_u32, length};

/// The connections that are followed.
pub(crate) struct Streams {
    ports: Vec<u16>,
    streams: HashMap<Key, Stream>,
    /// Octets held by all streams.
    octets: usize,
    serial: u64,
}

/// One direction of a connection.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct Key {
    source: SocketAddr,
    destination: SocketAddr,
}

struct Stream {
    state: State,
    /// Sequence number of the next octet in order.
    next: u32,
    /// Octets in order of a frame that is not all there.
    pending: Vec<u8>,
    /// Frames of the capture that hold `pending`.
    frames: Vec<u64>,
    /// The last of these frames by number.
    latest: Option<Sighting>,
    /// Octets of a cut frame that are still to come and belong to nothing.
    discard: u32,
    /// Segments beyond a gap, in order.
    ahead: Vec<Ahead>,
    ahead_octets: usize,
    last_used: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// The originator's side, before its prefix.
    AwaitsPrefix,
    /// At the start of a frame or in it.
    Framed,
    /// Not known where a frame begins.
    Lost,
}

/// A segment's share of the stream.
#[derive(Clone, Copy)]
struct Segment<'a> {
    /// With its ports.
    sighting: Sighting,
    dont_fragment: bool,
    sequence: u32,
    payload: &'a [u8],
    /// Octets of it that the capture cut off.
    missing: u32,
}

/// A segment that waits for those before it.
struct Ahead {
    sighting: Sighting,
    dont_fragment: bool,
    sequence: u32,
    payload: Vec<u8>,
    missing: u32,
}

/// Where results go.
struct Output<'a, 's> {
    losses: &'a mut Losses,
    sink: Sink<'s>,
}

impl Streams {
    /// Follows connections on the ports of IKE and on `ports`.
    pub(crate) fn new(ports: &[u16]) -> Self {
        Self {
            ports: [&[IKE_PORT, NAT_T_PORT], ports].concat(),
            streams: HashMap::new(),
            octets: 0,
            serial: 0,
        }
    }

    /// Reads a segment; `datagram` is as IP handed it up: ports are 0, `octets` begin with the header.
    pub(crate) fn segment(
        &mut self,
        datagram: &Datagram<'_>,
        losses: &mut Losses,
        sink: Sink<'_>,
    ) -> Result<(), Loss> {
        let header = TcpHeaderSlice::from_slice(datagram.octets).map_err(|error| match error {
            HeaderSliceError::Len(_) => Loss::Truncated,
            HeaderSliceError::Content(_) => Loss::Malformed,
        })?;
        let segment = Segment::of(datagram, &header);
        let key = segment.key();
        if !self.follows(&key, segment.payload) {
            return Ok(());
        }
        if let Some(kind) = signal(&header) {
            let sighting = segment.sighting;
            sink(Observation::TcpSignal(TcpSignal { sighting, kind }));
        }
        let mut output = Output { losses, sink };
        self.serial += 1;
        if header.syn() {
            self.open(key, &segment, header.ack());
        }
        if header.ack() {
            self.acknowledge(key.reversed(), &segment, &header, &mut output);
        }
        if segment.length() > 0 {
            self.accept(key, segment, &mut output);
            self.make_room(&mut output);
        }
        Ok(())
    }

    /// Hands up what waits behind gaps; in the order of addresses, so that it is always the same.
    pub(crate) fn finish(&mut self, losses: &mut Losses, sink: Sink<'_>) {
        let mut output = Output { losses, sink };
        let mut streams: Vec<_> = self.streams.drain().collect();
        streams.sort_by_key(|&(key, _)| key);
        for (_, mut stream) in streams {
            stream.flush(&mut output);
        }
        self.octets = 0;
    }

    fn follows(&self, key: &Key, payload: &[u8]) -> bool {
        let ports = [key.source.port(), key.destination.port()];
        ports.iter().any(|port| self.ports.contains(port))
            || payload.starts_with(&TCP_STREAM_PREFIX)
            || (!self.streams.is_empty() && self.streams.contains_key(key))
    }

    /// Begins a stream at a SYN, unless that is a late copy of the one that began it.
    fn open(&mut self, key: Key, segment: &Segment<'_>, accepts: bool) {
        let next = segment.sequence;
        if let Some(stream) = self.streams.get(&key)
            && stream.next.wrapping_sub(next) < MAX_DISTANCE
        {
            return;
        }
        let state = if accepts {
            State::Framed
        } else {
            State::AwaitsPrefix
        };
        self.replace(key, Stream::new(state, next, self.serial));
    }

    /// What the receiver has, the capture need not wait for. It also tells where the answers begin to
    /// a prefix that was seen without its SYN.
    fn acknowledge(
        &mut self,
        reverse: Key,
        segment: &Segment<'_>,
        header: &TcpHeaderSlice<'_>,
        output: &mut Output<'_, '_>,
    ) {
        let acknowledged = header.acknowledgment_number();
        let originates = segment.payload.starts_with(&TCP_STREAM_PREFIX);
        match self.streams.get_mut(&reverse) {
            Some(stream) if !stream.ahead.is_empty() => {
                let before = stream.held();
                stream.acknowledged(acknowledged, output);
                self.octets = self.octets + stream.held() - before;
            }
            None if originates => {
                let stream = Stream::new(State::Framed, acknowledged, self.serial);
                self.replace(reverse, stream);
            }
            _ => {}
        }
    }

    fn accept(&mut self, key: Key, segment: Segment<'_>, output: &mut Output<'_, '_>) {
        let serial = self.serial;
        let stream = self
            .streams
            .entry(key)
            .or_insert_with(|| Stream::new(State::Lost, segment.sequence, serial));
        let before = stream.held();
        stream.last_used = serial;
        stream.accept(segment, output);
        self.octets = self.octets + stream.held() - before;
    }

    fn replace(&mut self, key: Key, stream: Stream) {
        if let Some(old) = self.streams.insert(key, stream) {
            self.octets -= old.held();
        }
    }

    /// Forgets the streams that were quiet longest.
    fn make_room(&mut self, output: &mut Output<'_, '_>) {
        while self.streams.len() > MAX_STREAMS || self.octets > MAX_OCTETS {
            let oldest = self
                .streams
                .iter()
                .min_by_key(|(_, stream)| stream.last_used);
            let Some((&key, _)) = oldest else { break };
            if let Some(mut stream) = self.streams.remove(&key) {
                self.octets -= stream.held();
                stream.flush(output);
            }
        }
    }
}

impl Stream {
    const fn new(state: State, next: u32, serial: u64) -> Self {
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

    const fn held(&self) -> usize {
        self.pending.len() + self.ahead_octets
    }

    /// Takes a segment wherever it stands.
    fn accept(&mut self, segment: Segment<'_>, output: &mut Output<'_, '_>) {
        if self.waits_too_long(&segment) {
            self.skip_gap(output);
        }
        let beyond = segment.sequence.wrapping_sub(self.next);
        let before = self.next.wrapping_sub(segment.sequence);
        if beyond.min(before) > MAX_DISTANCE {
            // Another connection of the same ports, its SYN not seen.
            self.lose(output);
            self.ahead.clear();
            self.ahead_octets = 0;
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
    fn acknowledged(&mut self, acknowledged: u32, output: &mut Output<'_, '_>) {
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
    fn flush(&mut self, output: &mut Output<'_, '_>) {
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

    /// Hands up the frames that are all there; gives the number of octets that are done with.
    fn read(&mut self, octets: &[u8], last: &Segment<'_>, output: &mut Output<'_, '_>) -> usize {
        let mut rest = octets;
        if self.state == State::AwaitsPrefix {
            if let Some(framed) = rest.strip_prefix(&TCP_STREAM_PREFIX) {
                rest = framed;
                self.state = State::Framed;
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
                    self.frames.clear();
                    self.latest = None;
                    self.contribute(last);
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

impl<'a> Segment<'a> {
    fn of(datagram: &Datagram<'a>, header: &TcpHeaderSlice<'_>) -> Self {
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

    const fn key(&self) -> Key {
        Key {
            source: self.sighting.source,
            destination: self.sighting.destination,
        }
    }

    /// Octets of the stream it had on the wire.
    fn length(&self) -> u32 {
        length(self.payload.len()).saturating_add(self.missing)
    }

    /// What is left of it without its first octets; `None` if nothing.
    fn without(mut self, octets: u32) -> Option<Self> {
        let left = self.length().checked_sub(octets).filter(|&left| left > 0)?;
        self.payload = self.payload.get(octets as usize..).unwrap_or_default();
        self.missing = left - length(self.payload.len());
        self.sequence = self.sequence.wrapping_add(octets);
        Some(self)
    }
}

impl Ahead {
    fn segment(&self) -> Segment<'_> {
        Segment {
            sighting: self.sighting,
            dont_fragment: self.dont_fragment,
            sequence: self.sequence,
            payload: &self.payload,
            missing: self.missing,
        }
    }
}

impl Key {
    const fn reversed(self) -> Self {
        Self {
            source: self.destination,
            destination: self.source,
        }
    }
}

impl Output<'_, '_> {
    const fn unframed(&mut self, octets: usize) {
        self.losses.tcp_unframed += octets as u64;
    }
}

fn signal(header: &TcpHeaderSlice<'_>) -> Option<TcpSignalKind> {
    match (header.rst(), header.syn(), header.ack(), header.fin()) {
        (true, ..) => Some(TcpSignalKind::Reset),
        (_, true, false, _) => Some(TcpSignalKind::Open),
        (_, true, true, _) => Some(TcpSignalKind::Accept),
        (.., true) => Some(TcpSignalKind::Close),
        _ => None,
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
/// Directions of connections that are followed, and octets held for them.
const MAX_STREAMS: usize = 4096;
const MAX_OCTETS: usize = 8 * 1024 * 1024;
/// Segments beyond a gap.
const MAX_AHEAD: usize = 64;
const MAX_AHEAD_OCTETS: usize = 128 * 1024;
/// Sequence numbers further apart than this are of different connections: 1 MiB.
const MAX_DISTANCE: u32 = 1 << 20;
/// Nanoseconds that a gap is waited for: 5 s.
const MAX_WAIT: i64 = 5_000_000_000;
