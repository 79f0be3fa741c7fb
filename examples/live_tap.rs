//! Follows packets as they come and tells of each negotiation when it is over: `live_tap FILE`.
//!
//! A file stands for the tap here. Any other source of packets does as well: what it sees goes to
//! `observe`, and `poll` is told the time.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use anyhow::{Context, Result};
use ikescope::capture::{Capture, Options};
use ikescope::report::Tunnel;
use ikescope::{Limits, LiveAnalysis};

fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("usage: live_tap FILE")?;
    let mut tap = Capture::open(path, 0, &Options::default())?;
    let mut live = LiveAnalysis::new(Limits::default());
    while let Some(frame) = tap.next_frame(&mut |observation| live.observe(&observation)) {
        while let Some(tunnel) = live.poll(frame.time) {
            tell("over", &tunnel);
        }
    }
    tap.finish(&mut |observation| live.observe(&observation));
    for tunnel in live.finish().tunnels {
        tell("at the end", &tunnel);
    }
    Ok(())
}

fn tell(when: &str, tunnel: &Tunnel) {
    println!(
        "{when}: {} - {}: {}",
        tunnel.a, tunnel.b, tunnel.verdict.summary
    );
}
