//! NO_PROPOSAL_CHOSEN from a peer that takes this proposal elsewhere.

use crate::advice;
use crate::attempt::{Attempt, Scene};
use crate::finding::{Confidence, Finding};
use crate::log::Told;
use crate::negotiation::Role;
use crate::rule::Placed;
use crate::said;
use crate::situation::{no_proposal_chosen, offer_of};
use crate::words::{octets, repeats, sent};

declare_rule! {
    /// ## What it means
    /// The responder says NO_PROPOSAL_CHOSEN, but the offer contains what it accepts or offers
    /// elsewhere in this capture: the algorithms are hardly the reason.
    /// ## Why it happens
    /// It has no connection for this address, interface, identity or IKE version; IKE has no error of
    /// its own for that, and daemons say NO_PROPOSAL_CHOSEN.
    /// ## How to confirm
    /// Read the responder's log: no suitable connection, no IKE config found.
    /// ## How to fix
    /// Configure this peer at the responder: its address (the outer one behind NAT), version, and
    /// load the connection.
    /// ## References
    /// RFC 7296 §2.7, §3.10.1; RFC 2408 §5.4.
    "IKE209" "peer-not-configured": Error, since "0.1.0",
    "NO_PROPOSAL_CHOSEN, but the offer contains what this responder takes elsewhere",
    Tunnel(check), over ["no-proposal-chosen"]
}

fn check(scene: &Scene<'_>) -> Vec<Placed> {
    let mut findings = Vec::new();
    for (index, attempt) in scene.attempts.iter().enumerate() {
        if let Some(finding) = by_log(attempt) {
            findings.push((Some(index), finding));
        }
        let negotiation = attempt.negotiation;
        let Some((flight, notify)) = no_proposal_chosen(attempt) else {
            continue;
        };
        let offer = offer_of(attempt);
        let responder = attempt.name(Role::Responder);
        let taken = offer.and_then(|offer| {
            scene.peers.takes(
                responder,
                negotiation.ike_version,
                negotiation.id,
                &offer.facts.transforms,
            )
        });
        let (Some(accepted), Some(offer)) = (taken, offer) else {
            continue;
        };
        let does = if accepted { "accepts" } else { "offers" };
        let title = format!(
            "{responder} refuses a proposal that it {does} elsewhere: it may not know {}.",
            attempt.name(Role::Initiator)
        );
        let place = octets(
            flight,
            notify.octets(),
            "NO_PROPOSAL_CHOSEN, in clear, not authenticated",
        );
        let finding = Finding::new(&RULE, Confidence::Suspected, title, place)
            .and(sent(
                offer,
                format!("the offer; {responder} {does} a suite of it in another negotiation"),
            ))
            .and_maybe(repeats(flight, "refused again"))
            .because(
                "IKE has no error for an unknown peer; daemons say NO_PROPOSAL_CHOSEN instead.",
            )
            .unless(
                "no-proposal-chosen",
                "if the responder has this peer with other proposals than the rest",
            )
            .next(format!(
                "Is {} configured at {responder}, with this IKE version?",
                attempt.name(Role::Initiator)
            ))
            .next(advice::read_log(
                attempt,
                Role::Responder,
                flight.first().time,
                ": does it find a connection for this peer?",
            ));
        findings.push((Some(index), finding));
    }
    findings
}

fn by_log(attempt: &Attempt<'_>) -> Option<Finding> {
    let line = said::cause(attempt).filter(|line| line.told == Told::NotConfigured)?;
    let finding = said::stated(&RULE, attempt, line, |by, peer| {
        format!("{by} has no connection, or no policy, for {peer}.")
    });
    let (by, peer) = said::ends(attempt, line);
    Some(finding.next(format!(
        "At {by}: is there a connection for {peer}, and a firewall policy that uses it?"
    )))
}
