//! Somebody's address is rewritten on the way.

use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::situation;
use crate::words::octets;

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
        finding.because(
            "The hash was made over the sender's view of the address; the packet shows another.",
        )
    })
}
