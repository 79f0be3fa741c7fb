//! Classic pcap (<https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/>): both byte orders,
//! micro- and nanoseconds, and the longer record header of Alexey Kuznetsov's patch.

use ikescope_wire::observed::Timestamp;
use pcap_parser::nom;
use pcap_parser::{
    LegacyPcapBlock, PcapError, PcapHeader, parse_pcap_frame, parse_pcap_frame_be,
    parse_pcap_frame_modified, parse_pcap_header,
};

use super::interface::Interface;
use super::{MAX_FRAME, cut_header, end_note};
use crate::comments::Comments;
use crate::error::CaptureError;
use crate::frame::{Frame, LinkType};
use crate::note::{NoteKind, Notes};
use crate::window::Window;
use crate::write::TimeUnit;

pub(crate) struct PcapReader {
    window: Window,
    parse: ParseRecord,
    /// Nanoseconds in one unit of the fraction of a second.
    unit: i64,
    /// Octets in front of a frame's own.
    record_header: usize,
    /// The longest frame that is believed.
    limit: usize,
    interface: Interface,
    frames: u64,
}

type ParseRecord =
    for<'a> fn(&'a [u8]) -> nom::IResult<&'a [u8], LegacyPcapBlock<'a>, PcapError<&'a [u8]>>;

/// Where the octets of a frame stand in its record, and what its header says.
struct Record {
    time: Timestamp,
    original: u32,
    captured: usize,
    length: usize,
}

impl PcapReader {
    pub(crate) fn open(name: &str, mut window: Window) -> Result<Self, CaptureError> {
        window.fill(HEADER_LENGTH);
        let Ok((_, header)) = parse_pcap_header(window.ahead()) else {
            return Err(cut_header(name, &mut window, HEADER_LENGTH));
        };
        window.take(HEADER_LENGTH);
        let snap_length = header.snaplen;
        let believed = usize::try_from(snap_length).unwrap_or(usize::MAX);
        let unit = if header.is_nanosecond_precision() {
            TimeUnit::Nanoseconds
        } else {
            TimeUnit::Microseconds
        };
        Ok(Self {
            window,
            parse: record_parser(&header),
            unit: unit.nanoseconds(),
            record_header: if header.is_modified_format() {
                MODIFIED_RECORD_HEADER
            } else {
                RECORD_HEADER
            },
            limit: believed.clamp(USUAL_LIMIT, MAX_FRAME),
            interface: Interface::new(link_type(&header), snap_length, unit),
            frames: 0,
        })
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.window.offset()
    }

    pub(crate) fn interfaces(&self) -> &[Interface] {
        std::slice::from_ref(&self.interface)
    }

    pub(crate) fn next_frame(&mut self, notes: &mut Notes) -> Option<Frame<'_>> {
        let record = match self.next_record() {
            Ok(record) => record?,
            Err(kind) => {
                notes.add(self.window.offset(), self.frames, kind);
                return None;
            }
        };
        self.frames += 1;
        let octets = self.window.take(record.length);
        Some(Frame {
            number: self.frames,
            time: record.time,
            interface: 0,
            link: self.interface.link,
            original: record.original,
            octets: octets.get(record.length - record.captured..)?,
            direction: None,
            comments: Comments::default(),
            text: None,
            plaintext: None,
        })
    }

    /// Brings the next record into the window; `None` at the end of the file.
    fn next_record(&mut self) -> Result<Option<Record>, NoteKind> {
        loop {
            let have = self.window.ahead().len();
            let missing = match (self.parse)(self.window.ahead()) {
                Ok((rest, block)) => {
                    let length = have - rest.len();
                    return Ok(Some(self.record(&block, length)));
                }
                Err(nom::Err::Incomplete(nom::Needed::Size(missing))) => missing.get(),
                Err(_) => 1,
            };
            let length = have.saturating_add(missing);
            let announced = length.saturating_sub(self.record_header);
            if announced > self.limit {
                return Err(NoteKind::FrameLength {
                    announced: announced as u64,
                    limit: self.limit as u64,
                });
            }
            if !self.window.fill(length) {
                return self.end(announced);
            }
        }
    }

    fn record(&self, block: &LegacyPcapBlock<'_>, length: usize) -> Record {
        let nanoseconds = i64::from(block.ts_usec) * self.unit;
        Record {
            time: Timestamp(i64::from(block.ts_sec) * 1_000_000_000 + nanoseconds),
            original: block.origlen,
            captured: block.data.len(),
            length,
        }
    }

    fn end(&mut self, announced: usize) -> Result<Option<Record>, NoteKind> {
        let left = self.window.ahead().len();
        let cut = match left.checked_sub(self.record_header) {
            Some(left) => NoteKind::CutFrame {
                announced: announced as u64,
                left: left as u64,
            },
            None => NoteKind::CutFrameHeader {
                expected: self.record_header as u64,
                left: left as u64,
            },
        };
        match end_note(&mut self.window, cut) {
            NoteKind::CutFrameHeader { left: 0, .. } => Ok(None),
            kind => Err(kind),
        }
    }
}

fn record_parser(header: &PcapHeader) -> ParseRecord {
    if header.is_modified_format() {
        parse_pcap_frame_modified
    } else if header.is_bigendian() {
        parse_pcap_frame_be
    } else {
        parse_pcap_frame
    }
}

/// The lower 16 bits; those above tell of a frame check sequence.
const fn link_type(header: &PcapHeader) -> LinkType {
    LinkType(header.network.0 as u16)
}

const HEADER_LENGTH: usize = 24;
const RECORD_HEADER: usize = 16;
const MODIFIED_RECORD_HEADER: usize = 24;
/// What Wireshark believes of any link type; snap lengths below it are often not kept to.
const USUAL_LIMIT: usize = 262_144;
