//! Where the capture stood, told from TTL and hop limits: a packet that has not yet lost a hop was
//! seen beside its sender.

use crate::negotiation::{Negotiation, Role};

/// Values that hosts and devices give a fresh packet.
const INITIAL_HOP_LIMITS: [u8; 3] = [64, 128, 255];

/// Where the capture stood between the two ends.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Vantage {
    /// Beside this end: its packets are fresh, those of the other end have passed routers.
    Beside(Role),
    /// Packets of both ends have passed routers.
    Middle,
    /// Both ends' packets are fresh, or one of them was not seen.
    Unknown,
}

impl Vantage {
    /// Tells from the first packets seen of either end.
    #[must_use]
    pub fn of(negotiation: &Negotiation) -> Self {
        let fresh = |role| {
            let hops = |flight: &crate::negotiation::Flight| flight.first().hop_limit;
            let mut seen = negotiation.flights_of(role).map(hops).peekable();
            seen.peek()?;
            // A log does not say it.
            if seen.peek() == Some(&0) {
                return None;
            }
            Some(seen.all(|hops| INITIAL_HOP_LIMITS.contains(&hops)))
        };
        match (fresh(Role::Initiator), fresh(Role::Responder)) {
            (Some(true), Some(false)) => Self::Beside(Role::Initiator),
            (Some(false), Some(true)) => Self::Beside(Role::Responder),
            (Some(false), Some(false)) => Self::Middle,
            _ => Self::Unknown,
        }
    }
}
