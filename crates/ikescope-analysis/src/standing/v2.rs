//! IKEv2: IKE_SA_INIT, IKE_INTERMEDIATE, IKE_AUTH, then the life of the SAs (RFC 7296 §1).

use ikescope_wire::iana::{ExchangeType, NotifyType, PayloadType, ProtocolId, TransformType};

use ikescope_wire::observed::Timestamp;

use super::{Halt, Outcome, SECOND, Stage, Standing, View, read, traffic};
use crate::inner::Inner;
use crate::negotiation::{Exchange, Negotiation, Role};
use crate::proposal::Kind;
use crate::record::Facts;
use crate::suite;
use crate::vantage::Vantage;

/// An end that does not accept the other's proof reports an error within this time, certificate
/// checks included ...
const ERROR_AT_ONCE: i64 = 5 * SECOND;
/// ... or deletes the SA within this time; later a Delete is an orderly end.
const DELETE_AT_ONCE: i64 = SECOND / 2;
/// An initiator that was given all it asked for has no reason to begin anew within this time ...
const ANEW_WITHIN: i64 = 60 * SECOND;
/// ... nor to do so again and again.
const ANEW_ATTEMPTS: usize = 3;
/// A Notify that begins SK and leaves no more room than this refuses, in any suite.
const LEAST_ACCEPTANCE: usize = 32;

pub(super) fn stand<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let negotiation = view.negotiation;
    let verdict = match newest_auth(negotiation) {
        Some(auth) if is_up_beyond(view, auth) => up(view),
        Some(auth) => after_auth(view, auth),
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
    view.both_directions()
        || view
            .negotiation
            .of_type(ExchangeType::CREATE_CHILD_SA)
            .any(|exchange| {
                exchange.first_time() > auth.first_time()
                    && exchange
                        .answered()
                        .is_some_and(|facts| !is_refusal(view, facts))
            })
}

fn is_up_without_auth(view: &View<'_, '_>) -> bool {
    !view.flows.is_empty()
        || view.negotiation.exchanges.iter().any(|exchange| {
            matches!(
                exchange.exchange_type,
                ExchangeType::CREATE_CHILD_SA | ExchangeType::INFORMATIONAL
            ) && is_protected(exchange)
        })
}

/// Whether either message of it is encrypted; errors about unknown SPIs are not.
fn is_protected(exchange: &Exchange) -> bool {
    [exchange.asked(), exchange.answered()]
        .into_iter()
        .flatten()
        .any(|facts| facts.encrypted.is_some())
}

fn before_auth<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let negotiation = view.negotiation;
    if let Some(exchange) = negotiation.newest(ExchangeType::IKE_INTERMEDIATE) {
        return answered_or_not(view, exchange, Stage::Intermediate);
    }
    let opening = || {
        negotiation
            .of_type(ExchangeType::IKE_SA_INIT)
            .chain(negotiation.of_type(ExchangeType::IKE_SESSION_RESUME))
    };
    let accepted = |exchange: &&Exchange| {
        exchange.answered().is_some_and(|facts| {
            facts.has(PayloadType::SA.0)
                || exchange.exchange_type == ExchangeType::IKE_SESSION_RESUME
        })
    };
    match (
        opening().find(accepted),
        opening().max_by_key(|exchange| exchange.first_time()),
    ) {
        (Some(exchange), _) => answered_or_not(view, exchange, Stage::SaInit),
        (None, Some(latest)) => not_accepted(view, latest),
        (None, None) => Standing::halted(Outcome::Incomplete, Stage::None, Halt::No),
    }
}

/// IKE_SA_INIT without an answer that chooses a suite.
fn not_accepted<'a>(view: &View<'a, '_>, latest: &'a Exchange) -> Standing<'a> {
    let refused = |halt| Standing::halted(Outcome::Rejected, Stage::SaInit, halt);
    if is_group_loop(view, latest) {
        return refused(Halt::GroupLoop(latest));
    }
    let (Some(answer), Some(response)) = (latest.answered(), &latest.response) else {
        // A request with a responder's SPI is no first message, whatever it is.
        return if view.negotiation.seen_from_start {
            view.unanswered(latest, Stage::SaInit)
        } else {
            Standing::halted(Outcome::Incomplete, Stage::SaInit, Halt::No)
        };
    };
    if answer.notify(NotifyType::REDIRECT).is_some() {
        return refused(Halt::Redirected(latest));
    }
    let is_error = |facts: &Facts| {
        facts
            .error_notify()
            .is_some_and(|notify| notify.notify_type != NotifyType::INVALID_KE_PAYLOAD.0)
    };
    if is_error(answer) {
        return refused(Halt::Refused(latest));
    }
    if view.is_deaf(latest) {
        return Standing::halted(
            Outcome::Stalled,
            Stage::SaInit,
            Halt::AnswerNotHeard(latest),
        );
    }
    view.next_missing(latest, response, Stage::SaInit)
}

/// The responder asks for a group that was not offered, or asks again after the initiator obliged,
/// or the initiator goes on with the old one although the request reaches it.
fn is_group_loop(view: &View<'_, '_>, latest: &Exchange) -> bool {
    let asked = view
        .negotiation
        .of_type(ExchangeType::IKE_SA_INIT)
        .filter(|exchange| wanted_group(exchange).is_some());
    let ignores = || {
        wanted_group(latest).is_some()
            && view.is_deaf(latest)
            && view.vantage == Vantage::Beside(Role::Initiator)
    };
    asked.count() >= 2 || asks_for_group_not_offered(latest) || ignores()
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
    let mut groups = asked
        .transforms
        .iter()
        .filter(|transform| transform.kind == Kind::V2(TransformType::KE))
        .peekable();
    groups.peek().is_some() && !groups.any(|transform| transform.id == wanted)
}

/// An exchange before IKE_AUTH: open, asked again all the same, or never followed by the next.
fn answered_or_not<'a>(view: &View<'a, '_>, exchange: &'a Exchange, stage: Stage) -> Standing<'a> {
    let Some(response) = &exchange.response else {
        return view.unanswered(exchange, stage);
    };
    let refused = |halt| Standing::halted(Outcome::Rejected, stage, halt);
    match exchange.answered() {
        Some(facts) if facts.error_notify().is_some() => return refused(Halt::Refused(exchange)),
        Some(facts) if is_refusal(view, facts) => return refused(Halt::RefusedInside(exchange)),
        _ => {}
    }
    if view.is_deaf(exchange) {
        return Standing::halted(Outcome::Stalled, stage, Halt::AnswerNotHeard(exchange));
    }
    view.next_missing(exchange, response, Stage::Auth)
}

fn after_auth<'a>(view: &View<'a, '_>, auth: &'a Exchange) -> Standing<'a> {
    let Some(answer) = auth.answered() else {
        return match view.unseen {
            Some(_) => up(view),
            None => view.unanswered(auth, Stage::Auth),
        };
    };
    let rejected = |stage, halt| Standing::halted(Outcome::Rejected, stage, halt);
    if answer.encrypted.is_none() && answer.error_notify().is_some() {
        return rejected(Stage::Auth, Halt::Refused(auth));
    }
    if view.is_deaf(auth) && !is_followed(view, auth) {
        return Standing::halted(Outcome::Stalled, Stage::Auth, Halt::AnswerNotHeard(auth));
    }
    if let Some(inner) = answer.inner() {
        return read::after_auth(view, auth, inner).unwrap_or_else(|| up(view));
    }
    match answer.first_inner() {
        Some(PayloadType::NOTIFY) if is_refusal(view, answer) => {
            rejected(Stage::Auth, Halt::RefusedInside(auth))
        }
        Some(PayloadType::EAP) => eap(view, auth),
        Some(PayloadType::IDR | PayloadType::AUTH) if lacks_child(view, auth) => {
            without_child(view, auth)
        }
        _ => match given_up_at_once(view, auth) {
            Some(exchange) => rejected(Stage::Auth, Halt::GivenUpByInitiator(exchange)),
            None if begins_anew(view, auth) => {
                Standing::halted(Outcome::Stalled, Stage::Auth, Halt::StartedAnew(auth))
            }
            None => up(view),
        },
    }
}

/// Whether the initiator went on after this exchange: a further message, or ESP.
fn is_followed(view: &View<'_, '_>, auth: &Exchange) -> bool {
    view.flows_from(Role::Initiator).next().is_some()
        || view.negotiation.exchanges.iter().any(|exchange| {
            exchange.from == Role::Initiator
                && exchange.message_id > auth.message_id
                && exchange.request.is_some()
        })
}

/// Room for payloads; none for a fragment, which tells nothing of the whole.
fn room(view: &View<'_, '_>, facts: &Facts) -> Option<usize> {
    let encrypted = facts.encrypted.filter(|sk| sk.fragment.is_none())?;
    suite::room(view.suite, &encrypted)
}

/// An encrypted answer that begins with a Notify and has no room for an acceptance, or says so where
/// it can be read.
fn is_refusal(view: &View<'_, '_>, facts: &Facts) -> bool {
    if let Some(inner) = facts.inner() {
        return read::is_refusal(inner);
    }
    let least = view
        .suite
        .map_or(LEAST_ACCEPTANCE, |suite| suite.least_acceptance());
    match facts.encrypted {
        Some(_) => {
            facts.first_inner() == Some(PayloadType::NOTIFY)
                && room(view, facts).is_some_and(|room| room < least)
        }
        None => facts.error_notify().is_some(),
    }
}

/// An answer without room for a Child SA refuses one; without room for AUTH, it begins EAP instead
/// (RFC 5998).
fn without_child<'a>(view: &View<'a, '_>, auth: &'a Exchange) -> Standing<'a> {
    let proves_itself = |answer: &Facts| {
        answer.first_inner() == Some(PayloadType::AUTH)
            || view
                .suite
                .zip(room(view, answer))
                .is_some_and(|(suite, room)| room >= suite.least_acceptance())
    };
    match &auth.response {
        Some(response) if !proves_itself(&response.facts) => {
            view.next_missing(auth, response, Stage::Auth)
        }
        _ => Standing::halted(
            Outcome::Rejected,
            Stage::ChildSa,
            Halt::ChildRefusedInside(auth),
        ),
    }
}

/// The request asked for a Child SA, and the answer has no room for one. A request without room
/// for one either is childless on purpose (RFC 6023).
fn lacks_child(view: &View<'_, '_>, auth: &Exchange) -> bool {
    let (Some(suite), Some(answer)) = (view.suite, auth.answered()) else {
        return false;
    };
    // With EAP the last answer holds AUTH, SA, TSi, TSr and no IDr.
    let least = if answer.first_inner() == Some(PayloadType::AUTH) {
        suite.least_success() - suite::LEAST_IDENTIFICATION
    } else {
        suite.least_success()
    };
    let has_room = |facts: &Facts| room(view, facts).is_none_or(|room| room >= least);
    let asks = || {
        view.negotiation
            .of_type(ExchangeType::IKE_AUTH)
            .filter_map(Exchange::asked)
            .any(has_room)
            || auth.request.is_none()
    };
    view.flows.is_empty() && !has_room(answer) && asks()
}

fn eap<'a>(view: &View<'a, '_>, auth: &'a Exchange) -> Standing<'a> {
    let ended =
        |outcome, exchange| Standing::halted(outcome, Stage::Auth, Halt::UserRefused(exchange));
    if let Some(exchange) = given_up_at_once(view, auth) {
        return ended(Outcome::Rejected, exchange);
    }
    let is_over = auth
        .response
        .as_deref()
        .is_some_and(|response| view.outlasts(response) && view.unseen.is_none());
    // EAP Success and EAP Failure are both bare; after Success the initiator sends AUTH at once.
    let is_bare = auth
        .answered()
        .and_then(|facts| room(view, facts))
        .is_some_and(|room| room < LEAST_ACCEPTANCE);
    match (is_over, is_bare) {
        (true, true) => ended(Outcome::Rejected, auth),
        (true, false) => ended(Outcome::Stalled, auth),
        (false, _) => Standing::halted(Outcome::Incomplete, Stage::Auth, Halt::NextMissing(auth)),
    }
}

/// The initiator's own INFORMATIONAL right after the answer, with an error or a Delete, and no
/// traffic: it does not accept what the responder sent.
pub(super) fn given_up_at_once<'a>(view: &View<'a, '_>, auth: &Exchange) -> Option<&'a Exchange> {
    let answered = auth.response.as_deref()?.first().time;
    if !view.flows.is_empty() {
        return None;
    }
    let gives_up = |exchange: &&Exchange| {
        let Some(report) = exchange.asked() else {
            return false;
        };
        let is_bare = || room(view, report).is_some_and(|room| room < LEAST_ACCEPTANCE);
        let within = match report.first_inner() {
            Some(PayloadType::NOTIFY) => ERROR_AT_ONCE,
            Some(PayloadType::DELETE) => DELETE_AT_ONCE,
            _ => return false,
        };
        exchange.from == Role::Initiator
            && (0..within).contains(&exchange.first_time().since(answered))
            && report.inner().map_or_else(is_bare, ends_ike_sa)
    };
    view.negotiation
        .of_type(ExchangeType::INFORMATIONAL)
        .find(gives_up)
}

/// An error, or a Delete of the IKE SA.
fn ends_ike_sa(inner: &Inner) -> bool {
    inner.error_notify().is_some() || inner.deleted.contains(&ProtocolId::IKE.0)
}

/// Accepted by every visible sign, and yet the initiator says nothing more, carries no traffic, and
/// begins another negotiation soon: it did not take what it was sent.
pub(super) fn begins_anew(view: &View<'_, '_>, auth: &Exchange) -> bool {
    let Some(response) = &auth.response else {
        return false;
    };
    let is_soon =
        |since: Timestamp, start: Timestamp| (0..ANEW_WITHIN).contains(&start.since(since));
    let times = &view.negotiation.attempt_times;
    let again_and_again = times.len() >= ANEW_ATTEMPTS
        && times.windows(2).all(|pair| is_soon(pair[0], pair[1]))
        && !view.had_traffic;
    let answered = response.last().time;
    let is_last = view
        .negotiation
        .exchanges
        .iter()
        .all(|exchange| exchange.last_time() <= answered);
    let gave_up = view
        .next_attempt
        .is_some_and(|start| is_soon(answered, start));
    view.flows.is_empty() && view.unseen.is_none() && is_last && (gave_up || again_and_again)
}

/// Both SAs were up: what became of them?
fn up<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let up_since = newest_auth(view.negotiation)
        .and_then(|auth| auth.response.as_deref())
        .map(|response| response.first().time);
    let (outcome, stage, halt) = if let Some(exchange) = state_lost(view) {
        (
            Outcome::Lost,
            Stage::Informational,
            Halt::StateLost(exchange),
        )
    } else if let Some(exchange) = deaf_at_last(view) {
        (
            Outcome::Lost,
            stage_of(exchange),
            Halt::AnswerNotHeard(exchange),
        )
    } else if let Some(exchange) = abandoned(view) {
        (
            Outcome::Lost,
            stage_of(exchange),
            Halt::Unanswered(exchange),
        )
    } else {
        let refused = refused_child(view);
        let halt = refused.map_or(Halt::No, Halt::RekeyRefused);
        match traffic(view) {
            (Outcome::NoTraffic, _) if refused.is_some() && view.negotiation.seen_from_start => {
                (Outcome::Rejected, Stage::ChildSa, halt)
            }
            // Where IKE_AUTH went unseen, ESP of one end may have too.
            (Outcome::OneWay, _) if up_since.is_none() && view.negotiation.seen_from_start => {
                (Outcome::Incomplete, Stage::Esp, halt)
            }
            (outcome, stage) => (outcome, stage, halt),
        }
    };
    Standing {
        up_since,
        ..Standing::halted(outcome, stage, halt)
    }
}

fn stage_of(exchange: &Exchange) -> Stage {
    match exchange.exchange_type {
        ExchangeType::CREATE_CHILD_SA | ExchangeType::IKE_FOLLOWUP_KE => Stage::Rekey,
        _ => Stage::Informational,
    }
}

/// Requests of an IKE SA that is up, a Delete left out: whoever deletes does not care for long.
fn later<'a>(view: &View<'a, '_>) -> impl DoubleEndedIterator<Item = &'a Exchange> {
    view.negotiation.exchanges.iter().filter(|exchange| {
        matches!(
            exchange.exchange_type,
            ExchangeType::INFORMATIONAL
                | ExchangeType::CREATE_CHILD_SA
                | ExchangeType::IKE_FOLLOWUP_KE
        ) && exchange.asked().and_then(Facts::first_inner) != Some(PayloadType::DELETE)
    })
}

/// INVALID_IKE_SPI or INVALID_SPI in clear, and nothing protected from that end later (§1.5,
/// §2.21.4).
fn state_lost<'a>(view: &View<'a, '_>) -> Option<&'a Exchange> {
    let says_so = |facts: &Facts| {
        facts.encrypted.is_none()
            && facts.notifies.iter().any(|notify| {
                [NotifyType::INVALID_IKE_SPI, NotifyType::INVALID_SPI]
                    .contains(&NotifyType(notify.notify_type))
            })
    };
    let (exchange, is_response, flight) = view
        .negotiation
        .flights()
        .filter(|(exchange, ..)| exchange.exchange_type != ExchangeType::IKE_SA_INIT)
        .find(|(_, _, flight)| says_so(&flight.facts))?;
    let speaker = exchange.sender(is_response);
    let recovered = view
        .negotiation
        .flights_of(speaker)
        .any(|later| later.facts.encrypted.is_some() && later.last().time > flight.first().time);
    (!recovered).then_some(exchange)
}

/// A request repeated although it was answered, with nothing new of its sender after it.
fn deaf_at_last<'a>(view: &View<'a, '_>) -> Option<&'a Exchange> {
    let exchange = later(view).max_by_key(|exchange| exchange.last_time())?;
    let response = exchange.response.as_deref()?;
    let again = exchange.request.as_deref()?.sendings.iter();
    let again = again.filter(|sending| sending.time > response.first().time);
    let went_on = view
        .negotiation
        .exchanges
        .iter()
        .any(|other| other.from == exchange.from && other.first_time() > response.first().time);
    (again.count() >= 2 && !went_on).then_some(exchange)
}

/// A request repeated without an answer to the end, while no IKE message comes from the peer.
fn abandoned<'a>(view: &View<'a, '_>) -> Option<&'a Exchange> {
    let exchange = later(view).rfind(|exchange| !exchange.is_answered())?;
    let request = exchange.request.as_deref()?;
    let heard_later = view
        .negotiation
        .flights_of(exchange.from.other())
        .any(|flight| flight.last().time > request.first().time);
    let is_rekey = exchange.exchange_type == ExchangeType::CREATE_CHILD_SA;
    let is_over = request.repeats() >= 2 && view.outlasts(request);
    (is_over && (is_rekey || !heard_later) && view.unseen.is_none()).then_some(exchange)
}

/// A CREATE_CHILD_SA that was refused, and none that was accepted after it.
fn refused_child<'a>(view: &View<'a, '_>) -> Option<&'a Exchange> {
    let newest = view
        .negotiation
        .of_type(ExchangeType::CREATE_CHILD_SA)
        .rfind(|exchange| exchange.is_answered())?;
    is_refusal(view, newest.answered()?).then_some(newest)
}

/// Who deleted the IKE SA: a Delete is the last request seen, it is of the newest IKE SA, and it is
/// not answered by a Delete of the other half of a Child SA.
fn closed_by(negotiation: &Negotiation) -> Option<Role> {
    let last = negotiation
        .exchanges
        .iter()
        .max_by_key(|exchange| exchange.first_time())?;
    let first_inner = |facts: Option<&Facts>| facts.and_then(Facts::first_inner);
    let begins_with_delete = || {
        first_inner(last.asked()) == Some(PayloadType::DELETE)
            && first_inner(last.answered()) != Some(PayloadType::DELETE)
    };
    let read = last.asked().and_then(Facts::inner);
    (last.exchange_type == ExchangeType::INFORMATIONAL
        && usize::from(last.generation) == negotiation.successors.len()
        && read.map_or_else(begins_with_delete, ends_ike_sa))
    .then_some(last.from)
}
