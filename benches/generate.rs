//! Writes a capture to measure with: `generate storm|hub-day FILE`. The same octets every time.
#![expect(clippy::print_stdout, reason = "a program that says what it wrote")]

mod hub_day;
mod in_order;
mod offer;
mod storm;

use std::env;
use std::fs::File;
use std::io::{BufWriter, Write};

use anyhow::{Context, bail};
use ikescope_testkit::capture::PcapFormat;
use ikescope_testkit::dialogue::Sent;
use ikescope_testkit::frame::Link;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [workload, path] = arguments.as_slice() else {
        bail!("usage: generate storm|hub-day FILE");
    };
    let file = File::create(path).with_context(|| format!("cannot write {path}"))?;
    let written = match workload.as_str() {
        "storm" => write(file, storm::storm(NEGOTIATIONS)),
        "hub-day" => write(file, hub_day::hub_day(TUNNELS, OCTETS)),
        other => bail!("no workload {other}, there are storm and hub-day"),
    }?;
    println!(
        "{path}: {} frames, {} octets",
        written.frames, written.octets
    );
    Ok(())
}

#[derive(Default)]
struct Written {
    frames: u64,
    octets: u64,
}

fn write(file: File, packets: impl Iterator<Item = Sent>) -> anyhow::Result<Written> {
    let format = PcapFormat::new(Link::Ethernet.link_type());
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let mut written = Written::default();
    out.write_all(&format.file_header())?;
    for sent in packets {
        for packet in sent.packets() {
            let frame = Link::Ethernet.frame(&packet);
            let (header, kept) = format.record_header(sent.time, frame.len());
            out.write_all(&header)?;
            out.write_all(&frame[..kept])?;
            written.frames += 1;
            written.octets += (header.len() + kept) as u64;
        }
    }
    out.flush()?;
    Ok(written)
}

const NEGOTIATIONS: u32 = 400_000;
const TUNNELS: u32 = 5_000;
const OCTETS: u64 = 900_000_000;
