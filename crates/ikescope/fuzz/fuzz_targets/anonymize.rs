//! Any octets as frames of any link type, anonymized.
#![no_main]
#![allow(dead_code, reason = "the program uses the rest")]

#[path = "../../src/anonymize/mod.rs"]
mod anonymize;
#[path = "../src/check.rs"]
mod check;
#[path = "../../src/commands/recapture/held.rs"]
mod held;

/// What the program has there.
mod commands {
    pub(crate) mod recapture {
        pub(crate) use crate::held;
    }
}

libfuzzer_sys::fuzz_target!(|octets: &[u8]| check::anonymize(octets));
