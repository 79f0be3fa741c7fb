//! The line of up to sixteen octets.

use std::fmt::Write as _;

/// Offset, octets in pairs padded to the width of sixteen, and what of them can be printed.
#[must_use]
pub fn hex_line(offset: usize, octets: &[u8]) -> String {
    let mut groups = String::new();
    for (index, octet) in octets.iter().enumerate() {
        let blank = if index > 0 && index % 2 == 0 { " " } else { "" };
        let _ = write!(groups, "{blank}{octet:02x}");
    }
    let ascii: String = octets.iter().copied().map(shown).collect();
    format!("0x{offset:04x}\t {groups:39}\t{ascii}")
}

/// A blank too is a dot.
fn shown(octet: u8) -> char {
    if octet.is_ascii_graphic() {
        octet.into()
    } else {
        '.'
    }
}
