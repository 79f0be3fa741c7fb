//! The sentence behind each verdict: outcome and stage stand before it, so it says who and what.

use crate::attempt::{Attempt, Scene};
use crate::diagnosis::Verdict;
use crate::finding::{Confidence, Finding, Severity};
use crate::listed;
use crate::negotiation::Role;
use crate::standing::{Halt, Outcome, Stage};
use crate::words::duration;

/// The sentence for an attempt.
pub(crate) fn of_attempt(attempt: &Attempt<'_>, cause: Option<&Finding>) -> String {
    if let Some(finding) = cause {
        return finding.title.clone();
    }
    let initiator = attempt.name(Role::Initiator);
    let responder = attempt.name(Role::Responder);
    match attempt.standing.outcome {
        Outcome::Established if attempt.flows.is_empty() => {
            "the tunnel is up, by the log of an end; a log shows no ESP.".to_owned()
        }
        Outcome::Established => match time_to_up(attempt) {
            Some(took) => format!("tunnel up in {}, ESP flows both ways.", duration(took)),
            None if attempt.negotiation.seen_from_start => {
                "ESP flows both ways; the end of the negotiation is not in the capture.".to_owned()
            }
            None => "ESP flows both ways; the capture began after the negotiation.".to_owned(),
        },
        Outcome::NoTraffic => {
            format!("the tunnel of {initiator} and {responder} is up, and no ESP was seen.")
        }
        Outcome::OneWay => "the tunnel is up, but ESP goes only one way.".to_owned(),
        Outcome::Lost => format!("{responder} stopped answering {initiator}."),
        Outcome::Incomplete => "the capture does not show enough to tell.".to_owned(),
        Outcome::Stalled | Outcome::Rejected | Outcome::Probe => match attempt.standing.halt {
            Halt::NextMissing(exchange) => format!(
                "{} was answered, and the next message of {initiator} was not seen.",
                exchange.exchange_type
            ),
            Halt::Unanswered(exchange) => {
                format!(
                    "{} of {initiator} found no answer here.",
                    exchange.exchange_type
                )
            }
            _ => format!("the negotiation of {initiator} and {responder} did not go on."),
        },
    }
}

/// From the first message to the answer that completed the SAs.
fn time_to_up(attempt: &Attempt<'_>) -> Option<i64> {
    let negotiation = attempt.negotiation;
    let up = attempt.standing.up_since?;
    negotiation
        .seen_from_start
        .then(|| up.since(negotiation.first_time))
}

/// How sure an outcome is that no finding explains.
pub(crate) const fn confidence_without_cause(attempt: &Attempt<'_>) -> Confidence {
    match attempt.standing.outcome {
        Outcome::Established if attempt.flows.is_empty() => Confidence::Stated,
        Outcome::Established | Outcome::NoTraffic | Outcome::Incomplete => Confidence::Implied,
        _ => Confidence::Suspected,
    }
}

/// A tunnel without a negotiation: only ESP was seen, or not even a connection came about.
pub(crate) fn without_attempts(scene: &Scene<'_>, findings: &[Finding]) -> Verdict {
    if let Some(verdict) = listed::verdict(scene, findings) {
        return verdict;
    }
    if let Some(finding) = findings
        .iter()
        .find(|finding| finding.severity == Severity::Error)
    {
        return Verdict {
            outcome: Outcome::Stalled,
            stage: Stage::SaInit,
            cause: Some(finding.rule),
            confidence: finding.confidence,
            summary: finding.title.clone(),
            duty: None,
        };
    }
    of_flows_only(scene)
}

/// A tunnel of which only ESP was seen.
fn of_flows_only(scene: &Scene<'_>) -> Verdict {
    let tunnel = scene.tunnel;
    let from = |address| {
        scene
            .older_flows
            .iter()
            .any(|flow| flow.source.ip() == address)
    };
    let both = from(tunnel.a) && from(tunnel.b);
    let (outcome, summary) = if both {
        (
            Outcome::Established,
            "ESP flows both ways; no IKE is in the capture.",
        )
    } else if scene.older_flows.is_empty() {
        (Outcome::Incomplete, "no IKE message is in the capture.")
    } else {
        (
            Outcome::Incomplete,
            "ESP in one direction only and no IKE: too little to tell.",
        )
    };
    Verdict {
        outcome,
        stage: Stage::None,
        cause: None,
        confidence: Confidence::Implied,
        summary: summary.to_owned(),
        duty: None,
    }
}
