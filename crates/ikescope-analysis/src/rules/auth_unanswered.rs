//! IKE_AUTH goes out and nothing comes back.

use crate::advice;
use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::silence::unanswered;
use crate::situation::{is_of_authentication, name_of_request};
use crate::standing::{Halt, Outcome};

declare_rule! {
    /// ## What it means
    /// IKE_SA_INIT was answered, but this capture shows no answer to IKE_AUTH.
    /// ## Why it happens
    /// The message is lost on the way (it is larger than the ones before); or the responder waits
    /// for RADIUS, OCSP or a key store longer than the initiator is willing to; or it drops the
    /// message without a word.
    /// ## How to confirm
    /// Capture at the responder: does IKE_AUTH arrive there? Read its log.
    /// ## How to fix
    /// Let the packets through; enable IKEv2 fragmentation on both sides; make the responder's back
    /// end faster.
    /// ## References
    /// RFC 7296 §2.1, §2.21.2; RFC 7383 §1.
    "IKE301" "auth-unanswered": Error, since "0.1.0",
    "IKE_AUTH request repeated, no answer seen",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::Unanswered(exchange) = attempt.standing.halt else {
        return None;
    };
    if !is_of_authentication(exchange) || attempt.standing.outcome != Outcome::Stalled {
        return None;
    }
    let responder = attempt.name(Role::Responder);
    Some(
        unanswered(&RULE, attempt, exchange, name_of_request(exchange))?
            .because(format!(
                "{responder} answered IKE_SA_INIT, so the path works for small packets. IKE_AUTH, or its \
                 answer, is lost on the way, or {responder} drops it without a word."
            ))
            .unless("fragments-dropped", "if the message leaves in fragments and not all arrive")
            .unless("auth-answer-not-received", format!(
                "if a capture at {responder} shows answers leaving"
            ))
            .next(format!("See whether IKE_AUTH arrives: capture at {responder} during a retry."))
            .next(advice::read_log(
                attempt,
                Role::Responder,
                exchange.first_time(),
                ": does it wait for RADIUS or a certificate check?",
            )),
    )
}
