//! A rule of one's own over what happened, answers that took long: `custom_rule FILE`.
#![expect(clippy::print_stdout, reason = "that is what it is for")]

use anyhow::{Context, Result};
use ikescope::Limits;
use ikescope::analysis::{Exchange, Tracker};
use ikescope::capture::{Capture, Options};
use ikescope::wire::observed::Observation;

fn main() -> Result<()> {
    let path = std::env::args().nth(1);
    let path = path.context("usage: custom_rule FILE")?;
    let mut capture = Capture::open(path, 0, &Options::default())?;
    let mut tracker = Tracker::new(Limits::default());
    let mut observe = |seen: Observation<'_>| tracker.observe(&seen);
    while capture.next_frame(&mut observe).is_some() {}
    capture.finish(&mut observe);

    let history = tracker.finish(&[]);
    for negotiation in history.tunnels.iter().flat_map(|it| &it.negotiations) {
        negotiation.exchanges.iter().for_each(slow_answer);
    }
    Ok(())
}

fn slow_answer(exchange: &Exchange) {
    let (Some(time), Some(response)) = (exchange.response_time(), &exchange.response) else {
        return;
    };
    if time > PATIENCE {
        let (frame, ms) = (response.first().frame.number, time / 1_000_000);
        println!("#{frame}: {} took {ms} ms", exchange.exchange_type);
    }
}

/// Nanoseconds in which the gateways of this network answer.
const PATIENCE: i64 = 5_000_000;
