//! What people type who come from Fortinet's `fgt2eth.pl -in FILE -out FILE`.

use std::ffi::{OsStr, OsString};

/// The arguments with those two options as `convert` knows them: `-in` is an input like any other,
/// `-out` is `--output`. Other commands keep what they got.
pub(crate) fn translated(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.get(1).is_none_or(|command| command != "convert") {
        return arguments;
    }
    let options = arguments.iter().position(|argument| argument == "--");
    let end = options.unwrap_or(arguments.len());
    for argument in &mut arguments[..end] {
        if argument == "-out" {
            *argument = OsStr::new("--output").to_owned();
        }
    }
    let mut index = 0;
    arguments.retain(|argument| {
        index += 1;
        index > end || argument != "-in"
    });
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> String {
        let arguments = translated(line.split(' ').map(OsString::from));
        let words: Vec<_> = arguments.iter().map(|a| a.to_string_lossy()).collect();
        words.join(" ")
    }

    #[test]
    fn translates_what_its_users_type() {
        assert_eq!(
            of("ikescope convert -in a.log -out a.pcap"),
            "ikescope convert a.log --output a.pcap"
        );
        assert_eq!(
            of("ikescope convert a.log -o b"),
            "ikescope convert a.log -o b"
        );
    }

    #[test]
    fn leaves_other_commands_and_names_of_files_alone() {
        assert_eq!(of("ikescope dissect -in a"), "ikescope dissect -in a");
        assert_eq!(
            of("ikescope convert -- -in -out"),
            "ikescope convert -- -in -out"
        );
    }
}
