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
        NotifyType(notify.notify_type).to_string()
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
