//! The capture ends, or begins, too early to tell.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::standing::{Halt, Outcome};
use crate::words::{duration, sent};

declare_rule! {
    /// ## What it means
    /// The capture stops before the next message could have come, or begins after the first ones:
    /// what is missing may have happened unseen.
    /// ## Why it happens
    /// The capture was stopped by hand, by a packet count or by a ring buffer, or was started when
    /// the negotiation was already under way.
    /// ## How to confirm
    /// Compare the time of the last frame with that of the last IKE message.
    /// ## How to fix
    /// Capture again, start before the tunnel does, and let it run for three minutes.
    /// ## References
    /// RFC 7296 §2.1 (retransmission timers are the requester's own choice).
    "IKE001" "capture-gap": Info, since "0.1.0",
    "the capture begins or ends too early to tell",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if attempt.standing.outcome != Outcome::Incomplete || attempt.unseen.is_some() {
        return None;
    }
    let last = attempt
        .negotiation
        .flights()
        .map(|(_, _, flight)| flight)
        .max_by_key(|flight| flight.last().time)?;
    let left = attempt.end.since(last.last().time);
    let title = match attempt.standing.halt {
        Halt::Unanswered(_) | Halt::NextMissing(_) => {
            // The lines of a log without times are a moment apart, and that says nothing.
            let after = if left < MILLISECOND {
                "right behind".to_owned()
            } else {
                format!("{} after", duration(left))
            };
            format!("the capture ends {after} the last message; too early to tell.")
        }
        _ => "the capture shows too little of this negotiation to tell.".to_owned(),
    };
    Some(
        Finding::new(
            &RULE,
            Confidence::Implied,
            title,
            sent(last, "the last IKE message seen"),
        )
        .because("What follows this message may have happened after the capture ended.")
        .next("Capture again, from before the tunnel starts until three minutes after it fails."),
    )
}

/// Nanoseconds in a millisecond.
const MILLISECOND: i64 = 1_000_000;
