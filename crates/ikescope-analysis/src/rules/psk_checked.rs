//! A pre-shared key was given, and held against what the ends proved.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, Severity};
use crate::negotiation::{Flight, Role};
use crate::opener::SharedKeyProof;
use crate::situation::proof_of;
use crate::standing::Outcome;
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// A pre-shared key was given (--psk-file, --psk-env, --psk-prompt), and an end proved in a message
    /// that can be read which key it used: this one, or another.
    /// ## Why it happens
    /// Each end proves its key in a hash over what both sent before: in aggressive mode in clear,
    /// elsewhere encrypted. The hash is computed here with the key that was given, and compared.
    /// ## How to confirm
    /// The proof is exact: a hash fits by no accident. Blanks and line ends count, as they do in the
    /// configuration of the devices.
    /// ## How to fix
    /// Where an end used another key, type the key anew there. Where it used this one, the fault is at
    /// the other end, or in the identities that choose the key.
    /// ## References
    /// RFC 2409 §5; RFC 7296 §2.15; RFC 9242 §3.3.
    "IKE007" "psk-checked": Info, since "0.1.0",
    "a pre-shared key was given, and held against what the ends prove",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let ends = [Role::Initiator, Role::Responder];
    let proofs: Vec<(Role, &Flight, &SharedKeyProof)> = ends
        .into_iter()
        .filter_map(|role| {
            let (flight, proof) = proof_of(attempt.negotiation, role)?;
            Some((role, flight, proof))
        })
        .collect();
    let is_up = matches!(
        attempt.standing.outcome,
        Outcome::Established | Outcome::NoTraffic | Outcome::OneWay
    );
    let mut evidence = proofs
        .iter()
        .map(|(_, flight, proof)| sent(flight, label(proof)));
    let finding = Finding::new(
        &RULE,
        Confidence::Stated,
        title(attempt, &proofs),
        evidence.next()?,
    )
    .and_maybe(evidence)
    .because("The hash was computed with the key that was given, and compared.");
    let misfit = proofs.iter().find(|(_, _, proof)| !proof.fits);
    Some(match (misfit, proofs.as_slice()) {
        // Whatever key a tunnel that is up uses, it is none of its troubles.
        (Some((role, _, proof)), _) if !is_up => finding.severity(Severity::Warning).next(format!(
            "Compare the key that {} is configured with, to the last character, with that of \"{}\".",
            attempt.name(*role),
            proof.source
        )),
        (None, [(role, _, _)]) if !is_up => finding.next(format!(
            "The key of {} is the one given: look at the key of {}, and at the identities that choose it.",
            attempt.name(*role),
            attempt.name(role.other())
        )),
        _ => finding,
    })
}

const fn label(proof: &SharedKeyProof) -> &'static str {
    if proof.fits {
        "its proof is that of the key given"
    } else {
        "its proof is not that of the key given"
    }
}

fn title(attempt: &Attempt<'_>, proofs: &[(Role, &Flight, &SharedKeyProof)]) -> String {
    let told = |(role, _, proof): &(Role, &Flight, &SharedKeyProof)| {
        let (name, source) = (attempt.name(*role), &proof.source);
        if proof.fits {
            format!("{name} used the pre-shared key of \"{source}\"")
        } else {
            format!("{name} did not use the pre-shared key of \"{source}\"")
        }
    };
    match proofs {
        [(_, _, one), (_, _, other)] if one.fits && other.fits && one.source == other.source => {
            format!("both ends used the pre-shared key of \"{}\".", one.source)
        }
        [(_, _, one), (_, _, other)] if !one.fits && !other.fits => {
            format!("neither end used the pre-shared key of \"{}\".", one.source)
        }
        _ => {
            let all: Vec<String> = proofs.iter().map(told).collect();
            format!("{}.", all.join("; "))
        }
    }
}
