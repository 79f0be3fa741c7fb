//! Main mode does not get past its key exchange.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::silence::{answer_not_heard, next_not_seen, unanswered};
use crate::standing::{Halt, Outcome};

declare_rule! {
    /// ## What it means
    /// A main mode key exchange message (3 or 4) is sent again and again: its sender did not get,
    /// or could not use, the message that should follow.
    /// ## Why it happens
    /// Message 3 repeats and 4 is not seen: the peer drops message 3, or its answer is lost. Both
    /// repeat: message 4 does not reach the initiator. Message 4 repeats and 5 is not seen: behind
    /// NAT message 5 is the first on UDP 4500, which is blocked.
    /// ## How to confirm
    /// Capture UDP 500 and 4500 at both ends during one try.
    /// ## How to fix
    /// Let UDP 500 and 4500 through and forward them to the same host; set the same secret on both
    /// sides.
    /// ## References
    /// RFC 2409 §5.4 and appendix B; RFC 3947 §4; RFC 2408 §5.1.
    "IKE204" "repeated-ke": Error, since "0.1.0",
    "IKEv1 key exchange message (3 or 4) repeated",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if attempt.standing.outcome != Outcome::Stalled {
        return None;
    }
    let (Halt::Unanswered(exchange)
    | Halt::AnswerNotHeard(exchange)
    | Halt::AnswerRepeated(exchange)) = attempt.standing.halt
    else {
        return None;
    };
    if exchange.exchange_type != ExchangeType::IDENTITY_PROTECTION || exchange.step != 3 {
        return None;
    }
    let responder = attempt.name(Role::Responder);
    match attempt.standing.halt {
        Halt::AnswerNotHeard(_) => Some(
            answer_not_heard(&RULE, attempt, exchange, "main mode message 3")?.unless(
                "psk-mismatch",
                "only if message 5 does leave and this capture missed it",
            ),
        ),
        Halt::AnswerRepeated(_) => Some(
            next_not_seen(&RULE, attempt, exchange, ["message 4", "message 5"])?
                .because(
                    "Message 5 is lost before this capture; behind NAT it is the first on UDP \
                         4500.",
                )
                .unless(
                    "udp-4500-blocked",
                    "if message 5 leaves the initiator on UDP 4500",
                )
                .unless(
                    "psk-mismatch",
                    "only if message 5 does arrive and this capture missed it",
                )
                .next("Capture UDP 500 and 4500 at both ends during one try.")
                .next(format!("Forward UDP 500 and 4500 to {responder}.")),
        ),
        _ => Some(
            unanswered(&RULE, attempt, exchange, "main mode message 3")?
                .because("The peer drops the key exchange message, or its answer is lost.")
                .next(format!(
                    "Read the log of {responder}; see whether the message arrives there."
                )),
        ),
    }
}
