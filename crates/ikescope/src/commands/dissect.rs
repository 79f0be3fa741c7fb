//! `ikescope dissect`: every IKE message, payload by payload. It reports and never judges.

use std::io::{self, BufWriter, Read as _, Write};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use ikescope_analysis::{Ports, Reassembly};
use ikescope_capture::Capture;
use ikescope_keys::{Closed, Inner, KeyStore, Opened, Opener};
use ikescope_wire::observed::{Datagram, IncompleteDatagram, Observation, Sighting, Transport};
use ikescope_wire::{Encapsulation, Header, Message};

use crate::args::{DecryptionArgs, DissectArgs, DissectFormat};
use crate::commands::{hex_text, keys, open, pasted};
use crate::complaint;
use crate::exit::Exit;
use crate::output::message_json;
use crate::output::message_text::{self, Look, Oneline};
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
    /// What came of opening it, if there are keys for its SA.
    pub(crate) opened: Option<&'a Result<Opened, Closed>>,
}

impl Found<'_> {
    /// The payloads that were encrypted in it.
    pub(crate) fn inner(&self) -> Option<&Inner> {
        match self.opened? {
            Ok(Opened::Payloads(inner)) => Some(inner),
            _ => None,
        }
    }

    /// Why it is still closed although there are keys for its SA.
    pub(crate) fn closed(&self) -> Option<Closed> {
        self.opened?.as_ref().err().copied()
    }
}

/// Keys at work.
pub(crate) struct Decryption {
    store: Arc<KeyStore>,
    opener: Opener,
    reassembly: Reassembly,
}

impl Decryption {
    /// Reads the keys; `None` if there are none.
    pub(crate) fn new(args: &DecryptionArgs) -> anyhow::Result<Option<Self>> {
        let Some(store) = keys::store(args)? else {
            return Ok(None);
        };
        let store = Arc::new(store);
        let opener = Opener::new(Arc::clone(&store));
        Ok(Some(Self {
            store,
            opener,
            reassembly: Reassembly::default(),
        }))
    }

    /// Opens a message of an SA whose keys are known, or the one that a fragment of IKEv1 makes whole;
    /// `None` for any other.
    pub(crate) fn open(&mut self, octets: &[u8]) -> Option<Result<Opened, Closed>> {
        let message = Message::decode(octets).ok()?;
        if !Opener::knows(&self.store, message.header()) {
            return None;
        }
        let whole = match &message {
            Message::V1(fragment) => self.reassembly.add(None, fragment),
            _ => None,
        };
        let mut opened = self.opener.open(whole.as_deref().unwrap_or(octets));
        if let (Some(_), Ok(Opened::Payloads(inner))) = (&whole, &mut opened) {
            // They stand in the message that was put together, not in its last fragment.
            inner.offset = None;
        }
        Some(opened)
    }
}

/// Runs the command.
pub(crate) fn run(args: &DissectArgs) -> anyhow::Result<Exit> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut printer = Printer::new(args);
    let decryption = Decryption::new(&args.decryption)?;
    let exit = match &args.hex {
        Some(hex) => dissect_hex(hex, decryption, &mut printer, &mut out)?,
        None => dissect_captures(args, decryption, &mut printer, &mut out)?,
    };
    out.flush()?;
    Ok(exit)
}

fn dissect_hex(
    hex: &str,
    mut decryption: Option<Decryption>,
    printer: &mut Printer,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
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
    let opened = decryption.as_mut().and_then(|keys| keys.open(&octets));
    let found = Found {
        sighting: None,
        transport: Transport::Udp,
        marked,
        ip_fragments: &[],
        octets: &octets,
        opened: opened.as_ref(),
    };
    printer.print(&found, out)?;
    Ok(Exit::Written)
}

fn dissect_captures(
    args: &DissectArgs,
    mut decryption: Option<Decryption>,
    printer: &mut Printer,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let options = super::options(&args.reading);
    let mut readable = false;
    let mut printed = 0;
    for (index, path) in args.inputs.iter().enumerate() {
        let input = u16::try_from(index).context("too many inputs")?;
        match open(path, input, &options) {
            Ok(capture) => {
                readable = true;
                printed += dissect_capture(capture, args, decryption.as_mut(), printer, out)?;
            }
            Err(error) => complaint::unreadable(&error),
        }
    }
    if readable && printed == 0 {
        complaint::warning(match args.frames.as_slice() {
            [] => "there is no IKE message in the input; on another port? --ike-port PORT",
            _ => "there is no IKE message in the frames that were asked for",
        });
    }
    Ok(if readable {
        Exit::Written
    } else {
        Exit::Unusable
    })
}

/// Prints the messages of a capture that are wanted; returns how many those are.
fn dissect_capture(
    mut capture: Capture,
    args: &DissectArgs,
    mut decryption: Option<&mut Decryption>,
    printer: &mut Printer,
    out: &mut dyn Write,
) -> io::Result<u64> {
    let mut printed = 0;
    let mut ports = Ports::new(&args.reading.ike_ports);
    let mut written = Ok(());
    let mut take = |observation: Observation<'_>| {
        let Some(mut found) = message_in(&observation, &mut ports).filter(|_| written.is_ok())
        else {
            return;
        };
        // What is not wanted is opened all the same: later messages may depend on it.
        let keys = decryption.as_deref_mut();
        let opened = keys.and_then(|keys| keys.open(found.octets));
        let opened = told(&observation, found.octets, opened);
        found.opened = opened.as_ref();
        if is_wanted(args, &found) {
            written = printer.print(&found, out);
            printed += 1;
        }
    };
    while capture.next_frame(&mut take).is_some() {}
    written?;
    complaint::notes(capture.notes());
    Ok(printed)
}

/// What is encrypted in a message: by keys, or else as the log shows it that it stands in.
fn told(
    observation: &Observation<'_>,
    octets: &[u8],
    opened: Option<Result<Opened, Closed>>,
) -> Option<Result<Opened, Closed>> {
    let plaintext = match observation {
        Observation::Datagram(datagram) => datagram.plaintext,
        _ => None,
    };
    match (opened, plaintext) {
        (None | Some(Err(_)), Some(plaintext)) => {
            let header = Header::decode(octets).ok()?;
            let inner = Inner::of(&plaintext, header.version.major() == 2);
            Some(Ok(Opened::Payloads(inner)))
        }
        (opened, _) => opened,
    }
}

/// The IKE message in an observation. Of a datagram that is not all there, what is there.
pub(crate) fn message_in<'a>(
    observation: &Observation<'a>,
    ports: &mut Ports,
) -> Option<Found<'a>> {
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
            opened: None,
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
        plaintext: None,
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
    Tree { screen: Screen, look: Look },
    Oneline { screen: Screen, lines: Oneline },
    Ndjson { show_secrets: bool },
}

impl Printer {
    fn new(args: &DissectArgs) -> Self {
        let screen = Screen::new(&args.look, false);
        match args.format.unwrap_or_default() {
            DissectFormat::Ndjson => Self::Ndjson {
                show_secrets: args.show_secrets,
            },
            DissectFormat::Text if args.oneline => Self::Oneline {
                screen,
                lines: Oneline::default(),
            },
            DissectFormat::Text => Self::Tree {
                screen,
                look: Look {
                    whole: args.verbose,
                    show_secrets: args.show_secrets,
                },
            },
        }
    }

    fn print(&mut self, found: &Found<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Tree { screen, look } => message_text::tree(out, screen, found, *look),
            Self::Oneline { screen, lines } => lines.print(out, screen, found),
            Self::Ndjson { show_secrets } => {
                serde_json::to_writer(&mut *out, &message_json::object(found, *show_secrets))?;
                out.write_all(b"\n")
            }
        }
    }
}
