//! From history to verdicts: every rule looks, then the finding that explains the standing is named.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::{Attempt, Scene};
use crate::finding::{Confidence, Finding, Severity};
use crate::history::{History, Tunnel};
use crate::negotiation::{Exchange, Role};
use crate::rule::{Check, Rule};
use crate::rules::RULES;
use crate::standing::{Outcome, Stage};
use crate::summary;

/// What one attempt or one tunnel came to.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What became of it.
    pub outcome: Outcome,
    /// Where it stopped.
    pub stage: Stage,
    /// The rule whose finding explains the outcome.
    pub cause: Option<&'static Rule>,
    /// On what the verdict stands.
    pub confidence: Confidence,
    /// One sentence.
    pub summary: String,
}

/// The judgement on one attempt.
#[derive(Clone, Debug)]
pub struct AttemptDiagnosis {
    /// Its verdict.
    pub verdict: Verdict,
    /// Its findings, the cause first, then by severity.
    pub findings: Vec<Finding>,
    /// Indices into the tunnel's flows of those that began under it.
    pub flows: Vec<usize>,
    /// Indices into the exchanges of those that made or replaced an IPsec SA, by every visible sign.
    pub child_sas: Vec<usize>,
    /// Who deleted the IKE SA, if that ended it.
    pub closed_by: Option<Role>,
}

/// The judgement on one tunnel.
#[derive(Clone, Debug)]
pub struct TunnelDiagnosis {
    /// That of the newest attempt that tells anything; of several alive, the one with traffic.
    pub verdict: Verdict,
    /// Index of that attempt, if there is one.
    pub decisive: Option<usize>,
    /// One per negotiation, in the same order.
    pub attempts: Vec<AttemptDiagnosis>,
}

/// The judgement on a whole history.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// One per tunnel, in the same order.
    pub tunnels: Vec<TunnelDiagnosis>,
    /// About the capture as a whole.
    pub findings: Vec<Finding>,
}

/// Judges everything.
#[must_use]
pub fn diagnose(history: &History) -> Diagnosis {
    let tunnels = history
        .tunnels
        .iter()
        .map(|tunnel| diagnose_tunnel(tunnel, history))
        .collect();
    let findings = RULES
        .iter()
        .filter_map(|rule| match rule.check {
            Check::Capture(check) => Some(check(history)),
            _ => None,
        })
        .flatten()
        .collect();
    Diagnosis { tunnels, findings }
}

/// Judges one tunnel.
#[must_use]
pub fn diagnose_tunnel(tunnel: &Tunnel, history: &History) -> TunnelDiagnosis {
    let scene = Scene::new(tunnel, history);
    let mut findings: Vec<Vec<Finding>> = scene.attempts.iter().map(look).collect();
    for rule in RULES {
        if let Check::Tunnel(check) = rule.check {
            for (index, finding) in check(&scene) {
                if let Some(findings) = findings.get_mut(index) {
                    findings.push(finding);
                }
            }
        }
    }
    let attempts: Vec<AttemptDiagnosis> = scene
        .attempts
        .iter()
        .zip(findings)
        .map(|(attempt, findings)| conclude(attempt, findings))
        .collect();
    let decisive = decisive(&scene, &attempts);
    let verdict = match decisive {
        Some(index) => attempts[index].verdict.clone(),
        None => summary::of_flows_only(&scene),
    };
    TunnelDiagnosis {
        verdict,
        decisive,
        attempts,
    }
}

fn look(attempt: &Attempt<'_>) -> Vec<Finding> {
    RULES
        .iter()
        .filter_map(|rule| match rule.check {
            Check::Attempt(check) => check(attempt),
            _ => None,
        })
        .collect()
}

/// The finding that explains the outcome comes first: the most severe, then the surest, then the
/// one whose rule stands first in the catalogue.
fn conclude(attempt: &Attempt<'_>, mut findings: Vec<Finding>) -> AttemptDiagnosis {
    let up = matches!(attempt.standing.outcome, Outcome::Established);
    if up {
        for finding in &mut findings {
            finding.severity = finding.severity.min(Severity::Warning);
        }
    }
    findings.sort_by(|one, other| {
        (other.severity, other.confidence)
            .cmp(&(one.severity, one.confidence))
            .then_with(|| one.rule.code.cmp(other.rule.code))
    });
    let cause = findings
        .first()
        .filter(|finding| !up && explains(attempt, finding));
    let confidence = match cause {
        Some(finding) => finding.confidence,
        None => summary::confidence_without_cause(attempt),
    };
    let verdict = Verdict {
        outcome: attempt.standing.outcome,
        stage: attempt.standing.stage,
        cause: cause.map(|finding| finding.rule),
        confidence,
        summary: summary::of_attempt(attempt, cause),
    };
    let flows = attempt
        .flows
        .iter()
        .filter_map(|flow| {
            attempt
                .tunnel
                .flows
                .iter()
                .position(|other| core::ptr::eq(*flow, other))
        })
        .collect();
    AttemptDiagnosis {
        verdict,
        findings,
        flows,
        child_sas: child_sas(attempt),
        closed_by: attempt.standing.closed_by,
    }
}

/// The exchanges that made an IPsec SA: the accepted last IKE_AUTH, every CREATE_CHILD_SA whose
/// answer begins with something else than a Notify or has room for more, every quick mode answered.
fn child_sas(attempt: &Attempt<'_>) -> Vec<usize> {
    let last_auth = attempt.negotiation.newest(ExchangeType::IKE_AUTH);
    let makes = |exchange: &Exchange| match exchange.exchange_type {
        ExchangeType::IKE_AUTH => {
            attempt.standing.up_since.is_some()
                && last_auth.is_some_and(|last| core::ptr::eq(last, exchange))
        }
        ExchangeType::CREATE_CHILD_SA => attempt.accepts(exchange),
        ExchangeType::QUICK_MODE => exchange.step == 1 && exchange.is_answered(),
        _ => false,
    };
    let exchanges = attempt.negotiation.exchanges.iter().enumerate();
    exchanges
        .filter(|(_, exchange)| makes(exchange))
        .map(|(index, _)| index)
        .collect()
}

/// Circumstances explain an incomplete view and nothing else.
fn explains(attempt: &Attempt<'_>, finding: &Finding) -> bool {
    match attempt.standing.outcome {
        Outcome::Incomplete => {
            finding.severity > Severity::Info || matches!(finding.rule.code, "IKE001" | "IKE002")
        }
        Outcome::NoTraffic => finding.rule.name == "esp-missing",
        _ => finding.severity > Severity::Info,
    }
}

/// The attempt that speaks for the tunnel.
fn decisive(scene: &Scene<'_>, attempts: &[AttemptDiagnosis]) -> Option<usize> {
    let tells = |index: &usize| attempts[*index].verdict.outcome != Outcome::Incomplete;
    let newest = (0..attempts.len())
        .rev()
        .find(tells)
        .or_else(|| attempts.len().checked_sub(1))?;
    // An older attempt whose traffic goes on both ways after the newest one ended still carries
    // the tunnel.
    let carries = |index: &usize| {
        let last = scene.attempts[*index]
            .flows
            .iter()
            .map(|flow| flow.last_time)
            .max();
        attempts[*index].verdict.outcome == Outcome::Established
            && last.is_some_and(|last| last > scene.attempts[newest].negotiation.last_time)
    };
    if attempts[newest].verdict.outcome == Outcome::Established {
        return Some(newest);
    }
    Some((0..newest).rev().find(carries).unwrap_or(newest))
}
