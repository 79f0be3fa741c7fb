//! What the program prints, kept as it was read and found good: `transcripts/*.txt`, a command and
//! its output each, of both streams. `UPDATE_TRANSCRIPTS=1 cargo test --test transcripts` renews them; read the
//! difference before it is committed.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use ikescope_testkit::testdata_dir;

#[test]
fn prints_what_the_transcripts_show() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut shown = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kept = fs::read_to_string(&path).unwrap();
        let command = kept.lines().next().unwrap();
        let printed = format!("{command}\n{}", output(command));
        if env::var_os("UPDATE_TRANSCRIPTS").is_some() {
            fs::write(&path, printed).unwrap();
        } else {
            assert_eq!(kept, printed, "{}", path.display());
        }
        shown += 1;
    }
    assert!(shown > 3, "{shown} transcripts");
}

fn output(command: &str) -> String {
    let arguments = command.strip_prefix("$ ikescope ").unwrap().split(' ');
    let program = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(arguments)
        .current_dir(workplace())
        .env_remove("CLICOLOR_FORCE")
        .env_remove("IKESCOPE_CHARSET")
        .output()
        .unwrap();
    let printed = [program.stdout, program.stderr].concat();
    String::from_utf8(printed).unwrap()
}

/// A folder with the captures, sniffer texts and files of keys in it, where commands may write.
fn workplace() -> &'static Path {
    static WORKPLACE: OnceLock<PathBuf> = OnceLock::new();
    WORKPLACE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("transcripts");
        fs::create_dir_all(&folder).unwrap();
        let inputs = ["captures", "keys", "pairs", "sniffer"].map(|name| testdata_dir().join(name));
        for entry in inputs
            .iter()
            .flat_map(|folder| fs::read_dir(folder).unwrap())
        {
            let path = entry.unwrap().path();
            let copy = folder.join(path.file_name().unwrap());
            if path.is_file() {
                fs::copy(&path, copy).unwrap();
                continue;
            }
            fs::create_dir_all(&copy).unwrap();
            for key_table in fs::read_dir(&path).unwrap().map(|entry| entry.unwrap()) {
                fs::copy(key_table.path(), copy.join(key_table.file_name())).unwrap();
            }
        }
        folder
    })
}
