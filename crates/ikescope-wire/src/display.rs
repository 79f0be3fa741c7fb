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

use crate::describe::{Describe, FieldSink, Hex, Hidden, Untrusted};
use crate::error::{DecodeError, DecodeErrorKind};
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
    /// Whether passwords and the like are shown.
    pub show_secrets: bool,
}

/// Prints fields as indented text: scalars of a view on one line, each item of a list on a line of
/// its own, short lists in brackets.
pub struct Tree<'f, 'b, 'a> {
    f: &'f mut fmt::Formatter<'b>,
    result: fmt::Result,
    /// Octets that an error's offset is looked up in.
    octets: Input<'a>,
    /// Whether passwords and the like are shown.
    show_secrets: bool,
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
            show_secrets: false,
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

    fn secret(&mut self, name: &'static str, value: &[u8]) {
        if self.show_secrets {
            self.field(name, format_args!("{}", Untrusted(value)));
        } else {
            self.field(name, format_args!("{}", Hidden(value.len())));
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
                self.write(format_args!("  @{:<4}", error.offset));
                for octet in quoted.octets() {
                    self.write(format_args!(" {octet:02x}"));
                }
                if is_announced_by(error, quoted.octets()) {
                    self.new_line();
                    self.write(format_args!("              ^^^^^"));
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
                Ok(raw) => self.write_block(f, raw, octets),
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

impl PayloadBlocks<'_> {
    /// One payload: place, name, type and length, then its fields.
    fn write_block(
        &self,
        f: &mut fmt::Formatter<'_>,
        raw: RawPayload<'_>,
        octets: Input<'_>,
    ) -> fmt::Result {
        let name = if self.ikev2 {
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
        tree.show_secrets = self.show_secrets;
        if raw.critical {
            tree.flag("critical", true);
        }
        crate::describe::reserved(&mut tree, raw.reserved.into());
        let decoded = if self.ikev2 {
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
    let blocks = PayloadBlocks {
        payloads,
        ikev2,
        show_secrets: false,
    };
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
/// Whether the third and fourth octets are the length field that is wrong: they are in payloads,
/// proposals, transforms, attributes and traffic selectors (RFC 7296 §3.2, §3.3, §3.13.1, §3.15.1).
fn is_announced_by(error: &DecodeError, quoted: &[u8]) -> bool {
    let (DecodeErrorKind::LengthTooLarge { announced, .. }
    | DecodeErrorKind::LengthTooSmall { announced, .. }) = error.kind
    else {
        return false;
    };
    let field = quoted.get(2..4).and_then(|field| field.try_into().ok());
    field.is_some_and(|field| usize::from(u16::from_be_bytes(field)) == announced)
}

/// How many octets an error quotes.
const QUOTED_OCTETS: usize = 16;

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;
    use std::vec::Vec;

    use super::*;

    /// An IKEv2 IKE_SA_INIT request around `payloads`.
    fn request(first: u8, payloads: &[&[u8]]) -> Vec<u8> {
        let mut octets = std::vec![
            0x6f, 0x1c, 0x22, 0xd9, 0x0b, 0x47, 0x11, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, first, 0x20,
            34, 0x08, 0, 0, 0, 0,
        ];
        let length = 28 + payloads.iter().map(|payload| payload.len()).sum::<usize>();
        octets.extend(u32::try_from(length).unwrap().to_be_bytes());
        octets.extend(payloads.concat());
        octets
    }

    const SA: [u8; 40] = [
        41, 0, 0, 40, 0, 0, 0, 36, 1, 1, 0, 3, // proposal 1
        3, 0, 0, 12, 1, 0, 0, 20, 0x80, 14, 1, 0, // AES-GCM with 256 bits
        3, 0, 0, 8, 2, 0, 0, 6, 0, 0, 0, 8, 4, 0, 0, 20,
    ];
    const NAT_DETECTION: [u8; 28] = [
        41, 0, 0, 28, 0, 0, 0x40, 0x04, 0x44, 0xb0, 0x29, 0xfe, 0x0a, 0x58, 0xc7, 0xd1, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7,
    ];
    const FRAGMENTATION: [u8; 8] = [0, 0, 0, 8, 0, 0, 0x40, 0x2e];

    #[test]
    fn prints_one_block_per_payload() {
        let octets = request(33, &[&SA, &NAT_DETECTION, &FRAGMENTATION]);
        let expected = "\
IKEv2 IKE_SA_INIT request, message ID 0, 104 octets, spi 6f1c22d90b471102:0000000000000000
  @28   SA (33) 40       number 1, protocol id 1 IKE, num transforms 3
                           ENCR 20 ENCR_AES_GCM_16 [Key Length (in bits) 256]
                           PRF 6 PRF_HMAC_SHA2_384
                           KE 20 384-bit random ECP group
  @68   N (41) 28        notify type 16388 NAT_DETECTION_SOURCE_IP, hash 20 octets 44b029fe0a58c7d1...
  @96   N (41) 8         notify type 16430 IKEV2_FRAGMENTATION_SUPPORTED";
        assert_eq!(Message::decode(&octets).unwrap().to_string(), expected);
    }

    #[test]
    fn prints_everything_in_the_alternate_form() {
        let octets = request(41, &[&NAT_DETECTION, &FRAGMENTATION]);
        let text = format!("{:#}", Message::decode(&octets).unwrap());
        let expected = "\
IKEv2 IKE_SA_INIT request, message ID 0, 64 octets, spi 6f1c22d90b471102:0000000000000000, version 2.0, flags 0x08
  @28   N (41) 28        protocol id 0 none, notify type 16388 NAT_DETECTION_SOURCE_IP, \
hash 44b029fe0a58c7d1070707070707070707070707
  @56   N (41) 8         protocol id 0 none, notify type 16430 IKEV2_FRAGMENTATION_SUPPORTED";
        assert_eq!(text, expected);
    }

    #[test]
    fn says_an_error_where_it_happened_and_reads_on() {
        let mut sa = SA;
        sa[7] = 48;
        let octets = request(33, &[&sa, &FRAGMENTATION]);
        let expected = "\
IKEv2 IKE_SA_INIT request, message ID 0, 76 octets, spi 6f1c22d90b471102:0000000000000000
  @28   SA (33) 40
                         error: proposal at octet 32: announces 48 octets, 36 left
                           @32   00 00 00 30 01 01 00 03 03 00 00 0c 01 00 00 14
                                       ^^^^^
  @68   N (41) 8         notify type 16430 IKEV2_FRAGMENTATION_SUPPORTED";
        assert_eq!(Message::decode(&octets).unwrap().to_string(), expected);
    }

    #[test]
    fn prints_what_a_snap_length_left() {
        let octets = request(33, &[&SA, &FRAGMENTATION]);
        let cut = &octets[..58];
        let expected = "\
IKEv2 IKE_SA_INIT request, message ID 0, 76 octets, spi 6f1c22d90b471102:0000000000000000
  @28   SA (33) 40       number 1, protocol id 1 IKE, num transforms 3
                           ENCR 20 ENCR_AES_GCM_16 [Key Length (in bits) 256]
                           error: transform at octet 58: needs 2 octets, the capture kept 0
                         not captured 10 octets";
        assert_eq!(Message::decode(cut).unwrap().to_string(), expected);
    }

    #[test]
    fn prints_a_broken_chain() {
        let octets = request(41, &[&[0, 0, 0, 99, 0, 0, 0, 0]]);
        let text = Message::decode(&octets).unwrap().to_string();
        let (_, block) = text.split_once('\n').unwrap();
        assert_eq!(
            block,
            "  error: payload header at octet 28: announces 99 octets, 8 left"
        );
    }

    #[test]
    fn shows_the_critical_bit_and_reserved_bits_where_they_are_set() {
        let octets = request(200, &[&[0, 0x81, 0, 6, 1, 2]]);
        let text = Message::decode(&octets).unwrap().to_string();
        let (_, block) = text.split_once('\n').unwrap();
        assert_eq!(
            block,
            "  @28   unknown (200) 6  critical yes, reserved 1, data 0102"
        );
    }

    #[test]
    fn names_the_first_payload_of_an_encrypted_ikev1_message() {
        let mut octets = request(8, &[&[9; 16]]);
        (octets[17], octets[18], octets[19]) = (0x10, 32, 1);
        let expected = "\
IKEv1 Quick Mode (32), message ID 0, 44 octets, spi 6f1c22d90b471102:0000000000000000
  @28   encrypted 16, first payload 8 HASH";
        assert_eq!(Message::decode(&octets).unwrap().to_string(), expected);
    }
}
