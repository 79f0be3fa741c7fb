//! A packet while its lines come in: each goes to the place that its offset says, or that its
//! neighbours prove where the offset is damaged.

use ikescope_wire::observed::Timestamp;

use super::faults::Effect;
use super::hex::HexLine;
use super::report::{Place, Report};
use crate::frame::Direction;
use crate::text::{Damage, Outcome, TextDamage};

/// What the header says, as far as it is needed when the packet ends.
#[derive(Debug, Default)]
pub(super) struct Heading {
    /// Its line; that of the first octets where there is none.
    pub(super) line: u64,
    /// `None` where no time could be read.
    pub(super) time: Option<Timestamp>,
    /// Whether an interface is printed.
    pub(super) names_interface: bool,
    /// The interface; empty if none is known.
    pub(super) name: Vec<u8>,
    pub(super) direction: Option<Direction>,
    pub(super) text: Vec<u8>,
    /// What stands on the line behind it, which may be the end of the text.
    pub(super) broken_off: Vec<u8>,
    /// Whether not all of it can be trusted.
    pub(super) is_damaged: bool,
}

/// A packet whose lines come in.
#[derive(Debug, Default)]
pub(super) struct Packet {
    pub(super) heading: Heading,
    /// Its octets, behind room for a header of the link layer.
    octets: Vec<u8>,
    /// Octets that were printed, readable or not.
    pub(super) printed: usize,
    /// Whether a part of it is missing from the end of its octets on.
    pub(super) is_cut: bool,
    pub(super) is_repaired: bool,
    pub(super) is_doubtful: bool,
    /// One octet that may be any of several.
    pub(super) doubt: Option<Doubt>,
    /// A line whose offset may be wrong, or whose place may be.
    suspect: Option<Suspect>,
}

/// An octet that the text does not tell for certain.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) index: usize,
    pub(super) candidates: Vec<u8>,
    pub(super) damage: TextDamage,
}

/// A line that was put behind the others although its offset is another.
#[derive(Debug)]
struct Suspect {
    /// Where it was put.
    at: usize,
    /// What it says.
    printed: usize,
    count: usize,
    damage: TextDamage,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Taken {
    Yes,
    /// The line before was the first of another packet, as this one shows: it was taken out again.
    Split([u8; 16], usize),
}

impl Packet {
    /// Octets of room in front of a packet.
    pub(super) const ROOM: usize = 14;

    /// Empties it for the next packet, whose header is `heading`.
    pub(super) fn begin(&mut self, heading: Heading) {
        let mut octets = std::mem::take(&mut self.octets);
        octets.clear();
        octets.resize(Self::ROOM, 0);
        *self = Self {
            is_doubtful: heading.is_damaged,
            heading,
            octets,
            ..Self::default()
        };
    }

    /// The octets of it that can be read.
    pub(super) fn octets(&self) -> &[u8] {
        self.octets.get(Self::ROOM..).unwrap_or_default()
    }

    /// The octets of it, with the last octets of the room in front.
    pub(super) fn frame(&self, from_room: usize) -> &[u8] {
        let start = Self::ROOM.saturating_sub(from_room);
        self.octets.get(start..).unwrap_or_default()
    }

    /// Puts an octet in the place of another.
    pub(super) fn set(&mut self, index: usize, octet: u8) {
        if let Some(place) = self.octets.get_mut(Self::ROOM + index) {
            *place = octet;
        }
    }

    /// The octets of it, and the room in front.
    pub(super) const fn with_room(&mut self) -> &mut Vec<u8> {
        &mut self.octets
    }

    /// The offset of the line that comes next, while nothing is wrong.
    pub(super) fn expected(&self) -> Option<u32> {
        let plain = self.suspect.is_none() && !self.is_cut;
        plain.then(|| u32::try_from(self.octets().len()).ok())?
    }

    /// Takes a line of which nothing is wrong.
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
        self.printed = self.octets().len();
    }

    /// Takes a line wherever it belongs.
    pub(super) fn take(&mut self, line: &HexLine, place: &Place<'_>, report: &mut Report) -> Taken {
        if let Some(suspect) = self.suspect.take() {
            match self.judge(suspect, line, place, report) {
                Judged::GoOn => {}
                Judged::Used => return Taken::Yes,
                Judged::Split(octets, count) => return Taken::Split(octets, count),
            }
        }
        let at = self.octets().len();
        let printed = line.offset.map_or(at, |offset| offset as usize);
        self.printed = self.printed.max(printed.min(at + MAX_GAP) + line.count);
        if self.is_cut {
            return Taken::Yes;
        }
        if line.offset.is_none() || printed == at {
            self.push(line.octets());
        } else if !at.is_multiple_of(16) {
            self.cut(
                at,
                report.note(place, 0, Damage::ShortLine, Outcome::Cut),
                report,
            );
        } else if self.octets().get(printed..printed + line.count) == Some(line.octets())
            && printed + line.count == at
        {
            report.add(place, 0, Damage::Repeated, Outcome::Harmless, String::new());
            self.is_repaired = true;
        } else {
            let damage = report.note(place, 0, Damage::Offset, Outcome::ByPlace);
            self.suspect = Some(Suspect {
                at,
                printed,
                count: line.count,
                damage,
            });
            self.octets.extend_from_slice(line.octets());
        }
        Taken::Yes
    }

    /// What the line behind it says of a suspect.
    fn judge(
        &mut self,
        suspect: Suspect,
        line: &HexLine,
        place: &Place<'_>,
        report: &mut Report,
    ) -> Judged {
        let printed = line.offset.map(|offset| offset as usize);
        if printed.is_none_or(|printed| printed == self.octets().len()) {
            self.repair(suspect.damage, report);
            return Judged::GoOn;
        }
        if printed == Some(suspect.at) && suspect.printed == suspect.at + line.count {
            let at = Self::ROOM + suspect.at;
            self.octets.splice(at..at, line.octets().iter().copied());
            self.printed = self.octets().len();
            report.add(
                place,
                0,
                Damage::Offset,
                Outcome::ByPlace,
                SWAPPED.to_owned(),
            );
            self.is_repaired = true;
            return Judged::Used;
        }
        if suspect.printed == 0 && printed == Some(suspect.count) {
            return self.split(&suspect);
        }
        self.miss(suspect, report);
        Judged::GoOn
    }

    /// The suspect begins another packet.
    fn split(&mut self, suspect: &Suspect) -> Judged {
        let mut octets = [0; 16];
        let taken = self.octets.drain(Self::ROOM + suspect.at..);
        for (place, octet) in octets.iter_mut().zip(taken) {
            *place = octet;
        }
        self.printed = suspect.at;
        Judged::Split(octets, suspect.count)
    }

    /// Lines are missing in front of the suspect.
    fn miss(&mut self, suspect: Suspect, report: &mut Report) {
        let mut damage = suspect.damage;
        (damage.damage, damage.outcome) = (Damage::MissingLines, Outcome::Cut);
        self.printed = self
            .printed
            .max(suspect.printed.min(suspect.at + MAX_GAP) + suspect.count);
        self.cut(suspect.at, damage, report);
    }

    fn repair(&mut self, damage: TextDamage, report: &mut Report) {
        self.is_repaired = true;
        self.printed = self.octets().len();
        report.push(damage);
    }

    /// The packet ends. `announced` is how many octets it has by its IP header; gives back the
    /// octets of another packet's first line.
    pub(super) fn end(
        &mut self,
        announced: Option<usize>,
        report: &mut Report,
    ) -> Option<([u8; 16], usize)> {
        let suspect = self.suspect.take()?;
        let whole = self.octets().len();
        let fits = |length: usize| {
            announced.is_some_and(|announced| {
                announced == length || announced < length && length <= SHORTEST
            })
        };
        if fits(whole) {
            self.repair(suspect.damage, report);
        } else if suspect.printed == 0 && announced.is_none_or(|announced| announced <= suspect.at)
        {
            if let Judged::Split(octets, count) = self.split(&suspect) {
                return Some((octets, count));
            }
        } else if fits(suspect.printed + suspect.count) || announced.is_some() {
            self.miss(suspect, report);
        } else if one_digit_differs(suspect.at, suspect.printed) {
            self.repair(suspect.damage, report);
        } else {
            self.miss(suspect, report);
        }
        None
    }

    /// Takes what a fault leaves of a line that was taken at `at`.
    pub(super) fn suffer(
        &mut self,
        effect: Effect,
        at: usize,
        damage: TextDamage,
        report: &mut Report,
    ) {
        match effect {
            Effect::Certain(_) => {
                self.is_repaired = true;
                report.push(damage);
            }
            Effect::Cut(index) => self.cut(at + index, damage, report),
            Effect::Doubt { index, candidates } => {
                let doubt = Doubt {
                    index: at + index,
                    candidates,
                    damage,
                };
                if let Some(first) = self.doubt.take() {
                    // One checksum cannot settle two doubts.
                    report.push(doubt.damage);
                    self.cut(first.index, first.damage, report);
                } else {
                    self.doubt = Some(doubt);
                }
            }
        }
    }

    /// The octets from `at` on cannot be known.
    pub(super) fn cut(&mut self, at: usize, damage: TextDamage, report: &mut Report) {
        self.is_cut = true;
        self.octets.truncate(Self::ROOM + at);
        if let Some(mut suspect) = self.suspect.take() {
            suspect.damage.outcome = Outcome::Cut;
            report.push(suspect.damage);
        }
        if let Some(doubt) = self.doubt.take() {
            self.octets.truncate(Self::ROOM + doubt.index);
            report.push(doubt.damage);
        }
        report.push(damage);
    }
}

/// What was found of a suspect.
enum Judged {
    /// The line at hand is still to be taken.
    GoOn,
    Used,
    Split([u8; 16], usize),
}

/// Whether two offsets differ in one hex digit.
fn one_digit_differs(one: usize, other: usize) -> bool {
    let digits = (0..8).filter(|digit| (one ^ other) >> (4 * digit) & 15 != 0);
    digits.count() == 1
}

/// The lines between two offsets that are believed to be missing, in octets: no packet is longer.
const MAX_GAP: usize = 0x1_0000;
/// The shortest frame of Ethernet; what is shorter is filled up.
const SHORTEST: usize = 60;
const SWAPPED: &str = "this line and the one before are swapped";
