//! What was read lately: a repeat is the same octets again, and need not be read again.
//!
//! In a storm most messages are repeats. Only their digest is computed, the rest is remembered.

use std::hash::{BuildHasher, Hash, Hasher};

use ikescope_wire::observed::Sighting;

/// Slots to begin with, and at most; powers of two.
const FEWEST: usize = 256;
const MOST: usize = 16_384;

/// What was read of messages, found by the digest of their octets and their addresses. A slot holds
/// the newest of those that fall into it.
pub(crate) struct Recent<T> {
    /// Key of each slot. Apart from the rest they are few octets, and stay in the cache: most
    /// messages that are new are told by them alone.
    keys: Vec<u64>,
    read: Vec<Option<T>>,
    filled: usize,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            read: Vec::new(),
            filled: 0,
        }
    }
}

/// The key of octets with this digest, seen with these addresses: what the hashes of NAT detection
/// say depends on both.
pub(crate) fn key(digest: u64, sighting: &Sighting) -> u64 {
    let mut key = foldhash::fast::FixedState::with_seed(digest).build_hasher();
    sighting.source.hash(&mut key);
    sighting.destination.hash(&mut key);
    key.finish()
}

impl<T> Recent<T> {
    pub(crate) fn get(&self, key: u64) -> Option<&T> {
        let slot = self.slot(key);
        let is_here = self.keys.get(slot) == Some(&key);
        is_here.then(|| self.read.get(slot)?.as_ref()).flatten()
    }

    pub(crate) fn insert(&mut self, key: u64, read: T) {
        if self.filled * 2 >= self.keys.len() && self.keys.len() < MOST {
            self.grow();
        }
        let slot = self.slot(key);
        self.filled += usize::from(self.read[slot].is_none());
        self.keys[slot] = key;
        self.read[slot] = Some(read);
    }

    fn grow(&mut self) {
        let slots = (self.keys.len() * 2).max(FEWEST);
        let keys = core::mem::replace(&mut self.keys, vec![0; slots]);
        let empty = core::iter::repeat_with(|| None).take(slots).collect();
        let read = core::mem::replace(&mut self.read, empty);
        self.filled = 0;
        for (key, read) in keys.into_iter().zip(read) {
            if let Some(read) = read {
                self.insert(key, read);
            }
        }
    }

    fn slot(&self, key: u64) -> usize {
        key as usize & self.keys.len().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use ikescope_wire::observed::{FrameId, Timestamp};

    use super::*;

    #[test]
    fn finds_what_was_read_lately_and_forgets_what_was_read_long_ago() {
        let keys = || (0..100_000u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 7);
        let mut recent = Recent::default();
        for key in keys() {
            assert_eq!(recent.get(key), None);
            recent.insert(key, key);
            assert_eq!(recent.get(key), Some(&key));
        }
        let kept = keys().filter(|key| recent.get(*key) == Some(key)).count();
        assert!((MOST / 2..=MOST).contains(&kept), "{kept}");
    }

    #[test]
    fn the_same_octets_between_others_are_not_the_same() {
        let sighting = Sighting {
            frame: FrameId {
                input: 0,
                number: 1,
            },
            time: Timestamp(0),
            source: ([192, 0, 2, 1], 500).into(),
            destination: ([198, 51, 100, 1], 500).into(),
            hop_limit: 64,
            ip_id: None,
            interface: 0,
            ip_length: 100,
        };
        let translated = Sighting {
            source: ([203, 0, 113, 9], 1024).into(),
            ..sighting
        };
        assert_eq!(key(7, &sighting), key(7, &sighting));
        assert_ne!(key(7, &sighting), key(7, &translated));
        assert_ne!(key(7, &sighting), key(8, &sighting));
    }
}
