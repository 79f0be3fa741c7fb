//! Messages of IKEv1 in fragments of payload 132 (Cisco, Microsoft, strongSwan, libreswan), put together.
//!
//! Nothing but a Vendor ID announces them, and no document defines them. The numbers of a message's
//! fragments count from 1, the last one says that it is; put together they are a message with its header.
//! The fragment ID need not be another one for the next message (strongSwan always has 1), so a number
//! that comes again with other octets begins a new message.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use ikescope_wire::iana::ExchangeType;
use ikescope_wire::ikev1::{Fragment, Message, Payload};
use ikescope_wire::{MessageId, SpiPair};

/// Messages that are put together at once; the oldest gives way.
const MESSAGES: usize = 64;
/// Octets of one message.
const OCTETS: usize = 1 << 16;

/// Puts fragments together.
#[derive(Debug, Default)]
pub struct Reassembly(VecDeque<(Key, Assembly)>);

/// Which message a fragment is of, as far as that can be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Key {
    from: Option<IpAddr>,
    spis: SpiPair,
    exchange_type: ExchangeType,
    message_id: MessageId,
    fragment_id: u16,
}

#[derive(Debug, Default)]
struct Assembly {
    parts: BTreeMap<u8, Box<[u8]>>,
    last: Option<u8>,
    is_done: bool,
}

impl Reassembly {
    /// Takes a message of this sender, where one is known; if it is the fragment that makes another
    /// message whole, gives that one, from its header on. It does so once: repeats give nothing.
    pub fn add(&mut self, from: Option<IpAddr>, message: &Message<'_>) -> Option<Vec<u8>> {
        let fragment = fragment(message)?;
        let key = Key {
            from,
            spis: message.header.spis,
            exchange_type: message.header.exchange_type,
            message_id: message.header.message_id,
            fragment_id: fragment.fragment_id,
        };
        let known = self.0.iter().position(|(other, _)| *other == key);
        if known.is_none() && self.0.len() >= MESSAGES {
            self.0.pop_front();
        }
        let known = known.and_then(|index| self.0.remove(index));
        let mut assembly = known.map(|(_, assembly)| assembly).unwrap_or_default();
        let whole = assembly.add(&fragment);
        self.0.push_back((key, assembly));
        whole
    }
}

/// The fragment that a message is, if it is one and was captured whole.
pub(crate) fn fragment<'m>(message: &Message<'m>) -> Option<Fragment<'m>> {
    let raw = message.payloads().next()?.ok()?;
    match Payload::decode(raw).ok()? {
        Payload::Fragment(fragment) if raw.missing() == 0 && fragment.number > 0 => Some(fragment),
        _ => None,
    }
}

impl Assembly {
    fn add(&mut self, fragment: &Fragment<'_>) -> Option<Vec<u8>> {
        let (number, octets) = (fragment.number, fragment.data.octets());
        if self.is_of_another(fragment) {
            *self = Self::default();
        }
        if fragment.last != 0 {
            self.last = Some(number);
        }
        self.parts.entry(number).or_insert_with(|| octets.into());
        if self.octets() > OCTETS {
            *self = Self::default();
        }
        let is_whole = self.last.map(usize::from) == Some(self.parts.len());
        if self.is_done || !is_whole {
            return None;
        }
        self.is_done = true;
        Some(
            self.parts
                .values()
                .flat_map(|part| part.iter().copied())
                .collect(),
        )
    }

    /// Whether a fragment cannot be of the same message as those before.
    fn is_of_another(&self, fragment: &Fragment<'_>) -> bool {
        let (number, is_last) = (fragment.number, fragment.last != 0);
        let known = self.parts.get(&number);
        let greatest = self.parts.keys().next_back();
        known.is_some_and(|known| **known != *fragment.data.octets())
            || self
                .last
                .is_some_and(|last| number > last || is_last != (number == last))
            || (is_last && greatest.is_some_and(|greatest| *greatest > number))
    }

    fn octets(&self) -> usize {
        self.parts.values().map(|part| part.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use ikescope_testkit::message::ikev1::{MAIN_MODE, fragment};
    use ikescope_testkit::message::{self, Payload};
    use ikescope_wire::Message;

    use super::*;

    /// What comes of these fragments: number, whether it is the last, and its octets.
    fn put_together(fragments: &[(u8, bool, &[u8])]) -> Vec<Option<Vec<u8>>> {
        let mut reassembly = Reassembly::default();
        let sender = "192.0.2.1".parse().ok();
        let of = |(number, is_last, data): &(u8, bool, &[u8])| {
            let octets = in_main_mode(fragment(1, *number, *is_last, data));
            match Message::decode(&octets).unwrap() {
                Message::V1(message) => reassembly.add(sender, &message),
                other => panic!("{other:?}"),
            }
        };
        fragments.iter().map(of).collect()
    }

    fn in_main_mode(payload: Payload) -> Vec<u8> {
        message::Message::ikev1(MAIN_MODE)
            .spis([1; 8], [2; 8])
            .with(payload)
            .octets()
    }

    #[test]
    fn puts_fragments_together_in_whatever_order_they_come() {
        let whole = Some(b"abcdef".to_vec());
        let in_order: [(u8, bool, &[u8]); 3] =
            [(1, false, b"ab"), (2, false, b"cd"), (3, true, b"ef")];
        assert_eq!(put_together(&in_order), [None, None, whole.clone()]);
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let fragments = order.map(|index| in_order[index]);
            assert_eq!(
                put_together(&fragments),
                [None, None, whole.clone()],
                "{order:?}"
            );
        }
        assert_eq!(
            put_together(&[(1, true, b"alone")]),
            [Some(b"alone".to_vec())]
        );
    }

    #[test]
    fn gives_a_message_once_however_often_its_fragments_are_repeated() {
        let fragments: [(u8, bool, &[u8]); 5] = [
            (1, false, b"ab"),
            (1, false, b"ab"),
            (2, true, b"cd"),
            (1, false, b"ab"),
            (2, true, b"cd"),
        ];
        let whole = Some(b"abcd".to_vec());
        assert_eq!(put_together(&fragments), [None, None, whole, None, None]);
    }

    /// strongSwan gives the same fragment ID to each of its messages.
    #[test]
    fn begins_anew_where_a_number_comes_with_other_octets() {
        let fragments: [(u8, bool, &[u8]); 5] = [
            (1, false, b"ab"),
            (1, false, b"12"),
            (2, true, b"34"),
            (1, false, b"xy"),
            (2, true, b"z"),
        ];
        let told = put_together(&fragments);
        assert_eq!(told[2], Some(b"1234".to_vec()));
        assert_eq!(told[4], Some(b"xyz".to_vec()));
    }

    #[test]
    fn never_makes_a_message_of_numbers_that_cannot_be() {
        let beyond: [(u8, bool, &[u8]); 3] =
            [(1, false, b"ab"), (3, false, b"ef"), (2, true, b"cd")];
        assert_eq!(
            put_together(&beyond),
            [None, None, None],
            "a last one in the midst"
        );
        let zero: [(u8, bool, &[u8]); 2] = [(0, false, b"ab"), (1, true, b"cd")];
        assert_eq!(put_together(&zero)[0], None);
        let long = vec![0; 40_000];
        let large: [(u8, bool, &[u8]); 2] = [(1, false, &long), (2, true, &long)];
        assert_eq!(put_together(&large), [None, None], "more than 64 KiB");
    }

    #[test]
    fn forgets_the_oldest_of_too_many() {
        let mut reassembly = Reassembly::default();
        for id in 0..200 {
            let octets = in_main_mode(fragment(id, 1, false, b"ab"));
            let Ok(Message::V1(message)) = Message::decode(&octets) else {
                panic!("{id}");
            };
            assert_eq!(reassembly.add(None, &message), None);
        }
        assert_eq!(reassembly.0.len(), MESSAGES);
    }
}
