//! The user's own authentication fails.

use ikescope_wire::iana::{ExchangeType, PayloadType};

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::{Exchange, Role};
use crate::record::Facts;
use crate::standing::{Halt, Outcome};
use crate::words::{octets, sent};

declare_rule! {
    /// ## What it means
    /// IKE_AUTH went into rounds of EAP, and these ended in failure or were not carried on: no AUTH
    /// follows, no Child SA.
    /// ## Why it happens
    /// Wrong user name or password; an EAP method that one side does not allow; the server's
    /// certificate is not trusted by the client; the authentication server rejects or is silent.
    /// ## How to confirm
    /// Read the log of the authentication server (RADIUS, NPS) at that second, then the client's.
    /// ## How to fix
    /// Correct the credentials, the method, or the certificate; raise the server's timeout.
    /// ## References
    /// RFC 7296 §2.16, §3.16; RFC 3748 §4.2.
    "IKE308" "eap-failed": Error, since "0.1.0",
    "user authentication by EAP ended in failure, or stopped",
    Attempt(check), over ["authentication-failed", "initiator-refused"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let rounds: Vec<&Exchange> = attempt
        .negotiation
        .of_type(ExchangeType::IKE_AUTH)
        .filter(|exchange| is_eap(exchange.asked()) || is_eap(exchange.answered()))
        .collect();
    let last = rounds.last()?;
    let (refusal, label) = match attempt.standing.halt {
        Halt::UserRefused(exchange)
            if exchange.from == Role::Initiator
                && exchange.exchange_type == ExchangeType::INFORMATIONAL =>
        {
            (
                exchange.request.as_deref()?,
                "the initiator itself gives up, in the midst of EAP",
            )
        }
        Halt::UserRefused(exchange) => (
            exchange.response.as_deref()?,
            "the last EAP message; nothing follows it",
        ),
        Halt::RefusedInside(exchange) if is_eap(exchange.asked()) => (
            exchange.response.as_deref()?,
            "an error instead of the next EAP message",
        ),
        _ => return None,
    };
    let primary = match refusal.facts.encrypted {
        Some(encrypted) => {
            let label = format!("{label}; first payload inside is {}", encrypted.first_inner);
            octets(refusal, (encrypted.offset, encrypted.offset + 1), label)
        }
        None => sent(refusal, label),
    };
    let rejected = attempt.standing.outcome == Outcome::Rejected;
    let (confidence, title) = if rejected {
        (
            Confidence::Implied,
            "the user was not authenticated: EAP ended in failure.",
        )
    } else {
        (
            Confidence::Suspected,
            "the user was not authenticated: EAP was not carried on.",
        )
    };
    Some(
        Finding::new(&RULE, confidence, title, primary)
            .and_maybe(
                last.request
                    .as_deref()
                    .map(|request| sent(request, "the last EAP round")),
            )
            .because(format!(
                "IKE_AUTH had {} rounds with EAP, and no AUTH payload ended them.",
                rounds.len()
            ))
            .unless(
                "initiator-refused",
                "if the initiator's log complains of the responder and not of EAP",
            )
            .next("Read the log of the authentication server (RADIUS, NPS) at that second.")
            .next(
                "Check user name, password, EAP method, and whether the client trusts the \
                 server's certificate.",
            ),
    )
}

fn is_eap(facts: Option<&Facts>) -> bool {
    facts.and_then(Facts::first_inner) == Some(PayloadType::EAP)
}
