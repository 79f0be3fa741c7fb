//! Any octets as a capture file.
#![no_main]

#[path = "../src/drain.rs"]
mod drain;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    drain::drain(octets);
});
