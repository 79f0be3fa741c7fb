//! What a tunnel is, once everything is known: clients behind one NAT address are told apart, and
//! the two sides of a NAT seen in one capture are put together.

use std::net::IpAddr;

use ikescope_wire::observed::Timestamp;

use crate::esp::Flow;
use crate::few::push_tight;
use crate::history::Tunnel;
use crate::negotiation::{Negotiation, Role};

/// A client that is heard again this long after another one began was alive beside it.
const BESIDE: i64 = 2_000_000_000;

/// Settles the ends, the aliases and the clients of what was filed under one pair of addresses.
pub(crate) fn settle(tunnel: Tunnel) -> Vec<Tunnel> {
    let mut tunnels = by_client(tunnel);
    tunnels.iter_mut().for_each(name_ends);
    tunnels
}

/// One client behind an address that several may share.
struct Client {
    /// Its address and the ports a NAT gave it.
    address: IpAddr,
    ports: Vec<u16>,
    /// When anything of it was last seen.
    last: Timestamp,
    negotiations: Vec<Negotiation>,
}

/// Tells clients apart that were alive at once behind one address: a NAT never gives two of them
/// the same port, and a client that comes back with another port is silent on the old one.
fn by_client(mut tunnel: Tunnel) -> Vec<Tunnel> {
    let mut clients: Vec<Client> = Vec::new();
    for negotiation in std::mem::take(&mut tunnel.negotiations) {
        let last = last_seen(&negotiation, &tunnel.flows);
        match client_of(&clients, &negotiation) {
            Some(index) => {
                let client = &mut clients[index];
                client.last = client.last.max(last);
                client.ports.extend_from_slice(&negotiation.initiator_ports);
                push_tight(&mut client.negotiations, negotiation);
            }
            None => clients.push(Client {
                address: negotiation.initiator.ip(),
                ports: negotiation.initiator_ports.to_vec(),
                last,
                negotiations: vec![negotiation],
            }),
        }
    }
    if clients.len() < 2 {
        let only = clients.pop().map(|client| client.negotiations);
        tunnel.negotiations = only.unwrap_or_default();
        return vec![tunnel];
    }
    let mut flows: Vec<Option<Flow>> = std::mem::take(&mut tunnel.flows)
        .into_iter()
        .map(Some)
        .collect();
    let others = clients.len() - 1;
    clients
        .into_iter()
        .enumerate()
        .map(|(index, client)| {
            let own = |flow: &Option<Flow>| {
                flow.as_ref().is_some_and(|flow| {
                    index == others || uses(flow, client.address, &client.ports)
                })
            };
            let flows = flows
                .iter_mut()
                .filter(|flow| own(flow))
                .filter_map(Option::take)
                .collect();
            // What belongs to no client in particular stays with the first.
            let shared = if index == 0 {
                tunnel.clone()
            } else {
                Tunnel::new(tunnel.a, tunnel.b)
            };
            Tunnel {
                negotiations: client.negotiations,
                flows,
                ..shared
            }
        })
        .collect()
}

/// The client that began this negotiation: one that has used its port, else the one that has been
/// silent since; `None` if all the others go on.
fn client_of(clients: &[Client], negotiation: &Negotiation) -> Option<usize> {
    let address = negotiation.initiator.ip();
    let own = |client: &Client| client.address == address;
    let same_port = clients.iter().position(|client| {
        own(client)
            && negotiation
                .initiator_ports
                .iter()
                .any(|port| client.ports.contains(port))
    });
    let silent_since = || {
        let silent = |client: &Client| client.last.since(negotiation.first_time) < BESIDE;
        clients
            .iter()
            .rposition(|client| !own(client) || silent(client))
    };
    // Who was never answered has shown nothing of its own.
    let mute = !negotiation.heard(Role::Responder);
    same_port
        .or_else(silent_since)
        .or_else(|| mute.then(|| clients.len().checked_sub(1)).flatten())
}

/// When a negotiation, or the UDP-encapsulated ESP on its ports, was last seen.
fn last_seen(negotiation: &Negotiation, flows: &[Flow]) -> Timestamp {
    flows
        .iter()
        .filter(|flow| {
            uses(
                flow,
                negotiation.initiator.ip(),
                &negotiation.initiator_ports,
            )
        })
        .map(|flow| flow.last_time)
        .fold(negotiation.last_time, Timestamp::max)
}

/// Whether a flow comes from or goes to one of these ports.
fn uses(flow: &Flow, address: IpAddr, ports: &[u16]) -> bool {
    [flow.source, flow.destination]
        .iter()
        .any(|end| end.ip() == address && end.port() != 0 && ports.contains(&end.port()))
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
            // A log has the addresses that its device sees, and no TTL.
            let passed_nat = copy.hop_limit > 0 && copy.hop_limit < flight.first().hop_limit;
            // What comes from the other end's address was sent back, not rewritten.
            let reflected = negotiation.addresses(role.other()).contains(&copied);
            (copied != first && !reflected).then_some(if passed_nat { copied } else { first })
        })
        .unwrap_or(first_seen)
}
