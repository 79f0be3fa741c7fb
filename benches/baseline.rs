//! What ikescope's time is measured against: `baseline FILE` reads each frame with pcap-parser, slices
//! it with etherparse and parses each IKE message with ipsec-parser, as deep as that goes. It follows
//! nothing, keeps nothing and says nothing but counts.
#![expect(clippy::print_stdout, reason = "a program that says what it counted")]

use std::env;
use std::fs::File;
use std::hint::black_box;

use anyhow::{Context, anyhow};
use etherparse::{NetSlice, SlicedPacket, TransportSlice, ip_number};
use ipsec_parser::{IkeV2PayloadContent, IkeV2Transform, parse_esp_header, parse_ikev2_message};
use pcap_parser::{PcapBlockOwned, PcapError, create_reader};

fn main() -> anyhow::Result<()> {
    let path = env::args().nth(1).context("usage: baseline FILE")?;
    println!("{:?}", count(&path)?);
    Ok(())
}

#[derive(Debug, Default)]
struct Counts {
    frames: u64,
    messages: u64,
    payloads: u64,
    transforms: u64,
    esp: u64,
    unparsed: u64,
}

fn count(path: &str) -> anyhow::Result<Counts> {
    let file = File::open(path).with_context(|| format!("cannot read {path}"))?;
    let mut reader = create_reader(1 << 16, file).map_err(|error| anyhow!("{error}"))?;
    let mut counts = Counts::default();
    loop {
        match reader.next() {
            Ok((length, block)) => {
                if let PcapBlockOwned::Legacy(record) = block {
                    counts.frame(record.data);
                }
                reader.consume(length);
            }
            Err(PcapError::Eof) => return Ok(counts),
            Err(PcapError::Incomplete(_)) => reader.refill().map_err(|error| anyhow!("{error}"))?,
            Err(error) => return Err(anyhow!("{error}")),
        }
    }
}

impl Counts {
    fn frame(&mut self, frame: &[u8]) {
        self.frames += 1;
        let Ok(packet) = SlicedPacket::from_ethernet(frame) else {
            self.unparsed += 1;
            return;
        };
        if let Some(TransportSlice::Udp(udp)) = &packet.transport {
            let ports = [udp.source_port(), udp.destination_port()];
            if ports.contains(&4500) {
                self.encapsulated(udp.payload());
            } else if ports.contains(&500) {
                self.message(udp.payload());
            }
        } else if let Some(ip) = packet.net.as_ref().and_then(NetSlice::ip_payload_ref)
            && ip.ip_number == ip_number::ENCAP_SEC
        {
            self.esp(ip.payload);
        }
    }

    /// IKE behind the non-ESP marker, or ESP (RFC 3948 §2).
    fn encapsulated(&mut self, octets: &[u8]) {
        match octets.strip_prefix(&[0; 4]) {
            Some(message) => self.message(message),
            None => self.esp(octets),
        }
    }

    fn esp(&mut self, octets: &[u8]) {
        match parse_esp_header(octets) {
            Ok(_) => self.esp += 1,
            Err(_) => self.unparsed += 1,
        }
    }

    fn message(&mut self, octets: &[u8]) {
        self.messages += 1;
        let Ok((_, (header, Ok(payloads)))) = parse_ikev2_message(octets) else {
            self.unparsed += 1;
            return;
        };
        black_box(header);
        for payload in &black_box(payloads) {
            self.payload(&payload.content);
        }
    }

    fn payload(&mut self, content: &IkeV2PayloadContent<'_>) {
        match content {
            // In front of each list stands an element that is no payload.
            IkeV2PayloadContent::Dummy => return,
            IkeV2PayloadContent::SA(proposals) => {
                for raw in proposals.iter().flat_map(|proposal| &proposal.transforms) {
                    black_box(IkeV2Transform::from(raw));
                    self.transforms += 1;
                }
            }
            _ => {}
        }
        self.payloads += 1;
    }
}
