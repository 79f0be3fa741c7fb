//! Lines of the log as the device wrote them: terminals wrap them in several ways, web pages join them
//! into one, and people write remarks between them. Here they are put together again.

use std::collections::VecDeque;

use super::{list, prefix};
use crate::window::Window;

/// One line of the log, whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Logged {
    /// Line of the file on which it begins, counted from 1.
    pub(super) number: u64,
    pub(super) text: String,
}

/// Reads the log line by line.
pub(super) struct Lines {
    window: Window,
    number: u64,
    /// What the next physical line may continue.
    open: Option<Logged>,
    ready: VecDeque<Logged>,
}

impl Lines {
    pub(super) const fn new(window: Window) -> Self {
        Self {
            window,
            number: 0,
            open: None,
            ready: VecDeque::new(),
        }
    }

    /// Offset in the unpacked data behind what was read.
    pub(super) const fn offset(&self) -> u64 {
        self.window.offset()
    }

    pub(super) const fn window(&mut self) -> &mut Window {
        &mut self.window
    }

    /// The next line of the log; `None` at its end.
    pub(super) fn next(&mut self) -> Option<Logged> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(line);
            }
            match self.physical() {
                Some(physical) => self.take(&clean(&physical)),
                // What has not come by now is not the rest of a line.
                None if self.window.is_paused() && self.open.is_none() => {}
                None => return self.open.take(),
            }
        }
    }

    fn take(&mut self, physical: &str) {
        if list::read(physical).is_some() {
            let line = Logged {
                number: self.number,
                text: physical.trim().to_owned(),
            };
            self.ready.extend(self.open.take());
            self.ready.push_back(line);
            return;
        }
        let starts = prefix::starts(physical);
        let Some(first) = starts.first() else {
            self.go_on(physical.trim());
            return;
        };
        self.go_on(physical.get(..*first).unwrap_or_default().trim());
        let ends = starts.iter().skip(1).copied().chain([physical.len()]);
        for (from, to) in starts.iter().copied().zip(ends) {
            let text = physical.get(from..to).unwrap_or_default().trim_end();
            let line = Logged {
                number: self.number,
                text: text.to_owned(),
            };
            self.ready.extend(self.open.replace(line));
        }
    }

    /// A line without the log's prefix: the rest of the one before, or none of the log's.
    fn go_on(&mut self, more: &str) {
        if let Some(open) = &mut self.open
            && open.text.len() < LONGEST
            && continues(&open.text, more)
        {
            open.text.push_str(more);
        }
    }

    /// The next line of the file, ended by LF, CR or both; `None` at its end, or where no more has
    /// come for now.
    fn physical(&mut self) -> Option<Vec<u8>> {
        let mut searched = 0;
        loop {
            let ahead = self.window.ahead();
            let unsearched = ahead.get(searched..).unwrap_or_default();
            let end = unsearched
                .iter()
                .position(|octet| matches!(octet, b'\n' | b'\r'));
            let (length, is_ended) = match end {
                Some(end) => (searched + end, true),
                None if ahead.len() >= LONGEST => (ahead.len(), false),
                None => {
                    searched = ahead.len();
                    if self.window.fill_for_now(searched + 1) {
                        continue;
                    }
                    if searched == 0 || self.window.is_paused() {
                        return None;
                    }
                    (searched, false)
                }
            };
            let line = self.window.take(length).to_vec();
            if is_ended {
                let ended = self.window.take(1).first().copied();
                let is_pair = ended == Some(b'\r')
                    && self.window.fill(1)
                    && self.window.ahead().first() == Some(&b'\n');
                if is_pair {
                    self.window.take(1);
                }
            }
            self.number += 1;
            return Some(line);
        }
    }
}

/// Text without what terminals and encodings put in: NUL octets of UTF-16, escape sequences, and the
/// run of blanks with which a terminal log fills up the line it wraps.
fn clean(line: &[u8]) -> String {
    let mut kept = Vec::with_capacity(line.len());
    let mut octets = line.iter().copied().filter(|octet| *octet != 0).peekable();
    while let Some(octet) = octets.next() {
        match octet {
            ESCAPE if octets.next_if_eq(&b'[').is_some() => {
                while octets
                    .next_if(|octet| !octet.is_ascii_alphabetic())
                    .is_some()
                {}
                octets.next();
            }
            ESCAPE | BELL => {}
            b'\t' => kept.push(b' '),
            _ => kept.push(octet),
        }
    }
    let text = String::from_utf8_lossy(&kept).replace('\u{a0}', " ");
    without_filling(&text)
}

/// Takes out runs of blanks inside a run of hex digits.
fn without_filling(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(FILLING) {
        let (head, tail) = rest.split_at(at);
        let behind = tail.trim_start_matches(' ');
        whole.push_str(head);
        let is_inside = |octet: Option<u8>| octet.is_some_and(|octet| octet.is_ascii_hexdigit());
        if !(is_inside(head.bytes().last()) && is_inside(behind.bytes().next())) {
            whole.push_str(tail.get(..tail.len() - behind.len()).unwrap_or_default());
        }
        rest = behind;
    }
    whole.push_str(rest);
    whole
}

/// Whether a line of digits, or of anything where the line before it is not complete, belongs to it.
fn continues(open: &str, more: &str) -> bool {
    if more.is_empty() {
        return false;
    }
    let ends_open = |mark: &str, needed: &str| {
        open.rfind(mark)
            .is_some_and(|at| !open.get(at..).is_some_and(|text| text.contains(needed)))
    };
    if ends_open("sent IKE msg (", "len=") || ends_open(": comes ", "ifindex=") {
        return more.len() < WRAPPED && !more.contains(' ');
    }
    let is_hex = more.bytes().all(|octet| octet.is_ascii_hexdigit());
    is_hex
        && open
            .bytes()
            .last()
            .is_some_and(|octet| octet.is_ascii_hexdigit())
        && lacks_digits(open)
}

/// Whether the digits at the end of a line may go on: those of a message have the count that its
/// Length field says (RFC 7296 §3.1).
fn lacks_digits(open: &str) -> bool {
    let digits = open.rsplit(' ').next().unwrap_or_default();
    let is_message = [" in ", " out "]
        .iter()
        .any(|mark| open.len() > digits.len() && open.ends_with(&format!("{mark}{digits}")));
    if !is_message {
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

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;
/// Eight blanks are more than any indentation inside a word.
const FILLING: &str = "        ";
/// Digits of the Length field of an IKE header in hex.
const LENGTH_DIGITS: std::ops::Range<usize> = 48..56;
/// A line is believed to be no longer than this, octets.
const LONGEST: usize = 1024 * 1024;
/// Longest remainder of a wrapped word that is no message, octets.
const WRAPPED: usize = 160;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let mut lines = Lines::new(Window::new(Box::new(Cursor::new(text.to_owned()))));
        std::iter::from_fn(|| lines.next())
            .map(|line| line.text)
            .collect()
    }

    #[test]
    fn joins_digits_that_the_terminal_wrapped() {
        let text = "2020-01-02 03:04:05 ike 0:a:1: VID DPD AFCAD713\r\n68A1F1C9\r\nike 0:a:1: next";
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
    fn digits_behind_a_whole_message_are_not_its_own() {
        let message = format!("{}0000001C", "00112233".repeat(6));
        let text = format!("ike 0: in {message}\nDEADBEEF\nike 0: x");
        assert_eq!(lines(&text)[0], format!("ike 0: in {message}"));
        let cut = &message[..50];
        let text = format!("ike 0: in {cut}\n{}\n", &message[50..]);
        assert_eq!(lines(&text)[0], format!("ike 0: in {message}"));
    }

    #[test]
    fn reads_lines_ended_by_any_of_the_three_ways_and_none_at_the_end() {
        assert_eq!(
            lines("ike 0: a\rike 0: b\r\nike 0: c\n\nike 0: d"),
            ["ike 0: a", "ike 0: b", "ike 0: c", "ike 0: d"]
        );
    }
}
