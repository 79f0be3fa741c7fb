//! The capture that is written: its interfaces as frames bring them, its counts, and what it could
//! not hold. The file is made when the first frame comes.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use ikescope_capture::write::{
    InterfaceHead, InterfaceId, Packet, PcapWriter, PcapngWriter, TimeUnit, WriteError,
};
use ikescope_capture::{Direction, Frames, Interface, LinkType};

use ikescope_wire::observed::Timestamp;

use crate::args::CaptureFormat;
use crate::commands::recapture::held::Held;
use crate::commands::recapture::merge::Input;
use crate::commands::{STDIN, refuse_input};

/// Where frames go.
pub(crate) struct Sink<'a> {
    path: Option<&'a Path>,
    format: CaptureFormat,
    nameless: bool,
    writer: Option<Writer>,
    /// What was written, and what could not be.
    pub(crate) written: Written,
}

/// The counts of a capture that is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    pub(crate) packets: u64,
    pub(crate) commented: u64,
    pub(crate) interfaces: u64,
    pub(crate) octets: u64,
    /// Times of the earliest frame and of the latest.
    pub(crate) span: Option<(Timestamp, Timestamp)>,
    /// Frames whose times were cut to microseconds, because an interface that counts finer came late.
    pub(crate) cut_times: u64,
    /// Frames of other link types than the one that a pcap has.
    pub(crate) other_link: u64,
    /// Frames whose time the format cannot say.
    pub(crate) impossible_time: u64,
    /// Frames longer than the format allows.
    pub(crate) too_long: u64,
}

impl Written {
    /// Frames that the format could not hold.
    pub(crate) const fn refused(&self) -> u64 {
        self.other_link + self.impossible_time + self.too_long
    }
}

impl<'a> Sink<'a> {
    /// A sink for `path`, or standard output; nothing is made yet.
    pub(crate) fn new(
        path: Option<&'a Path>,
        inputs: &[PathBuf],
        format: CaptureFormat,
    ) -> anyhow::Result<Self> {
        let path = path.filter(|path| path.as_os_str() != STDIN);
        match path {
            Some(path) => refuse_input(path, inputs)?,
            None if io::stdout().is_terminal() => {
                bail!("a capture is nothing to read on a terminal; --output FILE writes it there")
            }
            None => {}
        }
        Ok(Self {
            path,
            format,
            nameless: false,
            writer: None,
            written: Written::default(),
        })
    }

    /// The same without the names of interfaces.
    pub(crate) const fn nameless(mut self) -> Self {
        self.nameless = true;
        self
    }

    /// Writes a frame of the input with that index, with comments beside its own.
    pub(crate) fn write(
        &mut self,
        inputs: &[Input],
        index: usize,
        frame: &Held,
        comments: &[&str],
    ) -> anyhow::Result<()> {
        let (path, format, nameless) = (self.path, self.format, self.nameless);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(Writer::begin(path, (format, nameless), inputs, frame)?),
        };
        let comments: Vec<&str> = (frame.comments.iter().map(String::as_str))
            .chain(comments.iter().copied())
            .collect();
        match writer.write((index, &inputs[index].frames), frame, &comments) {
            Ok(true) => {
                self.written.packets += 1;
                self.written.cut_times += u64::from(!writer.holds(frame.time));
                self.written.commented += u64::from(!comments.is_empty());
                let (first, last) = self.written.span.unwrap_or((frame.time, frame.time));
                self.written.span = Some((first.min(frame.time), last.max(frame.time)));
            }
            Ok(false) => self.written.other_link += 1,
            Err(WriteError::Time(_)) => self.written.impossible_time += 1,
            Err(WriteError::Length { .. }) => self.written.too_long += 1,
            Err(error) => return Err(error).with_context(|| cannot_write(path)),
        }
        Ok(())
    }

    /// Ends the file, if there is one.
    pub(crate) fn finish(&mut self, inputs: &[Input]) -> anyhow::Result<()> {
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        let (octets, interfaces) = writer
            .finish(
                inputs,
                self.written
                    .span
                    .map_or_else(Timestamp::default, |span| span.1),
            )
            .with_context(|| cannot_write(self.path))?;
        self.written.octets = octets;
        self.written.interfaces = interfaces;
        Ok(())
    }

    /// What it is called in a summary.
    pub(crate) fn name(&self) -> String {
        self.path
            .map_or_else(|| "stdout".to_owned(), |path| path.display().to_string())
    }
}

/// One of the formats, at work.
enum Writer {
    Pcap {
        writer: PcapWriter<Counted>,
        link: LinkType,
        unit: TimeUnit,
    },
    Pcapng {
        writer: PcapngWriter<Counted>,
        interfaces: Interfaces,
    },
}

impl Writer {
    fn begin(
        path: Option<&Path>,
        (format, nameless): (CaptureFormat, bool),
        inputs: &[Input],
        first: &Held,
    ) -> anyhow::Result<Self> {
        let out = Counted::open(path)?;
        let begun = match format {
            CaptureFormat::Pcap => {
                let (link, unit) = (link_of_pcap(inputs, first), unit_of_pcap(inputs));
                PcapWriter::new(out, link, unit).map(|writer| Self::Pcap { writer, link, unit })
            }
            CaptureFormat::Pcapng => {
                let program = concat!("ikescope ", env!("CARGO_PKG_VERSION"));
                PcapngWriter::new(out, program).map(|writer| Self::Pcapng {
                    writer,
                    interfaces: Interfaces {
                        nameless,
                        ..Interfaces::default()
                    },
                })
            }
        };
        begun.with_context(|| cannot_write(path))
    }

    /// False if the frame's link type has no place in this file.
    fn write(
        &mut self,
        from: (usize, &Frames),
        frame: &Held,
        comments: &[&str],
    ) -> Result<bool, WriteError> {
        let mut packet = Packet {
            time: frame.time,
            original: frame.original,
            octets: &frame.octets,
            direction: frame.direction,
            comments,
        };
        match self {
            Self::Pcapng { writer, interfaces } => {
                let interface = interfaces.of_frame(writer, from, frame)?;
                writer.packet(interface, &packet)?;
            }
            Self::Pcap { writer, link, .. } if frame.link == *link => writer.packet(&packet)?,
            Self::Pcap { writer, link, .. } => {
                let Some(octets) = as_ethernet(frame).filter(|_| *link == LinkType::ETHERNET)
                else {
                    return Ok(false);
                };
                packet.octets = &octets;
                packet.original = frame.original.saturating_add(ETHERNET_HEADER);
                writer.packet(&packet)?;
            }
        }
        Ok(true)
    }

    /// Whether the time is written whole. Interfaces of a pcapng count as their inputs do.
    const fn holds(&self, time: Timestamp) -> bool {
        match self {
            Self::Pcap {
                unit: TimeUnit::Microseconds,
                ..
            } => time.0 % 1000 == 0,
            _ => true,
        }
    }

    /// Octets and interfaces that were written, with what the inputs tell of their interfaces beside
    /// frames: that they are there, and their drops up to the last frame.
    fn finish(self, inputs: &[Input], last: Timestamp) -> Result<(u64, u64), WriteError> {
        match self {
            Self::Pcap { writer, .. } => Ok((writer.finish()?.count, 1)),
            Self::Pcapng {
                mut writer,
                mut interfaces,
            } => {
                for from in inputs.iter().map(|input| &input.frames).enumerate() {
                    interfaces.describe(&mut writer, from)?;
                }
                for (interface, frames) in interfaces.drops(inputs) {
                    writer.dropped(interface, last, frames)?;
                }
                Ok((writer.finish()?.count, interfaces.described.len() as u64))
            }
        }
    }
}

/// Frames of a text have an Ethernet header or can have one made up; else the first frame decides.
fn link_of_pcap(inputs: &[Input], first: &Held) -> LinkType {
    let is_text = |input: &Input| input.frames.text().is_some();
    if inputs.iter().any(is_text) {
        LinkType::ETHERNET
    } else {
        first.link
    }
}

/// Microseconds where no interface that is known by now counts finer: every program reads those.
fn unit_of_pcap(inputs: &[Input]) -> TimeUnit {
    let interfaces = inputs.iter().flat_map(|input| input.frames.interfaces());
    interfaces
        .map(Interface::time_unit)
        .max()
        .unwrap_or_default()
}

/// An IP packet behind an Ethernet header with the addresses that FortiGate makes up: one for what it
/// received, none for what it sent.
fn as_ethernet(frame: &Held) -> Option<Vec<u8>> {
    let is_ip = matches!(
        frame.link,
        LinkType::RAW | LinkType::RAW_BSD | LinkType::RAW_OPENBSD | LinkType::IPV4 | LinkType::IPV6
    );
    let ether_type: [u8; 2] = match frame.octets.first()? >> 4 {
        4 if is_ip => [0x08, 0x00],
        6 if is_ip => [0x86, 0xdd],
        _ => return None,
    };
    let received = u8::from(frame.direction == Some(Direction::Inbound));
    let mut octets = vec![0, 0, 0, 0, 0, received, 0, 0, 0, 0, 0, 0];
    octets.extend(ether_type);
    octets.extend_from_slice(&frame.octets);
    Some(octets)
}

/// The interfaces of a pcapng that is written, and which of the inputs' they are.
#[derive(Default)]
struct Interfaces {
    /// Whether names are left out.
    nameless: bool,
    described: Vec<(Described, InterfaceId)>,
    /// By input, its interface, and the link type of the frame, which in a text is its own.
    of_inputs: HashMap<(usize, u32, LinkType), InterfaceId>,
    /// How many of each input's interfaces are described.
    known: HashMap<usize, usize>,
}

/// What makes two interfaces one.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Described {
    name: String,
    description: String,
    link: LinkType,
    snap_length: u32,
    unit: TimeUnit,
}

impl Interfaces {
    fn of_frame(
        &mut self,
        writer: &mut PcapngWriter<Counted>,
        from: (usize, &Frames),
        frame: &Held,
    ) -> Result<InterfaceId, WriteError> {
        let key = (from.0, frame.interface, frame.link);
        if let Some(interface) = self.of_inputs.get(&key) {
            return Ok(*interface);
        }
        self.describe(writer, from)?;
        if let Some(interface) = self.of_inputs.get(&key) {
            return Ok(*interface);
        }
        let interfaces = from.1.interfaces();
        let like = interfaces.get(frame.interface as usize);
        self.add(writer, key, like)
    }

    /// Describes what the input has described since, so that the order stays its own.
    fn describe(
        &mut self,
        writer: &mut PcapngWriter<Counted>,
        (input, frames): (usize, &Frames),
    ) -> Result<(), WriteError> {
        let known = self.known.insert(input, frames.interfaces().len());
        let interfaces = frames.interfaces().iter().zip(0..);
        for (interface, number) in interfaces.skip(known.unwrap_or(0)) {
            self.add(writer, (input, number, interface.link), Some(interface))?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        writer: &mut PcapngWriter<Counted>,
        key: (usize, u32, LinkType),
        like: Option<&Interface>,
    ) -> Result<InterfaceId, WriteError> {
        let named = like.filter(|_| !self.nameless);
        let described = Described {
            name: named
                .and_then(|interface| interface.name.clone())
                .unwrap_or_default(),
            description: named
                .and_then(|interface| interface.description.clone())
                .unwrap_or_default(),
            link: key.2,
            snap_length: like.map_or(0, |interface| interface.snap_length),
            unit: like.map_or_else(TimeUnit::default, Interface::time_unit),
        };
        let same = self.described.iter().find(|(other, _)| *other == described);
        let interface = match same {
            // Without a name nothing says that it is the same interface.
            Some((_, interface)) if !described.name.is_empty() => *interface,
            _ => {
                let interface = writer.interface(&described.head())?;
                self.described.push((described, interface));
                interface
            }
        };
        self.of_inputs.insert(key, interface);
        Ok(interface)
    }

    /// Frames that the inputs say were dropped, told of their first interface.
    fn drops(&self, inputs: &[Input]) -> Vec<(InterfaceId, u64)> {
        let mut drops: Vec<(InterfaceId, u64)> = Vec::new();
        for (index, input) in inputs.iter().enumerate() {
            let first = input.frames.interfaces().first();
            let interface = first.and_then(|first| self.of_inputs.get(&(index, 0, first.link)));
            let Some(interface) = interface.filter(|_| input.frames.dropped() > 0) else {
                continue;
            };
            match drops.iter_mut().find(|(other, _)| other == interface) {
                Some((_, frames)) => *frames += input.frames.dropped(),
                None => drops.push((*interface, input.frames.dropped())),
            }
        }
        drops
    }
}

impl Described {
    fn head(&self) -> InterfaceHead<'_> {
        InterfaceHead {
            link: self.link,
            snap_length: self.snap_length,
            name: &self.name,
            description: &self.description,
            unit: self.unit,
        }
    }
}

/// A file or standard output, and the octets that went there.
struct Counted {
    out: Box<dyn Write>,
    count: u64,
}

impl Counted {
    fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let out: Box<dyn Write> = match path {
            Some(path) => {
                let file = File::create(path).with_context(|| cannot_write(Some(path)))?;
                Box::new(BufWriter::with_capacity(BUFFER, file))
            }
            None => Box::new(BufWriter::with_capacity(BUFFER, io::stdout())),
        };
        Ok(Self { out, count: 0 })
    }
}

impl Write for Counted {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let count = self.out.write(octets)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn cannot_write(path: Option<&Path>) -> String {
    path.map_or_else(
        || "cannot write standard output".to_owned(),
        |path| format!("cannot write {}", path.display()),
    )
}

const BUFFER: usize = 64 * 1024;
const ETHERNET_HEADER: u32 = 14;
