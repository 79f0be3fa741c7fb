//! Whether a text is one of these, by lines that nothing else has.

use memchr::memchr;

use super::{header, hex, line};
use crate::window::Window;

/// What a text looks like, as far as it was looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Looks {
    /// It has packets with octets.
    Packets,
    /// It has headers of packets, or what the sniffer says before the first one.
    Headers,
    /// It has neither.
    Foreign,
}

/// Looks at the lines in front of a text until one tells, reading on as needed. A line that `tells`
/// of another format ends it too.
pub(crate) fn look(window: &mut Window, tells: &dyn Fn(&[u8]) -> bool) -> Looks {
    let mut looks = Looks::Foreign;
    let mut seen = 0;
    let mut scratch = Vec::new();
    loop {
        while let Some(text) = first_line(window.ahead().get(seen..).unwrap_or_default()) {
            seen += text.len() + 1;
            for piece in text.split(|c| *c == b'\r') {
                line::clean(piece, &mut scratch);
                looks = looks.with(&scratch);
            }
            if looks == Looks::Packets || tells(&scratch) {
                return looks;
            }
        }
        let have = window.ahead().len();
        // One octet more takes what a slow pipe has; more at once is for large windows.
        let more = if have < STEP { 1 } else { STEP };
        if have >= MOST || !window.fill(have + more) && window.ahead().len() == have {
            line::clean(window.ahead().get(seen..).unwrap_or_default(), &mut scratch);
            return looks.with(&scratch);
        }
    }
}

/// A line whose end is there, without it.
fn first_line(text: &[u8]) -> Option<&[u8]> {
    text.get(..memchr(b'\n', text)?)
}

impl Looks {
    fn with(self, text: &[u8]) -> Self {
        if let Some(octets) = hex::read(header::without_brackets(text), true) {
            let proven = octets.has_ascii || self == Self::Headers;
            if octets.offset == Some(0) && proven {
                return Self::Packets;
            }
        }
        let header = header::read(text).is_some_and(|header| header.is_plausible());
        match self {
            Self::Foreign if header || text.starts_with(b"interfaces=[") => Self::Headers,
            same => same,
        }
    }
}

const STEP: usize = 256 * 1024;
/// A console log may begin with much else.
const MOST: usize = 1024 * 1024;
