//! IKEv1: phase 1 is up, and nobody begins phase 2.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::{Mode, Role};
use crate::standing::{Halt, Outcome, Stage};
use crate::words::{duration, sent};

declare_rule! {
    /// ## What it means
    /// IKEv1 phase 1 came to its end, and no quick mode follows: there is no IPsec SA.
    /// ## Why it happens
    /// Phase 2 begins with traffic for the tunnel, and there is none; the phase 2 of the initiator is
    /// missing or disabled; it waits for XAUTH or mode config of the other side, which does not
    /// begin it; or what it sends does not come this way.
    /// ## How to confirm
    /// Send a ping from an address inside the protected network; read the initiator's log.
    /// ## How to fix
    /// Configure phase 2 for these networks, or let the device begin it by itself (FortiGate:
    /// auto-negotiate); enable XAUTH and mode config on both sides or on none.
    /// ## References
    /// RFC 2409 §5.5; RFC 4301 §4.4.1.
    "IKE407" "quick-mode-never-sent": Error, since "0.1.0",
    "IKEv1 phase 1 complete, no phase 2 follows",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let standing = &attempt.standing;
    let Halt::NextMissing(exchange) = standing.halt else {
        return None;
    };
    if standing.stage != Stage::QuickMode
        || standing.outcome != Outcome::Stalled
        || exchange.exchange_type == ExchangeType::QUICK_MODE
    {
        return None;
    }
    let last = attempt
        .negotiation
        .flights()
        .map(|(_, _, flight)| flight)
        .max_by_key(|flight| flight.first().time)?;
    let initiator = attempt.name(Role::Initiator);
    let silent = duration(attempt.end.since(last.last().time));
    let finding = Finding::new(
        &RULE,
        Confidence::Suspected,
        format!("phase 1 is up, and no quick mode was seen in {silent}."),
        sent(last, "the last message; quick mode should follow"),
    )
    .because("Phase 2 begins with traffic for the tunnel, or when the device begins it by itself.")
    .next(format!(
        "Send a ping through the tunnel from behind {initiator}, and read its log."
    ))
    .next(format!(
        "Is phase 2 configured and enabled on {initiator}? Does one side alone want XAUTH or mode \
         config?"
    ));
    let responder = attempt.name(Role::Responder);
    Some(if attempt.negotiation.mode == Mode::Aggressive {
        finding.unless(
            "psk-mismatch",
            format!("if the log of {responder} finds the hash of message 3 wrong"),
        )
    } else {
        finding
    })
}
