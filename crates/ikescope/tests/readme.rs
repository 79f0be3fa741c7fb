//! The README shows what the program prints. `UPDATE_README=1 cargo test --test readme` brings it up to date.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use ikescope_testkit::testdata_dir;

const PROMPT: &str = "```console\n$ ikescope ";

#[test]
fn transcripts_of_the_readme_are_what_the_program_prints() {
    let path = repository().join("README.md");
    let shown = fs::read_to_string(&path).unwrap();
    let printed = with_transcripts(&shown);
    if env::var_os("UPDATE_README").is_some() {
        fs::write(&path, printed).unwrap();
        return;
    }
    assert!(shown.contains(PROMPT), "the README shows no transcript");
    assert_eq!(shown, printed);
}

/// The text with the output of every command that it shows after a prompt put in anew.
fn with_transcripts(text: &str) -> String {
    let mut pieces = text.split(PROMPT);
    let mut renewed = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (arguments, rest) = piece.split_once('\n').unwrap();
        let (_, behind) = rest.split_once("```").unwrap();
        renewed += &format!("{PROMPT}{arguments}\n{}```{behind}", output(arguments));
    }
    renewed
}

fn output(arguments: &str) -> String {
    let program = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(arguments.split(' '))
        .current_dir(repository())
        .output();
    String::from_utf8(program.unwrap().stdout).unwrap()
}

fn repository() -> PathBuf {
    testdata_dir().join("..")
}
