//! Lines to packets. Each line is tried as what it most likely is: octets, a header, octets or a
//! header with damage, and at last what others left between them.

use super::faults::{self, Faulty};
use super::finish::{self, Finished};
use super::geometry::Geometry;
use super::header::{self, Header};
use super::hex::{self, HexLine};
use super::layer::Layer;
use super::line::{self, find};
use super::noise::{self, Noise};
use super::packet::{Heading, Packet, Taken};
use super::report::{Place, Report};
use super::time::{Clock, Written};
use crate::text::{Damage, LostReason, Outcome, SkippedKind, TextOptions};

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

/// What was said of the capture that is going on.
#[derive(Debug, Default)]
struct Session {
    any: bool,
    /// The interface of a capture on one alone.
    interface: Vec<u8>,
    utc: bool,
    names_interfaces: bool,
    /// A time as they are written in it, and its decimals.
    written: Option<(Written, usize)>,
}

impl Session {
    /// The name of the interface that a packet was on, with its blade; empty if nothing tells.
    fn name(&self, header: &Header<'_>) -> Vec<u8> {
        let mut name = Vec::new();
        if let Some(blade) = header.blade {
            name.extend_from_slice(blade);
            name.push(b'/');
        }
        name.extend_from_slice(header.interface.unwrap_or(&self.interface));
        name
    }
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

    /// Takes a line with its end.
    pub(super) fn line(&mut self, line: &[u8]) {
        self.line += 1;
        self.report.census.lines = self.line;
        let line = line::without_end(line);
        if self.held.is_none()
            && let Some(open) = &mut self.open
            && let Some(expected) = open.expected()
            && let Some(octets) = hex::read_expected(line, expected)
        {
            open.push(&octets);
            self.behind_octets = true;
            return;
        }
        if line::is_unclean(line) {
            self.unclean(line);
        } else {
            self.clean(line);
        }
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
            if line.len() < self.layout.geometry.ascii + 16 {
                self.hold(place);
            } else {
                self.faulty_octets(faulty, &place, behind_octets);
            }
        } else {
            self.other(&place, behind_octets);
        }
    }

    fn other(&mut self, place: &Place<'_>, behind_octets: bool) {
        if let Some((at, octets)) = octets_inside(place.text) {
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
            self.noise(place);
        }
    }

    /// Only where headers name interfaces does a line without a time look like one.
    fn header_without_time<'a>(&self, line: &'a [u8]) -> Option<Header<'a>> {
        let header = header::read_without_time(line)?;
        self.session.names_interfaces.then_some(header)
    }

    /// An empty line ends a packet, but not the wait for its first octets.
    fn empty(&mut self) {
        self.layout.empty_lines |= self.open.is_some();
        self.end_packet();
    }

    // Lines of octets.

    /// Whether the line lacks what such lines have, so that a terminal may have broken it.
    fn may_go_on(&self, octets: &HexLine) -> bool {
        !octets.has_ascii && self.layout.has_ascii && self.is_awaited()
    }

    /// Whether octets may come now.
    const fn is_awaited(&self) -> bool {
        self.open.is_some() || self.heading.is_some()
    }

    fn learn(&mut self, octets: &HexLine) {
        if octets.count == 16 {
            self.layout.has_ascii = octets.has_ascii;
            if octets.has_ascii {
                self.layout.geometry = octets.geometry;
            }
        }
    }

    fn faulty(&self, line: &[u8]) -> Option<Faulty> {
        let line = header::without_brackets(line);
        self.is_awaited()
            .then(|| faults::read(line, self.layout.geometry))?
    }

    fn hold(&mut self, place: Place<'_>) {
        self.held = Some(Held {
            line: place.line,
            text: place.text.to_vec(),
        });
    }

    /// Whether `line` is the rest of a line that was broken in two.
    fn goes_on(&mut self, mut held: Held, line: &[u8]) -> bool {
        let length = held.text.len();
        let begins_anew =
            line.is_empty() || hex::offset(line).is_some() || header::read(line).is_some();
        if !begins_anew {
            held.text.extend_from_slice(line);
            let whole = hex::read(&held.text, true).filter(|octets| octets.has_ascii);
            if let Some(octets) = whole {
                let place = Place {
                    line: held.line,
                    text: &held.text,
                };
                self.report.add(
                    &place,
                    length,
                    Damage::Wrapped,
                    Outcome::Harmless,
                    String::new(),
                );
                self.octets(&octets, &place, true);
                if let Some(open) = &mut self.open {
                    open.is_repaired = true;
                }
                return true;
            }
            held.text.truncate(length);
        }
        self.held = Some(held);
        self.let_go();
        false
    }

    /// Reads a line that was held back as it stands.
    fn let_go(&mut self) {
        let Some(held) = self.held.take() else {
            return;
        };
        let place = Place {
            line: held.line,
            text: &held.text,
        };
        let line = header::without_brackets(&held.text);
        if let Some(octets) = hex::read(line, self.layout.has_ascii) {
            self.octets(&octets, &place, true);
            self.miss_ascii(&octets, &place);
        } else if let Some(faulty) = self.faulty(line) {
            self.faulty_octets(faulty, &place, true);
        } else {
            self.other(&place, false);
        }
    }

    /// Where the first line has no ASCII column, none may have one. Later ones have lost theirs, if
    /// not with the blanks in front of it: then somebody left it out.
    fn miss_ascii(&mut self, octets: &HexLine, place: &Place<'_>) {
        if octets.has_ascii || !self.layout.has_ascii {
            return;
        }
        let is_full = octets.count == 16;
        if octets.offset == Some(0) && is_full {
            self.layout.has_ascii = false;
        } else if is_full || place.text.ends_with(b" ") || place.text.ends_with(b"\t") {
            let column = place.text.len();
            self.report.add(
                place,
                column,
                Damage::AsciiLength,
                Outcome::Harmless,
                String::new(),
            );
        }
    }

    fn octets(&mut self, octets: &HexLine, place: &Place<'_>, behind_octets: bool) {
        self.behind_octets = true;
        let first = octets.offset == Some(0);
        if self.heading.is_some() {
            self.end_packet();
            self.begin();
        } else if self.open.is_none() || first && !self.continues(octets, behind_octets) {
            self.end_packet();
            if !first {
                return self.lose(place);
            }
            self.begin_without_header(place);
        }
        let Some(open) = &mut self.open else {
            return;
        };
        if let Taken::Split(first, count) = open.take(octets, place, &mut self.report) {
            self.split(first, count, place);
            self.octets(octets, place, true);
        }
    }

    /// Whether offset 0 may be a damaged one: of the line that comes next, right behind others.
    fn continues(&self, octets: &HexLine, behind_octets: bool) -> bool {
        let Some(open) = &self.open else {
            return false;
        };
        let length = open.octets().len();
        let digits = (0..8)
            .filter(|digit| length >> (4 * digit) & 15 != 0)
            .count();
        let repeated = length == 16 && open.octets() == octets.octets();
        behind_octets && (digits == 1 && length.is_multiple_of(16) || repeated)
    }

    /// Begins the packet that a first line belongs to which was taken for another.
    fn split(&mut self, first: [u8; 16], count: usize, place: &Place<'_>) {
        self.end_packet();
        self.begin_without_header(place);
        if let Some(open) = &mut self.open {
            open.push(first.get(..count).unwrap_or_default());
        }
    }

    fn faulty_octets(&mut self, faulty: Faulty, place: &Place<'_>, behind_octets: bool) {
        use faults::Effect;
        let at = match &self.open {
            Some(open) if self.heading.is_none() => open.octets().len(),
            _ => 0,
        };
        let was_open = self.open.is_some() || self.heading.is_some();
        let mut line = faulty.line;
        if line.offset.is_none() && was_open {
            line.offset = u32::try_from(at).ok();
        }
        self.octets(&line, place, behind_octets);
        let outcome = match faulty.effect {
            Effect::Certain(outcome) => outcome,
            Effect::Doubt { .. } | Effect::Cut(_) => Outcome::Cut,
        };
        let text = header::without_brackets(place.text);
        let column = place.text.len() - text.len() + faulty.column;
        let mut damage = self.report.note(place, column, faulty.damage, outcome);
        damage.reading = reading(&faulty, text);
        if let Some(open) = &mut self.open {
            let at = open.octets().len().saturating_sub(line.count);
            if open.is_cut {
                self.report.push(damage);
            } else {
                open.suffer(faulty.effect, at, damage, &mut self.report);
            }
        }
        if let Some(joined) = faulty.joined {
            self.joined(place, joined);
        }
    }

    /// What follows in a line whose end is missing: behind the character that it became, or not.
    fn joined(&mut self, place: &Place<'_>, at: usize) {
        for skipped in [1, 0] {
            let rest = place.text.get(at + skipped..).unwrap_or_default();
            if hex::read(rest, true).is_some_and(|octets| octets.has_ascii)
                || header::read(rest).is_some()
            {
                return self.read(place.line, rest);
            }
        }
    }

    /// Octets that belong to no packet that is known of.
    fn lose(&mut self, place: &Place<'_>) {
        self.report.census.lose(LostReason::Unreadable);
        self.report
            .add(place, 0, Damage::NoHeader, Outcome::Cut, String::new());
        self.open_packet(Heading {
            line: place.line,
            ..Heading::default()
        });
        if let Some(open) = &mut self.open {
            open.is_cut = true;
        }
    }

    // Headers.

    fn header(&mut self, header: &Header<'_>, place: &Place<'_>) {
        let torn = std::mem::take(&mut self.torn);
        let joined = !torn && self.open.is_some() && self.layout.empty_lines && header.prefix == 0;
        self.end_packet();
        self.drop_heading();
        let (text, octets) = behind_text(header.text);
        self.session.names_interfaces |= header.direction_printed();
        let written = header.time.map(|time| (time, header.decimals));
        self.session.written = self.session.written.or(written);
        let usual = self.session.written.map(|(_, decimals)| decimals);
        let is_whole = written.is_some_and(|(_, decimals)| Some(decimals) == usual)
            && header.is_plausible()
            && header.direction_printed() == self.session.names_interfaces;
        for (is_so, damage) in [(joined, Damage::JoinedLines), (!is_whole, Damage::Header)] {
            if is_so {
                self.report
                    .add(place, 0, damage, Outcome::Marked, String::new());
            }
        }
        let census = &mut self.report.census;
        census.captures = census.captures.max(1);
        self.heading = Some(Heading {
            line: place.line,
            time: header.time.map(|time| self.clock.moment(time, census)),
            names_interface: header.direction_printed(),
            name: self.session.name(header),
            direction: header.direction,
            text: text.to_vec(),
            is_damaged: joined || !is_whole,
        });
        if let Some(octets) = octets {
            let column = place.text.len() - octets.len();
            self.report.add(
                place,
                column,
                Damage::JoinedLines,
                Outcome::Harmless,
                String::new(),
            );
            self.read(place.line, octets);
        }
    }

    /// A header with something in front of it, which may have been a part of its time.
    fn header_inside(&mut self, mut header: Header<'_>, place: &Place<'_>) {
        let prefix = place.text.get(..header.prefix).unwrap_or_default();
        let apart = prefix.ends_with(b" ");
        if !apart {
            let outcome = Outcome::Harmless;
            self.report
                .add(place, 0, Damage::HeaderPrefix, outcome, String::new());
        }
        header.time = header.time.filter(|time| {
            let of_kind = self
                .session
                .written
                .is_none_or(|(known, _)| known.is_like(*time));
            let cut = !apart && !time.has_date() && prefix.iter().any(u8::is_ascii_digit);
            of_kind && !cut
        });
        self.header(&header, place);
    }

    /// A header that nothing belongs to.
    fn drop_heading(&mut self) {
        if let Some(heading) = self.heading.take() {
            self.report.census.lose(LostReason::NoOctets);
            let verbosity = if heading.names_interface { 4 } else { 1 };
            if let Some(count) = self.report.census.verbosity.get_mut(verbosity) {
                *count += 1;
            }
        }
    }

    // Packets.

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
        if packet.octets().is_empty() {
            self.spare.push(packet);
        } else {
            let finished = finish::finish(
                &mut packet,
                self.layout.layer,
                self.session.any,
                &mut self.report,
            );
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

    // Other lines.

    fn noise(&mut self, place: &Place<'_>) {
        match noise::classify(place.text) {
            Noise::Interfaces(name) => {
                self.end_packet();
                self.drop_heading();
                self.report.census.captures += 1;
                self.clock.begin(self.session.utc);
                let any = name == b"any";
                self.session = Session {
                    any,
                    interface: if any { Vec::new() } else { name.to_vec() },
                    ..Session::default()
                };
                self.layout.layer = None;
            }
            Noise::Command { utc } => {
                self.session.utc = utc;
                self.report.census.skip(SkippedKind::Prompt);
            }
            Noise::Received(count) => {
                self.end_packet();
                self.drop_heading();
                self.report.census.received += count;
            }
            Noise::Dropped(count) => self.report.census.dropped += count,
            Noise::Date(civil) => {
                self.clock.tell(place.line, civil);
                self.report.census.skip(SkippedKind::Other);
            }
            Noise::Skipped(kind) => self.report.census.skip(kind),
        }
    }
}

/// The text of a header, and the line of octets that a missing line end put behind it.
fn behind_text(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let tab = text.iter().position(|c| *c == b'\t');
    let at = tab.and_then(|tab| find(text.get(..tab)?, b"0x0000"));
    at.map_or((text, None), |at| {
        let (text, octets) = text.split_at(at);
        (text, Some(octets))
    })
}

/// A whole line of octets behind something else: a prompt, or another program's output.
fn octets_inside(line: &[u8]) -> Option<(usize, HexLine)> {
    let mut from = 1;
    while let Some(at) = find(line.get(from..)?, b"0x") {
        let octets = hex::read(line.get(from + at..)?, true).filter(|octets| octets.has_ascii);
        if let Some(octets) = octets {
            return Some((from + at, octets));
        }
        from += at + 2;
    }
    None
}

/// What a character was taken for, to stand below a caret.
fn reading(faulty: &Faulty, text: &[u8]) -> String {
    use faults::Effect;
    let found = text.get(faulty.column).copied().unwrap_or(b' ');
    let found = if found.is_ascii_graphic() {
        char::from(found)
    } else {
        ' '
    };
    match (&faulty.effect, faulty.damage) {
        (Effect::Certain(Outcome::ByAscii), Damage::NotHex) => {
            let Some((index, octet)) = faulty.octet() else {
                return String::new();
            };
            let digit = faulty.column - faulty.line.geometry.column(index);
            let digits = format!("{octet:02x}");
            let read = digits.chars().nth(digit).unwrap_or(' ');
            format!(
                "'{found}' read as '{read}': octet {digits} prints as '{}'",
                char::from(hex::shown(octet))
            )
        }
        (Effect::Doubt { candidates, .. }, _) => format!("{} octets would fit", candidates.len()),
        _ => String::new(),
    }
}
