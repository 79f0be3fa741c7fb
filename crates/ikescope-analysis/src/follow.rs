//! Following what happens while it does: each message, each flow and each verdict is told at once.
//!
//! A verdict on silence needs time to pass, and time is what the packets say: it is given when the
//! sender's next repeat is overdue, or when the next attempt begins. What was said once is said
//! again only when it has changed.

mod patience;
mod watch;

use core::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use foldhash::HashMap;
use ikescope_wire::iana::ExchangeType;
use ikescope_wire::observed::{FrameId, Observation, Sighting, Timestamp};

use self::watch::{Due, Watches};
use crate::advice::Hints;
use crate::diagnosis::{Verdict, diagnose_tunnel};
use crate::esp::Flow;
use crate::filing::{Filed, Filing};
use crate::history::{Coverage, History, Tunnel};
use crate::intake::{Arrival, Intake};
use crate::negotiation::{Exchange, Flight, Negotiation, Role};
use crate::opener::Keyring;
use crate::roster::Slot;
use crate::schedule::{self, Schedule};
use crate::standing::{Outcome, SECOND};
use crate::suite::{self, Suite};
use crate::tracker::Limits;

/// Something that has just happened.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// When, by the packets.
    pub time: Timestamp,
    /// Who sent it; of a verdict the initiator.
    pub source: SocketAddr,
    /// To whom; of a verdict the responder.
    pub destination: SocketAddr,
    /// The negotiation, if it belongs to one.
    pub negotiation: Option<&'a Negotiation>,
    /// What happened.
    pub what: Happening<'a>,
    /// What its negotiation has come to by it, where that is new.
    pub verdict: Option<&'a Verdict>,
}

/// The kinds of events.
#[derive(Clone, Copy, Debug)]
pub enum Happening<'a> {
    /// A message that was not seen before.
    Message {
        /// Its exchange.
        exchange: &'a Exchange,
        /// Whether it is the response.
        is_response: bool,
        /// Which attempt of its initiator it begins, counted from 1.
        attempt: Option<u64>,
        /// Whether it is an answer to IKE_AUTH with room for a Child SA.
        is_full_size: bool,
    },
    /// A message was sent again.
    Repeat {
        /// Its exchange.
        exchange: &'a Exchange,
        /// The message.
        flight: &'a Flight,
        /// Nanoseconds since it was sent before.
        interval: i64,
        /// Whose schedule the intervals fit, told once, when enough of them do.
        schedule: Option<&'static Schedule>,
    },
    /// The first packet of an ESP or AH flow.
    Flow(&'a Flow),
    /// Nothing but the verdict: time has passed, or it needs a line of its own.
    Verdict,
}

/// Who is told.
pub type Listener<'l> = dyn FnMut(&Event<'_>) + 'l;

/// Follows negotiations and tells what happens as it does.
///
/// ```
/// use ikescope_analysis::{Coverage, Follower, Hints, Limits};
///
/// let mut follower = Follower::new(Limits::default(), None, Hints::default());
/// // follower.take(&observation) for each packet, and behind each frame:
/// follower.proceed(&[Coverage::default()], &mut |event| println!("{:?}", event.what));
/// assert!(follower.finish(&[]).tunnels.is_empty());
/// ```
pub struct Follower {
    intake: Intake,
    taken: Vec<Arrival>,
    told: Told,
}

/// What has been told of what was filed.
struct Told {
    filing: Filing,
    hints: Hints,
    watches: Watches,
    /// Attempts seen, by initiator and responder.
    attempts: HashMap<(IpAddr, IpAddr), u64>,
    most_pairs: usize,
    idle: i64,
}

impl Follower {
    /// A follower that has seen nothing. [`Limits::order_window`] is how many packets each event
    /// waits for: 0 tells it at once.
    #[must_use]
    pub fn new(limits: Limits, keyring: Option<Arc<dyn Keyring>>, hints: Hints) -> Self {
        let opener = keyring.as_ref().map(|keyring| keyring.opener());
        Self {
            intake: Intake::new(&limits.ike_ports, limits.order_window, keyring),
            taken: Vec::new(),
            told: Told {
                hints,
                watches: Watches::default(),
                attempts: HashMap::default(),
                most_pairs: limits.tunnels,
                idle: limits.idle,
                filing: Filing::new(limits, opener),
            },
        }
    }

    /// Takes what an observer saw.
    pub fn take(&mut self, observation: &Observation<'_>) {
        if self.intake.take(observation) {
            self.intake.ready(&mut self.taken);
        }
    }

    /// Files what was taken and tells what happened. `coverage` says, input by input, from when to
    /// when the capture has run so far.
    pub fn proceed(&mut self, coverage: &[Coverage], listener: &mut Listener<'_>) {
        self.told.filing.prepare(&self.taken);
        self.told.forget_the_dead();
        for arrival in self.taken.drain(..) {
            let sighting = arrival.sighting;
            self.told.pass(sighting.time, coverage, listener);
            let filed = self.told.filing.file(arrival);
            self.told.tell(filed, &sighting, coverage, listener);
        }
        if let Some(now) = coverage.iter().map(|input| input.last).max() {
            self.told.pass(now, coverage, listener);
        }
    }

    /// A finished negotiation: see [`crate::Tracker::finished`].
    pub fn finished(&mut self) -> Option<Tunnel> {
        let now = self.intake.handed_on();
        self.told.filing.take_finished(now)
    }

    /// Ends the observation and returns what happened: see [`crate::Tracker::finish`].
    #[must_use]
    pub fn finish(mut self, coverage: &[Coverage]) -> History {
        while self.intake.drain(Timestamp(i64::MAX), &mut self.taken) {
            for arrival in self.taken.drain(..) {
                self.told.filing.file(arrival);
            }
        }
        let (disorder, unrelated) = (self.intake.disorder(), self.intake.unrelated());
        let archive = self.told.filing.archive();
        self.told
            .filing
            .into_history(archive, coverage, disorder, unrelated)
    }
}

impl Told {
    /// Gives the verdicts that are due.
    fn pass(&mut self, now: Timestamp, coverage: &[Coverage], listener: &mut Listener<'_>) {
        while let Some(due) = self.watches.next_due(now) {
            if self.id_of(due.slot) == Some(due.id) {
                self.look_again(due, now, coverage, listener);
            } else {
                self.watches.forget(due.id);
            }
        }
    }

    fn forget_the_dead(&mut self) {
        let Self {
            filing, watches, ..
        } = self;
        watches.keep_only(filing.live(), |slot, id| {
            filing.negotiation(slot).is_some_and(|it| it.id == id)
        });
    }

    fn id_of(&self, slot: Slot) -> Option<u32> {
        Some(self.filing.negotiation(slot)?.id)
    }

    fn look_again(
        &mut self,
        due: Due,
        now: Timestamp,
        coverage: &[Coverage],
        listener: &mut Listener<'_>,
    ) {
        let verdict = self.judge(due.slot, coverage);
        if let Some(verdict) = verdict.filter(|verdict| verdict.outcome != Outcome::Incomplete) {
            self.announce(due.slot, &verdict, now, listener);
        }
    }

    /// Tells what was filed.
    fn tell(
        &mut self,
        filed: Filed,
        sighting: &Sighting,
        coverage: &[Coverage],
        listener: &mut Listener<'_>,
    ) {
        match filed {
            Filed::Message(slot) => self.message(slot, sighting, coverage, listener),
            Filed::Stated(slot) => self.stated(slot, sighting.time, coverage, listener),
            Filed::Packet(tunnel, index) => {
                if self.filing.flow(tunnel, index).packets == 1 {
                    self.flow((tunnel, index), sighting, coverage, listener);
                }
            }
            Filed::Elsewhere => {}
        }
    }

    fn message(
        &mut self,
        slot: Slot,
        sighting: &Sighting,
        coverage: &[Coverage],
        listener: &mut Listener<'_>,
    ) {
        let Some(negotiation) = self.filing.negotiation(slot) else {
            return;
        };
        let begins = negotiation.first_frame == sighting.frame;
        if begins {
            self.close_before(slot, sighting.time, coverage, listener);
        }
        let attempt = self.count_attempt(slot, begins);
        let Some(negotiation) = self.filing.negotiation(slot) else {
            return;
        };
        let Some((exchange, is_response, flight)) = sent_in(negotiation, sighting.frame) else {
            // A copy made by the capture, or a further fragment of a message.
            return self.decided(slot, sighting.time, coverage, listener);
        };
        let what = match flight.intervals().last() {
            Some(interval) => Happening::Repeat {
                exchange,
                flight,
                interval,
                schedule: schedule::of_flight(flight, negotiation.ike_version)
                    .filter(|_| flight.sent == TELLING_SENDINGS),
            },
            None => Happening::Message {
                exchange,
                is_response,
                attempt,
                is_full_size: is_response && is_full_size(negotiation, exchange),
            },
        };
        listener(&Event {
            time: sighting.time,
            source: sighting.source,
            destination: sighting.destination,
            negotiation: Some(negotiation),
            what,
            verdict: None,
        });
        let (id, is_new) = (negotiation.id, flight.sent == 1);
        if is_waited_for(exchange, is_response) {
            let within = patience::of(negotiation, flight).min(self.idle / 10 * 9);
            self.watches.expect_message(slot, id, sighting.time, within);
        }
        if is_new {
            self.decided(slot, sighting.time, coverage, listener);
        }
    }

    /// The attempt before is over when the next one begins.
    fn close_before(
        &mut self,
        slot: Slot,
        now: Timestamp,
        coverage: &[Coverage],
        listener: &mut Listener<'_>,
    ) {
        let before = self.filing.attempt_before(slot);
        let is_silent = |before: &Slot| {
            let last = self.filing.negotiation(*before).map(|it| it.last_time);
            last.is_some_and(|last| now.since(last) >= GAVE_UP)
        };
        let Some(before) = before.filter(is_silent) else {
            return;
        };
        let verdict = self.judge(before, coverage);
        if let Some(verdict) = verdict.filter(|verdict| verdict.outcome != Outcome::Incomplete) {
            self.announce(before, &verdict, now, listener);
        }
    }

    /// Counts an attempt that begins, and says which one of its initiator it is.
    fn count_attempt(&mut self, slot: Slot, begins: bool) -> Option<u64> {
        let negotiation = self.filing.negotiation(slot)?;
        if !begins || !negotiation.seen_from_start {
            return None;
        }
        let key = (negotiation.initiator.ip(), negotiation.responder.ip());
        if self.attempts.len() >= self.most_pairs && !self.attempts.contains_key(&key) {
            return None;
        }
        let count = self.attempts.entry(key).or_default();
        *count += 1;
        Some(*count)
    }

    fn flow(
        &mut self,
        (tunnel, index): (usize, usize),
        sighting: &Sighting,
        coverage: &[Coverage],
        listener: &mut Listener<'_>,
    ) {
        let owner = self.filing.owner(tunnel, self.filing.flow(tunnel, index));
        let verdict = owner.and_then(|slot| self.judge(slot, coverage));
        let verdict = verdict.filter(|verdict| verdict.outcome == Outcome::Established);
        let negotiation = owner.and_then(|slot| self.filing.negotiation(slot));
        let is_news = match (negotiation, &verdict) {
            (Some(negotiation), Some(verdict)) => self.watches.is_news(negotiation.id, verdict),
            _ => false,
        };
        listener(&Event {
            time: sighting.time,
            source: sighting.source,
            destination: sighting.destination,
            negotiation,
            what: Happening::Flow(self.filing.flow(tunnel, index)),
            verdict: verdict.as_ref().filter(|_| is_news),
        });
        if let (Some(slot), Some(negotiation)) = (owner, negotiation) {
            let id = negotiation.id;
            self.watches.expect_traffic(slot, id, sighting.time);
            if let Some(verdict) = verdict.filter(|_| is_news) {
                self.watches.remember(slot, id, &verdict);
            }
        }
    }

    /// Tells the verdict if what was seen decides it, and not silence.
    fn decided(
        &mut self,
        slot: Slot,
        now: Timestamp,
        coverage: &[Coverage],
        listener: &mut Listener<'_>,
    ) {
        let Some(verdict) = self.judge(slot, coverage) else {
            return;
        };
        match verdict.outcome {
            Outcome::Established | Outcome::Rejected | Outcome::Lost => {
                self.announce(slot, &verdict, now, listener);
            }
            Outcome::NoTraffic => {
                if let Some(id) = self.id_of(slot) {
                    self.watches.expect_traffic(slot, id, now);
                }
            }
            _ => {}
        }
    }

    /// Tells what the log of an end says came of it.
    fn stated(
        &mut self,
        slot: Slot,
        now: Timestamp,
        coverage: &[Coverage],
        listener: &mut Listener<'_>,
    ) {
        let is_open = |verdict: &Verdict| {
            matches!(
                verdict.outcome,
                Outcome::Incomplete | Outcome::NoTraffic | Outcome::OneWay
            )
        };
        if let Some(verdict) = self.judge(slot, coverage).filter(|it| !is_open(it)) {
            self.announce(slot, &verdict, now, listener);
        }
    }

    fn announce(
        &mut self,
        slot: Slot,
        verdict: &Verdict,
        now: Timestamp,
        listener: &mut Listener<'_>,
    ) {
        let Some(negotiation) = self.filing.negotiation(slot) else {
            return;
        };
        if !self.watches.is_news(negotiation.id, verdict) {
            return;
        }
        listener(&Event {
            time: now,
            source: negotiation.end(Role::Initiator),
            destination: negotiation.end(Role::Responder),
            negotiation: Some(negotiation),
            what: Happening::Verdict,
            verdict: Some(verdict),
        });
        self.watches.remember(slot, negotiation.id, verdict);
    }

    /// The verdict on a negotiation as far as it goes now.
    fn judge(&self, slot: Slot, coverage: &[Coverage]) -> Option<Verdict> {
        let id = self.id_of(slot)?;
        let tunnel = self.filing.scene(slot)?;
        let index = tunnel.negotiations.iter().position(|it| it.id == id)?;
        let history = History {
            coverage: coverage.to_vec(),
            ..History::default()
        };
        let judged = diagnose_tunnel(&tunnel, &history, &self.hints);
        judged.attempts.into_iter().nth(index).map(|it| it.verdict)
    }
}

/// Whether the answer to IKE_AUTH has room for a Child SA.
fn is_full_size(negotiation: &Negotiation, exchange: &Exchange) -> bool {
    let suite = Suite::of(negotiation).filter(|_| exchange.exchange_type == ExchangeType::IKE_AUTH);
    let encrypted = exchange.answered().and_then(|facts| facts.encrypted);
    let (Some(suite), Some(encrypted)) = (suite, encrypted) else {
        return false;
    };
    let room = suite::room(Some(suite), &encrypted);
    encrypted.fragment.is_none() && room.is_some_and(|room| room >= suite.least_success())
}

/// The message whose newest sending this frame is.
fn sent_in(negotiation: &Negotiation, frame: FrameId) -> Option<(&Exchange, bool, &Flight)> {
    let mut flights = negotiation.flights();
    flights.find(|(_, _, flight)| flight.last().frame == frame)
}

/// Whether something is to follow: not behind the answer to a request of an SA that is up.
const fn is_waited_for(exchange: &Exchange, is_response: bool) -> bool {
    !is_response
        || !matches!(
            exchange.exchange_type,
            ExchangeType::INFORMATIONAL | ExchangeType::CREATE_CHILD_SA
        )
}

/// An attempt that was silent for so long before the next one began was given up, nanoseconds:
/// otherwise both go on.
const GAVE_UP: i64 = SECOND;
/// With so many sendings a schedule is named: three intervals.
const TELLING_SENDINGS: u32 = 4;
