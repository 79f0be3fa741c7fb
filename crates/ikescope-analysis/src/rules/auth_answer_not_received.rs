//! The responder answers IKE_AUTH, and the initiator goes on asking.

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::silence::answer_not_heard;
use crate::situation::{is_identification, is_of_authentication, name_of_request};
use crate::standing::Halt;

declare_rule! {
    /// ## What it means
    /// The responder answers IKE_AUTH, yet the initiator repeats the very same request: the answers
    /// do not reach it, or it does not accept them.
    /// ## Why it happens
    /// The way back is filtered, above all on UDP 4500; the answer is large and its fragments are
    /// dropped; the answer goes to a port the NAT does not know.
    /// ## How to confirm
    /// Capture at the initiator: do the answers arrive there?
    /// ## How to fix
    /// Follow the answers outward; enable IKEv2 fragmentation if they are large.
    /// ## References
    /// RFC 7296 §2.1, §2.23; RFC 7383 §1.
    "IKE302" "auth-answer-not-received": Error, since "0.1.0",
    "the responder answers each IKE_AUTH repeat",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::AnswerNotHeard(exchange) = attempt.standing.halt else {
        return None;
    };
    if !is_of_authentication(exchange) && !is_identification(exchange) {
        return None;
    }
    let initiator = attempt.name(Role::Initiator);
    Some(
        answer_not_heard(&RULE, attempt, exchange, name_of_request(exchange))?.unless(
            "auth-answer-rejected",
            format!("if a capture at {initiator} shows that the answers arrive"),
        ),
    )
}
