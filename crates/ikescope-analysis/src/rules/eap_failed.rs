//! The user's own authentication fails.

use ikescope_wire::iana::{EapCode, ExchangeType, NotifyType, PayloadType};
use ikescope_wire::ms_chap_error::MsChapError;

use crate::attempt::Attempt;
use crate::eap::{EapRounds, eap_method_name};
use crate::finding::{Confidence, Finding};
use crate::inner::Inner;
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
    /// Read the log of the authentication server (RADIUS, NPS) at that second, then the client's. Keys
    /// bring the method, a Legacy Nak and the error of MS-CHAP-V2 into this report.
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
    let told = refusal.facts.inner().and_then(failure);
    let primary = match (refusal.facts.encrypted, &told) {
        (Some(sk), Some(told)) => {
            let label = format!("{label}: {told}, decrypted");
            octets(
                refusal,
                (sk.offset, sk.offset + u32::from(sk.length)),
                label,
            )
        }
        (Some(sk), None) => {
            let label = format!("{label}; first payload inside is {}", sk.first_inner);
            octets(refusal, (sk.offset, sk.offset + 1), label)
        }
        (None, _) => sent(refusal, label),
    };
    let rejected = attempt.standing.outcome == Outcome::Rejected;
    let (confidence, title) = if rejected {
        (
            if told.is_some() {
                Confidence::Stated
            } else {
                Confidence::Implied
            },
            "the user was not authenticated: EAP ended in failure.",
        )
    } else {
        (
            Confidence::Suspected,
            "the user was not authenticated: EAP was not carried on.",
        )
    };
    Some(detailed(
        attempt,
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
    ))
}

fn is_eap(facts: Option<&Facts>) -> bool {
    let begins = facts.and_then(Facts::first_inner) == Some(PayloadType::EAP);
    let inner = facts.and_then(Facts::inner);
    begins || inner.is_some_and(|inner| inner.eap.is_some())
}

/// What the rounds that were decrypted say of method and error.
fn detailed(attempt: &Attempt<'_>, finding: Finding) -> Finding {
    let Some(rounds) = EapRounds::of(attempt.negotiation) else {
        return finding;
    };
    let method = rounds.methods.last().map(|(flight, method)| {
        let method = eap_method_name(*method);
        (*flight, method)
    });
    let mut finding = finding;
    if let Some((flight, method)) = &method {
        let asked = format!("{} asks for {method}", attempt.name(Role::Responder));
        finding = finding.and(sent(flight, asked));
    }
    if let Some((flight, desired)) = rounds.desired {
        let desired: Vec<String> = desired.iter().copied().map(eap_method_name).collect();
        let desired = desired.join(" or ");
        let because = format!(
            "{} The client would rather have {desired}.",
            finding.explanation
        );
        finding = finding
            .and(sent(
                flight,
                format!("Legacy Nak: the client wants {desired}"),
            ))
            .because(because)
            .next("Allow the same EAP method at the client and at the authentication server.");
    }
    let Some((flight, error)) = rounds.error else {
        return finding;
    };
    let said = format!("MS-CHAP-V2 error {} ({error})", error.0);
    let because = format!(
        "{} The server gave the reason: {said}.",
        finding.explanation
    );
    let step = match error {
        MsChapError::ERROR_RESTRICTED_LOGON_HOURS => "The account may not log on at this hour.",
        MsChapError::ERROR_ACCT_DISABLED => "The account is disabled: enable it.",
        MsChapError::ERROR_PASSWD_EXPIRED => "The password has expired: change it.",
        MsChapError::ERROR_NO_DIALIN_PERMISSION => {
            "The account may not dial in: allow it there, or in the policy of the server."
        }
        MsChapError::ERROR_AUTHENTICATION_FAILURE => {
            "User name or password is wrong: type both anew, with the domain that the server expects."
        }
        _ => return finding.and(sent(flight, said)).because(because),
    };
    let mut finding = finding.and(sent(flight, said)).because(because);
    finding.next_steps.insert(0, step.to_owned());
    finding
}

/// What a decrypted message says of the failure.
fn failure(inner: &Inner) -> Option<String> {
    let error = inner.error_notify();
    match &inner.eap {
        Some(eap) if eap.code == EapCode::FAILURE => Some("EAP Failure".to_owned()),
        _ => error.map(|notify| NotifyType(notify.notify_type).to_string()),
    }
}
