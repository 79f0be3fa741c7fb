//! Dates and times of day as people and devices write them, without a zone.

/// Days since 1970 of `yyyy-mm-dd`.
pub(crate) fn date(text: &[u8]) -> Option<(i64, &[u8])> {
    let (year, rest) = number(text)?;
    let (month, rest) = number(rest.strip_prefix(b"-")?)?;
    let (day, rest) = number(rest.strip_prefix(b"-")?)?;
    Some((days(year, month, day)?, rest))
}

/// Days since 1970 of a date; `None` if there is no such day.
pub(crate) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) || !YEARS.contains(&year) {
        return None;
    }
    // Years that begin in March put the leap day last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let before = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(before + of_year - DAYS_TO_1970)
}

/// Seconds of the day of `hh:mm:ss`.
pub(crate) fn clock(text: &[u8]) -> Option<(i64, &[u8])> {
    let (hour, rest) = number(text)?;
    let (minute, rest) = number(rest.strip_prefix(b":")?)?;
    let (second, rest) = number(rest.strip_prefix(b":")?)?;
    let right = hour < 24 && minute < 60 && second <= 60;
    right.then_some((hour * 3600 + minute * 60 + second, rest))
}

/// Up to fifteen decimal digits.
pub(crate) fn number(text: &[u8]) -> Option<(i64, &[u8])> {
    let mut value = 0;
    let mut rest = text;
    while let Some((digit @ b'0'..=b'9', behind)) = rest.split_first() {
        value = value * 10 + i64::from(digit - b'0');
        rest = behind;
        if text.len() - rest.len() > 15 {
            return None;
        }
    }
    (rest.len() < text.len()).then_some((value, rest))
}

pub(crate) const SECOND: i64 = 1_000_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;
/// Years whose days 64 bits of nanoseconds can count.
const YEARS: std::ops::RangeInclusive<i64> = 1678..=2261;
/// From 1 March of the year 0 to 1970.
const DAYS_TO_1970: i64 = 719_468;
