//! Reading ahead: a storm's negotiations lie all over the memory, and waiting for each in turn is most
//! of what filing them costs. Here the waits run side by side.

use core::hint::black_box;

use crate::negotiation::{Flight, Negotiation};

/// Reads these negotiations, then their newest exchanges, so that the processor waits for all of
/// each kind at once and not for one after the other. Nothing else comes of it.
pub(crate) fn warm<'a>(negotiations: impl Iterator<Item = &'a Negotiation> + Clone) {
    black_box(negotiations.clone().fold(0, |read, it| read ^ it.touch()));
    let exchanges = || negotiations.clone().filter_map(|it| it.exchanges.last());
    let flights =
        || exchanges().flat_map(|exchange| exchange.request.iter().chain(&exchange.response));
    black_box(flights().fold(0, |read, flight| read ^ flight.touch()));
    let newest = |read, flight: &Flight| read ^ flight.last().time.0;
    black_box(flights().map(AsRef::as_ref).fold(0, newest));
}
