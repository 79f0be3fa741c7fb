//! Retransmission as a trait of an implementation: the intervals at which it repeats a message are
//! its own choice (RFC 7296 §2.1, §2.4; RFC 2408 §5.1), and many are known for theirs. A match is a
//! suspicion and never more; the vector is told beside it.

use crate::negotiation::{Flight, Mode, Negotiation, Role};
use crate::standing::SECOND;

/// How an implementation repeats a message that finds no answer.
#[derive(Debug)]
pub struct Schedule {
    /// Whose it is.
    pub name: &'static str,
    /// The major version of IKE; none if both are repeated alike.
    pub version: Option<u8>,
    /// Milliseconds between one sending and the next.
    pub intervals: &'static [u32],
    /// Milliseconds from the last sending until it gives up, where that is known.
    pub gives_up: Option<u32>,
}

/// The schedules, as source codes, manuals and ike-scan's measurements have them.
pub static SCHEDULES: &[Schedule] = &[
    // charon: 4 s, growing by 1.8, five repeats. VyOS, pfSense, OPNsense and others are built on it.
    both("strongSwan", &[4000, 7200, 12_960, 23_328, 41_990]).until(75_600),
    // pluto since version 3: doubling from half a second.
    both("libreswan", &[500, 500, 1000, 2000, 4000, 8000, 16_000]),
    v2("FortiGate", &[3000, 6000, 12_000, 24_000]).until(48_000),
    v2(
        "PAN-OS",
        &[
            5000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000, 60_000, 60_000,
        ],
    ),
    v1("FortiGate", &[6000, 12_000]),
    v1(
        "Openswan, FreeS/WAN, FortiGate or Netgear",
        &[10_000, 20_000],
    ),
    v1(
        "Windows before Vista",
        &[1000, 2000, 4000, 8000, 16_000, 32_000],
    ),
    v1("racoon, Cisco IOS or WatchGuard", &[10_000; 5]),
    v1("racoon of KAME", &[20_000; 5]),
    v1("Cisco PIX 6", &[5000; 5]),
    v1("Cisco PIX 7, ASA or VPN 3000", &[8000; 3]),
    v1("Cisco IOS 11 or 12.0", &[15_000; 2]),
    v1("Nortel", &[16_000; 3]),
    v1("ScreenOS", &[4000; 11]),
    v1("isakmpd", &[7000, 9000, 11_000, 13_000, 15_000]),
    v1(
        "Check Point",
        &[2000, 2000, 2000, 2000, 2000, 2000, 4000, 4000, 4000, 4000],
    ),
    v1("SonicWall", &[5000, 8000, 18_000]),
    v1("SonicWall", &[5000, 10_000, 20_000]),
    v1("SonicWall", &[6500, 9000, 13_000, 22_000]),
    v1(
        "Solaris or Stonegate",
        &[500, 1000, 2000, 4000, 8000, 16_000, 30_000],
    ),
    v1("DrayTek", &[3000, 6000]),
];

/// Fewer intervals fit too many schedules.
const ENOUGH: usize = 2;
/// Timers fire late and paths differ, by so many nanoseconds ...
const LATE: i64 = SECOND * 3 / 20;
/// ... or by one in so many of the interval.
const ONE_IN: i64 = 10;

const fn both(name: &'static str, intervals: &'static [u32]) -> Schedule {
    Schedule {
        name,
        version: None,
        intervals,
        gives_up: None,
    }
}

const fn v1(name: &'static str, intervals: &'static [u32]) -> Schedule {
    Schedule {
        version: Some(1),
        ..both(name, intervals)
    }
}

const fn v2(name: &'static str, intervals: &'static [u32]) -> Schedule {
    Schedule {
        version: Some(2),
        ..both(name, intervals)
    }
}

impl Schedule {
    const fn until(mut self, gives_up: u32) -> Self {
        self.gives_up = Some(gives_up);
        self
    }

    /// Nanoseconds from the sending after so many repeats to the next, or to where it gives up.
    pub(crate) fn after(&self, repeats: u32) -> Option<i64> {
        let next = self.intervals.get(usize::try_from(repeats).ok()?).copied();
        let next = next.or(self.gives_up)?;
        Some(i64::from(next) * (SECOND / 1000))
    }

    /// Whether these intervals, nanoseconds, are the beginning of it.
    fn begins_with(&self, intervals: &[i64]) -> bool {
        let close = |(known, seen): (&u32, &i64)| {
            let known = i64::from(*known) * (SECOND / 1000);
            (seen - known).abs() <= LATE.max(known / ONE_IN)
        };
        intervals.len() <= self.intervals.len() && self.intervals.iter().zip(intervals).all(close)
    }
}

/// The only schedule that the repeats of this message fit; none if several do.
#[must_use]
pub(crate) fn of_flight(flight: &Flight, version: u8) -> Option<&'static Schedule> {
    let intervals: Vec<i64> = flight.intervals().collect();
    if intervals.len() < ENOUGH {
        return None;
    }
    let fits = |schedule: &&Schedule| {
        schedule.version.is_none_or(|only| only == version) && schedule.begins_with(&intervals)
    };
    let mut fitting = SCHEDULES.iter().filter(fits);
    let first = fitting.next()?;
    fitting
        .all(|other| other.name == first.name)
        .then_some(first)
}

/// The schedule of one end, and the message that tells it. A response of IKEv2 is sent again when it
/// is asked for again, so it tells of the other end.
#[must_use]
pub fn of(negotiation: &Negotiation, role: Role) -> Option<(&'static Schedule, &Flight)> {
    let own = negotiation
        .flights()
        .filter(|(exchange, is_response, _)| {
            let by_itself = negotiation.mode != Mode::Ikev2
                && exchange
                    .request
                    .as_deref()
                    .is_none_or(|request| request.repeats() == 0);
            exchange.sender(*is_response) == role && (!is_response || by_itself)
        })
        .map(|(_, _, flight)| flight);
    let longest = own.max_by_key(|flight| flight.repeats())?;
    Some((of_flight(longest, negotiation.ike_version)?, longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_fit_from_the_beginning_and_not_too_closely() {
        let known = v2("one", &[3000, 6000, 12_000]);
        let seconds =
            |all: &[f64]| -> Vec<i64> { all.iter().map(|one| (one * 1e9) as i64).collect() };
        assert!(known.begins_with(&seconds(&[3.02, 5.7])));
        assert!(known.begins_with(&seconds(&[3.0, 6.0, 13.1])));
        assert!(!known.begins_with(&seconds(&[3.4, 6.0])));
        assert!(!known.begins_with(&seconds(&[3.0, 6.0, 12.0, 24.0])));
    }

    #[test]
    fn every_schedule_grows_or_stays_and_gives_up_no_sooner() {
        for schedule in SCHEDULES {
            assert!(schedule.intervals.is_sorted(), "{}", schedule.name);
            assert!(schedule.intervals.len() >= ENOUGH, "{}", schedule.name);
            let last = schedule.intervals.last().copied();
            assert!(schedule.gives_up >= last.filter(|_| schedule.gives_up.is_some()));
        }
    }
}
