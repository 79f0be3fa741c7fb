//! Any octets as the lines of FortiGate sniffer text.
#![no_main]

#[path = "../src/drain.rs"]
mod drain;
#[path = "../src/sniffer.rs"]
mod sniffer;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    drain::drain(&sniffer::text_of_lines(octets));
});
