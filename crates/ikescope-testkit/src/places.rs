//! Where tests find what they read: the one file that knows these paths.

use std::env;
use std::io::{self, Write as _};
use std::path::PathBuf;

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
        let _ = writeln!(
            io::stderr(),
            "skipped: no shared reference material, set IKESCOPE_SHARED to where it is"
        );
    }
    found
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
