//! `ikescope dissect`: every IKE message, payload by payload. It reports and never judges.

use std::io::{self, BufWriter, Read as _, Write};

use anyhow::{Context as _, bail};
use ikescope_analysis::Ports;
use ikescope_capture::{Capture, Options};
use ikescope_wire::observed::{Datagram, IncompleteDatagram, Observation, Sighting, Transport};
use ikescope_wire::{Encapsulation, Header};

use crate::args::{DissectArgs, DissectFormat};
use crate::commands::{hex_text, open, pasted};
use crate::complaint;
use crate::exit::Exit;
use crate::output::message_json;
use crate::output::message_text::{self, Oneline};
use crate::output::screen::Screen;

/// An IKE message, and where it was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    /// Where and when; nothing is known of a pasted message.
    pub(crate) sighting: Option<Sighting>,
    /// What carried it.
    pub(crate) transport: Transport,
    /// Whether the non-ESP marker stood in front of it.
    pub(crate) marked: bool,
    /// Frames of the IP fragments it came in; empty if it was not fragmented.
    pub(crate) ip_fragments: &'a [u64],
    /// The message, from its header on, as far as it was captured.
    pub(crate) octets: &'a [u8],
}

/// Runs the command.
pub(crate) fn run(args: &DissectArgs) -> anyhow::Result<Exit> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut printer = Printer::new(args);
    let exit = match &args.hex {
        Some(hex) => dissect_hex(hex, &mut printer, &mut out)?,
        None => dissect_captures(args, &mut printer, &mut out)?,
    };
    out.flush()?;
    Ok(exit)
}

fn dissect_hex(hex: &str, printer: &mut Printer, out: &mut dyn Write) -> anyhow::Result<Exit> {
    let text = if hex == "-" {
        let mut text = String::new();
        io::stdin()
            .read_to_string(&mut text)
            .context("cannot read standard input")?;
        text
    } else {
        hex.to_owned()
    };
    let (octets, marked) = pasted::message(&hex_text::octets(&text)?);
    if let Err(error) = Header::decode(&octets) {
        bail!("the hex holds no IKE message: {error}");
    }
    let found = Found {
        sighting: None,
        transport: Transport::Udp,
        marked,
        ip_fragments: &[],
        octets: &octets,
    };
    printer.print(&found, out)?;
    Ok(Exit::Written)
}

fn dissect_captures(
    args: &DissectArgs,
    printer: &mut Printer,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let mut options = Options::default();
    options.ike_ports.clone_from(&args.reading.ike_ports);
    let mut readable = false;
    for (index, path) in args.inputs.iter().enumerate() {
        let input = u16::try_from(index).context("too many inputs")?;
        match open(path, input, &options) {
            Ok(capture) => {
                readable = true;
                dissect_capture(capture, args, printer, out)?;
            }
            Err(error) => complaint::unreadable(&error),
        }
    }
    Ok(if readable {
        Exit::Written
    } else {
        Exit::Unusable
    })
}

fn dissect_capture(
    mut capture: Capture,
    args: &DissectArgs,
    printer: &mut Printer,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut ports = Ports::new(&args.reading.ike_ports);
    let mut written = Ok(());
    let mut take = |observation: Observation<'_>| {
        if written.is_ok()
            && let Some(found) = message_in(&observation, &mut ports)
            && is_wanted(args, &found)
        {
            written = printer.print(&found, out);
        }
    };
    while capture.next_frame(&mut take).is_some() {}
    written?;
    complaint::notes(capture.notes());
    Ok(())
}

/// The IKE message in an observation. Of a datagram that is not all there, what is there.
fn message_in<'a>(observation: &Observation<'a>, ports: &mut Ports) -> Option<Found<'a>> {
    let datagram = match observation {
        Observation::Datagram(datagram) => *datagram,
        Observation::Incomplete(incomplete) if incomplete.first_seen => beginning(incomplete),
        _ => return None,
    };
    match ports.read(&datagram)? {
        Encapsulation::Ike { octets, marked } => Some(Found {
            sighting: Some(datagram.sighting),
            transport: datagram.transport,
            marked,
            ip_fragments: datagram.ip_fragments,
            octets,
        }),
        _ => None,
    }
}

/// What was seen of a datagram, as if the capture had cut the rest.
const fn beginning<'a>(incomplete: &IncompleteDatagram<'a>) -> Datagram<'a> {
    Datagram {
        sighting: incomplete.sighting,
        transport: Transport::Udp,
        octets: incomplete.octets,
        missing: 0,
        ip_fragments: incomplete.fragments,
        dont_fragment: false,
    }
}

/// Whether one of the frames that hold it is asked for.
fn is_wanted(args: &DissectArgs, found: &Found<'_>) -> bool {
    let asked = |frame: u64| args.frames.iter().any(|range| range.contains(frame));
    let number = found.sighting.map(|sighting| sighting.frame.number);
    args.frames.is_empty()
        || number.is_some_and(asked)
        || found.ip_fragments.iter().copied().any(asked)
}

/// One of the formats, at work.
enum Printer {
    Tree { screen: Screen, whole: bool },
    Oneline { screen: Screen, lines: Oneline },
    Ndjson,
}

impl Printer {
    fn new(args: &DissectArgs) -> Self {
        let screen = Screen::new(&args.look, false);
        match args.format.unwrap_or_default() {
            DissectFormat::Ndjson => Self::Ndjson,
            DissectFormat::Text if args.oneline => Self::Oneline {
                screen,
                lines: Oneline::default(),
            },
            DissectFormat::Text => Self::Tree {
                screen,
                whole: args.verbose,
            },
        }
    }

    fn print(&mut self, found: &Found<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Tree { screen, whole } => message_text::tree(out, screen, found, *whole),
            Self::Oneline { screen, lines } => lines.print(out, screen, found),
            Self::Ndjson => {
                serde_json::to_writer(&mut *out, &message_json::object(found))?;
                out.write_all(b"\n")
            }
        }
    }
}
