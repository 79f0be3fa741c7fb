//! The responder asked for another key exchange group, and got it.

use ikescope_wire::iana::{ExchangeType, KeyExchangeMethod, NotifyType};

use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::standing::Halt;
use crate::words::{octets, sent};

declare_rule! {
    /// ## What it means
    /// The initiator's first key exchange was of a group the responder does not take; it named
    /// another one, and the initiator sent IKE_SA_INIT again with it.
    /// ## Why it happens
    /// The initiator's preferred group is not the responder's. It costs one round trip.
    /// ## How to confirm
    /// The answer to the first request holds INVALID_KE_PAYLOAD with the wanted group.
    /// ## How to fix
    /// Put the common group first in the initiator's proposal.
    /// ## References
    /// RFC 7296 §1.2, §1.3, §2.7.
    "IKE202" "invalid-ke-payload": Info, since "0.1.0",
    "the responder wants another group and the initiator obliges: one more round trip",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if matches!(attempt.standing.halt, Halt::GroupLoop(_)) {
        return None;
    }
    let (exchange, notify) = attempt
        .negotiation
        .of_type(ExchangeType::IKE_SA_INIT)
        .find_map(|exchange| {
            Some((
                exchange,
                exchange
                    .answered()?
                    .notify(NotifyType::INVALID_KE_PAYLOAD)?,
            ))
        })?;
    let response = exchange.response.as_deref()?;
    let wanted = KeyExchangeMethod(notify.wanted_group()?);
    let title = format!(
        "{} asked for group {} ({wanted}); one more round trip.",
        attempt.name(Role::Responder),
        wanted.0
    );
    Some(
        Finding::new(
            &RULE,
            Confidence::Stated,
            title,
            octets(response, notify.octets(), "INVALID_KE_PAYLOAD"),
        )
        .and_maybe(
            exchange
                .request
                .as_deref()
                .map(|request| sent(request, "the first request")),
        )
        .because("The initiator guessed a group that the responder does not take.")
        .next("Put the common group first in the initiator's proposal."),
    )
}
