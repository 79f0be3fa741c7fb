//! pcapng (<https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/>): one little-endian section,
//! interfaces as they come, enhanced packet blocks.

use std::io::Write;

use ikescope_wire::observed::Timestamp;

use super::{Packet, TimeUnit, WriteError, bounded};
use crate::format::options::{COMMENT, END_OF_OPTIONS, EPB_FLAGS};
use crate::frame::{Direction, LinkType};

/// Writes pcapng.
#[derive(Debug)]
pub struct PcapngWriter<W> {
    out: W,
    /// How many were described.
    interfaces: u32,
    /// The block that is being laid out.
    block: Vec<u8>,
}

/// An interface that was described in the file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct InterfaceId {
    number: u32,
    unit: TimeUnit,
}

impl InterfaceId {
    fn ticks(self, time: Timestamp) -> Result<u64, WriteError> {
        let ticks = time.0.div_euclid(self.unit.nanoseconds());
        u64::try_from(ticks).map_err(|_| WriteError::Time(time))
    }
}

/// What is said of an interface.
#[derive(Clone, Copy, Debug)]
pub struct InterfaceHead<'a> {
    /// What its frames begin with.
    pub link: LinkType,
    /// Octets kept of each frame at most; 0 is no limit.
    pub snap_length: u32,
    /// Its name; nothing is written of an empty one.
    pub name: &'a str,
    /// What is said of it; nothing is written of an empty text.
    pub description: &'a str,
    /// What its times count.
    pub unit: TimeUnit,
}

impl<W: Write> PcapngWriter<W> {
    /// Begins the file. `program` is what it says it was written by (shb_userappl).
    ///
    /// # Errors
    /// [`WriteError::Io`] if it cannot be written.
    pub fn new(out: W, program: &str) -> Result<Self, WriteError> {
        let mut writer = Self {
            out,
            interfaces: 0,
            block: Vec::new(),
        };
        writer.begin(SECTION_HEADER);
        writer.u32(BYTE_ORDER);
        writer.u16(MAJOR);
        writer.u16(MINOR);
        // Section length: not known.
        writer.block.extend([0xff; 8]);
        writer.option(SHB_USERAPPL, program.as_bytes());
        writer.end_of_options();
        writer.end()?;
        Ok(writer)
    }

    /// Describes an interface, between packets too, and gives what packets name it by.
    ///
    /// # Errors
    /// [`WriteError::Io`] if it cannot be written.
    pub fn interface(&mut self, interface: &InterfaceHead<'_>) -> Result<InterfaceId, WriteError> {
        self.begin(INTERFACE_DESCRIPTION);
        self.u16(interface.link.0);
        self.u16(0);
        self.u32(interface.snap_length);
        if !interface.name.is_empty() {
            self.option(IF_NAME, interface.name.as_bytes());
        }
        if !interface.description.is_empty() {
            self.option(IF_DESCRIPTION, interface.description.as_bytes());
        }
        let exponent = match interface.unit {
            TimeUnit::Microseconds => 6,
            TimeUnit::Nanoseconds => 9,
        };
        self.option(IF_TSRESOL, &[exponent]);
        self.end_of_options();
        self.end()?;
        let number = self.interfaces;
        self.interfaces += 1;
        Ok(InterfaceId {
            number,
            unit: interface.unit,
        })
    }

    /// Writes a frame of an interface that was described in this file.
    ///
    /// # Errors
    /// [`WriteError`]: the medium's, or because pcapng cannot hold such a frame.
    pub fn packet(
        &mut self,
        interface: InterfaceId,
        packet: &Packet<'_>,
    ) -> Result<(), WriteError> {
        let captured = bounded(packet.octets, MAX_PACKET)?;
        let ticks = interface.ticks(packet.time)?;
        self.begin(ENHANCED_PACKET);
        self.u32(interface.number);
        self.u32((ticks >> 32) as u32);
        self.u32(ticks as u32);
        self.u32(captured);
        self.u32(packet.original.max(captured));
        self.padded(packet.octets);
        self.packet_options(packet);
        self.end()
    }

    /// Says how many frames the interface dropped up to then (Interface Statistics Block).
    ///
    /// # Errors
    /// [`WriteError`]: the medium's, or because pcapng cannot say such a time.
    pub fn dropped(
        &mut self,
        interface: InterfaceId,
        time: Timestamp,
        frames: u64,
    ) -> Result<(), WriteError> {
        let ticks = interface.ticks(time)?;
        self.begin(INTERFACE_STATISTICS);
        self.u32(interface.number);
        self.u32((ticks >> 32) as u32);
        self.u32(ticks as u32);
        self.option(ISB_IFDROP, &frames.to_le_bytes());
        self.end_of_options();
        self.end()
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`WriteError::Io`] if what was written cannot be passed on.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn packet_options(&mut self, packet: &Packet<'_>) {
        if let Some(direction) = packet.direction {
            let flags: u32 = match direction {
                Direction::Inbound => 0b01,
                Direction::Outbound => 0b10,
            };
            self.option(EPB_FLAGS, &flags.to_le_bytes());
        }
        for comment in packet.comments {
            self.option(COMMENT, comment.as_bytes());
        }
        if packet.direction.is_some() || !packet.comments.is_empty() {
            self.end_of_options();
        }
    }

    /// A value longer than 16 bits can say is text, and is cut between two characters.
    fn option(&mut self, code: u16, value: &[u8]) {
        let (length, value) = match u16::try_from(value.len()) {
            Ok(length) => (length, value),
            Err(_) => longest_text(value),
        };
        self.u16(code);
        self.u16(length);
        self.padded(value);
    }

    fn end_of_options(&mut self) {
        self.option(END_OF_OPTIONS, &[]);
    }

    fn begin(&mut self, block_type: u32) {
        self.block.clear();
        self.u32(block_type);
        // The length, known when the block ends.
        self.u32(0);
    }

    fn end(&mut self) -> Result<(), WriteError> {
        // MAX_PACKET and a few options of 64 KiB stay far below 32 bits.
        let length = u32::try_from(self.block.len() + 4).unwrap_or(u32::MAX);
        self.u32(length);
        if let Some(field) = self.block.get_mut(4..8) {
            field.copy_from_slice(&length.to_le_bytes());
        }
        self.out.write_all(&self.block)?;
        Ok(())
    }

    fn u16(&mut self, value: u16) {
        self.block.extend(value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.block.extend(value.to_le_bytes());
    }

    fn padded(&mut self, octets: &[u8]) {
        self.block.extend_from_slice(octets);
        self.block.resize(self.block.len().next_multiple_of(4), 0);
    }
}

fn longest_text(value: &[u8]) -> (u16, &[u8]) {
    let mut length = u16::MAX;
    let continues = |length: u16| {
        value
            .get(usize::from(length))
            .is_some_and(|o| o & 0xc0 == 0x80)
    };
    while length > 0 && continues(length) {
        length -= 1;
    }
    (length, value.get(..length.into()).unwrap_or_default())
}

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const INTERFACE_STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;
const MAJOR: u16 = 1;
const MINOR: u16 = 0;
const SHB_USERAPPL: u16 = 4;
const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;
const ISB_IFDROP: u16 = 5;
/// More than any link carries, and what readers believe.
const MAX_PACKET: usize = 16 * 1024 * 1024 - 256;
