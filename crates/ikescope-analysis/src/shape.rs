//! How a negotiation ended, as a number: attempts with the same shape are one story.

use std::hash::{BuildHasher, Hash, Hasher};

use ikescope_wire::encapsulation::{IKE_PORT, NAT_T_PORT};
use ikescope_wire::iana::{ExchangeType, PayloadType};

use crate::negotiation::{Exchange, Flight, Negotiation, Role};
use crate::record::Facts;

/// Two negotiations of one tunnel with equal shapes have the same course: the same exchanges, each
/// answered or not, repeated or not, with the same notifications and sizes.
pub(crate) fn shape(negotiation: &Negotiation) -> u64 {
    let mut hasher = foldhash::fast::FixedState::with_seed(0x5a9e).build_hasher();
    negotiation.ike_version.hash(&mut hasher);
    negotiation.mode.hash(&mut hasher);
    negotiation.initiator.ip().hash(&mut hasher);
    negotiation.seen_from_start.hash(&mut hasher);
    negotiation
        .icmp
        .first()
        .map(|icmp| (icmp.icmp_type, icmp.code))
        .hash(&mut hasher);
    if let Some(log) = &negotiation.log {
        log.failure().map(|line| line.told).hash(&mut hasher);
        log.lines.is_empty().hash(&mut hasher);
    }
    if let Some(port) = mapped_port(negotiation) {
        port.hash(&mut hasher);
    }
    closed_by(negotiation).hash(&mut hasher);
    let mut up = false;
    for exchange in &negotiation.exchanges {
        let routine = up && exchange.is_answered() && exchange.message_id.0 > 1;
        if !routine {
            hash_exchange(exchange, &mut hasher);
        }
        up |= exchange.is_answered();
    }
    hasher.finish()
}

/// Who deleted an SA last of all: an attempt that was closed is not one that was given up.
fn closed_by(negotiation: &Negotiation) -> Option<Role> {
    let last = negotiation.exchanges.last()?;
    let first_inner = last.asked().and_then(Facts::first_inner);
    (last.exchange_type == ExchangeType::INFORMATIONAL && first_inner == Some(PayloadType::DELETE))
        .then_some(last.from)
}

/// The port that tells a client behind a NAT from its neighbours, once it got as far as IKE_AUTH:
/// before that, attempts of one client from many ports are one story.
fn mapped_port(negotiation: &Negotiation) -> Option<u16> {
    let port = *negotiation.initiator_ports.newest();
    let came_far = negotiation.exchanges.iter().any(|exchange| {
        exchange.exchange_type != ExchangeType::IKE_SA_INIT && exchange.is_answered()
    });
    (came_far && port != IKE_PORT && port != NAT_T_PORT).then_some(port)
}

fn hash_exchange(exchange: &Exchange, hasher: &mut impl Hasher) {
    exchange.exchange_type.hash(hasher);
    exchange.step.hash(hasher);
    exchange.from.hash(hasher);
    for flight in [&exchange.request, &exchange.response] {
        flight
            .as_ref()
            .map(|flight| (flight.sent > 1, flight.facts.encrypted.is_some()))
            .hash(hasher);
        if let Some(flight) = flight {
            hash_flight(flight, hasher);
        }
    }
}

fn hash_flight(flight: &Flight, hasher: &mut impl Hasher) {
    for notify in &flight.facts.notifies {
        notify.notify_type.hash(hasher);
    }
    flight
        .facts
        .encrypted
        .map(|encrypted| (encrypted.first_inner, encrypted.length))
        .hash(hasher);
    flight.is_on_port(NAT_T_PORT).hash(hasher);
}
