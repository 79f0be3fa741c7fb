//! The blocks below the ladder: a label, then text beside it.

use std::io::{self, Write};

use crate::output::line::Line;
use crate::output::screen::{Role, Screen};
use crate::output::story::REFERENCE_WIDTH;
use crate::output::wrap::{wrap, wrap_remarks};

/// Writes blocks.
pub(crate) struct Blocks<'a> {
    out: &'a mut dyn Write,
    screen: &'a Screen,
    /// The label that the next line gets.
    label: &'static str,
}

impl<'a> Blocks<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, screen: &'a Screen) -> Self {
        Self {
            out,
            screen,
            label: "",
        }
    }

    /// Begins a block; its label stands before whatever is written next.
    pub(crate) const fn begin(&mut self, label: &'static str) {
        self.label = label;
    }

    /// A paragraph.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.hanging(Role::Plain, "", 0, text)
    }

    /// A place in the capture, then what is to be seen there.
    pub(crate) fn evidence(&mut self, place: &str, text: &str) -> io::Result<()> {
        self.hanging(Role::Note, place, REFERENCE_WIDTH, text)
    }

    /// A name, then text that hangs beside it from `width` columns on.
    pub(crate) fn named(&mut self, name: &str, width: usize, text: &str) -> io::Result<()> {
        self.hanging(Role::Plain, name, width, text)
    }

    fn hanging(&mut self, role: Role, head: &str, width: usize, text: &str) -> io::Result<()> {
        let beside = TEXT_COLUMN + width + LEAST_TEXT <= self.screen.width;
        let column = TEXT_COLUMN + if beside { width } else { 2 };
        let fits = beside && (head.chars().count() < width || width == 0);
        let room = self.screen.width.saturating_sub(column).max(LEAST_TEXT);
        let mut lines = wrap(text, room).into_iter();
        let mut line = self.labelled().painted(role, head);
        if fits {
            line = line.to(column).text(lines.next().unwrap_or_default());
        }
        line.write(self.out, self.screen)?;
        for more in lines {
            Line::new()
                .to(column)
                .text(more)
                .write(self.out, self.screen)?;
        }
        Ok(())
    }

    /// Rows of four columns, the first as wide as a reference. Cells that do not fit go on below
    /// themselves; where the screen is too narrow for columns, each row is a line.
    pub(crate) fn matrix(&mut self, rows: &[([String; 4], Role)]) -> io::Result<()> {
        let room = self
            .screen
            .width
            .saturating_sub(TEXT_COLUMN + REFERENCE_WIDTH);
        let column = |place: usize| (place * room).div_euclid(3) + place / 2;
        if room < 3 * LEAST_COLUMN {
            return self.narrow_matrix(rows);
        }
        for (cells, role) in rows {
            let lines: Vec<Vec<String>> = cells[1..]
                .iter()
                .map(|cell| wrap_remarks(cell, LEAST_COLUMN - 2))
                .collect();
            let height = lines.iter().map(Vec::len).max().unwrap_or_default();
            for index in 0..height.max(1) {
                let head = if index == 0 { cells[0].as_str() } else { "" };
                let mut line = self.labelled().text(head);
                for (place, cell) in lines.iter().enumerate() {
                    let role = if place == 2 { *role } else { Role::Plain };
                    let text = cell.get(index).map_or("", String::as_str);
                    line = line
                        .to(TEXT_COLUMN + REFERENCE_WIDTH + column(place))
                        .painted(role, text);
                }
                line.write(self.out, self.screen)?;
            }
        }
        Ok(())
    }

    /// A row is a line: the first list, then the others behind their headings.
    fn narrow_matrix(&mut self, rows: &[([String; 4], Role)]) -> io::Result<()> {
        let Some((([_, _, theirs, common], _), rows)) = rows.split_first() else {
            return Ok(());
        };
        for ([kind, first, second, third], _) in rows {
            let mut text = format!("{first}; {theirs}: {second}");
            if !third.is_empty() {
                text.push_str(&format!("; {common}: {third}"));
            }
            self.named(kind, REFERENCE_WIDTH, &text)?;
        }
        Ok(())
    }

    /// A numbered step. Lines of it that begin with four blanks are commands and stand alone, whole.
    pub(crate) fn step(&mut self, number: usize, step: &str) -> io::Result<()> {
        let mut prefix = format!("{number} ");
        for line in step.lines() {
            if let Some(command) = line.strip_prefix("    ") {
                let command = Line::new().to(TEXT_COLUMN + 4).text(command);
                command.write(self.out, self.screen)?;
                continue;
            }
            let room = self.screen.width.saturating_sub(TEXT_COLUMN + 2).max(24);
            for text in wrap(line, room) {
                let line = self.labelled().text(format!("{prefix:2}{text}"));
                line.write(self.out, self.screen)?;
                prefix.clear();
            }
        }
        Ok(())
    }

    fn labelled(&mut self) -> Line {
        let label = std::mem::take(&mut self.label);
        let role = if label == "note" {
            Role::Note
        } else {
            Role::Label
        };
        Line::new().text("  ").painted(role, label).to(TEXT_COLUMN)
    }
}

/// Fewest columns of a list in a matrix.
const LEAST_COLUMN: usize = 24;
/// Fewest columns that text hangs in.
const LEAST_TEXT: usize = 22;
/// Where the text of a block begins, counted from 0.
const TEXT_COLUMN: usize = 12;
