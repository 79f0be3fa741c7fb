//! The answers to IKE_AUTH arrive, and the initiator goes on asking.

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::silence::answer_rejected;
use crate::situation::{is_identification, is_of_authentication, name_of_request};
use crate::standing::Halt;

declare_rule! {
    /// ## What it means
    /// The responder's answers were seen beside the initiator, yet it repeats the very same request:
    /// it does not take them.
    /// ## Why it happens
    /// The answer cannot be decrypted (the two ends have other keys); the initiator's firewall drops
    /// UDP 4500, or fragments; the answer comes to a port where nobody listens.
    /// ## How to confirm
    /// Read the initiator's log at debug level, and the counters of its firewall.
    /// ## How to fix
    /// Allow UDP 4500 and fragments in; correct what the log complains of.
    /// ## References
    /// RFC 7296 §2.1, §2.21.2.
    "IKE305" "auth-answer-rejected": Error, since "0.1.0",
    "the answers to IKE_AUTH reach the initiator's side, yet it goes on repeating",
    Attempt(check), over ["auth-answer-not-received"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::AnswerNotHeard(exchange) = attempt.standing.halt else {
        return None;
    };
    if !is_of_authentication(exchange) && !is_identification(exchange) {
        return None;
    }
    answer_rejected(&RULE, attempt, exchange, name_of_request(exchange))
}
