//! Where an attempt stands by what the log of an end says: it decides where messages alone leave more
//! than one reading. What messages prove, no log takes back.

use ikescope_wire::statement::Subject;

use super::{Halt, Outcome, Stage, Standing, View};
use crate::log::{LogLine, Told};
use crate::negotiation::Mode;

/// The standing by the messages, corrected by the log if there is one.
pub(super) fn stand<'a>(view: &View<'a, '_>, by_messages: Standing<'a>) -> Standing<'a> {
    let Some(log) = view.negotiation.log.as_deref() else {
        return by_messages;
    };
    if let Some(failure) = log.failure() {
        return failed(view, by_messages, failure);
    }
    let Some(up) = log.established(Subject::ChildSa) else {
        return by_messages;
    };
    let is_open = matches!(
        by_messages.outcome,
        Outcome::Incomplete | Outcome::NoTraffic
    );
    if is_open && !view.shows_traffic {
        return Standing {
            up_since: by_messages.up_since.or(Some(up.time)),
            ..Standing::halted(Outcome::Established, Stage::None, Halt::No)
        };
    }
    by_messages
}

fn failed<'a>(
    view: &View<'a, '_>,
    by_messages: Standing<'a>,
    failure: &'a LogLine,
) -> Standing<'a> {
    // ESP both ways, or a refusal in clear, is more than any line can say.
    let is_proven = matches!(by_messages.halt, Halt::Refused(_))
        || matches!(by_messages.outcome, Outcome::Established | Outcome::OneWay);
    let is_rejected = by_messages.outcome == Outcome::Rejected;
    if is_proven || (is_rejected && matches!(failure.told, Told::Failed(_) | Told::GivenUp)) {
        return by_messages;
    }
    let halted = |outcome, stage| Standing {
        closed_by: by_messages.closed_by,
        up_since: by_messages.up_since,
        ..Standing::halted(outcome, stage, Halt::Stated(failure))
    };
    match failure.told {
        Told::GivenUp => match by_messages.halt {
            Halt::Unanswered(_) | Halt::NextMissing(_) | Halt::AnswerNotHeard(_) => Standing {
                outcome: Outcome::Stalled,
                ..by_messages
            },
            _ => halted(Outcome::Stalled, first_stage(view)),
        },
        Told::NoRoute => halted(Outcome::Stalled, first_stage(view)),
        Told::PeerDead => halted(Outcome::Lost, Stage::Informational),
        told => halted(Outcome::Rejected, stage(view, told)),
    }
}

/// Where an attempt is refused for such a reason.
fn stage(view: &View<'_, '_>, told: Told) -> Stage {
    let of_child = || {
        if is_ikev2(view) {
            Stage::ChildSa
        } else {
            Stage::QuickMode
        }
    };
    match told {
        Told::NoProposalChosen(Subject::ChildSa)
        | Told::Failed(Subject::ChildSa)
        | Told::SelectorsMismatch => of_child(),
        Told::OtherSharedKey | Told::IdentityRefused | Told::AuthenticationFailed => {
            authentication(view)
        }
        Told::PeerNotify(notify) => of_notify(view, notify),
        _ => first_stage(view),
    }
}

fn of_notify(view: &View<'_, '_>, notify: ikescope_wire::iana::NotifyType) -> Stage {
    use ikescope_wire::iana::NotifyType;
    let is_up = |subject| {
        let log = view.negotiation.log.as_deref();
        log.is_some_and(|log| log.established(subject).is_some())
    };
    match notify {
        NotifyType::AUTHENTICATION_FAILED => authentication(view),
        NotifyType::TS_UNACCEPTABLE => Stage::ChildSa,
        _ if is_up(Subject::IkeSa) && is_ikev2(view) => Stage::ChildSa,
        _ if is_up(Subject::IkeSa) => Stage::QuickMode,
        _ => first_stage(view),
    }
}

fn authentication(view: &View<'_, '_>) -> Stage {
    match view.negotiation.mode {
        Mode::Aggressive => Stage::Aggressive,
        _ if is_ikev2(view) => Stage::Auth,
        _ => Stage::MainModeId,
    }
}

fn first_stage(view: &View<'_, '_>) -> Stage {
    match view.negotiation.mode {
        Mode::Aggressive => Stage::Aggressive,
        _ if is_ikev2(view) => Stage::SaInit,
        _ => Stage::MainModeSa,
    }
}

fn is_ikev2(view: &View<'_, '_>) -> bool {
    view.negotiation.ike_version != 1
}
