//! Puts observations in time order within a bounded window of frames.
//!
//! Captures are almost in order: several interfaces, several inputs, a multi-queue card shuffle a
//! few frames. What comes in order costs one push and one pop; stragglers wait in a heap of their
//! own. A frame that arrives after a later one has already left is counted, not reordered.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use ikescope_wire::observed::{Sighting, TcpSignalKind, Timestamp, Transport};

/// An observation that owns its octets.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) sighting: Sighting,
    pub(crate) what: What,
}

/// The kinds of observation, owned.
#[derive(Clone, Debug)]
pub(crate) enum What {
    Ike {
        transport: Transport,
        octets: Box<[u8]>,
        missing: u32,
        ip_fragments: Box<[u64]>,
    },
    Esp {
        transport: Transport,
        spi: u32,
        sequence: u32,
        octets: u32,
        fragmented: bool,
    },
    NatKeepalive,
    Icmp(Box<IcmpError>),
    Tcp(TcpSignalKind),
    Incomplete(Box<Incomplete>),
}

/// An ICMP error, its quotation owned.
#[derive(Clone, Debug)]
pub(crate) struct IcmpError {
    pub(crate) version: u8,
    pub(crate) icmp_type: u8,
    pub(crate) code: u8,
    pub(crate) mtu: Option<u32>,
    pub(crate) quoted_source: std::net::SocketAddr,
    pub(crate) quoted_destination: std::net::SocketAddr,
    pub(crate) quoted_transport: Transport,
    pub(crate) quoted_ip_length: u32,
    pub(crate) quoted_octets: Box<[u8]>,
}

/// A datagram of which fragments are missing.
#[derive(Clone, Debug)]
pub(crate) struct Incomplete {
    pub(crate) protocol: u8,
    pub(crate) fragments: Box<[u64]>,
    pub(crate) first_seen: bool,
    pub(crate) last_seen: bool,
    pub(crate) octets: Box<[u8]>,
}

struct Entry {
    /// Count of frames when this one came: breaks ties and bounds the window.
    arrival: u64,
    observation: Owned,
}

impl Entry {
    const fn key(&self) -> (Timestamp, u64) {
        (self.observation.sighting.time, self.arrival)
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

/// The window. Arrivals are counted by the caller in frames, relevant or not.
pub(crate) struct OrderWindow {
    in_order: VecDeque<Entry>,
    late: BinaryHeap<Reverse<Entry>>,
    frames: u64,
    released: Timestamp,
    out_of_order: u64,
}

impl OrderWindow {
    pub(crate) fn new(frames: u64) -> Self {
        Self {
            in_order: VecDeque::new(),
            late: BinaryHeap::new(),
            frames,
            released: Timestamp(i64::MIN),
            out_of_order: 0,
        }
    }

    pub(crate) fn push(&mut self, arrival: u64, observation: Owned) {
        if observation.sighting.time < self.released {
            self.out_of_order += 1;
        }
        let entry = Entry {
            arrival,
            observation,
        };
        match self.in_order.back() {
            Some(back) if entry.key() < back.key() => self.late.push(Reverse(entry)),
            _ => self.in_order.push_back(entry),
        }
    }

    /// The earliest observation, if the window has moved past it or `until` includes it.
    pub(crate) fn pop(&mut self, arrival: u64, until: Option<Timestamp>) -> Option<Owned> {
        let from_late = match (self.in_order.front(), self.late.peek()) {
            (None, None) => return None,
            (Some(front), Some(Reverse(late))) => late < front,
            (None, Some(_)) => true,
            (Some(_), None) => false,
        };
        let next = if from_late {
            self.late.peek().map(|Reverse(entry)| entry)
        } else {
            self.in_order.front()
        }?;
        let left_window = arrival.saturating_sub(self.oldest_arrival(next)) >= self.frames;
        let due = until.is_some_and(|until| next.observation.sighting.time <= until);
        if !left_window && !due {
            return None;
        }
        let entry = if from_late {
            self.late.pop()?.0
        } else {
            self.in_order.pop_front()?
        };
        self.released = self.released.max(entry.observation.sighting.time);
        Some(entry.observation)
    }

    /// The window is full when anything in it is too old, even if an older time stands before it.
    fn oldest_arrival(&self, next: &Entry) -> u64 {
        self.in_order
            .front()
            .map_or(next.arrival, |front| front.arrival.min(next.arrival))
    }

    /// How many observations came too late to be put in order.
    pub(crate) const fn out_of_order(&self) -> u64 {
        self.out_of_order
    }
}

#[cfg(test)]
mod tests {
    use ikescope_wire::observed::FrameId;

    use super::*;

    fn at(seconds: i64) -> Owned {
        let end = ([192, 0, 2, 1], 500).into();
        Owned {
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

    fn drain(window: &mut OrderWindow, arrival: u64, all: bool) -> Vec<i64> {
        let until = all.then_some(Timestamp(i64::MAX));
        std::iter::from_fn(|| window.pop(arrival, until))
            .map(|owned| owned.sighting.time.0 / 1_000_000_000)
            .collect()
    }

    #[test]
    fn sorts_within_the_window() {
        let mut window = OrderWindow::new(10);
        for (arrival, seconds) in [5, 3, 4, 9, 1, 7].into_iter().enumerate() {
            window.push(arrival as u64, at(seconds));
        }
        assert!(drain(&mut window, 5, false).is_empty());
        assert_eq!(drain(&mut window, 5, true), [1, 3, 4, 5, 7, 9]);
        assert_eq!(window.out_of_order(), 0);
    }

    #[test]
    fn lets_go_what_the_window_has_passed_and_counts_what_comes_too_late() {
        let mut window = OrderWindow::new(2);
        window.push(0, at(10));
        window.push(1, at(11));
        window.push(2, at(12));
        assert_eq!(drain(&mut window, 2, false), [10]);
        window.push(3, at(5));
        assert_eq!(window.out_of_order(), 1);
    }
}
