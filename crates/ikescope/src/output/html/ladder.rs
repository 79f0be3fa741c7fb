//! The ladder as a drawing: two lifelines, an arrow per row, times and frames on the left, notes on
//! the right.

use std::fmt::Write as _;

use ikescope::report::Tunnel;
use ikescope_wire::observed::Timestamp;
use maud::{Markup, html};

use super::{Messages, Page, SCREEN, px};
use crate::output::clock;
use crate::output::rows::{Row, Stroke};
use crate::output::story::Story;
use crate::output::words::seconds;
use crate::output::wrap::wrap_remarks;

/// The figure, in two parts if it is long.
pub(super) fn figure(page: &Page<'_>, story: &Story<'_>) -> Markup {
    let (left, right, rows) = story.ladder(false);
    let Some(start) = rows.iter().find_map(|row| row.time) else {
        return html! {};
    };
    let drawing = Drawing {
        messages: page.messages(),
        several_inputs: page.report.inputs.len() > 1,
        start,
    };
    let (first, rest) = rows.split_at(rows.len().min(ROWS_SHOWN));
    let ends = (left.to_string(), right.to_string());
    html! {
        figure.ladder {
            div.scroll tabindex="0" role="group" aria-label="Ladder" {
                (drawing.svg(&ends, first))
            }
            @if !rest.is_empty() {
                details {
                    summary { "Show " (rest.len()) " more rows" }
                    div.scroll { (drawing.svg(&ends, rest)) }
                }
            }
        }
    }
}

/// The messages that a ladder of this tunnel may lead to, in order.
pub(super) fn frames(tunnel: &Tunnel) -> Vec<(u16, u64)> {
    let shown = tunnel
        .decisive
        .and_then(|index| tunnel.negotiations.get(index));
    let exchanges = shown.into_iter().flat_map(|shown| &shown.exchanges);
    let mut frames: Vec<(u16, u64)> = exchanges
        .flat_map(|exchange| {
            let request = exchange.request.as_ref().zip(exchange.requests.first());
            let response = exchange.response.as_ref().zip(exchange.responses.first());
            request.into_iter().chain(response)
        })
        .map(|(message, frame)| (message.input, *frame))
        .collect();
    frames.sort_unstable();
    frames.dedup();
    frames.truncate(MESSAGES_SHOWN);
    frames
}

/// What a link to a message is called.
pub(super) fn message_id(input: u16, frame: u64) -> String {
    format!("m-{}-{frame}", input + 1)
}

struct Drawing<'a> {
    messages: Option<&'a Messages>,
    several_inputs: bool,
    start: Timestamp,
}

impl Drawing<'_> {
    fn svg(&self, (left, right): &(String, String), rows: &[Row]) -> Markup {
        let fits = left.len() + right.len() <= HEAD_CHARACTERS;
        let top = if fits { HEAD } else { HEAD + LINE };
        let (body, height) = self.rows(rows, top);
        let lifelines = format!("M{LEFT} {top}V{height}M{RIGHT} {top}V{height}");
        let from = clock::beginnings(self.start).swap_remove(0);
        let second = if fits { 16 } else { 16 + LINE };
        html! {
            svg viewBox={ "0 0 " (WIDTH) " " (height + 8) } role="group"
                aria-label={ "Messages between " (left) " and " (right) } {
                text.head.end x=(TIME) y="16" { "time" }
                text.head.end x=(FRAME) y="16" { "frame" }
                text.head x=(LEFT - 14) y="16" { (left) }
                text.role x=(LEFT - 14) y=(second + LINE) { "initiator" }
                text.head.end x=(RIGHT + 14) y=(second) { (right) }
                text.role.end x=(RIGHT + 14) y=(second + LINE) { "responder" }
                text.note x=(NOTES + 8) y="16" { (from) }
                path.lifeline d=(lifelines) {}
                (body)
            }
        }
    }

    /// The rows from `top` down, and where they end.
    fn rows(&self, rows: &[Row], top: u32) -> (Markup, u32) {
        let mut y = top;
        let mut newest: Option<Timestamp> = None;
        let mut silence_told = false;
        let moves = rows.iter().any(|row| row.time.is_some() && !row.floated);
        let mut floated = !moves;
        let mut drawn = Vec::new();
        for row in rows {
            let pause = newest.zip(row.time).map(|(last, next)| next.since(last));
            if let Some(pause) = pause.filter(|pause| *pause > SILENCE && !silence_told) {
                drawn.push(silence(y, pause));
                y += BREAK;
            }
            if row.floated && !floated && row.stroke == Stroke::Ike {
                drawn.push(band(y));
                y += BREAK;
                floated = true;
            }
            let notes = self.notes(row);
            drawn.push(self.row(row, y, &notes));
            y += ROW + LINE * (notes.len().saturating_sub(1) as u32);
            newest = newest.max(row.until);
            silence_told = row.stroke == Stroke::Unseen;
        }
        (html! { @for row in &drawn { (row) } }, y)
    }

    fn notes(&self, row: &Row) -> Vec<String> {
        let note = SCREEN.counted(&row.note);
        if note.is_empty() {
            return Vec::new();
        }
        wrap_remarks(&note, NOTE_CHARACTERS)
    }

    fn row(&self, row: &Row, top: u32, notes: &[String]) -> Markup {
        let said = self.said(row);
        let target = self.target(row);
        let inside = self.inside(row, top, notes, &said);
        html! {
            @if let Some(target) = target {
                a.row href={ "#" (target) } aria-label=(said) { (inside) }
            } @else {
                g.row tabindex="0" role="img" aria-label=(said) { (inside) }
            }
        }
    }

    fn inside(&self, row: &Row, top: u32, notes: &[String], said: &str) -> Markup {
        let y = top + ROW - 8;
        let height = ROW + LINE * (notes.len().saturating_sub(1) as u32);
        let label = SCREEN.counted(&format!("{}  {}", row.label.long, row.label.size));
        let middle = (LEFT + RIGHT) / 2;
        let above = if row.again > 0 { 8 } else { 5 };
        html! {
            title { (said) }
            rect.hit x="0" y=(top + 2) width=(WIDTH) height=(height) {}
            @if let Some(time) = row.time {
                text.time.end x=(TIME) y=(y) data-t=(time) { (self.clock(time)) }
            }
            @if let Some(frames) = self.frames(row) { text.frame.end x=(FRAME) y=(y) { (frames) } }
            (arrow(row, y))
            text.label.mid x=(middle) y=(y - above) { (label.trim()) }
            @for (index, note) in notes.iter().enumerate() {
                text.note x=(NOTES + 8) y=(y + LINE * index as u32) { (note) }
            }
        }
    }

    fn clock(&self, time: Timestamp) -> String {
        format!("{:+.3}", time.since(self.start) as f64 / 1e9)
    }

    fn frames(&self, row: &Row) -> Option<String> {
        let (first, last) = row.frames?;
        let input = if self.several_inputs {
            format!("{}:", row.input + 1)
        } else {
            String::new()
        };
        let whole = format!("#{input}{first}-{last}");
        Some(if first == last {
            format!("#{input}{first}")
        } else if whole.len() <= FRAME_CHARACTERS {
            whole
        } else {
            format!("#{input}{first}+")
        })
    }

    /// The message that a row leads to.
    fn target(&self, row: &Row) -> Option<String> {
        let (first, _) = row
            .frames
            .filter(|_| row.stroke == Stroke::Ike && row.again == 0)?;
        let place = (row.input, first);
        self.messages?
            .contains_key(&place)
            .then(|| message_id(row.input, first))
    }

    /// A row in words, for those who cannot see it.
    fn said(&self, row: &Row) -> String {
        let mut said = match row.frames {
            Some((first, last)) if first == last => format!("frame {first}, "),
            Some((first, last)) => format!("frames {first} to {last}, "),
            None => String::new(),
        };
        let to = if row.rightward {
            "to responder"
        } else {
            "to initiator"
        };
        let _ = write!(said, "{}, {to}", row.label.long);
        if !row.label.size.is_empty() {
            let _ = write!(said, ", {}", row.label.size.replace(" B", " octets"));
        }
        if let Some(time) = row.time {
            let after = time.since(self.start) as f64 / 1e9;
            let _ = write!(said, ", after {after:.3} seconds");
        }
        if !row.note.is_empty() {
            let words: Vec<&str> = row.note.split_whitespace().collect();
            let _ = write!(said, ", {}", words.join(" "));
        }
        said
    }
}

fn arrow(row: &Row, y: u32) -> Markup {
    let (from, tip, back) = if row.rightward {
        (LEFT, RIGHT, RIGHT - 9)
    } else {
        (RIGHT, LEFT, LEFT + 9)
    };
    let head = format!("M{back} {}L{tip} {y}L{back} {}", y - 4, y + 4);
    let lines = |offsets: &[i32]| {
        let mut path = String::new();
        for offset in offsets {
            let _ = write!(path, "M{from} {}H{back}", i64::from(y) + i64::from(*offset));
        }
        path
    };
    html! {
        @match row.stroke {
            Stroke::Ike if row.again > 0 => path.ike d={ (lines(&[-3, 0, 3])) (head) "Z" } {},
            Stroke::Ike => path.ike d={ (lines(&[0])) (head) "Z" } {},
            Stroke::Esp => {
                path.esp d=(lines(&[0])) {}
                path.esphead d={ "M" (back) " " (y - 6) "L" (tip) " " (y) "L" (back) " " (y + 6) "Z" } {}
            }
            Stroke::Unseen => {
                path.unseen d=(lines(&[0])) {}
                path.unseenhead d=(head) {}
            }
        }
    }
}

/// A pause between two rows: the lifelines are broken there.
fn silence(y: u32, pause: i64) -> Markup {
    let middle = f64::from(y) + f64::from(BREAK) / 2.0 + 4.0;
    html! {
        @for x in [LEFT, RIGHT] {
            rect.cut x=(x - 3) y=(y + 6) width="6" height=(BREAK - 4) {}
            circle.dot cx=(x) cy=(px(middle - 5.0)) r="1" {}
            circle.dot cx=(x) cy=(px(middle)) r="1" {}
            circle.dot cx=(x) cy=(px(middle + 5.0)) r="1" {}
        }
        text.pause.mid x=((LEFT + RIGHT) / 2) y=(px(middle + 4.0)) { (seconds(pause)) " s pass" }
    }
}

/// From here on everything goes over UDP 4500.
fn band(y: u32) -> Markup {
    html! {
        rect.band x=(LEFT) y=(y + 6) width=(RIGHT - LEFT) height=(BREAK - 5) {}
        text.pause.mid x=((LEFT + RIGHT) / 2) y=(y + 18) { "UDP 4500 from here" }
    }
}

/// Width of the drawing.
const WIDTH: u32 = 960;
/// Right edge of the times.
const TIME: u32 = 78;
/// Right edge of the frames.
const FRAME: u32 = 164;
/// The two lifelines.
const LEFT: u32 = 190;
const RIGHT: u32 = 620;
/// Left edge of the notes.
const NOTES: u32 = 632;
/// Height of the head.
const HEAD: u32 = 38;
/// Height of a row, of a further line in it, of a break.
const ROW: u32 = 28;
const LINE: u32 = 14;
const BREAK: u32 = 20;
/// Characters that fit between the lifelines, in the notes, in the frames.
const HEAD_CHARACTERS: usize = 58;
const NOTE_CHARACTERS: usize = 44;
const FRAME_CHARACTERS: usize = 11;
/// A pause that breaks the lifelines, nanoseconds.
const SILENCE: i64 = 5_000_000_000;
/// Rows shown at once.
const ROWS_SHOWN: usize = 60;
/// Messages of one tunnel told payload by payload.
const MESSAGES_SHOWN: usize = 40;
