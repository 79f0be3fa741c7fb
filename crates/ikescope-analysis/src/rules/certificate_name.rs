//! The certificate does not name its end.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::trust;
use crate::words::octets;

declare_rule! {
    /// ## What it means
    /// An end was not accepted, and its certificate does not contain the identity that it gives, or
    /// the one that the other end asks for. It was read with the keys that were given.
    /// ## Why it happens
    /// The certificate was made for another name; clients dial an address and the certificate has
    /// only a name; an identity was configured that stands in no certificate.
    /// ## How to confirm
    /// Compare the identification payload with subject and subject alternative names.
    /// ## How to fix
    /// Add the name that clients use to the subject alternative names, or set the identity to one that
    /// the certificate has.
    /// ## References
    /// RFC 4945 §3.1, §5.1.3.6; RFC 5280 §4.2.1.6.
    "IKE315" "certificate-name": Error, since "0.1.0",
    "a refused end whose decrypted certificate lacks its identity, or the one asked for",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let shown = trust::suspect(attempt)?;
    let (flight, identity) = shown.unnamed()?;
    let name = attempt.name(shown.role);
    let other = attempt.name(shown.role.other());
    let names: Vec<String> = shown.own.names.iter().map(ToString::to_string).collect();
    let names = match names.as_slice() {
        [] => "no subject alternative name".to_owned(),
        names => format!("subject alternative names \"{}\"", names.join(" ")),
    };
    let (kind, value) = (&identity.kind, &identity.value);
    Some(
        Finding::new(
            &RULE,
            Confidence::Suspected,
            format!("the certificate of {name} lacks the name that {other} has to find in it."),
            octets(flight, identity.octets, format!("identity ({kind}) \"{value}\"")),
        )
        .and(shown.evidence("certificate"))
        .because(format!(
            "{other} did not accept {name}. The certificate has {names}, and the identity is none of \
             these."
        ))
        .unless(
            "certificate-authority",
            format!("if {other} does not trust the authority that signed it"),
        )
        .next(format!(
            "Add the name under which {other} knows {name} to the certificate, or set the identity of \
             {name} to one that the certificate has."
        )),
    )
}
