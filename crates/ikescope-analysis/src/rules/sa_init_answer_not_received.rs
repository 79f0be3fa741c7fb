//! The responder answers each IKE_SA_INIT, and the initiator goes on asking.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::silence::answer_not_heard;
use crate::standing::Halt;

declare_rule! {
    /// ## What it means
    /// The responder answers, yet the initiator repeats the very same request: the answers do not
    /// reach it, or it does not accept them.
    /// ## Why it happens
    /// The way back is filtered; a NAT maps the answer elsewhere; the answer leaves from another
    /// address than the request went to; the initiator's host firewall drops it.
    /// ## How to confirm
    /// Capture at the initiator: do the answers arrive there?
    /// ## How to fix
    /// Follow the answers from this capture outward: route, source NAT, egress filter, and at the
    /// initiator its ingress filter and reverse path check.
    /// ## References
    /// RFC 7296 §2.1: a responder sends its answer again only when it sees the request again.
    "IKE102" "sa-init-answer-not-received": Error, since "0.1.0",
    "the responder answers each repeat, the initiator goes on repeating",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::AnswerNotHeard(exchange) = attempt.standing.halt else {
        return None;
    };
    if exchange.exchange_type != ExchangeType::IKE_SA_INIT {
        return None;
    }
    let initiator = attempt.name(Role::Initiator);
    Some(
        answer_not_heard(&RULE, attempt, exchange, "the IKE_SA_INIT request")?.unless(
            "sa-init-answer-rejected",
            format!("if a capture at {initiator} shows that the answers arrive"),
        ),
    )
}
