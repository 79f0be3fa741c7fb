//! UDP 500 passes, UDP 4500 does not.

use ikescope_wire::encapsulation::NAT_T_PORT;

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding};
use crate::negotiation::{Exchange, Role};
use crate::silence::unanswered;
use crate::situation::{is_first_on_4500, uses_shared_key};
use crate::standing::{Halt, Outcome, Stage};
use crate::vantage::Vantage;
use crate::words::{octets, sent};

declare_rule! {
    /// ## What it means
    /// The negotiation moved to UDP 4500, as it must behind NAT, and nothing comes back from there,
    /// while UDP 500 passed both ways a moment before.
    /// ## Why it happens
    /// A filter or a port forwarding knows UDP 500 only; a load balancer sends UDP 500 and UDP 4500
    /// to different machines; the responder's network drops UDP 4500.
    /// ## How to confirm
    /// Watch UDP 4500 at the responder during one retry.
    /// ## How to fix
    /// Let UDP 4500 through both ways, to the same host as UDP 500.
    /// ## References
    /// RFC 7296 §2.23; RFC 3947 §4; RFC 3948 §2.2.
    "IKE107" "udp-4500-blocked": Error, since "0.1.0",
    "the first message on UDP 4500 is repeated, nothing comes back there",
    Attempt(check), over ["auth-unanswered", "auth-never-sent"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if attempt.standing.outcome != Outcome::Stalled {
        return None;
    }
    let finding = match attempt.standing.halt {
        Halt::Unanswered(exchange) if does_not_get_out(attempt, exchange) => {
            sent_in_vain(attempt, exchange)?
        }
        Halt::NextMissing(exchange) if does_not_come_in(attempt) => missed(attempt, exchange)?,
        _ => return None,
    };
    let responder = attempt.name(Role::Responder);
    let hash = nat_evidence(attempt).map(|(flight, place)| {
        octets(
            flight,
            place,
            "a NAT detection hash does not fit: NAT is on the way",
        )
    });
    Some(
        finding
            .and_maybe(hash)
            .because(
                "Typical: a filter or port forwarding that knows UDP 500 only, or a balancer that \
                 sends UDP 500 and UDP 4500 to different machines.",
            )
            .next(format!(
                "Does anything arrive at {responder}? Watch there during a retry:\n    tcpdump -ni any udp port 4500"
            ))
            .next(
                "Let UDP 4500 through both ways, to the same host as UDP 500 (firewall, NSG, NAT \
                 rule).",
            ),
    )
}

/// The first message on UDP 4500 leaves whole, and the capture does not show it at its goal.
fn does_not_get_out(attempt: &Attempt<'_>, exchange: &Exchange) -> bool {
    let whole = exchange
        .request
        .as_deref()
        .is_some_and(|request| request.ip_fragments.is_empty() && !request.lacks_parts());
    whole
        && is_first_on_4500(attempt, exchange)
        && attempt.vantage != Vantage::Beside(Role::Responder)
}

/// Beside the responder: NAT was found, so the next message has to come on UDP 4500, and none does.
fn does_not_come_in(attempt: &Attempt<'_>) -> bool {
    matches!(attempt.standing.stage, Stage::Auth | Stage::MainModeId)
        && attempt.vantage == Vantage::Beside(Role::Responder)
        && nat_evidence(attempt).is_some()
        && !attempt
            .negotiation
            .flights()
            .any(|(_, _, flight)| flight.is_on_port(NAT_T_PORT))
}

fn sent_in_vain(attempt: &Attempt<'_>, exchange: &Exchange) -> Option<Finding> {
    let responder = attempt.name(Role::Responder);
    let before = attempt.negotiation.flights_of(Role::Responder).next()?;
    let mut finding = unanswered(&RULE, attempt, exchange, "the first message on UDP 4500")?;
    finding.title = format!("UDP 500 works, but nothing comes back from {responder} on UDP 4500.");
    let before = sent(
        before,
        format!("UDP 500 passes both ways: {responder} answered here"),
    );
    let finding = finding.and(before);
    // A peer that cannot read the first encrypted message of IKEv1 may not say a word.
    let finding = if attempt.standing.stage == Stage::MainModeId
        && uses_shared_key(attempt.negotiation) != Some(false)
    {
        let read = format!("if the log of {responder} shows a message that it cannot read");
        finding.unless("psk-mismatch", read)
    } else {
        finding
    };
    Some(
        finding
            .unless(
                "auth-unanswered",
                "if packets do arrive on UDP 4500: the peer drops the message",
            )
            .unless(
                "auth-answer-not-received",
                "if a capture there shows answers leaving from UDP 4500",
            ),
    )
}

fn missed(attempt: &Attempt<'_>, exchange: &Exchange) -> Option<Finding> {
    let initiator = attempt.name(Role::Initiator);
    let title = format!("UDP 500 works, but nothing of {initiator} arrives on UDP 4500.");
    let answer = sent(
        exchange.response.as_deref()?,
        "answered; behind NAT the next message comes on UDP 4500",
    );
    Some(
        Finding::new(&RULE, Confidence::Suspected, title, answer).unless(
            "auth-never-sent",
            "if a capture at the initiator shows that it sends nothing",
        ),
    )
}

fn nat_evidence<'a>(attempt: &Attempt<'a>) -> Option<(&'a crate::negotiation::Flight, (u32, u32))> {
    attempt.negotiation.flights().find_map(|(_, _, flight)| {
        let claim = flight.facts.nat?;
        let comparison = claim
            .source
            .filter(|end| !end.fits)
            .or_else(|| claim.destination.filter(|end| !end.fits))?;
        Some((flight, comparison.octets()))
    })
}
