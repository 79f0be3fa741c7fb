//! Says where an IPsec negotiation stalled, why, how sure that is, and what to do next.
//!
//! The front door for embedders: [`analyze()`] a capture file or reader, [`analyze_all`] of several,
//! or feed a [`LiveAnalysis`] packet by packet. What comes back are the types of [`report`], which
//! are what `ikescope --format json` prints.
//!
//! ```no_run
//! let report = ikescope::analyze("capture.pcap")?;
//! for tunnel in &report.tunnels {
//!     println!("{} - {}: {}", tunnel.a, tunnel.b, tunnel.verdict.summary);
//! }
//! # Ok::<(), ikescope::capture::CaptureError>(())
//! ```
//!
//! The three crates underneath are re-exported: [`wire`] decodes, [`capture`] reads files,
//! [`analysis`] follows and judges.
#![forbid(unsafe_code)]

mod align;
mod analyze;
mod begun;
#[cfg(feature = "keys")]
mod certificate;
pub mod comparison;
mod detail;
mod follow;
#[cfg(feature = "keys")]
mod keyring;
mod render;
pub mod report;
#[cfg(feature = "schema")]
mod schema;

pub use analyze::{
    Analyzed, LiveAnalysis, SCHEMA, Settings, Source, analyze, analyze_all, analyze_each,
    analyze_with,
};
pub use comparison::Comparison;
pub use detail::{Detail, Wanted};
pub use follow::{Event, Followed, Happening};
pub use ikescope_analysis as analysis;
pub use ikescope_analysis::{Hints, Limits, Vendor};
pub use ikescope_capture as capture;
#[cfg(feature = "keys")]
pub use ikescope_keys as keys;
pub use ikescope_wire as wire;
#[cfg(feature = "keys")]
pub use keyring::keyring;
pub use report::Report;
#[cfg(feature = "schema")]
pub use schema::{comparison_schema, schema};

/// Keeps the code of the README compiling.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}
