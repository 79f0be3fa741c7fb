//! What was read lately: a repeat is the same octets again, and need not be read again.
//!
//! In a storm most messages are repeats. Only their digest is computed, the rest is remembered.

use std::hash::{BuildHasher, Hash, Hasher};

use ikescope_wire::observed::Sighting;

use crate::record::Facts;

/// Slots to begin with, and at most; powers of two.
const FEWEST: usize = 256;
const MOST: usize = 16_384;

/// Facts of messages, found by the digest of their octets and their addresses. A slot holds the
/// newest of those that fall into it.
#[derive(Default)]
pub(crate) struct Recent {
    /// Key of each slot. Apart from the facts they are few octets, and stay in the cache: most
    /// messages that are new are told by them alone.
    keys: Vec<u64>,
    facts: Vec<Option<Facts>>,
    filled: usize,
}

impl Recent {
    /// Octets by their digest, with the addresses they were seen with: what the hashes of NAT
    /// detection say depends on both.
    pub(crate) fn key(digest: u64, sighting: &Sighting) -> u64 {
        let mut key = foldhash::fast::FixedState::with_seed(digest).build_hasher();
        sighting.source.hash(&mut key);
        sighting.destination.hash(&mut key);
        key.finish()
    }

    pub(crate) fn get(&self, key: u64) -> Option<&Facts> {
        let slot = self.slot(key);
        let is_here = self.keys.get(slot) == Some(&key);
        is_here.then(|| self.facts.get(slot)?.as_ref()).flatten()
    }

    pub(crate) fn insert(&mut self, key: u64, facts: Facts) {
        if self.filled * 2 >= self.keys.len() && self.keys.len() < MOST {
            self.grow();
        }
        let slot = self.slot(key);
        self.filled += usize::from(self.facts[slot].is_none());
        self.keys[slot] = key;
        self.facts[slot] = Some(facts);
    }

    fn grow(&mut self) {
        let slots = (self.keys.len() * 2).max(FEWEST);
        let keys = core::mem::replace(&mut self.keys, vec![0; slots]);
        let facts = core::mem::replace(&mut self.facts, vec![None; slots]);
        self.filled = 0;
        for (key, facts) in keys.into_iter().zip(facts) {
            if let Some(facts) = facts {
                self.insert(key, facts);
            }
        }
    }

    fn slot(&self, key: u64) -> usize {
        key as usize & self.keys.len().saturating_sub(1)
    }
}
