//! The algorithms of IKE SAs, where the capture shows the choice and the keys do not name it.

use std::collections::VecDeque;

use ikescope_wire::iana::{Encr, Integ, Prf, ProtocolId, TransformType};
use ikescope_wire::ikev2::{Payload, SecurityAssociation};
use ikescope_wire::{Header, MessageId, Payloads, Spi, SpiPair};

use crate::algorithm::Integrity;

/// SAs whose choice is remembered.
const KEPT: usize = 4096;
/// Requests to rekey an IKE SA whose answer is awaited.
const AWAITED: usize = 64;

/// The algorithms of one SA.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suite {
    pub(super) encryption: Encr,
    /// Bits of the key, where the proposal says so.
    pub(super) key_bits: Option<u16>,
    pub(super) integrity: Integrity,
    pub(super) prf: Option<Prf>,
}

/// What responders chose, newest last.
#[derive(Debug, Default)]
pub(super) struct Suites {
    chosen: VecDeque<(SpiPair, Suite)>,
    /// SPIs of the IKE SAs that are to follow another, by the request that proposes them.
    awaited: VecDeque<(Request, Spi)>,
}

/// A request: its SA, its message ID, and whether the SA's initiator made it.
type Request = (SpiPair, MessageId, bool);

impl Suites {
    pub(super) fn learn(&mut self, spis: SpiPair, sa: &SecurityAssociation<'_>) {
        let Some(suite) = Suite::chosen(sa) else {
            return;
        };
        if self.chosen.len() >= KEPT {
            self.chosen.pop_front();
        }
        self.chosen.push_back((spis, suite));
    }

    /// Takes the choice for the next IKE SA from the payloads of a CREATE_CHILD_SA exchange (RFC 7296
    /// §1.3.2): each end puts its new SPI into its proposal, and who asks is the new SA's initiator.
    pub(super) fn follow(&mut self, header: &Header, payloads: Payloads<'_>) {
        let sa = payloads
            .flatten()
            .find_map(|raw| match Payload::decode(raw) {
                Ok(Payload::SecurityAssociation(sa)) => Some(sa),
                _ => None,
            });
        let Some((sa, spi)) = sa.and_then(|sa| Some((sa, new_spi(&sa)?))) else {
            return;
        };
        let is_response = header.flags.is_response();
        let by_initiator = header.flags.is_initiator() != is_response;
        let request = (header.spis, header.message_id, by_initiator);
        if !is_response {
            if self.awaited.len() >= AWAITED {
                self.awaited.pop_front();
            }
            self.awaited.push_back((request, spi));
            return;
        }
        let asked = self.awaited.iter().find(|(other, _)| *other == request);
        if let Some((_, initiator)) = asked {
            let spis = SpiPair {
                initiator: *initiator,
                responder: spi,
            };
            self.learn(spis, &sa);
        }
    }

    pub(super) fn of(&self, spis: SpiPair) -> Option<Suite> {
        let found = self.chosen.iter().rev().find(|(other, _)| *other == spis);
        found.map(|(_, suite)| *suite)
    }
}

impl Suite {
    /// A responder's SA payload has one proposal with one transform of each type (RFC 7296 §2.7).
    pub(super) fn chosen(sa: &SecurityAssociation<'_>) -> Option<Self> {
        let proposal = sa.proposals().next()?.ok()?;
        let mut suite = None;
        let mut integrity = Integrity::NONE;
        let mut prf = None;
        for transform in proposal.transforms().flatten() {
            match transform.transform_type {
                TransformType::ENCR => suite = Some((Encr(transform.id), transform.key_length())),
                TransformType::INTEG => integrity = Integrity::Registered(Integ(transform.id)),
                TransformType::PRF => prf = Some(Prf(transform.id)),
                _ => {}
            }
        }
        suite.map(|(encryption, key_bits)| Self {
            encryption,
            key_bits,
            integrity,
            prf,
        })
    }
}

/// The SPI of the IKE SA that a proposal is for.
fn new_spi(sa: &SecurityAssociation<'_>) -> Option<Spi> {
    let proposal = sa.proposals().next()?.ok()?;
    let spi = proposal.spi.try_into().ok()?;
    (proposal.protocol_id == ProtocolId::IKE).then_some(Spi(spi))
}
