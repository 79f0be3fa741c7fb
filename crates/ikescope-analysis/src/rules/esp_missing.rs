//! The tunnel is up and nobody uses it.

use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::standing::Outcome;
use crate::words::{duration, sent};

declare_rule! {
    /// ## What it means
    /// The negotiation succeeded by every visible sign, and no ESP packet was seen.
    /// ## Why it happens
    /// Nobody sent traffic for this tunnel; routes or policies do not lead into it; or ESP takes
    /// another path than this capture sees.
    /// ## How to confirm
    /// Send a ping from an address inside the traffic selectors while capturing.
    /// ## How to fix
    /// Check routes, policies and NAT exemptions on both sides.
    /// ## References
    /// RFC 4301 §4.4.1 (the policy decides what enters the tunnel).
    "IKE601" "esp-missing": Info, since "0.1.0",
    "up by every visible sign, no ESP at all",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if attempt.standing.outcome != Outcome::NoTraffic {
        return None;
    }
    let up = attempt.standing.up_since?;
    let last = attempt
        .negotiation
        .flights()
        .map(|(_, _, flight)| flight)
        .filter(|flight| flight.first().time <= up)
        .last()?;
    let title = format!(
        "the tunnel is up; no ESP was seen in {}.",
        duration(attempt.end.since(up))
    );
    let finding = Finding::new(
        &RULE,
        Confidence::Implied,
        title,
        sent(last, "completes the negotiation"),
    )
    .because(
        "Nobody sent traffic for this tunnel here, or it takes another way than this capture sees.",
    )
    .next("Send a ping from an address inside the traffic selectors while capturing.")
    .next("Check routes, policies and NAT exemptions on both sides.");
    let initiator = attempt.name(Role::Initiator);
    let heard_since = attempt
        .negotiation
        .flights_of(Role::Initiator)
        .any(|flight| flight.last().time > up);
    Some(if heard_since {
        finding
    } else {
        let tell =
            format!("if the log of {initiator} complains of the answer: it said nothing since");
        finding.unless("initiator-refused", tell)
    })
}
