//! The command line as types. `--help` is written here, and so is every default.

use std::ffi::OsStr;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use ikescope::Vendor;
use ikescope::report::OUTCOMES;
use ikescope_analysis::{CapturePoint, RULES, find_rule};
use ikescope_capture::TextOptions;
use ikescope_wire::observed::Timestamp;

use crate::nearest::nearest;
use crate::text_times::TextArgs;

/// Tells where and why an IKE/IPsec negotiation stalled, from packets alone.
#[derive(Debug, Parser)]
#[command(
    name = "ikescope",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_flag = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    override_usage = "ikescope [OPTIONS] <INPUT>...\n       ikescope <COMMAND> ...",
    after_help = AFTER_HELP,
    help_template = HELP_TEMPLATE
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
    /// Print a manual page, completions of a shell or the JSON Schema of reports.
    #[arg(long, value_name = "WHAT", value_enum, exclusive = true, hide = true)]
    pub(crate) generate: Option<Generated>,
    #[command(flatten)]
    help: HelpArgs,
}

/// What `--generate` writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Generated {
    /// Manual pages.
    Man,
    /// Completions of bash.
    CompleteBash,
    /// Completions of zsh.
    CompleteZsh,
    /// Completions of fish.
    CompleteFish,
    /// Completions of PowerShell.
    CompletePowershell,
    /// JSON Schema of `--format json`.
    Schema,
    /// JSON Schema of `compare --format json`.
    ComparisonSchema,
}

/// Two-column help for `-h` and `--help`.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Help")]
struct HelpArgs {
    /// Print this; -h the first sentence of each entry.
    #[arg(short, long, action = ArgAction::HelpShort)]
    help: Option<bool>,
}

const HELP_TEMPLATE: &str = "{about}\n\n{usage-heading} {usage}\n\n{all-args}{after-help}";

const AFTER_HELP: &str = "\
Environment:  NO_COLOR CLICOLOR_FORCE TERM COLUMNS; LC_ALL LC_CTYPE LANG or IKESCOPE_CHARSET
Exit status:  0 report written; 1 with --exit-code: not all up; 2 wrong usage or nothing readable
Examples:     ikescope wan.pcap                                  where and why
              ikescope -o report.html --redact wan.pcap          a page for the other company
              ikescope dissect --frame 5 wan.pcap                one message, payload by payload
              ikescope explain IKE101                            what a finding means";

/// What to do instead of reporting.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the input so that it can be shown to others.
    Anonymize(AnonymizeArgs),
    /// Write the input as pcapng with the findings as packet comments.
    Annotate(AnnotateArgs),
    /// Line up captures from two places and name what was lost between.
    Compare(CompareArgs),
    /// Write any input as pcapng or pcap.
    Convert(ConvertArgs),
    /// Write the packets inside of ESP as a capture of their own.
    Decrypt(DecryptArgs),
    /// Print every IKE message, payload by payload.
    Dissect(DissectArgs),
    /// Say what a finding means, or list them all.
    Explain(ExplainArgs),
    /// Say which keys a log holds, and write Wireshark's tables of them.
    Keys(KeysArgs),
}

/// `ikescope INPUT...`.
#[derive(Args, Debug)]
pub(crate) struct ReportArgs {
    /// pcap, pcapng, FortiGate sniffer or IKE debug text; gzip, zstd; - is standard input. Several
    /// inputs are read as one, in time order.
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) following: FollowingArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) decryption: DecryptionArgs,
    #[command(flatten)]
    pub(crate) advising: AdvisingArgs,
    #[command(flatten)]
    pub(crate) choosing: ChoosingArgs,
    #[command(flatten)]
    pub(crate) writing: WritingArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
}

/// Whether the input is still growing.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct FollowingArgs {
    /// Report events as they arrive. Ctrl-C or the end of a pipe: the report.
    #[arg(short, long)]
    pub(crate) follow: bool,
}

/// How the report is worded and how closely it looks.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct AdvisingArgs {
    /// Print commands for this vendor: azure, fortigate, ios-xe, libreswan, meraki, strongswan,
    /// windows. Repeatable; never evidence.
    #[arg(long = "vendor", value_name = "[ADDR=]NAME")]
    pub(crate) vendors: Vec<SaidVendor>,
    /// Search for the private address behind a NAT by its hash; takes seconds, for up to 4 tunnels.
    #[arg(long)]
    pub(crate) find_inside_address: bool,
    /// Where the capture stood: beside the initiator, the responder or the end with this address,
    /// or in the middle [default: told from hop limits and answer times].
    #[arg(long, value_name = "WHERE")]
    pub(crate) vantage: Option<SaidVantage>,
}

/// Where the capture stood, as the user says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SaidVantage(pub(crate) CapturePoint);

impl FromStr for SaidVantage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let point = match text {
            "initiator" => CapturePoint::Initiator,
            "responder" => CapturePoint::Responder,
            "middle" => CapturePoint::Middle,
            _ => CapturePoint::Beside(
                text.parse()
                    .map_err(|_| "expected initiator, responder, middle or an address")?,
            ),
        };
        Ok(Self(point))
    }
}

/// Who made an end, as the user says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SaidVendor {
    /// Which end; none for every end whose vendor nothing else tells.
    pub(crate) address: Option<IpAddr>,
    /// Who made it.
    pub(crate) vendor: Vendor,
}

impl FromStr for SaidVendor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, name) = match text.split_once('=') {
            Some((address, name)) => {
                let wrong = |_| format!("{address} is no address");
                (Some(address.parse().map_err(wrong)?), name)
            }
            None => (None, text),
        };
        let names = || Vendor::ALL.iter().map(|vendor| vendor.as_str());
        let known = Vendor::ALL.into_iter().find(|one| one.as_str() == name);
        let vendor = known.ok_or_else(|| {
            let near = nearest(name, names());
            let near = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
            format!("{near}expected {}", names().collect::<Vec<_>>().join(", "))
        })?;
        Ok(Self { address, vendor })
    }
}

/// Which tunnels are reported.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Choosing")]
pub(crate) struct ChoosingArgs {
    /// Only tunnels with this address or prefix; repeatable.
    #[arg(short, long = "peer", value_name = "ADDR|NET")]
    pub(crate) peers: Vec<Network>,
    /// Only the negotiation whose initiator SPI begins so (4 digits up).
    #[arg(long, value_name = "HEX")]
    pub(crate) spi: Option<SpiPrefix>,
    /// Only this outcome or finding, or "broken"; repeatable.
    #[arg(long, value_name = "WORD")]
    pub(crate) only: Vec<Only>,
    /// Only what was going on from here on: 02:40 or 2026-03-14T02:40:00Z, in UTC, or +90s into the
    /// input.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,
    /// Only what was going on up to here, written alike.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Moment>,
    /// Detail every tunnel. Otherwise only broken ones.
    #[arg(short, long)]
    pub(crate) all: bool,
    /// At most so many full reports [default: 5].
    #[arg(long, value_name = "N")]
    pub(crate) max_details: Option<usize>,
}

/// What is written, and where.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Writing")]
pub(crate) struct WritingArgs {
    /// Write there, never onto an input. .html, .md, .json and .ndjson choose the format.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// text, markdown, json, ndjson or html [default: by --output, else text].
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    pub(crate) format: Option<Format>,
    /// Unfold repeats, and show every finding whole. -vv: dissect each message as well.
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// One verdict line per tunnel.
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// relative, utc or epoch times in ladders [default: relative].
    #[arg(
        short,
        long,
        value_name = "KIND",
        value_enum,
        hide_possible_values = true
    )]
    pub(crate) time: Option<TimeKind>,
    /// Stand-ins for addresses, names and SPIs. Times, sizes and verdicts stay.
    #[arg(long)]
    pub(crate) redact: bool,
    /// Exit with 1 unless all tunnels are established or no_traffic.
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// Formats of the report.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For tickets.
    Markdown,
    /// One document, by the report contract.
    Json,
    /// One finished negotiation per line.
    Ndjson,
    /// One page for a browser.
    Html,
}

/// What the ladder's first column shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum TimeKind {
    /// Seconds since the attempt began.
    #[default]
    Relative,
    /// Time of day.
    Utc,
    /// Seconds since 1970.
    Epoch,
}

/// An address, or all addresses that begin alike.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Whether the address is in it.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, width: u32| {
            let shift = width - self.bits;
            self.bits == 0 || one >> shift == other >> shift
        };
        match (self.address, address) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                same(one.to_bits().into(), other.to_bits().into(), 32)
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => same(one.to_bits(), other.to_bits(), 128),
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "expected an address such as 192.0.2.1, or a prefix such as 192.0.2.0/24";
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits
                .parse()
                .ok()
                .filter(|bits| *bits <= width)
                .ok_or_else(wrong)?,
            None => width,
        };
        Ok(Self { address, bits })
    }
}

/// A time of `--since` and `--until`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Moment {
    /// Date and time of day.
    At(Timestamp),
    /// A time of day, nanoseconds since midnight in UTC.
    OfDay(i64),
    /// So many nanoseconds after the beginning of the input.
    After(i64),
}

impl Moment {
    /// When that is in an input that begins at `start`. A time of day is of the day of `from`, or of
    /// the next where it would lie more than half a day before it: captures run past midnight.
    pub(crate) fn in_input(self, start: Timestamp, from: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::After(nanoseconds) => Timestamp(start.0.saturating_add(nanoseconds)),
            Self::OfDay(nanoseconds) => {
                let time = from.0 - from.0.rem_euclid(DAY) + nanoseconds;
                let is_over = time < from.0 - DAY / 2;
                Timestamp(if is_over { time + DAY } else { time })
            }
        }
    }

    fn read(text: &str) -> Option<Self> {
        if let Some(span) = text.strip_prefix('+') {
            return Some(Self::After(nanoseconds(span)?));
        }
        // Any day will do to read a time of day.
        let of_day = |clock: &str| TextOptions::parse_date(&format!("1970-01-01T{clock}"));
        let with_seconds = |clock: &str| match clock.len() {
            5 => format!("{clock}:00"),
            _ => clock.to_owned(),
        };
        let Some((date, clock)) = text.split_once(['T', ' ']) else {
            return match TextOptions::parse_date(text) {
                Some(date) => Some(Self::At(date)),
                None => of_day(&with_seconds(text)).map(|time| Self::OfDay(time.0)),
            };
        };
        let zone = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
        let (clock, zone) = clock.split_at(zone);
        let east = match zone {
            "" => 0,
            zone => i64::from(TextOptions::parse_zone(zone)?),
        };
        let time = TextOptions::parse_date(&format!("{date}T{}", with_seconds(clock)))?;
        Some(Self::At(Timestamp(time.0 - east * SECOND)))
    }
}

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text).ok_or("expected a time such as 02:40, 2026-03-14T02:40:00Z or +90s")
    }
}

/// A span such as `90s`, `1.5m` or `2h`.
fn nanoseconds(span: &str) -> Option<i64> {
    let digits = span.trim_end_matches(['s', 'm', 'h']);
    let seconds = match span.get(digits.len()..)? {
        "s" | "" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let is_number = digits.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    let count: f64 = digits.parse().ok().filter(|_| is_number)?;
    Some((count * seconds * SECOND as f64) as i64)
}

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// How an SPI begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SpiPrefix(String);

impl SpiPrefix {
    /// Whether the SPI, in lower-case hex, begins so.
    pub(crate) fn begins(&self, spi: &str) -> bool {
        spi.starts_with(&self.0)
    }
}

impl FromStr for SpiPrefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix("0x").unwrap_or(text).to_lowercase();
        let is_hex = digits.chars().all(|c| c.is_ascii_hexdigit());
        if is_hex && (4..=16).contains(&digits.len()) {
            Ok(Self(digits))
        } else {
            Err("expected 4 to 16 hex digits".to_owned())
        }
    }
}

/// A word of `--only`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Only {
    /// Whatever keeps a tunnel from working.
    Broken,
    /// A word of the contract's outcomes.
    Outcome(&'static str),
    /// Name of a finding.
    Finding(&'static str),
}

impl FromStr for Only {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "broken" {
            return Ok(Self::Broken);
        }
        if let Some(outcome) = OUTCOMES.into_iter().find(|outcome| *outcome == text) {
            return Ok(Self::Outcome(outcome));
        }
        if let Some(rule) = find_rule(text) {
            return Ok(Self::Finding(rule.name));
        }
        let names = RULES.iter().map(|rule| rule.name);
        let near = nearest(text, OUTCOMES.into_iter().chain(["broken"]).chain(names));
        let near = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
        Err(format!(
            "{near}expected broken, {}, or a finding (ikescope explain --list)",
            OUTCOMES.join(", ")
        ))
    }
}

/// `ikescope dissect`.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct DissectArgs {
    /// pcap or pcapng; gzip, zstd; - is standard input.
    #[arg(value_name = "INPUT", required_unless_present = "hex")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Read this message instead, pasted from a log or a mail; - reads it from standard input.
    /// Blanks, line breaks, offsets (0000:) and 0x do not matter.
    #[arg(long, value_name = "HEX", conflicts_with_all = ["inputs", "frames", "ike_ports"], allow_hyphen_values = true)]
    pub(crate) hex: Option<String>,
    /// Only the messages of these frames; repeatable.
    #[arg(long = "frame", value_name = "N|N-M")]
    pub(crate) frames: Vec<FrameRange>,
    /// One line per message.
    #[arg(long, conflicts_with = "format")]
    pub(crate) oneline: bool,
    /// text or ndjson [default: text].
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    pub(crate) format: Option<DissectFormat>,
    /// Print values whole and add a hex dump.
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) decryption: DecryptionArgs,
    /// Show passwords and the like in decrypted messages.
    #[arg(long, requires = "keys")]
    pub(crate) show_secrets: bool,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    help: HelpArgs,
}

/// `ikescope anonymize`.
#[derive(Args, Debug)]
#[command(disable_help_flag = true, after_help = ANONYMIZE_KEEPS)]
pub(crate) struct AnonymizeArgs {
    /// What to read: any capture, gzip, zstd; - is standard input. Several inputs are merged in
    /// time order.
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Write there, never onto an input [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: CaptureFormatArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    help: HelpArgs,
}

const ANONYMIZE_KEEPS: &str = "\
Renamed:  addresses of all layers, each by one of its kind; interface names; identities
Blanked:  certificates, whatever is encrypted, ESP, everything that is neither IKE nor ESP
Kept:     times, lengths, TTLs, ports, SPIs, proposals, Vendor IDs, what NAT detection says";

/// `ikescope annotate`.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct AnnotateArgs {
    /// What to read: any capture, gzip, zstd. Several inputs are judged as one, and merged.
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Write this pcapng, never onto an input [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Leave out what is not about IKE, ESP too, unless a finding is about it.
    #[arg(long)]
    pub(crate) only_ike: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) decryption: DecryptionArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    help: HelpArgs,
}

/// `ikescope compare`.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct CompareArgs {
    /// The capture from one place; - is standard input.
    pub(crate) a: PathBuf,
    /// The capture from the other.
    pub(crate) b: PathBuf,
    /// By how much B's clock is ahead of A's [default: estimated from round trips].
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) clock_offset: Option<f64>,
    /// text or json [default: text].
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    pub(crate) format: Option<PlainFormat>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    help: HelpArgs,
}

/// Formats of `compare` and `explain`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum PlainFormat {
    /// For people.
    #[default]
    Text,
    /// One document.
    Json,
}

/// `ikescope convert`.
#[derive(Args, Debug)]
#[command(disable_help_flag = true, after_help = CONVERT_EXIT)]
pub(crate) struct ConvertArgs {
    /// What to read: any capture, gzip, zstd; - is standard input. Several inputs are merged in
    /// time order.
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Write there, never onto an input [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: CaptureFormatArgs,
    /// Only the frames of this interface; repeatable.
    #[arg(long = "interface", value_name = "NAME")]
    pub(crate) interfaces: Vec<String>,
    #[command(flatten)]
    pub(crate) text: TextArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    help: HelpArgs,
}

const CONVERT_EXIT: &str =
    "Exit status:  0 nothing lost; 1 packets lost or marked damaged; 2 nothing read";

/// The format of a capture that is written.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct CaptureFormatArgs {
    /// pcapng or pcap [default: by --output, else pcapng]. pcap holds one link type, and neither
    /// interfaces nor comments.
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    format: Option<CaptureFormat>,
}

impl CaptureFormatArgs {
    /// What was asked for, or what the name of the output says.
    pub(crate) fn format(self, output: Option<&Path>) -> CaptureFormat {
        let extension = output.and_then(Path::extension).and_then(OsStr::to_str);
        let of_name = || match extension {
            Some("pcap" | "cap") => CaptureFormat::Pcap,
            _ => CaptureFormat::Pcapng,
        };
        self.format.unwrap_or_else(of_name)
    }
}

/// Formats of captures that are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum CaptureFormat {
    /// Blocks: interfaces, directions, comments.
    #[default]
    Pcapng,
    /// The classic format of libpcap.
    Pcap,
}

/// `ikescope decrypt`.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct DecryptArgs {
    /// What to read: any capture, gzip, zstd; - is standard input.
    #[arg(value_name = "INPUT", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Write this pcapng, never onto an input [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) files: KeyFilesArgs,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    help: HelpArgs,
}

/// `ikescope explain`.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct ExplainArgs {
    /// Code or name of a finding: IKE204, repeated-ke.
    #[arg(value_name = "CODE|NAME", required_unless_present_any = ["list", "vendors"])]
    pub(crate) names: Vec<String>,
    /// One line per finding that there is.
    #[arg(long, conflicts_with = "names")]
    pub(crate) list: bool,
    /// Every Vendor ID that is known, by vendor: name, versions of IKE, octets in hex (+ if more may
    /// follow).
    #[arg(long, conflicts_with_all = ["names", "list"])]
    pub(crate) vendors: bool,
    /// text or json [default: text].
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    pub(crate) format: Option<PlainFormat>,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    help: HelpArgs,
}

/// `ikescope keys`.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct KeysArgs {
    /// FortiOS IKE debug log, gateway or tunnel list; log of charon (ike = 4) or pluto; ip xfrm state;
    /// Wireshark's tables or a profile directory; our own TOML; - is standard input.
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<PathBuf>,
    /// Add the keys to ikev2_decryption_table, ikev1_decryption_table and esp_sa in this directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) wireshark: Option<PathBuf>,
    /// Print the keys themselves.
    #[arg(long)]
    pub(crate) show_secrets: bool,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    #[command(flatten)]
    help: HelpArgs,
}

/// How inputs are read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadingArgs {
    /// Take this UDP or TCP port for IKE too; repeatable. Odd ports are often found anyway.
    #[arg(long = "ike-port", value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) ike_ports: Vec<u16>,
    #[command(flatten)]
    pub(crate) text: TextArgs,
}

/// What opens encrypted messages, and what they prove.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct DecryptionArgs {
    #[command(flatten)]
    pub(crate) files: KeyFilesArgs,
    #[command(flatten)]
    pub(crate) pre_shared: PreSharedArgs,
}

/// Keys of SAs.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct KeyFilesArgs {
    /// Read encrypted messages with the keys in this file or Wireshark profile; repeatable.
    #[arg(short, long = "keys", value_name = "PATH")]
    pub(crate) keys: Vec<PathBuf>,
}

/// Pre-shared keys: never on the command line itself, which others can read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct PreSharedArgs {
    /// Hold the pre-shared key in this file against what the ends prove. Aggressive mode needs no more;
    /// else add --keys with SK_p, or with the secret of the key exchange. Repeatable.
    #[arg(long = "psk-file", value_name = "PATH")]
    pub(crate) files: Vec<PathBuf>,
    /// Take the pre-shared key from this environment variable; repeatable.
    #[arg(long = "psk-env", value_name = "NAME")]
    pub(crate) variables: Vec<String>,
    /// Ask for the pre-shared key.
    #[arg(long = "psk-prompt")]
    pub(crate) prompt: bool,
}

impl PreSharedArgs {
    /// Whether any is named.
    pub(crate) const fn are_any(&self) -> bool {
        self.prompt || !self.files.is_empty() || !self.variables.is_empty()
    }
}

/// How text looks.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Writing")]
pub(crate) struct LookArgs {
    /// auto, always or never.
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(crate) color: When,
    /// auto, utf8 or ascii.
    #[arg(
        long,
        value_name = "SET",
        value_enum,
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(crate) charset: Charset,
    /// 60 to 160 [default: the terminal, or 100 into a pipe].
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(60..=160))]
    pub(crate) width: Option<u16>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal that can.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Which characters to draw with.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Charset {
    /// UTF-8 on a terminal whose locale says so.
    #[default]
    Auto,
    /// UTF-8.
    Utf8,
    /// ASCII.
    Ascii,
}

/// Formats of `dissect`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum DissectFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per message.
    Ndjson,
}

/// One frame, or a run of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FrameRange {
    first: u64,
    last: u64,
}

impl FrameRange {
    /// Whether the frame is one of them.
    pub(crate) const fn contains(self, frame: u64) -> bool {
        self.first <= frame && frame <= self.last
    }
}

impl FromStr for FrameRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let number = |digits: &str| {
            let digits = digits.trim().trim_start_matches('#');
            digits.parse::<u64>().ok().filter(|number| *number > 0)
        };
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self { first, last }),
            _ => Err("expected a frame number such as 5, or a run such as 5-9".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_network_contains_what_begins_like_it() {
        let network: Network = "192.0.2.0/24".parse().unwrap();
        assert!(network.contains("192.0.2.200".parse().unwrap()));
        assert!(!network.contains("192.0.3.1".parse().unwrap()));
        assert!(!network.contains("2001:db8::1".parse().unwrap()));
        let one: Network = "2001:db8::1".parse().unwrap();
        assert!(one.contains("2001:db8::1".parse().unwrap()));
        assert!(!one.contains("2001:db8::2".parse().unwrap()));
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("203.0.113.9".parse().unwrap()));
        assert!("192.0.2.1/33".parse::<Network>().is_err());
    }

    #[test]
    fn only_takes_outcomes_and_findings_and_names_the_nearest() {
        assert_eq!("IKE101".parse(), Ok(Only::Finding("sa-init-unanswered")));
        assert_eq!("one_way".parse(), Ok(Only::Outcome("one_way")));
        let error = "stalld".parse::<Only>().unwrap_err();
        assert!(error.starts_with("did you mean stalled?"), "{error}");
    }

    #[test]
    fn a_time_is_of_a_day_of_a_date_or_counts_from_the_beginning() {
        // 2026-03-14T23:50:00Z, by `date -u +%s`.
        let start = Timestamp::new(1_773_532_200, 0);
        let read = |text: &str| text.parse::<Moment>().unwrap().in_input(start, start);
        for (text, seconds) in [
            ("+90s", 90),
            ("+1.5m", 90),
            ("+2h", 7200),
            ("23:55", 300),
            ("23:40", -600),
            ("00:10:30", 1230),
            ("2026-03-14T23:51:00Z", 60),
            ("2026-03-15 08:51:00+09:00", 60),
            ("2026-03-14T23:51", 60),
        ] {
            assert_eq!(read(text).since(start), seconds * SECOND, "{text}");
        }
        for wrong in ["", "+", "+s", "-5s", "25:00", "2:40", "noon", "+5d"] {
            assert!(wrong.parse::<Moment>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn where_the_capture_stood_is_a_word_or_an_address() {
        let middle: SaidVantage = "middle".parse().unwrap();
        assert_eq!(middle.0, CapturePoint::Middle);
        let beside: SaidVantage = "2001:db8::1".parse().unwrap();
        assert_eq!(
            beside.0,
            CapturePoint::Beside("2001:db8::1".parse().unwrap())
        );
        assert!("center".parse::<SaidVantage>().is_err());
    }

    #[test]
    fn a_vendor_is_said_of_one_end_or_of_all() {
        let of_one: SaidVendor = "203.0.113.6=meraki".parse().unwrap();
        assert_eq!(of_one.address, Some("203.0.113.6".parse().unwrap()));
        assert_eq!(of_one.vendor, Vendor::Meraki);
        let of_all: SaidVendor = "fortigate".parse().unwrap();
        assert_eq!((of_all.address, of_all.vendor), (None, Vendor::Fortinet));
        let error = "fortigat".parse::<SaidVendor>().unwrap_err();
        assert!(error.starts_with("did you mean fortigate?"), "{error}");
        assert!("gateway=azure".parse::<SaidVendor>().is_err());
    }

    #[test]
    fn reads_one_frame_and_a_run_of_frames() {
        assert!("#5".parse::<FrameRange>().unwrap().contains(5));
        let run: FrameRange = "5-9".parse().unwrap();
        assert_eq!(
            [4, 5, 9, 10].map(|frame| run.contains(frame)),
            [false, true, true, false]
        );
        for wrong in ["", "0", "9-5", "x", "5-"] {
            assert!(wrong.parse::<FrameRange>().is_err(), "{wrong}");
        }
    }
}
