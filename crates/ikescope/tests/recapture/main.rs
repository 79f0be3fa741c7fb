//! Captures made of captures: `convert`, `annotate`, `anonymize`.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod annotate;
mod anonymize;
mod convert;
mod round_trip;
mod support;
