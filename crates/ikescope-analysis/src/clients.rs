//! What a tunnel is, once everything is known: clients behind one NAT address are told apart, and
//! the two sides of a NAT seen in one capture are put together.

use std::net::IpAddr;

use crate::history::Tunnel;
use crate::negotiation::{Negotiation, Role};

/// Settles the ends, the aliases and the clients of what was filed under one pair of addresses.
pub(crate) fn settle(mut tunnel: Tunnel) -> Vec<Tunnel> {
    name_ends(&mut tunnel);
    vec![tunnel]
}

/// `a` and `b` are the addresses of the newest attempt; where a NAT shows both its sides, the
/// outer address is the tunnel's and the inner one an alias.
fn name_ends(tunnel: &mut Tunnel) {
    let Some(newest) = tunnel.negotiations.last() else {
        return;
    };
    let a = outer(newest, Role::Initiator);
    let b = outer(newest, Role::Responder);
    let mut aliases: Vec<IpAddr> = Vec::new();
    for negotiation in &tunnel.negotiations {
        for role in [Role::Initiator, Role::Responder] {
            for address in negotiation.addresses(role) {
                if ![a, b].contains(address) && !aliases.contains(address) {
                    aliases.push(*address);
                }
            }
        }
    }
    (tunnel.a, tunnel.b, tunnel.aliases) = (a, b, aliases);
}

/// The address of this end that is farther from it: of two copies of one packet the one with the
/// lower TTL has passed the NAT.
fn outer(negotiation: &Negotiation, role: Role) -> IpAddr {
    let first_seen = negotiation.end(role).ip();
    negotiation
        .flights_of(role)
        .find_map(|flight| {
            let copy = flight.first_duplicate.as_deref()?;
            let (copied, first) = (flight.ends_of(copy).source.ip(), flight.ends.source.ip());
            let passed_nat = copy.hop_limit < flight.first().hop_limit;
            (copied != first).then_some(if passed_nat { copied } else { first })
        })
        .unwrap_or(first_seen)
}
