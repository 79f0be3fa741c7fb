//! Runs the baseline and ikescope on one capture in turn: `compare FILE LIMIT_MB`. Both programs are
//! taken from the directory of this one. Prints the best times, their ratio and the peak memory of
//! ikescope; fails above a ratio of 1.5 or above the memory limit.
#![expect(clippy::print_stdout, reason = "a program that says what it measured")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [capture, limit] = arguments.as_slice() else {
        bail!("usage: compare FILE LIMIT_MB");
    };
    let limit: u64 = limit
        .parse()
        .context("the limit is a number of megabytes")?;
    let here = env::current_exe()?;
    let program = |name| here.with_file_name(name);
    let (baseline, ikescope) = (program("baseline"), program("ikescope"));

    // The first run brings the capture into the page cache; it does not count.
    run(&baseline, capture)?;
    let (mut reference, mut measured) = (Run::WORST, Run::WORST);
    for _ in 0..ROUNDS {
        reference = reference.best(run(&baseline, capture)?);
        measured = measured.best(run(&ikescope, capture)?);
    }

    let ratio = measured.time.as_secs_f64() / reference.time.as_secs_f64();
    let peak = measured.peak_kib * 1024 / 1_000_000;
    println!("baseline {:.3} s", reference.time.as_secs_f64());
    println!(
        "ikescope {:.3} s, peak memory {peak} MB",
        measured.time.as_secs_f64()
    );
    println!("ratio    {ratio:.2} (limit {MAX_RATIO}), memory limit {limit} MB");
    let kept = ratio <= MAX_RATIO && peak <= limit;
    Ok(if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[derive(Clone, Copy)]
struct Run {
    time: Duration,
    peak_kib: u64,
}

impl Run {
    const WORST: Self = Self {
        time: Duration::MAX,
        peak_kib: 0,
    };

    /// The shorter time of both, and the larger memory.
    fn best(self, other: Self) -> Self {
        Self {
            time: self.time.min(other.time),
            peak_kib: self.peak_kib.max(other.peak_kib),
        }
    }
}

/// Runs `program` on the capture and throws its output away.
fn run(program: &Path, capture: &str) -> anyhow::Result<Run> {
    let start = Instant::now();
    let mut child = Command::new(program)
        .arg(capture)
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let mut peak_kib = 0;
    loop {
        // The peak only grows, so the last look before the end has it but for one pause.
        peak_kib = peak_kib.max(peak_memory(&child).unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            let time = start.elapsed();
            if !status.success() {
                bail!("{} ended with {status}", program.display());
            }
            return Ok(Run { time, peak_kib });
        }
        thread::sleep(PAUSE);
    }
}

/// The peak resident memory of a running process in KiB, where the system tells it (Linux).
fn peak_memory(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

const ROUNDS: usize = 5;
const MAX_RATIO: f64 = 1.5;
const PAUSE: Duration = Duration::from_millis(2);
