//! How much is told of each tunnel: all of it, or what a text of a few pages shows.

use std::cmp::Reverse;
use std::collections::HashSet;

use ikescope_analysis::{Diagnosis, Hints, History, Outcome, Tunnel, TunnelDiagnosis};

use crate::report::OUTCOMES;

/// How much of each tunnel the report tells.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Detail {
    /// Every negotiation whole.
    #[default]
    Whole,
    /// Of so many tunnels, the worst and newest, the negotiation that the verdict is of; of all
    /// others verdict, times and counts. A tunnel that is alone is told in any case. That is what
    /// the text report shows of a hub with thousands of peers.
    Worst(usize),
}

/// How the result is wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// How much of each tunnel.
    pub detail: Detail,
    /// What is known of the capture beside what is in it: whose words advice is to have.
    pub hints: Hints,
}

/// Which negotiations are told whole.
pub(crate) enum Told {
    All,
    /// The decisive ones of these tunnels.
    Of(HashSet<usize>),
}

impl Told {
    pub(crate) fn choose(history: &History, diagnosis: &Diagnosis, detail: Detail) -> Self {
        let Detail::Worst(most) = detail else {
            return Self::All;
        };
        let last_seen = |tunnel: &Tunnel| {
            let messages = tunnel
                .negotiations
                .iter()
                .map(|negotiation| negotiation.last_time);
            messages
                .chain(tunnel.flows.iter().map(|flow| flow.last_time))
                .max()
        };
        let tunnels = (history.tunnels.iter().zip(&diagnosis.tunnels).enumerate())
            .filter(|(_, (tunnel, judged))| is_tunnel(tunnel, judged));
        let mut order: Vec<_> = tunnels
            .map(|(index, (tunnel, judged))| {
                let word = judged.verdict.outcome.as_str();
                let rank = OUTCOMES.iter().position(|outcome| *outcome == word);
                (rank, Reverse(last_seen(tunnel)), index)
            })
            .collect();
        if order.len() == 1 {
            return Self::All;
        }
        order.sort_unstable();
        Self::Of(
            order
                .into_iter()
                .take(most)
                .map(|(.., index)| index)
                .collect(),
        )
    }

    pub(crate) fn of(&self, tunnel: usize) -> Whole {
        match self {
            Self::All => Whole::Every,
            Self::Of(tunnels) if tunnels.contains(&tunnel) => Whole::Decisive,
            Self::Of(_) => Whole::None,
        }
    }
}

/// Which negotiations of one tunnel are told whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Whole {
    Every,
    Decisive,
    None,
}

/// Probes are listed apart, and a connection on a port of IKE that carried none is not listed.
pub(crate) fn is_tunnel(tunnel: &Tunnel, judged: &TunnelDiagnosis) -> bool {
    let is_bare =
        tunnel.negotiations.is_empty() && tunnel.flows.is_empty() && tunnel.listed.is_none();
    judged.verdict.outcome != Outcome::Probe && !(is_bare && judged.findings.is_empty())
}
