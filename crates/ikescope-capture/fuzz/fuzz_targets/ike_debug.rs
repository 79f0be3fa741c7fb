//! Any octets as the lines of an IKE debug log.
#![no_main]

#[path = "../src/drain.rs"]
mod drain;
#[path = "../src/logs.rs"]
mod logs;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    drain::drain(&logs::log_of_lines(octets));
});
