//! Which sending at one capture is which at the other.

use foldhash::HashMap;
use ikescope_wire::observed::Timestamp;
use ikescope_wire::{Header, Spi};

use super::clock::Clock;
use super::{Fate, Message, Negotiation, Seen, Sending, Tap, ToldBy, direction};
use crate::negotiation::{Ends, Role};
use crate::vantage::INITIAL_HOP_LIMITS;

/// Two sendings of one message are further apart than this; capture clocks drift by less.
const SAME_SENDING_WITHIN: i64 = 500_000_000;

/// One message and who saw which sendings of it.
struct Group<'a> {
    header: Header,
    sender: Role,
    is_response: bool,
    at: [Vec<&'a Seen>; 2],
    /// Sendings that are the same packet for sure, or by their turn.
    pairs: Vec<(&'a Seen, &'a Seen)>,
    /// Sendings that nothing was found for yet.
    single: [Vec<&'a Seen>; 2],
}

/// The messages of one initiator SPI, as far as they could be paired without a clock.
pub(super) struct Matched<'a> {
    groups: Vec<Group<'a>>,
    near_initiator: Option<(Tap, ToldBy)>,
}

impl<'a> Matched<'a> {
    pub(super) fn of(sides: [Vec<&'a Seen>; 2]) -> Self {
        // In IKEv1 only the addresses tell who sends: those of the first message, on either side.
        let initiators = sides
            .each_ref()
            .map(|side| side.first().map(|seen| opener(seen)));
        let mut order: Vec<u64> = Vec::new();
        let mut groups: HashMap<u64, Group<'a>> = HashMap::default();
        for (index, side) in sides.into_iter().enumerate() {
            for seen in side {
                let group = groups.entry(seen.identity).or_insert_with(|| {
                    order.push(seen.identity);
                    let (sender, is_response) = direction(seen, initiators[index]);
                    Group {
                        header: seen.header,
                        sender,
                        is_response,
                        at: Default::default(),
                        pairs: Vec::new(),
                        single: Default::default(),
                    }
                });
                group.at[index].push(seen);
            }
        }
        let mut groups: Vec<Group<'a>> = order
            .iter()
            .filter_map(|identity| groups.remove(identity))
            .collect();
        for group in &mut groups {
            group.pair();
        }
        let near_initiator = by_hop_limits(&groups)
            .or_else(|| by_round_trips(&groups))
            .or_else(|| by_freshness(&groups));
        Self {
            groups,
            near_initiator,
        }
    }

    /// Nanoseconds by which B's clock is ahead, if anything both saw tells.
    pub(super) fn clock(&self) -> Option<Clock> {
        let near = self.near_initiator.map_or(Tap::A, |(near, _)| near);
        let apart = |role: Role| -> Vec<i64> {
            let groups = self.groups.iter().filter(|group| group.sender == role);
            let pairs = groups.flat_map(|group| &group.pairs);
            pairs.map(|(a, b)| b.time.since(a.time)).collect()
        };
        let back = |apart: Vec<i64>| -> Vec<i64> { apart.into_iter().map(|it| -it).collect() };
        match near {
            Tap::A => Clock::estimate(&apart(Role::Initiator), &back(apart(Role::Responder))),
            Tap::B => Clock::estimate(&back(apart(Role::Initiator)), &apart(Role::Responder))
                .map(Clock::reversed),
        }
    }

    pub(super) fn conclude(
        self,
        spi: Spi,
        clock: Option<Clock>,
        spans: [Option<(Timestamp, Timestamp)>; 2],
    ) -> Negotiation {
        let near_initiator = self.near_initiator.map(|(near, _)| near);
        let ahead = clock.map_or(0, |clock| clock.ahead);
        let first_at_a = |group: &Group<'_>| {
            let at_a = group.at[0].first().map(|seen| seen.time.0);
            let at_b = group.at[1].first().map(|seen| seen.time.0 - ahead);
            at_a.into_iter().chain(at_b).min()
        };
        let mut groups = self.groups;
        groups.sort_by_key(first_at_a);
        let messages = groups.into_iter().map(|mut group| {
            group.pair_by_time(ahead);
            let near = match group.sender {
                Role::Initiator => near_initiator.unwrap_or(Tap::A),
                Role::Responder => near_initiator.unwrap_or(Tap::A).other(),
            };
            group.conclude(near, clock, spans)
        });
        Negotiation {
            spi,
            near_initiator,
            told_by: self.near_initiator.map(|(_, told_by)| told_by),
            clock,
            messages: messages.collect(),
        }
    }
}

impl<'a> Group<'a> {
    /// Pairs what needs no clock: the same IP identification, or as many sendings here as there.
    fn pair(&mut self) {
        let [at_a, at_b] = &self.at;
        if at_a.len() == at_b.len() {
            self.pairs = at_a.iter().copied().zip(at_b.iter().copied()).collect();
            return;
        }
        let mut rest: Vec<&Seen> = at_b.clone();
        for seen in at_a {
            let same = |other: &&Seen| seen.ip_id.is_some() && other.ip_id == seen.ip_id;
            match rest.iter().position(same) {
                Some(index) => self.pairs.push((seen, rest.remove(index))),
                None => self.single[0].push(seen),
            }
        }
        self.single[1] = rest;
    }

    /// Pairs what is left: sendings of one message are far apart, copies of one sending are not.
    fn pair_by_time(&mut self, ahead: i64) {
        let [at_a, at_b] = core::mem::take(&mut self.single);
        let mut rest: Vec<&Seen> = at_b;
        for seen in at_a {
            let apart = |other: &Seen| (other.time.since(seen.time) - ahead).abs();
            let best = rest
                .iter()
                .enumerate()
                .min_by_key(|(_, other)| apart(other));
            match best.filter(|(_, other)| {
                // Packets with different numbers are different packets.
                let numbered = seen.ip_id.is_some() && other.ip_id.is_some();
                !numbered && apart(other) < SAME_SENDING_WITHIN
            }) {
                Some((index, _)) => self.pairs.push((seen, rest.remove(index))),
                None => self.single[0].push(seen),
            }
        }
        self.single[1] = rest;
    }

    fn conclude(
        self,
        near: Tap,
        clock: Option<Clock>,
        spans: [Option<(Timestamp, Timestamp)>; 2],
    ) -> Message {
        let ahead = clock.map(|clock| clock.ahead);
        let [span_a, span_b] = spans;
        let (far_span, to_far) = match near {
            Tap::A => (span_b, ahead.unwrap_or(0)),
            Tap::B => (span_a, -ahead.unwrap_or(0)),
        };
        let [only_a, only_b] = self.single;
        let (only_near, only_far) = match near {
            Tap::A => (only_a, only_b),
            Tap::B => (only_b, only_a),
        };
        let both = self.pairs.into_iter().map(|(a, b)| {
            let (near, far) = match near {
                Tap::A => (a, b),
                Tap::B => (b, a),
            };
            let transit = ahead.map(|_| far.time.since(near.time) - to_far);
            Sending {
                fate: if near.whole && !far.whole {
                    Fate::InParts
                } else {
                    Fate::Arrived(transit)
                },
                near: Some(near.clone()),
                far: Some(far.clone()),
            }
        });
        let lost = only_near.into_iter().map(|seen| {
            let there = Timestamp(seen.time.0.saturating_add(to_far));
            let listened = far_span.is_some_and(|(first, last)| first <= there && there <= last);
            Sending {
                fate: if listened {
                    Fate::Lost
                } else {
                    Fate::NotCovered
                },
                near: Some(seen.clone()),
                far: None,
            }
        });
        let behind = only_far.into_iter().map(|seen| Sending {
            near: None,
            far: Some(seen.clone()),
            fate: Fate::OnlyBehind,
        });
        let mut sendings: Vec<Sending> = both.chain(lost).chain(behind).collect();
        sendings.sort_by_key(|sending| {
            let near = sending.near.as_ref().map(|seen| seen.time.0);
            let far = sending
                .far
                .as_ref()
                .map(|seen| seen.time.0.saturating_sub(to_far));
            near.or(far)
        });
        Message {
            header: self.header,
            sender: self.sender,
            is_response: self.is_response,
            sendings,
        }
    }
}

/// The ends of a negotiation's first message, from its initiator.
fn opener(first: &Seen) -> Ends {
    let (sender, _) = direction(first, None);
    match sender {
        Role::Initiator => first.ends,
        Role::Responder => Ends {
            source: first.ends.destination,
            destination: first.ends.source,
        },
    }
}

/// A router takes one off the hop limit: the capture with more left is nearer to the sender.
fn by_hop_limits(groups: &[Group<'_>]) -> Option<(Tap, ToldBy)> {
    groups.iter().find_map(|group| {
        let (a, b) = group.pairs.first()?;
        let near_sender = match a.hop_limit.cmp(&b.hop_limit) {
            core::cmp::Ordering::Greater => Tap::A,
            core::cmp::Ordering::Less => Tap::B,
            core::cmp::Ordering::Equal => return None,
        };
        let near_initiator = match group.sender {
            Role::Initiator => near_sender,
            Role::Responder => near_sender.other(),
        };
        Some((near_initiator, ToldBy::HopLimits))
    })
}

/// Who is nearer to the one that asks waits longer for the answer.
fn by_round_trips(groups: &[Group<'_>]) -> Option<(Tap, ToldBy)> {
    let of =
        |sender: Role| move |group: &&Group<'_>| group.sender == sender && !group.pairs.is_empty();
    let request = groups.iter().find(of(Role::Initiator))?.pairs.first()?;
    let answer = groups.iter().find(of(Role::Responder))?.pairs.first()?;
    let (at_a, at_b) = (
        answer.0.time.since(request.0.time),
        answer.1.time.since(request.1.time),
    );
    match at_a.cmp(&at_b) {
        core::cmp::Ordering::Greater => Some((Tap::A, ToldBy::RoundTrips)),
        core::cmp::Ordering::Less => Some((Tap::B, ToldBy::RoundTrips)),
        core::cmp::Ordering::Equal => None,
    }
}

/// Nothing was seen by both: packets that one capture alone saw, fresh from their sender.
fn by_freshness(groups: &[Group<'_>]) -> Option<(Tap, ToldBy)> {
    groups.iter().find_map(|group| {
        let (tap, seen) = match group.at.each_ref().map(|at| at.first()) {
            [Some(seen), None] => (Tap::A, seen),
            [None, Some(seen)] => (Tap::B, seen),
            _ => return None,
        };
        let is_fresh = INITIAL_HOP_LIMITS.contains(&seen.hop_limit);
        let near_initiator = match group.sender {
            Role::Initiator => tap,
            Role::Responder => tap.other(),
        };
        is_fresh.then_some((near_initiator, ToldBy::FreshPackets))
    })
}
