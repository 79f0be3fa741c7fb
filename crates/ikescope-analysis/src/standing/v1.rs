//! IKEv1: phase 1 in main or aggressive mode, XAUTH and mode config, then quick mode (RFC 2409 §5).

use ikescope_wire::iana::ExchangeType;

use super::{Halt, Outcome, SECOND, Stage, Standing, View, traffic};
use crate::negotiation::{Exchange, Flight, Mode, Role};
use crate::record::Facts;

/// An informational that answers a message comes within this time.
const AT_ONCE: i64 = 2 * SECOND;
/// XAUTH asks for the user, and then says what it thinks of the answer.
const XAUTH_ROUNDS: usize = 2;
/// R-U-THERE goes out at intervals, a Delete does not.
const DPD_INTERVAL: i64 = SECOND;
/// So many of them without an answer are a loss ...
const DPD_UNANSWERED: usize = 3;
/// ... if the first of them had this long to be answered.
const DPD_PATIENCE: i64 = 3 * SECOND;

pub(super) fn stand<'a>(view: &View<'a, '_>) -> Standing<'a> {
    if view.both_directions() {
        return up(view);
    }
    if let Some(quick) = telling_quick(view) {
        return phase_2(view, quick);
    }
    if let Some(transaction) = view.negotiation.newest(ExchangeType::TRANSACTION) {
        return after_phase_1(view, transaction);
    }
    match view.negotiation.mode {
        Mode::Main => main_mode(view),
        Mode::Aggressive => aggressive(view),
        _ if !view.flows.is_empty() => up(view),
        _ => match unanswered_dpd(view) {
            Some(_) => up(view),
            None => Standing::halted(Outcome::Incomplete, Stage::None, Halt::No),
        },
    }
}

/// The quick mode that made the IPsec SA; before there is one, the newest.
fn telling_quick<'a>(view: &View<'a, '_>) -> Option<&'a Exchange> {
    let first_messages = || {
        view.negotiation
            .of_type(ExchangeType::QUICK_MODE)
            .filter(|exchange| exchange.step == 1)
    };
    first_messages()
        .rfind(|exchange| third(view, exchange).is_some())
        .or_else(|| first_messages().next_back())
}

/// Message 3 of this quick mode.
fn third<'a>(view: &View<'a, '_>, quick: &Exchange) -> Option<&'a Flight> {
    view.negotiation
        .of_type(ExchangeType::QUICK_MODE)
        .find(|exchange| exchange.step == 3 && exchange.message_id == quick.message_id)?
        .request
        .as_deref()
}

fn phase_2<'a>(view: &View<'a, '_>, quick: &'a Exchange) -> Standing<'a> {
    let halted = |outcome, halt| Standing::halted(outcome, Stage::QuickMode, halt);
    let Some(response) = &quick.response else {
        if answered_by_informational(view, quick) {
            return halted(Outcome::Rejected, Halt::QuickRefused(quick));
        }
        return match view.unseen {
            Some(_) => up(view),
            None => view.unanswered(quick, Stage::QuickMode),
        };
    };
    let sends_esp = view.flows_from(quick.from).next().is_some();
    let again = |after: &Flight| {
        let later = |sending: &&crate::negotiation::Sending| sending.time > after.first().time;
        response.sendings.iter().filter(later).count()
    };
    match third(view, quick) {
        Some(third) if again(third) >= 2 || (again(third) == 1 && sends_esp) => {
            halted(Outcome::Stalled, Halt::AnswerRepeated(quick))
        }
        Some(_) => up(view),
        None if quick.request.is_none() || view.unseen.is_some() => up(view),
        None if view.is_deaf(quick) => halted(Outcome::Stalled, Halt::AnswerNotHeard(quick)),
        None if response.repeats() > 0 || (sends_esp && view.outlasts(response)) => {
            halted(Outcome::Stalled, Halt::AnswerRepeated(quick))
        }
        None => view.next_missing(quick, response, Stage::QuickMode),
    }
}

/// An informational from the other end right after the first request of this exchange, instead of
/// its answer. Behind a repeat alone it may as well be a liveness check.
fn answered_by_informational(view: &View<'_, '_>, exchange: &Exchange) -> bool {
    let Some(request) = &exchange.request else {
        return false;
    };
    informationals(view, exchange.from.other()).any(|informational| {
        let after = informational.first_time().since(request.first().time);
        (0..AT_ONCE).contains(&after)
    })
}

fn informational_after<'a>(
    view: &View<'a, '_>,
    flight: &Flight,
    from: Role,
) -> Option<&'a Exchange> {
    informationals(view, from).find(|informational| {
        let time = informational.first_time();
        flight
            .sendings
            .iter()
            .any(|sending| (0..AT_ONCE).contains(&time.since(sending.time)))
    })
}

fn informationals<'a>(
    view: &View<'a, '_>,
    from: Role,
) -> impl DoubleEndedIterator<Item = &'a Exchange> {
    view.negotiation
        .of_type(ExchangeType::INFORMATIONAL_V1)
        .filter(move |informational| informational.from == from)
        .filter(|informational| informational.asked().is_none_or(Facts::may_refuse))
}

/// An error in clear from this end (RFC 2408 §5.4 and following).
fn clear_error<'a>(view: &View<'a, '_>, from: Role) -> Option<&'a Exchange> {
    informationals(view, from).find(|informational| {
        informational
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
    let refused = |stage| {
        let error = clear_error(view, Role::Responder)?;
        Some(Standing::halted(
            Outcome::Rejected,
            stage,
            Halt::Refused(error),
        ))
    };
    if let Some(identification) = at(5) {
        return main_mode_id(view, identification);
    }
    if let Some(exchange) = at(3) {
        return refused(Stage::MainModeKe)
            .unwrap_or_else(|| step(view, exchange, Stage::MainModeKe, Stage::MainModeId));
    }
    let opening = at(1);
    refused(Stage::MainModeSa)
        .or_else(|| Some(step(view, opening?, Stage::MainModeSa, Stage::MainModeKe)))
        .unwrap_or(Standing::halted(Outcome::Incomplete, Stage::None, Halt::No))
}

fn main_mode_id<'a>(view: &View<'a, '_>, exchange: &'a Exchange) -> Standing<'a> {
    if exchange.is_answered() {
        return after_phase_1(view, exchange);
    }
    let error = exchange
        .request
        .as_deref()
        .and_then(|request| informational_after(view, request, Role::Responder));
    match error {
        Some(error) => Standing::halted(
            Outcome::Rejected,
            Stage::MainModeId,
            Halt::IdentificationRefused(error),
        ),
        None => view.unanswered(exchange, Stage::MainModeId),
    }
}

/// Phase 1 is complete, XAUTH or mode config may be under way, and there is no quick mode.
fn after_phase_1<'a>(view: &View<'a, '_>, last: &'a Exchange) -> Standing<'a> {
    let is_transaction = last.exchange_type == ExchangeType::TRANSACTION;
    // The edge device asks for the user (XAUTH); the client asks for its address (mode config).
    let (stage, next) = match (is_transaction, last.from) {
        (true, Role::Responder) => (Stage::Xauth, Stage::Xauth),
        (true, Role::Initiator) => (Stage::ModeConfig, Stage::QuickMode),
        (false, _) => (Stage::MainModeId, Stage::QuickMode),
    };
    if stage == Stage::Xauth && user_accepted(last) == Some(false) {
        return Standing::halted(Outcome::Rejected, stage, Halt::UserRefused(last));
    }
    let Some(response) = &last.response else {
        return view.unanswered(last, stage);
    };
    if view.is_deaf(last) {
        return Standing::halted(Outcome::Stalled, stage, Halt::AnswerNotHeard(last));
    }
    if stage == Stage::Xauth && user_accepted(last) == Some(true) {
        return view.next_missing(last, response, Stage::QuickMode);
    }
    if stage == Stage::Xauth {
        return after_xauth(view, last, response);
    }
    // A peer that has IPsec SAs from before makes a new phase 1 for the next quick mode to come.
    if view.had_child {
        return Standing::halted(Outcome::Incomplete, Stage::None, Halt::No);
    }
    if let Some(error) =
        informational_after(view, response, Role::Initiator).filter(|_| !is_transaction)
    {
        return Standing::halted(Outcome::Rejected, stage, Halt::GivenUpByInitiator(error));
    }
    view.next_missing(last, response, next)
}

/// What the edge device says of the user, where that can be read.
pub(crate) fn user_accepted(exchange: &Exchange) -> Option<bool> {
    let inner = exchange.asked()?.inner()?;
    inner.configuration.as_ref()?.user_accepted
}

/// The last word of XAUTH is the edge device's; a Delete after it, or nothing, means refusal. An
/// accepted client goes on in the breath in which it acknowledges that word.
fn after_xauth<'a>(view: &View<'a, '_>, last: &'a Exchange, answer: &Flight) -> Standing<'a> {
    let deleted = informationals(view, Role::Responder)
        .any(|informational| informational.first_time() > last.first_time());
    let rounds = view
        .negotiation
        .of_type(ExchangeType::TRANSACTION)
        .filter(|exchange| exchange.from == Role::Responder && exchange.is_answered())
        .count();
    let outcome = match view.unseen {
        None if deleted => Outcome::Rejected,
        None if rounds >= XAUTH_ROUNDS => Outcome::Stalled,
        _ => view.stalled_behind(Some(answer)),
    };
    Standing::halted(outcome, Stage::Xauth, Halt::UserRefused(last))
}

fn aggressive<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let at = |step| {
        view.negotiation
            .of_type(ExchangeType::AGGRESSIVE)
            .rfind(|exchange| exchange.step == step)
    };
    let halted = |outcome, halt| Standing::halted(outcome, Stage::Aggressive, halt);
    let Some(first) = at(1) else {
        return Standing::halted(Outcome::Incomplete, Stage::None, Halt::No);
    };
    if let Some(third) = at(3).and_then(|exchange| exchange.request.as_deref()) {
        return aggressive_complete(view, first, third);
    }
    if let Some(error) = clear_error(view, Role::Responder) {
        return halted(Outcome::Rejected, Halt::Refused(error));
    }
    let given_up = first
        .response
        .as_deref()
        .and_then(|response| informational_after(view, response, Role::Initiator));
    match given_up {
        Some(error) => halted(Outcome::Rejected, Halt::GivenUpByInitiator(error)),
        None => step(view, first, Stage::Aggressive, Stage::Aggressive),
    }
}

fn aggressive_complete<'a>(
    view: &View<'a, '_>,
    first: &'a Exchange,
    third: &'a Flight,
) -> Standing<'a> {
    let halted = |outcome, halt| Standing::halted(outcome, Stage::Aggressive, halt);
    let answers_third = |response: &Flight| {
        let later = |sending: &&crate::negotiation::Sending| sending.time > third.first().time;
        response.sendings.iter().filter(later).count()
    };
    if first
        .response
        .as_deref()
        .is_some_and(|response| answers_third(response) >= 2)
    {
        return halted(Outcome::Stalled, Halt::AnswerRepeated(first));
    }
    if view.had_child {
        return Standing::halted(Outcome::Incomplete, Stage::None, Halt::No);
    }
    match informational_after(view, third, Role::Responder) {
        Some(error) => halted(Outcome::Rejected, Halt::IdentificationRefused(error)),
        None => view.next_missing(first, third, Stage::QuickMode),
    }
}

/// An exchange of phase 1: open, deaf, or not followed by the next. Either end may repeat its
/// message of its own accord (RFC 2408 §5.1).
fn step<'a>(
    view: &View<'a, '_>,
    exchange: &'a Exchange,
    stage: Stage,
    next: Stage,
) -> Standing<'a> {
    let Some(response) = &exchange.response else {
        return view.unanswered(exchange, stage);
    };
    if view.is_deaf(exchange) {
        return Standing::halted(Outcome::Stalled, stage, Halt::AnswerNotHeard(exchange));
    }
    if response.repeats() > 0 && view.stalled_behind(Some(response)) == Outcome::Stalled {
        return Standing::halted(Outcome::Stalled, stage, Halt::AnswerRepeated(exchange));
    }
    view.next_missing(exchange, response, next)
}

fn up<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let quick = telling_quick(view);
    let up_since = quick
        .and_then(|quick| quick.response.as_deref())
        .map(|response| response.first().time);
    let newest = view
        .negotiation
        .of_type(ExchangeType::QUICK_MODE)
        .rfind(|exchange| exchange.step == 1);
    let (outcome, stage, halt) = if let Some(error) = state_lost(view) {
        (Outcome::Lost, Stage::Informational, Halt::StateLost(error))
    } else if let Some(dpd) = unanswered_dpd(view) {
        (Outcome::Lost, Stage::Informational, Halt::Unanswered(dpd))
    } else {
        let (outcome, stage) = traffic(view);
        let halt = match newest {
            Some(newest) if is_later(quick, newest) => failed_rekey(view, newest),
            _ => Halt::No,
        };
        match halt {
            Halt::Unanswered(_) => (Outcome::Lost, Stage::Rekey, halt),
            _ => (outcome, stage, halt),
        }
    };
    Standing {
        up_since,
        ..Standing::halted(outcome, stage, halt)
    }
}

fn is_later(quick: Option<&Exchange>, newest: &Exchange) -> bool {
    quick.is_some_and(|quick| newest.first_time() > quick.first_time())
}

/// A further quick mode that did not come to its second message.
fn failed_rekey<'a>(view: &View<'a, '_>, newest: &'a Exchange) -> Halt<'a> {
    let is_over = newest
        .request
        .as_deref()
        .is_some_and(|request| request.repeats() >= 2 && view.outlasts(request));
    if newest.is_answered() || view.unseen.is_some() {
        Halt::No
    } else if answered_by_informational(view, newest) {
        Halt::RekeyRefused(newest)
    } else if is_over {
        Halt::Unanswered(newest)
    } else {
        Halt::No
    }
}

/// INVALID-COOKIE or INVALID-SPI in clear, and nothing encrypted from that end later (RFC 2408
/// §3.14.1).
fn state_lost<'a>(view: &View<'a, '_>) -> Option<&'a Exchange> {
    use ikescope_wire::iana::ikev1::NotifyType;
    let says_so = |exchange: &&Exchange| {
        exchange.asked().is_some_and(|facts| {
            facts.notifies.iter().any(|notify| {
                [NotifyType::INVALID_COOKIE, NotifyType::INVALID_SPI]
                    .contains(&NotifyType(notify.notify_type))
            })
        })
    };
    view.negotiation
        .of_type(ExchangeType::INFORMATIONAL_V1)
        .rfind(says_so)
        .filter(|error| {
            view.negotiation.flights_of(error.from).all(|flight| {
                flight.last().time <= error.first_time() || !flight.facts.notifies.is_empty()
            })
        })
}

/// R-U-THERE again and again at intervals, after the last sign of the other end (RFC 3706 §5).
/// They are encrypted; what tells them is that they are alike and come one by one.
fn unanswered_dpd<'a>(view: &View<'a, '_>) -> Option<&'a Exchange> {
    [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|asker| {
            let peer = asker.other();
            let heard = view
                .negotiation
                .flights_of(peer)
                .map(|flight| flight.last().time)
                .max()?;
            let mut alike: Vec<&Exchange> = view
                .negotiation
                .of_type(ExchangeType::INFORMATIONAL_V1)
                .filter(|exchange| exchange.from == asker && exchange.first_time() > heard)
                .collect();
            // Whoever gives up sends a Delete behind them, which is of another length.
            let length = |exchange: &Exchange| exchange.asked().map(|facts| facts.length);
            let first = length(alike.first()?);
            alike.retain(|exchange| length(exchange) == first);
            let spaced = alike
                .windows(2)
                .all(|pair| pair[1].first_time().since(pair[0].first_time()) >= DPD_INTERVAL);
            let request = alike.last()?.request.as_deref()?;
            let esp_stopped = view
                .flows_from(peer)
                .all(|flow| flow.last_time < request.first().time);
            (alike.len() >= DPD_UNANSWERED
                && spaced
                && esp_stopped
                && view.unseen.is_none()
                && view.end.since(alike[0].first_time()) >= DPD_PATIENCE)
                .then_some(alike[0])
        })
}
