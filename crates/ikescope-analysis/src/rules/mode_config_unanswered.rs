//! IKEv1: the client asks for its address and gets none.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::silence::{answer_not_heard, unanswered};
use crate::standing::{Halt, Outcome, Stage};

declare_rule! {
    /// ## What it means
    /// Phase 1 is complete, one side began mode config, which gives the client its address, and this
    /// came to no end: no answer was seen, or the answer did not arrive.
    /// ## Why it happens
    /// The other side does not do mode config, or has no address left; one side pushes addresses
    /// where the other one wants to ask for them; the answer is lost.
    /// ## How to confirm
    /// Read the log of the edge device at that second: does it speak of its address pool?
    /// ## How to fix
    /// Enable mode config on both sides or on none; enlarge the address pool.
    /// ## References
    /// draft-dukes-ike-mode-cfg-02 §3; RFC 2409 §5.
    "IKE310" "mode-config-unanswered": Error, since "0.1.0",
    "IKEv1 mode config came to no end",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let standing = &attempt.standing;
    if standing.stage != Stage::ModeConfig || standing.outcome != Outcome::Stalled {
        return None;
    }
    let finding = match standing.halt {
        Halt::Unanswered(exchange) if exchange.exchange_type == ExchangeType::TRANSACTION => {
            let peer = attempt.name(exchange.from.other());
            unanswered(&RULE, attempt, exchange, "the mode config request")?.because(format!(
                "Phase 1 stands, so keys and identities are right; {peer} gives no address, or its \
                 answer is lost."
            ))
        }
        Halt::AnswerNotHeard(exchange) => {
            answer_not_heard(&RULE, attempt, exchange, "the mode config request")?
        }
        _ => return None,
    };
    Some(
        finding
            .next("Is mode config wanted by both sides, and is an address of the pool free?")
            .next("Read the log of the edge device at that second."),
    )
}
