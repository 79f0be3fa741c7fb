//! ESP flows one way only.

use crate::advice::{self, Need};
use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::finding::{Confidence, evidence};
use crate::generation::{self, Dead};
use crate::negotiation::Role;
use crate::standing::Outcome;
use crate::words::{counted, duration, sent};

declare_rule! {
    /// ## What it means
    /// The tunnel is up and one side sends ESP, but none comes back, although the capture goes on
    /// long enough and shows IKE of both sides.
    /// ## Why it happens
    /// ESP is filtered in one direction; the receiver drops it (NAT disagreement, policy, routing);
    /// or the receiver's answers do not enter the tunnel.
    /// ## How to confirm
    /// Look at the receiver: do its counters for this SA grow? Does it send into the tunnel?
    /// ## How to fix
    /// Let ESP (IP protocol 50, or UDP 4500 behind NAT) through both ways; correct routes and
    /// policies on the silent side.
    /// ## References
    /// RFC 4301 §4.4.1; RFC 3948 §2.1; RFC 7296 §2.23.
    "IKE602" "esp-one-way": Error, since "0.1.0",
    "ESP in one direction only",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if attempt.standing.outcome != Outcome::OneWay {
        return None;
    }
    if let Some(dead) = generation::dead(attempt.negotiation, &attempt.flows, attempt.end) {
        return Some(of_new_generation(attempt, dead));
    }
    let speaker = if attempt.flows_from(Role::Initiator).next().is_some() {
        Role::Initiator
    } else {
        Role::Responder
    };
    let (from, to) = (attempt.name(speaker), attempt.name(speaker.other()));
    let flow = attempt
        .flows_from(speaker)
        .max_by_key(|flow| flow.packets)?;
    let title = format!("the tunnel is up, but ESP goes only {from} -> {to}.");
    let lasted = duration(attempt.end.since(flow.first_time));
    let label = format!(
        "{} with SPI {:08x} out, none back in {lasted}",
        counted(flow.packets, "ESP packet"),
        flow.spi
    );
    let alive = attempt
        .negotiation
        .flights_of(speaker.other())
        .filter(|flight| flight.last().time > flow.first_time)
        .last();
    Some(advise(
        attempt,
        Finding::new(
            &RULE,
            Confidence::Implied,
            title,
            evidence(flow.first_frame, None, label),
        )
        .and(evidence(flow.last_frame, None, "the newest of them"))
        .and_maybe(alive.map(|flight| sent(flight, format!("IKE of {to} does arrive here"))))
        .because(format!(
            "ESP of {from} is lost on the way, or {to} drops it, or what {to} sends back does not \
                 enter the tunnel or is lost before this capture."
        ))
        .unless("mtu-black-hole", "if small packets do come back"),
        speaker,
    ))
}

/// The IPsec SA was replaced, and since then nothing comes back.
fn of_new_generation(attempt: &Attempt<'_>, dead: Dead<'_>) -> Finding {
    let Dead {
        speaker,
        flow,
        before,
    } = dead;
    let (from, to) = (attempt.name(speaker), attempt.name(speaker.other()));
    let title = format!("since the IPsec SA was replaced, ESP goes only {from} -> {to}.");
    let lasted = duration(attempt.end.since(flow.first_time));
    let label = format!(
        "{} with the new SPI {:08x}, none back in {lasted}",
        counted(flow.packets, "ESP packet"),
        flow.spi
    );
    let ended = format!(
        "the last packet of {to}, with the old SPI {:08x}",
        before.spi
    );
    let finding = Finding::new(
        &RULE,
        Confidence::Implied,
        title,
        evidence(flow.first_frame, None, label),
    )
    .and(evidence(flow.last_frame, None, "the newest of them"))
    .and(evidence(before.last_frame, None, ended))
    .because(format!(
        "{to} sent ESP until the new IPsec SA was used, and never a packet with a new SPI of its \
         own: it did not install the new SA, or drops what comes in it."
    ));
    advise(attempt, finding, speaker)
}

fn advise(attempt: &Attempt<'_>, finding: Finding, speaker: Role) -> Finding {
    let (from, to) = (attempt.name(speaker), attempt.name(speaker.other()));
    finding
        .next(advice::step(
            attempt,
            speaker.other(),
            &Need::CountEsp,
            &format!(
                "On {to}: do the counters of this SA grow? Then its way back is the fault: route, \
                 policy, NAT."
            ),
        ))
        .next(format!(
            "If they stand still: ESP is filtered on the way from {from} to {to}."
        ))
}
