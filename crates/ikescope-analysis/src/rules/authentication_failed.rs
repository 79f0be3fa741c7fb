//! The responder turns the initiator away in IKE_AUTH.

use ikescope_wire::iana::NotifyType;
use ikescope_wire::observed::Timestamp;

use crate::advice::{self, Need};
use crate::attempt::Attempt;
use crate::credentials::Presented;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::log::{LogLine, Told};
use crate::negotiation::{Exchange, Role};
use crate::said;
use crate::situation::{self, is_read, refusal, uses_shared_key};
use crate::standing::Halt;
use crate::trust;
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
    match attempt.standing.halt {
        Halt::RefusedInside(exchange) if is_read(exchange) => told(attempt, exchange),
        Halt::RefusedInside(exchange) => implied(attempt, exchange),
        Halt::Refused(exchange) => told(attempt, exchange),
        Halt::IdentificationRefused(exchange) => {
            told(attempt, exchange).or_else(|| after_identification(attempt, exchange))
        }
        Halt::Stated(line) => by_log(attempt, line),
        _ => None,
    }
}

/// AUTHENTICATION_FAILED has the number 24 in both versions.
fn told(attempt: &Attempt<'_>, exchange: &Exchange) -> Option<Finding> {
    let (flight, notify) = refusal(exchange)?;
    if notify.notify_type != NotifyType::AUTHENTICATION_FAILED.0 {
        return None;
    }
    let responder = attempt.name(Role::Responder);
    let title = format!("{responder} turned {} away.", attempt.name(Role::Initiator));
    let label = format!("AUTHENTICATION_FAILED, {}", notify.legibility());
    let why = if notify.decrypted {
        format!("{responder} says so itself, in a message that was decrypted.")
    } else {
        format!("{responder} says so itself, in a message that is not authenticated.")
    };
    let place = octets(flight, notify.octets(), label);
    Some(advise(
        attempt,
        flight.first().time,
        Finding::new(&RULE, Confidence::Stated, title, place).because(why),
    ))
}

/// IKEv1 with signatures: the identification was decrypted and refused. With a shared key another
/// key makes noise of it, which is another rule's matter.
fn after_identification(attempt: &Attempt<'_>, exchange: &Exchange) -> Option<Finding> {
    if uses_shared_key(attempt.negotiation) != Some(false) {
        return None;
    }
    let answer = exchange.request.as_deref()?;
    let responder = attempt.name(Role::Responder);
    let title = format!("{responder} turned {} away.", attempt.name(Role::Initiator));
    Some(advise(
        attempt,
        answer.first().time,
        Finding::new(
            &RULE,
            Confidence::Implied,
            title,
            sent(answer, "an informational instead of an acceptance"),
        )
        .because(
            "The keys come from the key exchange alone, so the peer could read identity and \
                 signature.",
        ),
    ))
}

/// What to do about a refusal of this time.
fn advise(attempt: &Attempt<'_>, time: Timestamp, finding: Finding) -> Finding {
    trust::told(attempt, finding)
        .next(advice::read_log(
            attempt,
            Role::Responder,
            time,
            ": it knows why.",
        ))
        .next(called(attempt).unwrap_or_else(|| identities(attempt)))
        .next("Then compare the pre-shared key or the certificates.")
}

/// The identity that was read: that is what the responder has to know.
fn called(attempt: &Attempt<'_>) -> Option<String> {
    let (_, identity) = Presented::of(attempt.negotiation, Role::Initiator).identity?;
    let (initiator, responder) = (attempt.name(Role::Initiator), attempt.name(Role::Responder));
    Some(format!(
        "{initiator} calls itself \"{}\" ({}): does {responder} know it by that name and type?",
        identity.value, identity.kind
    ))
}

/// Behind NAT many devices send their inside address as identity; where the capture shows the outer
/// one, that is what the responder knows.
fn identities(attempt: &Attempt<'_>) -> String {
    let compare = "Compare identities on both sides: behind NAT many devices send their inside \
                   address as ID.";
    let nat = situation::nat(attempt.negotiation);
    let outer = nat
        .proofs(Role::Initiator)
        .iter()
        .any(|proof| proof.is_of_sender());
    let address = attempt.name(Role::Initiator);
    outer
        .then(|| {
            let sentence = format!("{compare} The responder knows {address}; to send that:");
            let need = Need::SetIdentity { address };
            advice::step_if_known(attempt, Role::Initiator, &need, &sentence)
        })
        .flatten()
        .unwrap_or_else(|| compare.to_owned())
}

fn implied(attempt: &Attempt<'_>, exchange: &Exchange) -> Option<Finding> {
    let response = exchange.response.as_deref()?;
    let encrypted = response.facts.encrypted?;
    let responder = attempt.name(Role::Responder);
    let title = format!("{responder} turned {} away.", attempt.name(Role::Initiator));
    let place = (encrypted.offset, encrypted.offset + 1);
    let mut finding = Finding::new(
        &RULE,
        Confidence::Implied,
        title,
        octets(
            response,
            place,
            "first payload inside SK is 41 (Notify); an acceptance begins with 36 (IDr)",
        ),
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
    let answered_in = exchange.response_time().map_or_else(String::new, |took| {
        format!(" Answered in {}.", duration(took))
    });
    Some(advise(
        attempt,
        response.first().time,
        finding
            .and_maybe(
                exchange
                    .request
                    .as_deref()
                    .map(|request| sent(request, "the request")),
            )
            .because(format!(
                "The peer decrypted the message and refused, nearly always with \
                 AUTHENTICATION_FAILED. Wrong key, wrong identity, bad certificate, unknown peer: \
                 alike on the wire.{answered_in}"
            ))
            .unless(
                "ts-unacceptable",
                "only if the peer leaves out IDr and AUTH",
            )
            .unless(
                "child-no-proposal-chosen",
                "only if the peer leaves out IDr and AUTH",
            ),
    ))
}

/// The device that refuses says so in its log, or the one that is refused.
fn by_log(attempt: &Attempt<'_>, line: &LogLine) -> Option<Finding> {
    let (by, peer) = said::ends(attempt, line);
    let finding = match line.told {
        Told::AuthenticationFailed => said::stated(&RULE, attempt, line, |by, peer| {
            format!("{by} turned {peer} away.")
        }),
        Told::PeerNotify(NotifyType::AUTHENTICATION_FAILED) => {
            said::stated(&RULE, attempt, line, |by, peer| {
                format!("{peer} turned {by} away.")
            })
        }
        Told::IdentityRefused => said::stated(&RULE, attempt, line, |by, peer| {
            format!("{by} does not accept the identity of {peer}.")
        })
        .and_maybe(said::circumstances(attempt, line))
        .next(format!(
            "Compare the ID that {peer} sends with the peer ID that {by} expects."
        )),
        _ => return None,
    };
    Some(
        finding
            .next(format!("Compare identities on {by} and {peer}: behind NAT many devices send their inside address as ID."))
            .next("Then compare the pre-shared key or the certificates."),
    )
}
