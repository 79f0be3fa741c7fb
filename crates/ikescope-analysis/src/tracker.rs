//! The tracker: observations in, [`History`] out. No I/O, no clock: time is what the packets say.

use ikescope_wire::observed::{Observation, Timestamp};

use crate::filing::Filing;
use crate::history::{Coverage, History, Tunnel};
use crate::intake::{Arrival, Intake};
use crate::order::OrderWindow;

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
    /// Tunnels kept; beyond it new pairs of peers are counted only.
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
    window: OrderWindow,
    filing: Filing,
    batch: Vec<Arrival>,
    batch_size: usize,
}

/// Arrivals filed at a time: while one waits for memory, the others do too.
const BATCH: usize = 64;

impl Tracker {
    /// A tracker that has seen nothing.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            intake: Intake::new(&limits.ike_ports),
            window: OrderWindow::new(limits.order_window),
            // A small window is kept to the letter, a tap without one files at once.
            batch_size: limits.order_window.clamp(1, BATCH),
            filing: Filing::new(limits),
            batch: Vec::with_capacity(BATCH),
        }
    }

    /// Takes what an observer saw.
    pub fn observe(&mut self, observation: &Observation<'_>) {
        if let Some(arrival) = self.intake.read(observation) {
            self.accept(arrival);
        }
    }

    /// Takes what an [`Intake`] on another thread has read already.
    pub fn accept(&mut self, arrival: Arrival) {
        self.window.push(arrival);
        if self.window.surplus() >= self.batch_size {
            self.file(self.batch_size, Timestamp(i64::MAX));
        }
    }

    /// Files everything up to `now` and hands over a finished negotiation, as a tunnel that holds
    /// this one and its flows: idle, ESP included, for longer than [`Limits::idle`]. For embedders
    /// with a live tap; call it until it returns `None`.
    pub fn poll(&mut self, now: Timestamp) -> Option<Tunnel> {
        while self.file(BATCH, now) > 0 {}
        self.filing.take_finished(now)
    }

    /// The same for a capture that is read from a file: a negotiation that is finished by the time
    /// of what has left the window of order, which stays filled.
    pub fn finished(&mut self) -> Option<Tunnel> {
        self.filing.take_finished(self.window.released())
    }

    /// Files the earliest arrivals, at most `count` and none after `until`; says how many.
    fn file(&mut self, count: usize, until: Timestamp) -> usize {
        let Self {
            window,
            batch,
            filing,
            ..
        } = self;
        batch.extend(core::iter::from_fn(|| window.pop(until)).take(count));
        let filed = batch.len();
        filing.prepare(batch);
        for arrival in batch.drain(..) {
            filing.file(arrival);
        }
        filed
    }

    /// Ends the observation and returns what happened. `coverage` says, input by input, from when
    /// to when the capture ran: silence counts only where somebody listened.
    #[must_use]
    pub fn finish(mut self, coverage: &[Coverage]) -> History {
        while self.file(BATCH, Timestamp(i64::MAX)) > 0 {}
        let unrelated = self.intake.unrelated();
        self.filing
            .into_history(coverage, self.window.out_of_order(), unrelated)
    }
}
