//! The responder's certificate is not for gateways.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::trust;

declare_rule! {
    /// ## What it means
    /// The initiator did not accept the responder, and the responder's certificate names usages of
    /// which none is for a gateway. It was read with the keys that were given.
    /// ## Why it happens
    /// The certificate was made from a template for users or clients. Windows insists on Server
    /// Authentication (1.3.6.1.5.5.7.3.1); others take ikeIntermediate, or do not look.
    /// ## How to confirm
    /// Read the extended key usage of the certificate.
    /// ## How to fix
    /// Give the gateway a certificate with Server Authentication; IP security IKE intermediate
    /// (1.3.6.1.5.5.8.2.2) beside it does no harm.
    /// ## References
    /// RFC 5280 §4.2.1.12; RFC 4945 §5.1.3.12.
    "IKE314" "certificate-usage": Error, since "0.1.0",
    "the initiator refuses a decrypted certificate whose usages are for no gateway",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let shown = trust::suspect(attempt)?;
    let purposes = shown.wrong_purposes(attempt)?;
    let name = attempt.name(shown.role);
    let other = attempt.name(shown.role.other());
    // Windows is known to look; of others it is the best explanation.
    let confidence = if shown.is_for_windows(attempt) {
        Confidence::Implied
    } else {
        Confidence::Suspected
    };
    Some(
        Finding::new(
            &RULE,
            confidence,
            format!("the certificate of {name} is not for servers."),
            shown.evidence(format!("certificate with the extended key usage {purposes}")),
        )
        .because(format!(
            "{other} did not accept {name}. Windows takes a gateway's certificate only with Server \
             Authentication."
        ))
        .unless(
            "certificate-authority",
            format!("if {other} does not trust the authority that signed it"),
        )
        .next(format!(
            "Give {name} a certificate with Server Authentication (1.3.6.1.5.5.7.3.1) in its extended \
             key usage."
        )),
    )
}
