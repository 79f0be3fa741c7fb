//! Puts arrivals in time order within a bounded window.
//!
//! Captures are almost in order: several interfaces, several inputs, a multi-queue card shuffle a
//! few frames. What comes in order costs one push and one pop; stragglers wait in a heap of their
//! own. What arrives after a later one has already left is counted, not reordered.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use ikescope_wire::observed::Timestamp;

use crate::history::Disorder;
use crate::intake::{Arrival, What};

struct Entry {
    /// Count of arrivals when this one came: breaks ties.
    number: u64,
    arrival: Arrival,
}

impl Entry {
    const fn key(&self) -> (Timestamp, u64) {
        (self.arrival.sighting.time, self.number)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// The window.
pub(crate) struct OrderWindow {
    in_order: VecDeque<Entry>,
    late: BinaryHeap<Reverse<Entry>>,
    size: usize,
    arrivals: u64,
    released: Timestamp,
    disorder: Option<Disorder>,
}

impl OrderWindow {
    /// A window of so many arrivals.
    pub(crate) const fn new(size: usize) -> Self {
        Self {
            in_order: VecDeque::new(),
            late: BinaryHeap::new(),
            size,
            arrivals: 0,
            released: Timestamp(i64::MIN),
            disorder: None,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, arrival: Arrival) {
        // A datagram is given up for incomplete long after its first fragment: that is no disorder.
        if arrival.sighting.time < self.released && !matches!(arrival.what, What::Incomplete(_)) {
            let first = arrival.sighting.frame;
            let packets = self.disorder.map_or(1, |disorder| disorder.packets + 1);
            let first = self.disorder.map_or(first, |disorder| disorder.first);
            self.disorder = Some(Disorder { packets, first });
        }
        self.arrivals += 1;
        let entry = Entry {
            number: self.arrivals,
            arrival,
        };
        if self.in_order.back().is_some_and(|back| entry < *back) {
            self.late.push(Reverse(entry));
            return;
        }
        if self.in_order.len() == self.in_order.capacity() {
            self.grow();
        }
        self.in_order.push_back(entry);
    }

    /// Grows to the size of the window and no further: doubling would waste as much again.
    fn grow(&mut self) {
        let held = self.in_order.len();
        let wanted = self.size.saturating_add(SLACK).saturating_sub(held);
        self.in_order.reserve_exact(wanted.min(held).max(SLACK));
    }

    /// How many arrivals there are beyond the window's size.
    pub(crate) fn surplus(&self) -> usize {
        (self.in_order.len() + self.late.len()).saturating_sub(self.size)
    }

    /// The earliest arrival, if its time is not after `until`.
    pub(crate) fn pop(&mut self, until: Timestamp) -> Option<Arrival> {
        let late_first = match (self.in_order.front(), self.late.peek()) {
            (Some(front), Some(Reverse(late))) => late < front,
            (front, _) => front.is_none(),
        };
        let earliest = if late_first {
            &self.late.peek()?.0
        } else {
            self.in_order.front()?
        };
        if earliest.arrival.sighting.time > until {
            return None;
        }
        let entry = if late_first {
            self.late.pop()?.0
        } else {
            self.in_order.pop_front()?
        };
        self.released = self.released.max(entry.arrival.sighting.time);
        Some(entry.arrival)
    }

    /// Gives the memory of the window back if nothing waits in it.
    pub(crate) fn release(&mut self) {
        if self.in_order.is_empty() {
            self.in_order = VecDeque::new();
        }
    }

    /// Time of the latest arrival that has left.
    pub(crate) const fn released(&self) -> Timestamp {
        self.released
    }

    /// What came too late to be put in order.
    pub(crate) const fn disorder(&self) -> Option<Disorder> {
        self.disorder
    }
}

/// Room beyond the window's size, so that what is filed in batches need not grow it.
const SLACK: usize = 256;

#[cfg(test)]
mod tests {
    use ikescope_wire::observed::{FrameId, Sighting};

    use super::*;

    fn at(seconds: i64) -> Arrival {
        let end = ([192, 0, 2, 1], 500).into();
        Arrival {
            sighting: Sighting {
                frame: FrameId::default(),
                time: Timestamp::new(seconds, 0),
                source: end,
                destination: end,
                hop_limit: 64,
                ip_id: None,
                interface: 0,
                ip_length: 0,
            },
            what: What::NatKeepalive,
        }
    }

    fn drain(window: &mut OrderWindow) -> Vec<i64> {
        std::iter::from_fn(|| window.pop(Timestamp(i64::MAX)))
            .map(|arrival| arrival.sighting.time.0 / 1_000_000_000)
            .collect()
    }

    #[test]
    fn sorts_what_it_holds() {
        let mut window = OrderWindow::new(10);
        for seconds in [5, 3, 4, 9, 1, 7] {
            window.push(at(seconds));
        }
        assert_eq!(window.surplus(), 0);
        assert_eq!(drain(&mut window), [1, 3, 4, 5, 7, 9]);
        assert!(window.disorder().is_none());
    }

    #[test]
    fn keeps_the_order_of_arrival_where_times_are_equal() {
        let mut window = OrderWindow::new(10);
        for interface in 0..5 {
            let mut arrival = at(1);
            arrival.sighting.interface = interface;
            window.push(arrival);
        }
        let order: Vec<u32> = std::iter::from_fn(|| window.pop(Timestamp(i64::MAX)))
            .map(|arrival| arrival.sighting.interface)
            .collect();
        assert_eq!(order, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn holds_back_what_is_later_and_counts_what_comes_too_late() {
        let mut window = OrderWindow::new(2);
        for seconds in [10, 11, 12] {
            window.push(at(seconds));
        }
        assert_eq!(window.surplus(), 1);
        assert!(window.pop(Timestamp::new(10, 0)).is_some());
        assert!(window.pop(Timestamp::new(10, 0)).is_none());
        window.push(at(5));
        assert_eq!(window.disorder().map(|disorder| disorder.packets), Some(1));
    }
}
