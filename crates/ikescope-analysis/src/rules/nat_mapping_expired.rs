//! The NAT has forgotten the way in.

use ikescope_wire::encapsulation::NAT_T_PORT;
use ikescope_wire::observed::Transport;

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, evidence};
use crate::icmp::Complaint;
use crate::negotiation::{IcmpReport, Role};
use crate::words::times;

declare_rule! {
    /// ## What it means
    /// UDP-encapsulated ESP for a peer behind NAT is refused by ICMP: the NAT has no mapping for it
    /// any more.
    /// ## Why it happens
    /// Nothing left the inside for longer than the NAT remembers, because keepalives are off or too
    /// rare; or the NAT was restarted.
    /// ## How to confirm
    /// Compare the silence of the inside peer with the UDP timeout of the NAT.
    /// ## How to fix
    /// Send NAT keepalives every 20 seconds from the inside; raise the UDP timeout of the NAT.
    /// ## References
    /// RFC 3948 §4, §2.3; RFC 7296 §2.23.
    "IKE119" "nat-mapping-expired": Warning, since "0.1.0",
    "the NAT refuses UDP-encapsulated ESP from outside",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let reports: Vec<&IcmpReport> = attempt
        .negotiation
        .icmp
        .iter()
        .chain(&attempt.tunnel.icmp)
        .filter(|report| is_refused_at_nat(attempt, report))
        .collect();
    let first = reports.first()?;
    let title = format!(
        "{} refuses ESP for {} {}: its NAT mapping is gone.",
        first.reporter,
        first.quoted_destination,
        times(u32::try_from(reports.len()).unwrap_or(u32::MAX))
    );
    let label = format!(
        "ICMP type {} code {} quotes ESP in UDP",
        first.icmp_type, first.code
    );
    Some(
        Finding::new(
            &RULE,
            Confidence::Implied,
            title,
            evidence(first.frame, None, label),
        )
        .and_maybe(
            reports
                .iter()
                .skip(1)
                .take(7)
                .map(|report| evidence(report.frame, None, "again")),
        )
        .because("The peer's packets came from that port before; now nobody is behind it.")
        .unless(
            "port-unreachable",
            "if the daemon behind the NAT was stopped",
        )
        .next("Send NAT keepalives from the inside more often than the NAT forgets: every 20 s."),
    )
}

/// ESP in UDP for the peer behind NAT, after that peer's IKE was seen from the same port.
fn is_refused_at_nat(attempt: &Attempt<'_>, report: &IcmpReport) -> bool {
    let refused = matches!(report.complaint(), Some(Complaint::Port | Complaint::Host));
    let on_nat_t = [
        report.quoted_source.port(),
        report.quoted_destination.port(),
    ]
    .contains(&NAT_T_PORT);
    refused
        && on_nat_t
        && !report.quotes_ike
        && report.quoted_transport == Transport::Udp
        && report.time >= attempt.negotiation.first_time
        && [Role::Initiator, Role::Responder].into_iter().any(|role| {
            crate::situation::nat(attempt.negotiation).behind(role) == Some(true)
                && attempt
                    .negotiation
                    .addresses(role)
                    .contains(&report.quoted_destination.ip())
        })
        && attempt
            .flows
            .iter()
            .any(|flow| flow.source.ip() == report.quoted_source.ip())
}
