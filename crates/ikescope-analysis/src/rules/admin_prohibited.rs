//! A filter says no.

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::icmp::{self, Complaint};

declare_rule! {
    /// ## What it means
    /// A filter on the way refuses IKE and says so by ICMP.
    /// ## Why it happens
    /// A firewall rule or an access list forbids UDP 500 or 4500 between these addresses.
    /// ## How to confirm
    /// The source address of the ICMP error is the filter.
    /// ## How to fix
    /// Allow UDP 500 and 4500, and ESP, between the peers there.
    /// ## References
    /// RFC 1812 §5.2.7.1 (codes 9, 10, 13); RFC 4443 §3.1 (code 1).
    "IKE113" "admin-prohibited": Error, since "0.1.0",
    "ICMP administratively prohibited quotes the IKE message",
    Attempt(check), over icmp::WHAT_ICMP_EXPLAINS
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    Some(
        icmp::finding(
            &RULE,
            attempt,
            Complaint::Prohibited,
            "a filter forbids this message",
        )?
        .because("The reporter of the error is the filter, or speaks for it.")
        .next("Allow UDP 500 and 4500, and IP protocol 50, between the peers at the reporter."),
    )
}
