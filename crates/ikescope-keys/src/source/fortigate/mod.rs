//! What a FortiGate prints of its keys: the IKE debug log, `diagnose vpn ike gateway list` and
//! `diagnose vpn tunnel list`, alone or mixed in one console log.
//!
//! Addresses stand in these texts too, but are those that the unit sees, before or behind a NAT, and are
//! often made unreadable before a log is passed on: ESP keys are taken for any address.

mod list;
mod log;

use zeroize::Zeroizing;

use super::Intake;
use crate::text::Line;

/// Octets beyond which a value is no key.
const KEY_LIMIT: usize = 256;

/// At least so many blanks in a row put a terminal, not the unit, in the middle of a word.
const WRAP_BLANKS: &str = "        ";

/// Reads logs and lists.
#[derive(Default)]
pub(super) struct Reader {
    log: log::Reader,
    list: list::Reader,
}

impl Reader {
    pub(super) fn line(&mut self, line: &Line, intake: &mut Intake<'_>) {
        let text = unwrapped(&line.text);
        self.log.line(line.number, &text, intake);
        self.list.line(line.number, &text, intake);
    }

    pub(super) fn finish(self, intake: &mut Intake<'_>) {
        self.log.finish(intake);
        self.list.finish(intake);
    }
}

/// The text without the runs of blanks that a terminal put between two hex digits.
fn unwrapped(text: &str) -> Zeroizing<String> {
    let mut joined = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = rest.find(WRAP_BLANKS) {
        let (before, blanks) = rest.split_at(at);
        let after = blanks.trim_start_matches(' ');
        let ends_in_digit = before.ends_with(|last: char| last.is_ascii_hexdigit());
        let begins_with_digit = after.starts_with(|first: char| first.is_ascii_hexdigit());
        joined.push_str(before);
        if !(ends_in_digit && begins_with_digit) {
            joined.push_str(WRAP_BLANKS);
        }
        rest = after;
    }
    joined.push_str(rest);
    joined
}
