//! Lines of octets that are not whole: what of them can be read, and what is in doubt.
//!
//! A terminal, an editor or a serial line changes single characters, and leaves the others in
//! their columns. So a faulty line is read by the columns of the lines around it, and then by its
//! groups, for what was put in or left out.

use super::geometry::{Geometry, Groups};
use super::hex::{self, HexLine, agrees, digit, shown};
use crate::text::{Damage, Outcome};

/// A line of octets with a fault.
#[derive(Clone, Debug)]
pub(super) struct Faulty {
    pub(super) line: HexLine,
    pub(super) damage: Damage,
    /// Where the fault stands, counted from 0.
    pub(super) column: usize,
    pub(super) effect: Effect,
    /// Where the line goes on as another one.
    pub(super) joined: Option<usize>,
}

/// What a fault does to the octets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Effect {
    /// Nothing, or nothing that is not certain.
    Certain(Outcome),
    /// One octet may be any of these.
    Doubt { index: usize, candidates: Vec<u8> },
    /// The octets from this one on cannot be read.
    Cut(usize),
}

impl Faulty {
    /// What a character was taken for, to stand below a caret.
    pub(super) fn reading(&self, text: &[u8]) -> String {
        let found = text.get(self.column).copied().unwrap_or(b' ');
        let found = if found.is_ascii_graphic() {
            char::from(found)
        } else {
            ' '
        };
        match (&self.effect, self.damage) {
            (Effect::Certain(Outcome::ByAscii), Damage::NotHex) => {
                let Some((index, octet)) = self.octet() else {
                    return String::new();
                };
                let digit = self.column - self.line.geometry.column(index);
                let digits = format!("{octet:02x}");
                let read = digits.chars().nth(digit).unwrap_or(' ');
                format!(
                    "'{found}' read as '{read}': octet {digits} prints as '{}'",
                    char::from(shown(octet))
                )
            }
            (Effect::Doubt { candidates, .. }, _) => {
                format!("{} octets would fit", candidates.len())
            }
            _ => String::new(),
        }
    }

    /// Which octet the fault stands in, if it does in one, and its value.
    pub(super) fn octet(&self) -> Option<(usize, u8)> {
        let geometry = self.line.geometry;
        let octets = self.line.octets().iter().copied().enumerate();
        let mut at = octets.filter(|(index, _)| {
            let first = geometry.column(*index);
            self.column == first || self.column == first + 1
        });
        at.next()
    }
}

/// What of a faulty line can be read.
pub(super) fn read(line: &[u8], geometry: Geometry) -> Option<Faulty> {
    by_columns(line, geometry).or_else(|| by_groups(line))
}

/// The octets and faults that the columns show; `None` where too little fits to be such a line.
fn by_columns(line: &[u8], geometry: Geometry) -> Option<Faulty> {
    let ascii = line.get(geometry.ascii..)?;
    if let Some(faulty) = with_ascii_cut(line, ascii, geometry) {
        return Some(faulty);
    }
    let mut count = ascii.len().min(16);
    while count > 0 && pair(line, geometry, count - 1) == [b' ', b' '] {
        count -= 1;
    }
    let offset = hex::offset(line).filter(|(_, end, _)| *end < geometry.body);
    let mut found = Found {
        geometry,
        octets: [0; 16],
        faults: Vec::new(),
    };
    for (index, character) in ascii.iter().copied().take(count).enumerate() {
        found.look_at(index, pair(line, geometry, index), character);
    }
    let separators = separator_faults(line, geometry, count);
    let right = count - found.faults.len();
    if count == 0 || found.faults.len() > 2 || separators.len() > 1 || right < found.faults.len() {
        return None;
    }
    let (damage, column, effect) = found.worst().or_else(|| {
        let certain = Effect::Certain(Outcome::ByPlace);
        let behind = geometry.ascii + count;
        if let Some(column) = separators.first() {
            Some((
                Damage::Separator,
                *column,
                Effect::Certain(Outcome::Harmless),
            ))
        } else if offset.is_none() {
            Some((Damage::Offset, 0, certain))
        } else if line.len() > behind {
            let damage = if behind + 1 < line.len() {
                Damage::JoinedLines
            } else {
                Damage::AsciiLength
            };
            Some((damage, behind, Effect::Certain(Outcome::Harmless)))
        } else {
            None
        }
    })?;
    Some(Faulty {
        line: HexLine {
            offset: offset.map(|(value, _, _)| value),
            octets: found.octets,
            count,
            geometry,
            has_ascii: true,
        },
        damage,
        column,
        effect,
        joined: (line.len() > geometry.ascii + count).then_some(geometry.ascii + count),
    })
}

/// A line that the right edge of a terminal cut within its ASCII column: the last character there
/// is whatever was written over it last.
fn with_ascii_cut(line: &[u8], ascii: &[u8], geometry: Geometry) -> Option<Faulty> {
    let mut octets = [0; 16];
    let mut count = 0;
    for (index, place) in octets.iter_mut().enumerate() {
        let [Some(high), Some(low)] = pair(line, geometry, index).map(digit) else {
            break;
        };
        *place = high << 4 | low;
        count = index + 1;
    }
    let column = geometry.ascii + ascii.len().checked_sub(1)?;
    let (_, before) = ascii.split_last()?;
    let (offset, end, _) = hex::offset(line)?;
    let shows = agrees(octets.get(..before.len())?, before);
    let whole = end < geometry.body && separator_faults(line, geometry, count).is_empty();
    (ascii.len() < count && shows && whole).then_some(Faulty {
        line: HexLine {
            offset: Some(offset),
            octets,
            count,
            geometry,
            has_ascii: true,
        },
        damage: Damage::AsciiLength,
        column,
        effect: Effect::Certain(Outcome::Harmless),
        joined: None,
    })
}

/// The two characters where an octet should stand.
fn pair(line: &[u8], geometry: Geometry, index: usize) -> [u8; 2] {
    let at = geometry.column(index);
    line.get(at..)
        .and_then(|rest| rest.first_chunk().copied())
        .unwrap_or_default()
}

/// Columns between the octets, and around them, where no blank stands.
fn separator_faults(line: &[u8], geometry: Geometry, count: usize) -> Vec<usize> {
    let from = geometry.body.saturating_sub(1);
    let between = line.get(from..geometry.ascii).unwrap_or_default();
    let faults = between.iter().zip(from..).filter(|(character, column)| {
        !matches!(character, b' ' | b'\t') && !geometry.is_digit(*column, count)
    });
    faults.map(|(_, column)| column).take(3).collect()
}

/// What the columns of a line show.
struct Found {
    geometry: Geometry,
    octets: [u8; 16],
    faults: Vec<(Damage, usize, Effect)>,
}

impl Found {
    fn look_at(&mut self, index: usize, pair: [u8; 2], character: u8) {
        let [high, low] = pair.map(digit);
        let column = self.geometry.column(index);
        let fault = if let (Some(high), Some(low)) = (high, low) {
            let octet = high << 4 | low;
            if let Some(place) = self.octets.get_mut(index) {
                *place = octet;
            }
            if shown(octet) == character {
                return;
            }
            differing(self.geometry.ascii + index, index, octet, character)
        } else {
            let candidates: Vec<u8> = (0..=u8::MAX)
                .filter(|octet| high.is_none_or(|high| octet >> 4 == high))
                .filter(|octet| low.is_none_or(|low| octet & 15 == low))
                .filter(|octet| shown(*octet) == character)
                .collect();
            let column = column + usize::from(high.is_some());
            (Damage::NotHex, column, Effect::Doubt { index, candidates })
        };
        self.faults.push(fault);
    }

    /// The one fault there is among the octets, or that the line cannot be read from the first of
    /// several on.
    fn worst(&mut self) -> Option<(Damage, usize, Effect)> {
        let (damage, column, effect) = self.faults.first()?.clone();
        let effect = match effect {
            Effect::Doubt { index, .. } if self.faults.len() > 1 => Effect::Cut(index),
            Effect::Doubt { index, candidates } => match candidates.as_slice() {
                [] => Effect::Cut(index),
                [only] => {
                    if let Some(place) = self.octets.get_mut(index) {
                        *place = *only;
                    }
                    Effect::Certain(Outcome::ByAscii)
                }
                _ => Effect::Doubt { index, candidates },
            },
            other => other,
        };
        Some((damage, column, effect))
    }
}

/// Octet and ASCII column differ: one character was changed, of the octet or of the column.
fn differing(
    ascii_column: usize,
    index: usize,
    octet: u8,
    character: u8,
) -> (Damage, usize, Effect) {
    let one_digit = |other: u8| (octet ^ other) & 0xf0 == 0 || (octet ^ other) & 0x0f == 0;
    let mut candidates: Vec<u8> = (0..=u8::MAX)
        .filter(|other| shown(*other) == character && one_digit(*other))
        .collect();
    if candidates.is_empty() || !(character == b'.' || character.is_ascii_graphic()) {
        let certain = Effect::Certain(Outcome::Harmless);
        return (Damage::AsciiDiffers, ascii_column, certain);
    }
    candidates.push(octet);
    (
        Damage::AsciiDiffers,
        ascii_column,
        Effect::Doubt { index, candidates },
    )
}

/// Reads group after group; a group that is none counts up to where it is one, if the ASCII column
/// then agrees with all of them.
fn by_groups(line: &[u8]) -> Option<Faulty> {
    let (offset, behind, groups) = hex::offset(line)?;
    let rest = line.get(behind..)?;
    let (body, ascii) = split_ascii(rest);
    let mut octets = Vec::with_capacity(16);
    let mut fault = None;
    for group in body
        .split(|c| matches!(c, b' ' | b'\t'))
        .filter(|group| !group.is_empty())
    {
        let digits = group
            .iter()
            .take_while(|c| digit(**c).is_some())
            .take(5)
            .count();
        let width = if groups == Groups::Pairs { 4 } else { 2 };
        if (digits != group.len() || digits % 2 == 1 || digits > width) && fault.is_none() {
            let column = group.as_ptr().addr() - line.as_ptr().addr();
            fault = Some((octets.len(), column + digits.min(width)));
        }
        let whole = group.get(..digits.min(width) & !1).unwrap_or_default();
        octets.extend(whole.chunks_exact(2).map(|pair| {
            pair.iter()
                .fold(0, |octet, c| octet << 4 | digit(*c).unwrap_or(0))
        }));
    }
    let column_of_ascii = line.len() - ascii.len();
    let (index, column) = fault.unwrap_or((octets.len(), column_of_ascii));
    let certain = octets.len() <= 16 && agrees(&octets, ascii);
    let (count, effect) = if certain {
        (octets.len(), Effect::Certain(Outcome::ByAscii))
    } else {
        let agreeing = octets
            .iter()
            .zip(ascii)
            .take_while(|(o, c)| shown(**o) == **c)
            .count();
        let index = if ascii.is_empty() {
            index
        } else {
            index.min(agreeing)
        };
        (index.min(16), Effect::Cut(index.min(16)))
    };
    let mut kept = [0; 16];
    for (place, octet) in kept.iter_mut().zip(octets.iter().take(count)) {
        *place = *octet;
    }
    Some(Faulty {
        line: HexLine {
            offset: Some(offset),
            octets: kept,
            count,
            geometry: Geometry::FORTIGATE,
            has_ascii: !ascii.is_empty(),
        },
        damage: if fault.is_some() {
            Damage::NotHex
        } else {
            Damage::AsciiDiffers
        },
        column,
        effect,
        joined: None,
    })
}

/// Octets and ASCII column, by the last tab or the last run of blanks.
fn split_ascii(rest: &[u8]) -> (&[u8], &[u8]) {
    let rest = rest.trim_ascii();
    let tab = rest.iter().rposition(|c| *c == b'\t');
    let at = tab.or_else(|| {
        rest.windows(2)
            .rposition(|two| two == b"  ")
            .map(|at| at + 1)
    });
    at.map_or((rest, &[]), |at| {
        let (body, ascii) = rest.split_at(at);
        (body, ascii.trim_ascii())
    })
}
