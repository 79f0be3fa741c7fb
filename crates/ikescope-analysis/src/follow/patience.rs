//! How long a message may go unanswered before that is told: until its sender would have repeated it.

use crate::negotiation::{Flight, Mode, Negotiation};
use crate::schedule;
use crate::standing::SECOND;

/// A first repeat comes within this time: PAN-OS with IKEv2 waits 5 seconds ...
const FIRST_V2: i64 = 11 * SECOND / 2;
/// ... and Cisco IOS or racoon with IKEv1 wait 10.
const FIRST_V1: i64 = 11 * SECOND;
/// Intervals grow by no more than two and a half times (SonicWall: 8 s, then 18 s), and what crosses
/// on the way is repeated faster than this.
const LEAST: i64 = 2 * SECOND;

/// Nanoseconds until the silence behind the newest sending of a message says something.
pub(super) fn of(negotiation: &Negotiation, flight: &Flight) -> i64 {
    let Some(interval) = flight.intervals().last() else {
        return match negotiation.mode {
            Mode::Ikev2 => FIRST_V2,
            _ => FIRST_V1,
        };
    };
    let known = schedule::of_flight(flight, negotiation.ike_version);
    let next = known.and_then(|known| known.after(flight.repeats()));
    next.map_or_else(
        || (interval.saturating_mul(5) / 2).max(LEAST),
        |next| next + next / 10 + SECOND / 5,
    )
}
