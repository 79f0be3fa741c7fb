//! One session, sniffer and log together, as terminals, pagers and editors leave it: whatever is done to
//! its lines, the same packets and messages come out.

use std::fs;

use ikescope_capture::{LinkType, TextOptions};
use ikescope_testkit::testdata_dir;

use crate::text::{Read, read, try_read};

fn session() -> String {
    let path = testdata_dir().join("sniffer/46-log-between-packets.txt");
    fs::read_to_string(path).unwrap()
}

/// Octets of packets of the sniffer, then of messages of the log.
fn octets(read: &Read) -> (Vec<String>, Vec<String>) {
    let of = |is_logged: bool| {
        let packets = read.packets.iter();
        let packets = packets.filter(|packet| (packet.link == LinkType::RAW) == is_logged);
        packets.map(|packet| hex::encode(&packet.octets)).collect()
    };
    (of(false), of(true))
}

/// Each line as something makes it, by its number; the end of the line is its own matter.
fn lines(each: impl Fn(usize, &str) -> String) -> String {
    let text = session();
    text.lines()
        .enumerate()
        .map(|(number, line)| each(number, line))
        .collect()
}

fn is_logged(line: &str) -> bool {
    line.starts_with("ike ")
}

#[test]
fn comes_through_terminals_pagers_and_editors() {
    let whole = octets(&read(session()));
    assert_eq!((whole.0.len(), whole.1.len()), (14, 6));
    let pager = |number: usize| {
        if number % 24 == 23 {
            "--More-- \r         \r"
        } else {
            ""
        }
    };
    let putty = "=~=~=~=~= PuTTY log 2026.11.23 06:59:00 =~=~=~=~=\r\nlogin as: admin\r\n";
    let mixes: [(&str, Vec<u8>); 9] = [
        (
            "a PuTTY log with the pager's prompts",
            format!(
                "{putty}{}",
                lines(|number, line| format!("{}{line}\r\n", pager(number)))
            )
            .into(),
        ),
        (
            "escape sequences and a title of the window",
            lines(|number, line| match number % 3 {
                0 => format!("\x1b[0m{line}\x1b[K\r\n"),
                1 => format!("\x1b]0;fgt\x07{line}\r\n"),
                _ => format!("{line} \x08\r\n"),
            })
            .into(),
        ),
        (
            "pasted into an editor that writes UTF-16",
            format!("\u{feff}{}", session().replace('\n', "\r\n"))
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
        ),
        (
            "CR CR LF and CR alone",
            lines(|number, line| format!("{line}{}", ["\r\r\n", "\n", "\r\n"][number % 3])).into(),
        ),
        ("no line end but CR", session().replace('\n', "\r").into()),
        (
            "log lines wrapped at column 133",
            lines(|_, line| {
                let broken: Vec<&str> = if is_logged(line) {
                    line.as_bytes()
                        .chunks(133)
                        .map(|part| str::from_utf8(part).unwrap())
                        .collect()
                } else {
                    vec![line]
                };
                broken.join("\r\n") + "\r\n"
            })
            .into(),
        ),
        (
            "prompts of a VDOM in front of everything that begins",
            lines(|number, line| {
                let begins = line.contains(" wan1 ") || number % 7 == 0 && !line.is_empty();
                format!("{}{line}\n", if begins { "FGT60F (root) # " } else { "" })
            })
            .into(),
        ),
        (
            "tabs expanded and blanks at the ends",
            lines(|_, line| {
                format!(
                    "{}  \n",
                    line.replacen("\t ", "   ", 1).replace('\t', "        ")
                )
            })
            .into(),
        ),
        (
            "remarks of people between the lines",
            lines(|number, line| match number % 5 {
                4 if is_logged(line) => format!("{line}\n\n// 收到发起方的数据包 <-----\n"),
                _ => format!("{line}\n"),
            })
            .into(),
        ),
    ];
    for (mix, text) in mixes {
        assert_eq!(octets(&read(text)), whole, "{mix}");
    }
}

/// Verbosity 3 prints no interface; a VDOM's prompt stands in front of the first packet.
#[test]
fn reads_a_session_at_verbosity_3_with_vdom_prompts() {
    let text = lines(|number, line| {
        let line = line.replace(" wan1 in ", " ").replace(" wan1 out ", " ");
        let line = line.replace("' 6 0 a", "' 3 0 a");
        let prompt = if number == 4 { "FGT (vd-a) # " } else { "" };
        format!("{prompt}{line}\r\n")
    });
    let read = read(text);
    assert_eq!(octets(&read), octets(&self::read(session())));
    assert!(read.packets.iter().all(|packet| packet.interface.is_none()));
    // On `any` the address that stands for the destination tells the direction.
    assert!(read.packets.iter().all(|packet| packet.direction.is_some()));
}

/// Wherever the text ends, what stood before it whole is there, and nothing is made up.
#[test]
fn a_session_cut_anywhere_keeps_what_was_whole() {
    let text = session();
    let whole = octets(&read(text.clone()));
    let options = TextOptions::default();
    for end in (0..text.len()).step_by(211) {
        let Ok(cut) = try_read(&text.as_bytes()[..end], &options) else {
            assert!(end < 300, "{end}: refused");
            continue;
        };
        let (packets, messages) = octets(&cut);
        for (cut, whole) in [(&packets, &whole.0), (&messages, &whole.1)] {
            let (newest, before) = cut
                .split_last()
                .map_or((None, &cut[..]), |(n, b)| (Some(n), b));
            assert!(whole.starts_with(before), "{end}");
            let original = newest.map(|_| &whole[before.len()]);
            // A packet may be cut; of a message the header that the log tells may be all there is.
            let fits = newest.zip(original).is_none_or(|(newest, original)| {
                original.starts_with(newest.as_str()) || newest.len() <= original.len()
            });
            assert!(fits, "{end}");
        }
    }
}
