//! The packets of a text: lines go in, frames come out.

use super::assemble::Assembler;
use super::finish::Finished;
use super::names::Names;
use super::packet::Packet;
use crate::comments::Comments;
use crate::format::interface::Interface;
use crate::frame::{Frame, LinkType};
use crate::note::{NoteKind, Notes};
use crate::text::{LostReason, TextCensus, TextOptions, TimeBase};
use crate::write::TimeUnit;
use ikescope_wire::observed::Timestamp;

pub(crate) struct Packets {
    assembler: Assembler,
    names: Names,
    /// How many of the packets that have ended were lent.
    lent: usize,
    undated: bool,
}

impl Packets {
    pub(crate) fn new(options: &TextOptions) -> Self {
        Self {
            assembler: Assembler::new(*options),
            names: Names::default(),
            lent: 0,
            undated: false,
        }
    }

    /// Takes a line that goes on with a packet as is expected, what nearly all lines do; `false` if
    /// it is another.
    pub(crate) fn expected(&mut self, number: u64, line: &[u8]) -> bool {
        self.assembler.expected(number, line)
    }

    /// Takes any line, without its end; `is_unclean` is what [`is_unclean`](super::is_unclean) says of
    /// it.
    pub(crate) fn line(&mut self, number: u64, line: &[u8], is_unclean: bool) {
        self.assembler.line(number, line, is_unclean);
    }

    /// The text has ended.
    pub(crate) fn end(&mut self) {
        self.assembler.end();
    }

    /// Whether a packet is to be lent.
    pub(crate) fn is_ready(&mut self) -> bool {
        let Assembler { ended, spare, .. } = &mut self.assembler;
        if self.lent == ended.len() && self.lent > 0 {
            spare.extend(ended.drain(..).map(|(packet, _)| packet));
            self.lent = 0;
        }
        self.lent < ended.len()
    }

    /// The next packet, as frame `number`.
    pub(crate) fn lend(&mut self, number: u64) -> Option<Frame<'_>> {
        let (packet, finished) = self.assembler.ended.get(self.lent)?;
        self.lent += 1;
        Some(frame(packet, finished, number, &mut self.names))
    }

    /// Time of the newest packet whose header was read, if there is one.
    pub(crate) const fn newest(&self) -> Option<Timestamp> {
        self.assembler.newest()
    }

    /// A line that is not the sniffer's tells the date, as civil time.
    pub(crate) const fn tell_date(&mut self, line: u64, civil: i64) {
        self.assembler.tell_date(line, civil);
    }

    /// Headers without octets, and how they were printed; `None` if there are none.
    pub(crate) fn headers_only(&self) -> Option<(u64, u8)> {
        let census = self.census();
        let verbosity = if census.verbosity[4] > 0 { 4 } else { 1 };
        let mut lost = census.lost();
        let (_, headers) = lost.find(|(reason, _)| *reason == LostReason::NoOctets)?;
        Some((headers, verbosity))
    }

    pub(crate) fn interfaces(&self) -> &[Interface] {
        self.names.interfaces()
    }

    /// The number of an interface that packets of a log of the same text are told to be on.
    pub(crate) fn interface_of_log(&mut self) -> u32 {
        self.names.add(LinkType::RAW, TimeUnit::Microseconds)
    }

    pub(crate) const fn census(&self) -> &TextCensus {
        &self.assembler.report.census
    }

    pub(crate) const fn census_mut(&mut self) -> &mut TextCensus {
        &mut self.assembler.report.census
    }

    /// Tells what was found at `offset` behind so many frames.
    pub(crate) fn note(&mut self, offset: u64, frames: u64, notes: &mut Notes) {
        let report = &mut self.assembler.report;
        for damage in report.damages.drain(..) {
            notes.add(offset, frames, NoteKind::Text(damage));
        }
        notes.add_damage(offset, frames, std::mem::take(&mut report.untold));
        if self.census().time_base == Some(TimeBase::Unknown) && !self.undated {
            self.undated = true;
            let first = self.assembler.ended.first();
            let line = first.map_or(1, |(packet, _)| packet.heading.line);
            notes.add(offset, frames, NoteKind::NoDate { line });
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
        plaintext: None,
    }
}
