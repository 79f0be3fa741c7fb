//! The line of up to sixteen octets: offset, octets in hex, and the same as ASCII.
//!
//! ```text
//! 0x0000<TAB> ffff ffff ffff 0000 5e00 5301 0806 0001<TAB>........^.S.....
//! ```
//!
//! The ASCII column is a function of the octets: 0x21 to 0x7e stand for themselves, all others are
//! a dot. So it is a checksum, and a line is only taken as it stands where it agrees.

use super::geometry::{Geometry, Groups};

/// What a line of octets says.
#[derive(Clone, Copy, Debug)]
pub(super) struct HexLine {
    /// The offset in front, if it can be read.
    pub(super) offset: Option<u32>,
    pub(super) octets: [u8; 16],
    /// How many of `octets` were printed.
    pub(super) count: usize,
    /// Where its columns are.
    pub(super) geometry: Geometry,
    /// Whether it has an ASCII column.
    pub(super) has_ascii: bool,
}

impl HexLine {
    /// The octets that were printed.
    pub(super) fn octets(&self) -> &[u8] {
        self.octets.get(..self.count).unwrap_or_default()
    }
}

/// What the ASCII column shows of an octet.
pub(super) const fn shown(octet: u8) -> u8 {
    if octet.is_ascii_graphic() {
        octet
    } else {
        b'.'
    }
}

/// The value of a hex digit.
pub(super) fn digit(character: u8) -> Option<u8> {
    let value = *DIGITS.get(usize::from(character))?;
    (value != NO_DIGIT).then_some(value)
}

/// A whole line of sixteen octets in the layout of the FortiGate itself, without any fault, at the
/// offset that is expected: what nearly all lines are.
pub(super) fn read_expected(line: &[u8], expected: u32) -> Option<[u8; 16]> {
    let (front, rest) = line.split_first_chunk::<8>()?;
    let (groups, rest) = rest.split_first_chunk::<35>()?;
    let (last, ascii) = rest.split_first_chunk::<5>()?;
    let ascii: &[u8; 16] = ascii.try_into().ok()?;
    let [b'0', b'x', a, b, c, d, b'\t', b' '] = *front else {
        return None;
    };
    let (mut octets, mut no_digit, mut differing) = ([0; 16], 0, 0);
    let offset = [pair(a, b, &mut no_digit), pair(c, d, &mut no_digit)];
    let groups = groups.as_chunks::<5>().0.iter().chain([last]);
    let places = octets.as_chunks_mut::<2>().0.iter_mut().zip(b"       \t");
    for ((two, expected), group) in places.zip(groups) {
        let [a, b, c, d, separator] = *group;
        *two = [pair(a, b, &mut no_digit), pair(c, d, &mut no_digit)];
        differing |= separator ^ expected;
    }
    for (octet, character) in octets.iter().zip(ascii) {
        differing |= shown(*octet) ^ character;
    }
    let right = u32::from(u16::from_be_bytes(offset)) == expected;
    (right && no_digit & 0xf0 == 0 && differing == 0).then_some(octets)
}

/// The octet of two digits; what is no digit leaves its mark in the high bits.
fn pair(high: u8, low: u8, no_digit: &mut u8) -> u8 {
    let value = |character: u8| {
        DIGITS
            .get(usize::from(character))
            .copied()
            .unwrap_or(NO_DIGIT)
    };
    let (high, low) = (value(high), value(low));
    *no_digit |= high | low;
    high << 4 | low
}

/// A line that is whole by its own grammar, in any of the layouts: of a FortiGate, with tabs
/// expanded, blanks squeezed or the ASCII column gone; of FortiMail; of tcpdump.
///
/// `wants_ascii` tells that lines have an ASCII column here, so that what could be either is it.
pub(super) fn read(line: &[u8], wants_ascii: bool) -> Option<HexLine> {
    let (offset, behind, groups) = offset(line)?;
    let body = behind + blanks(line.get(behind..)?);
    let mut tokens = Tokens::new(line, body);
    tokens.read_all();
    let rest = tokens.rest();
    let has_ascii = !rest.is_empty();
    let mut count = tokens.count;
    if has_ascii && !agrees(tokens.octets.get(..count)?, rest) || !has_ascii && wants_ascii {
        match tokens.squeezed() {
            Some(fewer) => count = fewer,
            None if has_ascii => return None,
            None => {}
        }
    }
    let has_ascii = has_ascii || count < tokens.count;
    (count > 0).then_some(HexLine {
        offset: Some(offset),
        octets: tokens.octets,
        count,
        geometry: Geometry {
            body,
            ascii: line.len() - if has_ascii { count } else { 0 },
            groups,
            colon: line.get(behind - 1) == Some(&b':'),
        },
        has_ascii,
    })
}

/// A whole line of octets behind something else: a prompt, or another program's output.
pub(super) fn read_inside(line: &[u8]) -> Option<(usize, HexLine)> {
    let mut from = 1;
    while let Some(at) = super::line::find(line.get(from..)?, b"0x") {
        let octets = read(line.get(from + at..)?, true).filter(|octets| octets.has_ascii);
        if let Some(octets) = octets {
            return Some((from + at, octets));
        }
        from += at + 2;
    }
    None
}

/// Whether the ASCII column is that of the octets.
pub(super) fn agrees(octets: &[u8], ascii: &[u8]) -> bool {
    octets.len() == ascii.len()
        && octets
            .iter()
            .zip(ascii)
            .all(|(octet, character)| shown(*octet) == *character)
}

/// The offset in front of a line: its value, where it ends, and how the octets stand behind it.
pub(super) fn offset(line: &[u8]) -> Option<(u32, usize, Groups)> {
    let start = blanks(line);
    let rest = line.get(start..)?;
    let (digits, prefix) = match rest {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 2),
        _ => (rest, 0),
    };
    let count = digits
        .iter()
        .take_while(|c| digit(**c).is_some())
        .take(9)
        .count();
    let behind = digits.get(count..)?;
    let groups = match (prefix, count, behind) {
        // FortiMail: six digits, then single octets.
        (0, 6, [b'\t' | b' ', octets @ ..]) => {
            let octets = octets.trim_ascii_start();
            let single = matches!(octets, [a, b, b' ' | b'\t', ..] | [a, b] if digit(*a).is_some() && digit(*b).is_some());
            if !single {
                return None;
            }
            Groups::Single
        }
        // A fifth digit is printed from 64 KiB on.
        (2, 5, _) if digits.first() == Some(&b'0') => return None,
        (2, 4..=8, [b':' | b'\t' | b' ', ..]) => Groups::Pairs,
        _ => return None,
    };
    let value = digits.iter().take(count).fold(0u32, |value, c| {
        value << 4 | u32::from(digit(*c).unwrap_or(0))
    });
    let colon = usize::from(behind.first() == Some(&b':'));
    Some((value, start + prefix + count + colon, groups))
}

fn blanks(octets: &[u8]) -> usize {
    octets
        .iter()
        .take_while(|octet| matches!(octet, b' ' | b'\t'))
        .count()
}

/// Reads groups of two or four digits, remembering where each octet ends.
struct Tokens<'a> {
    line: &'a [u8],
    octets: [u8; 16],
    /// Where what follows each octet begins; 0 within a group of two.
    ends: [usize; 16],
    count: usize,
    at: usize,
}

impl<'a> Tokens<'a> {
    const fn new(line: &'a [u8], at: usize) -> Self {
        Self {
            line,
            octets: [0; 16],
            ends: [0; 16],
            count: 0,
            at,
        }
    }

    /// Goes on to sixteen octets, a tab, two blanks, the end or what is no group of octets.
    fn read_all(&mut self) {
        while self.read_group() && self.count < 16 {
            match self.line.get(self.at..) {
                Some([b' ', next, ..]) if digit(*next).is_some() => self.at += 1,
                _ => break,
            }
        }
    }

    fn read_group(&mut self) -> bool {
        let rest = self.line.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .take_while(|c| digit(**c).is_some())
            .take(5)
            .count();
        let ends = rest.get(length).is_none_or(|c| matches!(c, b' ' | b'\t'));
        if !matches!(length, 2 | 4) || !ends || self.count + length / 2 > 16 {
            return false;
        }
        for pair in rest.get(..length).unwrap_or_default().chunks_exact(2) {
            let octet = pair
                .iter()
                .fold(0, |octet, c| octet << 4 | digit(*c).unwrap_or(0));
            if let Some(place) = self.octets.get_mut(self.count) {
                *place = octet;
                self.count += 1;
            }
        }
        self.at += length;
        if let Some(end) = self.ends.get_mut(self.count - 1) {
            *end = self.at;
        }
        true
    }

    /// What stands behind the octets, without the blanks around it.
    fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default().trim_ascii()
    }

    /// How many octets there are if the last groups are the ASCII column: blanks were squeezed.
    fn squeezed(&self) -> Option<usize> {
        (1..self.count).rev().find(|&count| {
            let end = self.ends.get(count - 1).copied().unwrap_or(0);
            let ascii = self.line.get(end..).unwrap_or_default().trim_ascii();
            end > 0 && agrees(self.octets.get(..count).unwrap_or_default(), ascii)
        })
    }
}

const NO_DIGIT: u8 = 0xff;

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses an index out of bounds"
)]
static DIGITS: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        table[b"0123456789abcdef"[value] as usize] = value as u8;
        table[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    table
};
