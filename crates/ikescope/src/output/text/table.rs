//! Many tunnels at once: the sentence that counts them, and one row for each that does not work.

use std::cmp::Reverse;
use std::io::{self, Write};
use std::net::IpAddr;

use ikescope::report::{Report, Tunnel};

use crate::output::clock::{self, Utc};
use crate::output::line::Line;
use crate::output::screen::{Role, Screen};
use crate::output::text::is_broken;
use crate::output::words::{code, counted, grouped, mark, role, stage};
use crate::output::wrap::wrap;
use ikescope::report::OUTCOMES;

/// Writes the headline over all tunnels.
pub(crate) fn headline(out: &mut dyn Write, screen: &Screen, report: &Report) -> io::Result<()> {
    let count = |word: &str| {
        report
            .tunnels
            .iter()
            .filter(|t| t.verdict.outcome == word)
            .count() as u64
    };
    let broken: Vec<&str> = OUTCOMES
        .into_iter()
        .filter(|word| is_broken(word) && count(word) > 0)
        .collect();
    let all = report.tunnels.len() as u64;
    let total: u64 = broken.iter().map(|word| count(word)).sum();
    let worst = worst(report);
    let mut sentences = Vec::new();
    if total == 0 {
        sentences.push(format!("None of {} is broken.", counted(all, "tunnel")));
    } else {
        let each: Vec<String> = broken
            .iter()
            .map(|w| format!("{} {w}", grouped(count(w))))
            .collect();
        let verb = if total == 1 { "is" } else { "are" };
        sentences.push(format!(
            "{} of {} {verb} broken: {}.",
            grouped(total),
            counted(all, "tunnel"),
            each.join(", ")
        ));
    }
    let up = [
        ("established", "established"),
        ("no_traffic", "up without traffic"),
        ("incomplete", "too incomplete to tell"),
        ("probe", "no tunnel but a probe"),
    ];
    let up = up.into_iter().filter(|(word, _)| count(word) > 0);
    let up: Vec<String> = up
        .map(|(word, text)| {
            let number = count(word);
            format!(
                "{} {} {text}",
                grouped(number),
                if number == 1 { "is" } else { "are" }
            )
        })
        .collect();
    if !up.is_empty() {
        sentences.push(format!("{}.", up.join(", ")));
    }
    let head = screen.drawn(mark(worst)).into_owned();
    let mut lines = wrap(&sentences.join(" "), screen.width.saturating_sub(2)).into_iter();
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
    let mut tunnels: Vec<&Tunnel> = report.tunnels.iter().collect();
    tunnels.sort_by_cached_key(|tunnel| (rank(tunnel), Reverse(last_seen(tunnel))));
    let works = |tunnel: &&Tunnel| matches!(tunnel.verdict.outcome, "established" | "no_traffic");
    let few = all || tunnels.len() <= LISTED_WHOLE;
    let (listed, others): (Vec<&Tunnel>, Vec<&Tunnel>) = tunnels
        .into_iter()
        .partition(|tunnel| few || !works(tunnel));
    let hub = hub(report);
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
    write_rows(out, screen, &Cells::head(hub), &rows)
}

/// The outcome that marks the whole: the worst, but what cannot be told does not hide what works.
fn worst(report: &Report) -> &'static str {
    let seen = |word: &&str| report.tunnels.iter().any(|t| t.verdict.outcome == *word);
    let telling = OUTCOMES
        .into_iter()
        .filter(|word| is_broken(word) || *word == "established");
    telling
        .clone()
        .find(seen)
        .or_else(|| OUTCOMES.into_iter().find(seen))
        .unwrap_or("incomplete")
}

/// Place in the list of what to look at first.
pub(crate) fn rank(tunnel: &Tunnel) -> usize {
    let position = OUTCOMES
        .iter()
        .position(|outcome| *outcome == tunnel.verdict.outcome);
    position.unwrap_or(OUTCOMES.len())
}

/// Time of the newest thing seen, in nanoseconds.
pub(crate) fn last_seen(tunnel: &Tunnel) -> i64 {
    let messages = tunnel
        .negotiations
        .iter()
        .map(|negotiation| negotiation.last_time.as_str());
    let of_negotiations = tunnel
        .negotiations
        .iter()
        .flat_map(|negotiation| &negotiation.esp);
    let flows = of_negotiations
        .chain(&tunnel.esp)
        .map(|flow| flow.last_time.as_str());
    messages
        .chain(flows)
        .filter_map(clock::parse)
        .map(|time| time.0)
        .max()
        .unwrap_or(0)
}

/// The address that all tunnels have at one end, if there is one.
fn hub(report: &Report) -> Option<IpAddr> {
    let first = report.tunnels.first()?;
    let at_all = |address: &IpAddr| {
        report
            .tunnels
            .iter()
            .all(|t| t.a == *address || t.b == *address)
    };
    [first.b, first.a].into_iter().find(at_all)
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
        let peer = match hub {
            Some(hub) if tunnel.a == hub => tunnel.b.to_string(),
            Some(_) => tunnel.a.to_string(),
            None => format!("{} -> {}", tunnel.a, tunnel.b),
        };
        let cause = match (code(verdict.cause), verdict.cause) {
            (Some(code), Some(name)) => format!("{code} {name}"),
            _ => String::new(),
        };
        Self {
            role: role(verdict.outcome),
            mark: mark(verdict.outcome),
            cells: [
                peer,
                Some(tries(tunnel))
                    .filter(|tries| *tries > 0)
                    .map_or_else(String::new, grouped),
                stage(verdict.stage).unwrap_or_default().to_owned(),
                verdict.outcome.to_owned(),
                cause,
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

fn tries(tunnel: &Tunnel) -> u64 {
    let kept: u64 = tunnel
        .negotiations
        .iter()
        .map(|n| u64::from(n.attempts))
        .sum();
    kept + tunnel.negotiations_dropped
}

fn time_of_day(nanoseconds: i64) -> String {
    Utc::new(ikescope_wire::observed::Timestamp(nanoseconds), 0)
        .parts()
        .1
}

/// Columns as wide as their content; the last ones give way where the screen is narrow.
fn write_rows(
    out: &mut dyn Write,
    screen: &Screen,
    head: &Cells,
    rows: &[Cells],
) -> io::Result<()> {
    let width = |column: usize| {
        let cells = rows
            .iter()
            .chain([head])
            .map(|row| row.cells[column].chars().count());
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
    for row in [head].into_iter().chain(rows) {
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
        }
        line.write(out, screen)?;
    }
    Ok(())
}

const COLUMNS: usize = 6;
const TRIES: usize = 1;
const STOPPED_IN: usize = 2;
const LAST_SEEN: usize = 5;
/// So few tunnels are all listed.
const LISTED_WHOLE: usize = 10;
/// Rows of the table without `--all`.
const ROWS_SHOWN: usize = 40;
