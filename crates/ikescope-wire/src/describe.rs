//! One description of each payload's fields, for every way of printing them.
//!
//! A view tells its fields, in wire order and under the RFC's names, to a [`FieldSink`]. The text
//! tree ([`Tree`]) is one sink, JSON (in the `ikescope` crate) another; none can forget a field
//! that the other shows.

use core::fmt;

use crate::error::DecodeError;

/// Receives fields. Names are snake_case and stable: they are the names in JSON.
pub trait FieldSink {
    /// A number without a registry.
    fn number(&mut self, name: &'static str, value: u64);
    /// A number from a registry. `label_name` is the field under which the registry's name goes.
    fn named(
        &mut self,
        name: &'static str,
        value: u64,
        label_name: &'static str,
        label: Option<&'static str>,
    );
    /// A single bit.
    fn flag(&mut self, name: &'static str, value: bool);
    /// Octets without further structure.
    fn octets(&mut self, name: &'static str, value: &[u8]);
    /// Anything that prints itself: an address, a decoded name. Untrusted text must be escaped by
    /// the sink, not by the caller.
    fn text(&mut self, name: &'static str, value: &dyn fmt::Display);
    /// Opens a list; every item is a group of fields.
    fn open_list(&mut self, name: &'static str);
    /// Opens an item of the innermost list.
    fn open_item(&mut self);
    /// Closes the item.
    fn close_item(&mut self);
    /// Closes the list.
    fn close_list(&mut self);
    /// A part that could not be read; what was announced before it still stands.
    fn error(&mut self, error: &DecodeError);
}

/// A view that can tell its fields.
pub trait Describe {
    /// Tells them, in wire order.
    fn describe(&self, sink: &mut dyn FieldSink);
}

/// Octets as lower-case hex without separators.
#[derive(Clone, Copy, Debug)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// Text from a packet with everything escaped that could act on a terminal: controls, bidi marks,
/// and whatever is not UTF-8.
#[derive(Clone, Copy, Debug)]
pub struct Untrusted<'a>(pub &'a [u8]);

impl fmt::Display for Untrusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '\\' => f.write_str("\\\\")?,
                    c if c.is_control() || is_directional(c) => {
                        write!(f, "\\u{{{:x}}}", u32::from(c))?;
                    }
                    c => f.write_char(c)?,
                }
            }
            for octet in chunk.invalid() {
                write!(f, "\\x{octet:02x}")?;
            }
        }
        Ok(())
    }
}

/// Invisible characters that reorder or hide what follows them.
const fn is_directional(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}
