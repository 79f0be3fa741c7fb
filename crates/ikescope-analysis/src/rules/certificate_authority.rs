//! The certificate is of an authority that the other end did not ask for.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::trust;
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// An end was not accepted, and none of the authorities in the chain that it sent is one of those
    /// that the other end asked for. The chain was read with the keys that were given.
    /// ## Why it happens
    /// The root certificate is missing at the verifying end, or the other end uses a certificate of
    /// another authority.
    /// ## How to confirm
    /// Compare the hashes in CERTREQ with those of the authorities sent; look into the trusted roots of
    /// the verifying end.
    /// ## How to fix
    /// Install the root of this authority (on Windows: of the computer, not of the user), or use a
    /// certificate of an authority that is trusted there.
    /// ## References
    /// RFC 7296 §3.6, §3.7; RFC 4945 §3.2.
    "IKE316" "certificate-authority": Error, since "0.1.0",
    "a refused end whose decrypted chain has no authority that was asked for",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let shown = trust::suspect(attempt)?;
    let (request, is_whole) = shown.foreign_authority()?;
    let name = attempt.name(shown.role);
    let other = attempt.name(shown.role.other());
    let issuer = &shown.own.issuer;
    let (confidence, title) = if is_whole {
        (
            Confidence::Implied,
            format!("the certificate of {name} is of no authority that {other} asked for."),
        )
    } else {
        (
            Confidence::Suspected,
            format!("{other} did not ask for the issuer of the certificate of {name}."),
        )
    };
    let finding = Finding::new(
        &RULE,
        confidence,
        title,
        shown.evidence(format!("certificate, signed by \"{issuer}\", of")),
    );
    let finding = if is_whole {
        finding
    } else {
        let unless = format!("if {other} knows \"{issuer}\" as an intermediate authority");
        finding.unless("another reason", unless)
    };
    Some(
        finding
        .and(sent(request, "the authorities asked for (CERTREQ)"))
        .because(format!(
            "{other} did not accept {name}, and named the authorities that it trusts: none of them is \
             in the chain."
        ))
        .next(format!(
            "Install the root of that authority at {other} (Windows: of the computer), or use a \
             certificate of an authority that {other} trusts."
        )),
    )
}
