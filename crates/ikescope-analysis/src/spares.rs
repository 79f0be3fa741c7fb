//! Room that ended negotiations leave behind, for new ones to move into.
//!
//! A storm opens and ends hundreds of thousands of negotiations, each in half a dozen pieces of
//! memory; asking for each and giving it back costs more than filing what goes in.

use core::hint::black_box;

use crate::negotiation::{Exchange, Flight, Negotiation};

/// Pieces of each kind that are kept; more are given back.
const MOST: usize = 1024;

#[derive(Default)]
pub(crate) struct Spares {
    // Boxes, because boxes are what a roster and an exchange hold.
    #[expect(clippy::vec_box, reason = "it is the boxes that are kept")]
    negotiations: Vec<Box<Negotiation>>,
    #[expect(clippy::vec_box, reason = "it is the boxes that are kept")]
    flights: Vec<Box<Flight>>,
}

impl Spares {
    /// Reads the places that will be taken next: see [`warm`](crate::warm::warm).
    pub(crate) fn warm(&self, count: usize) {
        let next = self.negotiations.iter().rev().take(count);
        black_box(next.fold(0, |read, it| read ^ it.touch()));
        let next = || self.flights.iter().rev().take(count);
        black_box(next().fold(0, |read, it| read ^ it.touch()));
        black_box(next().fold(0, |read, it| read ^ it.last().time.0));
    }

    /// A place for a negotiation that has no exchange yet.
    pub(crate) fn negotiation(&mut self, new: Negotiation) -> Box<Negotiation> {
        let Some(mut place) = self.negotiations.pop() else {
            return Box::new(new);
        };
        let exchanges = core::mem::take(&mut place.exchanges);
        *place = Negotiation { exchanges, ..new };
        place
    }

    /// A place for a flight.
    pub(crate) fn flight(&mut self, new: Flight) -> Box<Flight> {
        let Some(mut place) = self.flights.pop() else {
            return Box::new(new);
        };
        place.replace(new);
        place
    }

    /// Takes over the room of others.
    pub(crate) fn join(&mut self, other: &mut Self) {
        let room = MOST.saturating_sub(self.flights.len());
        self.flights.extend(other.flights.drain(..).take(room));
        let room = MOST.saturating_sub(self.negotiations.len());
        self.negotiations
            .extend(other.negotiations.drain(..).take(room));
    }

    /// Takes over what nobody needs any more.
    pub(crate) fn take(&mut self, mut ended: Box<Negotiation>) {
        let flights = |exchange: Exchange| exchange.request.into_iter().chain(exchange.response);
        let room = MOST.saturating_sub(self.flights.len());
        let flights = ended.exchanges.drain(..).flat_map(flights).take(room);
        self.flights.extend(flights);
        if self.negotiations.len() < MOST {
            self.negotiations.push(ended);
        }
    }
}
