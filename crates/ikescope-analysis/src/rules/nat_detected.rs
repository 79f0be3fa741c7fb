//! Somebody's address is rewritten on the way.

use ikescope_wire::encapsulation::{IKE_PORT, NAT_T_PORT};
use ikescope_wire::observed::is_public;

use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::situation::{self, Nat};
use crate::vantage::Vantage;
use crate::words::{octets, sent};

declare_rule! {
    /// ## What it means
    /// A NAT detection hash does not fit the address its packet was seen with: that address was
    /// rewritten, or the sender pretends so to force UDP encapsulation.
    /// ## Why it happens
    /// A router or firewall translates addresses between the peers; or encapsulation is forced by
    /// configuration.
    /// ## How to confirm
    /// Recompute SHA-1 over SPIs, address and port, as the evidence shows.
    /// ## How to fix
    /// Nothing is broken. UDP 4500 must pass, and identities should not be the hidden addresses.
    /// ## References
    /// RFC 7296 §2.23; RFC 3947 §3.2.
    "IKE109" "nat-detected": Info, since "0.1.0",
    "NAT detection hashes computed and compared: who is behind NAT",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    by_hashes(attempt).or_else(|| by_the_move(attempt))
}

/// IKEv1 makes the hashes with the algorithm of phase 1; those of others than SHA-1 are not
/// recomputed here. But a peer moves to UDP 4500 only once it has found NAT (RFC 3947 §4).
fn by_the_move(attempt: &Attempt<'_>) -> Option<Finding> {
    let negotiation = attempt.negotiation;
    let nat = situation::nat(negotiation);
    let told = [Role::Initiator, Role::Responder]
        .iter()
        .any(|role| nat.behind(*role).is_some());
    if negotiation.ike_version != 1 || told || negotiation.responder.port() != IKE_PORT {
        return None;
    }
    let moved = negotiation
        .flights_of(Role::Initiator)
        .find(|flight| flight.ends.destination.port() == NAT_T_PORT)?;
    let initiator = attempt.name(Role::Initiator);
    let title = format!("{initiator} found NAT on the way: it moved to UDP 4500.");
    Some(
        Finding::new(&RULE, Confidence::Implied, title, sent(moved, "the first message on UDP 4500"))
            .because("It compared the NAT detection hashes of both ends, or was told to act as if NAT were there."),
    )
}

fn by_hashes(attempt: &Attempt<'_>) -> Option<Finding> {
    let nat = situation::nat(attempt.negotiation);
    let behind: Vec<Role> = [Role::Initiator, Role::Responder]
        .into_iter()
        .filter(|role| nat.behind(*role) == Some(true))
        .collect();
    let first = *behind.first()?;
    let names: Vec<String> = behind.iter().map(|role| role.as_str().to_owned()).collect();
    let title = format!("the {} is behind NAT.", names.join(" and the "));
    let mut finding: Option<Finding> = None;
    for proof in nat
        .proofs(first)
        .iter()
        .chain(behind.get(1).map_or(&[][..], |role| nat.proofs(*role)))
    {
        let label = format!(
            "hash {:08x} is not that of {} ({:08x})",
            proof.comparison.sent, proof.address, proof.comparison.computed
        );
        let place = octets(proof.flight, proof.comparison.octets(), label);
        finding = Some(match finding {
            None => Finding::new(&RULE, Confidence::Implied, title.clone(), place),
            Some(finding) => finding.and(place),
        });
    }
    finding.map(|finding| {
        let finding = finding.because(
            "The hash was made over the sender's view of the address; the packet shows another.",
        );
        match pretends(attempt, &nat, first) {
            Some(tell) => finding.unless("forced encapsulation", tell),
            None => finding,
        }
    })
}

/// The hash of an end beside the capture, which is there with a public address: no router has touched
/// its packets, so hardly a NAT.
fn pretends(attempt: &Attempt<'_>, nat: &Nat<'_>, role: Role) -> Option<String> {
    let own = nat.proofs(role).iter().find(|proof| proof.is_of_sender())?;
    let is_beside = attempt.vantage == Vantage::Beside(role) && is_public(own.address.ip());
    is_beside.then(|| {
        format!(
            "likely, since its packets are fresh here (TTL {}): such a hash makes both ends carry \
             ESP in UDP",
            own.flight.first().hop_limit
        )
    })
}
