//! FortiGate sniffer text, read through the public interface.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checklist;
mod damage;
mod mixes;
mod round_trip;
mod samples;
mod text;
