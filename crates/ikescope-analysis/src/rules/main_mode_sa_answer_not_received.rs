//! The responder answers main mode message 1, and the initiator goes on asking.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::negotiation::Exchange;
use crate::silence::{answer_not_heard, next_not_seen};
use crate::standing::Halt;

declare_rule! {
    /// ## What it means
    /// The responder sends main mode message 2, yet the initiator repeats message 1: the answers do
    /// not reach it, or it does not accept them.
    /// ## Why it happens
    /// The way back is filtered; a NAT maps the answer elsewhere; the initiator's host firewall
    /// drops it.
    /// ## How to confirm
    /// Capture at the initiator: does message 2 arrive there?
    /// ## How to fix
    /// Follow message 2 from this capture outward: route, source NAT, egress filter, and at the
    /// initiator its ingress filter.
    /// ## References
    /// RFC 2408 §5.1 (either side may retransmit); RFC 2409 §5.4.
    "IKE104" "main-mode-sa-answer-not-received": Error, since "0.1.0",
    "IKEv1 message 2 is seen, message 1 is repeated all the same",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let is_opening = |exchange: &Exchange| {
        exchange.exchange_type == ExchangeType::IDENTITY_PROTECTION && exchange.step == 1
    };
    match attempt.standing.halt {
        Halt::AnswerNotHeard(exchange) if is_opening(exchange) => {
            answer_not_heard(&RULE, attempt, exchange, "main mode message 1")
        }
        Halt::AnswerRepeated(exchange) if is_opening(exchange) => Some(
            next_not_seen(&RULE, attempt, exchange, ["message 2", "message 3"])?
                .because("Message 2 does not arrive, or message 3 is lost before this capture.")
                .unless("repeated-ke", "if message 3 does leave the initiator")
                .next(format!(
                    "Capture UDP 500 at {} during a retry.",
                    attempt.name(exchange.from)
                )),
        ),
        _ => None,
    }
}
