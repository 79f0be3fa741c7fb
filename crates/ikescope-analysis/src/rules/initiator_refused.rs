//! The initiator does not accept the responder's proof.

use crate::advice;
use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::inner::Inner;
use crate::negotiation::{Flight, Role};
use crate::standing::Halt;
use crate::words::{name_of, octets, sent};

declare_rule! {
    /// ## What it means
    /// The responder accepted, and right afterwards the initiator reported an error or deleted the
    /// SA itself: it does not accept what the responder sent.
    /// ## Why it happens
    /// The responder's identity or certificate is not what the initiator expects; its pre-shared
    /// key for the other direction differs; or the initiator could not install the SA.
    /// ## How to confirm
    /// Read the initiator's log at that second.
    /// ## How to fix
    /// Set the expected remote identity on the initiator to what the responder sends, or the
    /// trusted CA to the one that signed its certificate.
    /// ## References
    /// RFC 7296 §2.21.2.
    "IKE306" "initiator-refused": Error, since "0.1.0",
    "IKE_AUTH complete, then the initiator itself reports an error or deletes",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::GivenUpByInitiator(exchange) = attempt.standing.halt else {
        return None;
    };
    let report = exchange.request.as_deref()?;
    let initiator = attempt.name(Role::Initiator);
    let title = format!(
        "{initiator} itself gave up right after {} had accepted.",
        attempt.name(Role::Responder)
    );
    if let Some(inner) = report.facts.inner() {
        return Some(told(attempt, report, inner, title));
    }
    let primary = match report.facts.encrypted {
        Some(encrypted) => octets(
            report,
            (encrypted.offset, encrypted.offset + 1),
            format!(
                "first payload inside is {} ({})",
                encrypted.first_inner.0, encrypted.first_inner
            ),
        ),
        None => sent(report, "the initiator's own informational"),
    };
    let accepted = attempt
        .negotiation
        .flights_of(Role::Responder)
        .filter(|flight| flight.first().time <= report.first().time)
        .last();
    Some(
        Finding::new(&RULE, Confidence::Implied, title, primary)
            .and_maybe(accepted.map(|flight| sent(flight, "the acceptance before it")))
            .because(
                "It is too small to be anything but an error or a Delete, and no traffic came \
                 before it.",
            )
            .next(advice::read_log(
                attempt,
                Role::Initiator,
                exchange.first_time(),
                ": it names what it does not accept.",
            ))
            .next(
                "Compare the identity and certificate that the responder sends with what the \
                 initiator expects.",
            ),
    )
}

/// The initiator's message was decrypted.
fn told(attempt: &Attempt<'_>, report: &Flight, inner: &Inner, title: String) -> Finding {
    let initiator = attempt.name(Role::Initiator);
    let primary = match inner.error_notify() {
        Some(notify) => {
            let name = name_of(attempt, notify);
            octets(report, notify.octets(), format!("{name}, decrypted"))
        }
        None => sent(report, "deletes the SA, decrypted"),
    };
    Finding::new(&RULE, Confidence::Stated, title, primary)
        .because(format!("{initiator} says so itself."))
        .next(format!(
            "Read the log of {initiator}: it names what it does not accept."
        ))
        .next(
            "Compare the identity and certificate that the responder sends with what the initiator \
             expects.",
        )
}
