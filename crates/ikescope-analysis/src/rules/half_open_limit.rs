//! The peer does not answer because too many attempts of this address are half open.

use ikescope_wire::iana::ExchangeType;

use crate::attempt::{Attempt, Scene};
use crate::finding::{Confidence, Finding};
use crate::negotiation::Role;
use crate::rule::Placed;
use crate::standing::{Halt, Outcome, SECOND};
use crate::words::{repeats, sent, times};

declare_rule! {
    /// ## What it means
    /// A moment ago the responder answered IKE_SA_INIT of this very address, more than once, and none
    /// of these attempts was completed; now it is silent: its limit of half-open SAs.
    /// ## Why it happens
    /// The attempts before failed in IKE_AUTH, or their IKE_AUTH is lost; each left a half-open SA
    /// behind, and responders accept only so many of one address.
    /// ## How to confirm
    /// Read the responder's log (strongSwan: ignoring IKE_SA setup, peer too aggressive).
    /// ## How to fix
    /// Find out why the attempts before this one did not complete: that is the fault.
    /// ## References
    /// RFC 7296 §2.6, §2.4.
    "IKE110" "half-open-limit": Error, since "0.1.0",
    "a peer that answered this address a moment ago is silent to its next SA_INITs",
    Tunnel(check), over ["sa-init-unanswered"]
}

/// Half-open SAs live for about this long.
const HALF_OPEN_FOR: i64 = 60 * SECOND;
/// So many half-open attempts before make a limit likely.
const HALF_OPEN: u32 = 3;

fn check(scene: &Scene<'_>) -> Vec<Placed> {
    let findings = scene
        .attempts
        .iter()
        .enumerate()
        .filter_map(|(index, attempt)| Some((Some(index), judge(scene, attempt)?)));
    findings.collect()
}

fn judge(scene: &Scene<'_>, attempt: &Attempt<'_>) -> Option<Finding> {
    let Halt::Unanswered(exchange) = attempt.standing.halt else {
        return None;
    };
    if exchange.exchange_type != ExchangeType::IKE_SA_INIT
        || attempt.standing.outcome != Outcome::Stalled
    {
        return None;
    }
    let start = attempt.negotiation.first_time;
    let half_open: Vec<&Attempt<'_>> = scene
        .attempts
        .iter()
        .filter(|earlier| {
            earlier.standing.up_since.is_none()
                && earlier.negotiation.initiator.ip() == attempt.negotiation.initiator.ip()
                && answer(earlier).is_some()
                && (0..HALF_OPEN_FOR).contains(&start.since(earlier.negotiation.first_time))
        })
        .collect();
    let count: u32 = half_open
        .iter()
        .map(|earlier| earlier.negotiation.attempts)
        .sum();
    if count < HALF_OPEN {
        return None;
    }
    let (initiator, responder) = (attempt.name(Role::Initiator), attempt.name(Role::Responder));
    let request = exchange.request.as_deref()?;
    let title = format!(
        "{responder} answered {count} attempts of {initiator} a moment ago, none was completed, \
         and now it is silent."
    );
    let answers = half_open.iter().filter_map(|earlier| answer(earlier));
    Some(
        Finding::new(
            &RULE,
            Confidence::Suspected,
            title,
            sent(
                request,
                format!(
                    "IKE_SA_INIT, sent {}, without an answer",
                    times(request.sent)
                ),
            ),
        )
        .and_maybe(repeats(request, "the same octets again"))
        .and_maybe(answers.map(|flight| {
            sent(
                flight,
                "an earlier attempt was answered, and left half open",
            )
        }))
        .because("Responders bound the half-open SAs of one address and drop what comes beyond.")
        .unless(
            "sa-init-unanswered",
            "if the path or the responder failed in the meantime",
        )
        .next("Find out why the attempts before this one did not complete; they are the fault.")
        .next(format!(
            "Read the log of {responder}: does it speak of half-open SAs or of an aggressive peer?"
        )),
    )
}

/// The answer with which the responder made a half-open SA.
fn answer<'a>(attempt: &Attempt<'a>) -> Option<&'a crate::negotiation::Flight> {
    attempt
        .negotiation
        .of_type(ExchangeType::IKE_SA_INIT)
        .filter_map(|exchange| exchange.response.as_deref())
        .find(|flight| flight.facts.sa_octets.is_some())
}
