//! One IKE message for people: as a tree, or on one line.

use std::borrow::Cow;
use std::io::{self, Write};

use ikescope_wire::describe::Hex;
use ikescope_wire::display::PayloadBlocks;
use ikescope_wire::iana::{self, PayloadType};
use ikescope_wire::observed::{Timestamp, Transport};
use ikescope_wire::{Header, Message, Payloads, ikev1, ikev2};

use crate::commands::dissect::Found;
use crate::output::clock::Utc;
use crate::output::screen::{Role, Screen};
use crate::output::wrap::hang;

/// How a tree looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Shows values uncut and adds a hex dump.
    pub(crate) whole: bool,
    /// Shows passwords and the like.
    pub(crate) show_secrets: bool,
}

/// Prints a message as a tree.
pub(crate) fn tree(
    out: &mut dyn Write,
    screen: &Screen,
    found: &Found<'_>,
    look: Look,
) -> io::Result<()> {
    if let Some(sighting) = &found.sighting {
        let frame = format!("#{}", sighting.frame.number);
        let rest = format!(
            "  {}Z  {} > {}  {}{}",
            Utc::new(sighting.time, 6),
            sighting.source,
            sighting.destination,
            carrier(found),
            fragments(found),
        );
        let width = screen.width.saturating_sub(frame.len());
        let mut frame = screen.paint(Role::Note, &frame);
        for piece in hang(&rest, width, 2) {
            writeln!(out, "{frame}{piece}")?;
            frame = Cow::Borrowed("");
        }
    }
    let text = match Message::decode(found.octets) {
        Ok(message) if look.whole => format!("{message:#}"),
        Ok(message) => message.to_string(),
        Err(error) => format!("{}\n    error: {error}", bare_header(found.octets)),
    };
    let text = text + &decrypted(found, look);
    for line in text.lines() {
        let line = screen.escaped(line);
        let is_error = line.trim_start().starts_with("error:");
        let role = if is_error { Role::Doubt } else { Role::Plain };
        for piece in hang(&line, screen.width, below(&line)) {
            writeln!(out, "{}", screen.paint(role, &piece))?;
        }
    }
    if look.whole {
        hex_dump(out, found.octets)?;
    }
    writeln!(out)
}

/// The payloads that were encrypted, under a line that says so, or why they are not there.
fn decrypted(found: &Found<'_>, look: Look) -> String {
    if let Some(closed) = found.closed() {
        return format!("\n  not decrypted: {closed}");
    }
    let Some(inner) = found.inner() else {
        return String::new();
    };
    let blocks = PayloadBlocks {
        payloads: inner.payloads(),
        ikev2: inner.ikev2,
        show_secrets: look.show_secrets,
    };
    let octets = inner.plaintext.len();
    if octets == 0 {
        return "\n  decrypted: nothing inside".to_owned();
    }
    if look.whole {
        format!("\n  decrypted, {octets} octets:\n{blocks:#}")
    } else {
        format!("\n  decrypted, {octets} octets:\n{blocks}")
    }
}

/// Where a line of the tree goes on: two columns behind where its fields begin.
fn below(line: &str) -> usize {
    let blanks = line.len() - line.trim_start().len();
    if line.starts_with("  @") {
        FIELD_COLUMN + 2
    } else {
        blanks + 2
    }
}

fn carrier(found: &Found<'_>) -> &'static str {
    match (found.transport, found.marked) {
        (Transport::Tcp, _) => "TCP",
        (_, true) => "UDP, non-ESP marker",
        (_, false) => "UDP",
    }
}

fn fragments(found: &Found<'_>) -> String {
    if found.ip_fragments.is_empty() {
        return String::new();
    }
    let frames: Vec<String> = found
        .ip_fragments
        .iter()
        .map(|frame| format!("#{frame}"))
        .collect();
    format!(", IP fragments {}", frames.join(" "))
}

/// The header of a message whose length field does not even cover it.
fn bare_header(octets: &[u8]) -> String {
    Header::decode(octets).map_or_else(
        |error| error.to_string(),
        |header| {
            format!(
                "IKE version {} exchange {}, message ID {}, {} octets, spi {}",
                header.version,
                header.exchange_type.0,
                header.message_id,
                header.length,
                header.spis
            )
        },
    )
}

fn hex_dump(out: &mut dyn Write, octets: &[u8]) -> io::Result<()> {
    for (index, row) in octets.chunks(16).enumerate() {
        write!(out, "    {:04x} ", index * 16)?;
        for octet in row {
            write!(out, " {}", Hex(&[*octet]))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Prints messages on one line each; columns grow with what was printed before.
#[derive(Debug, Default)]
pub(crate) struct Oneline {
    start: Option<Timestamp>,
    widths: [usize; 3],
}

impl Oneline {
    /// Prints one.
    pub(crate) fn print(
        &mut self,
        out: &mut dyn Write,
        screen: &Screen,
        found: &Found<'_>,
    ) -> io::Result<()> {
        let Ok(header) = Header::decode(found.octets) else {
            return Ok(());
        };
        if let Some(sighting) = &found.sighting {
            let start = *self.start.get_or_insert(sighting.time);
            let elapsed = Timestamp(sighting.time.since(start)).0 as f64 / 1e9;
            let frame = format!("#{}", sighting.frame.number);
            let ends = format!("{} > {}", sighting.source, sighting.destination);
            let frame_width = self.width(0, frame.len(), 5);
            let ends_width = self.width(1, ends.len(), 34);
            let frame = format!("{frame:frame_width$}");
            write!(
                out,
                "{} {elapsed:+.6}  {ends:ends_width$}  ",
                screen.paint(Role::Note, &frame)
            )?;
        }
        let exchange = exchange(&header);
        let exchange_width = self.width(2, exchange.len(), 20);
        let payloads = screen.escaped(&payloads(found)).into_owned();
        writeln!(
            out,
            "{exchange:exchange_width$} {:>5}  {payloads}",
            header.length
        )
    }

    fn width(&mut self, column: usize, needed: usize, least: usize) -> usize {
        let width = &mut self.widths[column];
        *width = needed.max(least).max(*width);
        *width
    }
}

/// "IKE_AUTH req 1", "main mode 0".
fn exchange(header: &Header) -> String {
    let name = header.exchange_type.name().map_or_else(
        || format!("exchange {}", header.exchange_type.0),
        str::to_owned,
    );
    if header.version.major() == 1 {
        return format!("{name} {:08x}", header.message_id.0);
    }
    let direction = if header.flags.is_response() {
        "resp"
    } else {
        "req"
    };
    format!("{name} {direction} {}", header.message_id)
}

/// "SA KE Nonce N x5"; "SK{IDi AUTH SA TSi TSr}" where keys opened it.
fn payloads(found: &Found<'_>) -> String {
    let message = match Message::decode(found.octets) {
        Ok(message) => message,
        Err(error) => return format!("error: {error}"),
    };
    if let Some(inner) = found.inner() {
        let name = if inner.ikev2 { "SK" } else { "encrypted" };
        return format!("{name}{{{}}}", words(inner.payloads()));
    }
    if let Message::V1(message) = &message
        && message.encrypted().is_some()
    {
        let first = message.header.next_payload;
        let name = name_or_number(iana::ikev1::PayloadType(first).name(), first);
        return format!("encrypted({name}...)");
    }
    words(message.payloads())
}

/// The payloads' names, those that follow each other folded.
fn words(chain: Payloads<'_>) -> String {
    let ikev2 = chain.is_ikev2();
    let mut words: Vec<(String, usize)> = Vec::new();
    for raw in chain {
        let word = match raw {
            Ok(raw) if ikev2 => word_v2(raw),
            Ok(raw) => name_or_number(ikev1::payload_type(&raw).name(), raw.payload_type),
            Err(error) => format!("error: {error}"),
        };
        match words.last_mut() {
            Some((last, count)) if *last == word => *count += 1,
            _ => words.push((word, 1)),
        }
    }
    let folded = words.into_iter().map(|(word, count)| match count {
        1 => word,
        _ => format!("{word} x{count}"),
    });
    folded.collect::<Vec<_>>().join(" ")
}

fn word_v2(raw: ikescope_wire::RawPayload<'_>) -> String {
    let name = name_or_number(PayloadType(raw.payload_type).name(), raw.payload_type);
    match ikev2::Payload::decode(raw) {
        Ok(ikev2::Payload::Encrypted(sk)) => format!("{name}({})", inner(sk.first_inner)),
        Ok(ikev2::Payload::EncryptedFragment(part)) => format!(
            "{name} {}/{}({})",
            part.fragment_number,
            part.total_fragments,
            inner(part.first_inner)
        ),
        _ => name,
    }
}

fn inner(first: PayloadType) -> String {
    if first == PayloadType::NONE {
        return String::new();
    }
    format!("{}...", name_or_number(first.name(), first.0))
}

fn name_or_number(name: Option<&str>, number: u8) -> String {
    name.map_or_else(|| number.to_string(), str::to_owned)
}

/// Where the tree's fields begin.
const FIELD_COLUMN: usize = 25;
