//! When to look at which negotiation again, and what was said of it last.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::HashMap;
use ikescope_wire::observed::Timestamp;

use crate::diagnosis::Verdict;
use crate::roster::Slot;
use crate::standing::{Outcome, SECOND, Stage};

/// A negotiation that is to be looked at again, as of a time.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Due {
    time: Timestamp,
    pub(super) id: u32,
    pub(super) slot: Slot,
}

/// What is kept of one negotiation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    slot: Slot,
    /// When silence behind its newest message says something; `None` once it has.
    silence: Option<Timestamp>,
    /// When its traffic says something.
    traffic: Option<Timestamp>,
    /// Looks left at its traffic that may come to nothing.
    looks: u8,
    /// Whether the queue holds it.
    queued: bool,
    said: Option<(Outcome, Stage)>,
}

/// All of them.
#[derive(Default)]
pub(super) struct Watches {
    of: HashMap<u32, Watch>,
    queue: BinaryHeap<Reverse<Due>>,
}

/// ESP of one end alone is told when it has gone on for longer than this, nanoseconds ...
const TRAFFIC: i64 = 6 * SECOND;
/// ... and looked at so often, as it may be sparse.
const LOOKS: u8 = 5;

impl Watch {
    fn due(&self) -> Option<Timestamp> {
        let either = self.silence.into_iter().chain(self.traffic);
        either.min()
    }
}

impl Watches {
    /// Has its silence looked at `within` nanoseconds after `now`, and no earlier.
    pub(super) fn expect_message(&mut self, slot: Slot, id: u32, now: Timestamp, within: i64) {
        self.watch(slot, id).silence = Some(Timestamp(now.0.saturating_add(within)));
        self.queue(slot, id);
    }

    /// Has its traffic looked at some time after `now`: a flow has begun.
    pub(super) fn expect_traffic(&mut self, slot: Slot, id: u32, now: Timestamp) {
        let watch = self.watch(slot, id);
        let after = Timestamp(now.0.saturating_add(TRAFFIC));
        watch.traffic.get_or_insert(after);
        watch.looks = LOOKS;
        self.queue(slot, id);
    }

    /// The next one that is due by `now`.
    pub(super) fn next_due(&mut self, now: Timestamp) -> Option<Due> {
        loop {
            let Reverse(first) = *self.queue.peek()?;
            if first.time > now {
                return None;
            }
            self.queue.pop();
            let Some(watch) = self.of.get_mut(&first.id) else {
                continue;
            };
            watch.queued = false;
            let is_due = watch.due().is_some_and(|due| due <= now);
            watch.silence = watch.silence.filter(|due| *due > now);
            if watch.traffic.is_some_and(|due| due <= now) {
                let again = Timestamp(now.0.saturating_add(TRAFFIC));
                watch.traffic = Some(again).filter(|_| watch.looks > 0);
                watch.looks = watch.looks.saturating_sub(1);
            }
            // It may have been put off since it was queued, or there is more to come.
            self.queue(first.slot, first.id);
            if is_due {
                return Some(first);
            }
        }
    }

    fn queue(&mut self, slot: Slot, id: u32) {
        let watch = self.watch(slot, id);
        if let Some(time) = watch.due().filter(|_| !watch.queued) {
            watch.queued = true;
            self.queue.push(Reverse(Due { time, id, slot }));
        }
    }

    /// Whether this verdict was not said yet.
    pub(super) fn is_news(&self, id: u32, verdict: &Verdict) -> bool {
        let said = self.of.get(&id).and_then(|watch| watch.said);
        said != Some((verdict.outcome, verdict.stage))
    }

    /// Notes that this verdict was said.
    pub(super) fn remember(&mut self, slot: Slot, id: u32, verdict: &Verdict) {
        self.watch(slot, id).said = Some((verdict.outcome, verdict.stage));
    }

    /// Forgets a negotiation that is not alive.
    pub(super) fn forget(&mut self, id: u32) {
        self.of.remove(&id);
    }

    /// Forgets all that are not alive, where there are many more than those that are.
    pub(super) fn keep_only(&mut self, live: usize, is_alive: impl Fn(Slot, u32) -> bool) {
        if self.of.len() > 2 * live + SPARE {
            self.of.retain(|id, watch| is_alive(watch.slot, *id));
        }
    }

    fn watch(&mut self, slot: Slot, id: u32) -> &mut Watch {
        self.of.entry(id).or_insert(Watch {
            slot,
            silence: None,
            traffic: None,
            looks: 0,
            queued: false,
            said: None,
        })
    }
}

/// So many that are not alive do no harm.
const SPARE: usize = 1024;
