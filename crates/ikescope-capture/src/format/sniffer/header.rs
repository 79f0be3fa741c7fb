//! The line in front of a packet: time, interface, direction, and what the device says of it.

use memchr::memchr_iter;

use super::line::find;
use super::time::{self, Written};
use crate::frame::Direction;
use crate::text::civil;

/// A header line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header<'a> {
    /// `None` where the header is damaged there.
    pub(super) time: Option<Written>,
    /// The blade of a chassis that the line was printed by: `[FPM03]`.
    pub(super) blade: Option<&'a [u8]>,
    pub(super) interface: Option<&'a [u8]>,
    pub(super) direction: Option<Direction>,
    /// What is said of the packet.
    pub(super) text: &'a [u8],
    /// Digits of the fraction of its second.
    pub(super) decimals: usize,
    /// Octets in front that do not belong to it.
    pub(super) prefix: usize,
}

/// A header that begins with its time, behind nothing but blades and what loggers put in front.
pub(super) fn read(line: &[u8]) -> Option<Header<'_>> {
    let (blade, rest) = behind_brackets(line);
    let (time, behind) = time::read(rest)?;
    let mut header = behind_time(behind);
    header.time = Some(time);
    header.decimals = decimals(rest, behind);
    header.blade = blade;
    Some(header)
}

/// A header with something in front of it, the last one of the line.
pub(super) fn read_inside(line: &[u8]) -> Option<Header<'_>> {
    let skipped = line.len().saturating_sub(LONGEST_HEADER);
    let line = line.get(skipped..)?;
    let fractions = memchr_iter(b'.', line).filter(|dot| {
        let fraction = line.get(dot + 1..dot + 8).unwrap_or_default();
        matches!(fraction, [digits @ .., b' '] if digits.iter().all(u8::is_ascii_digit))
    });
    let starts = fractions.filter_map(|dot| begin_of_time(line, dot));
    let mut headers = starts.filter_map(|start| {
        let mut header = read(line.get(start..)?)?;
        header.prefix = skipped + start;
        (header.prefix > 0 && header.is_plausible()).then_some(header)
    });
    headers.next_back()
}

/// A header whose time cannot be read, but whose interface and text are plain.
pub(super) fn read_without_time(line: &[u8]) -> Option<Header<'_>> {
    let (blade, rest) = behind_brackets(line);
    // The time is one word, or two with a date.
    let mut blanks = memchr_iter(b' ', rest).take(2);
    let of = |at: usize| {
        let mut header = behind_time(rest.get(at + 1..).unwrap_or_default());
        header.blade = blade;
        let digits = rest
            .get(..at)
            .unwrap_or_default()
            .iter()
            .filter(|c| c.is_ascii_digit());
        (header.direction_printed() && header.is_plausible() && digits.count() >= 6)
            .then_some(header)
    };
    blanks.find_map(of)
}

impl Header<'_> {
    /// Whether the text is one that such headers have.
    pub(super) fn is_plausible(&self) -> bool {
        begins_plausibly(self.text)
    }

    /// Whether interface and direction are printed.
    pub(super) const fn direction_printed(&self) -> bool {
        self.interface.is_some()
    }
}

/// Digits between the point of a time and the blank in front of what is behind it.
fn decimals(line: &[u8], behind: &[u8]) -> usize {
    let time = line
        .get(..line.len() - behind.len() - 1)
        .unwrap_or_default();
    time.iter().rev().take_while(|c| c.is_ascii_digit()).count()
}

/// Interface, direction and text.
fn behind_time(rest: &[u8]) -> Header<'_> {
    let rest = rest.trim_ascii();
    let (interface, direction, text) = interface(rest).unwrap_or((None, None, rest));
    Header {
        time: None,
        blade: None,
        interface,
        direction,
        text,
        decimals: 0,
        prefix: 0,
    }
}

type Interface<'a> = (Option<&'a [u8]>, Option<Direction>, &'a [u8]);

/// Names hold nearly anything, blanks too: what stands before the first word of direction that a
/// plausible text follows. Behind a name of one word anything may follow.
fn interface(rest: &[u8]) -> Option<Interface<'_>> {
    let addresses = find(rest, b" -> ").unwrap_or(rest.len());
    let searched = rest.get(..addresses.min(LONGEST_NAME))?;
    let mut blanks = memchr_iter(b' ', searched).filter(|at| *at > 0);
    let first = blanks.clone().next();
    blanks.find_map(|at| {
        let (direction, text) = match rest.get(at..)? {
            [b' ', b'i', b'n', b' ', text @ ..] => (Some(Direction::Inbound), text),
            [b' ', b'o', b'u', b't', b' ', text @ ..] => (Some(Direction::Outbound), text),
            [b' ', b'-', b'-', b' ', text @ ..] => (None, text),
            _ => return None,
        };
        let plain = Some(at) == first || begins_plausibly(text);
        plain.then_some((rest.get(..at), direction, text))
    })
}

/// How the texts begin that the device's printers write.
fn begins_plausibly(text: &[u8]) -> bool {
    let word = text.split(|c| *c == b' ').next().unwrap_or_default();
    let is_address = word.len() >= 3
        && word
            .iter()
            .all(|c| c.is_ascii_hexdigit() || matches!(c, b'.' | b':' | b'%'))
        && word.iter().any(|c| matches!(c, b'.' | b':'));
    is_address
        || BEGINNINGS
            .iter()
            .any(|beginning| text.starts_with(beginning))
}

const BEGINNINGS: [&[u8]; 9] = [
    b"arp ",
    b"802.1Q",
    b"802.1q",
    b"stp ",
    b"pppoe",
    b"Ether type",
    b"ip-proto",
    b"truncated-ip",
    b"llc ",
];

/// Takes `[...]` off, which are blades or the times of loggers.
fn behind_brackets(line: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let mut rest = line.trim_ascii_start();
    let mut blade = None;
    for _ in 0..2 {
        let Some(inside) = rest.strip_prefix(b"[") else {
            break;
        };
        let Some(end) = inside
            .iter()
            .take(LONGEST_BRACKETS)
            .position(|c| *c == b']')
        else {
            break;
        };
        let (name, behind) = inside.split_at(end);
        let Some((_, behind @ [b' ', ..])) = behind.split_first() else {
            break;
        };
        if !name.contains(&b':') {
            blade = Some(name.trim_ascii());
        }
        rest = behind.trim_ascii_start();
    }
    (blade, rest)
}

/// What stands behind brackets of blades and loggers, on lines of octets.
pub(super) fn without_brackets(line: &[u8]) -> &[u8] {
    let has_brackets = line.trim_ascii_start().first() == Some(&b'[');
    if has_brackets {
        behind_brackets(line).1
    } else {
        line
    }
}

/// Where the time begins whose fraction is behind `dot`.
fn begin_of_time(line: &[u8], dot: usize) -> Option<usize> {
    let digits_before = |end: usize| {
        let before = line.get(..end).unwrap_or_default();
        end - before
            .iter()
            .rev()
            .take_while(|c| c.is_ascii_digit())
            .count()
    };
    let dated = dot.checked_sub(DATE_AND_CLOCK).filter(|start| {
        let text = line.get(*start..dot).unwrap_or_default();
        civil::date(text).is_some_and(|(_, rest)| rest.first() == Some(&b' '))
    });
    let of_day = dot
        .checked_sub(CLOCK)
        .filter(|start| civil::clock(line.get(*start..dot).unwrap_or_default()).is_some());
    let start = dated.or(of_day).unwrap_or_else(|| digits_before(dot));
    (start < dot).then_some(start)
}

const LONGEST_NAME: usize = 64;
const LONGEST_HEADER: usize = 1024;
const LONGEST_BRACKETS: usize = 40;
/// `yyyy-mm-dd hh:mm:ss`
const DATE_AND_CLOCK: usize = 19;
/// `hh:mm:ss`
const CLOCK: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(header: Option<Header<'_>>) -> String {
        let Some(header) = header else {
            return "none".to_owned();
        };
        let text = |octets: Option<&[u8]>| {
            octets.map_or_else(
                || "-".to_owned(),
                |o| String::from_utf8_lossy(o).into_owned(),
            )
        };
        format!(
            "{} | {} | {} | {}",
            text(header.blade),
            text(header.interface),
            header
                .direction
                .map_or_else(|| "-".to_owned(), |direction| format!("{direction:?}")),
            text(Some(header.text)),
        )
    }

    #[test]
    fn finds_interface_and_direction() {
        for (line, expected) in [
            (
                "0.806164 wan1 in arp who-has 192.0.2.1 tell 192.0.2.2",
                "- | wan1 | Inbound | arp who-has 192.0.2.1 tell 192.0.2.2",
            ),
            (
                "0.779592 arp who-has 192.0.2.1 tell 192.0.2.2",
                "- | - | - | arp who-has 192.0.2.1 tell 192.0.2.2",
            ),
            (
                "1.958523 HUB1-VPN1_0 in 192.0.2.1.22 -> 192.0.2.2.9: psh 1 ack 2 ",
                "- | HUB1-VPN1_0 | Inbound | 192.0.2.1.22 -> 192.0.2.2.9: psh 1 ack 2",
            ),
            (
                "2024-05-15 15:42:11.125364 npudbg -- 192.0.2.1.443 -> 192.0.2.2.5: fin 1",
                "- | npudbg | - | 192.0.2.1.443 -> 192.0.2.2.5: fin 1",
            ),
            (
                "[FPM03]  1.000000 port1 out something new",
                "FPM03 | port1 | Outbound | something new",
            ),
            (
                "[12:00:01] 1.000000 a name in [x]{*} in fe80::1.5 -> ff02::c.1: udp 1",
                "- | a name in [x]{*} | Inbound | fe80::1.5 -> ff02::c.1: udp 1",
            ),
            (
                "5.000000 192.0.2.1 -> 192.0.2.2: icmp: a in b",
                "- | - | - | 192.0.2.1 -> 192.0.2.2: icmp: a in b",
            ),
        ] {
            assert_eq!(shown(read(line.as_bytes())), expected, "{line}");
        }
    }

    #[test]
    fn finds_a_header_behind_other_things() {
        let header =
            read_inside(b"][]dfg3.911262 wan1 in arp who-has 192.0.2.1 tell 192.0.2.2").unwrap();
        assert_eq!(
            (header.time, header.prefix),
            (Some(Written::Relative(3_911_262_000)), 6)
        );
        let header = read_inside(b"FG # 2024-01-01 00:00:01.000000 wan1 in arp x").unwrap();
        assert_eq!(header.prefix, 5);
        assert_eq!(read_inside(b"set ip 192.0.2.1 255.255.255.0"), None);
    }
}
