//! What earlier lines told: whose connection has which ends, which number is which IKE SA. Later lines
//! name the one and mean the other.

use std::collections::HashMap;

use ikescope_wire::{Spi, SpiPair};

use super::ends::Pair;

/// Memory of the log, of bounded size.
#[derive(Default)]
pub(super) struct Context {
    by_connection: HashMap<String, Pair>,
    by_spi: HashMap<Spi, Pair>,
    by_serial: HashMap<u64, SpiPair>,
    /// The number that was learned last: line after line tells the same.
    newest_serial: Option<(u64, SpiPair)>,
    /// Whether the device itself is the initiator of an IKE SA.
    initiates: HashMap<Spi, bool>,
    /// The message that came last.
    current: Option<SpiPair>,
}

impl Context {
    pub(super) fn learn_ends(&mut self, connection: &str, spis: Option<SpiPair>, pair: Pair) {
        if !connection.is_empty() {
            keep(&mut self.by_connection, connection.to_owned(), pair);
        }
        if let Some(spis) = spis {
            keep(&mut self.by_spi, spis.initiator, pair);
        }
    }

    pub(super) fn learn_serial(&mut self, serial: Option<u64>, spis: Option<SpiPair>) {
        if let (Some(serial), Some(spis)) = (serial, spis)
            && self.newest_serial != Some((serial, spis))
        {
            self.newest_serial = Some((serial, spis));
            keep(&mut self.by_serial, serial, spis);
        }
    }

    pub(super) fn learn_initiator(&mut self, spis: SpiPair, is_own: bool) {
        keep(&mut self.initiates, spis.initiator, is_own);
    }

    pub(super) const fn set_current(&mut self, spis: Option<SpiPair>) {
        self.current = spis;
    }

    /// The IKE SA of this number, as far as a line has told.
    pub(super) fn of_serial(&self, serial: Option<u64>) -> Option<SpiPair> {
        self.by_serial.get(&serial?).copied()
    }

    /// The IKE SA of the message that came last: lines behind it say what the daemon makes of it.
    pub(super) const fn current(&self) -> Option<SpiPair> {
        self.current
    }

    pub(super) fn ends(&self, connection: &str, spis: Option<SpiPair>) -> Option<Pair> {
        let by_spi = spis.and_then(|spis| self.by_spi.get(&spis.initiator));
        by_spi
            .or_else(|| self.by_connection.get(connection))
            .copied()
    }

    /// Whether the device itself initiated this IKE SA, if that was seen.
    pub(super) fn initiates(&self, spis: SpiPair) -> Option<bool> {
        self.initiates.get(&spis.initiator).copied()
    }
}

fn keep<K: Eq + std::hash::Hash, V>(map: &mut HashMap<K, V>, key: K, value: V) {
    // A log of weeks names more than anybody asks about.
    if map.len() >= MOST && !map.contains_key(&key) {
        map.clear();
    }
    map.insert(key, value);
}

const MOST: usize = 65_536;
