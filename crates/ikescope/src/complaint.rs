//! What goes to standard error: errors with file, place, found and expected; and help.

use std::error::Error as _;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use ikescope_capture::{CaptureError, Damage, Note, NoteKind, TextDamage};

use crate::nearest::nearest;
use crate::output::screen::{Role, Screen};
use crate::output::words::grouped;

/// Says why nothing could be done.
pub(crate) fn error(error: &anyhow::Error) {
    match error.downcast_ref::<CaptureError>() {
        Some(error) => unreadable(error),
        None => say(
            "error:",
            Role::Bad,
            without_number(&format!("{error:#}")),
            None,
        ),
    }
}

/// Says why an input could not be read.
pub(crate) fn unreadable(error: &CaptureError) {
    let mut text = error.to_string();
    if let Some(source) = error.source() {
        let _ = write!(text, ": {}", without_number(&source.to_string()));
    }
    if let CaptureError::Open { name, source } = error
        && source.kind() == io::ErrorKind::NotFound
        && let Some(neighbour) = neighbour(Path::new(name))
    {
        let _ = write!(text, "; {neighbour} does exist");
    }
    say("error:", Role::Bad, &text, error.help().as_deref());
}

/// Says something that is no complaint.
pub(crate) fn remark(text: &str) {
    let screen = Screen::of_errors();
    write(&format!("ikescope: {}\n", screen.escaped(text)));
}

/// Says what could not be read, although the rest could.
pub(crate) fn warning(text: &str) {
    say("warning:", Role::Doubt, text, None);
}

/// Says what was wrong with an input, of damaged lines at most 20 of a kind.
pub(crate) fn notes(notes: &[Note]) {
    let mut kinds: Vec<(Damage, u64)> = Vec::new();
    for note in notes {
        let NoteKind::Text(damage) = &note.kind else {
            warning(&note.to_string());
            continue;
        };
        let known = kinds.iter().position(|(kind, _)| *kind == damage.damage);
        let index = known.unwrap_or_else(|| {
            kinds.push((damage.damage, 0));
            kinds.len() - 1
        });
        kinds[index].1 += 1;
        if kinds[index].1 <= WARNINGS_OF_A_KIND {
            damaged_line(&note.name, damage);
        }
    }
    for (kind, count) in kinds {
        if count > WARNINGS_OF_A_KIND {
            let more = count - WARNINGS_OF_A_KIND;
            warning(&format!("{kind}: ... and {} more like this", grouped(more)));
        }
    }
}

/// A damaged line of a text, with a caret below what is wrong.
fn damaged_line(name: &str, damage: &TextDamage) {
    let screen = Screen::of_errors();
    let place = format!("{name}:{}: {damage}", damage.line);
    let number = damage.line.to_string();
    let before: String = (damage.text.chars())
        .take(damage.column.saturating_sub(1) as usize)
        .collect();
    // What is escaped is longer than what it stands for.
    let caret = " ".repeat(screen.escaped(&before).chars().count());
    let below = format!("{caret}^ {}", screen.escaped(&damage.reading));
    let lines = format!(
        "{} {}\n  {number} | {}\n  {:>width$} | {}\n",
        screen.paint(Role::Doubt, "warning:"),
        screen.escaped(&place),
        screen.escaped(&damage.text),
        "",
        below.trim_end(),
        width = number.len(),
    );
    write(&lines);
}

fn say(word: &str, role: Role, text: &str, help: Option<&str>) {
    let screen = Screen::of_errors();
    let mut lines = format!("{} {}\n", screen.paint(role, word), screen.escaped(text));
    if let Some(help) = help {
        // Commands stand alone on their line.
        for (index, line) in help.lines().enumerate() {
            let head = if index == 0 { "  help: " } else { "" };
            let _ = writeln!(lines, "{head}{}", screen.escaped(line));
        }
    }
    write(&lines);
}

fn write(lines: &str) {
    // Where nobody reads complaints there is nobody left to complain to.
    let _ = io::stderr().write_all(lines.as_bytes());
}

/// What the system says without its number, which means nothing to most.
fn without_number(message: &str) -> &str {
    message
        .split_once(" (os error")
        .map_or(message, |(words, _)| words)
}

/// A file beside the missing one whose name is nearly the same.
fn neighbour(path: &Path) -> Option<String> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let names: Vec<String> = fs::read_dir(folder.unwrap_or_else(|| Path::new(".")))
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    let name = path.file_name()?.to_str()?;
    let found = nearest(name, names.iter().map(String::as_str))?;
    Some(match folder {
        Some(folder) => folder.join(found).display().to_string(),
        None => found.to_owned(),
    })
}

const WARNINGS_OF_A_KIND: u64 = 20;
