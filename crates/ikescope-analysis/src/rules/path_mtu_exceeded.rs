//! A router says that ESP packets are too large.

use ikescope_wire::observed::Transport;

use crate::advice::{self, Need};
use crate::attempt::{Attempt, Scene};
use crate::finding::{Confidence, Finding, Severity, evidence};
use crate::icmp::Complaint;
use crate::negotiation::{IcmpReport, Role};
use crate::rule::Placed;
use crate::standing::SECOND;
use crate::words::times;

declare_rule! {
    /// ## What it means
    /// A router on the way answers large ESP packets with ICMP fragmentation needed (packet too big):
    /// small packets pass the tunnel, large ones do not.
    /// ## Why it happens
    /// ESP adds to each packet, and a link on the way (PPPoE, GRE, another tunnel) takes less than
    /// 1500 octets. If the error goes on, the sender does not lower its packets.
    /// ## How to confirm
    /// Ping through the tunnel with growing size and DF.
    /// ## How to fix
    /// Lower the MTU of the tunnel or clamp the TCP MSS below the value that the error names.
    /// ## References
    /// RFC 4301 §8.2; RFC 1191 §3; RFC 8201 §3.
    "IKE604" "path-mtu-exceeded": Error, since "0.1.0",
    "ICMP fragmentation needed quotes ESP",
    Tunnel(check), over ["mtu-black-hole"]
}

/// Path MTU discovery needs an error or two; more over this time show that it does not work.
const GOES_ON: i64 = SECOND;
const MANY: usize = 3;

fn check(scene: &Scene<'_>) -> Vec<Placed> {
    let newest = scene
        .attempts
        .iter()
        .rposition(|attempt| !attempt.flows.is_empty());
    let finding = newest.and_then(|index| judge(&scene.attempts[index]));
    finding
        .map(|finding| (newest, finding))
        .into_iter()
        .collect()
}

fn judge(attempt: &Attempt<'_>) -> Option<Finding> {
    let too_big = |report: &&IcmpReport| {
        report.complaint() == Some(Complaint::TooBig)
            && !report.quotes_ike
            && matches!(
                report.quoted_transport,
                Transport::Esp | Transport::Ah | Transport::Udp
            )
    };
    let reports: Vec<&IcmpReport> = attempt
        .negotiation
        .icmp
        .iter()
        .chain(&attempt.tunnel.icmp)
        .filter(too_big)
        .collect();
    let (first, last) = (reports.first()?, reports.last()?);
    let source = first.quoted_source.ip();
    let sender = if attempt
        .negotiation
        .addresses(Role::Initiator)
        .contains(&source)
    {
        Role::Initiator
    } else {
        Role::Responder
    };
    let goes_on = reports.len() >= MANY && last.time.since(first.time) >= GOES_ON;
    let severity = if goes_on {
        Severity::Error
    } else {
        Severity::Warning
    };
    let limit = first
        .mtu
        .map_or_else(String::new, |mtu| format!(" at most {mtu} octets pass."));
    let title = format!(
        "{} says {} that ESP of {} is too large;{limit}",
        first.reporter,
        times(u32::try_from(reports.len()).unwrap_or(u32::MAX)),
        first.quoted_source.ip()
    );
    let label = format!("quotes a packet of {} octets", first.quoted_ip_length);
    Some(
        Finding::new(
            &RULE,
            Confidence::Stated,
            title,
            evidence(first.frame, None, label),
        )
        .severity(severity)
        .and_maybe(
            reports
                .iter()
                .skip(1)
                .take(7)
                .map(|report| evidence(report.frame, None, "again")),
        )
        .because("Small packets pass the tunnel, large ones are dropped there.")
        .next(advice::step(
            attempt,
            sender,
            &Need::ClampMss,
            "Clamp the TCP MSS or lower the tunnel's MTU so that ESP fits into that size.",
        )),
    )
}
