//! What whoever reads a text may know of its times.

use ikescope_wire::observed::Timestamp;

use super::civil::{DAY, SECOND, clock, date, number};

/// What is told beside a text about its times.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct TextOptions {
    /// Zone of local times: seconds east of UTC.
    pub zone: i32,
    /// Date and time of day, in that zone, at which the text begins, for times that have no date:
    /// counted as if it were UTC.
    pub date: Option<Timestamp>,
    /// The text is still being written: the first line that tells its format decides, and not the
    /// one that tells most.
    pub live: bool,
}

impl TextOptions {
    /// Reads a zone: `Z`, `UTC`, or hours and minutes east of UTC as `+09:00`, `-0530`, `+9`.
    #[must_use]
    pub fn parse_zone(text: &str) -> Option<i32> {
        if matches!(text, "Z" | "z" | "UTC") {
            return Some(0);
        }
        let (sign, digits) = match text.as_bytes() {
            [b'+', digits @ ..] => (1, digits),
            [b'-', digits @ ..] => (-1, digits),
            _ => return None,
        };
        let (first, rest) = number(digits)?;
        let (hours, minutes) = match (digits.len() - rest.len(), rest) {
            (1 | 2, []) => (first, 0),
            (1 | 2, [b':', minutes @ ..]) if minutes.len() == 2 => (first, whole(minutes)?),
            (4, []) => (first / 100, first % 100),
            _ => return None,
        };
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        (hours <= 14 && minutes < 60).then_some(sign * seconds)
    }

    /// Reads a date, with a time of day or without: `2026-03-14`, `2026-03-14T02:00:00`.
    #[must_use]
    pub fn parse_date(text: &str) -> Option<Timestamp> {
        let (days, rest) = date(text.as_bytes())?;
        let seconds = match rest {
            [] => 0,
            [b'T' | b' ', of_day @ ..] => match clock(of_day)? {
                (seconds, []) => seconds,
                _ => return None,
            },
            _ => return None,
        };
        Some(Timestamp(days * DAY + seconds * SECOND))
    }
}

/// Digits and nothing else.
fn whole(text: &[u8]) -> Option<i64> {
    number(text)
        .filter(|(_, rest)| rest.is_empty())
        .map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_zones_as_they_are_written() {
        let zones =
            ["Z", "UTC", "+09:00", "-0530", "+9", "-03:30", "+14"].map(TextOptions::parse_zone);
        assert_eq!(
            zones.map(Option::unwrap),
            [0, 0, 32_400, -19_800, 32_400, -12_600, 50_400]
        );
        for wrong in [
            "", "9", "+", "+15", "+09:60", "+9:5", "+090", "CET", "+09:00x",
        ] {
            assert_eq!(TextOptions::parse_zone(wrong), None, "{wrong}");
        }
    }

    /// Checked with `date -u +%s`.
    #[test]
    fn reads_dates_with_and_without_time() {
        let midnight = TextOptions::parse_date("2026-03-14").unwrap();
        let two = TextOptions::parse_date("2026-03-14T02:00:00").unwrap();
        assert_eq!(midnight.0, 1_773_446_400_000_000_000);
        assert_eq!(two.0, 1_773_453_600_000_000_000);
        for wrong in [
            "2026-02-29",
            "2026-03-14T",
            "2026-03-14T24:00:00",
            "14.3.2026",
        ] {
            assert_eq!(TextOptions::parse_date(wrong), None, "{wrong}");
        }
    }
}
