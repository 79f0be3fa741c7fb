//! Text of the packet sniffer of FortiGates and their kin: `diagnose sniffer packet`.
//!
//! There is no description of this format by its vendor. What is read here, in the order of a line's
//! way: `line` (what terminals leave), `hex` and `header` (the two kinds of lines), `faults` (lines that
//! are damaged), `noise` (all others), `assemble` (which packet a line goes to), `packet` (where in it),
//! `doubt` (octets that could be several), `layer` (what the octets begin with), `witness` and
//! `agreement` (what checksums and header say of them), `finish` (the frame).
//!
//! # What damage can be known
//!
//! * An octet whose hex digits and ASCII column differ is found, always. Which of the two is wrong, the
//!   ASCII column or a checksum tells; where they leave more than one reading, the packet is kept up to
//!   there, or whole and marked where it is but an address of the link layer.
//! * A hex digit that became another one is not seen in the ASCII column where both octets print as
//!   a dot. Checksums find it in an IPv4 header and in what UDP and TCP carry, if the packet has them.
//! * Nothing vouches for such a digit in addresses of the link layer, in ESP, in fragments, or where
//!   a network card was to fill in the checksum.
//! * Addresses and ports in a header are compared with the octets; nothing vouches for a digit of its
//!   time, or for the name of its interface.

mod agreement;
mod assemble;
mod detect;
mod doubt;
mod faults;
mod finish;
mod geometry;
mod header;
mod hex;
mod layer;
mod line;
mod names;
mod noise;
mod packet;
mod report;
mod time;
mod witness;

use self::assemble::Assembler;
pub(crate) use self::detect::{Looks, look};
use self::finish::Finished;
use self::names::Names;
use self::packet::Packet;
use super::interface::Interface;
use crate::comments::Comments;
use crate::error::CaptureError;
use crate::frame::Frame;
use crate::note::{NoteKind, Notes};
use crate::text::{LostReason, TextCensus, TextOptions, TimeBase};
use crate::window::Window;

pub(crate) struct SnifferReader {
    window: Window,
    assembler: Assembler,
    names: Names,
    /// How many of the packets that have ended were lent.
    lent: usize,
    frames: u64,
    at_end: bool,
    undated: bool,
}

impl SnifferReader {
    /// Reads up to the first packet.
    pub(crate) fn open(
        name: &str,
        window: Window,
        options: &TextOptions,
    ) -> Result<Self, CaptureError> {
        let mut reader = Self {
            window,
            assembler: Assembler::new(*options),
            names: Names::default(),
            lent: 0,
            frames: 0,
            at_end: false,
            undated: false,
        };
        reader.read_on();
        if reader.assembler.ended.is_empty() {
            reader.empty(name)?;
        }
        Ok(reader)
    }

    /// Why there is no packet, unless none was captured.
    fn empty(&mut self, name: &str) -> Result<(), CaptureError> {
        let name = name.to_owned();
        if let Some(source) = self.window.take_error() {
            let offset = self.window.offset();
            return Err(CaptureError::Read {
                name,
                offset,
                source,
            });
        }
        let census = self.text();
        let mut lost = census.lost();
        let verbosity = if census.verbosity[4] > 0 { 4 } else { 1 };
        match lost.find(|(reason, _)| *reason == LostReason::NoOctets) {
            None => Ok(()),
            Some((_, headers)) => Err(CaptureError::HeadersOnly {
                name,
                headers,
                verbosity,
            }),
        }
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.window.offset()
    }

    pub(crate) fn interfaces(&self) -> &[Interface] {
        self.names.interfaces()
    }

    pub(crate) const fn text(&self) -> &TextCensus {
        &self.assembler.report.census
    }

    pub(crate) fn next_frame(&mut self, notes: &mut Notes) -> Option<Frame<'_>> {
        if self.lent == self.assembler.ended.len() {
            let Assembler { ended, spare, .. } = &mut self.assembler;
            spare.extend(ended.drain(..).map(|(packet, _)| packet));
            self.lent = 0;
            self.read_on();
        }
        self.tell(notes);
        let (packet, finished) = self.assembler.ended.get(self.lent)?;
        self.lent += 1;
        self.frames += 1;
        Some(frame(packet, finished, self.frames, &mut self.names))
    }

    /// Reads lines until a packet has ended.
    fn read_on(&mut self) {
        while self.assembler.ended.is_empty() && !self.at_end {
            match line::measure(&mut self.window) {
                0 => {
                    self.at_end = true;
                    self.assembler.end();
                }
                length => self.assembler.line(self.window.take(length)),
            }
        }
    }

    fn tell(&mut self, notes: &mut Notes) {
        let offset = self.window.offset();
        let report = &mut self.assembler.report;
        for damage in report.damages.drain(..) {
            notes.add(offset, self.frames, NoteKind::Text(damage));
        }
        notes.add_damage(offset, self.frames, std::mem::take(&mut report.untold));
        if self.text().time_base == Some(TimeBase::Unknown) && !self.undated {
            self.undated = true;
            let line = self
                .assembler
                .ended
                .first()
                .map_or(1, |(packet, _)| packet.heading.line);
            notes.add(offset, self.frames, NoteKind::NoDate { line });
        }
        if self.at_end
            && let Some(error) = self.window.take_error()
        {
            let error = error.to_string();
            notes.add(offset, self.frames, NoteKind::ReadFailed { error });
        }
    }
}

fn frame<'a>(packet: &'a Packet, finished: &Finished, number: u64, names: &mut Names) -> Frame<'a> {
    let link = finished.link();
    Frame {
        number,
        time: packet.heading.time.unwrap_or_default(),
        interface: names.number(&packet.heading.name, link),
        link,
        original: finished.original,
        octets: packet.frame(finished.from_room),
        direction: finished.direction,
        comments: Comments::default(),
        text: Some(finished.text),
    }
}
