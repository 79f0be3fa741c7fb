//! How the clock of a log is to be set, where another input holds some of its messages.

use std::collections::HashMap;

use ikescope_wire::observed::Timestamp;

/// What sets the clock of a log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alignment {
    /// Added to the times of its lines, nanoseconds.
    pub(crate) offset: i64,
    /// Name of the input that it is aligned with.
    pub(crate) reference: String,
    /// When the other input has its messages, by their number.
    pub(crate) times: HashMap<u64, Timestamp>,
}

impl Alignment {
    /// Sets the clock of a log to that of another input, by so many nanoseconds. Where its lines have
    /// no times, [`Self::add`] says when its messages were.
    #[must_use]
    pub fn new(offset: i64, reference: impl Into<String>) -> Self {
        Self {
            offset,
            reference: reference.into(),
            times: HashMap::new(),
        }
    }

    /// The other input has the message of this number at this time.
    pub fn add(&mut self, number: u64, time: Timestamp) {
        self.times.insert(number, time);
    }

    /// The earliest of the messages that both have.
    pub(crate) fn first(&self) -> Option<Timestamp> {
        self.times.values().min().copied()
    }
}
