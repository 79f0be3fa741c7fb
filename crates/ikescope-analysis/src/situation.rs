//! Circumstances that several rules and the report need: who is behind NAT, who refused.

use std::net::SocketAddr;

use crate::nat::Comparison;
use crate::negotiation::{Exchange, Flight, Negotiation, Role, Sending};
use crate::record::Notify;

/// What the NAT detection hashes of a negotiation say.
#[derive(Clone, Debug, Default)]
pub struct Nat<'a> {
    initiator: End<'a>,
    responder: End<'a>,
}

#[derive(Clone, Debug, Default)]
struct End<'a> {
    behind: Option<bool>,
    proofs: Vec<Proof<'a>>,
}

/// A hash that does not fit.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The message.
    pub flight: &'a Flight,
    /// The comparison.
    pub comparison: Comparison,
    /// The address and port that the hash should have been made over.
    pub address: SocketAddr,
}

impl<'a> Nat<'a> {
    /// Whether this end is behind NAT; `None` if nothing tells.
    #[must_use]
    pub const fn behind(&self, role: Role) -> Option<bool> {
        self.end(role).behind
    }

    /// The hashes that say so.
    #[must_use]
    pub fn proofs(&self, role: Role) -> &[Proof<'a>] {
        &self.end(role).proofs
    }

    const fn end(&self, role: Role) -> &End<'a> {
        match role {
            Role::Initiator => &self.initiator,
            Role::Responder => &self.responder,
        }
    }
}

/// Reads the hashes of every message in clear. An end is behind NAT if its own hash does not fit
/// the address it was seen with, or if the other end aims at an address that is not the one seen.
#[must_use]
pub fn nat(negotiation: &Negotiation) -> Nat<'_> {
    let mut nat = Nat::default();
    for (exchange, is_response, flight) in negotiation.flights() {
        let Some(claim) = flight.facts.nat else {
            continue;
        };
        let sender = exchange.sender(is_response);
        let Sending {
            source,
            destination,
            ..
        } = *flight.first();
        for (role, comparison, address) in [
            (sender, claim.source, source),
            (sender.other(), claim.destination, destination),
        ] {
            let Some(comparison) = comparison else {
                continue;
            };
            let end = match role {
                Role::Initiator => &mut nat.initiator,
                Role::Responder => &mut nat.responder,
            };
            end.behind = Some(end.behind.unwrap_or(false) || !comparison.fits);
            if !comparison.fits {
                end.proofs.push(Proof {
                    flight,
                    comparison,
                    address,
                });
            }
        }
    }
    nat
}

/// The message and the notification in clear with which an exchange was refused. In IKEv2 it is
/// the response; in IKEv1 an informational of its own.
#[must_use]
pub fn refusal(exchange: &Exchange) -> Option<(&Flight, &Notify)> {
    let told = |flight: &'_ Option<Flight>| {
        flight
            .as_ref()
            .is_some_and(|flight| flight.facts.error_notify().is_some())
    };
    let flight = if told(&exchange.response) {
        exchange.response.as_ref()
    } else {
        exchange.request.as_ref()
    }?;
    Some((flight, flight.facts.error_notify()?))
}
