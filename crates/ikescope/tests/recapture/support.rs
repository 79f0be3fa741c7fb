//! Captures that there are, what is in those that were written, and the program that writes them.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ikescope_capture::{Direction, Format, Frames, LinkType, TextOptions};
use ikescope_testkit::{shared_dir, testdata_dir};
use serde_json::Value;

/// What must survive of a frame.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Kept {
    pub(crate) time: i64,
    pub(crate) interface: Option<String>,
    pub(crate) link: LinkType,
    pub(crate) original: u32,
    pub(crate) octets: Vec<u8>,
    pub(crate) direction: Option<Direction>,
    pub(crate) comments: Vec<String>,
}

/// All captures there are for tests.
pub(crate) fn captures() -> Vec<PathBuf> {
    let mut folders = vec![testdata_dir()];
    folders.extend(shared_dir().map(|shared| shared.join("lab")));
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|e| e == "pcap" || e == "pcapng")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "{} captures", found.len());
    found
}

pub(crate) fn open(octets: Vec<u8>) -> Frames {
    Frames::from_reader("capture", Cursor::new(octets), &TextOptions::default()).unwrap()
}

pub(crate) fn frames(octets: Vec<u8>) -> Vec<Kept> {
    let mut read = open(octets);
    let mut kept = Vec::new();
    let mut numbers = Vec::new();
    while let Some(frame) = read.next_frame() {
        numbers.push(frame.interface as usize);
        kept.push(Kept {
            time: frame.time.0,
            interface: None,
            link: frame.link,
            original: frame.original,
            octets: frame.octets.to_vec(),
            direction: frame.direction,
            comments: frame.comments.iter().map(Into::into).collect(),
        });
    }
    for (kept, number) in kept.iter_mut().zip(numbers) {
        kept.interface.clone_from(&read.interfaces()[number].name);
    }
    assert!(matches!(read.format(), Format::Pcap | Format::Pcapng));
    kept
}

/// What tshark says on standard error, but for its warning of root.
pub(crate) fn complaints(output: &Output) -> Vec<String> {
    let text = text(&output.stderr);
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("Running as user"));
    lines.map(str::to_owned).collect()
}

pub(crate) fn ikescope() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ikescope"));
    command
        .env_remove("CLICOLOR_FORCE")
        .env_remove("IKESCOPE_CHARSET");
    command
}

pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("recapture")
        .join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub(crate) fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub(crate) fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

pub(crate) fn report(path: &Path) -> Value {
    let output = ikescope().arg(path).args(["--format", "json"]).output();
    serde_json::from_slice(&output.unwrap().stdout).unwrap()
}

pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}
