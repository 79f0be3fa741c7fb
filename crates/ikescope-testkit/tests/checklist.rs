//! The checklist of console texts in `testdata/sniffer/README.md`: each case has inputs and tests, and the
//! tests read the inputs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ikescope_testkit::testdata_dir;

const CASES: usize = 46;

/// A row of the table.
struct Case {
    number: usize,
    /// Below `testdata/`.
    inputs: Vec<String>,
    tests: Vec<String>,
}

#[test]
fn every_case_has_a_row() {
    let numbers: Vec<usize> = cases().iter().map(|case| case.number).collect();
    assert_eq!(numbers, (1..=CASES).collect::<Vec<_>>());
}

#[test]
fn every_case_has_inputs_that_its_tests_read() {
    let sources = sources();
    for Case {
        number,
        inputs,
        tests,
    } in cases()
    {
        assert!(!inputs.is_empty() && !tests.is_empty(), "case {number}");
        let mut reading = Vec::new();
        for test in &tests {
            let declared = format!("#[test]\nfn {test}()");
            let source = sources.iter().find(|source| source.contains(&declared));
            reading.push(source.unwrap_or_else(|| panic!("case {number}: no test {test}")));
        }
        for input in &inputs {
            let path = testdata_dir().join(input);
            assert!(path.is_file(), "case {number}: no input {input}");
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let stem = stem.unwrap_or_else(|| panic!("{path:?}"));
            // In a string, alone or at the end of a path.
            let names = [
                format!("{stem}.txt\""),
                format!("/{stem}\""),
                format!("\"{stem}\""),
            ];
            let is_read =
                (reading.iter()).any(|source| names.iter().any(|name| source.contains(name)));
            assert!(is_read, "case {number}: no test of it reads {input}");
        }
    }
}

#[test]
fn every_input_belongs_to_a_case() {
    let listed: BTreeSet<String> = cases().into_iter().flat_map(|case| case.inputs).collect();
    for entry in files(&testdata_dir().join("sniffer"), "txt") {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        assert!(listed.contains(&format!("sniffer/{name}")), "{name}");
    }
}

fn cases() -> Vec<Case> {
    let path = testdata_dir().join("sniffer/README.md");
    let page = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let rows = page.lines().filter_map(|line| {
        let columns: Vec<&str> = line.split(" | ").collect();
        let [number, _, inputs, tests] = columns[..] else {
            return None;
        };
        Some(Case {
            number: number.trim_start_matches("| ").parse().ok()?,
            inputs: quoted(inputs),
            tests: quoted(tests),
        })
    });
    rows.collect()
}

/// What stands between backquotes.
fn quoted(column: &str) -> Vec<String> {
    let words = column.split('`').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

/// The sources of all tests outside of `src`.
fn sources() -> Vec<String> {
    let crates = testdata_dir().join("../crates");
    let entries = fs::read_dir(&crates).unwrap_or_else(|error| panic!("{crates:?}: {error}"));
    let folders = entries.flatten().map(|entry| entry.path().join("tests"));
    let paths = folders.flat_map(|folder| files(&folder, "rs"));
    paths.flat_map(fs::read_to_string).collect()
}

/// Files with an extension, in a folder and the folders in it.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found
}
