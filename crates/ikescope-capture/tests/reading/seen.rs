//! What a capture gave, owned, so that tests can compare it.

use std::io::Cursor;
use std::net::SocketAddr;

use ikescope_capture::{Capture, CaptureError, Options};
use ikescope_testkit::capture::Pcap;
use ikescope_wire::observed::{Datagram, Observation, TcpSignalKind, Transport};

/// One observation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Seen {
    Datagram {
        frame: u64,
        transport: Transport,
        ends: (String, String),
        octets: Vec<u8>,
        missing: u32,
        fragments: Vec<u64>,
    },
    IcmpError {
        frame: u64,
        code: (u8, u8, u8),
        mtu: Option<u32>,
        quoted: (Transport, String, String),
        octets: Vec<u8>,
    },
    TcpSignal(u64, TcpSignalKind),
    Incomplete {
        frame: u64,
        ends: (String, String),
        fragments: Vec<u64>,
        first_and_last: (bool, bool),
        octets_seen: u32,
        octets: Vec<u8>,
    },
}

impl Seen {
    /// A whole datagram in one frame.
    pub(crate) fn datagram(
        frame: u64,
        transport: Transport,
        ends: (&str, &str),
        octets: &[u8],
    ) -> Self {
        Self::Datagram {
            frame,
            transport,
            ends: (ends.0.to_owned(), ends.1.to_owned()),
            octets: octets.to_vec(),
            missing: 0,
            fragments: Vec::new(),
        }
    }

    /// The same, put together from the fragments or segments in these frames.
    pub(crate) fn of_fragments(mut self, frames: &[u64]) -> Self {
        if let Self::Datagram { fragments, .. } = &mut self {
            *fragments = frames.to_vec();
        }
        self
    }

    /// The same, with so many octets cut off.
    pub(crate) fn without(mut self, octets: u32) -> Self {
        if let Self::Datagram { missing, .. } = &mut self {
            *missing = octets;
        }
        self
    }
}

impl From<Observation<'_>> for Seen {
    fn from(observation: Observation<'_>) -> Self {
        let frame = observation.sighting().frame.number;
        match observation {
            Observation::Datagram(Datagram {
                sighting,
                transport,
                octets,
                missing,
                ip_fragments,
                ..
            }) => Self::Datagram {
                frame,
                transport,
                ends: ends(sighting.source, sighting.destination),
                octets: octets.to_vec(),
                missing,
                fragments: ip_fragments.to_vec(),
            },
            Observation::IcmpError(error) => Self::IcmpError {
                frame,
                code: (error.version, error.icmp_type, error.code),
                mtu: error.mtu,
                quoted: (
                    error.quoted_transport,
                    error.quoted_source.to_string(),
                    error.quoted_destination.to_string(),
                ),
                octets: error.quoted_octets.to_vec(),
            },
            Observation::TcpSignal(signal) => Self::TcpSignal(frame, signal.kind),
            Observation::Incomplete(open) => Self::Incomplete {
                frame,
                ends: ends(open.sighting.source, open.sighting.destination),
                fragments: open.fragments.to_vec(),
                first_and_last: (open.first_seen, open.last_seen),
                octets_seen: open.octets_seen,
                octets: open.octets.to_vec(),
            },
            _ => panic!("an observation of a new kind"),
        }
    }
}

fn ends(source: SocketAddr, destination: SocketAddr) -> (String, String) {
    (source.to_string(), destination.to_string())
}

/// Opens a file in memory.
pub(crate) fn open(file: Vec<u8>) -> Result<Capture, CaptureError> {
    Capture::from_reader("test", Cursor::new(file), 0, &Options::default())
}

/// Reads a file in memory to its end.
pub(crate) fn read(file: Vec<u8>) -> (Capture, Vec<Seen>) {
    let mut capture = open(file).unwrap();
    let mut seen = Vec::new();
    while capture
        .next_frame(&mut |observation| seen.push(observation.into()))
        .is_some()
    {}
    (capture, seen)
}

/// Reads frames of a link type, one second apart.
pub(crate) fn read_frames(link_type: u16, frames: &[Vec<u8>]) -> (Capture, Vec<Seen>) {
    let mut file = Pcap::new(link_type);
    for (second, frame) in (1..).zip(frames) {
        file.push(second * 1_000_000_000, frame);
    }
    read(file.octets())
}

/// Reads IP packets that stand in no link layer.
pub(crate) fn read_packets(packets: &[Vec<u8>]) -> (Capture, Vec<Seen>) {
    read_frames(101, packets)
}

/// An address with its port.
pub(crate) fn end(text: &str) -> SocketAddr {
    text.parse().unwrap()
}
