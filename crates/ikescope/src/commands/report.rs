//! `ikescope INPUT...`: reads, chooses, writes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, bail};
use ikescope::report::{Report, Tunnel};
use ikescope::{Analyzed, Detail, Hints, Source, Wanted, analyze_each, analyze_with};

use crate::args::{ChoosingArgs, Format, ReportArgs};
use crate::commands::second_look::{PAGE, SecondLook};
use crate::commands::selection::Selection;
use crate::commands::{STDIN, pre_shared, refuse_input, settings};
use crate::complaint;
use crate::exit::Exit;
use crate::output::html::{self, Choice, Extras};
use crate::output::markdown;
use crate::output::progress::Progress;
use crate::output::quiet;
use crate::output::screen::Screen;
use crate::output::text::{self, Look};
use crate::redact::Redactor;

/// Runs the command.
pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<Exit> {
    let format = format(args)?;
    let mut out = Lazy::new(args)?;
    let (mut analyzed, all_up) = if format == Format::Ndjson {
        write_each(args, Selection::of_stream(&args.choosing)?, &mut out)?
    } else {
        let progress = Progress::of(&args.inputs);
        let mut analyzed = analyze_with(
            sources(args, &progress),
            settings(&args.reading, &args.decryption)?,
            &wanted(args, format),
            &mut |_| {},
        );
        drop(progress);
        pre_shared::complain_if_unused(&args.decryption.pre_shared, &analyzed.report);
        Selection::new(&args.choosing).apply(&mut analyzed.report);
        let all_up = analyzed.report.tunnels.iter().all(is_up);
        (analyzed, all_up)
    };
    for error in &analyzed.failed {
        complaint::unreadable(error);
    }
    if analyzed.report.inputs.is_empty() {
        return Ok(Exit::Unusable);
    }
    let report = &mut analyzed.report;
    write(args, format, report, &mut Redactor::default(), &mut out)?;
    // The process ends with this command: the system frees faster than we could.
    std::mem::forget(analyzed);
    Ok(exit(args, all_up))
}

/// Writes a report in its format, redacted if that was asked for; of NDJSON nothing is left to write.
pub(super) fn write(
    args: &ReportArgs,
    format: Format,
    report: &mut Report,
    redactor: &mut Redactor,
    out: &mut Lazy<'_>,
) -> anyhow::Result<()> {
    let paths: Vec<String> = report.inputs.iter().map(|it| it.path.clone()).collect();
    if args.writing.redact {
        redactor.report(report);
    }
    match format {
        Format::Json => write_json(report, out.open()?)?,
        Format::Text => {
            write_text(args, report, out.open()?)?;
            if args.writing.verbose > 1 {
                write_messages(args, report, &paths, redactor, out.open()?)?;
            }
        }
        Format::Markdown => {
            let look = Look {
                verbose: false,
                ..look(args)
            };
            markdown::write(out.open()?, &look, report)?;
        }
        Format::Html => {
            let extras = SecondLook::new(args, redactor, PAGE)?.extras(report, &paths);
            write_html(args, report, &extras, out.open()?)?;
        }
        Format::Ndjson => {}
    }
    Ok(out.finish()?)
}

/// The exit status of the contract.
pub(super) const fn exit(args: &ReportArgs, all_up: bool) -> Exit {
    if args.writing.exit_code && !all_up {
        Exit::NotAllUp
    } else {
        Exit::Written
    }
}

pub(super) fn wanted(args: &ReportArgs, format: Format) -> Wanted {
    Wanted {
        detail: detail(args, format),
        hints: hints(args),
    }
}

fn hints(args: &ReportArgs) -> Hints {
    let said = args.advising.vendors.iter();
    Hints {
        vendors: said.map(|said| (said.address, said.vendor)).collect(),
        find_inside_address: args.advising.find_inside_address,
        vantage: args.advising.vantage.map(|said| said.0),
    }
}

/// Text shows one negotiation of the worst tunnels, unless it was asked for others.
fn detail(args: &ReportArgs, format: Format) -> Detail {
    let choosing = &args.choosing;
    let others = choosing.all || is_chosen(choosing) || args.decryption.pre_shared.are_any();
    let few = matches!(format, Format::Text | Format::Markdown);
    if few && !others && args.writing.verbose == 0 {
        Detail::Worst(choosing.max_details.unwrap_or(text::DETAILS))
    } else {
        Detail::Whole
    }
}

fn sources<'a>(args: &'a ReportArgs, progress: &'a Progress) -> impl Iterator<Item = Source> + 'a {
    args.inputs.iter().map(|path| {
        if path.as_os_str() == STDIN {
            return Source::reader("stdin", io::stdin());
        }
        match progress.watched(path) {
            Some(file) => Source::reader(path.display().to_string(), file),
            None => Source::Path(path.clone()),
        }
    })
}

/// What was asked for, or what the name of the output says.
pub(super) fn format(args: &ReportArgs) -> anyhow::Result<Format> {
    if let Some(format) = args.writing.format {
        return Ok(format);
    }
    let output = args.writing.output.as_deref();
    let extension = output.and_then(Path::extension).and_then(|e| e.to_str());
    Ok(match extension {
        None | Some("txt" | "text" | "log") => Format::Text,
        Some("json") => Format::Json,
        Some("ndjson" | "jsonl") => Format::Ndjson,
        Some("html" | "htm") => Format::Html,
        Some("md" | "markdown") => Format::Markdown,
        Some(other) => bail!(
            "no format is called .{other}; --format chooses text, markdown, json, ndjson or html"
        ),
    })
}

pub(super) fn is_up(tunnel: &Tunnel) -> bool {
    matches!(tunnel.verdict.outcome, "established" | "no_traffic")
}

fn write_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}

fn write_text(args: &ReportArgs, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let look = look(args);
    if args.writing.quiet {
        return quiet::write(out, &look.screen, report);
    }
    text::write(out, &look, report)
}

/// Every message of the tunnels that are told whole, payload by payload.
fn write_messages(
    args: &ReportArgs,
    report: &Report,
    paths: &[String],
    redactor: &mut Redactor,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    if args.inputs.iter().any(|path| path.as_os_str() == STDIN) {
        complaint::warning("standard input cannot be read twice: no message of it is dissected");
    }
    let look = look(args);
    let second = SecondLook::new(args, redactor, look.screen)?;
    for message in second
        .messages(text::shown_frames(&look, report), paths)
        .values()
    {
        writeln!(out, "\n{message}")?;
    }
    Ok(())
}

fn look(args: &ReportArgs) -> Look {
    let choosing = &args.choosing;
    Look {
        screen: Screen::new(&args.look, args.writing.output.is_some()),
        time: args.writing.time.unwrap_or_default(),
        verbose: args.writing.verbose > 0,
        all: choosing.all,
        max_details: choosing.max_details,
        chosen: is_chosen(choosing),
    }
}

fn write_html(
    args: &ReportArgs,
    report: &Report,
    extras: &Extras,
    out: &mut dyn Write,
) -> io::Result<()> {
    let choosing = &args.choosing;
    let choice = Choice {
        chosen: is_chosen(choosing),
        all: choosing.all,
        max_details: choosing.max_details,
    };
    out.write_all(html::page(report, extras, choice).as_bytes())
}

const fn is_chosen(choosing: &ChoosingArgs) -> bool {
    !choosing.peers.is_empty()
        || choosing.spi.is_some()
        || !choosing.only.is_empty()
        || choosing.since.is_some()
        || choosing.until.is_some()
}

/// Writes each negotiation as it finishes, so that memory follows what is alive.
fn write_each(
    args: &ReportArgs,
    mut selection: Selection<'_>,
    out: &mut Lazy<'_>,
) -> anyhow::Result<(Analyzed, bool)> {
    let mut all_up = true;
    let mut redactor = Redactor::default();
    let mut written: anyhow::Result<()> = Ok(());
    let progress = Progress::of(&[]);
    let settings = settings(&args.reading, &args.decryption)?;
    let analyzed = analyze_each(
        sources(args, &progress),
        settings,
        &hints(args),
        &mut |mut tunnel| {
            if written.is_ok() && selection.takes(&mut tunnel) {
                all_up &= is_up(&tunnel);
                if args.writing.redact {
                    redactor.tunnel(&mut tunnel);
                }
                written = out.open().and_then(|out| Ok(write_lines(&tunnel, out)?));
            }
            written.is_ok()
        },
    );
    written?;
    if let Some(told) = selection.told() {
        complaint::remark(&told);
    }
    Ok((analyzed, all_up))
}

pub(super) fn write_lines(tunnel: &Tunnel, out: &mut dyn Write) -> io::Result<()> {
    for negotiation in &tunnel.negotiations {
        serde_json::to_writer(&mut *out, negotiation)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Where output goes. A file is made when there is something to write, and never over an input.
pub(super) struct Lazy<'a> {
    path: Option<&'a Path>,
    writer: Option<Box<dyn Write>>,
}

impl<'a> Lazy<'a> {
    pub(super) fn new(args: &'a ReportArgs) -> anyhow::Result<Self> {
        let path = args
            .writing
            .output
            .as_deref()
            .filter(|path| path.as_os_str() != STDIN);
        if let Some(path) = path {
            refuse_input(path, &args.inputs)?;
        }
        Ok(Self { path, writer: None })
    }

    pub(super) fn open(&mut self) -> anyhow::Result<&mut dyn Write> {
        if self.writer.is_none() {
            self.writer = Some(match self.path {
                Some(path) => {
                    let file = File::create(path);
                    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
                    Box::new(BufWriter::new(file))
                }
                None => Box::new(BufWriter::new(io::stdout())),
            });
        }
        match &mut self.writer {
            Some(writer) => Ok(writer.as_mut()),
            None => bail!("there is nowhere to write to"),
        }
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}
