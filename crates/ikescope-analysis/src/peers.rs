//! What is known of an address from everything in the input: the suites it accepts or offers. One
//! peer's refusal is read in the light of what it does elsewhere.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use ikescope_wire::iana::NotifyType;
use ikescope_wire::observed::FrameId;

use crate::history::Tunnel;
use crate::negotiation::{Negotiation, Role};
use crate::offers::{Known, Source};
use crate::proposal::{Kind, Transform};

/// Suites remembered of one address.
const SUITES_KEPT: usize = 16;

/// Suites that addresses were seen to accept or to offer.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    suites: HashMap<(IpAddr, u8), Vec<Suite>>,
}

/// Transforms of one proposal, and who had it.
#[derive(Clone, Debug)]
struct Suite {
    transforms: Vec<Transform>,
    accepted: bool,
    negotiation: u32,
    with: IpAddr,
    frame: FrameId,
    octets: Option<(u32, u32)>,
}

impl Peers {
    /// Reads every attempt of these tunnels, as far as it concerns an address that refuses a
    /// proposal somewhere: nobody asks about the others, and a storm has many.
    pub fn of<'a>(tunnels: impl IntoIterator<Item = &'a Tunnel> + Clone) -> Self {
        let negotiations = || {
            tunnels
                .clone()
                .into_iter()
                .flat_map(|tunnel| &tunnel.negotiations)
        };
        let refusing: HashSet<IpAddr> = negotiations()
            .filter(|negotiation| refuses(negotiation))
            .map(|negotiation| negotiation.responder.ip())
            .collect();
        let mut peers = Self::default();
        for negotiation in negotiations() {
            for (role, accepted) in [(Role::Responder, true), (Role::Initiator, false)] {
                if refusing.contains(&negotiation.end(role).ip()) {
                    peers.learn(negotiation, role, accepted);
                }
            }
        }
        peers
    }

    fn learn(&mut self, negotiation: &Negotiation, role: Role, accepted: bool) {
        let Some(flight) = negotiation
            .flights_of(role)
            .find(|flight| !flight.facts.transforms.is_empty())
        else {
            return;
        };
        let key = (negotiation.end(role).ip(), negotiation.ike_version);
        let known = self.suites.entry(key).or_default();
        for transforms in proposals(&flight.facts.transforms) {
            let is_known = known
                .iter()
                .any(|suite| suite.accepted == accepted && suite.transforms == transforms);
            if known.len() < SUITES_KEPT && !is_known {
                known.push(Suite {
                    transforms: transforms.to_vec(),
                    accepted,
                    negotiation: negotiation.id,
                    with: negotiation.end(role.other()).ip(),
                    frame: flight.first().frame,
                    octets: flight.facts.sa_octets,
                });
            }
        }
    }

    /// Everything that the address offered in other attempts or, if it offered nothing, accepted
    /// there, and the message that shows the first of it; what it said to this peer counts first.
    #[must_use]
    pub fn list_of(
        &self,
        address: IpAddr,
        version: u8,
        attempt: u32,
        peer: IpAddr,
    ) -> Option<(Known, Vec<Transform>)> {
        let known = self.suites.get(&(address, version))?;
        let elsewhere = || known.iter().filter(|suite| suite.negotiation != attempt);
        let best = elsewhere().min_by_key(|suite| (suite.accepted, suite.with != peer))?;
        let alike = |suite: &&Suite| {
            (suite.accepted, suite.with == peer) == (best.accepted, best.with == peer)
        };
        let list = elsewhere().filter(alike);
        let known = Known {
            frame: best.frame,
            octets: best.octets,
            source: if best.accepted {
                Source::Accepted
            } else {
                Source::Offered
            },
            same_peer: best.with == peer,
        };
        Some((
            known,
            list.flat_map(|suite| &suite.transforms).copied().collect(),
        ))
    }

    /// Whether one of these proposals has, in every type of transform, a value in common with a
    /// suite that the address accepted or offered in another attempt; and whether it accepted it.
    #[must_use]
    pub fn takes(
        &self,
        address: IpAddr,
        version: u8,
        attempt: u32,
        offer: &[Transform],
    ) -> Option<bool> {
        let known = self.suites.get(&(address, version))?;
        let fits = |suite: &&Suite| {
            suite.negotiation != attempt
                && proposals(offer).any(|proposal| agree(proposal, &suite.transforms))
        };
        known.iter().filter(fits).map(|suite| suite.accepted).max()
    }
}

/// NO_PROPOSAL_CHOSEN has the number 14 in both versions.
fn refuses(negotiation: &Negotiation) -> bool {
    negotiation
        .flights_of(Role::Responder)
        .filter_map(|flight| flight.facts.error_notify())
        .any(|notify| notify.notify_type == NotifyType::NO_PROPOSAL_CHOSEN.0)
}

/// The transforms of each proposal in turn.
fn proposals(transforms: &[Transform]) -> impl Iterator<Item = &[Transform]> {
    transforms.chunk_by(|one, other| one.proposal == other.proposal)
}

/// Whether two proposals have the same types of transforms and one value of each in common.
fn agree(one: &[Transform], other: &[Transform]) -> bool {
    let mut kinds: Vec<Kind> = one
        .iter()
        .chain(other)
        .map(|transform| transform.kind)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    !kinds.is_empty()
        && kinds.into_iter().all(|kind| {
            one.iter()
                .filter(|transform| transform.kind == kind)
                .any(|a| other.iter().any(|b| a.is_like(b)))
        })
}
