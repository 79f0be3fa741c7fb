//! pcapng (<https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/>): several sections, each in
//! its byte order, several interfaces, each with its link type and clock.
//!
//! Packet blocks are read in place; the rarer blocks are left to pcap-parser, which allocates a list
//! of options for each block.

use std::ops::Range;

use ikescope_wire::observed::Timestamp;
use pcap_parser::{
    Block, EPB_MAGIC, InterfaceStatisticsBlock, OptionCode, PcapNGOption, SHB_MAGIC, SPB_MAGIC,
    parse_block_be, parse_block_le,
};

use super::fields::{u32_at, u64_at};
use super::interface::Interface;
use super::options::{COMMENT, EPB_DROPCOUNT, EPB_FLAGS, options};
use super::{MAX_FRAME, cut_header, end_note};
use crate::comments::Comments;
use crate::error::CaptureError;
use crate::frame::{Direction, Frame};
use crate::note::{NoteKind, Notes};
use crate::octets::array;
use crate::window::Window;

pub(crate) struct PcapngReader {
    window: Window,
    big_endian: bool,
    /// Of all sections, one after another.
    interfaces: Vec<Interface>,
    /// Index of the first interface of this section.
    section: usize,
    /// Whether the section is of an unknown version: passed over to the next one.
    skipping: bool,
    last_time: Timestamp,
    frames: u64,
    comments: u64,
    /// Blocks that are neither of packets nor of interfaces.
    other_blocks: OtherBlocks,
    /// Drops told by the packets themselves (epb_dropcount).
    dropped_between: u64,
    untimed: bool,
}

/// Blocks that nothing is read from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct OtherBlocks {
    /// Name Resolution Blocks: names of addresses.
    pub name_resolution: u64,
    /// Decryption Secrets Blocks.
    pub decryption_secrets: u64,
    /// Of any other type.
    pub unknown: u64,
}

impl OtherBlocks {
    const fn count(&mut self, block_type: u32) {
        let count = match block_type {
            pcap_parser::NRB_MAGIC => &mut self.name_resolution,
            pcap_parser::DSB_MAGIC => &mut self.decryption_secrets,
            _ => &mut self.unknown,
        };
        *count += 1;
    }
}

/// A packet block: what its fields say and where in the block its octets and options are.
struct Packet {
    interface: u32,
    ticks: Option<u64>,
    original: u32,
    octets: Range<usize>,
    options: Range<usize>,
    direction: Option<Direction>,
}

/// Type and length of the block at the start of the window.
#[derive(Clone, Copy)]
struct BlockHeader {
    block_type: u32,
    length: usize,
}

/// Why no block could be read.
enum Stop {
    End,
    Broken(NoteKind),
}

impl PcapngReader {
    pub(crate) fn open(name: &str, mut window: Window) -> Result<Self, CaptureError> {
        let head = window.ahead();
        if head.len() < SECTION_HEADER {
            return Err(cut_header(name, &mut window, SECTION_HEADER));
        }
        if byte_order(head).is_none() {
            return Err(CaptureError::Unknown {
                name: name.to_owned(),
                offset: 8,
                found: head.iter().skip(8).take(4).copied().collect(),
                foreign: None,
            });
        }
        Ok(Self {
            window,
            big_endian: false,
            interfaces: Vec::new(),
            section: 0,
            skipping: false,
            last_time: Timestamp::default(),
            frames: 0,
            comments: 0,
            other_blocks: OtherBlocks::default(),
            dropped_between: 0,
            untimed: false,
        })
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.window.offset()
    }

    pub(crate) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    pub(crate) const fn comments(&self) -> u64 {
        self.comments
    }

    pub(crate) const fn other_blocks(&self) -> OtherBlocks {
        self.other_blocks
    }

    /// By statistics blocks or by the packets, whichever tell of more: they count the same drops.
    pub(crate) fn dropped(&self) -> u64 {
        let by_statistics = self
            .interfaces
            .iter()
            .fold(0u64, |sum, interface| sum.saturating_add(interface.dropped));
        by_statistics.max(self.dropped_between)
    }

    pub(crate) fn next_frame(&mut self, notes: &mut Notes) -> Option<Frame<'_>> {
        let (packet, length) = loop {
            let offset = self.window.offset();
            match self.next_packet(notes) {
                Ok(Some(found)) => break found,
                Ok(None) => {}
                Err(Stop::End) => return None,
                Err(Stop::Broken(kind)) => {
                    notes.add(offset, self.frames, kind);
                    return None;
                }
            }
        };
        let index = self.section.saturating_add(packet.interface as usize);
        let interface = self.interfaces.get(index)?;
        if let Some(ticks) = packet.ticks {
            self.last_time = interface.clock.time(ticks);
        } else if !self.untimed {
            self.untimed = true;
            notes.add(self.window.offset(), self.frames, NoteKind::NoTime);
        }
        self.frames += 1;
        let block = self.window.take(length);
        let options = block.get(packet.options).unwrap_or_default();
        Some(Frame {
            number: self.frames,
            time: self.last_time,
            interface: u32::try_from(index).unwrap_or(u32::MAX),
            link: interface.link,
            original: packet.original,
            octets: block.get(packet.octets)?,
            direction: packet.direction,
            comments: Comments::of_options(options, self.big_endian),
            text: None,
            plaintext: None,
        })
    }

    /// Reads one block: a packet with its block's length (not yet taken), or `None` for another.
    fn next_packet(&mut self, notes: &mut Notes) -> Result<Option<(Packet, usize)>, Stop> {
        let header = self.block_header()?;
        let offset = self.window.offset();
        if header.length > MAX_FRAME || (self.skipping && header.block_type != SHB_MAGIC) {
            return self.pass_over(header, notes);
        }
        if !self.window.fill(header.length) {
            return Err(Stop::Broken(self.cut(header)));
        }
        let found = match header.block_type {
            EPB_MAGIC => self.enhanced_packet(header).map(Some),
            SPB_MAGIC => self.simple_packet(header).map(Some),
            OBSOLETE_PACKET => self.obsolete_packet(header).map(Some),
            SHB_MAGIC => self.section_header(offset, notes).map(|()| None),
            _ => self.described(header).map(|()| None),
        };
        match found {
            Ok(Some(packet)) => Ok(Some((packet, header.length))),
            Ok(None) => {
                self.window.take(header.length);
                Ok(None)
            }
            Err(reason) => {
                let block_type = header.block_type;
                notes.add(
                    offset,
                    self.frames,
                    NoteKind::SkippedBlock { block_type, reason },
                );
                self.window.take(header.length);
                Ok(None)
            }
        }
    }

    fn block_header(&mut self) -> Result<BlockHeader, Stop> {
        if !self.window.fill(MIN_BLOCK) {
            let left = self.window.ahead().len() as u64;
            let expected = MIN_BLOCK as u64;
            let cut = NoteKind::CutFrameHeader { expected, left };
            return Err(match end_note(&mut self.window, cut) {
                NoteKind::CutFrameHeader { left: 0, .. } => Stop::End,
                kind => Stop::Broken(kind),
            });
        }
        let head = self.window.ahead();
        let block_type = u32_at(head, 0, self.big_endian).unwrap_or_default();
        // The type of a section header reads alike in both byte orders; its length does not.
        if block_type == SHB_MAGIC
            && let Some(big_endian) = byte_order(head)
        {
            self.big_endian = big_endian;
        }
        let announced = u32_at(head, 4, self.big_endian).unwrap_or_default();
        match usize::try_from(announced) {
            Ok(length) if length >= MIN_BLOCK => Ok(BlockHeader { block_type, length }),
            _ => Err(Stop::Broken(NoteKind::BlockLength {
                block_type,
                announced: announced.into(),
            })),
        }
    }

    /// Skips a block that is not kept in the window.
    fn pass_over(
        &mut self,
        header: BlockHeader,
        notes: &mut Notes,
    ) -> Result<Option<(Packet, usize)>, Stop> {
        let offset = self.window.offset();
        if !self.window.skip(header.length as u64) {
            let left = self.window.offset() - offset;
            let cut = NoteKind::CutBlock {
                block_type: header.block_type,
                announced: header.length as u64,
                left,
            };
            return Err(Stop::Broken(end_note(&mut self.window, cut)));
        }
        if is_packet(header.block_type) && !self.skipping {
            let (block_type, reason) = (header.block_type, "it is larger than any frame");
            notes.add(
                offset,
                self.frames,
                NoteKind::SkippedBlock { block_type, reason },
            );
        }
        Ok(None)
    }

    /// The note for a file that ends inside this block.
    fn cut(&mut self, header: BlockHeader) -> NoteKind {
        let left = self.window.ahead().len() as u64;
        let announced = header.length as u64;
        let cut = if is_packet(header.block_type) {
            NoteKind::CutFrame { announced, left }
        } else {
            NoteKind::CutBlock {
                block_type: header.block_type,
                announced,
                left,
            }
        };
        end_note(&mut self.window, cut)
    }

    fn u32(&self, at: usize) -> Option<u32> {
        u32_at(self.window.ahead(), at, self.big_endian)
    }

    fn section_header(&mut self, offset: u64, notes: &mut Notes) -> Result<(), &'static str> {
        let head = self.window.ahead();
        byte_order(head).ok_or("its byte-order magic is none")?;
        let version = array::<2>(head, 12).ok_or("it is shorter than its fields")?;
        let major = if self.big_endian {
            u16::from_be_bytes(version)
        } else {
            u16::from_le_bytes(version)
        };
        self.skipping = major != 1;
        if self.skipping {
            notes.add(offset, self.frames, NoteKind::SectionVersion { major });
        }
        self.section = self.interfaces.len();
        Ok(())
    }

    /// Enhanced Packet Block: interface, time (high, low), captured, original, octets, options.
    fn enhanced_packet(&mut self, header: BlockHeader) -> Result<Packet, &'static str> {
        let interface = self.u32(8).ok_or(TOO_SHORT)?;
        self.timed_packet(header, interface)
    }

    /// Obsolete Packet Block: interface and drops in 16 bits each, then as the enhanced one.
    fn obsolete_packet(&mut self, header: BlockHeader) -> Result<Packet, &'static str> {
        let mixed = self.u32(8).ok_or(TOO_SHORT)?;
        let interface = if self.big_endian {
            mixed >> 16
        } else {
            mixed & 0xffff
        };
        let dropped = if self.big_endian {
            mixed & 0xffff
        } else {
            mixed >> 16
        };
        let packet = self.timed_packet(header, interface)?;
        if dropped != DROPS_UNKNOWN {
            self.dropped_between = self.dropped_between.saturating_add(dropped.into());
        }
        Ok(packet)
    }

    /// Simple Packet Block: the original length alone; of the first interface, without time.
    fn simple_packet(&self, header: BlockHeader) -> Result<Packet, &'static str> {
        let original = self.u32(8).ok_or(TOO_SHORT)?;
        let interface = self.interfaces.get(self.section).ok_or(NO_INTERFACE)?;
        let room = header.length.checked_sub(16).ok_or(TOO_SHORT)?;
        let snapped = match interface.snap_length {
            0 => original,
            snap_length => original.min(snap_length),
        };
        let captured = usize::try_from(snapped).unwrap_or(usize::MAX).min(room);
        Ok(Packet {
            interface: 0,
            ticks: None,
            original,
            octets: 12..12 + captured,
            options: 0..0,
            direction: None,
        })
    }

    /// What both packet blocks with a time have in common: all but the interface.
    fn timed_packet(
        &mut self,
        header: BlockHeader,
        interface: u32,
    ) -> Result<Packet, &'static str> {
        let field = |at| self.u32(at).ok_or(TOO_SHORT);
        let ticks = (u64::from(field(12)?) << 32) | u64::from(field(16)?);
        let (captured, original) = (field(20)?, field(24)?);
        let index = self.section.saturating_add(interface as usize);
        if index >= self.interfaces.len() {
            return Err(NO_INTERFACE);
        }
        let captured = usize::try_from(captured).unwrap_or(usize::MAX);
        let room = header.length.saturating_sub(PACKET_OVERHEAD);
        if captured > room {
            return Err("its packet is longer than the block");
        }
        let end = PACKET_HEADER + captured;
        let mut options = 0..0;
        if room - captured > 4 {
            options = end.next_multiple_of(4)..header.length - 4;
        }
        let direction = self.packet_options(options.clone());
        Ok(Packet {
            interface,
            ticks: Some(ticks),
            original,
            octets: PACKET_HEADER..end,
            options,
            direction,
        })
    }

    /// Counts what the options of a packet tell and gives the direction, if they tell it.
    fn packet_options(&mut self, range: Range<usize>) -> Option<Direction> {
        let octets = self.window.ahead().get(range)?;
        let (mut comments, mut dropped, mut direction) = (0, 0, None);
        for option in options(octets, self.big_endian) {
            match option.code {
                COMMENT => comments += 1,
                EPB_FLAGS => {
                    let flags = u32_at(option.value, 0, self.big_endian);
                    direction = flags.and_then(direction_of_flags);
                }
                EPB_DROPCOUNT => dropped = u64_at(option.value, 0, self.big_endian).unwrap_or(0),
                _ => {}
            }
        }
        self.comments += comments;
        self.dropped_between = self.dropped_between.saturating_add(dropped);
        direction
    }

    /// The blocks that pcap-parser reads: interfaces and statistics; others are passed over.
    fn described(&mut self, header: BlockHeader) -> Result<(), &'static str> {
        let parse = if self.big_endian {
            parse_block_be
        } else {
            parse_block_le
        };
        if !matches!(
            header.block_type,
            pcap_parser::IDB_MAGIC | pcap_parser::ISB_MAGIC
        ) {
            self.other_blocks.count(header.block_type);
            return Ok(());
        }
        let block = self.window.ahead().get(..header.length).unwrap_or_default();
        match parse(block) {
            Ok((_, Block::InterfaceDescription(block))) => {
                if self.interfaces.len() >= MAX_INTERFACES {
                    return Err("there are too many interfaces");
                }
                self.comments += comments(&block.options);
                let interface = Interface::of_block(&block, self.big_endian);
                self.interfaces.push(interface);
                Ok(())
            }
            Ok((_, Block::InterfaceStatistics(block))) => {
                self.comments += comments(&block.options);
                let (index, dropped) = statistics(&block, self.big_endian);
                let index = self.section.saturating_add(index);
                let interface = self.interfaces.get_mut(index).ok_or(NO_INTERFACE)?;
                interface.dropped = dropped;
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(_) => Err("its fields do not fit its length"),
        }
    }
}

/// The interface's index in its section and the frames dropped so far: the counters are cumulative.
fn statistics(block: &InterfaceStatisticsBlock<'_>, big_endian: bool) -> (usize, u64) {
    let mut dropped = 0u64;
    for option in &block.options {
        if matches!(option.code, OptionCode::IsbIfDrop | OptionCode::IsbOsDrop) {
            let value = option.as_bytes().unwrap_or_default();
            dropped = dropped.saturating_add(u64_at(value, 0, big_endian).unwrap_or(0));
        }
    }
    (block.if_id as usize, dropped)
}

/// The two lowest bits of epb_flags.
const fn direction_of_flags(flags: u32) -> Option<Direction> {
    match flags & 0b11 {
        0b01 => Some(Direction::Inbound),
        0b10 => Some(Direction::Outbound),
        _ => None,
    }
}

fn comments(options: &[PcapNGOption<'_>]) -> u64 {
    let count = options
        .iter()
        .filter(|option| option.code == OptionCode::Comment)
        .count();
    count as u64
}

const fn is_packet(block_type: u32) -> bool {
    matches!(block_type, EPB_MAGIC | SPB_MAGIC | OBSOLETE_PACKET)
}

/// Whether a section header is big-endian, by its magic; `None` if that is neither.
fn byte_order(section_header: &[u8]) -> Option<bool> {
    match array(section_header, 8)? {
        [0x4d, 0x3c, 0x2b, 0x1a] => Some(false),
        [0x1a, 0x2b, 0x3c, 0x4d] => Some(true),
        _ => None,
    }
}

/// Packet Block, replaced by the enhanced one in 2004.
const OBSOLETE_PACKET: u32 = 2;
const DROPS_UNKNOWN: u32 = 0xffff;
/// Type, two lengths.
const MIN_BLOCK: usize = 12;
const SECTION_HEADER: usize = 28;
/// Of the two packet blocks with a time: what stands before the packet, and around it.
const PACKET_HEADER: usize = 28;
const PACKET_OVERHEAD: usize = 32;
const MAX_INTERFACES: usize = 65_536;
const TOO_SHORT: &str = "it is shorter than its fields";
const NO_INTERFACE: &str = "its interface is not described";
