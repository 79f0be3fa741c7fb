//! One end thinks phase 2 done, the other does not.

use crate::advice;
use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, evidence};
use crate::standing::{Halt, Stage};
use crate::words::{repeats, sent, times};

declare_rule! {
    /// ## What it means
    /// Quick mode message 3 does not reach the responder: the initiator has its IPsec SAs and sends
    /// ESP, the responder goes on repeating message 2 and can use nothing.
    /// ## Why it happens
    /// Message 3 is lost or filtered on the way, or the responder cannot verify it.
    /// ## How to confirm
    /// Read the responder's log: does message 3 arrive?
    /// ## How to fix
    /// Follow message 3 to the responder; where it arrives, update the responder or compare PFS
    /// settings.
    /// ## References
    /// RFC 2409 §5.5; RFC 2408 §5.1.
    "IKE406" "quick-mode-3-lost": Error, since "0.1.0",
    "the initiator thinks phase 2 done, the responder still repeats message 2",
    Attempt(check), over ["esp-one-way"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::AnswerRepeated(quick) = attempt.standing.halt else {
        return None;
    };
    if attempt.standing.stage != Stage::QuickMode {
        return None;
    }
    let response = quick.response.as_deref()?;
    let third = attempt
        .negotiation
        .exchanges
        .iter()
        .find(|exchange| exchange.message_id == quick.message_id && exchange.step == 3)
        .and_then(|exchange| exchange.request.as_deref());
    let (sender, receiver) = (attempt.name(quick.from), attempt.name(quick.from.other()));
    let esp = attempt.flows_from(quick.from).next();
    let confidence = if third.is_some() || esp.is_some() {
        Confidence::Implied
    } else {
        Confidence::Suspected
    };
    let title = format!("quick mode message 3 of {sender} does not reach {receiver}.");
    let label = format!("message 2, sent {}", times(response.sent));
    Some(
        Finding::new(&RULE, confidence, title, sent(response, label))
            .and_maybe(repeats(response, "message 2 again: it waits for message 3"))
            .and_maybe(third.map(|flight| sent(flight, "message 3")))
            .and_maybe(esp.map(|flow| {
                evidence(
                    flow.first_frame,
                    None,
                    format!("{sender} sends ESP: it thinks phase 2 done"),
                )
            }))
            .because(format!(
                "{receiver} repeats message 2 until message 3 comes, and has no IPsec SA before."
            ))
            .next(format!("Does message 3 arrive? Capture at {receiver}."))
            .next(advice::read_log(
                attempt,
                quick.from.other(),
                quick.first_time(),
                ".",
            )),
    )
}
