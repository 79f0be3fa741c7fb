//! `ikescope compare A B`: what left one capture and reached the other.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use ikescope::Comparison;
use ikescope_analysis::crossing::{Negotiation, Tap, Witness, cross};
use ikescope_analysis::{Coverage, Diagnosis, History, Limits, Tracker, diagnose};
use ikescope_wire::Spi;

use super::options;
use crate::args::{CompareArgs, PlainFormat};
use crate::exit::Exit;
use crate::output::crossing::{self, Alone, Side};
use crate::output::screen::Screen;

/// Runs the command.
pub(crate) fn run(args: &CompareArgs) -> anyhow::Result<Exit> {
    let [a, b] = [(&args.a, 0), (&args.b, 1)].map(|(path, index)| View::read(path, index, args));
    let (a, b) = (a?, b?);
    for (view, path) in [(&a, &args.a), (&b, &args.b)] {
        if view.witness.span().is_none() {
            bail!("{} holds no frame to compare", path.display());
        }
    }
    let crossing = cross(&a.witness, &b.witness, args.clock_offset.map(nanoseconds));
    let screen = Screen::new(&args.look, false);
    let mut out = BufWriter::new(io::stdout().lock());
    let sides = [a.side(Tap::A), b.side(Tap::B)];
    match args.format.unwrap_or_default() {
        PlainFormat::Text => crossing::write(&mut out, &screen, &crossing, &sides)?,
        PlainFormat::Json => {
            let captures = sides.each_ref().map(|side| (side.name, side.witness));
            let cause = |it: &Negotiation| {
                let verdict = crossing::cause(&sides, it)?;
                verdict.cause.map(|rule| rule.name)
            };
            let comparison = Comparison::new(&crossing, captures, &cause);
            serde_json::to_writer_pretty(&mut out, &comparison)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(Exit::Written)
}

/// Whole nanoseconds of an offset in seconds.
fn nanoseconds(seconds: f64) -> i64 {
    (seconds * 1e9) as i64
}

/// One capture: each message on its own, and the verdicts that it alone gives.
struct View {
    name: String,
    witness: Witness,
    history: History,
    diagnosis: Diagnosis,
}

impl View {
    fn read(path: &Path, index: u16, args: &CompareArgs) -> anyhow::Result<Self> {
        let options = options(&args.reading);
        let mut capture = super::open(path, index, &options)?;
        let mut witness = Witness::new(&args.reading.ike_ports);
        let mut tracker = Tracker::new(Limits {
            ike_ports: args.reading.ike_ports.clone(),
            ..Limits::default()
        });
        let mut observe = |observation: ikescope_wire::observed::Observation<'_>| {
            witness.observe(&observation);
            tracker.observe(&observation);
        };
        while capture.next_frame(&mut observe).is_some() {}
        let summary = capture.summary();
        let span = summary.first_time.zip(summary.last_time);
        if let Some((first, last)) = span {
            witness.covers(first, last);
        }
        let (first, last) = span.unwrap_or_default();
        let history = tracker.finish(&[Coverage {
            first,
            last,
            frames: summary.frames,
            losses: capture.losses(),
            ..Coverage::default()
        }]);
        let name = path.file_name().context("an input without a name")?;
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            diagnosis: diagnose(&history),
            witness,
            history,
        })
    }

    fn side(&self, tap: Tap) -> Side<'_> {
        Side {
            tap,
            name: &self.name,
            witness: &self.witness,
            view: self,
        }
    }
}

impl Alone for View {
    fn verdict(&self, spi: Spi) -> Option<&ikescope_analysis::Verdict> {
        let tunnels = self.history.tunnels.iter().zip(&self.diagnosis.tunnels);
        let attempts = tunnels.flat_map(|(tunnel, judged)| {
            let negotiations = tunnel.negotiations.iter();
            negotiations.zip(&judged.attempts)
        });
        let mut of_this = attempts.filter(|(it, _)| it.spis.initiator == spi);
        of_this.next().map(|(_, judged)| &judged.verdict)
    }
}
