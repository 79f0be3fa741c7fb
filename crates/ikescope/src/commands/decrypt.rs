//! `ikescope decrypt`: the packets inside of ESP, as a capture of their own.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use ikescope_analysis::Ports;
use ikescope_capture::write::{InterfaceHead, InterfaceId, Packet, PcapngWriter, TimeUnit};
use ikescope_capture::{LinkType, Options};
use ikescope_keys::{Closed, EspContent, EspOpener};
use ikescope_wire::observed::{Datagram, Observation, Sighting};
use ikescope_wire::{Encapsulation, EspHeader};

use crate::args::DecryptArgs;
use crate::commands::{STDIN, keys, open, refuse_input};
use crate::complaint;
use crate::exit::Exit;
use crate::output::conversion;
use crate::output::screen::Screen;

/// Runs the command.
pub(crate) fn run(args: &DecryptArgs) -> anyhow::Result<Exit> {
    if args.files.keys.is_empty() {
        bail!("--keys PATH says where the keys are");
    }
    let store = Arc::new(keys::load_all(&args.files.keys)?);
    let out = output(args)?;
    let mut options = Options::default();
    options.ike_ports.clone_from(&args.reading.ike_ports);
    let mut decryption = Decryption {
        ports: Ports::new(&args.reading.ike_ports),
        opener: EspOpener::new(store),
        written: Written::begin(out)?,
        packets: 0,
        octets: 0,
        dummies: 0,
        closed: BTreeMap::new(),
    };
    let mut readable = false;
    for (index, path) in args.inputs.iter().enumerate() {
        let input = u16::try_from(index).context("too many inputs")?;
        let mut capture = match open(path, input, &options) {
            Ok(capture) => capture,
            Err(error) => {
                complaint::unreadable(&error);
                continue;
            }
        };
        readable = true;
        let mut result = Ok(());
        let mut take = |observation: Observation<'_>| {
            if let Observation::Datagram(datagram) = observation
                && result.is_ok()
            {
                result = decryption.take(&datagram);
            }
        };
        while capture.next_frame(&mut take).is_some() {}
        result?;
        complaint::notes(capture.notes());
    }
    if !readable {
        return Ok(Exit::Unusable);
    }
    decryption.finish(args)
}

fn output(args: &DecryptArgs) -> anyhow::Result<Box<dyn Write>> {
    match args
        .output
        .as_deref()
        .filter(|path| path.as_os_str() != STDIN)
    {
        Some(path) => {
            refuse_input(path, &args.inputs)?;
            let file = File::create(path);
            let file = file.with_context(|| format!("cannot write {}", path.display()))?;
            Ok(Box::new(BufWriter::new(file)))
        }
        None if io::stdout().is_terminal() => {
            bail!("a capture is nothing to read on a terminal; --output FILE writes it there")
        }
        None => Ok(Box::new(BufWriter::new(io::stdout()))),
    }
}

/// The pcapng that is written.
struct Written {
    writer: PcapngWriter<Box<dyn Write>>,
    interface: InterfaceId,
}

impl Written {
    fn begin(out: Box<dyn Write>) -> anyhow::Result<Self> {
        let program = concat!("ikescope ", env!("CARGO_PKG_VERSION"));
        let mut writer = PcapngWriter::new(out, program)?;
        let interface = writer.interface(&InterfaceHead {
            link: LinkType::RAW,
            snap_length: 0,
            name: "decrypted",
            description: "",
            unit: TimeUnit::Nanoseconds,
        })?;
        Ok(Self { writer, interface })
    }
}

struct Decryption {
    ports: Ports,
    opener: EspOpener,
    written: Written,
    packets: u64,
    octets: u64,
    dummies: u64,
    /// Why packets stayed closed, and how many for each reason.
    closed: BTreeMap<String, u64>,
}

impl Decryption {
    fn take(&mut self, datagram: &Datagram<'_>) -> anyhow::Result<()> {
        let Some(Encapsulation::Esp(octets)) = self.ports.read(datagram) else {
            return Ok(());
        };
        let sighting = &datagram.sighting;
        let (source, destination) = (sighting.source.ip(), sighting.destination.ip());
        match self
            .opener
            .open(source, destination, octets, datagram.missing)
        {
            Ok(content) if content.is_dummy() => self.dummies += 1,
            Ok(content) => self.write(sighting, octets, &content)?,
            Err(closed) => self.count(octets, closed),
        }
        Ok(())
    }

    fn count(&mut self, octets: &[u8], closed: Closed) {
        let spi = EspHeader::decode(octets).map_or(0, |header| header.spi);
        let reason = format!("SPI {spi:08x}: {closed}");
        *self.closed.entry(reason).or_default() += 1;
    }

    fn write(
        &mut self,
        sighting: &Sighting,
        octets: &[u8],
        content: &EspContent,
    ) -> anyhow::Result<()> {
        let packet = if content.is_packet() {
            content.payload.to_vec()
        } else {
            with_ip_header(sighting, content)
        };
        let spi = EspHeader::decode(octets).map_or(0, |header| header.spi);
        let comment = format!(
            "from frame {}: ESP SPI {spi:08x}, sequence {}",
            sighting.frame.number, content.sequence
        );
        let Written { writer, interface } = &mut self.written;
        writer.packet(
            *interface,
            &Packet {
                time: sighting.time,
                original: u32::try_from(packet.len()).unwrap_or(u32::MAX),
                octets: &packet,
                direction: None,
                comments: &[&comment],
            },
        )?;
        self.packets += 1;
        self.octets += packet.len() as u64;
        Ok(())
    }

    fn finish(self, args: &DecryptArgs) -> anyhow::Result<Exit> {
        self.written.writer.finish()?.flush()?;
        for (reason, count) in &self.closed {
            complaint::warning(&format!("{count} ESP packets stay closed: {reason}"));
        }
        if self.dummies > 0 {
            complaint::warning(&format!("{} packets are dummies", self.dummies));
        }
        if self.packets == 0 {
            bail!("no ESP packet could be opened with these keys");
        }
        let name = args
            .output
            .as_deref()
            .filter(|path| path.as_os_str() != STDIN);
        let name = name.map_or_else(|| "stdout".to_owned(), |path| path.display().to_string());
        let screen = Screen::of_remarks(&args.look);
        conversion::tell_decrypted(screen, &name, self.packets, self.octets);
        Ok(Exit::Written)
    }
}

/// Transport mode: the header that stood outside, made anew around what was inside.
fn with_ip_header(sighting: &Sighting, content: &EspContent) -> Vec<u8> {
    let payload = content.payload.as_slice();
    let mut packet = match (sighting.source.ip(), sighting.destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let length = u16::try_from(payload.len() + 20).unwrap_or(u16::MAX);
            let mut header = vec![0x45, 0];
            header.extend(length.to_be_bytes());
            header.extend([0, 0, 0, 0, sighting.hop_limit, content.next_header, 0, 0]);
            header.extend(source.octets());
            header.extend(destination.octets());
            let sum = header.chunks_exact(2).fold(0u32, |sum, pair| {
                sum + u32::from(pair[0]) * 256 + u32::from(pair[1])
            });
            let sum = !(((sum & 0xffff) + (sum >> 16)) as u16);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
            header
        }
        (source, destination) => {
            let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
            let mut header = vec![0x60, 0, 0, 0];
            header.extend(length.to_be_bytes());
            header.extend([content.next_header, sighting.hop_limit]);
            for address in [source, destination] {
                let address = match address {
                    IpAddr::V4(address) => address.to_ipv6_mapped(),
                    IpAddr::V6(address) => address,
                };
                header.extend(address.octets());
            }
            header
        }
    };
    packet.extend(payload);
    packet
}
