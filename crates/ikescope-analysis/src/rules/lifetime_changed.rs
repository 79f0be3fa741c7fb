//! The responder of IKEv1 sets another lifetime than it was offered.

use ikescope_wire::iana::ExchangeType;

use crate::advice::{Vendor, vendors};
use crate::attempt::Attempt;
use crate::child::ChildRequest;
use crate::finding::{Confidence, Finding, Severity};
use crate::inner::Lifetime;
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// Quick mode agreed on an IPsec SA, and the responder says that it keeps it for another time than
    /// the initiator offered. It was read with the keys that were given.
    /// ## Why it happens
    /// The two sides have different lifetimes of phase 2. That is allowed, and the SA works.
    /// ## How to confirm
    /// Compare the lifetimes of phase 2 on both sides, in seconds and in kilobytes.
    /// ## How to fix
    /// Set the same lifetimes on both sides. Azure does not support this notification.
    /// ## References
    /// RFC 2407 §4.5.4, §4.6.3.1.
    "IKE410" "lifetime-changed": Info, since "0.1.0",
    "a decrypted RESPONDER-LIFETIME, or another lifetime in the proposal chosen",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let quick = attempt.negotiation.of_type(ExchangeType::QUICK_MODE);
    let mut requests = quick.filter_map(|one| ChildRequest::of(attempt.negotiation, one));
    requests.find_map(|request| changed(attempt, &request))
}

fn changed(attempt: &Attempt<'_>, request: &ChildRequest<'_>) -> Option<Finding> {
    let (answer, inner) = request.answer?;
    let offered = &request.asked.lifetimes;
    let set = inner.changed_lifetimes.iter().chain(&inner.lifetimes);
    let other: Vec<&Lifetime> = set.filter(|one| !offered.contains(one)).collect();
    if other.is_empty() || offered.is_empty() {
        return None;
    }
    let asker = request.exchange.from;
    let peer = attempt.name(asker.other());
    let is_azure = vendors(attempt, asker).as_slice() == [Vendor::Azure];
    let severity = if is_azure {
        Severity::Warning
    } else {
        Severity::Info
    };
    let title = format!(
        "{peer} keeps the IPsec SA for {} instead of {}.",
        listed(other),
        listed(offered)
    );
    Some(
        Finding::new(
            &RULE,
            Confidence::Stated,
            title,
            sent(answer, "the lifetime set"),
        )
        .and(sent(request.request, "the lifetime offered"))
        .because(
            "Each side may rekey earlier than the other expects. Azure does not support \
                 RESPONDER-LIFETIME.",
        )
        .severity(severity),
    )
}

fn listed<'a>(lifetimes: impl IntoIterator<Item = &'a Lifetime>) -> String {
    let all: Vec<String> = lifetimes.into_iter().map(ToString::to_string).collect();
    all.join(", ")
}
