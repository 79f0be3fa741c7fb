//! Octets out of hex as people paste it: from a log, a mail, a packet viewer.
//!
//! Blanks, line breaks, commas, `0x`, `\x` and colons between octets do not matter. A column of
//! offsets in front (`0000:`, `0x0010`, or bare where it counts the octets) is left out, and with it
//! whatever stands behind the octets of its line, which is their picture in ASCII.

use anyhow::{anyhow, bail};

/// Reads the octets.
///
/// # Errors
/// Where a character is no hex digit, or a digit has no partner.
pub(crate) fn octets(text: &str) -> anyhow::Result<Vec<u8>> {
    let lines: Vec<Line<'_>> = text
        .lines()
        .map(Line::of)
        .filter(|line| !line.words.is_empty())
        .collect();
    if lines.is_empty() {
        bail!("there is no hex to read");
    }
    let offsets = Offsets::of(&lines);
    let mut octets = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let read = match &offsets {
            Some(offsets) => with_picture(&line.words[1..], offsets.room(index)),
            None => plain(&line.words),
        };
        let place = Place(index, lines.len());
        octets.extend(read.map_err(|word| anyhow!("{word:?} is no hex{place}"))?);
    }
    Ok(octets)
}

struct Line<'a> {
    words: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Self {
        // `hexdump -C` draws its picture between bars.
        let line = line.split('|').next().unwrap_or(line);
        let separator =
            |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '\'' | '\u{a0}');
        Self {
            words: line
                .split(separator)
                .filter(|word| !word.is_empty())
                .collect(),
        }
    }

    /// The digits of an offset that the line may begin with, and whether a colon says so.
    fn offset(&self) -> Option<(&'a str, bool)> {
        let word = *self.words.first()?;
        let digits = word.strip_suffix(':').unwrap_or(word);
        let marked = digits.len() < word.len();
        let digits = digits.strip_prefix("0x").unwrap_or(digits);
        let plausible = marked || (4..=8).contains(&digits.len());
        (plausible && digits.chars().all(|c| c.is_ascii_hexdigit())).then_some((digits, marked))
    }
}

/// The offsets of all lines.
struct Offsets(Vec<usize>);

impl Offsets {
    /// A column of offsets has a colon behind each of them, or grows from zero line by line. Some
    /// logs count in decimal: then the steps, read as hex, are of no size that lines have.
    fn of(lines: &[Line<'_>]) -> Option<Self> {
        let found: Vec<(&str, bool)> = lines.iter().map(Line::offset).collect::<Option<_>>()?;
        let marked = found.iter().all(|(_, marked)| *marked);
        let [hex, decimal] = [16, 10].map(|radix| {
            let read = |(digits, _): &(&str, bool)| usize::from_str_radix(digits, radix).ok();
            found.iter().map(read).collect::<Option<Vec<_>>>().map(Self)
        });
        let fits = |offsets: &Self| {
            offsets
                .steps()
                .all(|step| step % 4 == 0 && (1..=64).contains(&step))
        };
        let column = hex.filter(fits).or_else(|| decimal.filter(fits))?;
        let counts = lines.len() > 1 && column.0.first() == Some(&0);
        (marked || counts).then_some(column)
    }

    fn steps(&self) -> impl Iterator<Item = usize> + '_ {
        self.0
            .windows(2)
            .map(|pair| pair[1].saturating_sub(pair[0]))
    }

    /// How many octets the line holds; the last one no more than the longest before it.
    fn room(&self, line: usize) -> Room {
        match self.steps().nth(line) {
            Some(step) => Room::Exactly(step),
            None => Room::AtMost(self.steps().max().unwrap_or(usize::MAX)),
        }
    }
}

/// How many octets a line has behind its offset.
#[derive(Clone, Copy)]
enum Room {
    Exactly(usize),
    AtMost(usize),
}

/// The octets of a line that has an offset; what follows them is a picture.
fn with_picture<'a>(words: &[&'a str], room: Room) -> Result<Vec<u8>, &'a str> {
    let (Room::Exactly(most) | Room::AtMost(most)) = room;
    let mut octets = Vec::new();
    for word in words {
        let read = bare(word).and_then(|digits| hex::decode(digits).ok());
        match read {
            Some(read) if octets.len() < most => octets.extend(read),
            None if matches!(room, Room::Exactly(wanted) if octets.len() < wanted) => {
                return Err(word);
            }
            _ => break,
        }
    }
    octets.truncate(most);
    Ok(octets)
}

/// The octets of a line that is nothing but hex; octets may be split between words.
fn plain<'a>(words: &[&'a str]) -> Result<Vec<u8>, &'a str> {
    let mut digits = String::new();
    for word in words {
        digits.push_str(&bare(word).ok_or(*word)?);
    }
    hex::decode(&digits).map_err(|_| words.last().copied().unwrap_or_default())
}

/// The digits of a word without their decoration.
fn bare(word: &str) -> Option<String> {
    let digits = word
        .replace("0x", "")
        .replace("0X", "")
        .replace("\\x", "")
        .replace([':', '-'], "");
    digits
        .chars()
        .all(|c| c.is_ascii_hexdigit())
        .then_some(digits)
}

/// Where a line stands, if there are several.
#[derive(Clone, Copy)]
struct Place(usize, usize);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self(_, 0 | 1) => Ok(()),
            Self(index, _) => write!(f, " (line {})", index + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OCTETS: [u8; 20] = [
        0x6f, 0x1c, 0x22, 0xd9, 0x0b, 0x47, 0x11, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x20, 0x22, 8,
    ];

    #[test]
    fn reads_hex_in_the_ways_it_is_pasted() {
        for text in [
            "6f1c22d90b471102000000000000000029202208",
            "6F1C22D9 0B471102 00000000 00000000 29202208\n",
            "6f:1c:22:d9:0b:47:11:02:00:00:00:00:00:00:00:00:29:20:22:08",
            "0x6f, 0x1c, 0x22, 0xd9, 0x0b, 0x47, 0x11, 0x02, 0,0x00"
                .replace(" 0,", " 0x00,")
                .as_str(),
        ] {
            let read = octets(text).unwrap();
            assert_eq!(read, OCTETS[..read.len()], "{text}");
            assert!(read.len() >= 10);
        }
    }

    #[test]
    fn leaves_out_offsets_and_the_picture_behind() {
        for text in [
            "0000: 6f 1c 22 d9 0b 47 11 02 00 00 00 00 00 00 00 00  o.\".. be ef\n0010: 29 20 22 08  ) \".",
            "0x0000:  6f1c 22d9 0b47 1102 0000 0000 0000 0000  o.\".\n0x0010:  2920 2208",
            "00000000  6f 1c 22 d9 0b 47 11 02  00 00 00 00 00 00 00 00  |o.\".|\n00000010  29 20 22 08  |) \".|",
            "0000   6f 1c 22 d9 0b 47 11 02 00 00 00 00 00 00 00 00\r\n0010   29 20 22 08\r\n",
            "  0: 6F 1C 22 D9 0B 47 11 02 00 00 00 00 00 00 00 00  o.\"..G\n 16: 29 20 22 08",
        ] {
            assert_eq!(octets(text).unwrap(), OCTETS, "{text}");
        }
    }

    #[test]
    fn does_not_take_the_non_esp_marker_for_an_offset() {
        assert_eq!(octets("00000000 6f1c22d9").unwrap().len(), 8);
        assert_eq!(octets("00000000\n6f1c22d9").unwrap().len(), 8);
    }

    #[test]
    fn says_what_is_no_hex() {
        assert_eq!(
            octets("6f1c zz").unwrap_err().to_string(),
            "\"zz\" is no hex"
        );
        assert!(
            octets("6f1c\n2")
                .unwrap_err()
                .to_string()
                .contains("line 2")
        );
        assert!(octets(" \n").is_err());
    }
}
