//! Floods and scans: many first messages that are never carried on.
//!
//! A peer that wants a tunnel either repeats its first message for half a minute and more, or goes
//! on with IKE_AUTH once it is answered. What does neither, many times within a minute, is a probe.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;

use ikescope_wire::iana::ExchangeType;
use ikescope_wire::observed::{FrameId, Timestamp};

use crate::diagnosis::Verdict;
use crate::finding::Confidence;
use crate::history::{History, Tunnel};
use crate::negotiation::{Negotiation, Role};
use crate::situation;
use crate::standing::{Outcome, SECOND, Stage};

/// Half-open attempts on one target within [`WITHIN`] that make a flood.
const FLOOD: usize = 30;
/// Targets of one source within [`WITHIN`] that make a scan.
const SCAN: usize = 8;
/// A flood or a scan is this dense.
const WITHIN: i64 = 60 * SECOND;
/// Daemons repeat an unanswered message for longer than this.
const SHORT: i64 = 5 * SECOND;
/// ... so the capture has to go on for this long after it.
const WATCHED_FOR: i64 = 10 * SECOND;
/// Whoever is answered goes on within this time.
const ANSWERED_FOR: i64 = 2 * SECOND;

/// What kind of probe it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ProbeKind {
    /// Many first messages for one target.
    HalfOpenFlood,
    /// First messages of one source for many targets.
    Scan,
}

impl ProbeKind {
    /// The word of the report contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HalfOpenFlood => "half-open-flood",
            Self::Scan => "scan",
        }
    }
}

/// A flood or a scan.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Which.
    pub kind: ProbeKind,
    /// Who is aimed at; of a scan, the first one.
    pub target: IpAddr,
    /// How many sources.
    pub sources: u64,
    /// How many targets.
    pub targets: u64,
    /// How many attempts.
    pub attempts: u64,
    /// First message.
    pub first_time: Timestamp,
    /// Newest message.
    pub last_time: Timestamp,
    /// Frame of the first message.
    pub first_frame: FrameId,
    /// Frame of the newest attempt's first message.
    pub last_frame: FrameId,
    /// Address of the first source.
    pub source: IpAddr,
    /// Indices of tunnels that hold nothing else.
    pub tunnels: Vec<usize>,
}

impl Probe {
    pub(crate) fn verdict(&self) -> Verdict {
        Verdict {
            outcome: Outcome::Probe,
            stage: Stage::SaInit,
            cause: None,
            confidence: Confidence::Suspected,
            summary: format!("part of a {}.", self.kind.as_str()),
            duty: None,
        }
    }
}

/// Finds floods, then scans among what is left.
pub(crate) fn find(history: &History) -> Vec<Probe> {
    let mut by_target: BTreeMap<IpAddr, Vec<Lead<'_>>> = BTreeMap::new();
    for (tunnel, record) in history.tunnels.iter().enumerate() {
        for negotiation in &record.negotiations {
            if is_left_open(negotiation) {
                let lead = Lead {
                    tunnel,
                    negotiation,
                    is_firm: was_watched(negotiation, history),
                };
                by_target.entry(lead.target()).or_default().push(lead);
            }
        }
    }
    let mut probes = Vec::new();
    let mut by_source: BTreeMap<IpAddr, Vec<Lead<'_>>> = BTreeMap::new();
    for leads in by_target.into_values() {
        if is_dense(firm(&leads).flat_map(Lead::times), FLOOD) {
            probes.push(probe(ProbeKind::HalfOpenFlood, &leads, history));
        } else {
            for lead in leads {
                by_source.entry(lead.source()).or_default().push(lead);
            }
        }
    }
    for leads in by_source.into_values() {
        let targets: BTreeMap<IpAddr, Timestamp> = firm(&leads)
            .map(|lead| (lead.target(), lead.negotiation.first_time))
            .collect();
        if is_dense(targets.into_values(), SCAN) {
            probes.push(probe(ProbeKind::Scan, &leads, history));
        }
    }
    probes
}

/// An attempt that may belong to a probe.
struct Lead<'a> {
    tunnel: usize,
    negotiation: &'a Negotiation,
    /// Watched for long enough; others belong to a probe only where firm ones made it one.
    is_firm: bool,
}

fn firm<'l, 'a>(leads: &'l [Lead<'a>]) -> impl Iterator<Item = &'l Lead<'a>> {
    leads.iter().filter(|lead| lead.is_firm)
}

impl Lead<'_> {
    const fn target(&self) -> IpAddr {
        self.negotiation.end(Role::Responder).ip()
    }

    const fn source(&self) -> IpAddr {
        self.negotiation.end(Role::Initiator).ip()
    }

    fn times(&self) -> impl Iterator<Item = Timestamp> + '_ {
        self.negotiation.attempt_times.iter().copied()
    }
}

/// Nothing but first messages, hardly repeated. Behind NAT the next message leaves on another port,
/// which a capture may leave out: that is no probe.
fn is_left_open(negotiation: &Negotiation) -> bool {
    let only_first = negotiation.exchanges.iter().all(|exchange| {
        matches!(
            exchange.exchange_type,
            ExchangeType::IKE_SA_INIT
                | ExchangeType::IDENTITY_PROTECTION
                | ExchangeType::AGGRESSIVE
                | ExchangeType::INFORMATIONAL_V1
        ) && exchange.step <= 1
    });
    let nat = situation::nat(negotiation);
    let behind_nat = [Role::Initiator, Role::Responder]
        .into_iter()
        .any(|role| nat.behind(role) == Some(true));
    negotiation.seen_from_start
        && only_first
        && !behind_nat
        && negotiation.last_time.since(negotiation.first_time) <= SHORT
}

fn was_watched(negotiation: &Negotiation, history: &History) -> bool {
    let watched = history
        .end_of(negotiation.first_frame.input)
        .since(negotiation.last_time);
    watched >= WATCHED_FOR || (negotiation.heard(Role::Responder) && watched >= ANSWERED_FOR)
}

/// Whether so many of these times lie within a minute.
fn is_dense(times: impl Iterator<Item = Timestamp>, many: usize) -> bool {
    let mut times: Vec<Timestamp> = times.collect();
    times.sort_unstable();
    times
        .windows(many)
        .any(|window| window[many - 1].since(window[0]) <= WITHIN)
}

fn probe(kind: ProbeKind, leads: &[Lead<'_>], history: &History) -> Probe {
    let first = leads
        .iter()
        .min_by_key(|lead| lead.negotiation.attempts_since);
    let last = leads.iter().max_by_key(|lead| lead.negotiation.first_time);
    let (first, last) = (first.unwrap_or(&leads[0]), last.unwrap_or(&leads[0]));
    let sources: BTreeSet<IpAddr> = leads.iter().map(Lead::source).collect();
    let targets: BTreeSet<IpAddr> = leads.iter().map(Lead::target).collect();
    let ids: HashSet<u32> = leads.iter().map(|lead| lead.negotiation.id).collect();
    let holds_nothing_else = |tunnel: &Tunnel| {
        let is_lead = |negotiation: &Negotiation| ids.contains(&negotiation.id);
        tunnel.flows.is_empty() && tunnel.negotiations.iter().all(is_lead)
    };
    let mut tunnels: Vec<usize> = leads
        .iter()
        .filter(|lead| holds_nothing_else(&history.tunnels[lead.tunnel]))
        .map(|lead| lead.tunnel)
        .collect();
    tunnels.dedup();
    Probe {
        kind,
        target: first.target(),
        sources: sources.len() as u64,
        targets: targets.len() as u64,
        attempts: leads
            .iter()
            .map(|lead| u64::from(lead.negotiation.attempts))
            .sum(),
        first_time: first.negotiation.attempts_since,
        last_time: last.negotiation.last_time,
        first_frame: first.negotiation.first_frame,
        last_frame: last
            .negotiation
            .first_flight()
            .map_or(last.negotiation.first_frame, |flight| flight.first().frame),
        source: first.source(),
        tunnels,
    }
}
