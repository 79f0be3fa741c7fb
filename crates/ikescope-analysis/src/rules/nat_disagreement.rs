//! One end carries ESP in UDP, the other does not.

use ikescope_wire::encapsulation::NAT_T_PORT;

use crate::advice::{self, Need};
use crate::attempt::Attempt;
use crate::esp::{Flow, FlowEncapsulation};
use crate::finding::{Confidence, Evidence, Finding, evidence};
use crate::negotiation::Role;
use crate::situation;
use crate::words::octets;

declare_rule! {
    /// ## What it means
    /// The two ends do not agree on whether NAT is between them: one sends ESP in UDP, the other
    /// bare, or bare although its own NAT detection hash tells its peer of NAT. Each drops what it
    /// does not expect.
    /// ## Why it happens
    /// One end computes its hash over another of its own addresses (several interfaces, a route
    /// that came up late), or forces encapsulation, and the other did not take notice.
    /// ## How to confirm
    /// On Linux the counter XfrmInStateMismatch grows with each packet of the other kind.
    /// ## How to fix
    /// Force UDP encapsulation on the end that sends bare ESP, or give it a fixed local address.
    /// ## References
    /// RFC 7296 §2.23; RFC 3948 §2.1, §2.2; RFC 3947 §3.2.
    "IKE120" "nat-disagreement": Warning, since "0.1.0",
    "one end carries ESP in UDP, the other does not",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    between_flows(attempt).or_else(|| beside_its_hash(attempt))
}

/// ESP of both ends, of different kinds at the same time.
fn between_flows(attempt: &Attempt<'_>) -> Option<Finding> {
    let newest = |role| {
        let flows = attempt.flows_from(role);
        flows.max_by_key(|flow| flow.first_time)
    };
    let (one, other) = (newest(Role::Initiator)?, newest(Role::Responder)?);
    let (bare, wrapped, role) = match (one.encapsulation, other.encapsulation) {
        (FlowEncapsulation::Esp, FlowEncapsulation::Udp) => (one, other, Role::Initiator),
        (FlowEncapsulation::Udp, FlowEncapsulation::Esp) => (other, one, Role::Responder),
        _ => return None,
    };
    let title = format!(
        "{} sends bare ESP, {} sends it in UDP: they disagree about NAT.",
        attempt.name(role),
        attempt.name(role.other())
    );
    let primary = shown(bare, "IP protocol 50");
    let finding = Finding::new(&RULE, Confidence::Implied, title, primary)
        .and(shown(wrapped, "ESP in UDP"))
        .because("Each end drops the kind of packets that it does not expect.");
    Some(finding.next(force(attempt, role)))
}

/// Bare ESP of an end whose own hash tells its peer that it is behind NAT. Were it, it would have
/// moved to UDP 4500.
fn beside_its_hash(attempt: &Attempt<'_>) -> Option<Finding> {
    let nat = situation::nat(attempt.negotiation);
    let moved = attempt
        .negotiation
        .flights()
        .any(|(_, _, flight)| flight.is_on_port(NAT_T_PORT));
    let (role, proof) = [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|role| {
            let own = nat.proofs(role).iter().find(|proof| proof.is_of_sender());
            Some((role, own?))
        })
        .filter(|_| !moved)?;
    let bare = attempt
        .flows_from(role)
        .find(|flow| flow.encapsulation == FlowEncapsulation::Esp)?;
    let (name, peer) = (attempt.name(role), attempt.name(role.other()));
    let title = format!("{name} sends bare ESP, but its NAT detection hash tells {peer} of NAT.");
    let label = format!(
        "hash {:08x} is not that of {} ({:08x}), so {peer} expects ESP in UDP",
        proof.comparison.sent, proof.address, proof.comparison.computed
    );
    let primary = octets(proof.flight, proof.comparison.octets(), label);
    let finding = Finding::new(&RULE, Confidence::Suspected, title, primary)
        .and(shown(bare, "IP protocol 50, and IKE stays on UDP 500"))
        .because(format!(
            "Behind NAT {name} would have moved to UDP 4500. It hashed another address of its own, \
             or pretends to be behind NAT."
        ));
    Some(finding.next(force(attempt, role)))
}

fn shown(flow: &Flow, label: &str) -> Evidence {
    evidence(flow.first_frame, None, label)
}

fn force(attempt: &Attempt<'_>, role: Role) -> String {
    let sentence = format!("Force UDP encapsulation on {}.", attempt.name(role));
    advice::step(attempt, role, &Need::ForceEncapsulation, &sentence)
}
