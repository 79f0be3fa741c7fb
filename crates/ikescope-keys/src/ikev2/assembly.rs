//! Fragments of encrypted messages put together (RFC 7383 §2.6), after each has been verified.

use std::collections::{BTreeMap, VecDeque};

use ikescope_wire::{Header, MessageId, SpiPair};
use zeroize::Zeroizing;

use crate::cipher::Plaintext;
use crate::opened::{Closed, Inner, Opened};

/// Messages that are put together at once; the oldest gives way.
const MESSAGES: usize = 64;
/// Fragments of one message. A message of 64 KiB at the least MTU of IPv4 has 200.
const FRAGMENTS: u16 = 512;

/// One fragment, opened.
pub(super) struct Part {
    pub(super) number: u16,
    pub(super) total: u16,
    /// Type of the first payload, in fragment 1.
    pub(super) first: u8,
    pub(super) plaintext: Plaintext,
}

/// Which message a fragment is of: its SA, message ID and flags.
type Key = (SpiPair, MessageId, u8);

/// Messages on their way to being whole.
#[derive(Debug, Default)]
pub(super) struct Assemblies(VecDeque<(Key, Assembly)>);

#[derive(Default)]
struct Assembly {
    total: u16,
    first: u8,
    parts: BTreeMap<u16, Plaintext>,
    /// The fragment that made the message whole.
    completed_by: Option<u16>,
}

impl core::fmt::Debug for Assembly {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} of {} fragments", self.parts.len(), self.total)
    }
}

impl Assemblies {
    /// Adds a fragment; the one that makes the message whole gives it, and so does its repeat.
    pub(super) fn add(&mut self, header: &Header, part: Part) -> Result<Opened, Closed> {
        let Part { number, total, .. } = part;
        if number == 0 || number > total {
            return Err(Closed::FragmentNumber { number, total });
        }
        if total > FRAGMENTS {
            return Err(Closed::TooManyFragments { total });
        }
        let key = (header.spis, header.message_id, header.flags.0);
        let mut assembly = self.take(key);
        let opened = assembly.add(part);
        self.0.push_back((key, assembly));
        opened
    }

    fn take(&mut self, key: Key) -> Assembly {
        let known = self.0.iter().position(|(other, _)| *other == key);
        if known.is_none() && self.0.len() >= MESSAGES {
            self.0.pop_front();
        }
        known
            .and_then(|index| self.0.remove(index))
            .map(|(_, assembly)| assembly)
            .unwrap_or_default()
    }
}

impl Assembly {
    fn add(&mut self, part: Part) -> Result<Opened, Closed> {
        let Part { number, total, .. } = part;
        // A sender that learns of a smaller MTU begins anew with more fragments (§2.6).
        if total > self.total {
            *self = Self {
                total,
                ..Self::default()
            };
        } else if total < self.total {
            return Ok(Opened::Fragment);
        }
        match self.parts.get(&number) {
            Some(known) if *known != part.plaintext => {
                return Err(Closed::ReusedFragment { number, total });
            }
            Some(_) if self.completed_by == Some(number) => return Ok(self.whole()),
            Some(_) => return Ok(Opened::Fragment),
            None => {}
        }
        if number == 1 {
            self.first = part.first;
        }
        self.parts.insert(number, part.plaintext);
        if self.parts.len() < usize::from(total) {
            return Ok(Opened::Fragment);
        }
        self.completed_by = Some(number);
        Ok(self.whole())
    }

    fn whole(&self) -> Opened {
        let octets = self.parts.values().map(|part| part.len()).sum();
        let mut plaintext = Zeroizing::new(Vec::with_capacity(octets));
        for part in self.parts.values() {
            plaintext.extend_from_slice(part);
        }
        Opened::Payloads(Inner {
            first: self.first,
            ikev2: true,
            offset: None,
            plaintext,
        })
    }
}
