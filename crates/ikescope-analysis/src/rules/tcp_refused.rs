//! IKE over TCP does not even connect.

use ikescope_wire::observed::TcpSignalKind;

use crate::attempt::Scene;
use crate::finding::{Confidence, Finding, Severity, evidence};
use crate::negotiation::TcpReport;
use crate::rule::Placed;
use crate::standing::SECOND;
use crate::words::times;

declare_rule! {
    /// ## What it means
    /// The initiator tries IKE over TCP, and its SYN is answered by RST or by nothing.
    /// ## Why it happens
    /// The responder does not listen on TCP 4500, or a filter lets UDP pass only.
    /// ## How to confirm
    /// Connect to that port from the initiator's network.
    /// ## How to fix
    /// Enable TCP encapsulation at the responder, or let TCP 4500 through.
    /// ## References
    /// RFC 9329 §6; RFC 9293 §3.5.2.
    "IKE114" "tcp-refused": Error, since "0.1.0",
    "IKE over TCP: SYN answered by RST, or never answered",
    Tunnel(check)
}

/// Unanswered SYNs that make a claim.
const UNANSWERED: usize = 2;

fn check(scene: &Scene<'_>) -> Vec<Placed> {
    let reports = &scene.tunnel.tcp;
    let Some(open) = reports
        .iter()
        .rfind(|report| report.kind == TcpSignalKind::Open)
    else {
        return Vec::new();
    };
    let came_about = reports.iter().any(|report| {
        report.kind == TcpSignalKind::Accept && report.time >= first_of(reports, open).time
    });
    if came_about {
        return Vec::new();
    }
    let opens: Vec<&TcpReport> = reports
        .iter()
        .filter(|report| {
            report.kind == TcpSignalKind::Open && report.source.ip() == open.source.ip()
        })
        .collect();
    let reset = reports.iter().find(|report| {
        report.kind == TcpSignalKind::Reset
            && report.source == open.destination
            && report.time >= opens[0].time
    });
    let (from, to) = (open.source.ip(), open.destination);
    let is_over = scene.end.since(open.time) >= SECOND;
    let finding = match reset {
        Some(reset) => Finding::new(
            &RULE,
            Confidence::Stated,
            format!(
                "{} refuses the TCP connection of {from} to port {}.",
                to.ip(),
                to.port()
            ),
            evidence(reset.frame, None, "RST"),
        )
        .and(evidence(opens[0].frame, None, "SYN"))
        .unless(
            "admin-prohibited",
            "if a firewall answers in the name of the host",
        ),
        None if opens.len() >= UNANSWERED && is_over => Finding::new(
            &RULE,
            Confidence::Suspected,
            format!(
                "{from} opened a TCP connection to {to} {}; no answer was seen.",
                times(u32::try_from(opens.len()).unwrap_or(u32::MAX))
            ),
            evidence(opens[0].frame, None, "SYN"),
        )
        .and_maybe(
            opens[1..]
                .iter()
                .map(|open| evidence(open.frame, None, "SYN again")),
        )
        .unless(
            "host-unreachable",
            "if the host does not answer anything else either",
        ),
        None => return Vec::new(),
    };
    let newest = scene.attempts.len().checked_sub(1);
    let severity = if newest.is_none() {
        Severity::Error
    } else {
        Severity::Warning
    };
    let finding = finding
        .severity(severity)
        .because("IKE over TCP begins with a connection; without it no IKE message is sent.")
        .next(format!(
            "Does {} listen there? Is TCP encapsulation enabled?",
            to.ip()
        ))
        .next(format!(
            "Let TCP {} through filters and NAT on the way.",
            to.port()
        ));
    vec![(newest, finding)]
}

/// The first SYN of the connection that the newest one belongs to.
fn first_of<'a>(reports: &'a [TcpReport], newest: &'a TcpReport) -> &'a TcpReport {
    reports
        .iter()
        .find(|report| report.kind == TcpSignalKind::Open && report.source == newest.source)
        .unwrap_or(newest)
}
