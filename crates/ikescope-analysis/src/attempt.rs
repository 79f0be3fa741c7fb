//! What a rule sees: one attempt with everything around it that matters.

use core::cell::OnceCell;
use std::net::IpAddr;

use ikescope_wire::iana::PayloadType;
use ikescope_wire::observed::Timestamp;
use ikescope_wire::statement::Subject;

use crate::advice::{Hints, Vendor};
use crate::esp::Flow;
use crate::history::{Coverage, History, Tunnel};
use crate::negotiation::{Exchange, Flight, Negotiation, Role};
use crate::offers::Compared;
use crate::peers::Peers;
use crate::radius::{self, RadiusExchange};
use crate::record::Facts;
use crate::situation;
use crate::standing::{self, Halt, Stage, Standing};
use crate::suite::{self, Suite};
use crate::vantage::{Sign, Vantage};

/// A tunnel with its attempts read.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The tunnel.
    pub tunnel: &'a Tunnel,
    /// Its attempts, in the order of the tunnel's negotiations.
    pub attempts: Vec<Attempt<'a>>,
    /// Flows older than the first attempt.
    pub older_flows: Vec<&'a Flow>,
    /// What is known of the tunnel's ends from other tunnels.
    pub peers: &'a Peers,
    /// When the last input ends.
    pub end: Timestamp,
}

/// One attempt.
#[derive(Debug)]
pub struct Attempt<'a> {
    /// What was seen.
    pub negotiation: &'a Negotiation,
    /// The tunnel it belongs to.
    pub tunnel: &'a Tunnel,
    /// The flows that began under this attempt.
    pub flows: Vec<&'a Flow>,
    /// When the capture that shows it ends.
    pub end: Timestamp,
    /// Start of the next attempt of the same tunnel by the same initiator.
    pub next_attempt: Option<Timestamp>,
    /// The end that this capture never shows although the other end's packets prove that it spoke.
    pub unseen: Option<Role>,
    /// Where the capture stood.
    pub vantage: Vantage,
    /// What tells where it stood.
    pub vantage_sign: Sign,
    /// Whether the capture lost so much that a single missing message says nothing.
    pub lossy: bool,
    /// The suite of the IKE SA, if the choice was seen.
    pub suite: Option<Suite>,
    /// Where it stands.
    pub standing: Standing<'a>,
    /// What the user says of the capture.
    pub hints: &'a Hints,
    /// What was asked of RADIUS servers meanwhile, if a user had to be authenticated.
    pub radius: Vec<RadiusExchange>,
    /// Who may have made the device of the initiator and that of the responder, once somebody asked.
    pub(crate) makers: (OnceCell<Vec<Vendor>>, OnceCell<Vec<Vendor>>),
}

impl<'a> Scene<'a> {
    /// Reads a tunnel.
    #[must_use]
    pub fn new(tunnel: &'a Tunnel, history: &History, peers: &'a Peers, hints: &'a Hints) -> Self {
        let mut older_flows = Vec::new();
        let mut shares: Vec<Vec<&Flow>> = vec![Vec::new(); tunnel.negotiations.len()];
        for flow in &tunnel.flows {
            match owner(tunnel, flow) {
                Some(index) => shares[index].push(flow),
                None => older_flows.push(flow),
            }
        }
        let attempts = tunnel
            .negotiations
            .iter()
            .zip(shares)
            .map(|(negotiation, flows)| Attempt::new(negotiation, tunnel, flows, history, hints))
            .collect();
        Self {
            tunnel,
            attempts,
            older_flows,
            peers,
            end: history
                .coverage
                .iter()
                .map(|coverage| coverage.last)
                .max()
                .unwrap_or_default(),
        }
    }
}

impl Scene<'_> {
    /// The offer of an attempt beside what its responder offers or accepts elsewhere in the input;
    /// `None` if the attempt does not end before a suite was chosen.
    #[must_use]
    pub fn compared(&self, attempt: &Attempt<'_>) -> Option<Compared> {
        if let Halt::Stated(_) = attempt.standing.halt {
            let subject = match attempt.standing.stage {
                Stage::ChildSa | Stage::QuickMode => Subject::ChildSa,
                _ => Subject::IkeSa,
            };
            return Compared::by_log(attempt.negotiation, subject);
        }
        let refused = matches!(attempt.standing.halt, Halt::Refused(_) | Halt::GroupLoop(_))
            && matches!(
                attempt.standing.stage,
                Stage::SaInit | Stage::MainModeSa | Stage::Aggressive
            );
        let offer = situation::offer_of(attempt).filter(|_| refused)?;
        let known = self.peers.list_of(
            attempt.name(Role::Responder),
            attempt.negotiation.ike_version,
            attempt.negotiation.id,
            attempt.name(Role::Initiator),
        );
        Some(Compared::new(&offer.facts.transforms, known))
    }
}

/// The attempt under which a flow began: the newest one that could have made its SA by then.
fn owner(tunnel: &Tunnel, flow: &Flow) -> Option<usize> {
    let before = |index: &usize| tunnel.negotiations[*index].first_time <= flow.first_time;
    let mut candidates = (0..tunnel.negotiations.len()).rev().filter(before);
    let newest = candidates.clone().next();
    candidates
        .find(|index| {
            standing::could_protect(&tunnel.negotiations[*index])
                .is_some_and(|since| since <= flow.first_time)
        })
        .or_else(|| newest.filter(|index| !tunnel.negotiations[*index].seen_from_start))
        .or_else(|| newest.filter(|_| flow.first_sequence <= FRESH))
        .or_else(|| {
            // The capture began inside a negotiation: what flowed before its first message is its own.
            tunnel
                .negotiations
                .first()
                .filter(|first| !first.seen_from_start)
                .map(|_| 0)
        })
}

/// Highest first sequence number of a flow that has just begun, where the tap misses a few packets
/// (RFC 4303 §2.2: the first is 1). Such a flow is of the negotiation before it even if what made
/// the SA went unseen, on UDP 4500 for example.
const FRESH: u32 = 4;

/// Start of the newest of several attempts that ended alike: the ones before it were given up.
fn after_one_alike(negotiation: &Negotiation) -> Option<Timestamp> {
    let gave_up = |pair: &[Timestamp]| pair[1].since(pair[0]) >= standing::SECOND;
    negotiation
        .attempt_times
        .windows(2)
        .rfind(|pair| gave_up(pair))
        .map(|pair| pair[1])
}

/// Whether a message of the negotiation is from an input that would show its ESP too. Of one that was
/// never seen nothing is known anyway.
fn shows_traffic(negotiation: &Negotiation, history: &History) -> bool {
    let shows = |input: u16| {
        let coverage = history.coverage.get(usize::from(input));
        coverage.is_none_or(|coverage| !coverage.ike_only)
    };
    negotiation.flights().any(|(_, _, flight)| {
        let copy = flight.first_duplicate.as_deref();
        let mut seen = flight.sendings.iter().chain(copy);
        seen.any(|sending| shows(sending.frame.input))
    })
}

/// Whether the capture dropped a thousandth of its frames by its own count, or lacks a hundredth of
/// the ESP of both ends: what both directions lose alike is lost here and not on the path.
fn loses_much(negotiation: &Negotiation, tunnel: &Tunnel, history: &History) -> bool {
    let coverage = history
        .coverage
        .get(usize::from(negotiation.first_frame.input));
    let drops = coverage.is_some_and(Coverage::drops_much);
    let lacks = |role| {
        let addresses = negotiation.addresses(role);
        let own = tunnel
            .flows
            .iter()
            .filter(|flow| addresses.contains(&flow.source.ip()));
        let (lost, seen) = own.fold((0, 0), |(lost, seen), flow| {
            (lost + flow.lost, seen + flow.packets)
        });
        lost > 0 && u64::saturating_mul(lost, 100) >= seen
    };
    drops || (lacks(Role::Initiator) && lacks(Role::Responder))
}

impl<'a> Attempt<'a> {
    fn new(
        negotiation: &'a Negotiation,
        tunnel: &'a Tunnel,
        flows: Vec<&'a Flow>,
        history: &History,
        hints: &'a Hints,
    ) -> Self {
        let end = history
            .end_of(negotiation.first_frame.input)
            .max(negotiation.last_time);
        let next_attempt = tunnel
            .negotiations
            .iter()
            .filter(|other| other.initiator.ip() == negotiation.initiator.ip())
            .map(|other| other.first_time)
            .find(|start| *start > negotiation.last_time)
            .or_else(|| after_one_alike(negotiation));
        let had_child = tunnel.negotiations.iter().any(|other| {
            other.id != negotiation.id
                && standing::could_protect(other)
                    .is_some_and(|since| since <= negotiation.last_time)
        });
        let had_traffic = tunnel
            .flows
            .iter()
            .any(|flow| flow.last_time >= negotiation.attempts_since);
        let unseen = standing::unseen_end(negotiation, &flows);
        let suite = Suite::of(negotiation);
        let (vantage, vantage_sign) = Vantage::of(negotiation, hints.vantage);
        let lossy = loses_much(negotiation, tunnel, history);
        let view = standing::View {
            negotiation,
            flows: &flows,
            end,
            next_attempt,
            had_child,
            had_traffic,
            unseen,
            vantage,
            lossy,
            suite,
            shows_traffic: shows_traffic(negotiation, history),
        };
        let standing = standing::stand(&view);
        Self {
            negotiation,
            tunnel,
            flows,
            end,
            next_attempt,
            unseen,
            vantage,
            vantage_sign,
            lossy,
            suite,
            standing,
            hints,
            radius: radius::during(negotiation, &history.radius),
            makers: Default::default(),
        }
    }

    /// Flows that this end sends.
    pub fn flows_from(&self, role: Role) -> impl Iterator<Item = &'a Flow> + '_ {
        let addresses = self.negotiation.addresses(role);
        self.flows
            .iter()
            .copied()
            .filter(move |flow| addresses.contains(&flow.source.ip()))
    }

    /// An end's address as the report names it.
    #[must_use]
    pub fn name(&self, role: Role) -> IpAddr {
        self.negotiation.end(role).ip()
    }

    /// Whether the answer of a protected exchange has room for more than a bare error notification.
    #[must_use]
    pub fn accepts(&self, exchange: &Exchange) -> bool {
        if let Some(inner) = exchange.answered().and_then(Facts::inner) {
            return inner.has(PayloadType::SA.0);
        }
        exchange
            .answered()
            .and_then(|facts| facts.encrypted)
            .is_some_and(|encrypted| {
                let room = suite::room(self.suite, &encrypted);
                // SA with one proposal and a nonce of 16 octets (RFC 7296 §1.3) are the least.
                encrypted.first_inner != PayloadType::NOTIFY || room.is_none_or(|room| room > 60)
            })
    }

    /// Whether the capture goes on behind this flight for longer than its sender's next interval.
    #[must_use]
    pub fn outlasts(&self, flight: &Flight) -> bool {
        standing::outlasts(flight, self.end, self.next_attempt)
    }
}
