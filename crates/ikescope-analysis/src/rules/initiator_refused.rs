//! The initiator does not accept the responder's proof.

use crate::advice;
use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::inner::Inner;
use crate::negotiation::{Exchange, Flight, Role};
use crate::standing::Halt;
use crate::trust;
use crate::words::{name_of, octets, sent};

declare_rule! {
    /// ## What it means
    /// The responder accepted, and right afterwards the initiator reported an error, deleted the SA
    /// itself, or said nothing more and began anew: it does not accept what the responder sent.
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
    "IKE_AUTH complete, then the initiator itself reports an error, deletes or begins anew",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    match attempt.standing.halt {
        Halt::GivenUpByInitiator(exchange) => gave_up(attempt, exchange),
        Halt::StartedAnew(exchange) => began_anew(attempt, exchange),
        _ => None,
    }
}

/// Without a word: what it thinks of the answer is told by what it does next.
fn began_anew(attempt: &Attempt<'_>, exchange: &Exchange) -> Option<Finding> {
    let response = exchange.response.as_deref()?;
    let (initiator, responder) = (attempt.name(Role::Initiator), attempt.name(Role::Responder));
    let title = format!("{responder} accepted, and {initiator} said nothing more and began anew.");
    let place = sent(
        response,
        "the acceptance; nothing of the initiator after it",
    );
    let why = format!(
        "No traffic, no liveness check, no Delete: {initiator} does not use what it was given."
    );
    Some(
        trust::told(
            attempt,
            Finding::new(&RULE, Confidence::Suspected, title, place).because(why),
        )
        .unless(
            "auth-answer-not-received",
            format!("if the answer does not arrive at {initiator}"),
        )
        .unless(
            "eap-failed",
            "if the answer asks for EAP and no user answers",
        )
        .next(format!("Read the log of {initiator} at that second."))
        .next(
            "Does it trust the responder's certificate: issuer, name, usage, dates (Windows 13801, \
                 13806)?",
        ),
    )
}

fn gave_up(attempt: &Attempt<'_>, exchange: &Exchange) -> Option<Finding> {
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
    let finding = Finding::new(&RULE, Confidence::Stated, title, primary)
        .because(format!("{initiator} says so itself."));
    trust::told(attempt, finding)
        .next(format!(
            "Read the log of {initiator}: it names what it does not accept."
        ))
        .next(
            "Compare the identity and certificate that the responder sends with what the initiator \
             expects.",
        )
}
