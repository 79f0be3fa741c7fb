//! The peer answers, and is asked again all the same.

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::silence::answer_not_heard;
use crate::standing::{Halt, Outcome, Stage};

declare_rule! {
    /// ## What it means
    /// The tunnel was up; then one end repeats its liveness check although the other one answers it:
    /// the answers do not reach it.
    /// ## Why it happens
    /// The way back broke: a filter, a route, a NAT mapping that is gone.
    /// ## How to confirm
    /// Capture at the end that asks: do the answers arrive?
    /// ## How to fix
    /// Follow the answers outward from this capture.
    /// ## References
    /// RFC 7296 §2.1, §2.4.
    "IKE502" "dpd-answer-not-received": Error, since "0.1.0",
    "liveness checks repeated although this capture shows their answers",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::AnswerNotHeard(exchange) = attempt.standing.halt else {
        return None;
    };
    if attempt.standing.outcome != Outcome::Lost || attempt.standing.stage != Stage::Informational {
        return None;
    }
    answer_not_heard(&RULE, attempt, exchange, "its liveness check")
}
