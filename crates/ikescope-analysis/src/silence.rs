//! What rules about missing answers have in common: who asked, how often, what that proves.

use ikescope_wire::iana::{ExchangeType, NotifyType, ikev1 as v1};

use crate::advice::{self, Need};
use crate::attempt::Attempt;
use crate::child::ChildRequest;
use crate::finding::{Confidence, Finding, evidence};
use crate::negotiation::{Exchange, Flight, Mode, Negotiation, Role};
use crate::record::Notify;
use crate::rule::Rule;
use crate::said;
use crate::schedule::{self, Schedule};
use crate::standing::{Halt, Outcome};
use crate::vantage::{Sign, Vantage};
use crate::words::{duration, intervals, name_of, octets, repeats, sent, times};

/// A request that found no answer in this capture. `what` names the message.
pub(crate) fn unanswered(
    rule: &'static Rule,
    attempt: &Attempt<'_>,
    exchange: &Exchange,
    what: &str,
) -> Option<Finding> {
    let request = exchange.request.as_deref()?;
    let (asker, peer) = (
        attempt.name(exchange.from),
        attempt.name(exchange.from.other()),
    );
    let title = format!(
        "no answer of {peer} was seen; {asker} sent {what} {}.",
        times(request.sent)
    );
    let given_up = said::given_up(attempt, exchange.from);
    let (confidence, title) = match given_up {
        Some(_) => (
            Confidence::Stated,
            format!("{asker} got no answer of {peer} to {what} and gave up; its log says so."),
        ),
        None => (Confidence::Suspected, title),
    };
    let mut finding = Finding::new(rule, confidence, title, sent(request, what))
        .and_maybe(given_up.map(said::quoted))
        .and_maybe(repeats(request, "the same octets again"));
    if request.repeats() > 0 {
        let label = match schedule::of_flight(request, attempt.negotiation.ike_version) {
            Some(known) => format!(
                "intervals {}: so does {}{}",
                intervals(request),
                known.name,
                given_up_after(attempt, request, known)
            ),
            None => format!("intervals {}", intervals(request)),
        };
        finding = finding.and(evidence(request.last().frame, None, label));
    }
    Some(
        if given_up.is_some() || is_heard(attempt, exchange.from.other()) {
            finding
        } else {
            let tell =
                format!("if the capture shows one direction: nothing at all of {peer} is in it");
            finding.unless("one-sided-capture", tell)
        },
    )
}

/// Whether the implementation that it looks like has given up when the capture ends.
fn given_up_after(attempt: &Attempt<'_>, request: &Flight, known: &Schedule) -> String {
    let is_whole = request.repeats() as usize == known.intervals.len();
    let Some(last) = known.gives_up.filter(|_| is_whole) else {
        return String::new();
    };
    let last = i64::from(last) * 1_000_000;
    let whole = request.last().time.since(request.first().time) + last;
    let over = attempt.end.since(request.last().time) >= last;
    let word = if over { "gave up" } else { "gives up" };
    format!(", which {word} after {}", duration(whole))
}

/// Whether anything of this end is in the capture.
fn is_heard(attempt: &Attempt<'_>, role: Role) -> bool {
    let addresses = attempt.negotiation.addresses(role);
    let speaks = |negotiation: &Negotiation| {
        [Role::Initiator, Role::Responder]
            .into_iter()
            .any(|role| addresses.contains(&negotiation.end(role).ip()) && negotiation.heard(role))
    };
    attempt.tunnel.negotiations.iter().any(speaks)
        || attempt
            .tunnel
            .flows
            .iter()
            .any(|flow| addresses.contains(&flow.source.ip()))
}

/// Does a first message reach the responder?
pub(crate) fn arrival(attempt: &Attempt<'_>, what: &str) -> String {
    let (initiator, responder) = (attempt.name(Role::Initiator), attempt.name(Role::Responder));
    let sentence =
        format!("See whether {what} arrives: capture UDP 500 at {responder} during a retry.");
    let watch = Need::WatchIke { peer: initiator };
    advice::step(attempt, Role::Responder, &watch, &sentence)
}

/// Is it sent to the right address, and let through?
pub(crate) fn peer_address(attempt: &Attempt<'_>) -> String {
    let responder = attempt.name(Role::Responder);
    let sentence = format!(
        "Check the peer address, and UDP 500 in filters and NAT on the way to {responder}."
    );
    let ikev2 = attempt.negotiation.ike_version != 1;
    let show = Need::ShowTunnel { ikev2 };
    advice::step_if_known(attempt, Role::Initiator, &show, &sentence).unwrap_or(sentence)
}

/// A request that was repeated although its answer had been seen. `what` names the message.
pub(crate) fn answer_not_heard(
    rule: &'static Rule,
    attempt: &Attempt<'_>,
    exchange: &Exchange,
    what: &str,
) -> Option<Finding> {
    let finding = asked_again(rule, attempt, exchange, what)?;
    Some(told_from_elsewhere(finding, attempt, exchange))
}

/// An answer that comes from another address or port than the request went to is a stranger's to
/// whoever asked, and to every NAT and firewall on its side.
fn told_from_elsewhere(finding: Finding, attempt: &Attempt<'_>, exchange: &Exchange) -> Finding {
    let (Some(request), Some(response)) = (&exchange.request, &exchange.response) else {
        return finding;
    };
    let asked_at = request.ends.destination;
    let from = response.ends.source;
    let mut asked = request
        .sendings
        .iter()
        .chain(request.first_duplicate.as_deref());
    if asked.any(|sending| request.ends_of(sending).destination == from) {
        return finding;
    }
    let (asker, peer) = (
        attempt.name(exchange.from),
        attempt.name(exchange.from.other()),
    );
    let mut finding = finding
        .and(sent(
            response,
            format!("from {from}; the request went to {asked_at}"),
        ))
        .because(format!(
            "The answers come from {from}, and the requests went to {asked_at}: to {asker}, and to \
             its NAT and firewall, they are a stranger's."
        ));
    let step = format!(
        "Make {peer} answer from where it was asked: its several addresses, its source NAT, its routes."
    );
    finding.next_steps.insert(0, step);
    finding
}

fn asked_again(
    rule: &'static Rule,
    attempt: &Attempt<'_>,
    exchange: &Exchange,
    what: &str,
) -> Option<Finding> {
    let (request, response) = (exchange.request.as_deref()?, exchange.response.as_deref()?);
    let asks_again = request
        .sendings
        .iter()
        .find(|sending| sending.time > response.first().time);
    let (asker, peer) = (
        attempt.name(exchange.from),
        attempt.name(exchange.from.other()),
    );
    let title = format!(
        "{asker} sent {what} {} and does not get, or not accept, the answers of {peer}.",
        times(request.sent)
    );
    let answered = response.first().frame.number;
    let primary = match asks_again {
        Some(sending) => evidence(
            sending.frame,
            None,
            format!("asks again what #{answered} had answered"),
        ),
        None => {
            let label = format!("the answer #{answered} again: it was asked for again");
            evidence(response.sendings.get(1)?.frame, None, label)
        }
    };
    Some(
        Finding::new(rule, Confidence::Implied, title, primary)
            .and(sent(request, what))
            .and(sent(response, "the answer"))
            .and_maybe(repeats(response, "the answer again"))
            .because(format!(
                "The answers are lost between this capture and {asker}, or dropped there."
            ))
            .next(format!(
                "Follow the answers to {asker} outward: route, source NAT, egress filter."
            ))
            .next(format!("Do the answers arrive? Capture at {asker}.")),
    )
}

/// The same, seen beside the asker: the answers do arrive there.
pub(crate) fn answer_rejected(
    rule: &'static Rule,
    attempt: &Attempt<'_>,
    exchange: &Exchange,
    what: &str,
) -> Option<Finding> {
    if attempt.vantage != Vantage::Beside(exchange.from) {
        return None;
    }
    let response = exchange.response.as_deref()?;
    let asker = attempt.name(exchange.from);
    let mut finding = asked_again(rule, attempt, exchange, what)?;
    finding.title = format!("answers arrive beside {asker}, and it does not accept them.");
    finding.next_steps.clear();
    let finding = finding
        .and(sent(response, where_seen(attempt, exchange, response)))
        .because(format!(
            "The capture stands beside {asker}, and the answers are in it: {asker} drops them, or \
             cannot read them."
        ))
        .next(advice::read_log(
            attempt,
            exchange.from,
            response.first().time,
            ", at debug level: what does it say of the answer?",
        ))
        .next(format!(
            "Look at the firewall and the reverse path check of {asker}."
        ));
    Some(told_from_elsewhere(finding, attempt, exchange))
}

/// What tells that the capture stands beside whoever asked.
fn where_seen(attempt: &Attempt<'_>, exchange: &Exchange, response: &Flight) -> String {
    let asker = attempt.name(exchange.from);
    match attempt.vantage_sign {
        Sign::Said => format!("the answer; the capture is said to stand beside {asker}"),
        Sign::Gaps => format!("the answer, on its way for long; those of {asker} come at once"),
        _ => {
            let hops = response.first().hop_limit;
            format!("TTL {hops} here; packets of {asker} are still fresh")
        }
    }
}

/// An answer of IKEv1 that its sender repeats of its own accord (RFC 2408 §5.1): the next message
/// does not reach it. `answer` and `next` name the two.
pub(crate) fn next_not_seen(
    rule: &'static Rule,
    attempt: &Attempt<'_>,
    exchange: &Exchange,
    [answer, next]: [&str; 2],
) -> Option<Finding> {
    let response = exchange.response.as_deref()?;
    let (asker, peer) = (
        attempt.name(exchange.from),
        attempt.name(exchange.from.other()),
    );
    let title = format!(
        "{answer} of {peer} was sent {}; {next} of {asker} was not seen here.",
        times(response.sent)
    );
    Some(
        Finding::new(rule, Confidence::Suspected, title, sent(response, answer))
            .and_maybe(repeats(response, "the same again")),
    )
}

/// The informational right behind a quick mode message 1 that says, or hides, why there is no
/// message 2.
pub(crate) fn phase_2_refusal<'a>(attempt: &Attempt<'a>, quick: &Exchange) -> Option<&'a Flight> {
    let asked = quick.request.as_deref()?;
    attempt
        .negotiation
        .of_type(ExchangeType::INFORMATIONAL_V1)
        .filter(|exchange| exchange.from == quick.from.other())
        .filter_map(|exchange| exchange.request.as_deref())
        .find(|flight| flight.first().time >= asked.first().time && flight.facts.may_refuse())
}

/// The message that refuses an IPsec SA, and the error in it, where that can be read.
pub(crate) fn child_refusal<'a>(
    attempt: &Attempt<'a>,
) -> Option<(&'a Exchange, &'a Flight, &'a Notify)> {
    let (Halt::QuickRefused(exchange)
    | Halt::RekeyRefused(exchange)
    | Halt::ChildRefusedInside(exchange)) = attempt.standing.halt
    else {
        return None;
    };
    let answer = match exchange.exchange_type {
        ExchangeType::QUICK_MODE => phase_2_refusal(attempt, exchange)?,
        _ => exchange.response.as_deref()?,
    };
    Some((exchange, answer, answer.facts.error_notify()?))
}

/// An IPsec SA refused with one of these notifications, IKEv1's and IKEv2's. `verb` goes on after the
/// peer's address; `what` tells of the request what the refusal is about.
pub(crate) fn child_refused_for(
    rule: &'static Rule,
    attempt: &Attempt<'_>,
    (v1_reasons, reasons): (&[v1::NotifyType], &[NotifyType]),
    verb: &str,
    what: fn(&ChildRequest<'_>) -> String,
) -> Option<Finding> {
    let (exchange, answer, notify) = child_refusal(attempt)?;
    let number = notify.notify_type;
    let (sa, is_reason) = match attempt.negotiation.mode {
        Mode::Ikev2 => ("the IKE SA", reasons.contains(&NotifyType(number))),
        _ => ("phase 1", v1_reasons.contains(&v1::NotifyType(number))),
    };
    if !is_reason {
        return None;
    }
    let peer = attempt.name(exchange.from.other());
    // The first IPsec SA, or one that is to take the place of another that works.
    let title = if matches!(attempt.standing.halt, Halt::RekeyRefused(_))
        && attempt.standing.outcome != Outcome::Rejected
    {
        format!("{peer} {verb} for the next IPsec SA: the tunnel works until its lifetime ends.")
    } else {
        format!("{sa} is up, but {peer} {verb}.")
    };
    let label = format!("{}, {}", name_of(attempt, notify), notify.legibility());
    let request = exchange.request.as_deref().map(|request| {
        let asked = ChildRequest::of(attempt.negotiation, exchange);
        let asked = asked.map_or_else(String::new, |asked| format!(": {}", what(&asked)));
        sent(request, format!("the request{asked}"))
    });
    Some(
        Finding::new(
            rule,
            Confidence::Stated,
            title,
            octets(answer, notify.octets(), label),
        )
        .and_maybe(request)
        .because(format!("{peer} says so itself."))
        .next(advice::read_log(
            attempt,
            exchange.from.other(),
            answer.first().time,
            ".",
        )),
    )
}
