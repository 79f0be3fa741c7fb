//! TCP streams that carry IKE and ESP (RFC 9329): segments put in order within bounds, the prefix
//! taken off, the stream cut into its frames.
//!
//! Followed are connections on the ports of IKE, and any whose first octets are the prefix. Where the
//! start or a part of a stream was not captured, reading goes on at the next segment that plausibly
//! begins a frame; what is between is counted.

mod segment;
mod stream;

use std::collections::HashMap;
use std::net::SocketAddr;

use etherparse::TcpHeaderSlice;
use etherparse::err::tcp::HeaderSliceError;
use ikescope_wire::encapsulation::{IKE_PORT, NAT_T_PORT, TCP_STREAM_PREFIX};
use ikescope_wire::observed::{Datagram, Losses, Observation, TcpSignal, TcpSignalKind};

use self::segment::Segment;
use self::stream::{MAX_DISTANCE, Output, State, Stream};
use crate::layers::Sink;
use crate::link::Loss;

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
            self.open(key, &segment, header.ack(), &mut output);
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
    fn open(
        &mut self,
        key: Key,
        segment: &Segment<'_>,
        accepts: bool,
        output: &mut Output<'_, '_>,
    ) {
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
        self.replace(key, Stream::new(state, next, self.serial), output);
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
                self.replace(reverse, stream, output);
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

    fn replace(&mut self, key: Key, stream: Stream, output: &mut Output<'_, '_>) {
        if let Some(mut old) = self.streams.insert(key, stream) {
            self.octets -= old.held();
            old.flush(output);
        }
    }

    /// Forgets the streams that were quiet longest: several at once, since looking for them takes long.
    fn make_room(&mut self, output: &mut Output<'_, '_>) {
        if self.streams.len() <= MAX_STREAMS && self.octets <= MAX_OCTETS {
            return;
        }
        let ages = self.streams.iter();
        let mut ages: Vec<_> = ages.map(|(&key, stream)| (stream.last_used, key)).collect();
        ages.sort_unstable();
        for (_, key) in ages {
            if self.streams.len() <= MAX_STREAMS / 8 * 7 && self.octets <= MAX_OCTETS / 8 * 7 {
                break;
            }
            if let Some(mut stream) = self.streams.remove(&key) {
                self.octets -= stream.held();
                stream.flush(output);
            }
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

fn signal(header: &TcpHeaderSlice<'_>) -> Option<TcpSignalKind> {
    match (header.rst(), header.syn(), header.ack(), header.fin()) {
        (true, ..) => Some(TcpSignalKind::Reset),
        (_, true, false, _) => Some(TcpSignalKind::Open),
        (_, true, true, _) => Some(TcpSignalKind::Accept),
        (.., true) => Some(TcpSignalKind::Close),
        _ => None,
    }
}

/// Directions of connections that are followed, and octets held for them.
const MAX_STREAMS: usize = 4096;
const MAX_OCTETS: usize = 8 * 1024 * 1024;
