//! What the place of output can show: colours, characters, columns. Flag beats environment beats
//! detection, and standard output and standard error decide apart.

use std::borrow::Cow;
use std::env;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

use crate::args::{Charset, LookArgs, When};

/// What a piece of text is, and so how it is painted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// Broken: bold red.
    Bad,
    /// Uncertain: bold yellow.
    Doubt,
    /// Healthy: green.
    Good,
    /// A place or a remark: cyan.
    Note,
    /// A label: bold.
    Label,
    /// Anything else.
    Plain,
}

impl Role {
    const fn code(self) -> &'static str {
        match self {
            Self::Bad => "1;31",
            Self::Doubt => "1;33",
            Self::Good => "32",
            Self::Note => "36",
            Self::Label => "1",
            Self::Plain => "",
        }
    }
}

/// A place of output.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Screen {
    /// Whether colours are wanted.
    pub(crate) color: bool,
    /// Whether characters beyond ASCII are wanted.
    pub(crate) utf8: bool,
    /// Columns.
    pub(crate) width: usize,
}

impl Screen {
    /// Standard output, or a file in its place.
    pub(crate) fn new(look: &LookArgs, into_file: bool) -> Self {
        Self::of_place(look, !into_file && io::stdout().is_terminal())
    }

    /// Standard error, where commands that write captures tell what they wrote.
    pub(crate) fn of_remarks(look: &LookArgs) -> Self {
        Self::of_place(look, io::stderr().is_terminal())
    }

    fn of_place(look: &LookArgs, terminal: bool) -> Self {
        Self {
            color: match look.color {
                When::Always => true,
                When::Never => false,
                When::Auto => wants_color(terminal),
            },
            utf8: match look.charset {
                Charset::Utf8 => true,
                Charset::Ascii => false,
                Charset::Auto => wants_utf8(terminal),
            },
            width: look
                .width
                .map_or_else(|| detected_width(terminal), usize::from),
        }
    }

    /// Standard error.
    pub(crate) fn of_errors() -> Self {
        let terminal = io::stderr().is_terminal();
        Self {
            color: wants_color(terminal),
            utf8: wants_utf8(terminal),
            width: PIPE_WIDTH,
        }
    }

    /// The text in the colour of its role.
    pub(crate) fn paint<'a>(&self, role: Role, text: &'a str) -> Cow<'a, str> {
        if self.color && role != Role::Plain && !text.is_empty() {
            Cow::Owned(format!("\x1b[{}m{text}\x1b[0m", role.code()))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// Text of our own in ASCII, its marks and lines drawn with what this screen has. Each character
    /// becomes one character.
    pub(crate) fn drawn<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.utf8 {
            return Cow::Borrowed(text);
        }
        let draw = |c| match c {
            'x' => '\u{2717}',
            '+' => '\u{2713}',
            '|' => '\u{2502}',
            '-' => '\u{2500}',
            '=' => '\u{2550}',
            '.' => '\u{b7}',
            other => other,
        };
        Cow::Owned(text.chars().map(draw).collect())
    }

    /// Text of our own with counts such as `x5`, the sign drawn with what this screen has.
    pub(crate) fn counted(&self, text: &str) -> String {
        let mut counted = String::with_capacity(text.len());
        let mut characters = text.chars().peekable();
        let mut before = ' ';
        while let Some(c) = characters.next() {
            let is_sign =
                c == 'x' && before == ' ' && characters.peek().is_some_and(char::is_ascii_digit);
            counted.push(if self.utf8 && is_sign { '\u{d7}' } else { c });
            before = c;
        }
        counted
    }

    /// Text that may hold anything, fit for this screen: what could act on a terminal is escaped,
    /// and what it cannot show too.
    pub(crate) fn escaped<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let harmless = |c: char| c == ' ' || c.is_ascii_graphic() || (self.utf8 && is_visible(c));
        if text.chars().all(harmless) {
            return Cow::Borrowed(text);
        }
        let mut escaped = String::with_capacity(text.len() + 16);
        for c in text.chars() {
            if harmless(c) || c == '\n' {
                escaped.push(c);
            } else if c.is_ascii() {
                let _ = write!(escaped, "\\x{:02x}", u32::from(c));
            } else {
                let _ = write!(escaped, "\\u{{{:x}}}", u32::from(c));
            }
        }
        Cow::Owned(escaped)
    }
}

/// Not a control, and none of the marks that reorder or hide what follows.
const fn is_visible(c: char) -> bool {
    !matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

fn wants_color(terminal: bool) -> bool {
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    terminal && set("NO_COLOR").is_none() && !is_dumb()
}

fn wants_utf8(terminal: bool) -> bool {
    match set("IKESCOPE_CHARSET").as_deref() {
        Some("utf8") => true,
        Some("ascii") => false,
        _ => terminal && !is_dumb() && locale().is_some_and(|locale| draws_in_one_column(&locale)),
    }
}

/// The first of the variables that is set decides (POSIX, environment variables).
fn locale() -> Option<String> {
    ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set)
}

/// UTF-8, and not of a language in whose consoles line-drawing characters take two columns.
fn draws_in_one_column(locale: &str) -> bool {
    let locale = locale.to_lowercase();
    let wide = ["ja", "ko", "zh"]
        .iter()
        .any(|language| locale.starts_with(language));
    (locale.contains("utf-8") || locale.contains("utf8")) && !wide
}

fn detected_width(terminal: bool) -> usize {
    if !terminal {
        return PIPE_WIDTH;
    }
    let told = set("COLUMNS").and_then(|columns| columns.parse().ok());
    let width = terminal_size::terminal_size().map(|(terminal_size::Width(w), _)| w);
    told.or_else(|| width.map(usize::from))
        .unwrap_or(TERMINAL_WIDTH)
        .clamp(60, 160)
}

fn is_dumb() -> bool {
    set("TERM").is_some_and(|term| term == "dumb")
}

/// A variable that is there and not empty.
fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

const PIPE_WIDTH: usize = 100;
const TERMINAL_WIDTH: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Screen = Screen {
        color: false,
        utf8: false,
        width: 100,
    };

    #[test]
    fn escapes_what_could_act_on_a_terminal() {
        assert_eq!(PLAIN.escaped("a\x1b[31mb"), "a\\x1b[31mb");
        let wide = Screen {
            utf8: true,
            ..PLAIN
        };
        assert_eq!(wide.escaped("\u{202e}evil é"), "\\u{202e}evil é");
        assert_eq!(PLAIN.escaped("é"), "\\u{e9}");
    }

    #[test]
    fn paints_only_where_colours_are_wanted() {
        assert_eq!(PLAIN.paint(Role::Bad, "x"), "x");
        let colourful = Screen {
            color: true,
            ..PLAIN
        };
        assert_eq!(colourful.paint(Role::Bad, "x"), "\x1b[1;31mx\x1b[0m");
    }

    #[test]
    fn draws_with_ascii_where_lines_are_two_columns_wide() {
        assert!(draws_in_one_column("de_DE.UTF-8"));
        assert!(!draws_in_one_column("ja_JP.UTF-8"));
        assert!(!draws_in_one_column("C"));
    }
}
