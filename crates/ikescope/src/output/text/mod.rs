//! The report for people. It prints the report's types and computes no verdict.

pub(crate) mod blocks;
mod ladder;

mod table;
mod tunnel;

use std::io::{self, Write};

use ikescope::report::{Report, Tunnel};

use crate::args::TimeKind;
use crate::output::line::Line;
use crate::output::overview::{self, frames, is_broken};
use crate::output::screen::Screen;
use crate::output::words::{code, mark, role};
use crate::output::wrap::wrap;
use blocks::Blocks;

/// How the report is to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Where it is shown.
    pub(crate) screen: Screen,
    /// What the ladders' first column shows.
    pub(crate) time: TimeKind,
    /// Whether everything is unfolded.
    pub(crate) verbose: bool,
    /// Whether working tunnels are detailed too.
    pub(crate) all: bool,
    /// Most full reports; `None` takes the usual number.
    pub(crate) max_details: Option<usize>,
    /// Whether tunnels were left out by choice.
    pub(crate) chosen: bool,
}

/// Writes the report.
pub(crate) fn write(out: &mut dyn Write, look: &Look, report: &Report) -> io::Result<()> {
    match report.tunnels.as_slice() {
        [] => nothing(out, look, report)?,
        [only] if look.max_details != Some(0) => tunnel::write(out, look, report, only)?,
        _ => many(out, look, report)?,
    }
    let mut blocks = Blocks::new(out, &look.screen);
    remarks(&mut blocks, report)?;
    footer(out, look, report)
}

fn many(out: &mut dyn Write, look: &Look, report: &Report) -> io::Result<()> {
    table::headline(out, &look.screen, report)?;
    writeln!(out)?;
    table::rows(out, &look.screen, report, look.all)?;
    for tunnel in detailed(look, report) {
        writeln!(out)?;
        tunnel::write(out, look, report, tunnel)?;
    }
    writeln!(out)
}

/// Writes the ladder of one tunnel alone.
pub(crate) fn ladder(
    out: &mut dyn Write,
    look: &Look,
    report: &Report,
    tunnel: &Tunnel,
) -> io::Result<()> {
    tunnel::ladder(out, look, report, tunnel)
}

/// The tunnels that get a full report, worst and newest first.
pub(crate) fn detailed<'a>(look: &Look, report: &'a Report) -> Vec<&'a Tunnel> {
    let mut tunnels = overview::worst_first(report);
    tunnels.retain(|tunnel| look.all || is_broken(tunnel.verdict.outcome));
    let usual = if look.all { usize::MAX } else { DETAILS };
    tunnels.truncate(look.max_details.unwrap_or(usual));
    tunnels
}

/// The messages of the tunnels that get a full report: input and frame.
pub(crate) fn shown_frames(look: &Look, report: &Report) -> Vec<(u16, u64)> {
    let tunnels = match report.tunnels.as_slice() {
        [only] => vec![only],
        _ => detailed(look, report),
    };
    let negotiations = tunnels.iter().flat_map(|tunnel| &tunnel.negotiations);
    let exchanges = negotiations.flat_map(|negotiation| &negotiation.exchanges);
    let messages = exchanges.flat_map(|exchange| {
        let request = exchange.request.as_ref().zip(exchange.requests.first());
        let response = exchange.response.as_ref().zip(exchange.responses.first());
        request.into_iter().chain(response)
    });
    let frames = messages.map(|(message, frame)| (message.input, *frame));
    frames.collect()
}

/// There is no tunnel to report on.
fn nothing(out: &mut dyn Write, look: &Look, report: &Report) -> io::Result<()> {
    let (head, text) = overview::nothing(report, look.chosen);
    let head = format!("{} {head}", mark("incomplete"));
    let lines = wrap(
        &format!("{head} {text}"),
        look.screen.width.saturating_sub(2),
    );
    for (index, line) in lines.iter().enumerate() {
        let line = match line.strip_prefix(&head) {
            Some(rest) if index == 0 => Line::new()
                .painted(role("incomplete"), head.clone())
                .text(rest),
            _ => Line::new().text(format!("  {line}")),
        };
        line.write(out, &look.screen)?;
    }
    if !overview::has_messages(report) {
        let mut blocks = Blocks::new(out, &look.screen);
        blocks.begin("next");
        blocks.text(overview::NOTHING_NEXT)?;
    }
    Ok(())
}

/// What there is to say of the capture as a whole.
fn remarks(blocks: &mut Blocks<'_>, report: &Report) -> io::Result<()> {
    blocks.begin("probes");
    for probe in overview::probes(report) {
        blocks.text(&probe)?;
    }
    blocks.begin("note");
    for note in overview::notes(report) {
        blocks.text(&note)?;
    }
    Ok(())
}

/// Every frame is accounted for; then what goes deeper from here.
fn footer(out: &mut dyn Write, look: &Look, report: &Report) -> io::Result<()> {
    let several = report.inputs.len() > 1;
    let more = more(look, report);
    let width = look.screen.width;
    for (index, input) in report.inputs.iter().enumerate() {
        let number = if several {
            format!("{} ", index + 1)
        } else {
            String::new()
        };
        let whole = as_a_whole(look);
        let mut line = Line::new().text(format!("  {number}{}{whole}:", input.path));
        let last = index + 1 == report.inputs.len();
        let more = if last { more.as_str() } else { "" };
        for (gap, part) in [(1, frames(input).as_str()), (3, more)] {
            if line.width() + gap + part.len() > width && !part.is_empty() {
                line.write(out, &look.screen)?;
                line = Line::new().text(format!("  {part}"));
            } else {
                line = line.text(format!("{:gap$}{part}", ""));
            }
        }
        line.write(out, &look.screen)?;
    }
    Ok(())
}

/// Whatever was chosen, the frames that are counted are those of the whole input.
pub(crate) const fn as_a_whole(look: &Look) -> &'static str {
    if look.chosen { " as a whole" } else { "" }
}

fn more(look: &Look, report: &Report) -> String {
    let mut ways = Vec::new();
    if report.tunnels.len() > 1 {
        ways.push("-p ADDR".to_owned());
        ways.extend((!look.all).then(|| "-a".to_owned()));
    }
    if !report.tunnels.is_empty() && !look.verbose {
        ways.push("-v".to_owned());
    }
    let causes = detailed(look, report);
    let cause = report
        .tunnels
        .first()
        .filter(|_| report.tunnels.len() == 1)
        .or_else(|| causes.first().copied());
    if let Some(code) = cause.and_then(|tunnel| code(tunnel.verdict.cause)) {
        ways.push(format!("ikescope explain {code}"));
    }
    if ways.is_empty() {
        String::new()
    } else {
        format!("more: {}", ways.join(", "))
    }
}

/// Full reports where nothing else is asked for.
pub(crate) const DETAILS: usize = 5;
