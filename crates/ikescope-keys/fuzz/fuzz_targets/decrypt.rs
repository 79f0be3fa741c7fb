//! Any octets as messages of SAs whose keys are known.
#![no_main]

#[path = "../src/decrypt.rs"]
mod decrypt;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let _ = decrypt::open(octets);
});
