//! Any sequence of observations: tracked, polled, judged.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| ikescope_analysis_fuzz::tracker(octets));
