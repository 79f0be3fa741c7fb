//! Where the capture stood between the two ends. Whoever captured may say so; else copies that the
//! capture made tell that a router was watched, hop limits tell beside whom packets are still
//! fresh, and answers that come at once tell beside whom they are made.

use std::net::IpAddr;

use crate::negotiation::{Flight, Negotiation, Role};

/// Values that hosts and devices give a fresh packet.
pub(crate) const INITIAL_HOP_LIMITS: [u8; 3] = [64, 128, 255];
/// Beside an end its answers come within this time, nanoseconds ...
const AT_ONCE: i64 = 2_000_000;
/// ... and those of the other end, which have a path before them, after this time.
const AWAY: i64 = 10_000_000;

/// Where the capture stood between the two ends.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Vantage {
    /// Beside this end: its packets are fresh, those of the other end have passed routers.
    Beside(Role),
    /// Packets of both ends have passed routers.
    Middle,
    /// Both ends' packets are fresh, or one of them was not seen.
    Unknown,
}

/// What tells where the capture stood.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Sign {
    /// Nothing does.
    Nothing,
    /// Whoever captured.
    Said,
    /// The same packet before and behind a router.
    Forwarding,
    /// TTL or hop limits.
    HopLimits,
    /// How soon the answers come.
    Gaps,
}

/// Where somebody says that the capture stood.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CapturePoint {
    /// Beside whoever began.
    Initiator,
    /// Beside whoever was asked.
    Responder,
    /// Beside neither.
    Middle,
    /// Beside the end of this address, in whichever role; of other tunnels nothing is said.
    Beside(IpAddr),
}

impl CapturePoint {
    fn of(self, negotiation: &Negotiation) -> Option<Vantage> {
        let has = |role: &Role| match self {
            Self::Beside(address) => negotiation.addresses(*role).contains(&address),
            _ => false,
        };
        match self {
            Self::Initiator => Some(Vantage::Beside(Role::Initiator)),
            Self::Responder => Some(Vantage::Beside(Role::Responder)),
            Self::Middle => Some(Vantage::Middle),
            Self::Beside(_) => BOTH.into_iter().find(has).map(Vantage::Beside),
        }
    }
}

impl Vantage {
    /// Tells it, and by what.
    #[must_use]
    pub fn of(negotiation: &Negotiation, said: Option<CapturePoint>) -> (Self, Sign) {
        let said = said.and_then(|said| said.of(negotiation));
        said.map(|vantage| (vantage, Sign::Said))
            .or_else(|| saw_forwarding(negotiation).then_some((Self::Middle, Sign::Forwarding)))
            .or_else(|| Some((by_hop_limits(negotiation)?, Sign::HopLimits)))
            .or_else(|| Some((by_gaps(negotiation)?, Sign::Gaps)))
            .unwrap_or((Self::Unknown, Sign::Nothing))
    }
}

const BOTH: [Role; 2] = [Role::Initiator, Role::Responder];

/// Whether a packet is in the capture twice, and had passed a router in between.
fn saw_forwarding(negotiation: &Negotiation) -> bool {
    negotiation.flights().any(|(_, _, flight)| {
        let copy = flight.first_duplicate.as_deref();
        copy.is_some_and(|copy| copy.hop_limit != flight.first().hop_limit)
    })
}

fn by_hop_limits(negotiation: &Negotiation) -> Option<Vantage> {
    let fresh = |role| {
        let hops = |flight: &Flight| flight.first().hop_limit;
        let mut seen = negotiation.flights_of(role).map(hops).peekable();
        seen.peek()?;
        Some(seen.all(|hops| INITIAL_HOP_LIMITS.contains(&hops)))
    };
    match (fresh(Role::Initiator)?, fresh(Role::Responder)?) {
        (true, false) => Some(Vantage::Beside(Role::Initiator)),
        (false, true) => Some(Vantage::Beside(Role::Responder)),
        (false, false) => Some(Vantage::Middle),
        (true, true) => None,
    }
}

/// Both ends have to have answered something: one slow end alone tells nothing of the path.
fn by_gaps(negotiation: &Negotiation) -> Option<Vantage> {
    let [initiator, responder] = BOTH.map(|role| soonest_answer(negotiation, role));
    match (initiator?, responder?) {
        (..=AT_ONCE, AWAY..) => Some(Vantage::Beside(Role::Initiator)),
        (AWAY.., ..=AT_ONCE) => Some(Vantage::Beside(Role::Responder)),
        _ => None,
    }
}

/// Shortest time, nanoseconds, from a request to an answer of this end, repeats included: these are
/// kept ready.
pub(crate) fn soonest_answer(negotiation: &Negotiation, role: Role) -> Option<i64> {
    let exchanges = negotiation.exchanges.iter();
    let answered = exchanges.filter(|exchange| exchange.from == role.other());
    let gaps = answered.flat_map(|exchange| {
        let requests = exchange.request.as_deref();
        let responses = exchange.response.as_deref();
        responses.into_iter().flat_map(move |responses| {
            responses.sendings.iter().filter_map(move |response| {
                let asked = requests?.sendings.iter().map(|request| request.time);
                let newest = asked.filter(|asked| *asked <= response.time).max()?;
                Some(response.time.since(newest))
            })
        })
    });
    gaps.min()
}
