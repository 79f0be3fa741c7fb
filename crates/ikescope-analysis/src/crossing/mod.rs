//! Two captures of the same negotiations from two places: what left the one and reached the other.
//!
//! A message is told by its octets, which no NAT changes; one sending of it by its IP identification,
//! else by its turn. Which capture is nearer to the sender follows from hop limits, which fall on the
//! way, else from round trips, which are longer nearer to who asks: no clock is trusted for it.
//! Only here may anything be called lost.

mod clock;
mod pairing;
mod witness;

use std::collections::{BTreeSet, HashSet};
use std::net::SocketAddr;

use foldhash::HashMap;
use ikescope_wire::iana::ExchangeType;
use ikescope_wire::{Header, Spi};

pub use clock::Clock;
pub use witness::{Seen, Witness};

use crate::conversation;
use crate::negotiation::{Ends, Role};
use witness::Sequences;

/// One of the two captures.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Tap {
    /// The first.
    A,
    /// The second.
    B,
}

impl Tap {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// What became of one sending on its way from one capture to the other.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Where it passed first; `None` if only the capture behind saw it.
    pub near: Option<Seen>,
    /// Where it came by later.
    pub far: Option<Seen>,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a sending.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Fate {
    /// Seen by both. Nanoseconds between them by the corrected clock, if it could be corrected.
    Arrived(Option<i64>),
    /// Only some of its IP fragments came by at the second capture.
    InParts,
    /// It passed the first capture and never came by at the second, which was listening.
    Lost,
    /// It passed the first capture while the second did not run.
    NotCovered,
    /// The capture nearer to the sender does not have it: that one missed a packet, or it went
    /// another way.
    OnlyBehind,
}

/// One message, by its octets, and all its sendings.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its header.
    pub header: Header,
    /// Who sent it.
    pub sender: Role,
    /// Whether it answers one.
    pub is_response: bool,
    /// Its sendings in time order.
    pub sendings: Vec<Sending>,
}

/// The messages with one initiator SPI.
#[derive(Clone, Debug)]
pub struct Negotiation {
    /// The initiator's SPI.
    pub spi: Spi,
    /// The capture nearer to the initiator; `None` where nothing tells.
    pub near_initiator: Option<Tap>,
    /// How `near_initiator` was told.
    pub told_by: Option<ToldBy>,
    /// How B's clock stands to A's.
    pub clock: Option<Clock>,
    /// Messages in the order in which they were first seen.
    pub messages: Vec<Message>,
}

/// How it was told which capture is nearer to which end.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ToldBy {
    /// The same packet had more hops left at the one.
    HopLimits,
    /// Answers took longer at the one.
    RoundTrips,
    /// Packets seen by one capture only were fresh from their sender there.
    FreshPackets,
}

/// ESP or AH packets of one SPI.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// The SPI.
    pub spi: u32,
    /// The capture that saw it first.
    pub from: Option<Tap>,
    /// Packets seen by A, by B, and by both.
    pub packets: [u64; 3],
    /// Packets that the nearer capture saw, between the first and the last that both saw, and the
    /// farther one did not.
    pub lost: u64,
}

/// What the two captures tell together.
#[derive(Clone, Debug)]
pub struct Crossing {
    /// Negotiations of which at least one message was seen, in order of time.
    pub negotiations: Vec<Negotiation>,
    /// ESP flows seen by either.
    pub flows: Vec<Flow>,
    /// Ends as A saw them and as B did, where they differ: a NAT stands between.
    pub rewritten: Vec<(SocketAddr, SocketAddr)>,
}

impl Negotiation {
    /// Both ends as that capture saw them, initiator first.
    #[must_use]
    pub fn ends_at(&self, tap: Tap) -> Option<(SocketAddr, SocketAddr)> {
        self.messages.iter().find_map(|message| {
            let seen = message
                .sendings
                .iter()
                .find_map(|it| self.seen_at(it, message, tap))?;
            let Ends {
                source,
                destination,
            } = seen.ends;
            Some(match message.sender {
                Role::Initiator => (source, destination),
                Role::Responder => (destination, source),
            })
        })
    }

    /// What that capture saw of a sending.
    #[must_use]
    pub fn seen_at<'a>(
        &self,
        sending: &'a Sending,
        message: &Message,
        tap: Tap,
    ) -> Option<&'a Seen> {
        if self.near(message.sender) == tap {
            sending.near.as_ref()
        } else {
            sending.far.as_ref()
        }
    }

    /// The capture nearer to this end: by default A is nearer to the initiator.
    #[must_use]
    pub fn near(&self, role: Role) -> Tap {
        let near_initiator = self.near_initiator.unwrap_or(Tap::A);
        match role {
            Role::Initiator => near_initiator,
            Role::Responder => near_initiator.other(),
        }
    }

    /// Whether anything of it was lost between the captures.
    #[must_use]
    pub fn has_losses(&self) -> bool {
        self.losses().next().is_some()
    }

    /// The sendings that were lost, whole or in part, with their messages.
    pub fn losses(&self) -> impl Iterator<Item = (&Message, &Sending)> {
        self.messages.iter().flat_map(|message| {
            let lost = message
                .sendings
                .iter()
                .filter(|sending| sending.fate.is_loss());
            lost.map(move |sending| (message, sending))
        })
    }
}

impl Fate {
    /// Whether something that left did not arrive.
    #[must_use]
    pub const fn is_loss(self) -> bool {
        matches!(self, Self::Lost | Self::InParts)
    }
}

/// Lines two captures up. `offset` is how far B's clock is ahead of A's in nanoseconds, if somebody
/// knows; else it is estimated from messages that both saw.
#[must_use]
pub fn cross(a: &Witness, b: &Witness, offset: Option<i64>) -> Crossing {
    let mut spis: Vec<Spi> = Vec::new();
    let mut by_spi: HashMap<Spi, [Vec<&Seen>; 2]> = HashMap::default();
    let mut all: Vec<(usize, &Seen)> = Vec::new();
    for (side, witness) in [a, b].into_iter().enumerate() {
        all.extend(witness.messages.iter().map(|seen| (side, seen)));
    }
    for (side, seen) in all {
        let spi = seen.header.spis.initiator;
        let sides = by_spi.entry(spi).or_insert_with(|| {
            spis.push(spi);
            Default::default()
        });
        sides[side].push(seen);
    }
    // What one negotiation tells of the clocks holds for the others.
    let known: Vec<(Spi, pairing::Matched<'_>)> = spis
        .into_iter()
        .filter_map(|spi| Some((spi, pairing::Matched::of(by_spi.remove(&spi)?))))
        .collect();
    let clock = Clock::told(offset).or_else(|| {
        let estimates = known.iter().filter_map(|(_, matched)| matched.clock());
        estimates.min_by_key(Clock::uncertainty)
    });
    let negotiations: Vec<Negotiation> = known
        .into_iter()
        .map(|(spi, matched)| matched.conclude(spi, clock, [a.span, b.span]))
        .collect();
    Crossing {
        flows: flows(a, b, &negotiations),
        rewritten: rewritten(&negotiations),
        negotiations,
    }
}

/// Who sent a message and whether it is an answer, by its header and, in IKEv1, by who began.
fn direction(seen: &Seen, initiator_ends: Option<Ends>) -> (Role, bool) {
    let header = &seen.header;
    if header.version.major() == 2 {
        let by_flag = if header.flags.is_initiator() {
            Role::Initiator
        } else {
            Role::Responder
        };
        return (by_flag, header.flags.is_response());
    }
    let from_initiator = initiator_ends.map_or_else(
        || conversation::opening_sender(header) == Role::Initiator,
        |ends| ends.source.ip() == seen.ends.source.ip(),
    );
    let sender = if from_initiator {
        Role::Initiator
    } else {
        Role::Responder
    };
    let is_informational = header.exchange_type == ExchangeType::INFORMATIONAL_V1;
    (sender, !from_initiator && !is_informational)
}

fn rewritten(negotiations: &[Negotiation]) -> Vec<(SocketAddr, SocketAddr)> {
    let both = |negotiation: &Negotiation| {
        let (at_a, at_b) = (negotiation.ends_at(Tap::A)?, negotiation.ends_at(Tap::B)?);
        Some([(at_a.0, at_b.0), (at_a.1, at_b.1)])
    };
    let ends: BTreeSet<(SocketAddr, SocketAddr)> =
        negotiations.iter().filter_map(both).flatten().collect();
    ends.into_iter()
        .filter(|(one, other)| one != other)
        .collect()
}

fn flows(a: &Witness, b: &Witness, negotiations: &[Negotiation]) -> Vec<Flow> {
    let spis: BTreeSet<u32> = a.flows.keys().chain(b.flows.keys()).copied().collect();
    let flow = |spi: u32| {
        let [at_a, at_b] = [a, b].map(|witness| witness.flows.get(&spi));
        let numbers = |flow: Option<&Sequences>| -> HashSet<u32> {
            flow.map(|flow| flow.numbers.iter().copied().collect())
                .unwrap_or_default()
        };
        let [seen_a, seen_b] = [numbers(at_a), numbers(at_b)];
        let both: Vec<u32> = seen_a.intersection(&seen_b).copied().collect();
        let from = at_a
            .zip(at_b)
            .and_then(|(at_a, at_b)| nearer(at_a, at_b, negotiations));
        let near = match from {
            Some(Tap::A) => Some(&seen_a),
            Some(Tap::B) => Some(&seen_b),
            None => None,
        };
        let within = both.iter().min().copied().zip(both.iter().max().copied());
        let lost = near.zip(within).map_or(0, |(near, (first, last))| {
            let between = near
                .iter()
                .filter(|number| (first..=last).contains(*number));
            between.count() as u64 - both.len() as u64
        });
        let packets = [seen_a.len() as u64, seen_b.len() as u64, both.len() as u64];
        Flow {
            spi,
            from,
            packets,
            lost,
        }
    };
    spis.into_iter().map(flow).collect()
}

/// Which capture an ESP flow passes first: by its hop limits, else as its sender's IKE did.
fn nearer(at_a: &Sequences, at_b: &Sequences, negotiations: &[Negotiation]) -> Option<Tap> {
    match at_a.hop_limit.cmp(&at_b.hop_limit) {
        core::cmp::Ordering::Greater => return Some(Tap::A),
        core::cmp::Ordering::Less => return Some(Tap::B),
        core::cmp::Ordering::Equal => {}
    }
    negotiations.iter().find_map(|negotiation| {
        negotiation.near_initiator?;
        let (initiator, responder) = negotiation.ends_at(Tap::A)?;
        if (initiator.ip(), responder.ip()) == (at_a.source, at_a.destination) {
            Some(negotiation.near(Role::Initiator))
        } else if (responder.ip(), initiator.ip()) == (at_a.source, at_a.destination) {
            Some(negotiation.near(Role::Responder))
        } else {
            None
        }
    })
}
