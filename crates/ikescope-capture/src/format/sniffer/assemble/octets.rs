//! Lines of octets: which packet they go to, and which of them wait for the next line.

use super::{Assembler, Held};
use crate::format::sniffer::faults::{self, Effect, Faulty};
use crate::format::sniffer::header;
use crate::format::sniffer::hex::{self, HexLine};
use crate::format::sniffer::packet::{Heading, Taken};
use crate::format::sniffer::report::Place;
use crate::text::{Damage, Outcome};

impl Assembler {
    /// Whether the line lacks what such lines have, so that a terminal may have broken it.
    pub(super) fn may_go_on(&self, octets: &HexLine) -> bool {
        !octets.has_ascii && self.layout.has_ascii && self.is_awaited()
    }

    /// Whether octets may come now.
    const fn is_awaited(&self) -> bool {
        self.open.is_some() || self.heading.is_some()
    }

    pub(super) fn learn(&mut self, octets: &HexLine) {
        if octets.count == 16 {
            self.layout.has_ascii = octets.has_ascii;
            if octets.has_ascii {
                self.layout.geometry = octets.geometry;
            }
        }
    }

    pub(super) fn faulty(&self, line: &[u8]) -> Option<Faulty> {
        let line = header::without_brackets(line);
        self.is_awaited()
            .then(|| faults::read(line, self.layout.geometry))?
    }

    pub(super) fn hold(&mut self, place: Place<'_>) {
        self.held = Some(Held {
            line: place.line,
            text: place.text.to_vec(),
        });
    }

    /// Whether `line` is the rest of a line that was broken in two.
    pub(super) fn goes_on(&mut self, mut held: Held, line: &[u8]) -> bool {
        let length = held.text.len();
        let begins_anew =
            line.is_empty() || hex::offset(line).is_some() || header::read(line).is_some();
        if !begins_anew {
            held.text.extend_from_slice(line);
            let text = header::without_brackets(&held.text);
            let whole = hex::read(text, true).filter(|octets| octets.has_ascii);
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
    pub(super) fn let_go(&mut self) {
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

    pub(super) fn octets(&mut self, octets: &HexLine, place: &Place<'_>, behind_octets: bool) {
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
    pub(super) fn split(&mut self, first: [u8; 16], count: usize, place: &Place<'_>) {
        self.end_packet();
        self.begin_without_header(place);
        if let Some(open) = &mut self.open {
            open.push(first.get(..count).unwrap_or_default());
        }
    }

    pub(super) fn faulty_octets(&mut self, faulty: Faulty, place: &Place<'_>, behind_octets: bool) {
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
        damage.reading = faulty.reading(text);
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
        if place.text.len() > LONGEST_JOINED {
            return;
        }
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
}

/// No two lines are longer, and no more are looked for in one.
pub(super) const LONGEST_JOINED: usize = 512;
