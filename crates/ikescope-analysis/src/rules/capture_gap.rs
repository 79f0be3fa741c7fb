//! The capture ends, or begins, too early to tell.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::Flight;
use crate::standing::{Halt, Outcome};
use crate::words::{duration, sent};

declare_rule! {
    /// ## What it means
    /// The capture stops before the next message could have come, begins after the first ones, or
    /// lost packets: what is missing may have happened unseen.
    /// ## Why it happens
    /// The capture was stopped by hand, by a packet count or by a ring buffer, or was started when
    /// the negotiation was already under way; the capturing host could not keep up.
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
    if attempt.lossy {
        return Some(of_loss(last));
    }
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

fn of_loss(last: &Flight) -> Finding {
    Finding::new(
        &RULE,
        Confidence::Implied,
        "the capture lost packets; what is missing here may be among them.",
        sent(last, "the last IKE message seen"),
    )
    .because(
        "The capturing host counted packets it dropped, or sequence numbers of ESP are missing in \
         both directions alike.",
    )
    .next("Capture again with a filter and a larger buffer:\n    tcpdump -B 65536 -s 0 -w full.pcap 'udp port 500 or udp port 4500 or esp'")
}

/// Nanoseconds in a millisecond.
const MILLISECOND: i64 = 1_000_000;
