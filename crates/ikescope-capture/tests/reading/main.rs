//! Captures that the testkit builds, read through the public interface.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod damage;
#[path = "../../fuzz/src/drain.rs"]
mod drain;
mod formats;
mod fragments;
#[path = "../../fuzz/src/frames.rs"]
mod frames;
mod icmp;
mod links;
#[path = "../../fuzz/src/logs.rs"]
mod logs;
mod seen;
#[path = "../../fuzz/src/sniffer.rs"]
mod sniffer;
mod tcp;
mod tunnels;
