//! A line of output in the making: pieces of text with roles, so that width is counted in
//! characters and colours come last.

use std::io::{self, Write};

use crate::output::screen::{Role, Screen};

/// A line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pieces: Vec<(Role, String)>,
    width: usize,
}

impl Line {
    /// An empty line.
    pub(crate) const fn new() -> Self {
        Self {
            pieces: Vec::new(),
            width: 0,
        }
    }

    /// Appends plain text.
    #[must_use]
    pub(crate) fn text(self, text: impl Into<String>) -> Self {
        self.painted(Role::Plain, text)
    }

    /// Appends text in a role.
    #[must_use]
    pub(crate) fn painted(mut self, role: Role, text: impl Into<String>) -> Self {
        let text = text.into();
        self.width += text.chars().count();
        self.pieces.push((role, text));
        self
    }

    /// Appends blanks up to a column, counted from 0.
    #[must_use]
    pub(crate) fn to(self, column: usize) -> Self {
        let blanks = column.saturating_sub(self.width);
        self.text(" ".repeat(blanks))
    }

    /// Columns so far.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// Writes it, with what could act on a terminal escaped.
    pub(crate) fn write(&self, out: &mut dyn Write, screen: &Screen) -> io::Result<()> {
        let last = self
            .pieces
            .iter()
            .rposition(|(_, text)| !text.trim_end().is_empty());
        let shown = last.map_or(0, |last| last + 1);
        for (index, (role, text)) in self.pieces.iter().take(shown).enumerate() {
            let text = if index + 1 == shown {
                text.trim_end()
            } else {
                text
            };
            write!(out, "{}", screen.paint(*role, &screen.escaped(text)))?;
        }
        writeln!(out)
    }
}
