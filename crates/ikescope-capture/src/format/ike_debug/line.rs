//! Lines about messages: what came, what was sent, and their octets.

use ikescope_wire::SpiPair;

use super::ends::{Ends, ends};
use super::prefix;

/// A line about a message, or anything else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Line<'a> {
    /// `comes A->B`: a packet arrived.
    Comes(Ends<'a>),
    /// `IKEv2 exchange=NAME id=... len=...`: its header, in words.
    Exchange(Told<'a>),
    /// `in HEX`; `None` if the octets cannot be read.
    In(Option<Octets>),
    /// `out HEX`.
    Out(Option<Octets>),
    /// `dec HEX`: what the device decrypted.
    Decrypted(Octets),
    /// `enc HEX`: what it is about to encrypt.
    Encrypts(Octets),
    /// `sent IKE msg (NAME): A->B, len=..., id=...`
    Sent(Ends<'a>, Told<'a>),
    /// Anything else.
    Other,
}

/// What a line says of a message in words.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Told<'a> {
    /// Major version; 0 if the line does not say it.
    pub(super) version: u8,
    /// The log's name of the message.
    pub(super) name: &'a str,
    pub(super) spis: Option<SpiPair>,
    pub(super) message_id: u32,
    /// Octets of the message, as announced.
    pub(super) length: Option<u32>,
}

/// Octets that were printed in hex.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Octets {
    pub(super) octets: Vec<u8>,
    /// Half an octet was left at the end.
    pub(super) is_odd: bool,
}

pub(super) fn read(text: &str) -> Line<'_> {
    // Nearly all lines are others, and their first letter tells.
    let found = match text.as_bytes() {
        [b'c', ..] => comes(text),
        [b'I', ..] => exchange(text),
        [b's', ..] => text.strip_prefix("sent IKE msg (").and_then(sent),
        [b'd' | b'e' | b'i' | b'o', ..] => hex(text),
        _ => None,
    };
    found.unwrap_or(Line::Other)
}

fn comes(text: &str) -> Option<Line<'_>> {
    let place = text.strip_prefix("comes ")?.split(',').next()?;
    ends(place).map(Line::Comes)
}

fn exchange(text: &str) -> Option<Line<'_>> {
    [(2, "IKEv2 exchange="), (1, "IKEv1 exchange=")]
        .into_iter()
        .find_map(|(version, mark)| {
            let rest = text.strip_prefix(mark)?;
            let name = rest.split(" id=").next().unwrap_or_default().trim();
            Some(Line::Exchange(told(version, name, rest)))
        })
}

fn hex(text: &str) -> Option<Line<'_>> {
    let (word, hex) = text.split_once(' ')?;
    match word {
        "in" => Some(Line::In(octets(hex))),
        "out" => Some(Line::Out(octets(hex))),
        "dec" => octets(hex).map(Line::Decrypted),
        "enc" => octets(hex).map(Line::Encrypts),
        _ => None,
    }
}

fn sent(rest: &str) -> Option<Line<'_>> {
    let (name, rest) = rest.split_once("): ")?;
    let place = rest.split(',').next().unwrap_or_default();
    Some(Line::Sent(ends(place)?, told(0, name, rest)))
}

fn told<'a>(version: u8, name: &'a str, rest: &str) -> Told<'a> {
    let id = value(rest, "id=").unwrap_or_default();
    let (spis, message_id) = id.split_once(':').unwrap_or((id, ""));
    Told {
        version,
        name,
        spis: prefix::spis(spis),
        message_id: u32::from_str_radix(message_id, 16).unwrap_or(0),
        length: value(rest, "len=").and_then(|length| length.parse().ok()),
    }
}

/// The word behind a mark, up to a comma, a blank or the dots that end some lines.
fn value<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let at = text.match_indices(mark).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).unwrap_or_default();
        before.is_empty() || before.ends_with([' ', ','])
    })?;
    let rest = text.get(at + mark.len()..)?;
    rest.split([',', ' ', '.']).next()
}

/// Reads hex as far as it goes; `None` if what stands there is no hex, or not even one octet of it.
fn octets(hex: &str) -> Option<Octets> {
    let mut octets = Vec::with_capacity(hex.len() / 2);
    let mut half = None;
    for word in hex.as_bytes().split(u8::is_ascii_whitespace) {
        let known = octets.len();
        let (first, rest) = match half {
            // Two digits make an octet, also where a blank stands between them.
            Some(high) => match word.split_first() {
                Some((low, rest)) => (Some([high, *low]), rest),
                None => continue,
            },
            None => (None, word),
        };
        let (pairs, odd) = rest.as_chunks::<2>();
        octets.extend(
            first
                .iter()
                .chain(pairs)
                .map(|[high, low]| digit(*high) << 4 | digit(*low)),
        );
        let is_hex = |word: &[u8]| {
            word.iter()
                .fold(true, |is, octet| is & octet.is_ascii_hexdigit())
        };
        if !is_hex(word) {
            octets.truncate(known);
            break;
        }
        half = odd.first().copied();
    }
    (!octets.is_empty()).then_some(Octets {
        octets,
        is_odd: half.is_some(),
    })
}

/// The value of a hex digit; of what is none, anything.
const fn digit(character: u8) -> u8 {
    (character & 0x0f).wrapping_add((character >> 6).wrapping_mul(9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_sent() {
        let text = "sent IKE msg (AUTH_RESPONSE): 192.0.2.1:500->198.51.100.2:4500, len=224, vrf=0, \
                    id=0102030405060708/1112131415161718:00000001, oif=4";
        let Line::Sent(ends, told) = read(text) else {
            panic!("{text}");
        };
        assert_eq!((ends.from.address, ends.from.port), ("192.0.2.1", 500));
        assert_eq!((ends.to.address, ends.to.port), ("198.51.100.2", 4500));
        assert_eq!(
            (told.name, told.length, told.message_id),
            ("AUTH_RESPONSE", Some(224), 1)
        );
        assert_eq!(
            told.spis.unwrap().to_string(),
            "0102030405060708:1112131415161718"
        );
    }

    #[test]
    fn reads_an_exchange_whose_name_has_blanks() {
        let text =
            "IKEv1 exchange=Identity Protection id=0102030405060708/0000000000000000 len=332 vrf=0";
        let Line::Exchange(told) = read(text) else {
            panic!("{text}");
        };
        assert_eq!(
            (told.version, told.name, told.length),
            (1, "Identity Protection", Some(332))
        );
    }

    #[test]
    fn hex_that_was_masked_is_none_and_remarks_behind_it_are_no_digits() {
        assert_eq!(read("in xxxx"), Line::In(None));
        assert_eq!(read("in "), Line::In(None));
        let Line::In(Some(read)) = read("in 0AFF1 <----- here") else {
            panic!();
        };
        assert_eq!((read.octets, read.is_odd), (vec![0x0a, 0xff], true));
    }
}
