//! There is no way to the peer.

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::icmp::{self, Complaint};
use crate::log::Told;
use crate::said;

declare_rule! {
    /// ## What it means
    /// A router, or the last network's own host, answers by ICMP that the peer cannot be reached.
    /// ## Why it happens
    /// The peer is switched off or has another address; a route is missing; a link is down.
    /// ## How to confirm
    /// Trace the route to the peer; the router that complains is the last one that works.
    /// ## How to fix
    /// Correct the peer address or the route at the router that complains.
    /// ## References
    /// RFC 792 (destination unreachable, codes 0 and 1); RFC 4443 §3.1 (codes 0 and 3).
    "IKE112" "host-unreachable": Error, since "0.1.0",
    "ICMP host or network unreachable quotes the IKE message",
    Attempt(check), over icmp::WHAT_ICMP_EXPLAINS
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    if let Some(line) = said::cause(attempt).filter(|line| line.told == Told::NoRoute) {
        let (by, _) = said::ends(attempt, line);
        let title = |by: &str, peer: &str| format!("{by} has no route to {peer}.");
        let finding = said::stated(&RULE, attempt, line, title);
        return Some(finding.next(format!("Look at the routes and the interfaces of {by}.")));
    }
    if icmp::finds(attempt, Complaint::Prohibited) {
        return None;
    }
    Some(
        icmp::finding(
            &RULE,
            attempt,
            Complaint::Host,
            "the peer cannot be reached",
        )?
        .because("The message came as far as the reporter of this error and no further.")
        .unless(
            "admin-prohibited",
            "if the reporter is a firewall that rejects with this error",
        )
        .next("Is the peer address right, and is the peer up?")
        .next("Look at the routes of the reporter: traceroute -n to the peer."),
    )
}
