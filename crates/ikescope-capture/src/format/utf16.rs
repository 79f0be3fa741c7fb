//! Text of two octets for each character, as PowerShell writes files, to UTF-8.

use std::io::{self, Read};

use crate::window::Window;

/// The window itself, or one on the same text in UTF-8; a byte order mark is left out.
pub(super) fn transcoded(mut window: Window) -> Window {
    window.fill(SNIFFED);
    match (Encoding::sniff(window.ahead()), window.ahead()) {
        (Some(encoding), [0xfe, 0xff, ..] | [0xff, 0xfe, ..]) => {
            window.take(2);
            Window::new(Box::new(Transcoder::new(window, encoding)))
        }
        (Some(encoding), _) => Window::new(Box::new(Transcoder::new(window, encoding))),
        (None, [0xef, 0xbb, 0xbf, ..]) => {
            window.take(3);
            window
        }
        (None, _) => window,
    }
}

/// The byte order of UTF-16.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Encoding {
    BigEndian,
    LittleEndian,
}

impl Encoding {
    /// By its mark, or by the zeros that are half of every ASCII character.
    fn sniff(octets: &[u8]) -> Option<Self> {
        match octets {
            [0xff, 0xfe, ..] => return Some(Self::LittleEndian),
            [0xfe, 0xff, ..] => return Some(Self::BigEndian),
            _ => {}
        }
        let pairs = octets.as_chunks::<2>().0;
        let all = |is: fn(&[u8; 2]) -> bool| pairs.len() >= 4 && pairs.iter().all(is);
        if all(|[first, second]| *first != 0 && *second == 0) {
            Some(Self::LittleEndian)
        } else if all(|[first, second]| *first == 0 && *second != 0) {
            Some(Self::BigEndian)
        } else {
            None
        }
    }
}

/// Reads UTF-16, gives UTF-8; what is no character becomes U+FFFD.
struct Transcoder {
    source: Window,
    encoding: Encoding,
    /// What did not fit into the buffer of the last call.
    left: Vec<u8>,
}

impl Transcoder {
    const fn new(source: Window, encoding: Encoding) -> Self {
        Self {
            source,
            encoding,
            left: Vec::new(),
        }
    }

    /// Transcodes some of what is there; false at the end.
    fn transcode(&mut self) -> bool {
        if !self.source.fill(2) {
            return false;
        }
        let order = match self.encoding {
            Encoding::BigEndian => u16::from_be_bytes,
            Encoding::LittleEndian => u16::from_le_bytes,
        };
        // A pair of surrogates is not to be torn.
        let units = |octets: &[u8]| {
            octets
                .as_chunks::<2>()
                .0
                .iter()
                .map(|pair| order(*pair))
                .collect()
        };
        let mut units: Vec<u16> = units(self.source.ahead());
        let mut length = units.len().min(PIECE);
        if units
            .get(length - 1)
            .is_some_and(|unit| matches!(unit, 0xd800..=0xdbff))
        {
            length -= usize::from(length > 1);
        }
        units.truncate(length);
        self.source.take(2 * length);
        let characters =
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        self.left = characters.collect::<String>().into_bytes();
        true
    }
}

impl Read for Transcoder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left.is_empty() && self.transcode() {}
        if self.left.is_empty()
            && let Some(error) = self.source.take_error()
        {
            return Err(error);
        }
        let count = self.left.len().min(buffer.len());
        for (place, octet) in buffer.iter_mut().zip(self.left.drain(..count)) {
            *place = octet;
        }
        Ok(count)
    }
}

const SNIFFED: usize = 64;
const PIECE: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(octets: &[u8]) -> String {
        let mut window = transcoded(Window::new(Box::new(Cursor::new(octets.to_vec()))));
        window.fill(usize::MAX);
        String::from_utf8(window.ahead().to_vec()).unwrap()
    }

    #[test]
    fn reads_both_byte_orders_with_and_without_a_mark() {
        let text = "0x0000\t 4500 ä 𝄞\n".repeat(2_000);
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let ascii: Vec<u8> = "ike "
            .repeat(20)
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(read(&[&[0xff, 0xfe][..], &little].concat()), text);
        assert_eq!(read(&[&[0xfe, 0xff][..], &big].concat()), text);
        assert_eq!(read(&ascii), "ike ".repeat(20));
        assert_eq!(
            read(&[&[0xef, 0xbb, 0xbf][..], text.as_bytes()].concat()),
            text
        );
    }
}
