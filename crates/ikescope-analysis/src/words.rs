//! The few turns of phrase that rules share.

use ikescope_wire::iana::{NotifyType, ikev1};
use ikescope_wire::observed::Timestamp;

use crate::attempt::Attempt;
use crate::finding::{Evidence, evidence};
use crate::negotiation::{Flight, Mode};
use crate::record::Notify;

/// Repeats named one by one as evidence.
const REPEATS_NAMED: usize = 8;

/// Seconds with one decimal.
#[must_use]
pub(crate) fn seconds(nanoseconds: i64) -> String {
    format!("{:.1}", nanoseconds as f64 / 1e9)
}

/// A short time: whole milliseconds below one second, else seconds.
#[must_use]
pub(crate) fn duration(nanoseconds: i64) -> String {
    if nanoseconds.abs() < 1_000_000_000 {
        format!("{} ms", (nanoseconds + 500_000) / 1_000_000)
    } else {
        format!("{} s", seconds(nanoseconds))
    }
}

/// "02:41:10 UTC", a time of day.
#[must_use]
pub(crate) fn time_of_day(time: Timestamp) -> String {
    let seconds = time.0.div_euclid(1_000_000_000).rem_euclid(24 * 3600);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02} UTC", seconds % 60)
}

/// "3.0 6.0 12.0 s", the intervals between the sendings of a message.
#[must_use]
pub(crate) fn intervals(flight: &Flight) -> String {
    let all: Vec<String> = flight.intervals().map(seconds).collect();
    format!("{} s", all.join(" "))
}

/// "2026-11-23", the day of a second since the Unix epoch.
#[must_use]
pub(crate) fn day(second: i64) -> String {
    // Days since 1 March of the year 0: leap days then stand at the end of a year.
    let days = second.div_euclid(24 * 3600) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// "once", "twice", "5 times".
#[must_use]
pub(crate) fn times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{count} times"),
    }
}

/// "1 packet", "2 packets".
#[must_use]
pub(crate) fn counted(count: u64, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// Name of a notification in the registry of its negotiation's version.
#[must_use]
pub(crate) fn name_of(attempt: &Attempt<'_>, notify: &Notify) -> String {
    if attempt.negotiation.mode == Mode::Ikev2 {
        let name = NotifyType(notify.notify_type);
        match notify.win32_error() {
            Some(error) => format!("{name} {} ({error})", error.0),
            None => name.to_string(),
        }
    } else {
        ikev1::NotifyType(notify.notify_type).to_string()
    }
}

/// Evidence for a message: its first sending.
#[must_use]
pub(crate) fn sent(flight: &Flight, label: impl Into<String>) -> Evidence {
    evidence(flight.first().frame, None, label)
}

/// Evidence for octets of a message.
#[must_use]
pub(crate) fn octets(flight: &Flight, octets: (u32, u32), label: impl Into<String>) -> Evidence {
    evidence(flight.first().frame, Some(octets), label)
}

/// Evidence for each repeat of a message, the first eight.
pub(crate) fn repeats<'a>(
    flight: &'a Flight,
    label: &'a str,
) -> impl Iterator<Item = Evidence> + 'a {
    flight
        .sendings
        .iter()
        .skip(1)
        .take(REPEATS_NAMED)
        .map(move |sending| evidence(sending.frame, None, label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        // date -u -d @SECONDS +%F
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(951_782_400), "2000-02-29");
        assert_eq!(day(4_102_444_799), "2099-12-31");
        assert_eq!(day(253_402_300_799), "9999-12-31");
        assert_eq!(day(-1), "1969-12-31");
    }
}
