//! Where tests find what they read and who else reads it: the one file that knows these paths.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

/// The repository's `testdata/`.
#[must_use]
pub fn testdata_dir() -> PathBuf {
    repository().join("testdata")
}

/// The reference material beside the repository: the directory that `IKESCOPE_SHARED` names, or
/// `shared` one or two levels above the repository's root. Where there is none, the test that asked
/// has to be passed over: this writes a line that begins with `skipped:` and gives `None`. The line
/// goes to standard error itself, past the test harness, which would keep it to itself.
#[must_use]
pub fn shared_dir() -> Option<PathBuf> {
    let named = env::var_os("IKESCOPE_SHARED").map(PathBuf::from);
    let beside = ["../shared", "../../shared"].map(|path| repository().join(path));
    let found = named.into_iter().chain(beside).find(|path| path.is_dir());
    if found.is_none() {
        skipped("no shared reference material, set IKESCOPE_SHARED to where it is");
    }
    found
}

/// A program that is an independent witness, such as `tshark`. Where it is not installed, the test
/// that asked has to be passed over, and a line says so as it does for [`shared_dir`].
#[must_use]
pub fn tool(name: &str) -> Option<Command> {
    let path = env::var_os("PATH")?;
    let found = env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    if found.is_none() {
        skipped(&format!("{name} is not installed"));
    }
    found.map(Command::new)
}

fn skipped(reason: &str) {
    let _ = writeln!(io::stderr(), "skipped: {reason}");
}

/// What a fuzz target of a crate starts from and what it once found: the files in `corpus/TARGET` and
/// `finds/TARGET` of the crate's `fuzz/`, in order of their names, each with where it is.
///
/// # Panics
/// If there is none, or one cannot be read.
pub fn fuzz_inputs(crate_name: &str, target: &str) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    let fuzz = repository().join("crates").join(crate_name).join("fuzz");
    let mut paths: Vec<PathBuf> = ["corpus", "finds"]
        .iter()
        .filter_map(|kind| fs::read_dir(fuzz.join(kind).join(target)).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no input for {target} in {fuzz:?}");
    paths.into_iter().map(|path| {
        let octets = fs::read(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        (path, octets)
    })
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
