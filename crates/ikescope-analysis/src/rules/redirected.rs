//! The peer sends the initiator elsewhere.

use ikescope_wire::iana::NotifyType;

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::Role;
use crate::standing::Halt;
use crate::words::octets;

declare_rule! {
    /// ## What it means
    /// The responder answers IKE_SA_INIT with REDIRECT: the initiator shall use another gateway.
    /// ## Why it happens
    /// The gateway balances load or is under maintenance.
    /// ## How to confirm
    /// Look for an IKE_SA_INIT of the same initiator to another address right after it.
    /// ## How to fix
    /// If the other gateway is not reached, let UDP 500 and 4500 pass to it; else nothing.
    /// ## References
    /// RFC 5685 §3, §4.
    "IKE207" "redirected": Error, since "0.1.0",
    "REDIRECT: the peer sends the initiator elsewhere",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::Redirected(exchange) = attempt.standing.halt else {
        return None;
    };
    let response = exchange.response.as_deref()?;
    let notify = response.facts.notify(NotifyType::REDIRECT)?;
    let title = format!(
        "{} sends {} to another gateway{}.",
        attempt.name(Role::Responder),
        attempt.name(Role::Initiator),
        gateway(notify.data()).map_or_else(String::new, |address| format!(", {address}"))
    );
    Some(
        Finding::new(
            &RULE,
            Confidence::Stated,
            title,
            octets(response, notify.octets(), "REDIRECT"),
        )
        .because("The answer holds no SA, only the address of the gateway to use instead.")
        .next("Does the initiator go on with that gateway? Look for its IKE_SA_INIT there."),
    )
}

/// GW Ident Type 1 is IPv4; the length of the identity stands behind it (RFC 5685 §7.2).
fn gateway(data: &[u8]) -> Option<std::net::IpAddr> {
    match data {
        [1, 4, a, b, c, d, ..] => Some([*a, *b, *c, *d].into()),
        _ => None,
    }
}
