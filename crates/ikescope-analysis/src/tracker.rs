//! The tracker: observations in, [`History`] out. No I/O, no clock: time is what the packets say.

use std::sync::Arc;

use ikescope_wire::observed::{Observation, Timestamp};

use crate::archive::{Archive, Ended};
use crate::filing::Filing;
use crate::history::{Coverage, History, Tunnel};
use crate::intake::{Arrival, Intake};
use crate::opener::{Keyring, Keys};

/// What bounds the tracker's memory. The defaults suit a hub with thousands of peers.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Observations that wait to be put in time order.
    pub order_window: usize,
    /// Negotiations followed at once; beyond it the one idle for longest is concluded.
    pub live_negotiations: usize,
    /// Negotiations kept whole per tunnel; others that ended are counted only.
    pub negotiations_per_tunnel: usize,
    /// ESP and AH flows kept.
    pub flows: usize,
    /// Pairs of peers kept; beyond it new ones are counted only. Clients told apart behind one
    /// address are tunnels of their own within their pair, at most one per negotiation kept.
    pub tunnels: usize,
    /// UDP ports that carry IKE besides 500, 4500 and 848. Odd ports are often found anyway: by a
    /// header whose version, exchange and length fit.
    pub ike_ports: Vec<u16>,
    /// How long after its last packet a negotiation counts as finished for [`Tracker::poll`], in
    /// nanoseconds of packet time.
    pub idle: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            order_window: 65_536,
            live_negotiations: 50_000,
            negotiations_per_tunnel: 24,
            flows: 200_000,
            tunnels: 200_000,
            ike_ports: Vec::new(),
            idle: 120 * 1_000_000_000,
        }
    }
}

/// Follows negotiations.
///
/// ```
/// use ikescope_analysis::{Limits, Tracker};
///
/// let tracker = Tracker::new(Limits::default());
/// let history = tracker.finish(&[]);
/// assert!(history.tunnels.is_empty());
/// ```
pub struct Tracker {
    intake: Intake,
    desk: Desk,
    archive: Archive,
    batch: Vec<Arrival>,
    ended: Ended,
}

impl Tracker {
    /// A tracker that has seen nothing.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::with(limits, None)
    }

    /// A tracker that reads what was encrypted too, where the keyring helps.
    #[must_use]
    pub fn with_keys(limits: Limits, keyring: Arc<dyn Keyring>) -> Self {
        Self::with(limits, Some(keyring))
    }

    fn with(limits: Limits, keys: Keys) -> Self {
        let opener = keys.as_ref().map(|keyring| keyring.opener());
        let intake = Intake::new(&limits.ike_ports, limits.order_window, keys);
        let filing = Filing::new(limits, opener);
        Self {
            intake,
            archive: filing.archive(),
            desk: Desk { filing },
            batch: Vec::new(),
            ended: Ended::default(),
        }
    }

    /// Takes what an observer saw.
    pub fn observe(&mut self, observation: &Observation<'_>) {
        if self.intake.take(observation) {
            self.intake.ready(&mut self.batch);
            self.file();
        }
    }

    /// Files everything up to `now` and hands over a finished negotiation, as a tunnel that holds
    /// this one and its flows: idle, ESP included, for longer than [`Limits::idle`]. For embedders
    /// with a live tap; call it until it returns `None`.
    pub fn poll(&mut self, now: Timestamp) -> Option<Tunnel> {
        self.drain(now);
        self.desk.filing.take_finished(now)
    }

    /// The same for a capture that is read from a file: a negotiation that is finished by the time
    /// of what has left the window of order, which stays filled.
    pub fn finished(&mut self) -> Option<Tunnel> {
        self.desk.filing.take_finished(self.intake.handed_on())
    }

    /// Ends the observation and returns what happened. `coverage` says, input by input, from when
    /// to when the capture ran: silence counts only where somebody listened.
    #[must_use]
    pub fn finish(mut self, coverage: &[Coverage]) -> History {
        self.drain(Timestamp(i64::MAX));
        self.desk.finish(self.archive, &self.intake, coverage)
    }

    /// The three parts, for those who take on one thread, file on another and keep what has ended
    /// on a third.
    #[must_use]
    pub fn split(self) -> (Intake, Desk, Archive) {
        (self.intake, self.desk, self.archive)
    }

    fn drain(&mut self, until: Timestamp) {
        while self.intake.drain(until, &mut self.batch) {
            self.file();
        }
    }

    fn file(&mut self) {
        self.desk.file(&mut self.batch);
        self.desk.hand_over(&mut self.ended);
        self.archive.take(&mut self.ended);
    }
}

/// Arrivals or negotiations looked at together: while one waits for memory, the others do too.
pub(crate) const TOGETHER: usize = 64;

/// Files what an [`Intake`] hands on: the second third of a [`Tracker`].
pub struct Desk {
    filing: Filing,
}

impl Desk {
    /// Files arrivals, in the order they were handed on, and leaves the vector empty.
    pub fn file(&mut self, arrivals: &mut Vec<Arrival>) {
        let mut arrivals = arrivals.drain(..);
        while !arrivals.as_slice().is_empty() {
            let ahead = arrivals.as_slice();
            self.filing.prepare(&ahead[..ahead.len().min(TOGETHER)]);
            for arrival in arrivals.by_ref().take(TOGETHER) {
                self.filing.file(arrival);
            }
        }
    }

    /// Hands over the negotiations that have ended since the last time, for an [`Archive`], and
    /// takes back the room that it found in earlier ones.
    pub fn hand_over(&mut self, ended: &mut Ended) {
        self.filing.hand_over(ended);
    }

    /// Ends some of what is still alive, to be handed over; `false` once nothing is.
    pub fn close(&mut self) -> bool {
        self.filing.close()
    }

    /// What happened, once `intake` has nothing left to hand on and `archive` has taken everything
    /// that was handed over.
    #[must_use]
    pub fn finish(self, archive: Archive, intake: &Intake, coverage: &[Coverage]) -> History {
        let (disorder, unrelated) = (intake.disorder(), intake.unrelated());
        self.filing
            .into_history(archive, coverage, disorder, unrelated)
    }
}
