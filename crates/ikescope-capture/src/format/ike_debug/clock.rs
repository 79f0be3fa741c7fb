//! Times of the lines. Some logs have them, to the second or to the microsecond, in the zone of the
//! device; others have none, and then only the order of the lines is known.

use ikescope_wire::observed::Timestamp;

use crate::alignment::Alignment;
use crate::text::TextOptions;

/// Gives each line a time that is later than that of the line before.
pub(crate) struct Clock {
    now: Option<Timestamp>,
    /// Time of the first line, if it has none.
    begin: Timestamp,
    /// Added to every time that is written, nanoseconds.
    offset: i64,
    is_timed: bool,
    is_dated: bool,
    is_aligned: bool,
    /// Packets of the same text say when its lines were.
    is_led: bool,
    /// The zone is known by packets of the same text.
    is_shifted: bool,
    /// The seconds that were written last, and what they are.
    last: Option<([u8; SECONDS], Timestamp)>,
}

impl Clock {
    pub(super) fn new(options: &TextOptions) -> Self {
        let offset = -i64::from(options.zone) * SECOND;
        let date = options.date.unwrap_or_default();
        Self {
            now: None,
            begin: Timestamp(date.0.saturating_add(offset)),
            offset,
            is_timed: false,
            is_dated: options.date.is_some(),
            is_aligned: false,
            is_led: false,
            is_shifted: false,
            last: None,
        }
    }

    /// The time of a line: as it is written, else a moment after the line before. A log to the second
    /// has many lines in each, and they come one after the other all the same.
    pub(super) fn time(&mut self, written: Option<&str>) -> Timestamp {
        let written = written.and_then(|written| self.parse(written));
        self.is_timed |= written.is_some();
        let moment_later = self
            .now
            .map_or(self.begin, |now| Timestamp(now.0.saturating_add(MOMENT)));
        let time = match written.map(|time| Timestamp(time.0.saturating_add(self.offset))) {
            // Within the same second the order of the lines says more than their times.
            Some(time) if (1..SECOND).contains(&moment_later.since(time)) && self.now.is_some() => {
                moment_later
            }
            Some(time) => time,
            None => moment_later,
        };
        self.now = Some(time);
        time
    }

    /// The same as [`parse`], which most lines would ask for the same second.
    fn parse(&mut self, text: &str) -> Option<Timestamp> {
        let (second, fraction) = text.as_bytes().split_first_chunk()?;
        let known = self.last.filter(|(last, _)| last == second);
        let time = match known {
            Some((_, time)) => time,
            None => parse(text.get(..SECONDS)?)?,
        };
        self.last = Some((*second, time));
        Some(Timestamp(time.0.saturating_add(nanoseconds(fraction))))
    }

    /// Sets the clock by that of another input.
    pub(super) fn align(&mut self, alignment: &Alignment) {
        self.offset = self.offset.saturating_add(alignment.offset);
        if let Some(first) = alignment.first() {
            self.begin = Timestamp(first.0.saturating_sub(BEFORE));
        }
        self.is_aligned = true;
    }

    /// The line that was read last is of this time: so says another input.
    pub(super) const fn set(&mut self, time: Timestamp) {
        self.now = Some(time);
    }

    /// Lines without times that follow are not earlier than this: a packet of the same text, which has
    /// a time, stands before them.
    pub(crate) fn follow(&mut self, time: Timestamp) {
        if !self.is_timed && self.now.is_none_or(|now| now < time) {
            self.now = Some(time);
            self.is_led = true;
        }
    }

    /// The first packet of the same text is of this time; lines without times stand before it.
    pub(crate) const fn precede(&mut self, time: Timestamp) {
        self.begin = Timestamp(time.0.saturating_sub(JUST_BEFORE));
        self.is_led = true;
    }

    /// The times are those of a zone so many nanoseconds further east than was thought.
    pub(crate) const fn shift(&mut self, offset: i64) {
        self.offset = self.offset.saturating_add(offset);
        self.is_shifted = true;
    }

    /// The time of the newest line as it is written, read as UTC, nanoseconds.
    pub(crate) fn civil(&self) -> Option<i64> {
        let now = self.now.filter(|_| self.is_timed)?;
        Some(now.0.saturating_sub(self.offset))
    }

    /// Whether lines had times.
    pub(crate) const fn is_timed(&self) -> bool {
        self.is_timed
    }

    /// Whether the zone of the device was told.
    pub(super) const fn has_zone(&self) -> bool {
        self.offset != 0 || self.is_aligned || self.is_shifted
    }

    /// Whether all times had to be made up, from a date that nobody told.
    pub(super) const fn is_made_up(&self) -> bool {
        !(self.is_timed || self.is_dated || self.is_aligned || self.is_led)
    }
}

/// `YYYY-MM-DD HH:MM:SS`, read as UTC.
fn parse(text: &str) -> Option<Timestamp> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !in_range || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Timestamp::new(seconds, 0))
}

/// What up to nine digits behind a dot are.
fn nanoseconds(fraction: &[u8]) -> i64 {
    let digits = fraction
        .iter()
        .skip(1)
        .take_while(|octet| octet.is_ascii_digit());
    let (mut value, mut unit) = (0, SECOND);
    for digit in digits.take(9) {
        unit /= 10;
        value += i64::from(digit - b'0') * unit;
    }
    value
}

/// Days from 1970-01-01 in the Gregorian calendar, by counting in eras of 400 years from March on.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// How long before the first message that two inputs have in common a log without times begins.
const BEFORE: i64 = SECOND;
/// The same, in front of packets of the same text: little, and room for many lines.
const JUST_BEFORE: i64 = SECOND / 10;
/// Nanoseconds between lines whose times are not known.
const MOMENT: i64 = 1_000;
const SECOND: i64 = 1_000_000_000;
/// Octets of a date and a time of day.
const SECONDS: usize = 19;

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values by `date -u -d '...' +%s`.
    #[test]
    fn reads_times_as_utc() {
        let seconds = |text| {
            let time = Clock::new(&TextOptions::default()).parse(text);
            time.map(|time| time.to_string())
        };
        assert_eq!(
            seconds("2023-12-11 13:15:19.262102").unwrap(),
            "1702300519.262102000"
        );
        assert_eq!(
            seconds("2016-02-29 23:59:59").unwrap(),
            "1456790399.000000000"
        );
        assert_eq!(seconds("1970-01-01 00:00:00").unwrap(), "0.000000000");
        assert_eq!(seconds("2016-13-01 00:00:00"), None);
    }

    #[test]
    fn keeps_the_order_of_lines_within_a_second_and_follows_a_step_back() {
        let mut clock = Clock::new(&TextOptions::default());
        let first = clock.time(Some("2016-05-26 07:49:06"));
        let second = clock.time(Some("2016-05-26 07:49:06"));
        let between = clock.time(None);
        assert!(first < second && second < between);
        let back = clock.time(Some("2016-05-26 07:00:00"));
        assert!(back < first);
    }
}
