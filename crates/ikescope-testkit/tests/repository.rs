//! What every text of the repository keeps to.

use std::path::{Path, PathBuf};
use std::{fs, io};

use ikescope_testkit::testdata_dir;

/// Where machines keep what belongs to one of them alone.
const HOMES: [&str; 4] = ["/home/", "/root/", "/Users/", "/work/"];

#[test]
fn no_text_names_a_path_of_one_machine() {
    let this_file = Path::new(file!()).file_name();
    for (path, text) in texts() {
        for home in HOMES.iter().filter(|_| path.file_name() != this_file) {
            let line = text.lines().position(|line| line.contains(home));
            assert_eq!(line.map(|line| line + 1), None, "{home} in {path:?}");
        }
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    let pages = texts().into_iter();
    for (path, text) in pages.filter(|(path, _)| path.extension().is_some_and(|it| it == "md")) {
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next());
        for target in targets.filter(|target| !target.is_empty() && !target.contains("://")) {
            let folder = path.parent().unwrap_or(&path);
            assert!(folder.join(target).exists(), "{target} in {path:?}");
        }
    }
}

/// All files of the repository that are UTF-8.
fn texts() -> Vec<(PathBuf, String)> {
    let mut texts = Vec::new();
    let root = testdata_dir().join("..");
    collect(&root, &mut texts).unwrap_or_else(|error| panic!("{root:?}: {error}"));
    assert!(texts.len() > 100, "the repository is larger");
    texts
}

fn collect(folder: &Path, texts: &mut Vec<(PathBuf, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "target" || name == ".git" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), texts)?;
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            texts.push((entry.path(), text));
        }
    }
    Ok(())
}
