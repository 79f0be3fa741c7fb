//! What fuzzing starts from and what it once found, replayed.

use ikescope_testkit::fuzz_inputs;

#[path = "../fuzz/src/lib.rs"]
pub mod check;

#[test]
fn survives_the_seeds_and_finds_of_fuzzing() {
    for (path, octets) in fuzz_inputs("ikescope-analysis", "tracker") {
        println!("{}", path.display());
        check::tracker(&octets);
    }
}
