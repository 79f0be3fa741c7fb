//! Tunnels in a list of a device: no message of them was seen, but the device counts its SAs and
//! packets, and that is its own word.

use ikescope_wire::observed::FrameId;
use ikescope_wire::statement::Listed;

use crate::attempt::Scene;
use crate::diagnosis::Verdict;
use crate::finding::{Confidence, Evidence, Finding, Severity, evidence};
use crate::history::Tunnel;
use crate::rules;
use crate::standing::{Outcome, Stage};
use crate::words::counted;

/// Lines kept of one tunnel.
pub(crate) const LINES_KEPT: usize = 256;
/// Packets sent that make it strange that none came back.
const ONE_WAY_PACKETS: u64 = 3;

/// One line of a list.
#[derive(Clone, Debug)]
pub struct ListedLine {
    /// Input of the list.
    pub frame: FrameId,
    /// Number of the line, counted from 1.
    pub line: u64,
    /// Name of the tunnel in the configuration of the device.
    pub connection: String,
    /// The line.
    pub text: String,
    /// What it says.
    pub told: Listed,
}

/// A list, read: what it says of one tunnel.
struct Account<'a> {
    name: &'a str,
    selectors: Vec<(&'a ListedLine, u64)>,
    /// Lines that count packets: those of the tunnel and those of its SAs count the same packets in
    /// different places, so the most is what is known.
    counters: Vec<&'a ListedLine>,
    traffic: Option<(u64, u64)>,
    liveness: Option<(&'a ListedLine, u64, u64)>,
    /// The newest IKE SA, and whether it stands.
    ike_sa: Option<(&'a ListedLine, bool)>,
}

impl<'a> Account<'a> {
    fn of(tunnel: &'a Tunnel) -> Option<Self> {
        let lines = tunnel.listed.as_deref()?;
        let mut account = Self {
            name: &lines.first()?.connection,
            selectors: Vec::new(),
            counters: Vec::new(),
            traffic: None,
            liveness: None,
            ike_sa: None,
        };
        for line in lines {
            match line.told {
                Listed::Selector { sas } => account.selectors.push((line, sas)),
                Listed::Traffic { received, sent } => {
                    let (most_received, most_sent) = account.traffic.unwrap_or_default();
                    account.traffic = Some((most_received.max(received), most_sent.max(sent)));
                    account.counters.push(line);
                }
                Listed::Liveness {
                    unanswered,
                    tolerated,
                } => account.liveness = Some((line, unanswered, tolerated)),
                // One that stands is worth more than another that is being made.
                Listed::IkeSa { established } => match account.ike_sa {
                    Some((_, true)) => {}
                    _ => account.ike_sa = Some((line, established)),
                },
                _ => {}
            }
        }
        Some(account)
    }

    fn without_sa(&self) -> impl Iterator<Item = &'a ListedLine> + '_ {
        let down = self.selectors.iter().filter(|(_, sas)| *sas == 0);
        down.map(|(line, _)| *line)
    }

    fn is_down(&self) -> bool {
        let no_child =
            !self.selectors.is_empty() && self.selectors.iter().all(|(_, sas)| *sas == 0);
        no_child || (self.selectors.is_empty() && matches!(self.ike_sa, Some((_, false))))
    }

    fn is_dead(&self) -> bool {
        let unanswered = self
            .liveness
            .filter(|(_, count, most)| *most > 0 && count >= most);
        unanswered.is_some() && !self.is_down()
    }

    fn is_one_way(&self) -> bool {
        let sends = |(received, sent)| received == 0 && sent >= ONE_WAY_PACKETS;
        self.traffic.is_some_and(sends) && !self.is_down()
    }

    fn has_no_traffic(&self) -> bool {
        matches!(self.traffic, Some((0, 0))) && !self.is_down()
    }
}

/// Selectors without an SA, or no SA at all: the findings of the rule about that.
pub(crate) fn down(scene: &Scene<'_>) -> Option<Finding> {
    let account = Account::of(scene.tunnel)?;
    let name = account.name;
    if account.selectors.is_empty() {
        let (line, _) = account.ike_sa.filter(|(_, established)| !established)?;
        let title = format!("{name} has no IKE SA yet, by the list of the device.");
        return Some(stated("no-ipsec-sa", title, quoted(line)));
    }
    let mut missing = account.without_sa();
    let first = missing.next()?;
    let (all, lacking) = (account.selectors.len(), account.without_sa().count());
    let (title, severity) = if account.is_down() {
        (
            format!("{name} has no IPsec SA, by the list of the device."),
            Severity::Error,
        )
    } else {
        let title = format!("{name} has no IPsec SA for {lacking} of its {all} selectors.");
        (title, Severity::Warning)
    };
    let ike_sa = account.ike_sa.map(|(line, _)| quoted(line));
    Some(
        stated("no-ipsec-sa", title, quoted(first))
            .severity(severity)
            .and_maybe(missing.map(quoted))
            .and_maybe(ike_sa)
            .because(
                "The list says that it is so and not why. A tunnel that is made on demand has no SA \
                 before the first packet.",
            )
            .next(format!(
                "Bring it up by hand and log that:\n    diagnose debug application ike -1\n    \
                 diagnose debug enable\n    diagnose vpn tunnel up {name}"
            )),
    )
}

/// What the counters say of a tunnel that is up.
pub(crate) fn counters(scene: &Scene<'_>) -> Option<Finding> {
    let account = Account::of(scene.tunnel).filter(|_| scene.attempts.is_empty())?;
    let name = account.name;
    if account.is_dead() {
        let (line, count, _) = account.liveness?;
        let title = format!(
            "the peer of {name} left {} unanswered, by the list of the device.",
            counted(count, "liveness check")
        );
        let finding = stated("peer-gone", title, quoted(line));
        return Some(finding.next("Is the peer alive, and does anything of it reach this side?"));
    }
    let (_, sent) = account.traffic?;
    let (first, others) = account.counters.split_first()?;
    let others = others.iter().copied().map(quoted);
    if account.is_one_way() {
        let title = format!(
            "{name} sent {} and received none, by the list of the device.",
            counted(sent, "packet")
        );
        let finding = stated("esp-one-way", title, quoted(first))
            .and_maybe(others)
            .next("See whether ESP of the peer arrives: capture IP protocol 50, or UDP 4500 behind NAT.")
            .next("Then look at the peer: do its counters for this SA grow, and does it send into the tunnel?");
        return Some(finding);
    }
    account.has_no_traffic().then(|| {
        let title = format!("{name} is up and has carried no packet, by the list of the device.");
        stated("esp-missing", title, quoted(first)).and_maybe(others)
    })
}

/// The verdict on a tunnel that a list tells of, where no message of it was seen.
pub(crate) fn verdict(scene: &Scene<'_>, findings: &[Finding]) -> Option<Verdict> {
    let account = Account::of(scene.tunnel)?;
    let carried = matches!(account.traffic, Some((received, sent)) if received + sent > 0);
    let (outcome, stage) = if account.is_down() {
        let stage = match account.ike_sa {
            Some((_, true)) => Stage::ChildSa,
            _ => Stage::None,
        };
        let outcome = if carried {
            Outcome::Lost
        } else {
            Outcome::Stalled
        };
        (outcome, stage)
    } else if account.is_dead() {
        (Outcome::Lost, Stage::Informational)
    } else if account.is_one_way() {
        (Outcome::OneWay, Stage::Esp)
    } else if account.has_no_traffic() {
        (Outcome::NoTraffic, Stage::Esp)
    } else if account.traffic.is_some() || matches!(account.ike_sa, Some((_, true))) {
        (Outcome::Established, Stage::None)
    } else {
        (Outcome::Incomplete, Stage::None)
    };
    let explains =
        |finding: &&Finding| outcome != Outcome::Established && finding.rule.name != "weak-crypto";
    let cause = findings.iter().find(explains);
    let up = || match account.traffic {
        Some((received, sent)) => format!(
            "{} is up: {} received, {sent} sent, by the list of the device.",
            account.name,
            counted(received, "packet")
        ),
        None => format!(
            "the IKE SA of {} stands, by the list of the device.",
            account.name
        ),
    };
    Some(Verdict {
        outcome,
        stage,
        cause: cause.map(|finding| finding.rule),
        confidence: Confidence::Stated,
        duty: None,
        summary: cause.map_or_else(up, |finding| finding.title.clone()),
    })
}

fn stated(rule: &str, title: String, primary: Evidence) -> Finding {
    let rule = rules::find(rule).unwrap_or(rules::RULES[0]);
    Finding::new(rule, Confidence::Stated, title, primary)
}

fn quoted(line: &ListedLine) -> Evidence {
    Evidence {
        line: Some(line.line),
        ..evidence(line.frame, None, format!("\"{}\"", line.text))
    }
}
