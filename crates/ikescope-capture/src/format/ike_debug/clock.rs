//! Times of the lines. Some logs have them, to the second or to the microsecond, in the zone of the
//! device; others have none, and then only the order of the lines is known.

use ikescope_wire::observed::Timestamp;

use crate::alignment::Alignment;
use crate::text::TextOptions;

/// Gives each line a time that is later than that of the line before.
pub(super) struct Clock {
    now: Option<Timestamp>,
    /// Time of the first line, if it has none.
    begin: Timestamp,
    /// Added to every time that is written, nanoseconds.
    offset: i64,
    is_timed: bool,
    is_dated: bool,
    is_aligned: bool,
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
        }
    }

    /// The time of a line: as it is written, else a moment after the line before. A log to the second
    /// has many lines in each, and they come one after the other all the same.
    pub(super) fn time(&mut self, written: Option<&str>) -> Timestamp {
        let written = written.and_then(parse);
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

    /// Whether lines had times.
    pub(super) const fn is_timed(&self) -> bool {
        self.is_timed
    }

    /// Whether the zone of the device was told.
    pub(super) const fn has_zone(&self) -> bool {
        self.offset != 0 || self.is_aligned
    }

    /// Whether all times had to be made up, from a date that nobody told.
    pub(super) const fn is_made_up(&self) -> bool {
        !self.is_timed && !self.is_dated && !self.is_aligned
    }
}

/// `YYYY-MM-DD HH:MM:SS`, with up to nine more digits behind a dot, read as UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !in_range || hour > 24 || minute > 59 || second > 60 {
        return None;
    }
    let fraction = text.get(20..).unwrap_or_default();
    let fraction = fraction.get(..fraction.len().min(9)).unwrap_or_default();
    let scale = u32::try_from(9 - fraction.len()).unwrap_or(0);
    let nanoseconds = fraction.parse::<u32>().unwrap_or(0) * 10_u32.pow(scale);
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Timestamp::new(seconds, nanoseconds))
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
/// Nanoseconds between lines whose times are not known.
const MOMENT: i64 = 1_000;
const SECOND: i64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values by `date -u -d '...' +%s`.
    #[test]
    fn reads_times_as_utc() {
        let seconds = |text| parse(text).map(|time| time.to_string());
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
