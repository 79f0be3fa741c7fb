//! Octets that wait: written one behind the other, given back about in order, no allocation each.

use std::collections::VecDeque;

/// Octets of a chunk; a longer run gets a chunk of its own.
const CHUNK: usize = 64 * 1024;

/// Where a run of octets stands in the arena.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    chunk: u64,
    start: usize,
    length: usize,
}

#[derive(Default)]
struct Chunk {
    octets: Vec<u8>,
    /// Runs that have not been given back.
    live: usize,
}

/// A queue of chunks. A chunk is used again once all its runs have been given back.
#[derive(Default)]
pub(crate) struct Arena {
    chunks: VecDeque<Chunk>,
    /// Number of the first chunk in `chunks`.
    first: u64,
    spare: Vec<Vec<u8>>,
}

impl Arena {
    pub(crate) fn store(&mut self, octets: &[u8]) -> Place {
        let fits = |chunk: &Chunk| chunk.octets.len() + octets.len() <= chunk.octets.capacity();
        if !self.chunks.back().is_some_and(fits) {
            let mut fresh = self
                .spare
                .pop()
                .unwrap_or_else(|| Vec::with_capacity(CHUNK));
            fresh.reserve(octets.len());
            self.chunks.push_back(Chunk {
                octets: fresh,
                live: 0,
            });
        }
        let chunk = self.first + self.chunks.len() as u64 - 1;
        let mut place = Place {
            chunk,
            start: 0,
            length: octets.len(),
        };
        if let Some(back) = self.chunks.back_mut() {
            place.start = back.octets.len();
            back.octets.extend_from_slice(octets);
            back.live += 1;
        }
        place
    }

    pub(crate) fn get(&self, place: Place) -> &[u8] {
        usize::try_from(place.chunk - self.first)
            .ok()
            .and_then(|index| self.chunks.get(index))
            .map_or(&[], |chunk| {
                &chunk.octets[place.start..place.start + place.length]
            })
    }

    /// The run is not needed any more.
    pub(crate) fn give_back(&mut self, place: Place) {
        let index = usize::try_from(place.chunk - self.first).unwrap_or(usize::MAX);
        if let Some(chunk) = self.chunks.get_mut(index) {
            chunk.live -= 1;
        }
        while self.chunks.len() > 1 && self.chunks.front().is_some_and(|front| front.live == 0) {
            if let Some(mut done) = self.chunks.pop_front() {
                self.first += 1;
                if self.spare.is_empty() {
                    done.octets.clear();
                    self.spare.push(done.octets);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_was_stored_in_any_order_of_release() {
        let mut arena = Arena::default();
        let runs: Vec<Vec<u8>> = (0..400u16).map(|n| vec![n as u8; 1000]).collect();
        let places: Vec<Place> = runs.iter().map(|run| arena.store(run)).collect();
        for (run, place) in runs.iter().zip(&places).rev() {
            assert_eq!(arena.get(*place), run);
        }
        for place in places.iter().rev() {
            arena.give_back(*place);
        }
        assert_eq!(arena.chunks.len(), 1);
        let long = vec![7; 3 * CHUNK];
        let place = arena.store(&long);
        assert_eq!(arena.get(place), long);
    }
}
