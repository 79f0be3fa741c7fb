//! What became of the inputs of a conversion, on standard error: every packet is accounted for.

use std::io;

use ikescope_capture::{Compression, Format, Frames, TextCensus, TimeBase};
use ikescope_wire::observed::Timestamp;

use crate::args::CaptureFormat;
use crate::commands::recapture::held::Held;
use crate::commands::recapture::sink::Written;
use crate::output::clock::{self, Utc};
use crate::output::line::Line;
use crate::output::screen::{Role, Screen};
use crate::output::words::{counted, grouped, seconds, size};
use crate::output::wrap::{hang, wrap_remarks};

/// What was counted of one input on the way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Frames read.
    pub(crate) read: u64,
    /// Frames of which the input holds less than there was.
    cut: u64,
    /// Frames of interfaces that were not asked for.
    left_out: u64,
    /// Frames written, by interface of the input.
    by_interface: Vec<u64>,
    span: Option<(Timestamp, Timestamp)>,
}

impl Tally {
    /// Counts a frame, wanted or not.
    pub(crate) fn count(&mut self, frame: &Held, wanted: bool) {
        self.read += 1;
        self.cut += u64::from((frame.octets.len() as u64) < u64::from(frame.original));
        let (first, last) = self.span.unwrap_or((frame.time, frame.time));
        self.span = Some((first.min(frame.time), last.max(frame.time)));
        if !wanted {
            self.left_out += 1;
            return;
        }
        let interface = frame.interface as usize;
        if self.by_interface.len() <= interface {
            self.by_interface.resize(interface + 1, 0);
        }
        self.by_interface[interface] += 1;
    }
}

/// Whether packets of the input are lost or marked as damaged.
pub(crate) fn lost_any(frames: &Frames) -> bool {
    let of_text = |text: &TextCensus| {
        text.damaged + text.doubtful + text.lost().map(|(_, count)| count).sum::<u64>()
    };
    frames.text().map_or(0, of_text) > 0 || frames.notes().iter().any(|note| note.kind.is_loss())
}

/// Says what was in an input.
pub(crate) fn tell_input(screen: Screen, frames: &Frames, tally: &Tally, format: CaptureFormat) {
    let mut lines = Lines::new(screen);
    lines.plain(&format!("{}: {}", frames.name(), kind(frames)));
    lines.row("packets", &packets(frames, tally));
    lines.row("interfaces", &interfaces(frames, tally, format));
    if let Some(span) = tally.span {
        lines.row("time", &time(span));
    }
    if let Some(text) = frames.text() {
        lines.row("repaired", &repaired(text));
        lines.row("lost", &listed(text.lost()));
        lines.row("skipped", &skipped(text));
    }
    lines.row("left out", &left_out(frames, format));
    if frames.dropped() > 0 {
        let dropped = counted(frames.dropped(), "packet");
        lines.row(
            "dropped",
            &format!("{dropped} by the capturing device itself"),
        );
    }
    lines.print();
}

/// Says what was written.
pub(crate) fn tell_output(screen: Screen, name: &str, written: &Written, format: CaptureFormat) {
    let mut lines = Lines::new(screen);
    let interfaces = match format {
        CaptureFormat::Pcapng => format!(", {}", counted(written.interfaces, "interface")),
        CaptureFormat::Pcap => String::new(),
    };
    lines.plain(&format!(
        "wrote {name}: {}{interfaces}, {}",
        counted(written.packets, "packet"),
        size(written.octets)
    ));
    let refused = [
        (
            written.other_link,
            "of another link type: pcap holds one, pcapng holds all",
        ),
        (
            written.impossible_time,
            "with a time that the format cannot say",
        ),
        (written.too_long, "longer than the format allows"),
    ];
    for (count, reason) in refused.into_iter().filter(|(count, _)| *count > 0) {
        lines.row("lost", &format!("{} {reason}", counted(count, "packet")));
    }
    if written.cut_times > 0 {
        let times = counted(written.cut_times, "packet");
        lines.row(
            "times",
            &format!("{times} cut to microseconds: pcapng keeps them"),
        );
    }
    lines.print();
}

/// Says what was written with comments, and how to find them in Wireshark.
pub(crate) fn tell_annotated(
    screen: Screen,
    name: &str,
    written: &Written,
    commented: u64,
    code: Option<&str>,
) {
    let mut lines = Lines::new(screen);
    let head = format!("wrote {name}: {}", counted(written.packets, "packet"));
    match code.filter(|_| commented > 0) {
        Some(code) => lines.plain_with_command(
            &format!("{head}, {} with a comment;", grouped(commented)),
            &format!("in Wireshark: frame.comment contains \"{code}\""),
        ),
        None => lines.plain(&format!(
            "{head}, none with a comment: there is nothing to find fault with"
        )),
    }
    lines.print();
}

/// Says what came out of ESP.
pub(crate) fn tell_decrypted(screen: Screen, name: &str, packets: u64, octets: u64) {
    let mut lines = Lines::new(screen);
    lines.plain(&format!(
        "wrote {name}: {} from inside of ESP, {}",
        counted(packets, "packet"),
        size(octets)
    ));
    lines.print();
}

fn kind(frames: &Frames) -> String {
    let packed = match frames.compression() {
        Compression::Gzip => " in gzip",
        Compression::Zstd => " in zstd",
        _ => "",
    };
    match (frames.format(), frames.text()) {
        (Format::FortigateIkeDebug, _) => format!("FortiGate IKE debug log{packed}"),
        (_, Some(text)) => format!("FortiGate sniffer text{packed}{}", of_text(text)),
        (format, None) => format!("{}{packed}", format.name()),
    }
}

/// Verbosity, times and number of captures.
fn of_text(text: &TextCensus) -> String {
    let mut words = String::new();
    let used = text.verbosity.iter().enumerate();
    let levels: Vec<String> = used
        .filter(|(_, packets)| **packets > 0)
        .map(|(level, _)| level.to_string())
        .collect();
    if !levels.is_empty() {
        words.push_str(&format!(", verbosity {}", levels.join(" and ")));
    }
    if text.absolute_times > 0 {
        words.push_str(if text.utc_stated {
            ", absolute time in UTC"
        } else {
            ", absolute time taken as UTC"
        });
    }
    if text.relative_times > 0 {
        words.push_str(", relative time");
    }
    if text.times_of_day > 0 {
        words.push_str(", time of day");
    }
    words.push_str(&match text.time_base {
        Some(TimeBase::Given(time)) => format!(" from {} on", Utc::new(time, 0)),
        Some(TimeBase::Line { line, time }) => {
            format!(" from {} on (line {})", Utc::new(time, 0), grouped(line))
        }
        Some(TimeBase::Unknown) => " from 1970-01-01 on".to_owned(),
        _ => String::new(),
    });
    if text.captures > 1 {
        words.push_str(&format!(", {} captures", grouped(text.captures)));
    }
    words
}

fn packets(frames: &Frames, tally: &Tally) -> String {
    let mut words = grouped(tally.read);
    if let Some(text) = frames.text() {
        let parts = [
            (text.as_printed, "as printed"),
            (text.repaired, "repaired"),
            (text.damaged, "damaged and marked"),
            (text.doubtful, "doubtful and marked"),
        ];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(count, what)| format!("{} {what}", grouped(count)))
            .collect();
        words.push_str(&format!(" = {}", parts.join(" + ")));
    }
    if tally.cut > 0 {
        words.push_str(&format!("; {} cut short in the input", grouped(tally.cut)));
    }
    if tally.left_out > 0 {
        words.push_str(&format!(
            "; {} of other interfaces left out",
            grouped(tally.left_out)
        ));
    }
    words
}

/// What a pcapng says beside packets and interfaces.
fn left_out(frames: &Frames, format: CaptureFormat) -> String {
    let blocks = frames.other_blocks();
    let descriptions = frames
        .interfaces()
        .iter()
        .filter(|it| it.description.is_some());
    let kinds = [
        (blocks.name_resolution, "name resolution block"),
        (blocks.decryption_secrets, "decryption secrets block"),
        (blocks.unknown, "other block"),
        (
            match format {
                CaptureFormat::Pcapng => 0,
                CaptureFormat::Pcap => descriptions.count() as u64,
            },
            "interface description",
        ),
    ];
    let kinds = kinds.into_iter().filter(|(count, _)| *count > 0);
    let kinds: Vec<String> = kinds.map(|(count, what)| counted(count, what)).collect();
    kinds.join(", ")
}

/// Each name with its packets; one that stands for several link types is told once.
fn interfaces(frames: &Frames, tally: &Tally, format: CaptureFormat) -> String {
    let mut named: Vec<(&str, u64)> = Vec::new();
    for (interface, count) in frames.interfaces().iter().zip(&tally.by_interface) {
        let Some(name) = interface.name.as_deref().filter(|_| *count > 0) else {
            continue;
        };
        match named.iter_mut().find(|(other, _)| *other == name) {
            Some((_, sum)) => *sum += count,
            None => named.push((name, *count)),
        }
    }
    let mut words: Vec<String> = named
        .iter()
        .take(INTERFACES_SHOWN)
        .map(|(name, count)| format!("{name} {}", grouped(*count)))
        .collect();
    match named.len() {
        0 => return String::new(),
        count if count > INTERFACES_SHOWN => {
            words.push(format!("and {} more", count - INTERFACES_SHOWN));
        }
        _ => {}
    }
    words.push(match format {
        CaptureFormat::Pcapng => "(names and directions kept)".to_owned(),
        CaptureFormat::Pcap => "(pcap holds neither names nor directions)".to_owned(),
    });
    words.join("   ")
}

fn time((first, last): (Timestamp, Timestamp)) -> String {
    if clock::is_since_beginning(first) {
        let (from, to) = (Utc::new(first, 3), Utc::new(last, 3));
        return format!(
            "{from} to {to}, no clock ({} s)",
            seconds(last.since(first))
        );
    }
    let (first_day, from) = Utc::new(first, 3).parts();
    let (last_day, to) = Utc::new(last, 3).parts();
    let day = if first_day == last_day {
        String::new()
    } else {
        format!("{last_day} ")
    };
    format!(
        "{first_day} {from} to {day}{to} UTC ({} s)",
        seconds(last.since(first))
    )
}

fn repaired(text: &TextCensus) -> String {
    match text.repaired_lines {
        0 => String::new(),
        lines => counted(lines, "line"),
    }
}

fn skipped(text: &TextCensus) -> String {
    match text.skipped().map(|(_, count)| count).sum() {
        0 => String::new(),
        lines => format!("{} = {}", counted(lines, "line"), listed(text.skipped())),
    }
}

/// "188 IKE debug + 24 prompts".
fn listed(counts: impl Iterator<Item = (impl ToString, u64)>) -> String {
    let listed = counts.map(|(what, count)| format!("{} {}", grouped(count), what.to_string()));
    listed.collect::<Vec<_>>().join(" + ")
}

/// Lines for standard error, labels in column 3 and text in column 15.
struct Lines {
    screen: Screen,
    lines: Vec<Line>,
}

impl Lines {
    const fn new(screen: Screen) -> Self {
        Self {
            screen,
            lines: Vec::new(),
        }
    }

    fn plain(&mut self, text: &str) {
        let pieces = hang(text, self.screen.width, INDENT);
        self.lines
            .extend(pieces.into_iter().map(|piece| Line::new().text(piece)));
    }

    /// What is to be typed elsewhere stays in one line.
    fn plain_with_command(&mut self, text: &str, command: &str) {
        let line = format!("{text} {command}");
        if line.chars().count() <= self.screen.width {
            self.plain(&line);
        } else {
            self.plain(text);
            self.lines.push(Line::new().to(INDENT).text(command));
        }
    }

    /// A row is left out where there is nothing to say.
    fn row(&mut self, label: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let room = self.screen.width.saturating_sub(TEXT_COLUMN);
        let mut line = Line::new().to(INDENT).painted(Role::Label, label);
        for piece in wrap_remarks(text, room) {
            self.lines.push(line.to(TEXT_COLUMN).text(piece));
            line = Line::new();
        }
    }

    fn print(self) {
        let mut out = io::stderr().lock();
        for line in self.lines {
            // Where nobody reads standard error there is nobody left to tell.
            let _ = line.write(&mut out, &self.screen);
        }
    }
}

const INTERFACES_SHOWN: usize = 8;
/// Where labels begin, and what goes on below.
const INDENT: usize = 2;
/// Where the text of a row begins.
const TEXT_COLUMN: usize = 14;
