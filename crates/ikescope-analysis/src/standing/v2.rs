//! IKEv2: IKE_SA_INIT, IKE_INTERMEDIATE, IKE_AUTH, then the life of the SAs (RFC 7296 §1).

use ikescope_wire::iana::{ExchangeType, NotifyType, PayloadType};

use super::{Halt, Outcome, SECOND, Stage, Standing, View, outlasts, traffic};
use crate::negotiation::{Exchange, Flight, Negotiation, Role};
use crate::record::Facts;
use crate::suite;

/// An end that does not accept the other's proof says so within this time after IKE_AUTH.
const AT_ONCE: i64 = 2 * SECOND;
/// A Notify that begins SK and leaves no more room than this refuses, in any suite.
const LEAST_ACCEPTANCE: usize = 32;

pub(super) fn stand<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let negotiation = view.negotiation;
    let auth = newest_auth(negotiation);
    let verdict = match auth {
        Some(auth) if !is_up_beyond(view, auth) => after_auth(view, auth),
        Some(_) => up(view),
        None if is_up_without_auth(view) => up(view),
        None => before_auth(view),
    };
    Standing {
        closed_by: closed_by(negotiation),
        ..verdict
    }
}

/// The last round of IKE_AUTH.
fn newest_auth(negotiation: &Negotiation) -> Option<&Exchange> {
    negotiation
        .of_type(ExchangeType::IKE_AUTH)
        .max_by_key(|exchange| (exchange.message_id, exchange.first_time()))
}

/// Whether what came after IKE_AUTH proves that it succeeded, whatever is known of its answer.
fn is_up_beyond(view: &View<'_, '_>, auth: &Exchange) -> bool {
    both_directions(view)
        || view.negotiation.exchanges.iter().any(|exchange| {
            matches!(exchange.exchange_type, ExchangeType::CREATE_CHILD_SA)
                && exchange.is_answered()
                && exchange.first_time() > auth.first_time()
        })
}

fn is_up_without_auth(view: &View<'_, '_>) -> bool {
    !view.flows.is_empty()
        || view.negotiation.exchanges.iter().any(|exchange| {
            matches!(
                exchange.exchange_type,
                ExchangeType::CREATE_CHILD_SA | ExchangeType::INFORMATIONAL
            )
        })
}

fn both_directions(view: &View<'_, '_>) -> bool {
    let from = |role: Role| {
        view.flows
            .iter()
            .any(|flow| view.negotiation.addresses(role).contains(&flow.source.ip()))
    };
    from(Role::Initiator) && from(Role::Responder)
}

fn before_auth<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let negotiation = view.negotiation;
    if let Some(exchange) = negotiation.newest(ExchangeType::IKE_INTERMEDIATE) {
        return open_or_missing(view, exchange, Stage::Intermediate, Stage::Auth);
    }
    let Some(latest) = negotiation
        .of_type(ExchangeType::IKE_SA_INIT)
        .chain(negotiation.of_type(ExchangeType::IKE_SESSION_RESUME))
        .max_by_key(|exchange| exchange.first_time())
    else {
        return halted(Outcome::Incomplete, Stage::None, Halt::No);
    };
    let answered = negotiation
        .of_type(ExchangeType::IKE_SA_INIT)
        .find(|exchange| {
            exchange
                .answered()
                .is_some_and(|facts| facts.has(PayloadType::SA.0))
        });
    if let Some(exchange) = answered {
        return open_or_missing(view, exchange, Stage::SaInit, Stage::Auth);
    }
    if group_requests(negotiation) >= 2 || asks_for_group_not_offered(latest) {
        return halted(Outcome::Rejected, Stage::SaInit, Halt::GroupLoop(latest));
    }
    match latest.answered() {
        Some(facts)
            if facts
                .error_notify()
                .is_some_and(|notify| notify.notify_type != NotifyType::INVALID_KE_PAYLOAD.0) =>
        {
            halted(Outcome::Rejected, Stage::SaInit, Halt::Refused(latest))
        }
        Some(_) => next_missing(view, latest, Stage::SaInit),
        None => unanswered(view, latest, Stage::SaInit),
    }
}

/// How often the responder asked for another group.
fn group_requests(negotiation: &Negotiation) -> u32 {
    negotiation
        .of_type(ExchangeType::IKE_SA_INIT)
        .filter(|exchange| wanted_group(exchange).is_some())
        .filter_map(|exchange| exchange.response.as_ref())
        .map(|flight| flight.sent)
        .sum()
}

fn wanted_group(exchange: &Exchange) -> Option<u16> {
    exchange
        .answered()?
        .notify(NotifyType::INVALID_KE_PAYLOAD)?
        .wanted_group()
}

fn asks_for_group_not_offered(exchange: &Exchange) -> bool {
    let (Some(wanted), Some(asked)) = (wanted_group(exchange), exchange.asked()) else {
        return false;
    };
    !asked.transforms.is_empty()
        && !asked.transforms.iter().any(|transform| {
            transform.kind == crate::proposal::Kind::V2(ikescope_wire::iana::TransformType::KE)
                && transform.id == wanted
        })
}

/// An exchange that was answered well: asked again all the same, or never followed by the next.
fn open_or_missing<'a>(
    view: &View<'a, '_>,
    exchange: &'a Exchange,
    stage: Stage,
    next: Stage,
) -> Standing<'a> {
    match (&exchange.request, &exchange.response) {
        (_, None) => unanswered(view, exchange, stage),
        (Some(request), Some(response)) if asked_again(request, response) => {
            halted(Outcome::Stalled, stage, Halt::AnswerNotHeard(exchange))
        }
        _ => next_missing(view, exchange, next),
    }
}

/// The request went out again after the answer had been seen.
fn asked_again(request: &Flight, response: &Flight) -> bool {
    request.last().time > response.first().time
}

fn next_missing<'a>(view: &View<'a, '_>, exchange: &'a Exchange, stage: Stage) -> Standing<'a> {
    let outcome = match &exchange.response {
        Some(response)
            if outlasts(response, view.end, view.next_attempt) && view.unseen.is_none() =>
        {
            Outcome::Stalled
        }
        _ => Outcome::Incomplete,
    };
    halted(outcome, stage, Halt::NextMissing(exchange))
}

fn unanswered<'a>(view: &View<'a, '_>, exchange: &'a Exchange, stage: Stage) -> Standing<'a> {
    let outcome = match &exchange.request {
        Some(request)
            if view.unseen.is_none() && outlasts(request, view.end, view.next_attempt) =>
        {
            Outcome::Stalled
        }
        _ => Outcome::Incomplete,
    };
    halted(outcome, stage, Halt::Unanswered(exchange))
}

fn after_auth<'a>(view: &View<'a, '_>, auth: &'a Exchange) -> Standing<'a> {
    let (Some(response), Some(answer)) = (&auth.response, auth.answered()) else {
        return match view.unseen {
            Some(_) => up(view),
            None => unanswered(view, auth, Stage::Auth),
        };
    };
    if let Some(request) = auth
        .request
        .as_ref()
        .filter(|request| asked_again(request, response))
    {
        let healed = followed(view, auth);
        if !healed && request.repeats() > 0 {
            return halted(Outcome::Stalled, Stage::Auth, Halt::AnswerNotHeard(auth));
        }
    }
    if answer.error_notify().is_some() {
        return halted(Outcome::Rejected, Stage::Auth, Halt::Refused(auth));
    }
    let room = room(view, answer);
    match answer.first_inner() {
        Some(PayloadType::NOTIFY) if room.is_some_and(|room| room < least_acceptance(view)) => {
            halted(Outcome::Rejected, Stage::Auth, Halt::RefusedInside(auth))
        }
        Some(PayloadType::EAP) => eap(view, auth),
        Some(PayloadType::IDR) if eap_round_pending(view, auth) => eap(view, auth),
        Some(_) if given_up_at_once(view, auth).is_some() => {
            let exchange = given_up_at_once(view, auth).unwrap_or(auth);
            halted(
                Outcome::Rejected,
                Stage::Auth,
                Halt::GivenUpByInitiator(exchange),
            )
        }
        Some(PayloadType::IDR | PayloadType::AUTH) if child_does_not_fit(view, answer) => halted(
            Outcome::Rejected,
            Stage::ChildSa,
            Halt::ChildRefusedInside(auth),
        ),
        _ => up(view),
    }
}

/// Whether anything protected followed this exchange.
fn followed(view: &View<'_, '_>, auth: &Exchange) -> bool {
    !view.flows.is_empty()
        || view.negotiation.exchanges.iter().any(|exchange| {
            exchange.message_id > auth.message_id && exchange.first_time() > auth.first_time()
        })
}

fn room(view: &View<'_, '_>, facts: &Facts) -> Option<usize> {
    let encrypted = facts.encrypted?;
    match view.suite {
        Some(suite) => suite.room(&encrypted),
        None => Some(suite::room_at_most(&encrypted)),
    }
}

fn least_acceptance(view: &View<'_, '_>) -> usize {
    view.suite
        .map_or(LEAST_ACCEPTANCE, |suite| suite.least_acceptance())
}

fn child_does_not_fit(view: &View<'_, '_>, facts: &Facts) -> bool {
    let (Some(suite), Some(encrypted)) = (view.suite, facts.encrypted) else {
        return false;
    };
    // With EAP the last answer holds AUTH, SA, TSi, TSr and no IDr.
    let least = if facts.first_inner() == Some(PayloadType::AUTH) {
        suite.least_success() - 9
    } else {
        suite.least_success()
    };
    encrypted.fragment.is_none()
        && view.flows.is_empty()
        && suite.room(&encrypted).is_some_and(|room| room < least)
}

/// The first answer of an EAP exchange begins with IDr like an acceptance; the next request, which
/// begins with EAP, tells.
fn eap_round_pending(view: &View<'_, '_>, auth: &Exchange) -> bool {
    view.negotiation
        .of_type(ExchangeType::IKE_AUTH)
        .any(|exchange| exchange.message_id > auth.message_id)
}

fn eap<'a>(view: &View<'a, '_>, auth: &'a Exchange) -> Standing<'a> {
    if let Some(exchange) = given_up_at_once(view, auth) {
        return halted(Outcome::Rejected, Stage::Auth, Halt::UserRefused(exchange));
    }
    let conclusive = auth
        .response
        .as_ref()
        .is_some_and(|response| outlasts(response, view.end, view.next_attempt));
    // EAP Success and EAP Failure are both bare; after Success the initiator sends AUTH at once.
    let bare = auth
        .answered()
        .and_then(|facts| room(view, facts))
        .is_some_and(|room| room < LEAST_ACCEPTANCE);
    match (conclusive, bare) {
        (true, true) => halted(Outcome::Rejected, Stage::Auth, Halt::UserRefused(auth)),
        (true, false) => halted(Outcome::Stalled, Stage::Auth, Halt::UserRefused(auth)),
        (false, _) => halted(Outcome::Incomplete, Stage::Auth, Halt::NextMissing(auth)),
    }
}

/// The initiator's own INFORMATIONAL right after the answer, with an error or a Delete, and no
/// traffic: it does not accept what the responder sent.
fn given_up_at_once<'a>(view: &View<'a, '_>, auth: &Exchange) -> Option<&'a Exchange> {
    let answered = auth.response.as_ref()?.last().time;
    if !view.flows.is_empty() {
        return None;
    }
    view.negotiation
        .of_type(ExchangeType::INFORMATIONAL)
        .find(|exchange| {
            exchange.from == Role::Initiator
                && exchange.first_time().since(answered) < AT_ONCE
                && exchange
                    .asked()
                    .and_then(Facts::first_inner)
                    .is_some_and(|first| matches!(first, PayloadType::NOTIFY | PayloadType::DELETE))
                && exchange.asked().is_some_and(|facts| {
                    room(view, facts).is_some_and(|room| room < LEAST_ACCEPTANCE)
                })
        })
}

fn up<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let up_since = newest_auth(view.negotiation)
        .and_then(|auth| auth.response.as_ref())
        .map(|response| response.first().time);
    if let Some(exchange) = abandoned(view) {
        let stage = match exchange.exchange_type {
            ExchangeType::CREATE_CHILD_SA => Stage::Rekey,
            _ => Stage::Informational,
        };
        let lost = halted(Outcome::Lost, stage, Halt::Unanswered(exchange));
        return Standing { up_since, ..lost };
    }
    let (outcome, stage) = traffic(view);
    Standing {
        outcome,
        stage,
        halt: Halt::No,
        up_since,
        closed_by: None,
    }
}

/// A protected request repeated without an answer to the end, while nothing comes from the peer.
fn abandoned<'a>(view: &View<'a, '_>) -> Option<&'a Exchange> {
    let exchange = view.negotiation.exchanges.iter().rev().find(|exchange| {
        matches!(
            exchange.exchange_type,
            ExchangeType::INFORMATIONAL | ExchangeType::CREATE_CHILD_SA
        ) && !exchange.is_answered()
    })?;
    let request = exchange.request.as_ref()?;
    let peer = exchange.from.other();
    let heard_later = view
        .negotiation
        .flights_of(peer)
        .any(|flight| flight.last().time > request.first().time)
        || view.flows.iter().any(|flow| {
            view.negotiation.addresses(peer).contains(&flow.source.ip())
                && flow.last_time > request.last().time
        });
    let conclusive = request.repeats() >= 2 && outlasts(request, view.end, view.next_attempt);
    (conclusive && !heard_later && view.unseen.is_none()).then_some(exchange)
}

/// Who deleted the IKE SA: a Delete is the last request seen, and it was not a rekey's.
fn closed_by(negotiation: &Negotiation) -> Option<Role> {
    let last = negotiation
        .exchanges
        .iter()
        .max_by_key(|exchange| exchange.first_time())?;
    (last.exchange_type == ExchangeType::INFORMATIONAL
        && last.asked().and_then(Facts::first_inner) == Some(PayloadType::DELETE)
        && last
            .answered()
            .is_none_or(|facts| facts.first_inner() != Some(PayloadType::DELETE)))
    .then_some(last.from)
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
