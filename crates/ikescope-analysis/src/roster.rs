//! The negotiations that are alive, found by the initiator's SPI.

use core::hint::black_box;
use std::collections::VecDeque;

use foldhash::HashMap;
use ikescope_wire::Spi;
use ikescope_wire::observed::Timestamp;

use crate::negotiation::Negotiation;
use crate::warm::warm;

/// Place of a negotiation in the roster, as long as it is alive.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Slot(u32);

struct Entry {
    negotiation: Box<Negotiation>,
    tunnel: usize,
    /// Next entry with the same initiator SPI: other hosts may have chosen it too.
    next: Option<Slot>,
}

/// One visit in the queue of the idle: a negotiation and its newest message when it was queued.
struct Visit {
    slot: Slot,
    id: u32,
    last: Timestamp,
}

#[derive(Default)]
pub(crate) struct Roster {
    entries: Vec<Option<Entry>>,
    free: Vec<Slot>,
    by_spi: HashMap<Spi, Slot>,
    /// SPIs of IKE SAs that came by rekeying.
    successors: HashMap<Spi, Slot>,
    visits: VecDeque<Visit>,
    live: usize,
}

impl Roster {
    pub(crate) fn insert(&mut self, negotiation: Box<Negotiation>, tunnel: usize) -> Slot {
        let (spi, id, last) = (
            negotiation.spis.initiator,
            negotiation.id,
            negotiation.last_time,
        );
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            Slot(u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX))
        });
        let next = self.by_spi.insert(spi, slot);
        self.entries[slot.0 as usize] = Some(Entry {
            negotiation,
            tunnel,
            next,
        });
        self.visits.push_back(Visit { slot, id, last });
        self.live += 1;
        slot
    }

    /// The negotiations with this initiator SPI, newest first, those rekeyed to it last.
    pub(crate) fn with_spi(&self, spi: Spi) -> impl Iterator<Item = Slot> + '_ {
        let mut next = self.by_spi.get(&spi).copied();
        let own = core::iter::from_fn(move || {
            let slot = next?;
            next = self.entry(slot).and_then(|entry| entry.next);
            Some(slot)
        });
        // Rekeying is rare; most rosters have none to look up.
        let rekeyed = (!self.successors.is_empty())
            .then(|| self.successors.get(&spi).copied())
            .flatten();
        own.chain(rekeyed)
    }

    pub(crate) fn add_successor(&mut self, slot: Slot, spi: Spi) {
        self.successors.insert(spi, slot);
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Negotiation> {
        Some(&self.entry(slot)?.negotiation)
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Negotiation> {
        Some(&mut self.entries.get_mut(slot.0 as usize)?.as_mut()?.negotiation)
    }

    /// Index of the tunnel that a negotiation belongs to.
    pub(crate) fn tunnel(&self, slot: Slot) -> Option<usize> {
        Some(self.entry(slot)?.tunnel)
    }

    pub(crate) const fn live(&self) -> usize {
        self.live
    }

    /// The entry whose newest message is oldest, as far as its last visit told; `None` when no
    /// entry is older than `before`. An entry that has spoken since is queued anew.
    pub(crate) fn next_idle(&mut self, before: Timestamp) -> Option<Slot> {
        loop {
            if self.visits.front()?.last >= before {
                return None;
            }
            let visit = self.visits.pop_front()?;
            let alive = self
                .get(visit.slot)
                .filter(|negotiation| negotiation.id == visit.id);
            match alive.map(|negotiation| negotiation.last_time) {
                Some(last) if last > visit.last => self.visits.push_back(Visit { last, ..visit }),
                Some(_) => return Some(visit.slot),
                None => {}
            }
        }
    }

    /// Puts an idle entry back: it is to live on.
    pub(crate) fn keep(&mut self, slot: Slot, as_of: Timestamp) {
        if let Some(id) = self.get(slot).map(|negotiation| negotiation.id) {
            self.visits.push_back(Visit {
                slot,
                id,
                last: as_of,
            });
        }
    }

    pub(crate) fn remove(&mut self, slot: Slot) -> Option<(Box<Negotiation>, usize)> {
        let entry = self.entries.get_mut(slot.0 as usize)?.take()?;
        self.free.push(slot);
        self.live -= 1;
        self.unlink(entry.negotiation.spis.initiator, slot, entry.next);
        for spis in &entry.negotiation.successors {
            self.successors.remove(&spis.initiator);
        }
        Some((entry.negotiation, entry.tunnel))
    }

    fn unlink(&mut self, spi: Spi, slot: Slot, next: Option<Slot>) {
        if self.by_spi.get(&spi) == Some(&slot) {
            match next {
                Some(next) => self.by_spi.insert(spi, next),
                None => self.by_spi.remove(&spi),
            };
            return;
        }
        let mut at = self.by_spi.get(&spi).copied();
        while let Some(entry) = at.and_then(|at| self.entries.get_mut(at.0 as usize)?.as_mut()) {
            if entry.next == Some(slot) {
                entry.next = next;
                return;
            }
            at = entry.next;
        }
    }

    /// The newest negotiation with the same initiator SPI.
    pub(crate) fn by_spi_of(&self, slot: Slot) -> Option<Slot> {
        let spi = self.get(slot)?.spis.initiator;
        self.by_spi.get(&spi).copied()
    }

    /// See [`warm`].
    pub(crate) fn warm(&self, slots: impl Iterator<Item = Slot>) {
        let alive: Vec<&Negotiation> = slots.filter_map(|slot| self.get(slot)).collect();
        warm(alive.iter().copied());
    }

    /// Reads so much of these as removing them takes: see [`warm`].
    pub(crate) fn touch(&self, slots: &[Slot]) {
        let alive = || slots.iter().filter_map(|slot| self.get(*slot));
        black_box(alive().fold(0, |read, it| read ^ it.touch()));
        let exchanges = alive().filter_map(|it| it.exchanges.last());
        black_box(exchanges.fold(0, |read, it| read ^ it.message_id.0));
    }

    /// Everything alive, in order of appearance.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        let mut slots: Vec<(u32, Slot)> = (0u32..)
            .zip(&self.entries)
            .filter_map(|(index, entry)| Some((entry.as_ref()?.negotiation.id, Slot(index))))
            .collect();
        slots.sort_unstable();
        slots.into_iter().map(|(_, slot)| slot).collect()
    }

    fn entry(&self, slot: Slot) -> Option<&Entry> {
        self.entries.get(slot.0 as usize)?.as_ref()
    }
}
