//! Puts observations in time order within a bounded window of frames.
//!
//! Captures are almost in order: several interfaces, several inputs, a multi-queue card shuffle a
//! few frames. What comes in order costs one push and one pop; stragglers wait in a heap of their
//! own. What arrives after a later one has already left is counted, not reordered.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use ikescope_wire::observed::{Sighting, TcpSignalKind, Timestamp, Transport};

use crate::arena::{Arena, Place};
use crate::esp::Packet;

/// An observation on its way into or out of the window; its octets are borrowed.
#[derive(Clone, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) sighting: Sighting,
    pub(crate) what: What<&'a [u8]>,
}

/// The kinds of observation. `O` is how the octets of IKE messages are held.
#[derive(Clone, Debug)]
pub(crate) enum What<O> {
    Ike {
        transport: Transport,
        octets: O,
        missing: u32,
        ip_fragments: Box<[u64]>,
    },
    Esp(Packet),
    NatKeepalive,
    Icmp(Box<IcmpError>),
    Tcp(TcpSignalKind),
    Incomplete(Box<Incomplete>),
}

impl<O> What<O> {
    fn map<P>(self, hold: impl FnOnce(O) -> P) -> What<P> {
        match self {
            Self::Ike {
                transport,
                octets,
                missing,
                ip_fragments,
            } => What::Ike {
                transport,
                octets: hold(octets),
                missing,
                ip_fragments,
            },
            Self::Esp(packet) => What::Esp(packet),
            Self::NatKeepalive => What::NatKeepalive,
            Self::Icmp(error) => What::Icmp(error),
            Self::Tcp(kind) => What::Tcp(kind),
            Self::Incomplete(incomplete) => What::Incomplete(incomplete),
        }
    }
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
    /// Count of observations when this one came: breaks ties and bounds the window.
    arrival: u64,
    sighting: Sighting,
    what: What<Place>,
}

impl Entry {
    const fn key(&self) -> (Timestamp, u64) {
        (self.sighting.time, self.arrival)
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
    arena: Arena,
    in_order: VecDeque<Entry>,
    late: BinaryHeap<Reverse<Entry>>,
    size: usize,
    arrivals: u64,
    released: Timestamp,
    out_of_order: u64,
    /// Octets lent by the last `pop`.
    lent: Option<Place>,
}

impl OrderWindow {
    /// A window of so many observations.
    pub(crate) fn new(size: usize) -> Self {
        Self {
            arena: Arena::default(),
            in_order: VecDeque::new(),
            late: BinaryHeap::new(),
            size,
            arrivals: 0,
            released: Timestamp(i64::MIN),
            out_of_order: 0,
            lent: None,
        }
    }

    pub(crate) fn push(&mut self, seen: Seen<'_>) {
        let Seen { sighting, what } = seen;
        if sighting.time < self.released {
            self.out_of_order += 1;
        }
        self.arrivals += 1;
        let what = what.map(|octets| self.arena.store(octets));
        let entry = Entry {
            arrival: self.arrivals,
            sighting,
            what,
        };
        if self
            .in_order
            .back()
            .is_some_and(|back| entry.key() < back.key())
        {
            self.late.push(Reverse(entry));
            return;
        }
        if self.in_order.len() == self.in_order.capacity() {
            // Grow to the size of the window and no further: doubling would waste as much again.
            let wanted = self
                .in_order
                .len()
                .max(64)
                .min((self.size + 1).saturating_sub(self.in_order.len()).max(64));
            self.in_order.reserve_exact(wanted);
        }
        self.in_order.push_back(entry);
    }

    /// The earliest observation, if the window is full, or if its time is not after `until`.
    pub(crate) fn pop(&mut self, until: Option<Timestamp>) -> Option<Seen<'_>> {
        if let Some(place) = self.lent.take() {
            self.arena.give_back(place);
        }
        let late_first = match (self.in_order.front(), self.late.peek()) {
            (Some(front), Some(Reverse(late))) => late < front,
            (front, _) => front.is_none(),
        };
        let earliest = if late_first {
            self.late.peek().map(|Reverse(entry)| entry)?
        } else {
            self.in_order.front()?
        };
        let full = self.in_order.len() + self.late.len() > self.size;
        let due = until.is_some_and(|until| earliest.sighting.time <= until);
        if !full && !due {
            return None;
        }
        let entry = if late_first {
            self.late.pop()?.0
        } else {
            self.in_order.pop_front()?
        };
        self.released = self.released.max(entry.sighting.time);
        if let What::Ike { octets, .. } = &entry.what {
            self.lent = Some(*octets);
        }
        let arena = &self.arena;
        Some(Seen {
            sighting: entry.sighting,
            what: entry.what.map(|place| arena.get(place)),
        })
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

    fn at(seconds: i64) -> Seen<'static> {
        let end = ([192, 0, 2, 1], 500).into();
        Seen {
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

    fn drain(window: &mut OrderWindow, all: bool) -> Vec<i64> {
        let until = all.then_some(Timestamp(i64::MAX));
        let mut times = Vec::new();
        while let Some(seen) = window.pop(until) {
            times.push(seen.sighting.time.0 / 1_000_000_000);
        }
        times
    }

    #[test]
    fn sorts_within_the_window() {
        let mut window = OrderWindow::new(10);
        for seconds in [5, 3, 4, 9, 1, 7] {
            window.push(at(seconds));
        }
        assert!(drain(&mut window, false).is_empty());
        assert_eq!(drain(&mut window, true), [1, 3, 4, 5, 7, 9]);
        assert_eq!(window.out_of_order(), 0);
    }

    #[test]
    fn lets_go_when_full_and_counts_what_comes_too_late() {
        let mut window = OrderWindow::new(2);
        for seconds in [10, 11, 12] {
            window.push(at(seconds));
        }
        assert_eq!(drain(&mut window, false), [10]);
        window.push(at(5));
        assert_eq!(window.out_of_order(), 1);
    }

    #[test]
    fn lends_the_octets_it_was_given() {
        let mut window = OrderWindow::new(0);
        for octets in [&[1u8, 2][..], &[3, 4, 5]] {
            window.push(Seen {
                what: What::Ike {
                    transport: Transport::Udp,
                    octets,
                    missing: 0,
                    ip_fragments: Box::default(),
                },
                ..at(1)
            });
            let Some(Seen {
                what: What::Ike { octets: lent, .. },
                ..
            }) = window.pop(None)
            else {
                panic!("the window holds one message");
            };
            assert_eq!(lent, octets);
        }
    }
}
