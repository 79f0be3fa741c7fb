//! Any octets as a file of keys.
#![no_main]

#[path = "../src/source.rs"]
mod source;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    source::read(octets);
});
