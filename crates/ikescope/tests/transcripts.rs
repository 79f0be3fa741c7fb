//! What the program prints, kept as it was read and found good: `transcripts/*.txt`, a command and
//! its output each, of both streams. `UPDATE_TRANSCRIPTS=1 cargo test --test transcripts` renews them; read the
//! difference before it is committed.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{env, fs};

use ikescope_testkit::testdata_dir;

#[test]
fn prints_what_the_transcripts_show() {
    let shown = hold("transcripts", |command| {
        format!("{command}\n{}", output(command))
    });
    assert!(shown > 3, "{shown} transcripts");
}

/// `matrix/*.txt`: every command at four widths, and at one of them in colour.
#[test]
fn prints_at_every_width_what_the_matrix_shows() {
    let shown = hold("matrix", at_every_width);
    assert!(shown > 20, "{shown} commands");
}

/// Holds what is printed now against every file of a folder, whose first line is the command. Returns
/// how many there are.
fn hold(folder: &str, printed: impl Fn(&str) -> String) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let mut shown = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kept = fs::read_to_string(&path).unwrap();
        let printed = printed(kept.lines().next().unwrap());
        if env::var_os("UPDATE_TRANSCRIPTS").is_some() {
            fs::write(&path, printed).unwrap();
        } else {
            for (number, (kept, printed)) in kept.lines().zip(printed.lines()).enumerate() {
                assert_eq!(kept, printed, "{}:{}", path.display(), number + 1);
            }
            assert_eq!(kept.len(), printed.len(), "{}", path.display());
        }
        shown += 1;
    }
    shown
}

/// The command, then what it prints at 80 columns, and wherever that is different.
fn at_every_width(command: &str) -> String {
    let usual = at_width(command, 80);
    let mut text = format!("{command}\n\n== 80 columns\n{usual}");
    for width in [60, 100, 120] {
        let printed = at_width(command, width);
        let shown = if printed == usual {
            "same as at 80\n"
        } else {
            &printed
        };
        text.push_str(&format!("\n== {width} columns\n{shown}"));
    }
    let coloured = output(&format!("{command} --width 80 --color always"));
    assert_eq!(without_colour(&coloured), usual, "colour changes no word");
    text + "\n== 80 columns, in colour\n" + &coloured
}

fn at_width(command: &str, width: usize) -> String {
    let printed = output(&format!("{command} --width {width}"));
    let is_too_long = |line: &&str| line.chars().count() > width && !is_whole(command, line);
    let too_long = printed.lines().find(is_too_long);
    assert_eq!(too_long, None, "{command} at {width} columns");
    printed
}

/// Whether a line stays whole however long it is: a command, hex that may be copied, a complaint with the
/// line that it quotes, and what promises to be one line.
fn is_whole(command: &str, line: &str) -> bool {
    let promised = [" -q ", " --oneline "];
    let is_one = promised.iter().any(|flag| command.contains(flag));
    let is_command = line.starts_with("                ");
    let is_complaint = line.starts_with("warning: ") || line.contains(" | ");
    let is_hex =
        |word: &str| word.len() >= 32 && word.bytes().filter(u8::is_ascii_hexdigit).count() >= 32;
    is_one || is_command || is_complaint || line.split(' ').any(is_hex)
}

fn without_colour(text: &str) -> String {
    let mut pieces = text.split('\x1b');
    let first = pieces.next().unwrap().to_owned();
    first
        + &pieces
            .map(|it| it.split_once('m').unwrap().1)
            .collect::<String>()
}

/// What a command prints; `< FILE` at its end is its standard input.
fn output(command: &str) -> String {
    let command = command.strip_prefix("$ ikescope ").unwrap();
    let (command, input) = match command.split_once(" < ") {
        Some((command, rest)) => {
            let (input, more) = rest.split_once(' ').unwrap_or((rest, ""));
            (format!("{command} {more}"), Some(workplace().join(input)))
        }
        None => (command.to_owned(), None),
    };
    let input = input.map_or_else(Stdio::null, |path| fs::File::open(path).unwrap().into());
    let program = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(command.split_whitespace())
        .current_dir(workplace())
        .stdin(input)
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
