//! One description of each payload's fields, for every way of printing them.
//!
//! A view tells its fields, in wire order and under the RFC's names, to a [`FieldSink`]. The text
//! tree ([`Tree`](crate::display::Tree)) is one sink, JSON (in the `ikescope` crate) another; none can forget a field
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
    /// What proves to a peer who somebody is: a password, the answer to a challenge. Withheld, unless
    /// the sink was told to show it.
    fn secret(&mut self, name: &'static str, value: &[u8]) {
        self.text(name, &Hidden(value.len()));
    }
    /// Anything that prints itself: an address, a decoded name. Untrusted text must be escaped by
    /// the sink, not by the caller.
    fn text(&mut self, name: &'static str, value: &dyn fmt::Display);
    /// Opens a list; every item is a group of fields.
    fn open_list(&mut self, name: &'static str);
    /// Opens a list whose items are a few scalars each; a sink for people may keep it on one line.
    fn open_row(&mut self, name: &'static str) {
        self.open_list(name);
    }
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

/// A number with a registry; every `wire_enum!` is one.
pub(crate) trait Registered {
    /// The number.
    fn number(&self) -> u64;
    /// The registry's name of it.
    fn label(&self) -> Option<&'static str>;
}

/// Tells a registered number and its name.
pub(crate) fn registered(
    sink: &mut dyn FieldSink,
    name: &'static str,
    label_name: &'static str,
    value: impl Registered,
) {
    sink.named(name, value.number(), label_name, value.label());
}

/// Tells reserved bits, which are zero unless somebody uses them.
pub(crate) fn reserved(sink: &mut dyn FieldSink, bits: u64) {
    if bits != 0 {
        sink.number("reserved", bits);
    }
}

/// Tells a number of octets.
pub(crate) fn length(sink: &mut dyn FieldSink, name: &'static str, octets: &[u8]) {
    sink.number(name, u64::try_from(octets.len()).unwrap_or(u64::MAX));
}

/// Tells a list of structures, and where reading it ended.
pub(crate) fn list<T: Describe>(
    sink: &mut dyn FieldSink,
    name: &'static str,
    items: impl Iterator<Item = Result<T, DecodeError>>,
) {
    sink.open_list(name);
    tell(sink, items);
}

/// The same for a list of short items.
pub(crate) fn row<T: Describe>(
    sink: &mut dyn FieldSink,
    name: &'static str,
    items: impl Iterator<Item = Result<T, DecodeError>>,
) {
    sink.open_row(name);
    tell(sink, items);
}

fn tell<T: Describe>(
    sink: &mut dyn FieldSink,
    items: impl Iterator<Item = Result<T, DecodeError>>,
) {
    for item in items {
        match item {
            Ok(item) => {
                sink.open_item();
                item.describe(sink);
                sink.close_item();
            }
            Err(error) => sink.error(&error),
        }
    }
    sink.close_list();
}

/// How many octets are withheld.
#[derive(Clone, Copy, Debug)]
pub struct Hidden(pub usize);

impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(hidden, {} octets)", self.0)
    }
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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
