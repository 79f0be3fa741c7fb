//! Puts arrivals in time order within a bounded window.
//!
//! Captures are almost in order: several interfaces, several inputs, a multi-queue card shuffle a
//! few frames. What comes in order costs one push and one pop; stragglers wait in a heap of their
//! own. What arrives after a later one has already left is counted, not reordered.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use ikescope_wire::observed::{Sighting, Timestamp};

use crate::esp::Packet;
use crate::history::Disorder;
use crate::intake::{Arrival, What};

/// Something with a time that waits.
struct Entry<T> {
    /// Count of arrivals when this one came: breaks ties.
    number: u64,
    sighting: Sighting,
    what: T,
}

type Key = (Timestamp, u64);

impl<T> Entry<T> {
    const fn key(&self) -> Key {
        (self.sighting.time, self.number)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// Entries that came in order.
struct Queue<T>(VecDeque<Entry<T>>);

impl<T> Queue<T> {
    fn follows(&self, sighting: &Sighting) -> bool {
        let back = self.0.back();
        back.is_none_or(|back| back.sighting.time <= sighting.time)
    }

    fn first(&self) -> Option<Key> {
        self.0.front().map(Entry::key)
    }

    /// Appends an entry. The queue grows to the size of the window and no further: doubling would
    /// waste as much again.
    #[inline]
    fn push(&mut self, entry: Entry<T>, size: usize) {
        let held = self.0.len();
        if held == self.0.capacity() {
            let wanted = size.saturating_add(SLACK).saturating_sub(held);
            self.0.reserve_exact(wanted.min(held).max(SLACK));
        }
        self.0.push_back(entry);
    }

    /// Gives room back that is not needed any more: a capture begins with messages and goes on with
    /// packets.
    fn shrink(&mut self) {
        if self.0.len() < self.0.capacity() / 4 {
            self.0.shrink_to(self.0.len() * 2);
        }
    }
}

/// The window.
pub(crate) struct OrderWindow {
    messages: Queue<What>,
    /// Packets of ESP are many and small: here one takes half the room of a message.
    packets: Queue<Packet>,
    late: BinaryHeap<Reverse<Entry<What>>>,
    size: usize,
    arrivals: u64,
    released: Timestamp,
    disorder: Option<Disorder>,
}

impl OrderWindow {
    /// A window of so many arrivals.
    pub(crate) const fn new(size: usize) -> Self {
        Self {
            messages: Queue(VecDeque::new()),
            packets: Queue(VecDeque::new()),
            late: BinaryHeap::new(),
            size,
            arrivals: 0,
            released: Timestamp(i64::MIN),
            disorder: None,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, arrival: Arrival) {
        let Arrival { sighting, what } = arrival;
        // A datagram is given up for incomplete long after its first fragment: that is no disorder.
        if sighting.time < self.released && !matches!(what, What::Incomplete(_)) {
            self.note_disorder(&sighting);
        }
        self.arrivals += 1;
        let number = self.arrivals;
        if number.is_multiple_of(BETWEEN_SHRINKS) {
            self.messages.shrink();
            self.packets.shrink();
        }
        match what {
            What::Esp(what) if self.packets.follows(&sighting) => {
                let entry = Entry {
                    number,
                    sighting,
                    what,
                };
                self.packets.push(entry, self.size);
            }
            what => {
                let entry = Entry {
                    number,
                    sighting,
                    what,
                };
                if self.messages.follows(&sighting) {
                    self.messages.push(entry, self.size);
                } else {
                    self.late.push(Reverse(entry));
                }
            }
        }
    }

    #[cold]
    fn note_disorder(&mut self, sighting: &Sighting) {
        let packets = self.disorder.map_or(1, |disorder| disorder.packets + 1);
        let first = self
            .disorder
            .map_or(sighting.frame, |disorder| disorder.first);
        self.disorder = Some(Disorder { packets, first });
    }

    /// How many arrivals there are beyond the window's size.
    pub(crate) fn surplus(&self) -> usize {
        let held = self.messages.0.len() + self.packets.0.len() + self.late.len();
        held.saturating_sub(self.size)
    }

    /// The earliest arrival, if its time is not after `until`.
    pub(crate) fn pop(&mut self, until: Timestamp) -> Option<Arrival> {
        let message = self.messages.first();
        let packet = self.packets.first();
        let late = self.late.peek().map(|late| late.0.key());
        let earliest = [message, packet, late].into_iter().flatten().min()?;
        if earliest.0 > until {
            return None;
        }
        self.released = self.released.max(earliest.0);
        if packet == Some(earliest) {
            let Entry { sighting, what, .. } = self.packets.0.pop_front()?;
            let what = What::Esp(what);
            return Some(Arrival { sighting, what });
        }
        let entry = if message == Some(earliest) {
            self.messages.0.pop_front()?
        } else {
            self.late.pop()?.0
        };
        let Entry { sighting, what, .. } = entry;
        Some(Arrival { sighting, what })
    }

    /// Gives the memory of the window back if nothing waits in it.
    pub(crate) fn release(&mut self) {
        if self.messages.0.is_empty() && self.packets.0.is_empty() {
            self.messages = Queue(VecDeque::new());
            self.packets = Queue(VecDeque::new());
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

/// How many arrivals pass until room that is not needed is given back.
const BETWEEN_SHRINKS: u64 = 16_384;
/// Room beyond the window's size, so that what is filed in batches need not grow it.
const SLACK: usize = 256;

#[cfg(test)]
mod tests {
    use ikescope_wire::observed::{FrameId, Transport};

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

    fn packet_at(seconds: i64) -> Arrival {
        let what = What::Esp(Packet {
            spi: 1,
            sequence: 1,
            octets: 100,
            transport: Transport::Esp,
        });
        Arrival {
            what,
            ..at(seconds)
        }
    }

    #[test]
    fn packets_and_messages_keep_the_order_among_each_other() {
        let mut window = OrderWindow::new(10);
        for seconds in [1, 4, 6] {
            window.push(at(seconds));
        }
        for seconds in [2, 4, 3, 7] {
            window.push(packet_at(seconds));
        }
        window.push(at(5));
        let order: Vec<(i64, bool)> = std::iter::from_fn(|| window.pop(Timestamp(i64::MAX)))
            .map(|it| {
                let seconds = it.sighting.time.0 / 1_000_000_000;
                (seconds, matches!(it.what, What::Esp(_)))
            })
            .collect();
        let [message, packet] = [false, true];
        assert_eq!(
            order,
            [
                (1, message),
                (2, packet),
                (3, packet),
                (4, message),
                (4, packet),
                (5, message),
                (6, message),
                (7, packet),
            ]
        );
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
