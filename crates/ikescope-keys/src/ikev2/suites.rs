//! The algorithms of IKE SAs, where the capture shows the choice and the keys do not name it.

use std::collections::VecDeque;

use ikescope_wire::SpiPair;
use ikescope_wire::iana::{Encr, Integ, TransformType};
use ikescope_wire::ikev2::SecurityAssociation;

use crate::algorithm::Integrity;

/// SAs whose choice is remembered.
const KEPT: usize = 4096;

/// Encryption and integrity of one SA.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suite {
    pub(super) encryption: Encr,
    pub(super) integrity: Integrity,
}

/// What responders chose in IKE_SA_INIT, newest last.
#[derive(Debug, Default)]
pub(super) struct Suites(VecDeque<(SpiPair, Suite)>);

impl Suites {
    pub(super) fn learn(&mut self, spis: SpiPair, sa: &SecurityAssociation<'_>) {
        let Some(suite) = chosen(sa) else {
            return;
        };
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        self.0.push_back((spis, suite));
    }

    pub(super) fn of(&self, spis: SpiPair) -> Option<Suite> {
        let found = self.0.iter().rev().find(|(other, _)| *other == spis);
        found.map(|(_, suite)| *suite)
    }
}

/// A responder's SA payload has one proposal with one transform of each type (RFC 7296 §2.7).
fn chosen(sa: &SecurityAssociation<'_>) -> Option<Suite> {
    let proposal = sa.proposals().next()?.ok()?;
    let mut suite = None;
    let mut integrity = Integrity::NONE;
    for transform in proposal.transforms().flatten() {
        match transform.transform_type {
            TransformType::ENCR => suite = Some(Encr(transform.id)),
            TransformType::INTEG => integrity = Integrity::Registered(Integ(transform.id)),
            _ => {}
        }
    }
    suite.map(|encryption| Suite {
        encryption,
        integrity,
    })
}
