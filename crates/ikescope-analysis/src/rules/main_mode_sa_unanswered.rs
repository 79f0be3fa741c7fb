//! The first main mode message goes out and nothing comes back.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::said::gave_up_alone;
use crate::silence::{arrival, peer_address, unanswered};
use crate::standing::{Halt, Outcome, Stage};

declare_rule! {
    /// ## What it means
    /// The initiator sends main mode message 1, and this capture shows no answer.
    /// ## Why it happens
    /// The message is lost on the way; or it arrives and the responder drops it (no policy for this
    /// source, IKEv2 only); or the answer is lost before this capture could see it.
    /// ## How to confirm
    /// Capture UDP port 500 at the responder during one retry. If the message arrives there, read
    /// that device's log; if not, follow the path.
    /// ## How to fix
    /// Correct the peer address, open UDP 500 both ways, configure the peer, and the same IKE
    /// version, on the responder.
    /// ## References
    /// RFC 2408 §5.1 (retransmission); RFC 2409 §5.4.
    "IKE103" "main-mode-sa-unanswered": Error, since "0.1.0",
    "IKEv1 main mode message 1 repeated, no answer seen",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::Unanswered(exchange) = attempt.standing.halt else {
        return gave_up_alone(&RULE, attempt, Stage::MainModeSa);
    };
    if exchange.exchange_type != ExchangeType::IDENTITY_PROTECTION
        || exchange.step != 1
        || attempt.standing.outcome != Outcome::Stalled
    {
        return None;
    }
    let (initiator, responder) = (attempt.name(Role::Initiator), attempt.name(Role::Responder));
    let finding = unanswered(&RULE, attempt, exchange, "main mode message 1")?
        .because(format!(
            "Three causes look alike from here: the message is lost on the way; {responder} drops it \
             without a word (no policy for this source, IKEv2 only); or its answer is lost."
        ))
        .unless("port-unreachable", "if ICMP is filtered: nobody listens on UDP 500 there")
        .unless(
            "main-mode-sa-answer-not-received",
            format!("if a capture at {responder} shows answers leaving"),
        )
        .next(arrival(attempt, "the message"))
        .next(peer_address(attempt))
        .next(format!("Ask the other side for packets dropped from {initiator} at that time."));
    Some(finding)
}
