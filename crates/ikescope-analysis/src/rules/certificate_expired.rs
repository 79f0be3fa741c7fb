//! A certificate was not valid when it was sent.

use crate::attempt::Attempt;
use crate::certificate::Validity;
use crate::finding::{Confidence, Finding, Severity};
use crate::negotiation::Role;
use crate::trust::{self, Shown};
use crate::words::day;

declare_rule! {
    /// ## What it means
    /// An end authenticates with a certificate whose validity has ended, or has not begun, by the
    /// capture's clock. It was read with the keys that were given.
    /// ## Why it happens
    /// The certificate was not renewed, the renewed one is not the one in use, or a clock is wrong.
    /// ## How to confirm
    /// Compare the dates with the clocks of both ends (on Windows: `certutil -store My`).
    /// ## How to fix
    /// Renew the certificate and select it for the connection; set the clock.
    /// ## References
    /// RFC 5280 §4.1.2.5; RFC 4945 §5.1.
    "IKE313" "certificate-expired": Error, since "0.1.0",
    "a decrypted certificate that was not valid when it was sent",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if !trust::is_opened(attempt) {
        return None;
    }
    let of = |role| trust::shown(attempt, role);
    let refused = trust::turned_away(attempt).and_then(of);
    let ends = [Role::Initiator, Role::Responder]
        .into_iter()
        .filter_map(of);
    let mut all = refused.into_iter().chain(ends);
    let shown = all.find(|shown| shown.validity() != Validity::Valid)?;
    Some(told(attempt, &shown))
}

fn told(attempt: &Attempt<'_>, shown: &Shown<'_>) -> Finding {
    let name = attempt.name(shown.role);
    let other = attempt.name(shown.role.other());
    let lapse = shown.lapse().unwrap_or_default();
    let severity = trust::severity(attempt, shown.role);
    let label = format!(
        "certificate, {} to {}",
        day(shown.own.not_before),
        day(shown.own.not_after)
    );
    let (confidence, why) = if severity == Severity::Error {
        (
            Confidence::Implied,
            format!(
                "{other} did not accept it, and a certificate that is not valid is reason enough."
            ),
        )
    } else {
        (
            Confidence::Stated,
            format!(
                "The dates are those in the certificate. {other} may still accept it, or not look."
            ),
        )
    };
    Finding::new(
        &RULE,
        confidence,
        format!("the certificate of {name} {lapse}."),
        shown.evidence(label),
    )
    .severity(severity)
    .because(why)
    .next(format!(
        "Renew the certificate of {name}, and select the new one for this connection."
    ))
    .next(format!(
        "Compare the clocks of {name}, {other} and the capture."
    ))
}
