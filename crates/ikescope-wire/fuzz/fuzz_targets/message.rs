//! Any octets as a message: decoded, walked to the last field, printed.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    ikescope_wire_fuzz::message(octets);
});
