//! The capture formats: each is one file that lends frame after frame.

pub(crate) mod pcap;
pub(crate) mod pcapng;

use crate::error::{CaptureError, Foreign};
use crate::frame::Frame;
use crate::input::Window;
use crate::note::NoteKind;

/// Format of a capture file, by its first octets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// The classic format of libpcap: one link type, one resolution.
    Pcap,
    /// The block format of Wireshark: sections and interfaces.
    Pcapng,
}

impl Format {
    /// The word of the report contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
        }
    }

    const fn sniff(octets: &[u8]) -> Option<Self> {
        match octets {
            [0xd4, 0xc3, 0xb2, 0xa1, ..]
            | [0xa1, 0xb2, 0xc3, 0xd4, ..]
            | [0x4d, 0x3c, 0xb2, 0xa1, ..]
            | [0xa1, 0xb2, 0x3c, 0x4d, ..]
            | [0x34, 0xcd, 0xb2, 0xa1, ..] => Some(Self::Pcap),
            [0x0a, 0x0d, 0x0d, 0x0a, ..] => Some(Self::Pcapng),
            _ => None,
        }
    }
}

/// A capture file that is open, in its format.
pub(crate) enum Reader {
    Pcap(pcap::PcapReader),
    Pcapng(pcapng::PcapngReader),
}

impl Reader {
    /// Fills the window, tells the format and reads the file header.
    pub(crate) fn open(name: &str, mut window: Window) -> Result<Self, CaptureError> {
        window.fill(SNIFFED);
        if let Some(source) = window.take_error() {
            return Err(CaptureError::Read {
                name: name.to_owned(),
                offset: window.ahead().len() as u64,
                source,
            });
        }
        match Format::sniff(window.ahead()) {
            Some(Format::Pcap) => pcap::PcapReader::open(name, window).map(Self::Pcap),
            Some(Format::Pcapng) => pcapng::PcapngReader::open(name, window).map(Self::Pcapng),
            None => Err(no_capture(name, window.ahead())),
        }
    }

    pub(crate) const fn format(&self) -> Format {
        match self {
            Self::Pcap(_) => Format::Pcap,
            Self::Pcapng(_) => Format::Pcapng,
        }
    }

    /// Lends the next frame; `None` at the end. What ends reading early or is skipped goes to `notes`.
    pub(crate) fn next_frame(&mut self, notes: &mut Pending) -> Option<Frame<'_>> {
        match self {
            Self::Pcap(reader) => reader.next_frame(notes),
            Self::Pcapng(reader) => reader.next_frame(notes),
        }
    }

    /// The interfaces described so far.
    pub(crate) fn interfaces(&self) -> &[pcapng::Interface] {
        match self {
            Self::Pcap(reader) => reader.interfaces(),
            Self::Pcapng(reader) => reader.interfaces(),
        }
    }

    /// Comments in the file so far.
    pub(crate) const fn comments(&self) -> u64 {
        match self {
            Self::Pcap(_) => 0,
            Self::Pcapng(reader) => reader.comments(),
        }
    }

    /// Frames that the capturing host says it dropped.
    pub(crate) fn dropped(&self) -> u64 {
        match self {
            Self::Pcap(_) => 0,
            Self::Pcapng(reader) => reader.dropped(),
        }
    }
}

/// Notes of one step of a reader: where in the unpacked data, and what.
pub(crate) type Pending = Vec<(u64, NoteKind)>;

/// What stands at the end of a file that ends too early: an error of the medium, or plainly its end.
pub(crate) fn end_note(window: &mut Window, cut: NoteKind) -> NoteKind {
    match window.take_error() {
        Some(error) => NoteKind::ReadFailed {
            error: error.to_string(),
        },
        None => cut,
    }
}

fn no_capture(name: &str, octets: &[u8]) -> CaptureError {
    let name = name.to_owned();
    if octets.is_empty() {
        return CaptureError::Empty { name };
    }
    CaptureError::Unknown {
        name,
        offset: 0,
        found: octets.iter().take(8).copied().collect(),
        foreign: Foreign::sniff(octets),
    }
}

/// Enough for the file header of pcap and the fixed part of a section header.
const SNIFFED: usize = 64;

/// The largest frame that is believed, in octets.
const MAX_FRAME: usize = 16 * 1024 * 1024;
