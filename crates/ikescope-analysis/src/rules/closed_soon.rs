//! A tunnel that was closed after a few packets.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::Attempt;
use crate::finding::{Confidence, Finding, evidence};
use crate::negotiation::{Exchange, Mode, Role};
use crate::standing::{Outcome, SECOND};
use crate::words::{counted, duration, sent};

declare_rule! {
    /// ## What it means
    /// IPsec came up without a fault, carried a few packets both ways, and was closed after seconds.
    /// ## Why it happens
    /// In a dial-in with L2TP the user is authenticated inside the tunnel: wrong user name or
    /// password, no permission, too many sessions, no address left (Windows error 691). Between two
    /// sites somebody closed it by hand.
    /// ## How to confirm
    /// Read the log of the authentication server at that second; with the ESP keys the answer is
    /// visible in PPP.
    /// ## How to fix
    /// Correct the credentials, the permission or the address pool; IPsec needs no change.
    /// ## References
    /// RFC 3193 §2; RFC 2661 §5.1.
    "IKE605" "closed-soon": Info, since "0.1.0",
    "IKEv1 without XAUTH: a few ESP packets both ways, then closed",
    Attempt(check)
}

/// Setting up L2TP and PPP, and refusing a user in it, takes no longer ...
const SOON: i64 = 30 * SECOND;
/// ... and no more packets.
const FEW: u64 = 100;
/// The Delete follows the last packet of the user at once.
const AT_ONCE: i64 = 5 * SECOND;

fn check(attempt: &Attempt<'_>) -> Option<Finding> {
    let negotiation = attempt.negotiation;
    let asks_user_itself = negotiation
        .of_type(ExchangeType::TRANSACTION)
        .next()
        .is_some();
    if negotiation.mode == Mode::Ikev2
        || asks_user_itself
        || !negotiation.seen_from_start
        || attempt.standing.outcome != Outcome::Established
    {
        return None;
    }
    let first = attempt.flows.iter().min_by_key(|flow| flow.first_time)?;
    let last = attempt.flows.iter().max_by_key(|flow| flow.last_time)?;
    let packets: u64 = attempt.flows.iter().map(|flow| flow.packets).sum();
    let lasted = last.last_time.since(first.first_time);
    let end = negotiation
        .exchanges
        .iter()
        .max_by_key(|one| one.first_time())?;
    let closes = end.exchange_type == ExchangeType::INFORMATIONAL_V1
        && (0..AT_ONCE).contains(&end.first_time().since(last.last_time))
        && attempt.end.since(end.first_time()) >= AT_ONCE;
    if !closes || lasted > SOON || packets > FEW {
        return None;
    }
    Some(finding(attempt, end, packets, lasted)?.and(evidence(
        last.last_frame,
        None,
        "the last ESP packet",
    )))
}

fn finding(attempt: &Attempt<'_>, end: &Exchange, packets: u64, lasted: i64) -> Option<Finding> {
    let closer = attempt.name(end.from);
    let title = format!(
        "{closer} closed the tunnel after {} and {}.",
        duration(lasted),
        counted(packets, "ESP packet")
    );
    let place = sent(
        end.request.as_deref()?,
        "an informational, and nothing comes after it",
    );
    Some(
        Finding::new(&RULE, Confidence::Suspected, title, place)
            .because(
                "IPsec works. If this is a dial-in with L2TP, the user was refused inside the tunnel \
                 (Windows error 691); else somebody closed it.",
            )
            .next(format!(
                "Read the log of {} and of its authentication server at that second.",
                attempt.name(Role::Responder)
            )),
    )
}
