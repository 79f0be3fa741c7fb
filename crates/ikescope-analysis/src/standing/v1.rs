//! IKEv1: phase 1 in main or aggressive mode, XAUTH and mode config, then quick mode (RFC 2409 §5).

use ikescope_wire::iana::ExchangeType;

use super::{Halt, Outcome, SECOND, Stage, Standing, View, outlasts, traffic};
use crate::negotiation::{Exchange, Flight, Mode, Role};

/// An informational that answers a message comes within this time.
const AT_ONCE: i64 = 2 * SECOND;

pub(super) fn stand<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let both = [Role::Initiator, Role::Responder].into_iter().all(|role| {
        view.flows
            .iter()
            .any(|flow| view.negotiation.addresses(role).contains(&flow.source.ip()))
    });
    if both {
        return up(view);
    }
    if let Some(quick) = newest_quick(view) {
        return phase_2(view, quick);
    }
    if let Some(transaction) = view.negotiation.newest(ExchangeType::TRANSACTION) {
        return step(view, transaction, Stage::Xauth, Stage::QuickMode);
    }
    match view.negotiation.mode {
        Mode::Main => main_mode(view),
        Mode::Aggressive => aggressive(view),
        _ if !view.flows.is_empty() => up(view),
        _ => halted(Outcome::Incomplete, Stage::None, Halt::No),
    }
}

fn newest_quick<'a>(view: &View<'a, '_>) -> Option<&'a Exchange> {
    view.negotiation
        .of_type(ExchangeType::QUICK_MODE)
        .rfind(|exchange| exchange.step == 1)
}

fn phase_2<'a>(view: &View<'a, '_>, quick: &'a Exchange) -> Standing<'a> {
    let third = view
        .negotiation
        .of_type(ExchangeType::QUICK_MODE)
        .find(|exchange| exchange.step == 3 && exchange.message_id == quick.message_id);
    let (Some(_), Some(response)) = (&quick.request, &quick.response) else {
        if let Some(informational) = answered_by_informational(view, quick) {
            let _ = informational;
            return halted(
                Outcome::Rejected,
                Stage::QuickMode,
                Halt::QuickRefused(quick),
            );
        }
        return match view.unseen {
            Some(_) => up(view),
            None => step(view, quick, Stage::QuickMode, Stage::QuickMode),
        };
    };
    let Some(third) = third.and_then(|exchange| exchange.request.as_ref()) else {
        return step(view, quick, Stage::QuickMode, Stage::QuickMode);
    };
    if response.repeats() >= 2 && response.last().time > third.first().time {
        return halted(
            Outcome::Stalled,
            Stage::QuickMode,
            Halt::AnswerRepeated(quick),
        );
    }
    up(view)
}

/// An informational from the other end right after a request of this exchange, instead of its answer.
fn answered_by_informational<'a>(view: &View<'a, '_>, exchange: &Exchange) -> Option<&'a Exchange> {
    let request = exchange.request.as_ref()?;
    informational_after(view, request, exchange.from.other())
}

fn informational_after<'a>(
    view: &View<'a, '_>,
    flight: &Flight,
    from: Role,
) -> Option<&'a Exchange> {
    view.negotiation
        .of_type(ExchangeType::INFORMATIONAL_V1)
        .find(|informational| {
            informational.from == from
                && informational.request.as_ref().is_some_and(|answer| {
                    flight.sendings.iter().any(|sending| {
                        (0..AT_ONCE).contains(&answer.first().time.since(sending.time))
                    })
                })
        })
}

/// An error in clear from this end (RFC 2408 §5.4 and following).
fn clear_error<'a>(view: &View<'a, '_>, from: Role) -> Option<&'a Exchange> {
    view.negotiation
        .of_type(ExchangeType::INFORMATIONAL_V1)
        .find(|informational| {
            informational.from == from
                && informational
                    .asked()
                    .is_some_and(|facts| facts.error_notify().is_some())
        })
}

fn main_mode<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let at = |step| {
        view.negotiation
            .of_type(ExchangeType::IDENTITY_PROTECTION)
            .rfind(|exchange| exchange.step == step)
    };
    if let Some(identification) = at(5) {
        return main_mode_id(view, identification);
    }
    let refused = clear_error(view, Role::Responder);
    if let Some(exchange) = at(3) {
        return match refused {
            Some(error) => halted(Outcome::Rejected, Stage::MainModeKe, Halt::Refused(error)),
            None => step(view, exchange, Stage::MainModeKe, Stage::MainModeId),
        };
    }
    match (at(1), refused) {
        (Some(_) | None, Some(error)) => {
            halted(Outcome::Rejected, Stage::MainModeSa, Halt::Refused(error))
        }
        (Some(exchange), None) => step(view, exchange, Stage::MainModeSa, Stage::MainModeKe),
        (None, None) => halted(Outcome::Incomplete, Stage::None, Halt::No),
    }
}

fn main_mode_id<'a>(view: &View<'a, '_>, exchange: &'a Exchange) -> Standing<'a> {
    if exchange.is_answered() {
        return step(view, exchange, Stage::MainModeId, Stage::QuickMode);
    }
    match exchange
        .request
        .as_ref()
        .and_then(|flight| informational_after(view, flight, Role::Responder))
    {
        Some(error) => halted(
            Outcome::Rejected,
            Stage::MainModeId,
            Halt::IdentificationRefused(error),
        ),
        None => step(view, exchange, Stage::MainModeId, Stage::QuickMode),
    }
}

fn aggressive<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let at = |step| {
        view.negotiation
            .of_type(ExchangeType::AGGRESSIVE)
            .rfind(|exchange| exchange.step == step)
    };
    let Some(first) = at(1) else {
        return halted(Outcome::Incomplete, Stage::None, Halt::No);
    };
    if let Some(third) = at(3).and_then(|exchange| exchange.request.as_ref()) {
        if let Some(error) = informational_after(view, third, Role::Responder) {
            return halted(
                Outcome::Rejected,
                Stage::Aggressive,
                Halt::IdentificationRefused(error),
            );
        }
        let deaf = first
            .response
            .as_ref()
            .is_some_and(|response| response.last().time > third.first().time);
        if deaf {
            return halted(
                Outcome::Stalled,
                Stage::Aggressive,
                Halt::AnswerRepeated(first),
            );
        }
        return next_missing(view, first, third, Stage::QuickMode);
    }
    if let Some(error) = clear_error(view, Role::Responder) {
        return halted(Outcome::Rejected, Stage::Aggressive, Halt::Refused(error));
    }
    if let Some(given_up) = first
        .response
        .as_ref()
        .and_then(|response| informational_after(view, response, Role::Initiator))
    {
        return halted(
            Outcome::Rejected,
            Stage::Aggressive,
            Halt::GivenUpByInitiator(given_up),
        );
    }
    step(view, first, Stage::Aggressive, Stage::Aggressive)
}

/// The newest exchange of a mode: open, deaf, or not followed by the next.
fn step<'a>(
    view: &View<'a, '_>,
    exchange: &'a Exchange,
    stage: Stage,
    next: Stage,
) -> Standing<'a> {
    let (Some(request), Some(response)) = (&exchange.request, &exchange.response) else {
        let conclusive = exchange.request.as_ref().is_some_and(|request| {
            view.unseen.is_none() && outlasts(request, view.end, view.next_attempt)
        });
        let outcome = if conclusive {
            Outcome::Stalled
        } else {
            Outcome::Incomplete
        };
        return halted(outcome, stage, Halt::Unanswered(exchange));
    };
    if request.last().time > response.first().time {
        return halted(Outcome::Stalled, stage, Halt::AnswerNotHeard(exchange));
    }
    if response.repeats() > 0 {
        return halted(Outcome::Stalled, stage, Halt::AnswerRepeated(exchange));
    }
    next_missing(view, exchange, response, next)
}

fn next_missing<'a>(
    view: &View<'a, '_>,
    exchange: &'a Exchange,
    last: &Flight,
    next: Stage,
) -> Standing<'a> {
    let conclusive = view.unseen.is_none() && outlasts(last, view.end, view.next_attempt);
    let outcome = if conclusive {
        Outcome::Stalled
    } else {
        Outcome::Incomplete
    };
    halted(outcome, next, Halt::NextMissing(exchange))
}

fn up<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let up_since = newest_quick(view)
        .and_then(|quick| quick.response.as_ref())
        .map(|response| response.first().time);
    let (outcome, stage) = traffic(view);
    Standing {
        outcome,
        stage,
        halt: Halt::No,
        up_since,
        closed_by: None,
    }
}

const fn halted(outcome: Outcome, stage: Stage, halt: Halt<'_>) -> Standing<'_> {
    Standing {
        outcome,
        stage,
        halt,
        up_since: None,
        closed_by: None,
    }
}
