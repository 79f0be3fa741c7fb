//! The peer has lost its state.

use crate::attempt::{Attempt, Scene};
use crate::finding::{Confidence, Finding, Severity};
use crate::negotiation::Flight;
use crate::rule::Placed;
use crate::standing::{Halt, Outcome};
use crate::words::{octets, repeats, sent};

declare_rule! {
    /// ## What it means
    /// One end does not know the SAs any more: it says so in clear (INVALID_IKE_SPI, INVALID_SPI;
    /// IKEv1: INVALID-COOKIE, INVALID-SPI), or a new negotiation with it succeeds while the old one
    /// stays unanswered.
    /// ## Why it happens
    /// Restart, failover, or a balancer that sends UDP 500 and 4500 to different machines.
    /// ## How to confirm
    /// Read the uptime and the log of that end.
    /// ## How to fix
    /// Use dead peer detection on both sides so that the old SA goes soon; INITIAL_CONTACT and crash
    /// detection help too.
    /// ## References
    /// RFC 7296 §1.5, §2.4, §2.21.4; RFC 6290 §2; RFC 2408 §3.14.1.
    "IKE504" "peer-restarted": Error, since "0.1.0",
    "the peer does not know the SA, or a new one succeeds while the old one stays unanswered",
    Tunnel(check), over ["peer-gone", "ike-daemon-gone", "rekey-unanswered"]
}

fn check(scene: &Scene<'_>) -> Vec<Placed> {
    let findings = scene
        .attempts
        .iter()
        .enumerate()
        .filter_map(|(index, attempt)| {
            let finding = told(attempt).or_else(|| began_anew(scene, index, attempt))?;
            Some((Some(index), finding))
        });
    findings.collect()
}

fn told(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::StateLost(exchange) = attempt.standing.halt else {
        return None;
    };
    let in_clear =
        |flight: &&Flight| flight.facts.encrypted.is_none() && !flight.facts.notifies.is_empty();
    let flight = exchange
        .response
        .as_deref()
        .filter(in_clear)
        .or(exchange.request.as_deref())?;
    let notify = flight.facts.error_notify()?;
    let speaker = flight.ends.source.ip();
    let title = format!("the tunnel was up, then {speaker} says that it does not know the SA.");
    let place = octets(
        flight,
        notify.octets(),
        "an error about an unknown SPI, in clear",
    );
    Some(
        Finding::new(&RULE, Confidence::Stated, title, place)
            .and_maybe(repeats(flight, "again"))
            .because(format!(
                "{speaker} has lost its state: restart, failover, or another machine answers."
            ))
            .next(format!(
                "Was {speaker} restarted? Is it one machine, or several behind one address?"
            ))
            .next("Dead peer detection on both sides lets the old SA go soon."),
    )
}

fn began_anew(scene: &Scene<'_>, index: usize, attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::Unanswered(exchange) = attempt.standing.halt else {
        return None;
    };
    if attempt.standing.outcome != Outcome::Lost {
        return None;
    }
    let request = exchange.request.as_deref()?;
    let works = |later: &&Attempt<'_>| {
        later.negotiation.first_time > request.first().time
            && matches!(
                later.standing.outcome,
                Outcome::Established | Outcome::NoTraffic
            )
    };
    let later = scene.attempts.get(index + 1..)?.iter().find(works)?;
    let peer = attempt.name(exchange.from.other());
    let title = format!("{peer} did not answer the old SA any more; a new one works.");
    Some(
        Finding::new(
            &RULE,
            Confidence::Suspected,
            title,
            sent(request, "asked in vain in the old SA"),
        )
        .severity(Severity::Warning)
        .and_maybe(repeats(request, "again, in vain"))
        .and_maybe(
            later
                .negotiation
                .first_flight()
                .map(|flight| sent(flight, "the new negotiation, which succeeds")),
        )
        .because(format!(
            "{peer} answers a new negotiation but not the old SA: it lost its state."
        ))
        .unless(
            "peer-gone",
            "if the path was down and the peer's uptime is longer than that",
        )
        .next(format!("Read the uptime and the log of {peer}.")),
    )
}
