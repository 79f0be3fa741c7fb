//! `ikescope --follow INPUT`: events while the input grows, the report when it ends.

use std::io::{self, Write};

use anyhow::bail;
use ikescope::report::Tunnel;
use ikescope::{Event, Followed};
use ikescope_capture::{Format as CaptureFormat, Summary};

use crate::args::{Format, ReportArgs};
use crate::commands::report::{self, Lazy};
use crate::commands::selection::Selection;
use crate::commands::{growing, settings};
use crate::complaint;
use crate::exit::Exit;
use crate::output::follow::Lines;
use crate::output::screen::Screen;
use crate::redact::Redactor;

/// Runs the command.
pub(super) fn run(args: &ReportArgs) -> anyhow::Result<Exit> {
    let format = report::format(args)?;
    let [input] = args.inputs.as_slice() else {
        bail!("--follow follows one input; read several when they are complete, without --follow");
    };
    let into_file = args.writing.output.is_some();
    if !into_file && !matches!(format, Format::Text | Format::Ndjson) {
        bail!("--follow writes its events to standard output; name a file for the report with -o");
    }
    let mut out = Lazy::new(args)?;
    let settings = settings(&args.reading, &args.decryption)?;
    let mut followed = Followed::open(
        growing::open(input)?,
        settings,
        report::wanted(args, format),
    )?;
    if let Some(capture) = followed.capture() {
        let name = capture.name();
        let format = described(&capture.summary(), args.reading.text.options().zone);
        complaint::remark(&format!("{name} is {format}; Ctrl-C prints the report"));
    }
    let mut selection = Selection::of_stream(&args.choosing)?;
    if format == Format::Ndjson {
        return negotiations(args, followed, &mut selection, &mut out);
    }
    let mut redactor = Redactor::default();
    events(args, &mut followed, &selection, &mut redactor)?;
    let mut report = followed.finish();
    selection.apply(&mut report);
    if !into_file {
        // The shell has echoed ^C, and on any screen the report stands apart.
        writeln!(out.open()?)?;
    }
    report::write(args, format, &mut report, &mut redactor, &mut out)?;
    let all_up = report.tunnels.iter().all(report::is_up);
    Ok(report::exit(args, all_up))
}

/// What an input is, and how its times are taken. `zone`: seconds east of UTC.
fn described(summary: &Summary<'_>, zone: i32) -> String {
    let format = match summary.format {
        CaptureFormat::Pcap => "pcap",
        CaptureFormat::Pcapng => "pcapng",
        CaptureFormat::FortigateIkeDebug => "FortiGate IKE debug text",
        CaptureFormat::FortigateVpnList => "a list of a FortiGate's tunnels",
        CaptureFormat::FortigateSniffer => "FortiGate sniffer text",
        other => other.name(),
    };
    match summary.text {
        Some(text) if text.utc_stated => format!("{format}, absolute time in UTC"),
        Some(text) if text.absolute_times > 0 => {
            let sign = if zone < 0 { '-' } else { '+' };
            let (hours, minutes) = (zone.abs() / 3600, zone.abs() / 60 % 60);
            let east = format!("{sign}{hours:02}:{minutes:02}");
            let east = if zone == 0 { "" } else { &east };
            format!("{format}, absolute time taken as UTC{east}")
        }
        Some(text) if text.relative_times > 0 => format!("{format}, relative time"),
        _ => format.to_owned(),
    }
}

/// Writes each event at once.
fn events(
    args: &ReportArgs,
    followed: &mut Followed,
    selection: &Selection<'_>,
    redactor: &mut Redactor,
) -> io::Result<()> {
    let screen = Screen::new(&args.look, false);
    let mut lines = Lines::new(screen, args.writing.time.unwrap_or_default());
    let mut out = io::stdout().lock();
    let mut written = Ok(());
    let mut tell = |mut event: Event| {
        let is_wanted =
            selection.takes_event(&event) && (!args.writing.quiet || event.verdict.is_some());
        if is_wanted && written.is_ok() {
            if args.writing.redact {
                redactor.event(&mut event);
            }
            written = lines.write(&mut out, &event).and_then(|()| out.flush());
        }
    };
    while followed.proceed(&mut tell) {}
    written
}

/// Writes each negotiation as it finishes, and in the end those that have not.
fn negotiations(
    args: &ReportArgs,
    mut followed: Followed,
    selection: &mut Selection<'_>,
    out: &mut Lazy<'_>,
) -> anyhow::Result<Exit> {
    let mut all_up = true;
    let mut redactor = Redactor::default();
    let mut write = |mut tunnel: Tunnel| -> anyhow::Result<()> {
        if selection.takes(&mut tunnel) {
            all_up &= report::is_up(&tunnel);
            if args.writing.redact {
                redactor.tunnel(&mut tunnel);
            }
            report::write_lines(&tunnel, out.open()?)?;
            out.finish()?;
        }
        Ok(())
    };
    while followed.proceed(&mut |_| {}) {
        while let Some(tunnel) = followed.finished() {
            write(tunnel)?;
        }
    }
    for tunnel in followed.finish().tunnels {
        write(tunnel)?;
    }
    if let Some(told) = selection.told() {
        complaint::remark(&told);
    }
    Ok(report::exit(args, all_up))
}
