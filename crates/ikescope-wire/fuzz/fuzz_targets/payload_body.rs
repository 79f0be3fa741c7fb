//! Any octets as the body of any payload, without a chain that the fuzzer would have to keep whole.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    ikescope_wire_fuzz::payload_body(octets);
});
