//! Messages as text: a header line, then one block per payload. Tolerant of truncation: what cannot
//! be read is said where it stands, and reading goes on behind it.
//!
//! ```text
//! IKEv2 IKE_SA_INIT request, message ID 0, 64 octets, spi 6f1c22d90b471102:0000000000000000
//!   @28   KE (34) 8        dh group num 31 Curve25519
//!   @36   N (41) 28        notify type 16390 COOKIE, cookie 20 octets 44b029fe0a58c7d1...
//! ```
//!
//! Fields stand under the names that JSON gives them, blanks for underscores; `type`, `id`, `value`
//! and `attributes` go without saying, and the number of a `type` that has a name. Values above eight
//! octets are cut. All of it is there in `{:#}`.

use core::fmt::{self, Write as _};

use crate::describe::{Describe, FieldSink, Hex};
use crate::error::DecodeError;
use crate::header::Header;
use crate::iana::{self, PayloadType};
use crate::input::Input;
use crate::message::Message;
use crate::payload::{Payloads, RawPayload};
use crate::{ikev1, ikev2};

/// The fields of a view on one line; lists stand in brackets.
#[derive(Clone, Copy)]
pub struct Line<'a>(pub &'a dyn Describe);

/// The payloads of a chain, one block each. For payloads that were decrypted by whoever has the keys;
/// a [`Message`] prints its own.
#[derive(Clone, Copy, Debug)]
pub struct PayloadBlocks<'a> {
    /// The chain.
    pub payloads: Payloads<'a>,
    /// Whether its numbers are those of IKEv2.
    pub ikev2: bool,
}

/// Prints fields as indented text: scalars of a view on one line, each item of a list on a line of
/// its own, short lists in brackets.
pub struct Tree<'f, 'b, 'a> {
    f: &'f mut fmt::Formatter<'b>,
    result: fmt::Result,
    /// Octets that an error's offset is looked up in.
    octets: Input<'a>,
    /// Whether everything is to stay on one line.
    flat: bool,
    /// Blanks due before the first field of the line.
    lead: usize,
    /// Column of the lists' items.
    column: usize,
    /// Open lists that have lines.
    depth: usize,
    /// Open lists in brackets.
    rows: usize,
    /// Name of the innermost row while it has no item.
    empty_row: Option<&'static str>,
    /// What separates the next field from the one before.
    separator: &'static str,
    /// Whether the next field needs a line of its own, because a list ended before it.
    line_is_over: bool,
}

impl<'f, 'b, 'a> Tree<'f, 'b, 'a> {
    /// Continues the current line after `lead` blanks; list items begin at `column`. Errors quote
    /// the octets they are about from `octets`.
    pub const fn new(
        f: &'f mut fmt::Formatter<'b>,
        octets: Input<'a>,
        lead: usize,
        column: usize,
    ) -> Self {
        Self {
            f,
            result: Ok(()),
            octets,
            flat: false,
            lead,
            column,
            depth: 0,
            rows: 0,
            empty_row: None,
            separator: "",
            line_is_over: false,
        }
    }

    /// Whether writing went well.
    ///
    /// # Errors
    /// The first error of the formatter.
    pub const fn finish(self) -> fmt::Result {
        self.result
    }

    fn write(&mut self, text: fmt::Arguments<'_>) {
        if self.result.is_ok() {
            self.result = self.f.write_fmt(text);
        }
    }

    /// Goes to where the next field begins.
    fn begin(&mut self) {
        self.open_empty_row();
        if self.line_is_over {
            self.new_line();
        }
        let (lead, separator) = (self.lead, self.separator);
        self.write(format_args!("{:lead$}{separator}", ""));
        self.lead = 0;
        self.separator = ", ";
    }

    fn open_empty_row(&mut self) {
        let Some(name) = self.empty_row.take() else {
            return;
        };
        if name == "attributes" {
            if self.separator == ", " {
                self.separator = " ";
            }
            self.begin();
            self.write(format_args!("["));
        } else {
            self.begin();
            self.write(format_args!("{} [", Words(name)));
        }
        self.separator = "";
    }

    fn new_line(&mut self) {
        let deeper = self.depth.saturating_sub(1).saturating_mul(2);
        let column = self.column.saturating_add(deeper);
        self.write(format_args!("\n{:column$}", ""));
        self.lead = 0;
        self.separator = "";
        self.line_is_over = false;
    }

    const fn is_line_empty(&self) -> bool {
        self.separator.is_empty() && !self.line_is_over
    }

    fn field(&mut self, name: &'static str, value: fmt::Arguments<'_>) {
        self.begin();
        match name {
            "type" | "id" | "value" => self.write(value),
            _ => self.write(format_args!("{} {value}", Words(name))),
        }
    }
}

impl FieldSink for Tree<'_, '_, '_> {
    fn number(&mut self, name: &'static str, value: u64) {
        self.field(name, format_args!("{value}"));
    }

    fn named(
        &mut self,
        name: &'static str,
        value: u64,
        _label_name: &'static str,
        label: Option<&'static str>,
    ) {
        match label {
            // The protocol of a notification that is about none.
            Some("none") if !self.f.alternate() => return,
            Some(label) if name == "type" && !self.f.alternate() => {
                self.field(name, format_args!("{label}"));
            }
            Some(label) => self.field(name, format_args!("{value} {label}")),
            None => self.field(name, format_args!("{value}")),
        }
        // An attribute's value follows its type without a comma.
        if name == "type" {
            self.separator = " ";
        }
    }

    fn flag(&mut self, name: &'static str, value: bool) {
        self.field(name, format_args!("{}", if value { "yes" } else { "no" }));
    }

    fn octets(&mut self, name: &'static str, value: &[u8]) {
        let whole = self.f.alternate();
        match value.first_chunk::<8>() {
            _ if value.is_empty() => {}
            Some(head) if value.len() > head.len() && !whole => {
                let count = value.len();
                self.field(name, format_args!("{count} octets {}...", Hex(head)));
            }
            _ => self.field(name, format_args!("{}", Hex(value))),
        }
    }

    fn text(&mut self, name: &'static str, value: &dyn fmt::Display) {
        self.field(name, format_args!("{value}"));
    }

    fn open_list(&mut self, name: &'static str) {
        if self.flat || self.rows > 0 {
            self.open_row(name);
        } else {
            self.depth = self.depth.saturating_add(1);
        }
    }

    fn open_row(&mut self, name: &'static str) {
        self.open_empty_row();
        self.rows = self.rows.saturating_add(1);
        self.empty_row = Some(name);
    }

    fn open_item(&mut self) {
        if self.rows > 0 {
            if self.empty_row.is_none() {
                self.separator = "; ";
            }
        } else if !self.is_line_empty() {
            self.new_line();
        }
    }

    fn close_item(&mut self) {
        if self.rows > 0 {
            self.separator = "; ";
        }
    }

    fn close_list(&mut self) {
        if self.rows == 0 {
            self.depth = self.depth.saturating_sub(1);
            self.line_is_over = true;
            return;
        }
        self.rows = self.rows.saturating_sub(1);
        if self.empty_row.take().is_none() {
            self.write(format_args!("]"));
            self.separator = ", ";
        }
    }

    fn error(&mut self, error: &DecodeError) {
        if self.flat || self.rows > 0 {
            self.begin();
            self.write(format_args!("error: {error}"));
            return;
        }
        self.new_line();
        self.write(format_args!("error: {error}"));
        if let Some(distance) = error.offset.checked_sub(self.octets.offset()) {
            let quoted = self.octets.skip(distance).at_most(QUOTED_OCTETS);
            if !quoted.is_empty() {
                self.new_line();
                self.write(format_args!("  @{:<5}", error.offset));
                for octet in quoted.octets() {
                    self.write(format_args!(" {octet:02x}"));
                }
            }
        }
        self.line_is_over = true;
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut tree = Tree::new(f, Input::new(&[]), 0, 0);
        tree.flat = true;
        self.0.describe(&mut tree);
        tree.finish()
    }
}

impl fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for PayloadBlocks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets = self.payloads.input();
        self.payloads.enumerate().try_for_each(|(index, raw)| {
            if index > 0 {
                f.write_char('\n')?;
            }
            match raw {
                Ok(raw) => write_block(f, raw, octets, self.ikev2),
                Err(error) => {
                    f.write_str("  ")?;
                    let mut tree = Tree::new(f, octets, 0, 4);
                    tree.lead_with_error(&error);
                    tree.finish()
                }
            }
        })
    }
}

impl Tree<'_, '_, '_> {
    /// An error that has no payload to stand in: on the line that has begun.
    fn lead_with_error(&mut self, error: &DecodeError) {
        self.flat = true;
        self.error(error);
    }
}

/// One payload: place, name, type and length, then its fields.
fn write_block(
    f: &mut fmt::Formatter<'_>,
    raw: RawPayload<'_>,
    octets: Input<'_>,
    ikev2: bool,
) -> fmt::Result {
    let name = if ikev2 {
        PayloadType(raw.payload_type).name()
    } else {
        ikev1::payload_type(&raw).name()
    };
    let mut counter = Counter { f, count: 0 };
    write!(
        counter,
        "  @{:<5}{} ({}) {}",
        raw.offset(),
        name.unwrap_or("unknown"),
        raw.payload_type,
        raw.length
    )?;
    let lead = FIELD_COLUMN.saturating_sub(counter.count).max(2);
    let mut tree = Tree::new(f, octets, lead, FIELD_COLUMN);
    if raw.critical {
        tree.flag("critical", true);
    }
    crate::describe::reserved(&mut tree, raw.reserved.into());
    let decoded = if ikev2 {
        ikev2::Payload::decode(raw).map(|payload| payload.describe(&mut tree))
    } else {
        ikev1::Payload::decode(raw).map(|payload| payload.describe(&mut tree))
    };
    if let Err(error) = decoded {
        tree.error(&error);
    }
    if raw.missing() > 0 {
        tree.text("not_captured", &format_args!("{} octets", raw.missing()));
    }
    tree.finish()
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V1(message) => fmt::Display::fmt(message, f),
            Self::V2(message) => fmt::Display::fmt(message, f),
            Self::Other(header) => {
                write!(
                    f,
                    "IKE version {} exchange {}",
                    header.version, header.exchange_type.0
                )?;
                write_header_end(f, header)
            }
        }
    }
}

impl fmt::Display for ikev2::Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = &self.header;
        f.write_str("IKEv2 ")?;
        match header.exchange_type.name() {
            Some(name) => f.write_str(name)?,
            None => write!(f, "exchange {}", header.exchange_type.0)?,
        }
        f.write_str(if header.flags.is_response() {
            " response"
        } else {
            " request"
        })?;
        write_header_end(f, header)?;
        let payloads = self.payloads();
        write_blocks(f, payloads, true)
    }
}

impl fmt::Display for ikev1::Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = &self.header;
        let number = header.exchange_type.0;
        match header.exchange_type.name() {
            Some(name) => write!(f, "IKEv1 {name} ({number})")?,
            None => write!(f, "IKEv1 exchange {number}")?,
        }
        write_header_end(f, header)?;
        if let Some(content) = self.encrypted() {
            let first = iana::ikev1::PayloadType(header.next_payload);
            write!(f, "\n  @{:<5}encrypted {}", content.offset(), content.len())?;
            return match first.name() {
                Some(name) => write!(f, ", first payload {} {name}", first.0),
                None => write!(f, ", first payload {}", first.0),
            };
        }
        write_blocks(f, self.payloads(), false)
    }
}

fn write_header_end(f: &mut fmt::Formatter<'_>, header: &Header) -> fmt::Result {
    write!(
        f,
        ", message ID {}, {} octets, spi {}",
        header.message_id, header.length, header.spis
    )?;
    if f.alternate() {
        write!(
            f,
            ", version {}, flags 0x{:02x}",
            header.version, header.flags.0
        )?;
    }
    Ok(())
}

fn write_blocks(f: &mut fmt::Formatter<'_>, payloads: Payloads<'_>, ikev2: bool) -> fmt::Result {
    let blocks = PayloadBlocks { payloads, ikev2 };
    if payloads.clone().next().is_none() {
        return Ok(());
    }
    f.write_char('\n')?;
    fmt::Display::fmt(&blocks, f)
}

/// A field's name in words.
struct Words(&'static str);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .chars()
            .try_for_each(|c| f.write_char(if c == '_' { ' ' } else { c }))
    }
}

/// Counts the characters that pass.
struct Counter<'f, 'b> {
    f: &'f mut fmt::Formatter<'b>,
    count: usize,
}

impl fmt::Write for Counter<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.count = self.count.saturating_add(text.chars().count());
        self.f.write_str(text)
    }
}

/// Column where the fields of a payload begin.
const FIELD_COLUMN: usize = 25;
/// How many octets an error quotes.
const QUOTED_OCTETS: usize = 16;
