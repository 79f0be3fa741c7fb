//! The responder turns the initiator away in IKE_AUTH.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::finding::Confidence;
use crate::negotiation::Role;
use crate::standing::Halt;
use crate::words::{duration, octets, sent};

declare_rule! {
    /// ## What it means
    /// The responder decrypted IKE_AUTH and refused: the encrypted answer begins with a Notify and
    /// has no room for an acceptance.
    /// ## Why it happens
    /// Nearly always AUTHENTICATION_FAILED: wrong pre-shared key, wrong identity, untrusted or
    /// expired certificate, or no connection for this identity. They look alike on the wire.
    /// ## How to confirm
    /// Read the responder's log at that second; only it knows the reason. Keys make this report
    /// certain.
    /// ## How to fix
    /// Compare local and remote identity on both sides (behind NAT many devices send their inside
    /// address), then the key or the certificates.
    /// ## References
    /// RFC 7296 §2.15, §2.21.2, §3.10.1, §3.14.
    "IKE303" "authentication-failed": Error, since "0.1.0",
    "the responder refused IKE_AUTH: AUTHENTICATION_FAILED, read or implied",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::RefusedInside(exchange) = attempt.standing.halt else { return None };
    if exchange.exchange_type != ExchangeType::IKE_AUTH {
        return None;
    }
    let response = exchange.response.as_ref()?;
    let encrypted = response.facts.encrypted?;
    let responder = attempt.name(Role::Responder);
    let title = format!("{responder} turned {} away.", attempt.name(Role::Initiator));
    let place = (encrypted.offset, encrypted.offset + 1);
    let mut finding = Finding::new(
        &RULE,
        Confidence::Implied,
        title,
        octets(response, place, "first payload inside SK is 41 (Notify); an acceptance begins with 36 (IDr)"),
    );
    if let Some(suite) = attempt.suite
        && let Some(room) = suite.room(&encrypted)
    {
        let label = format!(
            "{} octets leave room for {room} inside; an acceptance needs {} or more",
            response.facts.length,
            suite.least_acceptance()
        );
        finding = finding.and(octets(response, (24, 28), label));
    }
    let answered_in = exchange.response_time().map_or_else(String::new, |took| format!(" Answered in {}.", duration(took)));
    Some(
        finding
            .and_maybe(exchange.request.as_ref().map(|request| sent(request, "the request")))
            .because(format!(
                "The peer decrypted the message and refused, nearly always with AUTHENTICATION_FAILED. \
                 Wrong key, wrong identity, bad certificate, unknown peer: alike on the wire.{answered_in}"
            ))
            .unless("ts-unacceptable", "only if the peer leaves out IDr and AUTH")
            .unless("child-no-proposal-chosen", "only if the peer leaves out IDr and AUTH")
            .next(format!("The log of {responder} knows why; read it at that second."))
            .next("Compare identities on both sides: behind NAT many devices send their inside address as ID.")
            .next("Then compare the pre-shared key or the certificates."),
    )
}
