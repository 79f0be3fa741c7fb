//! Lines of a text as it comes out of consoles, terminals and editors: UTF-8 or UTF-16, with carriage
//! returns, escape sequences and pager prompts. What a terminal would not show is taken away.

use std::io::{self, BufRead, Read};

use zeroize::{Zeroize as _, Zeroizing};

/// Octets of a line beyond which it is cut, so that a file without line ends stays bounded.
const LINE_LIMIT: u64 = 16 * 1024 * 1024;

/// A line, or a piece of one between carriage returns.
#[derive(Debug)]
pub(crate) struct Line {
    /// Number of the line in the file, from 1.
    pub(crate) number: u64,
    /// What it says.
    pub(crate) text: Zeroizing<String>,
}

/// How characters are stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Encoding {
    Utf8,
    Utf16 { big_endian: bool },
}

/// Reads lines.
pub(crate) struct Lines<R> {
    reader: R,
    encoding: Option<Encoding>,
    number: u64,
    raw: Zeroizing<Vec<u8>>,
    /// Pieces of the current line, the next one last.
    pieces: Vec<Line>,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            encoding: None,
            number: 0,
            raw: Zeroizing::default(),
            pieces: Vec::new(),
        }
    }

    /// The next line; `None` at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(piece) = self.pieces.pop() {
                return Ok(Some(piece));
            }
            if !self.read_line()? {
                return Ok(None);
            }
        }
    }

    fn read_line(&mut self) -> io::Result<bool> {
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None => self.sniff()?,
        };
        self.raw.zeroize();
        match encoding {
            Encoding::Utf8 => {
                let mut limited = self.reader.by_ref().take(LINE_LIMIT);
                limited.read_until(b'\n', &mut self.raw)?;
            }
            Encoding::Utf16 { big_endian } => self.read_utf16(big_endian)?,
        }
        if self.raw.is_empty() {
            return Ok(false);
        }
        self.number += 1;
        let text = Zeroizing::new(String::from_utf8_lossy(&self.raw).into_owned());
        let number = self.number;
        let pieces = text
            .trim_end_matches(['\n', '\r'])
            .rsplit('\r')
            .map(|piece| Line {
                number,
                text: shown(piece),
            });
        self.pieces.extend(pieces);
        Ok(true)
    }

    /// Tells the encoding by the byte order mark, or by where the zeros of ASCII are.
    fn sniff(&mut self) -> io::Result<Encoding> {
        let (encoding, mark) = match self.reader.fill_buf()? {
            [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
            [0xff, 0xfe, ..] => (Encoding::Utf16 { big_endian: false }, 2),
            [0xfe, 0xff, ..] => (Encoding::Utf16 { big_endian: true }, 2),
            [1..=0x7f, 0, 1..=0x7f, 0, ..] => (Encoding::Utf16 { big_endian: false }, 0),
            [0, 1..=0x7f, 0, 1..=0x7f, ..] => (Encoding::Utf16 { big_endian: true }, 0),
            _ => (Encoding::Utf8, 0),
        };
        self.reader.consume(mark);
        self.encoding = Some(encoding);
        Ok(encoding)
    }

    /// Reads a line of UTF-16 into `raw`, as UTF-8.
    fn read_utf16(&mut self, big_endian: bool) -> io::Result<()> {
        let mut units: Zeroizing<Vec<u16>> = Zeroizing::default();
        while units.len() as u64 <= LINE_LIMIT / 2 {
            let Some(low_high) = self.read_unit()? else {
                break;
            };
            let unit = if big_endian {
                u16::from_be_bytes(low_high)
            } else {
                u16::from_le_bytes(low_high)
            };
            units.push(unit);
            if unit == u16::from(b'\n') {
                break;
            }
        }
        for decoded in char::decode_utf16(units.iter().copied()) {
            let character = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
            let mut octets = [0; 4];
            self.raw
                .extend_from_slice(character.encode_utf8(&mut octets).as_bytes());
        }
        Ok(())
    }

    fn read_unit(&mut self) -> io::Result<Option<[u8; 2]>> {
        let mut unit = [0; 2];
        match self.reader.read_exact(&mut unit) {
            Ok(()) => Ok(Some(unit)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What a terminal shows of the text: no escape sequences, no control characters but tabs; no-break
/// spaces and the pager's prompt are blanks.
fn shown(text: &str) -> Zeroizing<String> {
    let mut shown = Zeroizing::new(String::with_capacity(text.len()));
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => skip_escape(&mut characters),
            '\u{8}' => {
                shown.pop();
            }
            '\u{a0}' => shown.push(' '),
            '\t' => shown.push('\t'),
            _ if character.is_control() || character == '\u{feff}' => {}
            _ => shown.push(character),
        }
    }
    match shown.find("--More--") {
        Some(at) => Zeroizing::new(shown.get(at + 8..).unwrap_or_default().to_owned()),
        None => shown,
    }
}

/// Skips what follows an ESC: `[` up to a letter, `]` up to a bell, else one character.
fn skip_escape(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match characters.next() {
        Some('[') => {
            let _ = characters.find(|character| ('@'..='~').contains(character));
        }
        Some(']') => {
            let _ = characters.find(|character| *character == '\u{7}');
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(octets: &[u8]) -> Vec<(u64, String)> {
        let mut lines = Lines::new(octets);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push((line.number, line.text.to_string()));
        }
        all
    }

    fn expected(lines: &[(u64, &str)]) -> Vec<(u64, String)> {
        lines
            .iter()
            .map(|(number, text)| (*number, (*text).to_owned()))
            .collect()
    }

    #[test]
    fn splits_at_every_line_end_that_consoles_write() {
        assert_eq!(
            lines(b"one\r\ntwo\r\r\nthree\nfour\rfive\n\nsix"),
            expected(&[
                (1, "one"),
                (2, "two"),
                (3, "three"),
                (4, "four"),
                (4, "five"),
                (5, ""),
                (6, "six")
            ])
        );
    }

    #[test]
    fn reads_utf16_with_and_without_byte_order_mark() {
        let text = "SK_ei 2:0A0B\nĊ 中\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let wanted = expected(&[(1, "SK_ei 2:0A0B"), (2, "Ċ 中")]);
        for (mark, octets) in [
            (&[0xff, 0xfe][..], &little),
            (&[][..], &little),
            (&[0xfe, 0xff][..], &big),
            (&[][..], &big),
        ] {
            assert_eq!(lines(&[mark, octets].concat()), wanted);
        }
        assert_eq!(lines(b"\xef\xbb\xbfkey"), expected(&[(1, "key")]));
    }

    #[test]
    fn takes_away_what_a_terminal_does_not_show() {
        assert_eq!(
            lines(b"\x1b[38D\x1b[Kkey\x1b]0;title\x07 1\x0b\x00\x08\x082\n--More-- \r        \rkey: 3\n"),
            expected(&[(1, "key2"), (2, " "), (2, "        "), (2, "key: 3")])
        );
    }

    #[test]
    fn reads_octets_that_are_no_text() {
        assert_eq!(lines(b"\xff\x01\n").len(), 1);
        assert_eq!(lines(b"").len(), 0);
    }
}
