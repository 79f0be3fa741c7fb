//! What is alive, shown while it is: to whom a message or a flow belongs, and the part of its tunnel
//! that a verdict needs. Nothing here changes what was filed.

use super::Filing;
use crate::clients;
use crate::esp::Flow;
use crate::history::Tunnel;
use crate::negotiation::Negotiation;
use crate::roster::Slot;
use crate::standing;

/// Flows that are looked at for one verdict, the newest.
const FLOWS_SHOWN: usize = 32;
/// Attempts among which the one before is looked for, the newest.
const ATTEMPTS_SHOWN: usize = 64;

impl Filing {
    /// A negotiation that is alive.
    pub(crate) fn negotiation(&self, slot: Slot) -> Option<&Negotiation> {
        self.roster.get(slot)
    }

    /// How many negotiations are alive.
    pub(crate) const fn live(&self) -> usize {
        self.roster.live()
    }

    /// A flow of a tunnel.
    pub(crate) fn flow(&self, tunnel: usize, index: usize) -> &Flow {
        &self.tunnels[tunnel].tunnel.flows[index]
    }

    /// The negotiation under which a new flow of a tunnel began: the newest one that could have made
    /// its SA by then, else the newest.
    pub(crate) fn owner(&self, tunnel: usize, flow: &Flow) -> Option<Slot> {
        let live = || self.tunnels[tunnel].live.iter().rev().copied();
        let made = |slot: &Slot| {
            let since = self.roster.get(*slot).and_then(standing::could_protect);
            since.is_some_and(|since| since <= flow.first_time)
        };
        live().find(made).or_else(|| live().next())
    }

    /// The attempt of the same initiator before this one, as long as it is alive.
    pub(crate) fn attempt_before(&self, slot: Slot) -> Option<Slot> {
        let own = self.roster.get(slot)?;
        let earlier = |other: &&(Slot, &Negotiation)| other.1.id < own.id;
        let attempts = self.attempts_like(slot);
        let newest = attempts.iter().filter(earlier).max_by_key(|it| it.1.id)?;
        Some(newest.0)
    }

    /// The newest negotiations of its tunnel that are alive and of the same initiator, this one among
    /// them.
    fn attempts_like(&self, slot: Slot) -> Vec<(Slot, &Negotiation)> {
        let (Some(own), Some(tunnel)) = (self.roster.get(slot), self.roster.tunnel(slot)) else {
            return Vec::new();
        };
        let live = self.tunnels[tunnel].live.iter().rev().take(ATTEMPTS_SHOWN);
        live.filter_map(|slot| Some((*slot, self.roster.get(*slot)?)))
            .filter(|(_, other)| other.initiator.ip() == own.initiator.ip())
            .collect()
    }

    /// What is needed of a tunnel to judge one negotiation of it now: this one, the attempts beside
    /// it, the newest flows since it began.
    pub(crate) fn scene(&self, slot: Slot) -> Option<Tunnel> {
        let own = self.roster.get(slot)?;
        let tunnel = &self.tunnels[self.roster.tunnel(slot)?].tunnel;
        let attempts = self.attempts_like(slot);
        let others = || attempts.iter().map(|(_, other)| *other);
        let before = others().filter(|it| it.id < own.id).max_by_key(|it| it.id);
        let after = others().filter(|it| it.id > own.id).min_by_key(|it| it.id);
        let negotiations = [before, Some(own), after];
        let since = |flow: &&Flow| flow.last_time >= own.first_time;
        let mut flows: Vec<Flow> = tunnel
            .flows
            .iter()
            .rev()
            .filter(since)
            .take(FLOWS_SHOWN)
            .cloned()
            .collect();
        flows.reverse();
        let shown = Tunnel {
            aliases: tunnel.aliases.clone(),
            negotiations: negotiations.into_iter().flatten().cloned().collect(),
            flows,
            icmp: tunnel.icmp.clone(),
            incomplete: tunnel.incomplete.clone(),
            tcp: tunnel.tcp.clone(),
            keepalives: tunnel.keepalives,
            ..Tunnel::new(tunnel.a, tunnel.b)
        };
        let is_own = |tunnel: &Tunnel| tunnel.negotiations.iter().any(|it| it.id == own.id);
        clients::settle(shown).into_iter().find(is_own)
    }
}
