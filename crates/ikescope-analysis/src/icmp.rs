//! What ICMP and ICMPv6 errors say, and which of them are about the message that found no answer.

use ikescope_wire::iana::ExchangeType;
use ikescope_wire::observed::Transport;

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, evidence};
use crate::negotiation::{Flight, IcmpReport, Role};
use crate::rule::Rule;
use crate::standing::{Halt, Outcome};
use crate::words::{repeats, sent, times};

/// The rules about silence that give way where an ICMP error says why it is silent.
pub(crate) const WHAT_ICMP_EXPLAINS: &[&str] = &[
    "sa-init-unanswered",
    "main-mode-sa-unanswered",
    "aggressive-unanswered",
    "repeated-ke",
    "auth-unanswered",
    "udp-4500-blocked",
    "fragments-dropped",
    "version-mismatch",
    "half-open-limit",
    "psk-mismatch",
    "quick-mode-unanswered",
];

/// What an error complains of.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Complaint {
    /// Nobody listens on that port.
    Port,
    /// There is no way to that host or network.
    Host,
    /// A filter forbids it.
    Prohibited,
    /// The packet is larger than the next link takes.
    TooBig,
}

impl IcmpReport {
    /// What it complains of (RFC 792, RFC 1812 §5.2.7.1, RFC 4443 §3.1, §3.2); `None` if that tells
    /// nothing of a negotiation.
    #[must_use]
    pub const fn complaint(&self) -> Option<Complaint> {
        match (self.version, self.icmp_type, self.code) {
            (4, 3, 3) | (6, 1, 4) => Some(Complaint::Port),
            (4, 3, 0 | 1 | 5 | 6 | 7 | 8 | 11 | 12) | (6, 1, 0 | 2 | 3) => Some(Complaint::Host),
            (4, 3, 9 | 10 | 13) | (6, 1, 1 | 5 | 6) => Some(Complaint::Prohibited),
            (4, 3, 4) | (6, 2, 0) => Some(Complaint::TooBig),
            _ => None,
        }
    }
}

/// The message that found no reaction, and who sent it.
fn unheard<'a>(attempt: &Attempt<'a>) -> Option<(&'a Flight, Role)> {
    match attempt.standing.halt {
        Halt::Unanswered(exchange) => Some((exchange.request.as_deref()?, exchange.from)),
        Halt::AnswerNotHeard(exchange) | Halt::AnswerRepeated(exchange) => {
            Some((exchange.response.as_deref()?, exchange.from.other()))
        }
        _ => None,
    }
}

/// Errors about the message that found no reaction. Where the quotation is too short to tell IKE
/// from ESP on UDP 4500, it is taken for IKE only if there is no ESP.
pub(crate) fn about_the_unheard<'a>(
    attempt: &Attempt<'a>,
    complaint: Complaint,
) -> Vec<&'a IcmpReport> {
    let Some((flight, sender)) = unheard(attempt) else {
        return Vec::new();
    };
    let has_esp = attempt.flows_from(sender).next().is_some();
    let is_about = |report: &&IcmpReport| {
        report.complaint() == Some(complaint)
            && (report.quotes_ike || (!has_esp && report.quoted_transport == Transport::Udp))
            && report.time >= flight.first().time
            && report.quoted_destination == flight.ends_of(flight.last()).destination
            && attempt
                .negotiation
                .addresses(sender)
                .contains(&report.quoted_source.ip())
    };
    attempt
        .negotiation
        .icmp
        .iter()
        .chain(&attempt.tunnel.icmp)
        .filter(is_about)
        .collect()
}

/// Whether such an error explains the stall.
pub(crate) fn finds(attempt: &Attempt<'_>, complaint: Complaint) -> bool {
    attempt.standing.outcome == Outcome::Stalled
        && !about_the_unheard(attempt, complaint).is_empty()
}

/// The finding that such an error explains the stall. `says` is its statement, after "it says that".
pub(crate) fn finding(
    rule: &'static Rule,
    attempt: &Attempt<'_>,
    complaint: Complaint,
    says: &str,
) -> Option<Finding> {
    if !finds(attempt, complaint) {
        return None;
    }
    let (flight, sender) = unheard(attempt)?;
    let reports = about_the_unheard(attempt, complaint);
    let first = reports.first()?;
    let title = format!(
        "{} says {}, that {says}.",
        first.reporter,
        count(reports.len())
    );
    let label = format!(
        "ICMP type {} code {} quotes {} -> {}",
        first.icmp_type, first.code, first.quoted_source, first.quoted_destination
    );
    let what = match unheard_type(attempt) {
        Some(exchange) => format!("{exchange} of {}", attempt.name(sender)),
        None => format!("the message of {}", attempt.name(sender)),
    };
    let more = reports
        .iter()
        .skip(1)
        .take(7)
        .map(|report| evidence(report.frame, None, "again"));
    Some(
        Finding::new(
            rule,
            Confidence::Stated,
            title,
            evidence(first.frame, None, label),
        )
        .and(sent(flight, what))
        .and_maybe(more)
        .and_maybe(repeats(flight, "the message again; daemons ignore ICMP")),
    )
}

fn unheard_type(attempt: &Attempt<'_>) -> Option<ExchangeType> {
    match attempt.standing.halt {
        Halt::Unanswered(exchange) => Some(exchange.exchange_type),
        _ => None,
    }
}

fn count(reports: usize) -> String {
    times(u32::try_from(reports).unwrap_or(u32::MAX))
}
