//! IKEv1: the identification is not understood.

use ikescope_wire::encapsulation::NAT_T_PORT;
use ikescope_wire::iana::ExchangeType;

use crate::advice;
use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::log::{LogLine, Told};
use crate::negotiation::{Exchange, Flight, Mode, Role};
use crate::said;
use crate::situation::{proof_of, refusal, says_unreadable, uses_shared_key};
use crate::standing::{Halt, Outcome};
use crate::vantage::Vantage;
use crate::words::{name_of, octets, repeats, sent};

declare_rule! {
    /// ## What it means
    /// Main mode message 5 is repeated, or answered by an error: the peer cannot decrypt it. In
    /// IKEv1 the pre-shared key is part of every key, so another key makes noise of message 5.
    /// ## Why it happens
    /// The pre-shared keys differ, or the peer chose the key of another peer because it looks it up
    /// by address.
    /// ## How to confirm
    /// Read the peer's log: payload malformed, invalid payload type, probable pre-shared key
    /// mismatch. With such a log beside the capture, or in its place, this report says it for certain; so
    /// it does where a key is given (--psk-file) that one end proves and the other does not.
    /// ## How to fix
    /// Type the pre-shared key anew on both sides; check which key the peer uses for this address.
    /// ## References
    /// RFC 2409 §5.4, appendix B.
    "IKE304" "psk-mismatch": Error, since "0.1.0",
    "IKEv1 message 5 cannot be read by the peer",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if let Some(line) = said::cause(attempt).filter(|line| line.told == Told::OtherSharedKey) {
        return Some(by_log(attempt, line));
    }
    if let Some(finding) = by_proofs(attempt) {
        return Some(finding);
    }
    // With signatures the keys do not depend on a shared secret, and the message can be read.
    if uses_shared_key(attempt.negotiation) == Some(false) {
        return None;
    }
    let (exchange, number) = match attempt.negotiation.mode {
        Mode::Aggressive => (at(attempt, ExchangeType::AGGRESSIVE, 3)?, 3),
        _ => (at(attempt, ExchangeType::IDENTITY_PROTECTION, 5)?, 5),
    };
    let request = exchange
        .request
        .as_deref()
        .filter(|_| !exchange.is_answered())?;
    let (responder, initiator) = (attempt.name(Role::Responder), attempt.name(Role::Initiator));
    // The peer itself says, where that was decrypted, that it could not read the message.
    let mut is_said = false;
    let finding = match attempt.standing.halt {
        Halt::IdentificationRefused(error) => {
            let read = refusal(error).filter(|(_, notify)| notify.decrypted);
            if number == 5 && read.is_some_and(|(_, notify)| !says_unreadable(notify)) {
                return None;
            }
            let place = match read {
                Some((answer, notify)) => {
                    is_said = says_unreadable(notify);
                    let name = name_of(attempt, notify);
                    let label = format!("{name}, decrypted, in answer to message {number}");
                    octets(answer, notify.octets(), label)
                }
                None => {
                    let label = format!("an informational in answer to message {number}");
                    sent(error.request.as_deref()?, label)
                }
            };
            // Whoever can read the answer does not repeat the message: then the keys do fit, and
            // something else in it was refused.
            let unread = request.repeats() > 0 || number == 3;
            Finding::new(
                &RULE,
                if unread {
                    Confidence::Implied
                } else {
                    Confidence::Suspected
                },
                "",
                place,
            )
            .and(sent(request, format!("message {number}")))
        }
        Halt::Unanswered(open)
            if attempt.standing.outcome == Outcome::Stalled
                && core::ptr::eq(open, exchange)
                && is_heard(attempt, request) =>
        {
            Finding::new(&RULE, Confidence::Suspected, "", sent(request, "message 5"))
        }
        _ => return None,
    };
    let mut finding = finding.and_maybe(repeats(request, "the same octets again"));
    let why = if number == 5 {
        let is_silent = matches!(attempt.standing.halt, Halt::Unanswered(_));
        let verb = if is_silent { "answer" } else { "accept" };
        finding.title = if is_said {
            format!(
                "{responder} cannot read message 5 of {initiator}: probably another pre-shared key."
            )
        } else {
            format!(
                "{responder} does not {verb} message 5 of {initiator}: probably another pre-shared key."
            )
        };
        "The key exchange is complete; message 5 is the first encrypted one, and its key is made of \
         the pre-shared key."
    } else {
        finding.title = format!(
            "{responder} finds the hash of {initiator} wrong: probably another pre-shared key."
        );
        "Message 3 of aggressive mode proves the pre-shared key."
    };
    let mut finding = finding.because(why);
    let is_answered = matches!(attempt.standing.halt, Halt::IdentificationRefused(_));
    if !is_answered {
        let lost = format!("if message {number} does not arrive at the peer");
        finding = finding.unless("auth-unanswered", lost);
    }
    if !is_said {
        let named =
            format!("if the log of {responder} names an identity: then it could read the message");
        finding = finding.unless("identity refused", named);
    }
    Some(
        finding
            .next("Type the pre-shared key anew on both sides.")
            .next(advice::read_log(
                attempt,
                Role::Responder,
                request.first().time,
                ".",
            )),
    )
}

/// A key was given that one end used and the other one did not.
fn by_proofs(attempt: &Attempt<'_>) -> Option<Finding> {
    let of = |role| Some((role, proof_of(attempt.negotiation, role)?));
    let (one, other) = (of(Role::Initiator)?, of(Role::Responder)?);
    let ((role, (flight, _)), (_, (fitting, _))) = match (one.1.1.fits, other.1.1.fits) {
        (false, true) => (one, other),
        (true, false) => (other, one),
        _ => return None,
    };
    let failed = matches!(
        attempt.standing.outcome,
        Outcome::Stalled | Outcome::Rejected
    );
    let (own, peer) = (attempt.name(role), attempt.name(role.other()));
    let label = "its proof is not that of the key given";
    failed.then(|| {
        Finding::new(
            &RULE,
            Confidence::Stated,
            format!("{own} has another pre-shared key than {peer}."),
            sent(flight, label),
        )
        .and(sent(fitting, "its proof is that of the key given"))
        .because("Both proofs were computed with the key that was given, and compared.")
        .next(format!("Type the pre-shared key anew on {own}."))
    })
}

/// The device that holds the other key says so in its log: in IKEv2 by the proof in IKE_AUTH, in IKEv1
/// by the noise that message 5 is to it.
fn by_log(attempt: &Attempt<'_>, line: &LogLine) -> Finding {
    let (by, peer) = said::ends(attempt, line);
    said::stated(&RULE, attempt, line, |by, peer| {
        format!("{by} finds that {peer} has another pre-shared key.")
    })
    .next(format!(
        "Type the pre-shared key anew on {by} and on {peer}."
    ))
    .next(format!(
        "Make sure that {by} takes {peer} for the connection whose key it uses."
    ))
}

fn at<'a>(attempt: &Attempt<'a>, exchange_type: ExchangeType, step: u8) -> Option<&'a Exchange> {
    attempt
        .negotiation
        .of_type(exchange_type)
        .find(|exchange| exchange.step == step)
}

/// Message 5 goes the same way as the messages before it, or the peer has been heard on its port,
/// or the capture shows it beside the peer.
fn is_heard(attempt: &Attempt<'_>, request: &Flight) -> bool {
    !request.is_on_port(NAT_T_PORT)
        || attempt.vantage == Vantage::Beside(Role::Responder)
        || attempt
            .negotiation
            .flights_of(Role::Responder)
            .any(|flight| flight.is_on_port(NAT_T_PORT))
}
