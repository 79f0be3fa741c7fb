//! Generations of IPsec SAs: each CREATE_CHILD_SA or quick mode makes one, and with it new SPIs. A
//! new one that carries nothing back is dead, whatever the old one carried.

use ikescope_wire::iana::ExchangeType;
use ikescope_wire::observed::Timestamp;

use crate::esp::Flow;
use crate::negotiation::{Exchange, Negotiation, Role};
use crate::standing::SECOND;

/// Packets that went into a new generation without an answer, at least ...
const PACKETS: u64 = 5;
/// ... over this time, in nanoseconds.
const SILENCE: i64 = 5 * SECOND;
/// The other end spoke in the old generation until so long before the new one, in nanoseconds.
const SPOKE_UNTIL: i64 = 5 * SECOND;
/// What crosses on the way still goes into the old generation.
const CROSSING: i64 = SECOND;

/// A generation into which one end sends and from which nothing comes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dead<'a> {
    /// Who sends.
    pub(crate) speaker: Role,
    /// What it sends.
    pub(crate) flow: &'a Flow,
    /// The newest that the other end sent, in the generation before.
    pub(crate) before: &'a Flow,
}

/// The newest generation, if it is dead: its first SPI is used one way, the other end fell silent in
/// the old one at that very time, and no SPI of its own followed.
pub(crate) fn dead<'a>(
    negotiation: &Negotiation,
    flows: &[&'a Flow],
    end: Timestamp,
) -> Option<Dead<'a>> {
    let made = negotiation.exchanges.iter().filter_map(made_at).max()?;
    let from = |role: Role| {
        let addresses = negotiation.addresses(role);
        let flows = flows.iter().copied();
        flows.filter(move |flow| addresses.contains(&flow.source.ip()))
    };
    [Role::Initiator, Role::Responder]
        .into_iter()
        .find_map(|speaker| {
            let flow = from(speaker).max_by_key(|flow| flow.first_time)?;
            let before = from(speaker.other()).max_by_key(|flow| flow.last_time)?;
            let is_new = flow.first_time >= made && before.first_time < made;
            let silence = end.since(flow.first_time);
            let spoke_until = flow.first_time.since(before.last_time);
            (is_new
                && from(speaker.other()).all(|other| other.first_time < made)
                && (-CROSSING..=SPOKE_UNTIL).contains(&spoke_until)
                && flow.packets >= PACKETS
                && flow.last_time.since(flow.first_time) >= SILENCE
                && silence >= SILENCE)
                .then_some(Dead {
                    speaker,
                    flow,
                    before,
                })
        })
}

/// When an exchange behind the first made a generation, by every visible sign.
fn made_at(exchange: &Exchange) -> Option<Timestamp> {
    let makes = matches!(
        (exchange.exchange_type, exchange.step),
        (ExchangeType::CREATE_CHILD_SA, _) | (ExchangeType::QUICK_MODE, 1)
    );
    let response = exchange.response.as_deref().filter(|_| makes)?;
    Some(response.first().time)
}
