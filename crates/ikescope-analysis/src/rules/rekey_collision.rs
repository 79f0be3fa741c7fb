//! Both ends rekey at once.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::{Exchange, Role};
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// Both ends asked for a new SA before the other one's request was answered. RFC 7296 says which
    /// of the two results is to be kept; some implementations get it wrong.
    /// ## Why it happens
    /// Both sides have the same lifetime.
    /// ## How to confirm
    /// Compare the times of the two requests, and see which SPIs carry ESP afterwards.
    /// ## How to fix
    /// Make one side's lifetime shorter by some minutes.
    /// ## References
    /// RFC 7296 §2.8.1, §2.25.
    "IKE507" "rekey-collision": Info, since "0.1.0",
    "both ends asked for a new SA at once",
    Attempt(check), over ["rekey-refused"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let asked = |role| {
        attempt
            .negotiation
            .of_type(ExchangeType::CREATE_CHILD_SA)
            .filter(move |exchange| exchange.from == role && exchange.request.is_some())
    };
    let (one, other) = asked(Role::Initiator).find_map(|one| {
        Some((
            one,
            asked(Role::Responder).find(|other| is_crossed(one, other))?,
        ))
    })?;
    let (mine, theirs) = (one.request.as_deref()?, other.request.as_deref()?);
    Some(
        Finding::new(
            &RULE,
            Confidence::Implied,
            "both ends rekeyed at once.",
            sent(mine, format!("{} asks", attempt.name(Role::Initiator))),
        )
        .and(sent(
            theirs,
            format!(
                "{} asks before that is answered",
                attempt.name(Role::Responder)
            ),
        ))
        .because("Neither request had been answered when the other was sent.")
        .next("Make one side's lifetime shorter by some minutes."),
    )
}

/// Each was asked before the other was answered.
fn is_crossed(one: &Exchange, other: &Exchange) -> bool {
    let before_answer = |asked: &Exchange, answered: &Exchange| {
        answered
            .response
            .as_deref()
            .is_some_and(|response| asked.first_time() < response.first().time)
    };
    before_answer(one, other) && before_answer(other, one)
}
