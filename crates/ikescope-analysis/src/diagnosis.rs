//! From history to verdicts: every rule looks, then the finding that explains the standing is named.
//!
//! The order of reasoning. First what this capture can show of the attempt: the end it never shows,
//! where it stood ([`crate::Vantage`]), what it lost, when it ends; an absence counts only behind
//! that. Then addresses, ports and NAT ([`crate::nat()`]). Then the point where the attempt stopped
//! ([`crate::Standing`]), from its structure alone, and what ESP shows once both SAs are up. Only
//! then the causes: each rule explains a standing, names its rivals and what would tell them apart,
//! and gives way to a rule that explains the same better. Last what only several attempts show:
//! limits, restarts, both ends at once, probes.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use ikescope_wire::iana::ExchangeType;

use crate::advice::{Hints, known_as, l2tp_behind_nat};
use crate::attempt::{Attempt, Scene};
use crate::duty::{self, Duty};
use crate::finding::{Confidence, Evidence, Finding, Severity};
use crate::history::{History, Tunnel};
use crate::inside::{self, Search};
use crate::listed;
use crate::negotiation::{Exchange, Role};
use crate::offers::Compared;
use crate::peers::Peers;
use crate::probe::{self, Probe};
use crate::rule::{Check, Rule};
use crate::rules::RULES;
use crate::standing::{Outcome, Stage};
use crate::summary;

/// Rules about data that does not pass although both SAs are up.
const HARM_TO_TUNNELS_THAT_ARE_UP: [&str; 2] = ["mtu-black-hole", "path-mtu-exceeded"];

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
    /// Who must look, where something failed.
    pub duty: Option<Duty>,
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
    /// Both ends' proposals, where the initiator's were refused.
    pub compared: Option<Compared>,
    /// The search for an address behind NAT, where it was asked for.
    pub inside: Option<Search>,
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
    /// About the tunnel and none of its attempts.
    pub findings: Vec<Finding>,
}

/// The judgement on a whole history.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// One per tunnel, in the same order.
    pub tunnels: Vec<TunnelDiagnosis>,
    /// Floods and scans; their tunnels end as [`Outcome::Probe`].
    pub probes: Vec<Probe>,
    /// About the capture as a whole.
    pub findings: Vec<Finding>,
}

/// Judges everything.
#[must_use]
pub fn diagnose(history: &History) -> Diagnosis {
    diagnose_with(history, &Hints::default())
}

/// Judges everything, and words advice as the user asks for it.
#[must_use]
pub fn diagnose_with(history: &History, hints: &Hints) -> Diagnosis {
    let peers = Peers::of(&history.tunnels);
    let probes = probe::find(history);
    let mut tunnels = judge_all(history, &peers, hints);
    for probe in &probes {
        for index in &probe.tunnels {
            tunnels[*index].verdict = probe.verdict();
        }
    }
    if hints.find_inside_address {
        find_inside_addresses(history, &mut tunnels);
    }
    let findings = RULES
        .iter()
        .filter_map(|rule| match rule.check {
            Check::Capture(check) => Some(check(history, &probes)),
            _ => None,
        })
        .flatten()
        .collect();
    Diagnosis {
        tunnels,
        probes,
        findings,
    }
}

/// Searches for the addresses that NAT hides, of the broken tunnels first.
fn find_inside_addresses(history: &History, tunnels: &mut [TunnelDiagnosis]) {
    let works = |outcome| matches!(outcome, Outcome::Established | Outcome::NoTraffic);
    let mut judged: Vec<(&Tunnel, &mut TunnelDiagnosis)> =
        history.tunnels.iter().zip(tunnels).collect();
    judged.sort_by_key(|(_, judged)| works(judged.verdict.outcome));
    let mut searches = 0;
    for (tunnel, judged) in judged {
        let Some(decisive) = judged.decisive.filter(|_| searches < SEARCHES) else {
            continue;
        };
        let attempt = &mut judged.attempts[decisive];
        attempt.inside = inside::search(&tunnel.negotiations[decisive]);
        searches += u32::from(attempt.inside.is_some());
        let mut findings = attempt.findings.iter_mut();
        let finding = findings.find(|finding| finding.rule.name == "nat-detected");
        if let (Some(search), Some(finding)) = (attempt.inside, finding) {
            tell(search, finding);
        }
    }
}

/// Adds what a search came to.
fn tell(search: Search, finding: &mut Finding) {
    let Some(primary) = finding.evidence().first().cloned() else {
        return;
    };
    match search.found {
        Some(address) => finding.learn(Evidence {
            label: format!("it is that of {address}, the {} inside", search.of.as_str()),
            ..primary
        }),
        None => finding.explanation.push_str(&format!(
            " None of {} private addresses has this hash: it was made over a public address, another \
             port, or at random to force UDP encapsulation.",
            search.tried
        )),
    }
}

/// Searches in one report; each takes seconds.
const SEARCHES: u32 = 4;

/// From so many tunnels on, judging them on several threads is worth starting these.
const MANY_TUNNELS: usize = 256;

/// Judges each tunnel. No judgement depends on another, so each processor takes its share.
fn judge_all(history: &History, peers: &Peers, hints: &Hints) -> Vec<TunnelDiagnosis> {
    let judged = |tunnels: &[Tunnel]| -> Vec<TunnelDiagnosis> {
        let each = tunnels.iter();
        each.map(|tunnel| judge(tunnel, history, peers, hints))
            .collect()
    };
    let tunnels = &history.tunnels;
    let shares = thread::available_parallelism().map_or(1, NonZero::get);
    if tunnels.len() < MANY_TUNNELS || shares == 1 {
        return judged(tunnels);
    }
    let (mine, others) = tunnels.split_at(tunnels.len().div_ceil(shares));
    thread::scope(|scope| {
        let others: Vec<_> = others
            .chunks(mine.len())
            .map(|share| scope.spawn(move || judged(share)))
            .collect();
        let mut all = judged(mine);
        for share in others {
            match share.join() {
                Ok(share) => all.extend(share),
                Err(panic) => resume_unwind(panic),
            }
        }
        all
    })
}

/// Judges one tunnel, from what was seen of it alone.
#[must_use]
pub fn diagnose_tunnel(tunnel: &Tunnel, history: &History, hints: &Hints) -> TunnelDiagnosis {
    judge(tunnel, history, &Peers::of([tunnel]), hints)
}

fn judge(tunnel: &Tunnel, history: &History, peers: &Peers, hints: &Hints) -> TunnelDiagnosis {
    let scene = Scene::new(tunnel, history, peers, hints);
    let mut found: Vec<Vec<Finding>> = scene.attempts.iter().map(look).collect();
    let mut findings = Vec::new();
    for rule in RULES {
        if let Check::Tunnel(check) = rule.check {
            for (index, finding) in check(&scene) {
                match index {
                    Some(index) => found[index].push(finding),
                    None => findings.push(finding),
                }
            }
        }
    }
    let mut attempts: Vec<AttemptDiagnosis> = scene
        .attempts
        .iter()
        .zip(found)
        .map(|(attempt, findings)| conclude(&scene, attempt, findings))
        .collect();
    let decisive = decisive(&scene, &attempts);
    findings.extend(listed::counters(&scene));
    let verdict = match decisive {
        Some(index) => attempts[index].verdict.clone(),
        None => summary::without_attempts(&scene, &findings),
    };
    if matches!(verdict.outcome, Outcome::Established | Outcome::NoTraffic) {
        for attempt in &mut attempts {
            heal(&mut attempt.findings);
        }
    }
    TunnelDiagnosis {
        verdict,
        decisive,
        attempts,
        findings,
    }
}

/// What failed before, or in part, did harm that healed: the tunnel is up when the capture ends.
fn heal(findings: &mut [Finding]) {
    for finding in findings {
        if !HARM_TO_TUNNELS_THAT_ARE_UP.contains(&finding.rule.name) {
            finding.severity = finding.severity.min(Severity::Warning);
        }
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

/// A finding that explains the same thing better takes the place of others; the one that explains
/// the outcome comes first: the most severe, then the surest, then by the order of the catalogue.
fn conclude(
    scene: &Scene<'_>,
    attempt: &Attempt<'_>,
    mut findings: Vec<Finding>,
) -> AttemptDiagnosis {
    give_way(&mut findings);
    if attempt.standing.outcome == Outcome::Established {
        heal(&mut findings);
    }
    findings.sort_by(|one, other| {
        (other.severity, other.confidence)
            .cmp(&(one.severity, one.confidence))
            .then_with(|| one.rule.code.cmp(other.rule.code))
    });
    if let Some(position) = findings
        .iter()
        .position(|finding| explains(attempt, finding))
    {
        findings[..=position].rotate_right(1);
    }
    if let Some(cause) = findings
        .first_mut()
        .filter(|finding| explains(attempt, finding))
    {
        cause.known_as = known_as(attempt, cause.rule.name);
        cause.next_steps.extend(l2tp_behind_nat(attempt));
    }
    let cause = findings
        .first()
        .filter(|finding| explains(attempt, finding));
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
        duty: duty::of(attempt, cause),
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
        compared: scene.compared(attempt),
        inside: None,
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

fn give_way(findings: &mut Vec<Finding>) {
    let lesser: Vec<&str> = findings
        .iter()
        .flat_map(|finding| finding.rule.over)
        .copied()
        .collect();
    findings.retain(|finding| !lesser.contains(&finding.rule.name));
}

/// A failure is explained by an error; circumstances explain an incomplete view and nothing else.
fn explains(attempt: &Attempt<'_>, finding: &Finding) -> bool {
    match attempt.standing.outcome {
        Outcome::Incomplete => matches!(finding.rule.code, "IKE001" | "IKE002"),
        Outcome::NoTraffic => finding.rule.name == "esp-missing",
        _ => finding.severity == Severity::Error,
    }
}

/// A tunnel that carried traffic is given this long to carry it again after it was negotiated anew.
const TRAFFIC_WITHIN: i64 = 5 * 1_000_000_000;

/// The attempt that speaks for the tunnel.
fn decisive(scene: &Scene<'_>, attempts: &[AttemptDiagnosis]) -> Option<usize> {
    let tells = |index: &usize| attempts[*index].verdict.outcome != Outcome::Incomplete;
    let newest = (0..attempts.len())
        .rev()
        .find(tells)
        .or_else(|| attempts.len().checked_sub(1))?;
    // An older attempt whose traffic goes on both ways after the newest one ended still carries
    // the tunnel.
    // So does one whose place the newest took so late that it had no time to carry anything.
    let too_early = attempts[newest].verdict.outcome == Outcome::NoTraffic
        && scene.attempts[newest]
            .end
            .since(scene.attempts[newest].negotiation.last_time)
            < TRAFFIC_WITHIN;
    let carries = |index: &usize| {
        let last = scene.attempts[*index]
            .flows
            .iter()
            .map(|flow| flow.last_time)
            .max();
        attempts[*index].verdict.outcome == Outcome::Established
            && (too_early
                || last.is_some_and(|last| last > scene.attempts[newest].negotiation.last_time))
    };
    if attempts[newest].verdict.outcome == Outcome::Established {
        return Some(newest);
    }
    Some((0..newest).rev().find(carries).unwrap_or(newest))
}
