//! Any octets as frames of any link type.
#![no_main]

#[path = "../src/drain.rs"]
mod drain;
#[path = "../src/frames.rs"]
mod frames;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    drain::drain(&frames::pcap_of_frames(octets));
});
