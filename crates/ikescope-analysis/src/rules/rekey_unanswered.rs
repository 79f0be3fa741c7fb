//! The request to replace an SA finds no answer.

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::silence::{answer_not_heard, unanswered};
use crate::standing::{Halt, Outcome, Stage};

declare_rule! {
    /// ## What it means
    /// The tunnel was up; then the request for a new SA is repeated without success, to the end.
    /// ## Why it happens
    /// The request is larger than everything since IKE_AUTH (it may carry a key exchange) and is
    /// lost; the peer drops it without a word; or the peer is gone.
    /// ## How to confirm
    /// Does ESP of the peer go on? Then it lives, and this message is the matter. Read its log.
    /// ## How to fix
    /// Let large packets and fragments through; set the same PFS group on both sides.
    /// ## References
    /// RFC 7296 §1.3, §2.1, §2.8; RFC 2409 §5.5.
    "IKE506" "rekey-unanswered": Error, since "0.1.0",
    "CREATE_CHILD_SA or a later quick mode repeated to the end",
    Attempt(check), over ["peer-gone"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let standing = &attempt.standing;
    if standing.stage != Stage::Rekey || standing.outcome != Outcome::Lost {
        return None;
    }
    match standing.halt {
        Halt::Unanswered(exchange) => {
            let request = exchange.request.as_deref()?;
            let peer = attempt.name(exchange.from.other());
            let lives = attempt
                .flows_from(exchange.from.other())
                .any(|flow| flow.last_time > request.first().time);
            let heard = attempt
                .negotiation
                .flights_of(exchange.from.other())
                .any(|flight| flight.last().time > request.first().time);
            if !lives && !heard {
                return None;
            }
            Some(
                unanswered(&RULE, attempt, exchange, "the rekey request")?
                    .because(format!(
                        "{peer} is alive: other packets of it came after the request."
                    ))
                    .unless(
                        "fragments-dropped",
                        "if the request is large and leaves in fragments",
                    )
                    .next(format!("Does the request arrive at {peer}? Read its log."))
                    .next("Compare the PFS group of phase 2 on both sides."),
            )
        }
        Halt::AnswerNotHeard(exchange) => {
            answer_not_heard(&RULE, attempt, exchange, "the rekey request")
        }
        _ => None,
    }
}
