//! The answers to IKE_SA_INIT arrive, and the initiator goes on asking.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::silence::answer_rejected;
use crate::standing::Halt;

declare_rule! {
    /// ## What it means
    /// The responder's answers were seen beside the initiator, yet it repeats the very same request:
    /// it does not take them.
    /// ## Why it happens
    /// The initiator's own firewall or reverse path check drops them; the answer comes from another
    /// address or port than the request went to; the daemon finds it malformed or unacceptable.
    /// ## How to confirm
    /// Read the initiator's log at debug level, and the counters of its firewall.
    /// ## How to fix
    /// Allow UDP 500 in, loosen the reverse path check, or correct what the log complains of.
    /// ## References
    /// RFC 7296 §2.1, §2.21.1.
    "IKE106" "sa-init-answer-rejected": Error, since "0.1.0",
    "the answers to IKE_SA_INIT reach the initiator's side, yet it goes on repeating",
    Attempt(check), over ["sa-init-answer-not-received"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::AnswerNotHeard(exchange) = attempt.standing.halt else {
        return None;
    };
    if exchange.exchange_type != ExchangeType::IKE_SA_INIT {
        return None;
    }
    answer_rejected(&RULE, attempt, exchange, "the IKE_SA_INIT request")
}
