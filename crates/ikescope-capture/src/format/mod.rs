//! The capture formats: each is one file that lends frame after frame.

mod console;
mod fields;
mod ike_debug;
pub(crate) mod interface;
pub(crate) mod options;
mod pcap;
pub(crate) mod pcapng;
mod sniffer;
mod utf16;

use ikescope_wire::observed::Observation;
use pcapng::OtherBlocks;

use self::ike_debug::Holds;
use self::interface::Interface;
use self::sniffer::Looks;
use crate::alignment::Alignment;
use crate::error::{CaptureError, Foreign};
use crate::frame::Frame;
use crate::note::{NoteKind, Notes};
use crate::text::{TextCensus, TextOptions};
use crate::window::Window;

/// Format of a capture file, by its first octets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// The classic format of libpcap: one link type, one resolution.
    Pcap,
    /// The block format of Wireshark: sections and interfaces.
    Pcapng,
    /// Text of FortiGate `diagnose debug application ike -1`.
    FortigateIkeDebug,
    /// Text of FortiGate `diagnose vpn tunnel list` or `diagnose vpn ike gateway list`.
    FortigateVpnList,
    /// Text of `diagnose sniffer packet` of a FortiGate, and of its kin.
    FortigateSniffer,
    /// Text of a console session that holds packets of the sniffer and lines of the others too.
    FortigateConsole,
}

impl Format {
    /// Whether it shows IKE alone, so that the absence of ESP says nothing.
    #[must_use]
    pub const fn is_log(self) -> bool {
        matches!(self, Self::FortigateIkeDebug | Self::FortigateVpnList)
    }

    /// The word of the report contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
            Self::FortigateIkeDebug => "fortigate-ike-debug",
            Self::FortigateVpnList => "fortigate-vpn-list",
            Self::FortigateSniffer => "fortigate-sniffer",
            Self::FortigateConsole => "fortigate-console",
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
    Console(Box<console::ConsoleReader>),
}

impl Reader {
    /// Fills the window, tells the format and reads the file header.
    pub(crate) fn open(
        name: &str,
        mut window: Window,
        text: &TextOptions,
    ) -> Result<Self, CaptureError> {
        window.fill(MAGIC);
        // Of a live capture there is nothing behind the file header before the first packet.
        if Format::sniff(window.ahead()) != Some(Format::Pcap) {
            window.fill(SNIFFED);
        }
        match Format::sniff(window.ahead()) {
            Some(Format::Pcap) => pcap::PcapReader::open(name, window).map(Self::Pcap),
            Some(Format::Pcapng) => pcapng::PcapngReader::open(name, window).map(Self::Pcapng),
            _ => Self::open_text(name, window, text),
        }
    }

    /// The formats that are text, told by what stands in their lines.
    fn open_text(name: &str, window: Window, text: &TextOptions) -> Result<Self, CaptureError> {
        let mut window = utf16::transcoded(window);
        let tells = |line: &[u8]| text.live && ike_debug::is_logged(line);
        let looks = sniffer::look(&mut window, &tells);
        if !text.live {
            window.fill(SNIFFED_TEXT);
        }
        let holds = ike_debug::look(window.ahead());
        if looks == Looks::Foreign && holds == Holds::Nothing {
            return Err(no_capture(name, &mut window));
        }
        let reader = console::ConsoleReader::open(name, window, text, (looks, holds))?;
        Ok(Self::Console(Box::new(reader)))
    }

    pub(crate) const fn format(&self) -> Format {
        match self {
            Self::Pcap(_) => Format::Pcap,
            Self::Pcapng(_) => Format::Pcapng,
            Self::Console(reader) => reader.format(),
        }
    }

    /// Lends the next frame; `None` at the end. What ends reading early or is skipped goes to `notes`.
    pub(crate) fn next_frame(&mut self, notes: &mut Notes) -> Option<Frame<'_>> {
        match self {
            Self::Pcap(reader) => reader.next_frame(notes),
            Self::Pcapng(reader) => reader.next_frame(notes),
            Self::Console(reader) => reader.next_frame(notes),
        }
    }

    /// Sets the clock of a log.
    pub(crate) fn align(&mut self, alignment: Alignment) {
        if let Self::Console(reader) = self {
            reader.align(alignment);
        }
    }

    /// Reads on to the next frame, and gives `sink` what the lines of a log state before it.
    pub(crate) fn hear(
        &mut self,
        input: u16,
        notes: &mut Notes,
        sink: &mut dyn FnMut(Observation<'_>),
    ) {
        if let Self::Console(reader) = self {
            reader.hear(input, notes, sink);
        }
    }

    /// Offset in the unpacked data behind the last frame.
    pub(crate) const fn offset(&self) -> u64 {
        match self {
            Self::Pcap(reader) => reader.offset(),
            Self::Pcapng(reader) => reader.offset(),
            Self::Console(reader) => reader.offset(),
        }
    }

    /// The interfaces described so far.
    pub(crate) fn interfaces(&self) -> &[Interface] {
        match self {
            Self::Pcap(reader) => reader.interfaces(),
            Self::Pcapng(reader) => reader.interfaces(),
            Self::Console(reader) => reader.interfaces(),
        }
    }

    /// Comments in the file so far.
    pub(crate) const fn comments(&self) -> u64 {
        match self {
            Self::Pcap(_) | Self::Console(_) => 0,
            Self::Pcapng(reader) => reader.comments(),
        }
    }

    /// Blocks that nothing was read from so far.
    pub(crate) fn other_blocks(&self) -> OtherBlocks {
        match self {
            Self::Pcap(_) | Self::Console(_) => OtherBlocks::default(),
            Self::Pcapng(reader) => reader.other_blocks(),
        }
    }

    /// What there was in the text, where the format is text.
    pub(crate) const fn text(&self) -> Option<&TextCensus> {
        match self {
            Self::Pcap(_) | Self::Pcapng(_) => None,
            Self::Console(reader) => Some(reader.census()),
        }
    }

    /// Frames that the capturing host says it dropped.
    pub(crate) fn dropped(&self) -> u64 {
        match self {
            Self::Pcap(_) => 0,
            Self::Pcapng(reader) => reader.dropped(),
            Self::Console(reader) => reader.census().dropped,
        }
    }
}

/// What stands at the end of a file that ends too early: an error of the medium, or plainly its end.
pub(crate) fn end_note(window: &mut Window, cut: NoteKind) -> NoteKind {
    match window.take_error() {
        Some(error) => NoteKind::ReadFailed {
            error: error.to_string(),
        },
        None => cut,
    }
}

/// Why the first octets are no file header.
fn no_capture(name: &str, window: &mut Window) -> CaptureError {
    if let Some(error) = read_error(name, window) {
        return error;
    }
    let (name, octets) = (name.to_owned(), window.ahead());
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

/// Why the file header is not all there.
fn cut_header(name: &str, window: &mut Window, expected: usize) -> CaptureError {
    read_error(name, window).unwrap_or_else(|| CaptureError::CutHeader {
        name: name.to_owned(),
        expected: expected as u64,
        found: window.ahead().len() as u64,
    })
}

fn read_error(name: &str, window: &mut Window) -> Option<CaptureError> {
    window.take_error().map(|source| CaptureError::Read {
        name: name.to_owned(),
        offset: window.ahead().len() as u64,
        source,
    })
}

/// What pcap and pcapng begin with.
const MAGIC: usize = 4;

/// Enough for the fixed part of a section header.
const SNIFFED: usize = 64;

/// Octets of a text that are looked at: what people write above a log may be long.
const SNIFFED_TEXT: usize = 64 * 1024;

/// The largest frame that is believed, in octets.
const MAX_FRAME: usize = 16 * 1024 * 1024;
