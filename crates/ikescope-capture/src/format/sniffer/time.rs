//! Times of headers: how they are written, and what is counted from where.

use ikescope_wire::observed::Timestamp;

use crate::text::civil::{DAY, SECOND, clock, date, number};
use crate::text::{TextCensus, TextOptions, TimeBase};

/// A time as it is written, in nanoseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Written {
    /// Since the capture began.
    Relative(i64),
    /// Since 1970, as tcpdump prints with `-tt`.
    Epoch(i64),
    /// Date and time of day of some zone, as if it were UTC.
    Civil(i64),
    /// Time of day of some zone.
    OfDay(i64),
}

impl Written {
    /// Whether both are written in the same form.
    pub(super) fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// Whether it begins with a date, whose digits have their places.
    pub(super) const fn has_date(self) -> bool {
        matches!(self, Self::Civil(_))
    }
}

/// The time at the beginning of `line`, and what stands behind the blank that follows it.
pub(super) fn read(line: &[u8]) -> Option<(Written, &[u8])> {
    let (first, rest) = number(line)?;
    match (rest, line.len() - rest.len()) {
        ([b'-', ..], 4) => {
            let (date, rest) = date(line)?;
            let (of_day, rest) = of_day(rest.strip_prefix(b" ")?)?;
            Some((Written::Civil(date * DAY + of_day), rest))
        }
        ([b':', ..], 1 | 2) => {
            let (of_day, rest) = of_day(line)?;
            Some((Written::OfDay(of_day), rest))
        }
        ([b'.', rest @ ..], _) => {
            let (fraction, rest) = fraction(rest)?;
            let time = first.checked_mul(SECOND)?.checked_add(fraction)?;
            let written = if first < EPOCH_FROM {
                Written::Relative(time)
            } else {
                Written::Epoch(time)
            };
            Some((written, rest))
        }
        _ => None,
    }
}

/// `hh:mm:ss.fraction` and the blank behind it.
fn of_day(text: &[u8]) -> Option<(i64, &[u8])> {
    let (seconds, rest) = clock(text)?;
    let (fraction, rest) = fraction(rest.strip_prefix(b".")?)?;
    Some((seconds * SECOND + fraction, rest))
}

/// One to nine digits behind the point, as nanoseconds, and the blank behind them.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let (value, rest) = number(text)?;
    let digits = u32::try_from(text.len() - rest.len()).ok()?;
    let scale = 10i64.pow(9u32.checked_sub(digits)?);
    Some((value * scale, rest.strip_prefix(b" ")?))
}

/// What times are counted from.
#[derive(Debug)]
pub(super) struct Clock {
    options: TextOptions,
    /// Whether the command line of this capture asked for UTC.
    utc: bool,
    /// The last line that told a date, and the civil time it told.
    told: Option<(u64, i64)>,
    /// Start of the relative times of this capture.
    start: Option<i64>,
    /// Day of the times of day, in nanoseconds, and the last such time.
    day: Option<(i64, i64)>,
    newest: Option<i64>,
}

impl Clock {
    pub(super) const fn new(options: TextOptions) -> Self {
        Self {
            options,
            utc: false,
            told: None,
            start: None,
            day: None,
            newest: None,
        }
    }

    /// A capture begins; `utc` if its command asked for times in UTC.
    pub(super) const fn begin(&mut self, utc: bool) {
        self.utc = utc;
        self.start = None;
        self.day = None;
    }

    /// A line tells the date, as civil time.
    pub(super) const fn tell(&mut self, line: u64, civil: i64) {
        self.told = Some((line, civil));
    }

    /// The time of the packet before.
    pub(super) fn newest(&self) -> Timestamp {
        Timestamp(self.newest.unwrap_or(0))
    }

    /// The same, if there is one.
    pub(super) const fn newest_read(&self) -> Option<Timestamp> {
        match self.newest {
            Some(time) => Some(Timestamp(time)),
            None => None,
        }
    }

    /// The moment that was written.
    pub(super) fn moment(&mut self, written: Written, census: &mut TextCensus) -> Timestamp {
        let time = match written {
            Written::Epoch(time) => {
                census.absolute_times += 1;
                time
            }
            Written::Civil(civil) => {
                census.absolute_times += 1;
                let first = census.absolute_times == 1;
                census.utc_stated = self.utc && (first || census.utc_stated);
                if self.utc {
                    civil
                } else {
                    self.of_civil(civil)
                }
            }
            Written::Relative(since) => {
                census.relative_times += 1;
                let start = match self.start {
                    Some(start) => start,
                    None => self.base(census),
                };
                self.start = Some(start);
                start.saturating_add(since)
            }
            Written::OfDay(of_day) => {
                census.times_of_day += 1;
                let (mut day, last) = match self.day {
                    Some(day) => day,
                    None => (self.day_of_base(census), of_day),
                };
                // Far back is midnight; a little back is only out of order.
                if last - of_day > DAY / 2 {
                    day += DAY;
                }
                self.day = Some((day, of_day));
                self.of_civil(day.saturating_add(of_day))
            }
        };
        self.newest = Some(time);
        Timestamp(time)
    }

    const fn of_civil(&self, civil: i64) -> i64 {
        civil.saturating_sub(self.options.zone as i64 * SECOND)
    }

    fn base(&mut self, census: &mut TextCensus) -> i64 {
        let given = self
            .options
            .date
            .map(|Timestamp(civil)| self.of_civil(civil));
        let told = self
            .told
            .take()
            .map(|(line, civil)| (line, self.of_civil(civil)));
        let (time, base) = match (self.newest, given, told) {
            (None, Some(given), _) => (given, TimeBase::Given(Timestamp(given))),
            // What tells the date must not lie before what has been read.
            (newest, _, Some((line, time))) if newest.is_none_or(|newest| newest <= time) => {
                let told = Timestamp(time);
                (time, TimeBase::Line { line, time: told })
            }
            (Some(newest), ..) => (newest, TimeBase::EarlierCapture(Timestamp(newest))),
            (None, ..) => (0, TimeBase::Unknown),
        };
        census.time_base.get_or_insert(base);
        time
    }

    fn day_of_base(&mut self, census: &mut TextCensus) -> i64 {
        let base = self.base(census);
        let civil = base.saturating_add(i64::from(self.options.zone) * SECOND);
        civil - civil.rem_euclid(DAY)
    }
}

/// Seconds from here on, 2001, are counted from 1970; no capture runs that long.
const EPOCH_FROM: i64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Option<Written> {
        read(text.as_bytes()).map(|(time, rest)| {
            assert_eq!(rest, b"x");
            time
        })
    }

    /// Checked with `date -u +%s`.
    #[test]
    fn reads_every_form_of_time() {
        assert_eq!(time("0.806164 x"), Some(Written::Relative(806_164_000)));
        assert_eq!(
            time("123451.138754 x"),
            Some(Written::Relative(123_451_138_754_000))
        );
        assert_eq!(
            time("2024-02-29 23:59:59.123 x"),
            Some(Written::Civil(1_709_251_199_123_000_000))
        );
        assert_eq!(
            time("1435149400.220715 x"),
            Some(Written::Epoch(1_435_149_400_220_715_000))
        );
        assert_eq!(
            time("05:30:18.567531 x"),
            Some(Written::OfDay(19_818_567_531_000))
        );
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "2023-02-29 23:59:59.123 x",
            "2024-13-01 00:00:00.0 x",
            "24:00:00.0 x",
            "1.x",
            "1.1234567890 x",
            "1234567890123456.1 x",
            "x",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
