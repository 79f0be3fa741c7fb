//! The responder asked for a cookie first.

use ikescope_wire::iana::{ExchangeType, NotifyType};

use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::words::{octets, sent};

declare_rule! {
    /// ## What it means
    /// The responder is under load, or believes so, and made the initiator prove its address before
    /// it spends work on it.
    /// ## Why it happens
    /// Many half-open SAs at the responder: an attack, or many failed attempts of the same peers.
    /// ## How to confirm
    /// The first answer holds COOKIE, and the request is repeated with it in front.
    /// ## How to fix
    /// Nothing is broken. If it happens all the time, look for peers whose IKE_AUTH fails again and
    /// again.
    /// ## References
    /// RFC 7296 §2.6.
    "IKE205" "cookie-required": Info, since "0.1.0",
    "a DoS cookie was asked for and given",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let (exchange, notify) = attempt
        .negotiation
        .of_type(ExchangeType::IKE_SA_INIT)
        .find_map(|exchange| Some((exchange, exchange.answered()?.notify(NotifyType::COOKIE)?)))?;
    let response = exchange.response.as_deref()?;
    let given = attempt
        .negotiation
        .of_type(ExchangeType::IKE_SA_INIT)
        .find_map(|exchange| {
            let request = exchange.request.as_deref()?;
            request.facts.notify(NotifyType::COOKIE).map(|_| request)
        })?;
    let title = format!(
        "{} asked for a cookie and got it.",
        attempt.name(Role::Responder)
    );
    Some(
        Finding::new(
            &RULE,
            Confidence::Stated,
            title,
            octets(response, notify.octets(), "COOKIE"),
        )
        .and(sent(given, "the request again, with the cookie"))
        .because("The responder has many half-open SAs and wants proof of the address first."),
    )
}
