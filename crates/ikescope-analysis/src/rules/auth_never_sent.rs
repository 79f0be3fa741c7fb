//! The answer came, and the next message never did.

use crate::advice;
use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::standing::{Halt, Outcome, Stage};
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// IKE_SA_INIT was answered (IKEv1: message 4 was sent), and no IKE_AUTH (message 5) was seen.
    /// ## Why it happens
    /// The initiator stopped: it found the answer unacceptable, or its own credentials are missing.
    /// Or it went on where this capture cannot see: UDP 4500, another path.
    /// ## How to confirm
    /// Read the initiator's log; capture UDP 4500 as well.
    /// ## How to fix
    /// Correct what the initiator complains of; widen the capture filter.
    /// ## References
    /// RFC 7296 §1.2, §2.23; RFC 3947 §4.
    "IKE307" "auth-never-sent": Error, since "0.1.0",
    "IKE_SA_INIT answered, yet no IKE_AUTH ever follows",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let standing = &attempt.standing;
    let Halt::NextMissing(exchange) = standing.halt else {
        return None;
    };
    if standing.outcome != Outcome::Stalled
        || !matches!(standing.stage, Stage::Auth | Stage::MainModeId)
    {
        return None;
    }
    let response = exchange.response.as_deref()?;
    let initiator = attempt.name(Role::Initiator);
    let next = if standing.stage == Stage::Auth {
        "IKE_AUTH"
    } else {
        "message 5"
    };
    let title = format!("{initiator} was answered, and its {next} was not seen.");
    Some(
        Finding::new(&RULE, Confidence::Suspected, title, sent(response, format!(
            "the answer; {next} should follow"
        )))
            .because(format!(
                "{initiator} stopped, or {next} went where this capture cannot see: behind NAT it is the \
                 first message on UDP 4500."
            ))
            .unless("udp-4500-blocked", "if the initiator did send it on UDP 4500")
            .next(advice::read_log(attempt, Role::Initiator, response.first().time, "."))
            .next("Capture again with both ports:\n    udp port 500 or udp port 4500"),
    )
}
