//! What rules about missing answers have in common: who asked, how often, what that proves.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, evidence};
use crate::negotiation::Exchange;
use crate::rule::Rule;
use crate::words::{intervals, repeats, sent, times};

/// A request that found no answer in this capture. `what` names the message.
pub(crate) fn unanswered(
    rule: &'static Rule,
    attempt: &Attempt<'_>,
    exchange: &Exchange,
    what: &str,
) -> Option<Finding> {
    let request = exchange.request.as_ref()?;
    let (asker, peer) = (
        attempt.name(exchange.from),
        attempt.name(exchange.from.other()),
    );
    let title = format!(
        "no answer of {peer} was seen; {asker} sent {what} {}.",
        times(request.sent)
    );
    let finding = Finding::new(rule, Confidence::Suspected, title, sent(request, what))
        .and_maybe(repeats(request, "the same octets again"));
    Some(if request.repeats() > 0 {
        let label = format!("intervals {}", intervals(request));
        finding.and(evidence(request.last().frame, None, label))
    } else {
        finding
    })
}

/// A request that was repeated although its answer had been seen. `what` names the message.
pub(crate) fn answer_not_heard(
    rule: &'static Rule,
    attempt: &Attempt<'_>,
    exchange: &Exchange,
    what: &str,
) -> Option<Finding> {
    let (request, response) = (exchange.request.as_ref()?, exchange.response.as_ref()?);
    let again = request
        .sendings
        .iter()
        .find(|sending| sending.time > response.first().time)?;
    let (asker, peer) = (
        attempt.name(exchange.from),
        attempt.name(exchange.from.other()),
    );
    let title = format!(
        "{asker} sent {what} {} and does not get, or not accept, the answers of {peer}.",
        times(request.sent)
    );
    let label = format!(
        "asks again what #{} had answered",
        response.first().frame.number
    );
    Some(
        Finding::new(
            rule,
            Confidence::Implied,
            title,
            evidence(again.frame, None, label),
        )
        .and(sent(request, what))
        .and(sent(response, "the answer"))
        .and_maybe(repeats(response, "the answer again"))
        .because(format!(
            "The answers are lost between this capture and {asker}, or dropped there."
        ))
        .next(format!(
            "Follow the answers to {asker} outward: route, source NAT, egress filter."
        ))
        .next(format!("Do the answers arrive? Capture at {asker}.")),
    )
}
