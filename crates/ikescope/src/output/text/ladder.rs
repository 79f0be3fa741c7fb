//! The ladder: two lifelines with an arrow per row, or a list where the screen is too narrow.

use std::io::{self, Write};

use ikescope_wire::observed::Timestamp;

use crate::args::TimeKind;
use crate::output::clock::{self, Utc};
use crate::output::line::Line;
use crate::output::rows::{Label, Row, Stroke};
use crate::output::screen::{Role, Screen};
use crate::output::wrap::{wrap, wrap_remarks};

/// How ladders are drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ladder<'a> {
    pub(crate) screen: &'a Screen,
    pub(crate) time: TimeKind,
    /// Whether frames are of several inputs, so that each needs its input's number.
    pub(crate) several_inputs: bool,
    /// Whether every row is shown, however many there are.
    pub(crate) whole: bool,
    /// Columns of the frames, so that the longest stands apart from the time.
    pub(crate) frame_width: usize,
}

impl Ladder<'_> {
    /// Draws the rows between two ends.
    pub(crate) fn write(
        &self,
        out: &mut dyn Write,
        (left, right): (&str, &str),
        rows: &[Row],
    ) -> io::Result<()> {
        let Some(start) = rows.iter().find_map(|row| row.time) else {
            return Ok(());
        };
        let narrow = self.is_narrow();
        if narrow {
            self.list_head(left, right, start).write(out, self.screen)?;
        } else {
            for line in self.head(left, right, start) {
                line.write(out, self.screen)?;
            }
        }
        let mut above = None;
        for piece in self.pieces(rows) {
            match piece {
                Piece::Row(row) if narrow => self.list_row(out, row, start)?,
                Piece::Row(row) => {
                    self.row(out, row, above, start)?;
                    above = Some(row);
                }
                Piece::LeftOut(count) => {
                    let text = format!("({count} more rows here, -v shows them)");
                    let column = if narrow { 2 } else { self.lifeline() };
                    Line::new()
                        .to(column)
                        .painted(Role::Note, text)
                        .write(out, self.screen)?;
                }
            }
        }
        Ok(())
    }

    /// The first and last rows if there are too many for a page.
    fn pieces<'r>(&self, rows: &'r [Row]) -> Vec<Piece<'r>> {
        if self.whole || rows.len() <= ROWS_SHOWN {
            return rows.iter().map(Piece::Row).collect();
        }
        let (head, rest) = rows.split_at(ROWS_SHOWN - TAIL_SHOWN - 1);
        let (middle, tail) = rest.split_at(rest.len() - TAIL_SHOWN);
        let left_out = Piece::LeftOut(middle.len());
        head.iter()
            .map(Piece::Row)
            .chain([left_out])
            .chain(tail.iter().map(Piece::Row))
            .collect()
    }

    fn head(&self, left: &str, right: &str, start: Timestamp) -> Vec<Line> {
        let span = self.span() + 2;
        let (time_width, frame_width) = (self.time_width(), self.frame_width);
        let head = Line::new().painted(
            Role::Label,
            format!("{:>time_width$}{:>frame_width$}", "time", "frame"),
        );
        let head = head.to(self.lifeline()).painted(Role::Label, left);
        let end = self.lifeline() + span;
        let right_width = right.chars().count();
        let from = self.from(start, end + 2);
        let fits = left.chars().count() + 2 + right_width <= span;
        if fits {
            let line = head.to(end - right_width).painted(Role::Label, right);
            return vec![line.text(format!("  {from}"))];
        }
        let second = Line::new()
            .to(end.saturating_sub(right_width))
            .painted(Role::Label, right);
        vec![head, second.text(format!("  {from}"))]
    }

    /// The absolute start, as exact as there is room for.
    fn from(&self, start: Timestamp, column: usize) -> String {
        let room = self.screen.width.saturating_sub(column);
        let fits = |text: &String| text.chars().count() <= room;
        clock::beginnings(start)
            .into_iter()
            .find(fits)
            .unwrap_or_default()
    }

    fn row(
        &self,
        out: &mut dyn Write,
        row: &Row,
        above: Option<&Row>,
        start: Timestamp,
    ) -> io::Result<()> {
        let wide = self.screen.width >= WIDE;
        let words = if wide {
            &row.label.long
        } else {
            &row.label.short
        };
        let arrow = Arrow::new(row, words, self.span());
        let time_width = self.time_width();
        let time = row
            .time
            .map_or_else(String::new, |time| self.clock(time, start));
        let frame_width = self.frame_width;
        let frames = frames(row, FRAME_WIDTH - 1, self.several_inputs);
        let role = if row.stroke == Stroke::Unseen {
            Role::Doubt
        } else {
            Role::Plain
        };
        let drawn = |stroke: &str| self.screen.drawn(stroke).into_owned();
        let text = self.screen.counted(&arrow.text);
        let line = Line::new()
            .text(format!("{time:>time_width$}"))
            .painted(Role::Note, format!("{frames:>frame_width$}"))
            .to(self.lifeline())
            .text(drawn("|"))
            .painted(
                role,
                format!("{} {text} {}", drawn(&arrow.before), drawn(&arrow.after)),
            )
            .text(drawn("|"));
        let beside = |note: &str| {
            let parts = [arrow.size.as_str(), note].into_iter();
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            parts.join("  ")
        };
        let room = self.screen.width.saturating_sub(line.width() + 2);
        let whole = beside(&row.note);
        let short = above.and_then(|above| row.note_below(above)).map(beside);
        let fits = |note: &String| note.chars().count() <= room;
        let note = match short.filter(fits) {
            Some(short) if !fits(&whole) => short,
            _ => whole,
        };
        self.with_note(out, line, &note)
    }

    fn with_note(&self, out: &mut dyn Write, line: Line, note: &str) -> io::Result<()> {
        let column = line.width() + 2;
        let room = self.screen.width.saturating_sub(column).max(16);
        let note = self.screen.counted(note);
        let mut lines = wrap_remarks(&note, room).into_iter();
        let first = lines.next().unwrap_or_default();
        line.to(column).text(first).write(out, self.screen)?;
        for more in lines {
            Line::new().to(column).text(more).write(out, self.screen)?;
        }
        Ok(())
    }

    fn list_head(&self, left: &str, right: &str, start: Timestamp) -> Line {
        Line::new()
            .text("  ")
            .painted(Role::Label, format!("{left} -> {right}"))
            .text(format!(
                "  {}",
                self.from(start, left.len() + right.len() + 8)
            ))
    }

    fn list_row(&self, out: &mut dyn Write, row: &Row, start: Timestamp) -> io::Result<()> {
        let time = row
            .time
            .map_or_else(String::new, |time| self.clock(time, start));
        let arrow = match (row.stroke, row.rightward) {
            (Stroke::Esp, true) => "=>",
            (Stroke::Esp, false) => "<=",
            (_, true) => "->",
            (_, false) => "<-",
        };
        let Label { long, size, .. } = &row.label;
        let role = if row.stroke == Stroke::Unseen {
            Role::Doubt
        } else {
            Role::Plain
        };
        let line = Line::new()
            .text(format!("  {time} "))
            .painted(Role::Note, frames(row, 12, self.several_inputs))
            .painted(
                role,
                self.screen.counted(&format!(" {arrow} {long} {size}")),
            );
        let joined = self.screen.counted(&row.note);
        if line.width() + 2 + joined.chars().count() <= self.screen.width {
            return line.text(format!("  {joined}")).write(out, self.screen);
        }
        line.write(out, self.screen)?;
        for more in wrap(&joined, self.screen.width.saturating_sub(10)) {
            Line::new().to(10).text(more).write(out, self.screen)?;
        }
        Ok(())
    }

    fn clock(&self, time: Timestamp, start: Timestamp) -> String {
        match self.time {
            TimeKind::Relative => {
                let seconds = time.since(start) as f64 / 1e9;
                let decimals = if seconds.abs() < 1e4 { 3 } else { 1 };
                format!("{seconds:+.decimals$}")
            }
            TimeKind::Utc => Utc::new(time, 3).of_day(),
            TimeKind::Epoch => {
                let text = time.to_string();
                text.get(..text.len().saturating_sub(6))
                    .unwrap_or(&text)
                    .to_owned()
            }
        }
    }

    /// Whether a list has to do: there would be no room beside the arrows.
    const fn is_narrow(&self) -> bool {
        let beside = self.lifeline() + self.span() + 4;
        self.screen.width < LIST_BELOW || self.screen.width < beside + NOTE_WIDTH
    }

    /// Column of the left lifeline.
    const fn lifeline(&self) -> usize {
        self.time_width() + self.frame_width + 2
    }

    const fn time_width(&self) -> usize {
        match self.time {
            TimeKind::Relative => 9,
            TimeKind::Utc => 14,
            TimeKind::Epoch => 16,
        }
    }

    /// Columns between the lifelines.
    const fn span(&self) -> usize {
        if self.screen.width < WIDE { 28 } else { 40 }
    }
}

/// Columns of the frames of these rows, a blank in front included: the longest must stand apart
/// from the time.
pub(crate) fn frame_width(rows: &[Row], several_inputs: bool) -> usize {
    let widths = rows
        .iter()
        .map(|row| frames(row, FRAME_WIDTH - 1, several_inputs).len() + 1);
    widths.max().unwrap_or(0).max(FRAME_WIDTH)
}

/// "#4-8", shortened to "#4+" where that does not fit; "#2:4" is of the second input.
fn frames(row: &Row, room: usize, several_inputs: bool) -> String {
    let Some((first, last)) = row.frames else {
        return String::new();
    };
    let input = if several_inputs {
        format!("{}:", row.input + 1)
    } else {
        String::new()
    };
    if first == last {
        return format!("#{input}{first}");
    }
    let whole = format!("#{input}{first}-{last}");
    if whole.len() <= room {
        whole
    } else {
        format!("#{input}{first}+")
    }
}

/// A row, or how many were left out.
enum Piece<'r> {
    Row(&'r Row),
    LeftOut(usize),
}

/// What stands between the lifelines, in ASCII.
struct Arrow {
    before: String,
    text: String,
    after: String,
    /// The size, if it did not fit.
    size: String,
}

impl Arrow {
    fn new(row: &Row, words: &str, span: usize) -> Self {
        let stroke = match row.stroke {
            Stroke::Ike => "-",
            Stroke::Esp => "=",
            Stroke::Unseen => ".",
        };
        let room = span.saturating_sub(FRAME);
        let sized = format!("{words}  {}", row.label.size);
        let (text, size) = if row.label.size.is_empty() || sized.chars().count() > room {
            (words.chars().take(room).collect(), row.label.size.clone())
        } else {
            (sized, String::new())
        };
        let rest = span.saturating_sub(text.chars().count() + 5);
        let (before, after) = if row.rightward {
            (
                stroke.repeat(3),
                format!("{}>", stroke.repeat(rest.saturating_sub(1))),
            )
        } else {
            (format!("<{}", stroke.repeat(2)), stroke.repeat(rest))
        };
        Self {
            before,
            text,
            after,
            size,
        }
    }
}

/// Columns of an arrow around its text: three strokes, two blanks, at least a stroke and the head.
const FRAME: usize = 7;
/// From here on lifelines stand wide apart.
const WIDE: usize = 100;
/// Below this a list replaces the ladder.
const LIST_BELOW: usize = 72;
/// Columns of the frames, a blank in front included.
const FRAME_WIDTH: usize = 9;
/// Fewest columns beside the arrows.
const NOTE_WIDTH: usize = 22;
/// Rows of one ladder.
const ROWS_SHOWN: usize = 18;
/// Rows at the end of a shortened one.
const TAIL_SHOWN: usize = 6;
