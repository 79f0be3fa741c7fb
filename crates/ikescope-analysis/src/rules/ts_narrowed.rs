//! The responder grants less traffic than it was asked for.

use ikescope_wire::iana::PayloadType;

use crate::attempt::Attempt;
use crate::child::ChildRequest;
use crate::finding::{Confidence, Finding};
use crate::selector::{Selector, covers_all, listed};
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// The IPsec SA stands, but for fewer addresses, protocols or ports than its initiator asked for.
    /// It was read with the keys that were given.
    /// ## Why it happens
    /// The responder's policy is narrower; that is how policy-based and route-based gateways meet, and
    /// how clients get their single address.
    /// ## How to confirm
    /// Compare the networks asked for and granted: traffic between them does not pass this SA.
    /// ## How to fix
    /// Nothing, if that is what is wanted. Else make the networks of both sides alike.
    /// ## References
    /// RFC 7296 §2.9.
    "IKE409" "ts-narrowed": Info, since "0.1.0",
    "the decrypted answer grants fewer networks than were asked for",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    attempt.standing.up_since?;
    let exchanges = attempt.negotiation.exchanges.iter();
    let requests = exchanges.filter_map(|one| ChildRequest::of(attempt.negotiation, one));
    requests
        .rev()
        .find_map(|request| narrowed(attempt, &request))
}

fn narrowed(attempt: &Attempt<'_>, request: &ChildRequest<'_>) -> Option<Finding> {
    let (answer, _) = request.answer?;
    let (asked, granted) = (&request.asked.selectors, request.granted()?);
    // A client that wants an address asks for every one (RFC 7296 §2.19).
    let is_client = request.asked.has(PayloadType::CP.0);
    let sides = [
        ("TSi", &asked.initiator, &granted.initiator, is_client),
        ("TSr", &asked.responder, &granted.responder, false),
    ];
    let lacking: Vec<String> = sides
        .into_iter()
        .filter(|(_, asked, granted, is_meant)| !is_meant && !covers_all(granted, asked))
        .map(|(side, asked, granted, _)| told(side, asked, granted))
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let peer = attempt.name(request.exchange.from.other());
    let lacking = lacking.join(", ");
    Some(
        Finding::new(
            &RULE,
            Confidence::Stated,
            format!("{peer} granted less than it was asked for: {lacking}."),
            sent(answer, "what was granted"),
        )
        .and(sent(request.request, "what was asked"))
        .because("Traffic that was not granted does not pass this SA."),
    )
}

fn told(side: &str, asked: &[Selector], granted: &[Selector]) -> String {
    format!("{side} {} instead of {}", listed(granted), listed(asked))
}
