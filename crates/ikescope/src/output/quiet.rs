//! `--quiet`: one line per tunnel, its words stable for grep.

use std::io::{self, Write};

use ikescope::report::{Report, Tunnel};

use crate::output::screen::Screen;
use crate::output::story::tries;
use crate::output::words::{code, mark, role};

/// Writes the lines.
pub(crate) fn write(out: &mut dyn Write, screen: &Screen, report: &Report) -> io::Result<()> {
    for tunnel in &report.tunnels {
        line(out, screen, tunnel)?;
    }
    Ok(())
}

fn line(out: &mut dyn Write, screen: &Screen, tunnel: &Tunnel) -> io::Result<()> {
    let verdict = &tunnel.verdict;
    let cause = verdict.cause.unwrap_or("-");
    writeln!(
        out,
        "{} {} {} {} {cause} {} {} {} tries={}",
        screen.paint(role(verdict.outcome), &screen.drawn(mark(verdict.outcome))),
        verdict.outcome,
        verdict.stage,
        code(verdict.cause).unwrap_or("-"),
        verdict.confidence,
        tunnel.a,
        tunnel.b,
        tries(tunnel),
    )
}
