//! IKE over TCP does not even connect.

use std::net::SocketAddr;

use ikescope_wire::observed::TcpSignalKind;

use crate::attempt::Scene;
use crate::finding::{Confidence, Evidence, Finding, Severity, evidence};
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

/// Repeats of a SYN, or further tries after RST, are this far apart; scanners are faster.
const APART: i64 = SECOND / 2;

fn check(scene: &Scene<'_>) -> Vec<Placed> {
    let newest = scene.attempts.len().checked_sub(1);
    let finding = refused(scene).or_else(|| unanswered(scene));
    let severity = match newest {
        None => Severity::Error,
        Some(_) => Severity::Warning,
    };
    finding
        .map(|(finding, to)| (newest, advice(finding, to).severity(severity)))
        .into_iter()
        .collect()
}

/// RST instead of an acceptance. Without any IKE between the two only a second try tells a peer
/// from a scanner.
fn refused(scene: &Scene<'_>) -> Option<(Finding, SocketAddr)> {
    let reset = of_kind(scene, TcpSignalKind::Reset).next_back()?;
    let tries: Vec<&TcpReport> = of_kind(scene, TcpSignalKind::Open)
        .filter(|open| open.destination == reset.source)
        .collect();
    let (first, last) = (tries.first()?, tries.last()?);
    if came_about(scene, last) || !(has_ike(scene) || last.time.since(first.time) >= APART) {
        return None;
    }
    let (from, to) = (first.source.ip(), reset.source);
    let title = format!("{} refuses TCP of {from} on port {}.", to.ip(), to.port());
    let finding = Finding::new(
        &RULE,
        Confidence::Stated,
        title,
        evidence(reset.frame, None, "RST"),
    )
    .and_maybe(syns(&tries))
    .unless(
        "admin-prohibited",
        "if a firewall answers in the name of the host",
    );
    Some((finding, to))
}

/// The same SYN again and again, from one port.
fn unanswered(scene: &Scene<'_>) -> Option<(Finding, SocketAddr)> {
    let last = of_kind(scene, TcpSignalKind::Open).next_back()?;
    let tries: Vec<&TcpReport> = of_kind(scene, TcpSignalKind::Open)
        .filter(|open| (open.source, open.destination) == (last.source, last.destination))
        .collect();
    let first = tries.first()?;
    let is_over = scene.end.since(last.time) >= SECOND;
    if came_about(scene, last) || !is_over || last.time.since(first.time) < APART {
        return None;
    }
    let (from, to) = (first.source.ip(), first.destination);
    let count = times(u32::try_from(tries.len()).unwrap_or(u32::MAX));
    let title = format!("{from} asked {to} for a TCP connection {count}; no answer was seen.");
    let primary = evidence(first.frame, None, "SYN");
    let finding = Finding::new(&RULE, Confidence::Suspected, title, primary)
        .and_maybe(syns(&tries[1..]))
        .unless(
            "host-unreachable",
            "if the host does not answer anything else either",
        );
    Some((finding, to))
}

fn advice(finding: Finding, to: SocketAddr) -> Finding {
    let (host, port) = (to.ip(), to.port());
    finding
        .because("IKE over TCP begins with a connection; without it no IKE message is sent.")
        .next(format!(
            "Does {host} listen there? Is TCP encapsulation enabled?"
        ))
        .next(format!(
            "Let TCP {port} through filters and NAT on the way."
        ))
}

fn of_kind<'a>(
    scene: &Scene<'a>,
    kind: TcpSignalKind,
) -> impl DoubleEndedIterator<Item = &'a TcpReport> {
    scene
        .tunnel
        .tcp
        .iter()
        .filter(move |report| report.kind == kind)
}

/// Whether a connection to that port was accepted, then or later.
fn came_about(scene: &Scene<'_>, open: &TcpReport) -> bool {
    of_kind(scene, TcpSignalKind::Accept).any(|accept| accept.source == open.destination)
}

fn has_ike(scene: &Scene<'_>) -> bool {
    !scene.attempts.is_empty()
}

fn syns(tries: &[&TcpReport]) -> impl Iterator<Item = Evidence> {
    tries
        .iter()
        .take(8)
        .map(|open| evidence(open.frame, None, "SYN"))
}
