//! Both ends begin at once.

use crate::attempt::{Attempt, Scene};
use crate::finding::{Confidence, Finding};
use crate::rule::Placed;
use crate::words::sent;

declare_rule! {
    /// ## What it means
    /// Both ends started a negotiation before the other one's was complete: there may be two IKE SAs
    /// for one tunnel.
    /// ## Why it happens
    /// Both ends are set to initiate, and both came up, or lost the tunnel, at the same time.
    /// ## How to confirm
    /// Compare the start times of the two attempts.
    /// ## How to fix
    /// Nothing if the tunnel works; else let one end only respond.
    /// ## References
    /// RFC 7296 §2.8, §1.2.
    "IKE118" "simultaneous-initiation": Info, since "0.1.0",
    "both ends began a negotiation at once",
    Tunnel(check)
}

fn check(scene: &Scene<'_>) -> Vec<Placed> {
    let pairs = scene.attempts.windows(2).enumerate();
    pairs
        .filter(|(_, pair)| is_crossed(&pair[0], &pair[1]))
        .filter_map(|(index, pair)| {
            let (one, other) = (
                pair[0].negotiation.first_flight()?,
                pair[1].negotiation.first_flight()?,
            );
            let title = format!(
                "{} and {} began at once.",
                pair[0].negotiation.initiator.ip(),
                pair[1].negotiation.initiator.ip()
            );
            let finding = Finding::new(
                &RULE,
                Confidence::Implied,
                title,
                sent(other, "the other end begins too"),
            )
            .and(sent(one, "the first one, not complete yet"))
            .because("The second attempt began before the first one was complete.")
            .next("If two SAs for one tunnel disturb, let one end only respond.");
            Some((Some(index + 1), finding))
        })
        .collect()
}

/// Opposite ends, and the second begins before the first is complete, or within its stall.
fn is_crossed(one: &Attempt<'_>, other: &Attempt<'_>) -> bool {
    let complete = one.standing.up_since.unwrap_or(one.negotiation.last_time);
    one.negotiation.seen_from_start
        && other.negotiation.seen_from_start
        && one.negotiation.initiator.ip() == other.negotiation.responder.ip()
        && one.negotiation.responder.ip() == other.negotiation.initiator.ip()
        && other.negotiation.first_time < complete
}
