//! The two sides do not find a key exchange group.

use ikescope_wire::iana::{ExchangeType, KeyExchangeMethod, NotifyType, TransformType};

use crate::attempt::Attempt;
use crate::finding::Confidence;
use crate::finding::Finding;
use crate::negotiation::Role;
use crate::proposal::Kind;
use crate::standing::Halt;
use crate::words::{octets, repeats, sent};

declare_rule! {
    /// ## What it means
    /// The responder asks for another group each time, or for one that the initiator did not offer.
    /// ## Why it happens
    /// The group lists contradict each other; the responder picks a proposal whose group it then
    /// refuses; or something on the way answers in the responder's name.
    /// ## How to confirm
    /// Compare the group in each INVALID_KE_PAYLOAD with those in the offer.
    /// ## How to fix
    /// Configure one and the same group on both sides.
    /// ## References
    /// RFC 7296 §1.2, §1.3, §2.7.
    "IKE203" "ke-group-mismatch": Error, since "0.1.0",
    "INVALID_KE_PAYLOAD again and again, or for a group that was never offered",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::GroupLoop(_) = attempt.standing.halt else {
        return None;
    };
    let mut answers = attempt
        .negotiation
        .of_type(ExchangeType::IKE_SA_INIT)
        .filter_map(|exchange| {
            let response = exchange.response.as_deref()?;
            let notify = response.facts.notify(NotifyType::INVALID_KE_PAYLOAD)?;
            Some((exchange, response, notify))
        });
    let (exchange, response, notify) = answers.next()?;
    let wanted = KeyExchangeMethod(notify.wanted_group()?);
    let offered = exchange.asked().map(offered_groups).unwrap_or_default();
    let names = |groups: &[u16]| {
        groups
            .iter()
            .map(u16::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let responder = attempt.name(Role::Responder);
    let title = if offered.is_empty() || offered.contains(&wanted.0) {
        format!(
            "{responder} asks for another group each time, {} ({wanted}) first.",
            wanted.0
        )
    } else {
        format!(
            "{responder} wants group {} ({wanted}), which was not offered ({}).",
            wanted.0,
            names(&offered)
        )
    };
    let mut finding = Finding::new(
        &RULE,
        Confidence::Stated,
        title,
        octets(
            response,
            notify.octets(),
            format!("INVALID_KE_PAYLOAD, group {}", wanted.0),
        ),
    )
    .and_maybe(
        exchange
            .request
            .as_deref()
            .map(|request| sent(request, format!("offers groups {}", names(&offered)))),
    )
    .and_maybe(repeats(response, "again"));
    for (_, response, notify) in answers {
        let group = notify.wanted_group().unwrap_or_default();
        finding = finding.and(octets(
            response,
            notify.octets(),
            format!("INVALID_KE_PAYLOAD, group {group}"),
        ));
    }
    Some(
        finding
            .because("Each answer is in clear and names the group that the responder wants.")
            .next("Configure one and the same group on both sides."),
    )
}

fn offered_groups(facts: &crate::record::Facts) -> Vec<u16> {
    let mut groups: Vec<u16> = Vec::new();
    for transform in &facts.transforms {
        if transform.kind == Kind::V2(TransformType::KE) && !groups.contains(&transform.id) {
            groups.push(transform.id);
        }
    }
    groups
}
