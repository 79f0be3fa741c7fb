//! Writes a capture to measure with: `generate storm|hub-day FILE`. The same octets every time.
#![expect(clippy::print_stdout, reason = "a program that says what it wrote")]

mod hub_day;
mod in_order;
mod offer;
mod storm;
mod workload;

use std::env;
use std::fs::File;
use std::io::BufWriter;

use anyhow::{Context, bail};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [workload, path] = arguments.as_slice() else {
        bail!("usage: generate storm|hub-day FILE");
    };
    let file = File::create(path).with_context(|| format!("cannot write {path}"))?;
    let out = BufWriter::with_capacity(1 << 20, file);
    let written = match workload.as_str() {
        "storm" => workload::write(out, storm::storm(NEGOTIATIONS)),
        "hub-day" => workload::write(out, hub_day::hub_day(TUNNELS, OCTETS)),
        other => bail!("no workload {other}, there are storm and hub-day"),
    }?;
    println!(
        "{path}: {} frames, {} octets",
        written.frames, written.octets
    );
    Ok(())
}

const NEGOTIATIONS: u32 = 400_000;
const TUNNELS: u32 = 5_000;
const OCTETS: u64 = 900_000_000;
