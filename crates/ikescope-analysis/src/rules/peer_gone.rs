//! The tunnel was up, then one peer went silent.

use crate::attempt::Attempt;
use crate::finding::Finding;
use crate::log::Told;
use crate::said;
use crate::silence::unanswered;
use crate::standing::{Halt, Outcome};

declare_rule! {
    /// ## What it means
    /// A protected request is repeated without an answer to the end of the capture, and nothing
    /// else comes from the peer.
    /// ## Why it happens
    /// The peer restarted or lost power; the path broke; a NAT mapping expired; the peer's daemon
    /// hangs.
    /// ## How to confirm
    /// Is the peer alive? Does anything of it arrive here?
    /// ## How to fix
    /// Restore the path or the peer; shorten keepalive intervals where a NAT forgets.
    /// ## References
    /// RFC 7296 §2.4; RFC 3706 §5; RFC 3948 §4.
    "IKE501" "peer-gone": Error, since "0.1.0",
    "DPD, liveness or rekey requests unanswered to the end",
    Attempt(check)
}

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::Unanswered(exchange) = attempt.standing.halt else {
        return by_log(attempt);
    };
    if attempt.standing.outcome != Outcome::Lost {
        return None;
    }
    let peer = attempt.name(exchange.from.other());
    let mut finding = unanswered(
        &RULE,
        attempt,
        exchange,
        &format!("{} {}", exchange.exchange_type, exchange.message_id),
    )?;
    finding.title = format!("the tunnel was up, then {peer} stopped answering.");
    Some(
        finding
            .because(format!(
                "Nothing of {peer} was seen after the first of these requests."
            ))
            .next(format!(
                "Is {peer} alive, and does anything of it reach this side?"
            ))
            .next("Behind NAT: send keepalives more often than the NAT forgets."),
    )
}

/// The device says itself that its liveness checks are not answered.
fn by_log(attempt: &Attempt<'_>) -> Option<Finding> {
    let line = said::cause(attempt).filter(|line| line.told == Told::PeerDead)?;
    let (_, peer) = said::ends(attempt, line);
    let finding = said::stated(&RULE, attempt, line, |by, peer| {
        format!("{peer} does not answer the liveness checks of {by}.")
    });
    Some(finding.next(format!(
        "Is {peer} alive, and does anything of it reach this side?"
    )))
}
