//! What a FortiGate prints of its keys: the IKE debug log, `diagnose vpn ike gateway list` and
//! `diagnose vpn tunnel list`, alone or mixed in one console log.
//!
//! Addresses stand in these texts too, but are those that the unit sees, before or behind a NAT, and are
//! often made unreadable before a log is passed on: ESP keys are taken for any address.

mod list;
mod log;

use zeroize::{Zeroize as _, Zeroizing};

use super::Intake;
use crate::secret::Secret;
use crate::text::Line;

/// Octets beyond which a value is no key.
const KEY_LIMIT: usize = 256;

/// Blanks in a row that a terminal put in the middle of a word.
const WRAP_BLANKS: usize = 8;

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
    while let Some(at) = rest.find(&" ".repeat(WRAP_BLANKS)) {
        let (before, blanks) = rest.split_at(at);
        let after = blanks.trim_start_matches(' ');
        let ends_in_digit = before.ends_with(|last: char| last.is_ascii_hexdigit());
        let begins_with_digit = after.starts_with(|first: char| first.is_ascii_hexdigit());
        joined.push_str(before);
        if !(ends_in_digit && begins_with_digit) {
            joined.push_str(&blanks[..blanks.len() - after.len()]);
        }
        rest = after;
    }
    joined.push_str(rest);
    joined
}

/// Hex digits whose number was said beforehand.
struct Value {
    octets: usize,
    digits: Zeroizing<String>,
}

impl Value {
    fn new(octets: usize) -> Self {
        let digits = Zeroizing::new(String::with_capacity(2 * octets.min(KEY_LIMIT)));
        Self { octets, digits }
    }

    /// Takes the digits at the beginning of the text, as many as are wanted; gives back the rest.
    fn take<'t>(&mut self, text: &'t str) -> &'t str {
        let text = text.trim_start();
        let wanted = (2 * self.octets.min(KEY_LIMIT)).saturating_sub(self.digits.len());
        let end = text
            .bytes()
            .take(wanted)
            .take_while(u8::is_ascii_hexdigit)
            .count();
        let (digits, rest) = text.split_at(end);
        self.digits.push_str(digits);
        rest
    }

    fn is_whole(&self) -> bool {
        self.digits.len() == 2 * self.octets
    }

    /// The secret, or why there is none.
    fn secret(mut self, name: &str) -> Result<Secret, String> {
        if !self.is_whole() {
            return Err(format!(
                "{name} is cut: {} octets said, {} hex digits found",
                self.octets,
                self.digits.len()
            ));
        }
        let secret = Secret::from_hex(&self.digits).map_err(|error| format!("{name}: {error}"));
        self.digits.zeroize();
        secret
    }
}
