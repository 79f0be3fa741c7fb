//! Lines of the log as the device wrote them: terminals wrap them in several ways, web pages join them
//! into one, and people write remarks between them. Here they are put together again.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr2, memrchr};

use super::{list, prefix};

/// One line of the log, whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Logged<'a> {
    /// Line of the text on which it begins, counted from 1.
    pub(super) number: u64,
    pub(super) text: &'a str,
}

/// Takes the lines of a text and gives those of the log among them.
pub(crate) struct Joiner {
    /// What the next line may continue, and the number of the line on which it begins.
    open: String,
    open_number: Option<u64>,
    /// Lines that are whole, one behind the other: their numbers, and where they end.
    whole: String,
    ends: Vec<(u64, usize)>,
    given: usize,
    sent: Finder<'static>,
    comes: Finder<'static>,
}

impl Joiner {
    pub(crate) fn new() -> Self {
        Self {
            open: String::new(),
            open_number: None,
            whole: String::new(),
            ends: Vec::new(),
            given: 0,
            sent: Finder::new(SENT),
            comes: Finder::new(COMES),
        }
    }

    /// Takes a line without its end and without control characters; `false` if it is none of the log.
    pub(crate) fn take(&mut self, number: u64, line: &[u8]) -> bool {
        let may_begin = prefix::has_mark(line);
        if !may_begin && self.open_number.is_none() && !list::may_be(line) {
            return false;
        }
        // Quicker than the lossy way, and nearly all lines are ASCII.
        let text =
            str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed);
        let text = tidy(text);
        if list::read(&text).is_some() {
            self.let_go();
            self.add(number, text.trim());
            return true;
        }
        let Some(first) = prefix::start(&text, 0).filter(|_| may_begin) else {
            return self.go_on(text.trim());
        };
        self.go_on(text.get(..first.line).unwrap_or_default().trim());
        self.let_go();
        let mut start = first;
        while let Some(next) = prefix::start(&text, start.behind) {
            self.add(
                number,
                text.get(start.line..next.line)
                    .unwrap_or_default()
                    .trim_end(),
            );
            start = next;
        }
        let last = text.get(start.line..).unwrap_or_default().trim_end();
        if self.may_go_on(last) {
            self.open.push_str(last);
            self.open_number = Some(number);
        } else {
            self.add(number, last);
        }
        true
    }

    /// Nothing continues the last line any more.
    pub(crate) fn let_go(&mut self) {
        if let Some(number) = self.open_number.take() {
            let mut open = std::mem::take(&mut self.open);
            self.add(number, &open);
            open.clear();
            self.open = open;
        }
    }

    /// The next line of the log that is whole.
    pub(crate) fn next(&mut self) -> Option<Logged<'_>> {
        let (number, end) = self.ends.get(self.given).copied()?;
        let before = self
            .given
            .checked_sub(1)
            .and_then(|index| self.ends.get(index));
        let start = before.map_or(0, |(_, end)| *end);
        self.given += 1;
        let text = self.whole.get(start..end).unwrap_or_default();
        Some(Logged { number, text })
    }

    /// Whether no line of the log waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.given == self.ends.len()
    }

    fn add(&mut self, number: u64, text: &str) {
        if self.is_empty() {
            self.whole.clear();
            self.ends.clear();
            self.given = 0;
        }
        self.whole.push_str(text);
        self.ends.push((number, self.whole.len()));
    }

    /// A line without the log's prefix: the rest of the one before, or none of the log's.
    fn go_on(&mut self, more: &str) -> bool {
        let goes_on =
            self.open_number.is_some() && self.open.len() < LONGEST && self.continues(more);
        if goes_on {
            self.open.push_str(more);
        }
        goes_on
    }

    /// Whether a line of digits, or of anything where the line before it is not complete, belongs to it.
    fn continues(&self, more: &str) -> bool {
        if more.is_empty() {
            return false;
        }
        if self.is_cut(&self.open) {
            return more.len() < WRAPPED && !more.contains(' ');
        }
        more.bytes().all(|octet| octet.is_ascii_hexdigit()) && lacks_digits(&self.open)
    }

    /// Whether the next line may continue this one.
    fn may_go_on(&self, line: &str) -> bool {
        lacks_digits(line) || self.is_cut(line)
    }

    /// Whether the line tells of a message, and not all that such lines tell.
    fn is_cut(&self, line: &str) -> bool {
        let lacks = |mark: &Finder<'_>, needed: &str| {
            let at = mark.find(line.as_bytes());
            at.is_some_and(|at| !line.get(at..).is_some_and(|text| text.contains(needed)))
        };
        lacks(&self.sent, "len=") || lacks(&self.comes, "ifindex=")
    }
}

/// Text without what terminals and web pages put in: tabs and no-break blanks, and the run of blanks with
/// which a terminal log fills up the line it wraps.
fn tidy(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = match memchr2(b'\t', NO_BREAK_FIRST, text.as_bytes()) {
        None => text,
        Some(_) => text.replace(['\t', '\u{a0}'], " ").into(),
    };
    match filling(&text, 0) {
        None => text,
        Some(_) => without_filling(&text).into(),
    }
}

/// Takes out runs of blanks inside a run of hex digits.
fn without_filling(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut from = 0;
    while let Some((at, behind)) = filling(text, from) {
        whole.push_str(text.get(from..at).unwrap_or_default());
        from = behind;
    }
    whole.push_str(text.get(from..).unwrap_or_default());
    whole
}

/// The next run of blanks between hex digits that is longer than any indentation: from and to (exclusive).
fn filling(text: &str, from: usize) -> Option<(usize, usize)> {
    let octets = text.as_bytes();
    let mut at = from;
    loop {
        at += FILLINGS.find(octets.get(at..)?)?;
        let blanks = octets
            .get(at..)?
            .iter()
            .take_while(|octet| **octet == b' ')
            .count();
        let is_digit = |index: usize| octets.get(index).is_some_and(u8::is_ascii_hexdigit);
        if at.checked_sub(1).is_some_and(is_digit) && is_digit(at + blanks) {
            return Some((at, at + blanks));
        }
        at += blanks;
    }
}

/// Whether the digits at the end of a line may go on: those of a message have the count that its
/// Length field says (RFC 7296 §3.1).
fn lacks_digits(line: &str) -> bool {
    let ends_in_digit = line.as_bytes().last().is_some_and(u8::is_ascii_hexdigit);
    if !ends_in_digit {
        return false;
    }
    let at = memrchr(b' ', line.as_bytes()).map_or(0, |blank| blank + 1);
    let (front, digits) = line.split_at(at);
    if !MESSAGES.iter().any(|mark| front.ends_with(mark)) {
        return digits.len() < WRAPPED;
    }
    let length = digits
        .get(LENGTH_DIGITS)
        .and_then(|length| usize::from_str_radix(length, 16).ok());
    // The four octets of the non-ESP marker may stand in front.
    length.is_none_or(|length| {
        digits.len() < length.saturating_mul(2) || digits.starts_with("00000000")
    })
}

const SENT: &str = "sent IKE msg (";
const COMES: &str = ": comes ";
/// What stands in front of the octets of a whole message, as it is on the wire.
const MESSAGES: [&str; 2] = [" in ", " out "];
/// First octet of a no-break blank in UTF-8.
const NO_BREAK_FIRST: u8 = 0xc2;
/// Eight blanks are more than any indentation inside a word.
const FILLING: &[u8] = b"        ";
static FILLINGS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(FILLING));
/// Digits of the Length field of an IKE header in hex.
const LENGTH_DIGITS: std::ops::Range<usize> = 48..56;
/// A line is believed to be no longer than this, octets.
const LONGEST: usize = 1024 * 1024;
/// Longest remainder of a wrapped word that is no message, octets.
const WRAPPED: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let mut joiner = Joiner::new();
        for (number, line) in (1..).zip(text.lines()) {
            joiner.take(number, line.as_bytes());
        }
        joiner.let_go();
        let next = || joiner.next().map(|line| line.text.to_owned());
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn joins_digits_that_the_terminal_wrapped() {
        let text = "2020-01-02 03:04:05 ike 0:a:1: VID DPD AFCAD713\n68A1F1C9\nike 0:a:1: next";
        assert_eq!(
            lines(text),
            [
                "2020-01-02 03:04:05 ike 0:a:1: VID DPD AFCAD71368A1F1C9",
                "ike 0:a:1: next"
            ]
        );
    }

    #[test]
    fn takes_out_the_blanks_of_a_wrapped_terminal_log_and_keeps_indentation() {
        let blanks = " ".repeat(120);
        let text = format!("ike 0:a:1: id=00{blanks}11\nike 0:a:1:         type=ENCR");
        assert_eq!(
            lines(&text),
            ["ike 0:a:1: id=0011", "ike 0:a:1:         type=ENCR"]
        );
    }

    #[test]
    fn splits_lines_that_a_web_page_joined() {
        let text = "ike V=root:0: comes x ike 0: in AB ike Negotiate SA Error: ike 0:a:1: no";
        assert_eq!(
            lines(text),
            [
                "ike V=root:0: comes x",
                "ike 0: in AB",
                "ike Negotiate SA Error: ike 0:a:1: no"
            ]
        );
    }

    #[test]
    fn keeps_no_line_that_was_given() {
        let mut joiner = Joiner::new();
        for number in 0..1_000 {
            joiner.take(number, b"ike 0:a:1: matched proposal id one.");
            assert_eq!(joiner.next().map(|line| line.number), Some(number));
        }
        assert!(joiner.whole.len() < 100 && joiner.ends.len() == 1);
    }

    #[test]
    fn digits_behind_a_whole_message_are_not_its_own() {
        let message = format!("{}0000001C", "00112233".repeat(6));
        let text = format!("ike 0: in {message}\nDEADBEEF\nike 0: x");
        assert_eq!(lines(&text)[0], format!("ike 0: in {message}"));
        let cut = &message[..50];
        let text = format!("ike 0: in {cut}\n{}\n", &message[50..]);
        assert_eq!(lines(&text)[0], format!("ike 0: in {message}"));
    }
}
