//! The RADIUS server does not answer, or answers late.

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, evidence};
use crate::radius;
use crate::standing::SECOND;
use crate::words::{duration, times};

declare_rule! {
    /// ## What it means
    /// While the user of this negotiation was being authenticated, a question to a RADIUS server
    /// found no answer, or found it so late that IKE had given up.
    /// ## Why it happens
    /// The server does not know this client and drops what it sends (NPS event 13); UDP 1812 is
    /// filtered; the shared secret differs, so that the Message-Authenticator does not verify; or
    /// the server itself waits for a directory or a second factor.
    /// ## How to confirm
    /// Capture at the server: does the Access-Request arrive, and is there an answer?
    /// ## How to fix
    /// Enter the client with its right address and secret at the server, let UDP 1812 pass, and give
    /// the edge device a longer timeout where a second factor takes its time.
    /// ## References
    /// RFC 2865 §2, §2.4, §3; RFC 5080 §2.2.1; RFC 7296 §2.16.
    "IKE312" "radius-unanswered": Warning, since "0.1.0",
    "an Access-Request found no answer, or a late one, while the user was authenticated",
    Attempt(check)
}

/// IKE peers begin to repeat within this time.
const LATE: i64 = 4 * SECOND;

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let waited = |exchange: &radius::RadiusExchange| {
        let until = exchange.answer.map_or(attempt.end, |(_, _, time)| time);
        until.since(exchange.time)
    };
    let exchange = radius::beside(attempt).find(|exchange| waited(exchange) >= LATE)?;
    let (client, server) = (exchange.client.ip(), exchange.server.ip());
    let took = duration(waited(exchange));
    let title = match exchange.answer {
        Some(_) => format!("the RADIUS server {server} took {took} to answer {client}."),
        None => format!("the RADIUS server {server} did not answer {client}, seen from here."),
    };
    let asked = format!("Access-Request, sent {}", times(exchange.sent));
    let answer = exchange.answer;
    Some(
        Finding::new(
            &RULE,
            Confidence::Suspected,
            title,
            evidence(exchange.frame, None, asked),
        )
        .and_maybe(answer.map(|(code, frame, _)| evidence(frame, None, format!("{code}, {took} later"))))
        .because("It falls into the time in which IKE waited for the user's authentication.")
        .unless("another user", "if other users log in through the same device at that time")
        .next(format!(
            "Does {server} know {client} as a client, with the same secret? NPS says event 13 if not."
        ))
        .next(format!("Let UDP {} pass from {client} to {server}.", exchange.server.port())),
    )
}
