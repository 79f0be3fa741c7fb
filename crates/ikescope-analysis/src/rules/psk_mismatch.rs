//! IKEv1: the identification is not understood.

use ikescope_wire::encapsulation::NAT_T_PORT;
use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::finding::Confidence;
use crate::negotiation::Role;
use crate::standing::{Halt, Outcome};
use crate::words::{repeats, sent};

declare_rule! {
    /// ## What it means
    /// Main mode message 5 is repeated, or answered by an error: the peer cannot decrypt it. In
    /// IKEv1 the pre-shared key is part of every key, so another key makes noise of message 5.
    /// ## Why it happens
    /// The pre-shared keys differ, or the peer chose the key of another peer because it looks it up
    /// by address.
    /// ## How to confirm
    /// Read the peer's log: payload malformed, invalid payload type, probable pre-shared key
    /// mismatch.
    /// ## How to fix
    /// Type the pre-shared key anew on both sides; check which key the peer uses for this address.
    /// ## References
    /// RFC 2409 §5.4, appendix B.
    "IKE304" "psk-mismatch": Error, since "0.1.0",
    "IKEv1 message 5 cannot be read by the peer",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let fifth = attempt
        .negotiation
        .of_type(ExchangeType::IDENTITY_PROTECTION)
        .find(|exchange| exchange.step == 5)
        .filter(|exchange| !exchange.is_answered())?;
    let request = fifth.request.as_ref()?;
    let title = format!(
        "{} cannot read message 5 of {}: probably another pre-shared key.",
        attempt.name(Role::Responder),
        attempt.name(Role::Initiator)
    );
    let finding = match attempt.standing.halt {
        Halt::IdentificationRefused(error) => {
            let answer = error.request.as_ref()?;
            Finding::new(&RULE, Confidence::Implied, title, sent(answer, "an informational instead of message 6"))
                .and(sent(request, "message 5"))
                .and_maybe(repeats(request, "message 5 again"))
        }
        Halt::Unanswered(exchange)
            if attempt.standing.outcome == Outcome::Stalled
                && core::ptr::eq(exchange, fifth)
                && is_heard(attempt, request) =>
        {
            Finding::new(&RULE, Confidence::Suspected, title, sent(request, "message 5"))
                .and_maybe(repeats(request, "message 5 again"))
        }
        _ => return None,
    };
    Some(
        finding
            .because(
                "The key exchange is complete; message 5 is the first encrypted one, and its key is made \
                 of the pre-shared key.",
            )
            .unless("auth-unanswered", "if message 5 does not arrive at the peer")
            .next("Type the pre-shared key anew on both sides.")
            .next(format!("Read the log of {}.", attempt.name(Role::Responder))),
    )
}

/// Message 5 goes the same way as the messages before it, or the peer has been heard on its port.
fn is_heard(attempt: &Attempt<'_>, request: &crate::negotiation::Flight) -> bool {
    !request.is_on_port(NAT_T_PORT)
        || attempt.negotiation.flights_of(Role::Responder).any(|flight| flight.is_on_port(NAT_T_PORT))
}
