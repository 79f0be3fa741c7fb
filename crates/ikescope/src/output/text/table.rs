//! Many tunnels at once: the sentence that counts them, and one row for each that does not work.

use std::io::{self, Write};
use std::net::IpAddr;

use ikescope::report::{Report, Tunnel};
use ikescope_wire::observed::Timestamp;

use crate::output::clock::Utc;
use crate::output::line::Line;
use crate::output::overview::{self, last_seen};
use crate::output::screen::{Role, Screen};
use crate::output::story::{cause_name, tries};
use crate::output::words::{grouped, mark, role, stage};
use crate::output::wrap::wrap;

/// Writes the headline over all tunnels.
pub(crate) fn headline(out: &mut dyn Write, screen: &Screen, report: &Report) -> io::Result<()> {
    let worst = overview::worst(report);
    let head = screen.drawn(mark(worst)).into_owned();
    let mut lines = wrap(&overview::headline(report), screen.width.saturating_sub(2)).into_iter();
    let first = format!(" {}", lines.next().unwrap_or_default());
    Line::new()
        .painted(role(worst), head)
        .text(first)
        .write(out, screen)?;
    for more in lines {
        Line::new().text(format!("  {more}")).write(out, screen)?;
    }
    Ok(())
}

/// Writes one row per tunnel that does not work, the worst first; the others share one if they are
/// many and `all` does not ask for them.
pub(crate) fn rows(
    out: &mut dyn Write,
    screen: &Screen,
    report: &Report,
    all: bool,
) -> io::Result<()> {
    let tunnels = overview::worst_first(report);
    let works = |tunnel: &&Tunnel| matches!(tunnel.verdict.outcome, "established" | "no_traffic");
    let few = all || tunnels.len() <= LISTED_WHOLE;
    let (listed, others): (Vec<&Tunnel>, Vec<&Tunnel>) = tunnels
        .into_iter()
        .partition(|tunnel| few || !works(tunnel));
    let hub = overview::hub(report);
    let most = if all { usize::MAX } else { ROWS_SHOWN };
    let mut rows: Vec<Cells> = listed
        .iter()
        .take(most)
        .map(|t| Cells::of(t, hub))
        .collect();
    if listed.len() > most {
        let left_out = listed.len() - most;
        rows.push(Cells::note(format!(
            "{} more: -a or -q lists them",
            grouped(left_out as u64)
        )));
    }
    if !others.is_empty() {
        rows.push(Cells::of_others(&others));
    }
    write_rows(out, screen, &Cells::head(hub), &mut rows)
}

/// The columns of a row; empty ones are blank.
struct Cells {
    role: Role,
    mark: &'static str,
    cells: [String; COLUMNS],
}

impl Cells {
    fn head(hub: Option<IpAddr>) -> Self {
        let peer = hub.map_or_else(|| "tunnel".to_owned(), |hub| format!("peer of {hub}"));
        let names = ["tries", "stopped in", "outcome", "cause", "last seen"].map(str::to_owned);
        let [tries, stopped, outcome, cause, seen] = names;
        Self {
            role: Role::Label,
            mark: " ",
            cells: [peer, tries, stopped, outcome, cause, seen],
        }
    }

    fn of(tunnel: &Tunnel, hub: Option<IpAddr>) -> Self {
        let verdict = &tunnel.verdict;
        Self {
            role: role(verdict.outcome),
            mark: mark(verdict.outcome),
            cells: [
                overview::name(tunnel, hub),
                Some(tries(tunnel))
                    .filter(|tries| *tries > 0)
                    .map_or_else(String::new, grouped),
                stage(verdict.stage).unwrap_or_default().to_owned(),
                verdict.outcome.to_owned(),
                cause_name(verdict).unwrap_or_default(),
                time_of_day(last_seen(tunnel)),
            ],
        }
    }

    fn of_others(others: &[&Tunnel]) -> Self {
        let tries: u64 = others.iter().map(|tunnel| tries(tunnel)).sum();
        let last = others
            .iter()
            .map(|tunnel| last_seen(tunnel))
            .max()
            .unwrap_or(0);
        let peers = format!("{} others", grouped(others.len() as u64));
        let [blank, empty] = [String::new(), String::new()];
        Self {
            role: Role::Plain,
            mark: "-",
            cells: [
                peers,
                grouped(tries),
                blank,
                "up".to_owned(),
                empty,
                time_of_day(last),
            ],
        }
    }

    fn note(text: String) -> Self {
        let mut cells: [String; COLUMNS] = Default::default();
        cells[0] = text;
        Self {
            role: Role::Note,
            mark: " ",
            cells,
        }
    }
}

fn time_of_day(nanoseconds: i64) -> String {
    Utc::new(Timestamp(nanoseconds), 0).of_day()
}

/// Columns as wide as their content; the last ones give way where the screen is narrow.
fn write_rows(
    out: &mut dyn Write,
    screen: &Screen,
    head: &Cells,
    rows: &mut [Cells],
) -> io::Result<()> {
    let needed = |rows: &[Cells]| {
        let of = |row: &Cells| NEEDED.map(|column| row.cells[column].chars().count() + 2);
        let widths = rows
            .iter()
            .map(of)
            .reduce(|one, other| std::array::from_fn(|column| one[column].max(other[column])));
        widths.map_or(0, |widths| widths.iter().sum::<usize>() + 2)
    };
    if needed(rows) > screen.width {
        // The code finds the name: `ikescope explain`.
        for row in rows.iter_mut() {
            let code = row.cells[CAUSE].split(' ').next().unwrap_or_default();
            row.cells[CAUSE] = code.to_owned();
        }
    }
    let is_broken_up = needed(rows) > screen.width;
    let width = |column: usize| {
        let cells = rows
            .iter()
            .chain([head])
            .map(|row| row.cells[column].chars().count());
        let cells = cells.filter(|_| column != PEER || !is_broken_up);
        cells.max().unwrap_or(0)
    };
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let mut shown: Vec<usize> = (0..COLUMNS).collect();
    for gives_way in [LAST_SEEN, TRIES, STOPPED_IN] {
        let total: usize = shown.iter().map(|column| widths[*column] + 2).sum();
        if total + 2 > screen.width {
            shown.retain(|column| *column != gives_way);
        }
    }
    for row in [head].into_iter().chain(rows.iter()) {
        let mut line = Line::new()
            .text("  ")
            .painted(row.role, screen.drawn(row.mark).into_owned())
            .text(" ");
        for column in &shown {
            let (cell, width) = (&row.cells[*column], widths[*column]);
            let text = if *column == TRIES {
                format!("{cell:>width$}  ")
            } else {
                format!("{cell:width$}  ")
            };
            let role = if row.role == Role::Label {
                Role::Label
            } else {
                Role::Plain
            };
            line = line.painted(role, text);
            if *column == PEER && is_broken_up {
                line.write(out, screen)?;
                line = Line::new().to(LOWER);
            }
        }
        line.write(out, screen)?;
    }
    Ok(())
}

const COLUMNS: usize = 6;
const PEER: usize = 0;
const TRIES: usize = 1;
const STOPPED_IN: usize = 2;
const OUTCOME: usize = 3;
const CAUSE: usize = 4;
const LAST_SEEN: usize = 5;
/// Columns that no row goes without.
const NEEDED: [usize; 3] = [PEER, OUTCOME, CAUSE];
/// Where a row goes on below, if the ends alone fill the screen.
const LOWER: usize = 8;
/// So few tunnels are all listed.
const LISTED_WHOLE: usize = 10;
/// Rows of the table without `--all`.
const ROWS_SHOWN: usize = 40;
