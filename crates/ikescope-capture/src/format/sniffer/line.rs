//! Lines as terminals leave them: where one ends, and what of it was meant to be read.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memrchr};

use crate::window::Window;

/// What was found ahead.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Measured {
    /// A line of so many octets, its end included.
    Line(usize),
    /// No more of it has come for now.
    Pause,
    /// The end of the input.
    End,
}

/// Measures the next line in the window.
///
/// What is longer than any line of the sniffer is given in pieces: of a log that a web page joined into
/// one line, whole lines of the log.
pub(crate) fn measure(window: &mut Window) -> Measured {
    let mut searched = 0;
    loop {
        let ahead = window.ahead();
        let new = ahead.get(searched..).unwrap_or_default();
        if let Some(at) = memchr(b'\n', new) {
            return Measured::Line(searched + at + 1);
        }
        searched = ahead.len();
        if searched >= MAX_LINE {
            let log = || memchr::memmem::rfind(ahead, b" ike ").filter(|at| *at > 0);
            let end = memrchr(b'\r', ahead).or_else(log);
            return Measured::Line(end.map_or(searched, |at| at + 1));
        }
        if !window.fill_for_now(searched + 1) {
            return match searched {
                _ if window.is_paused() => Measured::Pause,
                0 => Measured::End,
                _ => Measured::Line(searched),
            };
        }
    }
}

/// Takes the line end off: LF, and any CR before it.
pub(crate) fn without_end(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\n").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}

/// Whether a line holds what [`clean`] would change.
pub(crate) fn is_unclean(line: &[u8]) -> bool {
    let control = |octet: &u8| !matches!(octet, b'\t' | 0x20..=0x7e);
    // Nearly all lines are clean to their end: no branch for each octet.
    let is_any = |unclean, octet| unclean | control(octet);
    line.iter().fold(false, is_any) || PAGERS.find(line).is_some()
}

/// Writes to `out` what is meant to be read of a piece of a line: without escape sequences, with
/// backspaces applied, without control characters and the pager's prompt, no-break blanks as blanks.
pub(crate) fn clean(piece: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut rest = piece;
    while let Some((&octet, behind)) = rest.split_first() {
        rest = behind;
        match octet {
            0x1b => rest = behind_escape(behind),
            0x08 => {
                out.pop();
            }
            b'\t' | 0x20..=0x7e => out.push(octet),
            0xc2 if behind.first() == Some(&0xa0) => {
                out.push(b' ');
                rest = behind.get(1..).unwrap_or_default();
            }
            // Not the rest of a character in UTF-8.
            0xa0 if out.last().is_none_or(u8::is_ascii) => out.push(b' '),
            0x80.. => out.push(octet),
            _ => {}
        }
    }
    if let Some(at) = memchr::memmem::rfind(out, PAGER) {
        let behind = out.get(at + PAGER.len()..).unwrap_or_default();
        let blanks = behind.iter().take_while(|octet| **octet == b' ').count();
        out.drain(..at + PAGER.len() + blanks);
    }
}

/// What follows an escape sequence: CSI up to its final octet, OSC up to BEL or ST, else one octet.
fn behind_escape(octets: &[u8]) -> &[u8] {
    let length = match octets {
        [b'[', parameters @ ..] => {
            let end = parameters
                .iter()
                .position(|octet| matches!(octet, 0x40..=0x7e));
            end.map_or(octets.len(), |at| at + 2)
        }
        [b']', text @ ..] => {
            let end = text.iter().position(|octet| matches!(octet, 0x07 | 0x1b));
            end.map_or(octets.len(), |at| {
                let terminator = 1 + usize::from(text.get(at) == Some(&0x1b));
                1 + at + terminator
            })
        }
        _ => 1,
    };
    octets.get(length..).unwrap_or_default()
}

/// Where `needle` first stands.
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

const PAGER: &[u8] = b"--More--";
static PAGERS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(PAGER));

/// Longer than any line with octets, and than any header.
const MAX_LINE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(piece: &[u8]) -> String {
        let mut out = Vec::new();
        clean(piece, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn takes_escape_sequences_and_pager_prompts_off() {
        assert_eq!(
            cleaned(b"\x1b[13Pa\x1b]0;title\x07b\x1b[Kc\x1b]2;x\x1b\\d"),
            "abcd"
        );
        assert_eq!(cleaned(b"--More-- 0x0000\t 4500"), "0x0000\t 4500");
        assert_eq!(cleaned(b"conf d\x08vdom\0"), "conf vdom");
        assert_eq!(cleaned(b"0x0000\xc2\xa0\xa0ffff"), "0x0000  ffff");
    }

    #[test]
    fn takes_all_line_ends_off() {
        for line in [&b"a\n"[..], b"a\r\n", b"a\r\r\n", b"a"] {
            assert_eq!(without_end(line), b"a");
        }
    }
}
