//! Lines that hold nothing of a packet: some of them say when the packets were, or how many.

use super::line::find;
use crate::text::{SkippedKind, civil};

/// What a line says that is neither header nor octets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Noise<'a> {
    /// `interfaces=[any]`: a capture begins.
    Interfaces(&'a [u8]),
    /// A command that begins a capture, and whether it asks for times in UTC.
    Command { utc: bool },
    /// `45 packets received by filter`: a capture ends.
    Received(u64),
    /// `0 packets dropped by kernel`.
    Dropped(u64),
    /// A time that someone wrote down, as civil nanoseconds.
    Date(i64),
    /// Nothing of use.
    Skipped(SkippedKind),
}

/// Says what a line is.
pub(super) fn classify(line: &[u8]) -> Noise<'_> {
    if let Some(noise) = of_sniffer(line) {
        return noise;
    }
    if let Some(command) = command(line) {
        return Noise::Command {
            utc: asks_for_utc(command),
        };
    }
    if let Some(civil) = date(line) {
        return Noise::Date(civil);
    }
    Noise::Skipped(if find(line, b"ike ").is_some_and(|at| is_ike(line, at)) {
        SkippedKind::IkeDebug
    } else if is_prompt(line) {
        SkippedKind::Prompt
    } else if OTHER_DEBUG.iter().any(|word| find(line, word).is_some()) {
        SkippedKind::OtherDebug
    } else if SNIFFER.iter().any(|word| line.starts_with(word))
        || line.ends_with(b" Sniffing Mode")
        || line.ends_with(b" Sniffing Mode.")
    {
        SkippedKind::Sniffer
    } else {
        SkippedKind::Other
    })
}

fn of_sniffer(line: &[u8]) -> Option<Noise<'_>> {
    if let Some(at) = find(line, b"interfaces=[") {
        let name = line.get(at + 12..)?;
        let end = name.iter().rposition(|c| *c == b']').unwrap_or(name.len());
        return Some(Noise::Interfaces(name.get(..end)?));
    }
    let count = |at: usize| {
        let before = line.get(..at).unwrap_or_default();
        let digits = before
            .iter()
            .rev()
            .take_while(|c| c.is_ascii_digit())
            .count();
        let number = civil::number(before.get(at - digits..)?)?.0;
        u64::try_from(number).ok()
    };
    let received = find(line, b" packets received by filter").and_then(count);
    let dropped = || find(line, b" packets dropped by kernel").and_then(count);
    received
        .map(Noise::Received)
        .or_else(|| dropped().map(Noise::Dropped))
}

/// The command that begins a capture, as far as it was not edited on its line.
fn command(line: &[u8]) -> Option<&[u8]> {
    let at = find(line, b"snif").or_else(|| find(line, b"tcpdump "))?;
    is_prompt(line).then_some(line.get(at..)?)
}

/// Whether the argument behind filter, verbosity and count is `a`, which stands for UTC.
fn asks_for_utc(command: &[u8]) -> bool {
    let behind_filter = match command.iter().rposition(|c| matches!(c, b'"' | b'\'')) {
        Some(quote) => command.get(quote + 1..).unwrap_or_default(),
        None => command,
    };
    let mut words = behind_filter
        .split(|c| *c == b' ')
        .filter(|word| !word.is_empty());
    let is_number = |word: &&[u8]| word.iter().all(u8::is_ascii_digit);
    let mut numbers = 0;
    words.any(|word| {
        numbers += usize::from(is_number(&word));
        numbers >= 2 && word == b"a"
    })
}

/// `ike 0:`, `ike V=root:0:`, not a word that ends in "ike".
fn is_ike(line: &[u8], at: usize) -> bool {
    let alone = at == 0 || line.get(at - 1).is_some_and(|c| matches!(c, b' ' | b'\t'));
    let behind = line.get(at + 4..).unwrap_or_default();
    alone && matches!(behind, [b'0'..=b'9' | b'V' | b'N', ..])
}

/// A host's name and `#`, `$` or `>`, at the end or before a blank.
fn is_prompt(line: &[u8]) -> bool {
    let mark = |at: usize| {
        let before = line.get(..at).unwrap_or_default();
        matches!(line.get(at + 1), None | Some(b' ')) && before.len() < 100
    };
    let first = line.iter().position(|c| matches!(c, b'#' | b'$' | b'>'));
    first.is_some_and(mark) && !line.starts_with(b"#")
}

/// A date that is told beside the packets: by FortiMail, script(1) or PuTTY.
fn date(line: &[u8]) -> Option<i64> {
    if let Some(rest) = line.strip_prefix(b"System Time:") {
        let (days, rest) = civil::date(rest.trim_ascii_start())?;
        let (seconds, _) = civil::clock(rest.trim_ascii_start())?;
        return Some(nanoseconds(days, seconds));
    }
    if let Some(at) = find(line, b"PuTTY log ") {
        let text = line.get(at + 10..)?;
        let dashed: Vec<u8> = text
            .iter()
            .take(10)
            .map(|c| if *c == b'.' { b'-' } else { *c })
            .collect();
        let (days, _) = civil::date(&dashed)?;
        let (seconds, _) = civil::clock(text.get(10..)?.trim_ascii_start())?;
        return Some(nanoseconds(days, seconds));
    }
    script_date(line.strip_prefix(b"Script started on ")?)
}

const fn nanoseconds(days: i64, seconds: i64) -> i64 {
    days * civil::DAY + seconds * civil::SECOND
}

/// `Tue 23 Jun 2015 05:57:58 PM CEST`, `Tue Jun 23 17:57:58 2015`, `2015-06-23 17:57:58+02:00`.
fn script_date(text: &[u8]) -> Option<i64> {
    if let Some((days, rest)) = civil::date(text) {
        let (seconds, _) = civil::clock(rest.trim_ascii_start())?;
        return Some(nanoseconds(days, seconds));
    }
    let (mut day, mut month, mut year, mut seconds, mut afternoon) = (None, None, None, None, None);
    for word in text.split(|c| *c == b' ') {
        let month_of = || MONTHS.iter().position(|name| word == name.as_slice());
        match civil::number(word) {
            Some((number @ 1..=31, [])) => day = Some(number),
            Some((number @ 1000.., [])) => year = Some(number),
            Some((_, [b':', ..])) => seconds = civil::clock(word).map(|(seconds, _)| seconds),
            _ if word == b"AM" => afternoon = Some(false),
            _ if word == b"PM" => afternoon = Some(true),
            _ => month = month.or_else(|| i64::try_from(month_of()? + 1).ok()),
        }
    }
    let seconds = match (seconds?, afternoon) {
        (seconds, Some(afternoon)) => seconds % 43_200 + if afternoon { 43_200 } else { 0 },
        (seconds, None) => seconds,
    };
    Some(nanoseconds(civil::days(year?, month?, day?)?, seconds))
}

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];
const OTHER_DEBUG: [&[u8]; 3] = [b"PPP send:", b"PPP recv:", b"trace_id="];
const SNIFFER: [&[u8]; 5] = [
    b"filters=[",
    b"pcap_",
    b"Command fail.",
    b"tcpdump:",
    b"listening on ",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Checked with `date -u +%s`.
    #[test]
    fn reads_the_dates_that_are_told_beside_packets() {
        for (line, seconds) in [
            (
                "System Time:  2015-06-24 04:48:37 PDT (Uptime: 21d 21h 41m)",
                1_435_121_317,
            ),
            (
                "=~=~=~=~= PuTTY log 2020.01.02 03:04:05 =~=~=~=~=",
                1_577_934_245,
            ),
            (
                "Script started on Tue 23 Jun 2015 05:57:58 PM CEST",
                1_435_082_278,
            ),
            ("Script started on Wed Jun 24 00:00:01 2015", 1_435_104_001),
        ] {
            assert_eq!(
                classify(line.as_bytes()),
                Noise::Date(seconds * 1_000_000_000),
                "{line}"
            );
        }
    }

    #[test]
    fn tells_what_lines_are() {
        let skipped = |line: &str| match classify(line.as_bytes()) {
            Noise::Skipped(kind) => kind,
            other => panic!("{line}: {other:?}"),
        };
        assert_eq!(
            skipped("ike 0:vpn:12: negotiation timeout, deleting"),
            SkippedKind::IkeDebug
        );
        assert_eq!(
            skipped("ike V=root:0:vpn:12: sent IKE msg"),
            SkippedKind::IkeDebug
        );
        assert_eq!(skipped("FG600 (root) # exit"), SkippedKind::Prompt);
        assert_eq!(
            skipped("PPP send: LCP Configure_Request"),
            SkippedKind::OtherDebug
        );
        assert_eq!(skipped("filters=[port 500]"), SkippedKind::Sniffer);
        assert_eq!(
            skipped("Using Original Sniffing Mode."),
            SkippedKind::Sniffer
        );
        assert_eq!(skipped("set ip 192.0.2.1"), SkippedKind::Other);
    }

    #[test]
    fn tells_utc_only_from_an_argument_that_is_a() {
        for (line, utc) in [
            ("fg # diag sniffer packet any 'port 500' 6 0 a", true),
            ("fg # diag sniffer packet any \"host a\" 6 0 l", false),
            ("fg # diag sniffer packet any none 6 0 a 128", true),
            ("fg # diag sniffer packet any 'a 6 0 a' 6", false),
        ] {
            assert_eq!(classify(line.as_bytes()), Noise::Command { utc }, "{line}");
        }
    }

    #[test]
    fn counts_what_the_device_counted() {
        assert_eq!(
            classify(b"^C45 packets received by filter"),
            Noise::Received(45)
        );
        assert_eq!(
            classify(b"17 packets dropped by kernel"),
            Noise::Dropped(17)
        );
        assert_eq!(classify(b"interfaces=[any]"), Noise::Interfaces(b"any"));
    }
}
