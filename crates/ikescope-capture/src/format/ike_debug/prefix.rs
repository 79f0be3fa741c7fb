//! What stands in front of each line: time, VDOM, connection, numbers of the IKE SA and of its child.
//! No version of FortiOS keeps to one grammar, so the prefix is read as far as it can be.

use std::sync::LazyLock;

use ikescope_wire::{Spi, SpiPair};
use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter};

/// A line, taken apart.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Prefixed<'a> {
    /// Time of day as it is written, if the line has one.
    pub(super) time: Option<&'a str>,
    /// Name of the connection; empty if there is none.
    pub(super) connection: &'a str,
    /// The SPIs, where they stand in place of a name.
    pub(super) spis: Option<SpiPair>,
    /// Number of the IKE SA.
    pub(super) serial: Option<u64>,
    /// Whether the line is about a Child SA.
    pub(super) is_child: bool,
    /// What the line says.
    pub(super) text: &'a str,
}

/// Where a line of the log begins in a line of the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Start {
    /// At its time, or at the word `ike` where it has none.
    pub(super) line: usize,
    /// Behind the word `ike`.
    pub(super) behind: usize,
}

/// The next line of the log that begins behind `from`.
pub(super) fn start(physical: &str, from: usize) -> Option<Start> {
    let is_beginning = from == 0;
    let mut from = from;
    loop {
        let at = from + IKE.find(physical.as_bytes().get(from..)?)?;
        let before = physical.get(..at)?;
        let behind = physical.get(at + MARK.len()..)?;
        let is_first = is_beginning && is_line_start(before);
        let is_inside = before.is_empty() || before.ends_with([' ', '#', '$']);
        let nested = before.trim_end().ends_with("Error:");
        let begins = has_domain(behind) || behind.starts_with(WITHOUT_DOMAIN);
        from = at + MARK.len();
        if !nested && (is_first || (is_inside && begins)) {
            let time = before.strip_suffix(' ').and_then(time_before);
            return Some(Start {
                line: time.map_or(at, |time| at - time.len() - 1),
                behind: from,
            });
        }
    }
}

/// Whether the word is there that every line of the log begins with.
pub(super) fn has_mark(line: &[u8]) -> bool {
    IKE.find(line).is_some()
}

/// Whether the octets are a log of this kind: a line of it is among them.
pub(super) fn is_logged(text: &str) -> bool {
    let mut from = 0;
    while let Some(start) = start(text, from) {
        if text.get(start.behind..).is_some_and(has_domain) {
            return true;
        }
        from = start.behind;
    }
    false
}

/// Takes a line apart.
pub(super) fn read(line: &str) -> Prefixed<'_> {
    let mark = if line.starts_with(MARK) {
        Some(0)
    } else {
        IKE.find(line.as_bytes())
    };
    let (time, rest) = match mark {
        Some(at) => (
            time_before(line.get(..at).unwrap_or_default().trim_end()),
            line.get(at + MARK.len()..).unwrap_or_default(),
        ),
        None => (None, line),
    };
    let Some(rest) = behind_domain(rest) else {
        let inner = rest
            .find(NESTED)
            .and_then(|at| rest.get(at + NESTED.len()..));
        return Prefixed {
            time,
            text: rest.trim(),
            ..inner.map(read).unwrap_or_default()
        };
    };
    let (fields, text) = split(rest);
    let mut prefixed = named(fields);
    prefixed.time = time;
    prefixed.text = text.trim();
    prefixed
}

/// Nothing, a prompt or a time stands before it.
fn is_line_start(before: &str) -> bool {
    let before = before.trim();
    before.is_empty() || time_before(before).is_some() || before.ends_with(['#', '$'])
}

/// The time that ends this text.
fn time_before(before: &str) -> Option<&str> {
    [SECONDS, MICROSECONDS].into_iter().find_map(|length| {
        let time = before.get(before.len().checked_sub(length)?..)?;
        let digits_and_marks = time.bytes().zip(TIME_SHAPE.bytes());
        let fits = |(octet, shape): (u8, u8)| {
            if shape == b'0' {
                octet.is_ascii_digit()
            } else {
                octet == shape
            }
        };
        digits_and_marks.into_iter().all(fits).then_some(time)
    })
}

fn has_domain(behind: &str) -> bool {
    behind_domain(behind).is_some()
}

/// What follows the VDOM: an index (`0:`) or, from FortiOS 7 on, `V=name:index:`.
fn behind_domain(rest: &str) -> Option<&str> {
    if let Some(named) = rest.strip_prefix("V=") {
        let (_, behind) = named.split_once(':')?;
        let digits = behind.len()
            - behind
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let (index, rest) = behind.split_at_checked(digits)?;
        return Some(if index.is_empty() {
            behind
        } else {
            rest.strip_prefix(':').unwrap_or(rest)
        });
    }
    let (index, behind) = rest.split_once(':')?;
    let is_index = !index.is_empty() && index.bytes().all(|octet| octet.is_ascii_digit());
    is_index.then_some(behind)
}

/// Names and numbers, then the text. Some lines have no colon behind the last number.
fn split(rest: &str) -> (&str, &str) {
    if rest.starts_with(' ') {
        return ("", rest);
    }
    let word = memchr(b' ', rest.as_bytes()).map_or(rest, |at| rest.split_at(at).0);
    let is_bare = word.rsplit_once(':').is_some_and(|(_, last)| {
        !last.is_empty() && last.bytes().all(|octet| octet.is_ascii_digit())
    });
    if is_bare {
        return rest.split_at(word.len());
    }
    let mut colons = memchr_iter(b':', rest.as_bytes());
    let end = colons.find(|at| rest.as_bytes().get(at + 1) == Some(&b' '));
    let parts = end.and_then(|at| Some((rest.get(..at)?, rest.get(at + 2..)?)));
    parts
        .or_else(|| rest.strip_suffix(':').map(|fields| (fields, "")))
        .unwrap_or(("", rest))
}

fn named(fields: &str) -> Prefixed<'_> {
    let (name, behind) = fields.split_once(':').unwrap_or((fields, ""));
    let first = behind.split(':').next().unwrap_or_default();
    if let (Err(_), Some((name, serial, is_child))) = (first.parse::<u64>(), with_colons(fields)) {
        return Prefixed {
            connection: name,
            serial: Some(serial),
            is_child,
            ..Prefixed::default()
        };
    }
    let spis = spis(name);
    Prefixed {
        connection: if spis.is_some() { "" } else { name },
        spis,
        serial: first.parse().ok(),
        is_child: behind.contains(':'),
        ..Prefixed::default()
    }
}

/// A name that holds colons, with the number behind it. `name:name:0` is a child without a number of its
/// IKE SA, and no such name.
fn with_colons(fields: &str) -> Option<(&str, u64, bool)> {
    let mut ends = memchr_iter(b':', fields.as_bytes());
    ends.find_map(|at| {
        let (name, behind) = (fields.get(..at)?, fields.get(at + 1..)?);
        let (serial, child) = behind.split_once(':').unwrap_or((behind, ""));
        let twice = name.split_at_checked(name.len() / 2);
        let is_twice = twice.is_some_and(|(one, other)| other.strip_prefix(':') == Some(one));
        let serial = serial.parse().ok().filter(|_| !is_twice)?;
        Some((name, serial, !child.is_empty()))
    })
}

/// Both SPIs in hex, with a slash between.
pub(super) fn spis(text: &str) -> Option<SpiPair> {
    if text.as_bytes().get(16) != Some(&b'/') {
        return None;
    }
    let (initiator, responder) = text.split_once('/')?;
    Some(SpiPair {
        initiator: spi(initiator)?,
        responder: spi(responder)?,
    })
}

fn spi(text: &str) -> Option<Spi> {
    let digits: &[u8; 16] = text.as_bytes().try_into().ok()?;
    let is_hex = digits
        .iter()
        .fold(true, |is, octet| is & octet.is_ascii_hexdigit());
    let value = |digit: u8| (digit & 0x0f) + 9 * (digit >> 6);
    let octets = digits
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[high, low]| value(*high) << 4 | value(*low));
    let mut spi = [0; 8];
    if is_hex {
        spi.iter_mut()
            .zip(octets)
            .for_each(|(place, octet)| *place = octet);
    }
    is_hex.then_some(Spi(spi))
}

const MARK: &str = "ike ";
static IKE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));
/// Lines without a VDOM that matter.
const WITHOUT_DOMAIN: &str = "Negotiate ";
/// An error line quotes the line that it is about.
const NESTED: &str = "Error: ";
const TIME_SHAPE: &str = "0000-00-00 00:00:00.000000";
const SECONDS: usize = 19;
const MICROSECONDS: usize = TIME_SHAPE.len();

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(line: &str) -> (&str, Option<u64>, bool, &str) {
        let read = read(line);
        (read.connection, read.serial, read.is_child, read.text)
    }

    /// The forms of FortiOS 5 to 7, with and without their oddities.
    #[test]
    fn reads_the_prefixes_of_fortios_5_to_7() {
        let cases = [
            ("ike 0: comes a->b", ("", None, false, "comes a->b")),
            ("ike 5:Azure: cached", ("Azure", None, false, "cached")),
            (
                "ike 0:Azure:815:         type=ENCR",
                ("Azure", Some(815), false, "type=ENCR"),
            ),
            (
                "ike 0:to-SH:8:423: trying",
                ("to-SH", Some(8), true, "trying"),
            ),
            (
                "ike 0:to-SH:8:to-SH:423: trying",
                ("to-SH", Some(8), true, "trying"),
            ),
            (
                "ike 0:to-SH:to-SH:0: send SA_DONE",
                ("to-SH", None, true, "send SA_DONE"),
            ),
            (
                "ike 0::3: peer identifier",
                ("", Some(3), false, "peer identifier"),
            ),
            ("ike V=root:0: comes x", ("", None, false, "comes x")),
            (
                "ike V=vd1:0:hub1:145:376 initiating",
                ("hub1", Some(145), true, "initiating"),
            ),
            ("ike V=root:0 looking up", ("", None, false, "looking up")),
            (
                "ike V=root:Negotiate SA Error: [11820]",
                ("Negotiate SA Error", None, false, "[11820]"),
            ),
            (
                "ike shrank heap by 1 bytes",
                ("", None, false, "shrank heap by 1 bytes"),
            ),
            (
                "ike 0:dial:west_0:7: text",
                ("dial:west_0", Some(7), false, "text"),
            ),
            (
                "ike 0:dial:west_0:7:dial:west_0:423: text",
                ("dial:west_0", Some(7), true, "text"),
            ),
            (
                "ike 0:dial up_0:7: text: more",
                ("dial up_0", Some(7), false, "text: more"),
            ),
        ];
        for (line, expected) in cases {
            assert_eq!(summary(line), expected, "{line}");
        }
    }

    #[test]
    fn reads_the_spis_that_stand_for_a_name() {
        let line = "ike 0:0102030405060708/0000000000000000:8: responder received SA_INIT msg";
        let read = read(line);
        let spis = read.spis.unwrap();
        assert_eq!(spis.to_string(), "0102030405060708:0000000000000000");
        assert_eq!((read.connection, read.serial), ("", Some(8)));
    }

    #[test]
    fn an_error_line_is_about_what_it_quotes() {
        let line = "ike Negotiate IPsec SA Error: ike 0:to-SH:28:23: no SA proposal chosen";
        let (connection, serial, is_child, text) = summary(line);
        assert_eq!((connection, serial, is_child), ("to-SH", Some(28), true));
        assert_eq!(
            text,
            "Negotiate IPsec SA Error: ike 0:to-SH:28:23: no SA proposal chosen"
        );
    }

    #[test]
    fn finds_times_with_and_without_fraction() {
        let line = "2023-12-11 13:15:19.262102 ike 0:a:1: x";
        assert_eq!(read(line).time, Some("2023-12-11 13:15:19.262102"));
        assert_eq!(
            read("2016-05-26 07:49:06 ike 0: x").time,
            Some("2016-05-26 07:49:06")
        );
        let begin = |line| start(line, 0).map(|start| start.line);
        assert_eq!(begin("x 2016-05-26 07:49:06 ike 0: x"), Some(2));
        assert_eq!(begin("2016-05-26 07:49:06ike 0: x"), Some(19));
    }

    #[test]
    fn a_word_that_ends_in_ike_begins_no_line() {
        assert_eq!(start("I would like 0: more", 0), None);
        assert!(!is_logged("ike is a protocol"));
        assert!(is_logged("FGT# ike 0: cache rebuild start"));
    }
}
