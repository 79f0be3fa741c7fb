//! Nobody listens there.

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::icmp::{self, Complaint};

declare_rule! {
    /// ## What it means
    /// The host that IKE is sent to answers by ICMP that nobody listens on that port. The path works
    /// and the host is up.
    /// ## Why it happens
    /// The IKE daemon is not running, listens on another address, or the peer address is that of
    /// another machine. Some firewalls reject with this error too.
    /// ## How to confirm
    /// List the UDP sockets of that host: is there one on port 500 and 4500?
    /// ## How to fix
    /// Start the daemon, bind it to this address, or correct the peer address.
    /// ## References
    /// RFC 792 (destination unreachable, code 3); RFC 4443 §3.1 (code 4); RFC 7296 §2.4: ICMP is not
    /// authenticated, so initiators go on repeating.
    "IKE111" "port-unreachable": Error, since "0.1.0",
    "ICMP port unreachable quotes the IKE message",
    Attempt(check), over icmp::WHAT_ICMP_EXPLAINS
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let says = "nobody listens on the port that IKE is sent to";
    Some(
        icmp::finding(&RULE, attempt, Complaint::Port, says)?
            .because(
                "The host is reached and has no IKE daemon on that port, or a firewall rejects in \
                 its name.",
            )
            .unless(
                "admin-prohibited",
                "if a firewall on the way answers in the name of the host",
            )
            .next(
                "Is the IKE daemon running there, and on this address? ss -lunp sport = :500 or \
                 sport = :4500",
            )
            .next("Is it the right peer address?"),
    )
}
