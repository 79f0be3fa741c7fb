//! The RADIUS server refuses the user.

use ikescope_wire::RadiusCode;

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, evidence};
use crate::radius;

declare_rule! {
    /// ## What it means
    /// While the user of this negotiation was being authenticated, a RADIUS server answered
    /// Access-Reject. The edge device only passes that on.
    /// ## Why it happens
    /// User name or password is wrong or in another form than the server wants; the user is not
    /// authorized; a policy forbids the method; or the shared secret of RADIUS differs, so that the
    /// password arrives garbled.
    /// ## How to confirm
    /// Read the log of the RADIUS server: NPS writes event 6273 with a reason code.
    /// ## How to fix
    /// Correct user, policy, method or shared secret there.
    /// ## References
    /// RFC 2865 §2, §5.2; RFC 3579 §2.6; RFC 7296 §2.16.
    "IKE311" "radius-rejected": Warning, since "0.1.0",
    "a RADIUS server answered Access-Reject while the user was authenticated",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let (exchange, frame) = radius::beside(attempt).find_map(|exchange| match exchange.answer {
        Some((RadiusCode::ACCESS_REJECT, frame, _)) => Some((exchange, frame)),
        _ => None,
    })?;
    let server = exchange.server.ip();
    let title = format!("the RADIUS server {server} answered Access-Reject at that time.");
    Some(
        Finding::new(
            &RULE,
            Confidence::Implied,
            title,
            evidence(frame, None, "Access-Reject"),
        )
        .and(evidence(
            exchange.frame,
            None,
            format!("Access-Request of {}", exchange.client.ip()),
        ))
        .because("It falls into the time in which IKE waited for the user's authentication.")
        .unless(
            "another user",
            "if other users log in through the same device at that time",
        )
        .next(format!(
            "Read the log of {server}: which reason does it give? NPS: event 6273, reason code."
        )),
    )
}
