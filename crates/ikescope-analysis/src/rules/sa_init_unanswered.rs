//! IKE_SA_INIT goes out and nothing comes back.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::said::gave_up_alone;
use crate::silence::{arrival, peer_address, unanswered};
use crate::standing::{Halt, Outcome, Stage};

declare_rule! {
    /// ## What it means
    /// The initiator sends its first message, and this capture shows no answer.
    /// ## Why it happens
    /// The request is lost on the way; or it arrives and the responder drops it without a word (no
    /// gateway for this source, another IKE version, a limit of half-open SAs); or the answer is
    /// lost before this capture could see it.
    /// ## How to confirm
    /// Capture UDP port 500 at the responder during one retry. If the request arrives there, read
    /// that device's log; if not, follow the path.
    /// ## How to fix
    /// Correct the peer address, open UDP 500 both ways, configure the peer on the responder.
    /// ## References
    /// RFC 7296 §2.1 (retransmission), §2.4, §2.21.1 (an error answer is optional).
    "IKE101" "sa-init-unanswered": Error, since "0.1.0",
    "IKE_SA_INIT request repeated, no answer seen",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::Unanswered(exchange) = attempt.standing.halt else {
        return gave_up_alone(&RULE, attempt, Stage::SaInit);
    };
    if exchange.exchange_type != ExchangeType::IKE_SA_INIT
        || attempt.standing.outcome != Outcome::Stalled
    {
        return None;
    }
    let (initiator, responder) = (attempt.name(Role::Initiator), attempt.name(Role::Responder));
    let finding = unanswered(&RULE, attempt, exchange, "the IKE_SA_INIT request")?
        .because(format!(
            "Three causes look alike from here: the request is lost on the way; {responder} drops it \
             without a word (no gateway for this source, half-open limit); or its answer is lost."
        ))
        .unless("port-unreachable", "if ICMP is filtered: nobody listens on UDP 500 there")
        .unless(
            "sa-init-answer-not-received",
            format!("if a capture at {responder} shows answers leaving"),
        )
        .next(arrival(attempt, "the request"))
        .next(peer_address(attempt))
        .next(format!("Ask the other side for packets dropped from {initiator} at that time."));
    Some(finding)
}
