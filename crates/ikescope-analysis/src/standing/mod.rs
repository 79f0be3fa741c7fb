//! Where an attempt stands when the capture ends, told from its structure alone: the first half of
//! every verdict. Rules explain a standing, they never make one.

mod log;
mod read;
mod v1;
mod v2;

use ikescope_wire::iana::ExchangeType;
use ikescope_wire::observed::Timestamp;

use crate::esp::Flow;
use crate::generation;
use crate::log::LogLine;
use crate::negotiation::{Exchange, Flight, Mode, Negotiation, Role};
use crate::suite::Suite;
use crate::vantage::Vantage;
pub(crate) use v1::user_accepted;

/// What became of an attempt: the words of the report contract.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Outcome {
    /// IKE SA and IPsec SA up, ESP or AH in both directions.
    Established,
    /// Up, ESP in one direction only, although the capture goes on long enough.
    OneWay,
    /// Up by every visible sign, no ESP at all.
    NoTraffic,
    /// A request was repeated or never answered, or the next step never came.
    Stalled,
    /// The peer answered with an error.
    Rejected,
    /// Was up, then the peer stopped answering.
    Lost,
    /// Never meant to become a tunnel.
    Probe,
    /// The capture begins or ends too early to tell.
    Incomplete,
}

impl Outcome {
    /// The word of the report contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Established => "established",
            Self::OneWay => "one_way",
            Self::NoTraffic => "no_traffic",
            Self::Stalled => "stalled",
            Self::Rejected => "rejected",
            Self::Lost => "lost",
            Self::Probe => "probe",
            Self::Incomplete => "incomplete",
        }
    }
}

/// Where it stopped: the words of the report contract.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "each variant is the RFC's name of the step")]
pub enum Stage {
    None,
    SaInit,
    Intermediate,
    Auth,
    ChildSa,
    Rekey,
    Informational,
    Esp,
    MainModeSa,
    MainModeKe,
    MainModeId,
    Aggressive,
    Xauth,
    ModeConfig,
    QuickMode,
}

impl Stage {
    /// The word of the report contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SaInit => "sa_init",
            Self::Intermediate => "intermediate",
            Self::Auth => "auth",
            Self::ChildSa => "child_sa",
            Self::Rekey => "rekey",
            Self::Informational => "informational",
            Self::Esp => "esp",
            Self::MainModeSa => "main_mode_sa",
            Self::MainModeKe => "main_mode_ke",
            Self::MainModeId => "main_mode_id",
            Self::Aggressive => "aggressive",
            Self::Xauth => "xauth",
            Self::ModeConfig => "mode_config",
            Self::QuickMode => "quick_mode",
        }
    }
}

/// How it stopped.
#[derive(Clone, Copy, Debug)]
pub enum Halt<'a> {
    /// It did not.
    No,
    /// A request without an answer in this capture.
    Unanswered(&'a Exchange),
    /// Answered, and asked again all the same: the answer did not arrive or was not accepted.
    AnswerNotHeard(&'a Exchange),
    /// The responder repeats its answer of its own accord: the next message did not reach it.
    AnswerRepeated(&'a Exchange),
    /// Answered well, and then the next message never came.
    NextMissing(&'a Exchange),
    /// Answered with an error in clear, by the other end of the exchange.
    Refused(&'a Exchange),
    /// Answered with an error that is encrypted but too small to be anything else.
    RefusedInside(&'a Exchange),
    /// Accepted in form, but too small to hold a Child SA.
    ChildRefusedInside(&'a Exchange),
    /// The initiator itself ended it, right after the answer.
    GivenUpByInitiator(&'a Exchange),
    /// The initiator said nothing more after this answer, and began anew soon.
    StartedAnew(&'a Exchange),
    /// Every answer asks for another key exchange group.
    GroupLoop(&'a Exchange),
    /// The answer sends the initiator to another gateway (RFC 5685).
    Redirected(&'a Exchange),
    /// The other end says in clear that it does not know the SA.
    StateLost(&'a Exchange),
    /// A further Child SA, or the next generation of one, was refused.
    RekeyRefused(&'a Exchange),
    /// User authentication stopped or failed.
    UserRefused(&'a Exchange),
    /// An IKEv1 phase 2 answered by an informational instead.
    QuickRefused(&'a Exchange),
    /// Message 5 of main mode was answered by an informational.
    IdentificationRefused(&'a Exchange),
    /// The log of an end says why it failed.
    Stated(&'a LogLine),
}

/// Where an attempt stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// What became of it.
    pub outcome: Outcome,
    /// Where it stopped.
    pub stage: Stage,
    /// How.
    pub halt: Halt<'a>,
    /// When both SAs were up by every visible sign.
    pub up_since: Option<Timestamp>,
    /// Who closed it, if a Delete of the IKE SA ended it.
    pub closed_by: Option<Role>,
}

impl<'a> Standing<'a> {
    pub(crate) const fn halted(outcome: Outcome, stage: Stage, halt: Halt<'a>) -> Self {
        Self {
            outcome,
            stage,
            halt,
            up_since: None,
            closed_by: None,
        }
    }
}

/// What the standing is told from.
pub(crate) struct View<'a, 'v> {
    pub(crate) negotiation: &'a Negotiation,
    pub(crate) flows: &'v [&'a Flow],
    pub(crate) end: Timestamp,
    pub(crate) next_attempt: Option<Timestamp>,
    /// An older attempt of the tunnel got as far as an IPsec SA.
    pub(crate) had_child: bool,
    /// The tunnel carried traffic during the attempts that it stands for.
    pub(crate) had_traffic: bool,
    pub(crate) unseen: Option<Role>,
    pub(crate) vantage: Vantage,
    /// The capture lost so much that a single missing message says nothing.
    pub(crate) lossy: bool,
    pub(crate) suite: Option<Suite>,
    /// Whether an input that shows it would show its ESP too.
    pub(crate) shows_traffic: bool,
}

impl<'a> View<'a, '_> {
    fn flows_from(&self, role: Role) -> impl Iterator<Item = &&'a Flow> {
        let addresses = self.negotiation.addresses(role);
        self.flows
            .iter()
            .filter(move |flow| addresses.contains(&flow.source.ip()))
    }

    fn both_directions(&self) -> bool {
        let from = |role| self.flows_from(role).next().is_some();
        from(Role::Initiator) && from(Role::Responder)
    }

    fn outlasts(&self, flight: &Flight) -> bool {
        outlasts(flight, self.end, self.next_attempt)
    }

    /// Stalled if the capture went on for long enough to know, and could have seen the other end.
    /// Where the capture itself loses packets, what was sent once or twice may have been answered.
    fn stalled_behind(&self, flight: Option<&Flight>) -> Outcome {
        let could_see = |flight: &Flight| !self.lossy || flight.sent >= SENT_IN_VAIN;
        match flight {
            Some(flight) if self.unseen.is_none() && self.outlasts(flight) && could_see(flight) => {
                Outcome::Stalled
            }
            _ => Outcome::Incomplete,
        }
    }

    fn unanswered(&self, exchange: &'a Exchange, stage: Stage) -> Standing<'a> {
        let outcome = match exchange.request.as_deref() {
            Some(request) if self.is_before_first_repeat(request) => Outcome::Incomplete,
            request => self.stalled_behind(request),
        };
        Standing::halted(outcome, stage, Halt::Unanswered(exchange))
    }

    /// Whether some sender or other would not have repeated its request yet.
    fn is_before_first_repeat(&self, request: &Flight) -> bool {
        let longest = match self.negotiation.mode {
            Mode::Ikev2 => FIRST_REPEAT_V2,
            _ => FIRST_REPEAT_V1,
        };
        request.repeats() == 0
            && self.next_attempt.is_none()
            && self.end.since(request.first().time) < longest
    }

    fn next_missing(&self, exchange: &'a Exchange, last: &Flight, stage: Stage) -> Standing<'a> {
        let outcome = self.stalled_behind(Some(last));
        Standing::halted(outcome, stage, Halt::NextMissing(exchange))
    }

    /// Whether the request was sent again although its answer had been seen, and not just by
    /// crossing it on the way.
    fn is_deaf(&self, exchange: &Exchange) -> bool {
        let (Some(request), Some(response)) = (&exchange.request, &exchange.response) else {
            return false;
        };
        let again = request
            .sendings
            .iter()
            .filter(|sending| sending.time > response.first().time)
            .count();
        // A responder of IKEv2 sends its answer again only when it sees the request again; so does
        // one of IKEv1 with its last message of phase 1.
        let asked_unseen = (self.negotiation.mode == Mode::Ikev2 || exchange.step == 5)
            && response.repeats() >= 2
            && self.outlasts(response);
        again >= 2 || (again == 1 && self.outlasts(request)) || asked_unseen
    }
}

/// So many sendings without any answer are no chance, even in a capture that loses packets.
const SENT_IN_VAIN: u32 = 3;
/// Nanoseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000_000;
/// A first answer is expected within this time, where the sender's own intervals do not tell: the
/// longest first interval that is common is 4 seconds.
const PATIENCE: i64 = 4 * SECOND + SECOND / 4;
/// The longest first intervals that are common, and some slack: PAN-OS with IKEv2 ...
const FIRST_REPEAT_V2: i64 = 5 * SECOND + SECOND / 4;
/// ... and Cisco IOS or racoon with IKEv1.
const FIRST_REPEAT_V1: i64 = 10 * SECOND + SECOND / 2;
/// ... and where they do, at least within this time: what crosses on the way repeats fast.
const LEAST_PATIENCE: i64 = 2 * SECOND;
/// Three sendings over this time are a stall even if the capture ends with the third.
const THREE_SENDINGS: i64 = 3 * SECOND;
/// ESP one way is a finding only when it went on for so long.
const ONE_WAY_FOR: i64 = 2 * SECOND;
/// ... and for so many packets.
const ONE_WAY_PACKETS: u64 = 3;

/// Tells where an attempt stands.
pub(crate) fn stand<'a>(view: &View<'a, '_>) -> Standing<'a> {
    let by_messages = match view.negotiation.mode {
        Mode::Ikev2 => v2::stand(view),
        _ => v1::stand(view),
    };
    log::stand(view, by_messages)
}

/// From when on this negotiation could have an IPsec SA, if it got that far.
pub(crate) fn could_protect(negotiation: &Negotiation) -> Option<Timestamp> {
    match negotiation.mode {
        Mode::Ikev2 => negotiation
            .of_type(ExchangeType::IKE_AUTH)
            .map(Exchange::first_time)
            .chain(
                negotiation
                    .of_type(ExchangeType::CREATE_CHILD_SA)
                    .map(Exchange::first_time),
            )
            .min(),
        _ => negotiation
            .of_type(ExchangeType::QUICK_MODE)
            .map(Exchange::first_time)
            .min(),
    }
    .or_else(|| (!negotiation.seen_from_start).then_some(negotiation.first_time))
}

/// The end that is not in the capture although the other one's packets prove that it spoke: they
/// answer, or go beyond what could be sent without an answer.
pub(crate) fn unseen_end(negotiation: &Negotiation, flows: &[&Flow]) -> Option<Role> {
    let silent = |role: Role| {
        !negotiation.heard(role)
            && !flows
                .iter()
                .any(|flow| negotiation.addresses(role).contains(&flow.source.ip()))
    };
    let unseen = match (silent(Role::Initiator), silent(Role::Responder)) {
        (true, false) => Role::Initiator,
        (false, true) => Role::Responder,
        _ => return None,
    };
    (is_answering(negotiation) || is_advancing(negotiation)).then_some(unseen)
}

/// Answers to questions that were not seen.
fn is_answering(negotiation: &Negotiation) -> bool {
    negotiation
        .exchanges
        .iter()
        .any(|exchange| exchange.request.is_none() && exchange.response.is_some())
}

/// Two different messages, the later of which needs an answer to the earlier one: only a repeat
/// can be sent without.
fn is_advancing(negotiation: &Negotiation) -> bool {
    let step = |exchange: &Exchange| match negotiation.mode {
        Mode::Ikev2 => (exchange.exchange_type != ExchangeType::IKE_SA_INIT)
            .then_some((u32::from(exchange.generation), exchange.message_id.0)),
        _ => (exchange.exchange_type != ExchangeType::INFORMATIONAL_V1)
            .then_some((u32::from(exchange.step), exchange.message_id.0)),
    };
    let mut steps: Vec<_> = negotiation.exchanges.iter().filter_map(step).collect();
    steps.sort_unstable();
    steps.dedup();
    let is_first_known = negotiation.mode == Mode::Ikev2 && negotiation.seen_from_start;
    steps.len() >= if is_first_known { 1 } else { 2 }
}

/// Whether the capture goes on behind this flight for longer than its sender's next interval. A
/// new attempt of the same initiator says that it gave up waiting.
pub(crate) fn outlasts(flight: &Flight, end: Timestamp, next_attempt: Option<Timestamp>) -> bool {
    let since_first = end.since(flight.first().time);
    if next_attempt.is_some() || (flight.sent >= 3 && since_first >= THREE_SENDINGS) {
        return true;
    }
    // Intervals grow; twice the last one is more than any known schedule waits, but for a first
    // sending there is no interval yet.
    let patience = flight.intervals().last().map_or(PATIENCE, |interval| {
        interval.saturating_mul(2).max(LEAST_PATIENCE)
    });
    end.since(flight.last().time) >= patience
}

/// What the ESP plane shows once the SAs are up.
fn traffic(view: &View<'_, '_>) -> (Outcome, Stage) {
    let packets = |role| view.flows_from(role).map(|flow| flow.packets).sum::<u64>();
    let (out, back) = (packets(Role::Initiator), packets(Role::Responder));
    if out > 0 && back > 0 {
        let dead = generation::dead(view.negotiation, view.flows, view.end);
        return match dead.filter(|_| view.unseen.is_none()) {
            Some(_) => (Outcome::OneWay, Stage::Esp),
            None => (Outcome::Established, Stage::None),
        };
    }
    if out == 0 && back == 0 {
        // One message of one end, from the midst of it, does not show that the SAs are up.
        let heard = |role| view.negotiation.heard(role);
        let shows_both = view.unseen.is_none() && heard(Role::Initiator) && heard(Role::Responder);
        return if shows_both && view.shows_traffic {
            (Outcome::NoTraffic, Stage::Esp)
        } else {
            (Outcome::Incomplete, Stage::None)
        };
    }
    let speaker = if out > 0 {
        Role::Initiator
    } else {
        Role::Responder
    };
    let first = view.flows_from(speaker).map(|flow| flow.first_time).min();
    let lasted = first.map_or(0, |first| view.end.since(first));
    let enough = packets(speaker) >= ONE_WAY_PACKETS && lasted >= ONE_WAY_FOR;
    if view.unseen.is_none() && view.negotiation.heard(speaker.other()) && enough {
        (Outcome::OneWay, Stage::Esp)
    } else {
        (Outcome::Incomplete, Stage::Esp)
    }
}
