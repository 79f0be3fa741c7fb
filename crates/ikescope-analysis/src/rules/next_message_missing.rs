//! The answer came, and the negotiation was not carried on.

use ikescope_wire::iana::{ExchangeType, NotifyType};

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::Exchange;
use crate::record::Facts;
use crate::standing::{Halt, Outcome, Stage};
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// A message was answered, and the next one of the same peer was never seen: IKE_SA_INIT with the
    /// cookie or the group that the responder asked for, IKEv1 main mode message 3, message 3 of
    /// aggressive or quick mode.
    /// ## Why it happens
    /// The peer stopped: it finds the answer unacceptable, or was stopped itself. Or its next message
    /// is lost before this capture, or takes another path.
    /// ## How to confirm
    /// Read the log of the peer whose message is missing; capture beside it.
    /// ## How to fix
    /// Correct what its log complains of; let its next message through.
    /// ## References
    /// RFC 7296 §2.6, §2.7; RFC 2409 §5.4, §5.5.
    "IKE211" "next-message-missing": Error, since "0.1.0",
    "a message is answered, and the next one never comes",
    Attempt(check), over ["cookie-required"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::NextMissing(exchange) = attempt.standing.halt else {
        return None;
    };
    if attempt.standing.outcome != Outcome::Stalled {
        return None;
    }
    let missing = missing(exchange, attempt.standing.stage)?;
    let (sender, peer) = (
        attempt.name(exchange.from),
        attempt.name(exchange.from.other()),
    );
    let response = exchange.response.as_deref()?;
    let title = format!("{sender} was answered, and its {missing} was not seen.");
    let place = sent(response, format!("the answer; {missing} should follow"));
    Some(
        Finding::new(&RULE, Confidence::Suspected, title, place)
            .and_maybe(
                exchange
                    .request
                    .as_deref()
                    .map(|request| sent(request, "the message that it answers")),
            )
            .because(format!(
                "{peer} waits for it. {sender} stopped, or the message is lost before this capture."
            ))
            .next(format!(
                "Read the log of {sender} at that second: what does it say of the answer?"
            ))
            .next(format!("Does the message leave? Capture at {sender}.")),
    )
}

/// What should have followed this answer, where it stopped at this stage.
fn missing(exchange: &Exchange, stage: Stage) -> Option<&'static str> {
    let answer = exchange.answered()?;
    Some(match (exchange.exchange_type, exchange.step) {
        (ExchangeType::IKE_SA_INIT, _) => retry(exchange.asked(), answer)?,
        (ExchangeType::IDENTITY_PROTECTION, 1) => "main mode message 3",
        (ExchangeType::AGGRESSIVE, 1) if stage == Stage::Aggressive => "aggressive mode message 3",
        (ExchangeType::QUICK_MODE, 1) => "quick mode message 3",
        _ => return None,
    })
}

/// What the responder asks for in IKE_SA_INIT; a cookie asked for again is a loop.
fn retry(asked: Option<&Facts>, answer: &Facts) -> Option<&'static str> {
    let has_cookie = |facts: &Facts| facts.notify(NotifyType::COOKIE).is_some();
    if has_cookie(answer) && !asked.is_some_and(has_cookie) {
        return Some("request with the cookie");
    }
    answer
        .notify(NotifyType::INVALID_KE_PAYLOAD)
        .map(|_| "request with the other group")
}
