//! Aggressive mode does not get past its first or second message.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::said::gave_up_alone;
use crate::silence::{answer_not_heard, next_not_seen, unanswered};
use crate::standing::{Halt, Outcome, Stage};

declare_rule! {
    /// ## What it means
    /// Aggressive mode message 1 finds no answer here, or message 2 is repeated because message 3
    /// does not come.
    /// ## Why it happens
    /// The message is lost on the way; the responder allows main mode only or does not know the
    /// identity that message 1 shows; or message 3, the first behind a NAT on UDP 4500, is
    /// filtered.
    /// ## How to confirm
    /// Capture UDP 500 and 4500 at the other end during one retry.
    /// ## How to fix
    /// Open UDP 500 and 4500; set the same mode and peer identity on both sides.
    /// ## References
    /// RFC 2409 §5.4; RFC 2408 §5.1; RFC 3947 §4.
    "IKE105" "aggressive-unanswered": Error, since "0.1.0",
    "IKEv1 aggressive mode message 1 or 2 repeated",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let standing = &attempt.standing;
    if standing.stage != Stage::Aggressive || standing.outcome != Outcome::Stalled {
        return None;
    }
    match standing.halt {
        Halt::Unanswered(exchange) if exchange.exchange_type == ExchangeType::AGGRESSIVE => Some(
            unanswered(&RULE, attempt, exchange, "aggressive mode message 1")?
                .because(
                    "The message or its answer is lost, or the responder drops it without a word.",
                )
                .unless(
                    "port-unreachable",
                    "if ICMP is filtered: nobody listens on UDP 500 there",
                )
                .next("Capture UDP 500 at the responder during a retry."),
        ),
        Halt::AnswerNotHeard(exchange) => {
            answer_not_heard(&RULE, attempt, exchange, "aggressive mode message 1")
        }
        Halt::AnswerRepeated(exchange) => Some(
            next_not_seen(&RULE, attempt, exchange, ["message 2", "message 3"])?
                .because("Message 3 is lost on the way, or cannot be read by the responder.")
                .next("Capture UDP 500 and 4500 at the responder during a retry."),
        ),
        _ => gave_up_alone(&RULE, attempt, Stage::Aggressive),
    }
}
