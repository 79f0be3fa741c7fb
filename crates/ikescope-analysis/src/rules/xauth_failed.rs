//! XAUTH fails or is not carried on.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::Role;
use crate::standing::{Halt, Outcome, Stage, user_accepted};
use crate::words::sent;
use ikescope_wire::iana::ExchangeType;

declare_rule! {
    /// ## What it means
    /// Phase 1 is complete, the edge device asked for user name and password (XAUTH), and no quick
    /// mode follows: the user was refused, or nobody answered.
    /// ## Why it happens
    /// Wrong user name or password; the client does not do XAUTH or waits for its user; the
    /// authentication server is silent.
    /// ## How to confirm
    /// Read the log of the edge device and of its authentication server at that second. With keys,
    /// XAUTH_STATUS says it for certain.
    /// ## How to fix
    /// Correct the credentials; enable XAUTH on both sides or on none.
    /// ## References
    /// draft-beaulieu-ike-xauth-02 §3, §6; RFC 2409 §5.
    "IKE309" "xauth-failed": Error, since "0.1.0",
    "user authentication by XAUTH ended in failure, or stopped",
    Attempt(check)
}

const LAST: &str = "the last message of XAUTH";

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if attempt.standing.stage != Stage::Xauth
        || !matches!(
            attempt.standing.outcome,
            Outcome::Stalled | Outcome::Rejected
        )
    {
        return None;
    }
    let rejected = attempt.standing.outcome == Outcome::Rejected;
    let guessed = if rejected {
        Confidence::Implied
    } else {
        Confidence::Suspected
    };
    let (last, label, title, confidence) = match attempt.standing.halt {
        Halt::UserRefused(exchange) if user_accepted(exchange) == Some(false) => (
            exchange.request.as_deref()?,
            "XAUTH_STATUS is FAIL, decrypted",
            "the user was not authenticated.",
            Confidence::Stated,
        ),
        Halt::UserRefused(exchange) => (
            exchange.response.as_deref()?,
            LAST,
            "the user was not authenticated: no quick mode follows XAUTH.",
            guessed,
        ),
        Halt::Unanswered(exchange) | Halt::AnswerNotHeard(exchange) => (
            exchange.request.as_deref()?,
            LAST,
            "the question for user name and password finds no answer.",
            guessed,
        ),
        _ => return None,
    };
    let end = attempt
        .negotiation
        .of_type(ExchangeType::INFORMATIONAL_V1)
        .filter(|exchange| {
            exchange.from == Role::Responder && exchange.first_time() > last.first().time
        })
        .filter_map(|exchange| exchange.request.as_deref())
        .next();
    Some(
        Finding::new(&RULE, confidence, title, sent(last, label))
            .and_maybe(end.map(|flight| sent(flight, "the edge device ends it")))
            .because(
                "Phase 1 stands, so the pre-shared key or certificate is right; the user is not \
                 accepted.",
            )
            .next(format!(
                "Read the log of {} and of its authentication server.",
                attempt.name(Role::Responder)
            ))
            .next("Check user name and password, and that both sides want XAUTH."),
    )
}
