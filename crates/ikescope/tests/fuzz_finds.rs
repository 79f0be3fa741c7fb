//! What fuzzing starts from and what it once found, replayed.
#![cfg(feature = "cli")]
#![allow(dead_code, reason = "the program uses the rest")]

use ikescope_testkit::fuzz_inputs;

#[path = "../src/anonymize/mod.rs"]
mod anonymize;
#[path = "../fuzz/src/check.rs"]
mod check;
#[path = "../src/commands/recapture/held.rs"]
mod held;

/// What the program has there.
mod commands {
    pub(crate) mod recapture {
        pub(crate) use crate::held;
    }
}

#[test]
fn survives_the_seeds_and_finds_of_fuzzing() {
    for (path, octets) in fuzz_inputs("ikescope", "anonymize") {
        println!("{}", path.display());
        check::anonymize(&octets);
    }
}
