//! Lines to packets. Each line is tried as what it most likely is: octets, a header, octets or a
//! header with damage, and at last what others left between them.

mod headers;
mod octets;
mod session;

use self::session::Session;
use super::finish::{self, Finished};
use super::geometry::Geometry;
use super::layer::Layer;
use super::packet::{Heading, Packet};
use super::report::{Place, Report};
use super::time::Clock;
use super::{doubt, header, hex, line};
use ikescope_wire::observed::Timestamp;

use crate::text::{Damage, LostReason, Outcome, TextOptions};

/// What is known while lines come in.
#[derive(Debug)]
pub(super) struct Assembler {
    /// The packet that lines of octets belong to.
    open: Option<Packet>,
    /// A header that has no octets yet.
    heading: Option<Heading>,
    /// Packets that have ended and wait to be lent, oldest first.
    pub(super) ended: Vec<(Packet, Finished)>,
    pub(super) spare: Vec<Packet>,
    pub(super) report: Report,
    clock: Clock,
    line: u64,
    /// A line that may go on in the next one.
    held: Option<Held>,
    layout: Layout,
    session: Session,
    /// Where lines without control characters are made.
    scratch: Vec<u8>,
    /// The line before was one of octets.
    behind_octets: bool,
    /// Lines were written over each other since the packet began, and empty ones may be lost.
    torn: bool,
}

#[derive(Debug)]
struct Held {
    line: u64,
    text: Vec<u8>,
}

/// How lines have looked so far.
#[derive(Clone, Copy, Debug)]
struct Layout {
    geometry: Geometry,
    /// Whether lines have an ASCII column.
    has_ascii: bool,
    /// Whether empty lines stand between packets.
    empty_lines: bool,
    /// What packets began with.
    layer: Option<Layer>,
}

impl Assembler {
    pub(super) fn new(options: TextOptions) -> Self {
        Self {
            open: None,
            heading: None,
            ended: Vec::new(),
            spare: Vec::new(),
            report: Report::default(),
            clock: Clock::new(options),
            line: 0,
            held: None,
            layout: Layout {
                geometry: Geometry::FORTIGATE,
                has_ascii: true,
                empty_lines: false,
                layer: None,
            },
            session: Session::default(),
            scratch: Vec::new(),
            behind_octets: false,
            torn: false,
        }
    }

    /// Takes a line that goes on with the open packet as is expected; `false` if it does not.
    pub(super) fn expected(&mut self, number: u64, line: &[u8]) -> bool {
        if self.held.is_none()
            && let Some(open) = &mut self.open
            && let Some(expected) = open.expected()
            && let Some(octets) = hex::read_expected(line, expected)
        {
            open.push(&octets);
            self.behind_octets = true;
            self.count(number);
            return true;
        }
        false
    }

    /// Takes any line, without its end; `is_unclean` is what [`line::is_unclean`] says of it.
    pub(super) fn line(&mut self, number: u64, line: &[u8], is_unclean: bool) {
        self.count(number);
        if is_unclean {
            self.unclean(line);
        } else {
            self.clean(line);
        }
    }

    const fn count(&mut self, number: u64) {
        self.line = number;
        self.report.census.lines = number;
    }

    /// Time of the newest header, if there was one.
    pub(super) const fn newest(&self) -> Option<Timestamp> {
        self.clock.newest_read()
    }

    /// A line that is not the sniffer's tells the date, as civil time.
    pub(super) const fn tell_date(&mut self, line: u64, civil: i64) {
        self.clock.tell(line, civil);
    }

    /// The input has ended.
    pub(super) fn end(&mut self) {
        self.let_go();
        self.end_packet();
        self.drop_heading();
    }

    /// A line in which terminals wrote over what was there: every piece of it is looked at.
    fn unclean(&mut self, line: &[u8]) {
        let mut scratch = std::mem::take(&mut self.scratch);
        for piece in line.split(|c| *c == b'\r') {
            line::clean(piece, &mut scratch);
            self.torn |= piece.len() < line.len();
            // Pagers wipe out their prompt with blanks.
            if !scratch.trim_ascii().is_empty() {
                self.clean(&scratch);
            }
        }
        self.scratch = scratch;
    }

    /// A line without control characters.
    fn clean(&mut self, line: &[u8]) {
        let number = self.line;
        if let Some(held) = self.held.take()
            && self.goes_on(held, line)
        {
            return;
        }
        self.read(number, line);
    }

    fn read(&mut self, number: u64, line: &[u8]) {
        let behind_octets = std::mem::replace(&mut self.behind_octets, false);
        let place = Place {
            line: number,
            text: line,
        };
        if line.iter().all(|c| matches!(c, b' ' | b'\t')) {
            return self.empty();
        }
        if let Some(octets) = hex::read(header::without_brackets(line), self.layout.has_ascii) {
            if self.may_go_on(&octets) {
                self.hold(place);
            } else {
                if behind_octets && !octets.geometry.is_like(self.layout.geometry) {
                    let (damage, outcome) = (Damage::Separator, Outcome::Harmless);
                    self.report.add(&place, 0, damage, outcome, String::new());
                }
                self.learn(&octets);
                self.octets(&octets, &place, behind_octets);
            }
        } else if let Some(header) = header::read(line) {
            self.header(&header, &place);
        } else if let Some(faulty) = self.faulty(line) {
            let length = header::without_brackets(line).len();
            if length < self.layout.geometry.ascii + 16 {
                self.hold(place);
            } else {
                self.faulty_octets(faulty, &place, behind_octets);
            }
        } else {
            self.other(&place, behind_octets);
        }
    }

    fn other(&mut self, place: &Place<'_>, behind_octets: bool) {
        if let Some((at, octets)) = hex::read_inside(place.text) {
            let place = Place {
                text: place.text.get(at..).unwrap_or_default(),
                ..*place
            };
            self.octets(&octets, &place, behind_octets);
        } else if let Some(header) = header::read_inside(place.text) {
            self.header_inside(header, place);
        } else if let Some(header) = self.header_without_time(place.text) {
            self.header(&header, place);
        } else {
            self.may_end_header(place);
            self.noise(place);
        }
    }

    /// An empty line ends a packet, but not the wait for its first octets.
    fn empty(&mut self) {
        self.layout.empty_lines |= self.open.is_some();
        self.end_packet();
    }

    fn begin(&mut self) {
        if let Some(heading) = self.heading.take() {
            self.open_packet(heading);
        }
    }

    fn begin_without_header(&mut self, place: &Place<'_>) {
        self.report
            .add(place, 0, Damage::NoHeader, Outcome::Marked, String::new());
        self.open_packet(Heading {
            line: place.line,
            name: self.session.interface.clone(),
            is_damaged: true,
            ..Heading::default()
        });
    }

    fn open_packet(&mut self, heading: Heading) {
        let mut packet = self.spare.pop().unwrap_or_default();
        packet.begin(heading);
        self.open = Some(packet);
    }

    fn end_packet(&mut self) {
        let Some(mut packet) = self.open.take() else {
            return;
        };
        let layer = Layer::of(packet.octets(), &packet.heading.text, self.layout.layer);
        let announced = finish::announced(layer, packet.octets());
        let split = packet.end(announced, &mut self.report);
        let (like, any) = (self.layout.layer, self.session.any);
        doubt::settle(&mut packet, like, any, &mut self.report);
        if packet.octets().is_empty() {
            self.report.census.lose(LostReason::Unreadable);
            self.spare.push(packet);
        } else {
            let finished = finish::finish(&mut packet, like, any, &mut self.report);
            if !packet.is_cut {
                self.layout.layer = Some(finished.layer);
            }
            if packet.heading.time.is_none() {
                packet.heading.time = Some(self.clock.newest());
            }
            self.ended.push((packet, finished));
        }
        if let Some((first, count)) = split {
            let place = Place {
                line: self.line,
                text: b"",
            };
            self.split(first, count, &place);
            self.end_packet();
        }
    }
}
