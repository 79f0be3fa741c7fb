//! ESP still flows, but nobody answers IKE.

use crate::attempt::Attempt;
use crate::finding::{Finding, evidence};
use crate::icmp::{self, Complaint};
use crate::silence::unanswered;
use crate::standing::{Halt, Outcome};

declare_rule! {
    /// ## What it means
    /// The peer's IKE requests stay unanswered while its ESP goes on: the host is alive, its IKE
    /// daemon is not. Without it no SA is renewed, and the tunnel ends when its lifetime does.
    /// ## Why it happens
    /// The daemon crashed or was stopped without deleting its SAs; or UDP 500 and 4500 are filtered
    /// now and ESP is not.
    /// ## How to confirm
    /// Is the daemon running at the peer?
    /// ## How to fix
    /// Start it; see why it stopped.
    /// ## References
    /// RFC 7296 §2.4; RFC 3706 §5.
    "IKE503" "ike-daemon-gone": Error, since "0.1.0",
    "IKE requests unanswered to the end while ESP still flows",
    Attempt(check), over ["peer-gone", "rekey-unanswered"]
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::Unanswered(exchange) = attempt.standing.halt else {
        return None;
    };
    if attempt.standing.outcome != Outcome::Lost {
        return None;
    }
    let request = exchange.request.as_deref()?;
    let peer = attempt.name(exchange.from.other());
    let refused = icmp::about_the_unheard(attempt, Complaint::Port);
    let flow = attempt
        .flows_from(exchange.from.other())
        .find(|flow| flow.last_time > request.last().time && request.repeats() >= 2);
    if flow.is_none() && refused.is_empty() {
        return None;
    }
    let is_large = exchange.exchange_type == ikescope_wire::iana::ExchangeType::CREATE_CHILD_SA;
    if is_large && refused.is_empty() {
        return None;
    }
    let what = format!("{} {}", exchange.exchange_type, exchange.message_id);
    let mut finding = unanswered(&RULE, attempt, exchange, &what)?;
    finding.title =
        format!("the host {peer} is alive, but its IKE daemon does not answer any more.");
    Some(
        finding
            .and_maybe(
                flow.map(|flow| {
                    evidence(flow.last_frame, None, format!("ESP of {peer} still flows"))
                }),
            )
            .and_maybe(
                refused
                    .iter()
                    .take(4)
                    .map(|report| evidence(report.frame, None, "ICMP: nobody listens there")),
            )
            .because(format!(
                "{peer} is reached and sends, so path and host are well; only IKE is silent."
            ))
            .unless(
                "peer-gone",
                "if UDP 500 and 4500 are filtered and ESP is not",
            )
            .next(format!(
                "Is the IKE daemon of {peer} running? Why did it stop?"
            )),
    )
}
