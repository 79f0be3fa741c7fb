//! UDP 500 passes, UDP 4500 does not.

use ikescope_wire::encapsulation::NAT_T_PORT;
use ikescope_wire::iana::ExchangeType;
use ikescope_wire::observed::Transport;

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::negotiation::{Exchange, Role};
use crate::silence::unanswered;
use crate::standing::{Halt, Outcome};
use crate::words::{sent, octets};

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
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::Unanswered(exchange) = attempt.standing.halt else { return None };
    if attempt.standing.outcome != Outcome::Stalled || !is_first_on_4500(attempt, exchange) {
        return None;
    }
    let responder = attempt.name(Role::Responder);
    let before = attempt.negotiation.flights_of(Role::Responder).next()?;
    let mut finding = unanswered(&RULE, attempt, exchange, "the first message on UDP 4500")?
        .and(sent(before, format!("UDP 500 passes both ways: {responder} answered here")))
        .because(
            "Typical: a filter or port forwarding that knows UDP 500 only, or a balancer that sends \
             UDP 500 and UDP 4500 to different machines.",
        )
        .unless("auth-unanswered", "if packets do arrive on UDP 4500: the peer drops the message")
        .unless(
            "auth-answer-not-received",
            "if a capture there shows answers leaving from UDP 4500",
        )
        .next(format!("Does anything arrive at {responder}? Watch there during a retry: tcpdump -ni any udp port 4500"))
        .next("Let UDP 4500 through both ways, to the same host as UDP 500 (firewall, NSG, NAT rule).");
    if let Some((flight, place)) = nat_evidence(attempt) {
        finding = finding.and(octets(flight, place, "a NAT detection hash does not fit: NAT is on the way"));
    }
    finding.title = format!("UDP 500 works, but nothing comes back from {responder} on UDP 4500.");
    Some(finding)
}

/// An IKE_AUTH or main mode 5 that left for UDP 4500, where nothing of the peer was ever seen.
fn is_first_on_4500(attempt: &Attempt<'_>, exchange: &Exchange) -> bool {
    let Some(request) = exchange.request.as_ref() else { return false };
    let carries = matches!(
        exchange.exchange_type,
        ExchangeType::IKE_AUTH
            | ExchangeType::IKE_INTERMEDIATE
            | ExchangeType::IDENTITY_PROTECTION
            | ExchangeType::AGGRESSIVE
    );
    let small = request.parts.is_empty() && request.ip_fragments.is_empty();
    let heard = attempt
        .negotiation
        .flights_of(exchange.from.other())
        .any(|flight| flight.is_on_port(NAT_T_PORT));
    carries && small && !heard && request.transport == Transport::Udp && request.is_on_port(NAT_T_PORT)
}

fn nat_evidence<'a>(attempt: &Attempt<'a>) -> Option<(&'a crate::negotiation::Flight, (u32, u32))> {
    attempt.negotiation.flights().find_map(|(_, _, flight)| {
        let claim = flight.facts.nat?;
        let comparison = claim.source.filter(|end| !end.fits).or(claim.destination.filter(|end| !end.fits))?;
        Some((flight, comparison.octets()))
    })
}
