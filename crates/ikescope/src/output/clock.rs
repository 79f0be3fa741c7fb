//! Times for people: UTC with as many digits as are wanted, without a clock or a time zone.

use std::fmt;

use ikescope_wire::observed::Timestamp;

/// A time as `2026-03-14 02:11:07.482`, in UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Utc {
    time: Timestamp,
    digits: usize,
}

impl Utc {
    /// With `digits` decimals of the second, at most nine; what is beyond is cut, not rounded.
    pub(crate) const fn new(time: Timestamp, digits: usize) -> Self {
        Self { time, digits }
    }

    /// Date and time of day, each on its own.
    pub(crate) fn parts(self) -> (String, String) {
        let seconds = self.time.0.div_euclid(SECOND);
        let nanoseconds = self.time.0.rem_euclid(SECOND);
        let (year, month, day) = date(seconds.div_euclid(DAY));
        let of_day = seconds.rem_euclid(DAY);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        let mut clock = format!("{hour:02}:{minute:02}:{second:02}");
        if self.digits > 0 {
            let decimals = format!("{nanoseconds:09}");
            clock.push('.');
            clock.push_str(decimals.get(..self.digits).unwrap_or(&decimals));
        }
        (format!("{year:04}-{month:02}-{day:02}"), clock)
    }

    /// The time of day; of what has no clock, the time since its beginning.
    pub(crate) fn of_day(self) -> String {
        let (_, clock) = self.parts();
        if is_since_beginning(self.time) {
            format!("+{clock}")
        } else {
            clock
        }
    }
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_since_beginning(self.time) {
            return f.write_str(&self.of_day());
        }
        let (date, clock) = self.parts();
        write!(f, "{date} {clock}")
    }
}

/// Whether a time counts from the beginning of an input that has no clock. There was no IKE in 1970: such
/// times are those of logs whose lines have none, or of a device whose clock was never set.
pub(crate) fn is_since_beginning(time: Timestamp) -> bool {
    (0..365 * DAY * SECOND).contains(&time.0)
}

/// From when on a ladder counts, in ways of which the first is the most exact one.
pub(crate) fn beginnings(start: Timestamp) -> Vec<String> {
    if is_since_beginning(start) {
        return vec![
            "no clock: counted from the start".to_owned(),
            "no clock".to_owned(),
        ];
    }
    let ways = [
        Utc::new(start, 3).to_string(),
        Utc::new(start, 3).of_day(),
        Utc::new(start, 0).of_day(),
    ];
    ways.map(|time| format!("from {time} UTC")).into()
}

/// A time or duration of the report: decimal seconds with nine decimals.
pub(crate) fn parse(decimal: &str) -> Option<Timestamp> {
    let (sign, digits) = match decimal.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, decimal),
    };
    let (seconds, nanoseconds) = digits.split_once('.')?;
    let seconds: i64 = seconds.parse().ok()?;
    let nanoseconds: i64 = nanoseconds.parse().ok()?;
    Some(Timestamp(
        sign * (seconds.checked_mul(SECOND)? + nanoseconds),
    ))
}

/// Year, month and day of a day counted from 1970-01-01. Years begin in March here, so that the
/// leap day is the last of its year; 400 years are one round of the calendar.
const fn date(days: i64) -> (i64, i64, i64) {
    const ROUND: i64 = 146_097;
    let from_march_0000 = days + 719_468;
    let round = from_march_0000.div_euclid(ROUND);
    let of_round = from_march_0000.rem_euclid(ROUND);
    let year = (of_round - of_round / 1_460 + of_round / 36_524 - of_round / 146_096) / 365;
    let of_year = of_round - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let january_or_february = month >= 10;
    (
        400 * round + year + january_or_february as i64,
        if january_or_february {
            month - 9
        } else {
            month + 3
        },
        day,
    )
}

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_dates_as_date_1_does() {
        // `date -u -d @N '+%F %T'`
        for (seconds, expected) in [
            (31_536_000, "1971-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_773_454_267, "2026-03-14 02:11:07"),
            (4_107_542_400, "2100-03-01 00:00:00"),
            (-1, "1969-12-31 23:59:59"),
        ] {
            assert_eq!(
                Utc::new(Timestamp::new(seconds, 0), 0).to_string(),
                expected
            );
        }
    }

    #[test]
    fn reads_back_what_the_report_prints() {
        for time in [0, 1, -1_500_000_000, 1_773_454_267_482_000_001] {
            assert_eq!(parse(&Timestamp(time).to_string()), Some(Timestamp(time)));
        }
        assert_eq!(parse("x"), None);
    }

    #[test]
    fn cuts_decimals() {
        let time = Timestamp::new(1_773_454_267, 482_999_999);
        assert_eq!(Utc::new(time, 3).to_string(), "2026-03-14 02:11:07.482");
    }

    #[test]
    fn what_has_no_clock_is_told_from_its_beginning_on() {
        let time = Timestamp::new(14, 339_000_000);
        assert_eq!(Utc::new(time, 3).to_string(), "+00:00:14.339");
        assert_eq!(beginnings(time)[1], "no clock");
        assert_eq!(
            beginnings(Timestamp::new(1_773_454_267, 0))[0],
            "from 2026-03-14 02:11:07.000 UTC"
        );
    }
}
