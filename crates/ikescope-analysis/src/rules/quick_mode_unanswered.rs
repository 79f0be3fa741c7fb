//! IKEv1 phase 2 finds no answer.

use ikescope_wire::iana::ExchangeType;

use crate::advice;
use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::silence::{answer_not_heard, unanswered};
use crate::standing::{Halt, Outcome, Stage};

declare_rule! {
    /// ## What it means
    /// Phase 1 is complete, and quick mode message 1 finds no answer here, or is repeated although it
    /// was answered.
    /// ## Why it happens
    /// The peer has no phase 2 policy for these networks and drops the message without a word; the
    /// peer believes phase 1 incomplete; the message or its answer is lost.
    /// ## How to confirm
    /// Read the log of the peer: does message 1 arrive there?
    /// ## How to fix
    /// Configure the same networks, transforms and PFS group on both sides.
    /// ## References
    /// RFC 2409 §5.5; RFC 2408 §5.1.
    "IKE405" "quick-mode-unanswered": Error, since "0.1.0",
    "IKEv1 phase 2 message 1 repeated, never answered",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let standing = &attempt.standing;
    if standing.stage != Stage::QuickMode || standing.outcome != Outcome::Stalled {
        return None;
    }
    match standing.halt {
        Halt::Unanswered(exchange) if exchange.exchange_type == ExchangeType::QUICK_MODE => {
            let peer = attempt.name(exchange.from.other());
            Some(
                unanswered(&RULE, attempt, exchange, "quick mode message 1")?
                    .because(format!(
                        "Phase 1 works both ways; {peer} does not answer phase 2, or its answer \
                         is lost."
                    ))
                    .unless(
                        "quick-mode-refused",
                        "if the answer is an informational that this capture missed",
                    )
                    .next(advice::read_log(
                        attempt,
                        exchange.from.other(),
                        exchange.first_time(),
                        ": does it find a policy for these networks?",
                    ))
                    .next("Compare protected networks, transforms and PFS group of both sides."),
            )
        }
        Halt::AnswerNotHeard(exchange) if exchange.exchange_type == ExchangeType::QUICK_MODE => {
            answer_not_heard(&RULE, attempt, exchange, "quick mode message 1")
        }
        _ => None,
    }
}
