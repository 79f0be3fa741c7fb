//! Who sends which vendor ID (RFC 7296 §3.12, RFC 2408 §3.16).
//!
//! A vendor ID is not authenticated before the IKE SA is up, and anyone can copy it: a hint, no proof.

mod table;

use core::fmt;

use crate::header::Version;
use table::TABLE;

/// What is known of a vendor ID.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct VendorIdentity<'a> {
    /// Who made the sender; none for an extension that anyone may implement.
    pub vendor: Option<&'static str>,
    /// The product, its version or the extension.
    pub name: &'static str,
    /// The versions of IKE in which it was seen.
    pub seen_in: SeenIn,
    /// What follows the octets that `name` stands for: often a version, empty if the ID is known
    /// as a whole.
    pub trailer: &'a [u8],
}

impl<'a> VendorIdentity<'a> {
    /// Looks up the body of a Vendor ID payload: as a whole first, then by the longest beginning
    /// that is known.
    #[must_use]
    pub fn of(body: &'a [u8]) -> Option<Self> {
        let entry = longest_match(body)?;
        Some(Self {
            vendor: entry.vendor,
            name: entry.name,
            seen_in: entry.seen_in,
            trailer: body.strip_prefix(entry.octets)?,
        })
    }
}

/// All vendor IDs that are known, sorted by their octets: the octets, whether more may follow them, and
/// what they stand for.
pub fn known() -> impl Iterator<Item = (&'static [u8], bool, VendorIdentity<'static>)> {
    TABLE.iter().map(|entry| {
        let identity = VendorIdentity {
            vendor: entry.vendor,
            name: entry.name,
            seen_in: entry.seen_in,
            trailer: &[],
        };
        let has_trailer = !matches!(entry.extent, Extent::Exact);
        (entry.octets, has_trailer, identity)
    })
}

impl fmt::Display for VendorIdentity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

/// The versions of IKE in which a vendor ID was seen. That it was not seen in one says little.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SeenIn {
    /// IKEv1 only.
    IkeV1,
    /// IKEv2 only.
    IkeV2,
    /// Both.
    Both,
}

impl SeenIn {
    /// Whether `version` is one of them.
    #[must_use]
    pub const fn includes(self, version: Version) -> bool {
        match self {
            Self::IkeV1 => version.major() == 1,
            Self::IkeV2 => version.major() == 2,
            Self::Both => matches!(version.major(), 1 | 2),
        }
    }
}

struct Entry {
    octets: &'static [u8],
    extent: Extent,
    seen_in: SeenIn,
    vendor: Option<&'static str>,
    name: &'static str,
}

impl Entry {
    /// Whether the length of `body`, which begins with the octets of this entry, is right too.
    fn fits(&self, body: &[u8]) -> bool {
        match self.extent {
            Extent::Exact => body.len() == self.octets.len(),
            Extent::Prefix => true,
            Extent::Within(length) => body.len() == usize::from(length),
        }
    }
}

/// How much of a body the octets of an [`Entry`] are.
enum Extent {
    /// All of it.
    Exact,
    /// Its beginning.
    Prefix,
    /// Its beginning, and too little to tell without the length of the whole.
    Within(u8),
}

/// The last entry that is not greater than `key` shares more with it than any other such entry
/// does, so that whatever else can match is a beginning of what these two share.
fn longest_match(body: &[u8]) -> Option<&'static Entry> {
    let mut key = body;
    let mut candidates = TABLE;
    loop {
        let end = candidates.partition_point(|entry| entry.octets <= key);
        let (last, before) = candidates.get(..end)?.split_last()?;
        if key.starts_with(last.octets) && last.fits(body) {
            return Some(last);
        }
        candidates = before;
        key = key.get(..shared_octets(key, last.octets))?;
    }
}

fn shared_octets(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// Reads hexadecimal digits while compiling.
const fn octets<const N: usize>(hex: &str) -> [u8; N] {
    let mut octets = [0; N];
    let mut digits = hex.as_bytes();
    let mut slots: &mut [u8] = &mut octets;
    while let ([high, low, digits_left @ ..], [slot, slots_left @ ..]) = (digits, slots) {
        *slot = (nibble(*high) << 4) | nibble(*low);
        digits = digits_left;
        slots = slots_left;
    }
    octets
}

const fn nibble(digit: u8) -> u8 {
    let low = digit & 0x0f;
    if digit.is_ascii_digit() {
        low
    } else {
        low.wrapping_add(9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_with_exact_rows_last() {
        let key = |entry: &Entry| (entry.octets, matches!(entry.extent, Extent::Exact));
        for pair in TABLE.windows(2) {
            assert!(key(&pair[0]) < key(&pair[1]), "{}", pair[1].name);
        }
    }

    /// RFC 3706 §5.1: fourteen octets of a hash, then the major and the minor version.
    #[test]
    fn gives_the_octets_behind_a_known_beginning() {
        let mut body = *b"\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00";
        let whole = VendorIdentity::of(&body).unwrap();
        assert_eq!(whole.name, "Dead Peer Detection 1.0");
        assert_eq!((whole.vendor, whole.trailer), (None, &[][..]));
        body[14] = 2;
        let newer = VendorIdentity::of(&body).unwrap();
        assert_eq!(newer.name, "Dead Peer Detection");
        assert_eq!(newer.trailer, [2, 0]);
    }

    #[test]
    fn prefers_the_longest_beginning() {
        let base = octets::<20>("f4ed19e0c114eb516faaac0ee37daf2807b4381f");
        let gateway = octets::<28>("f4ed19e0c114eb516faaac0ee37daf2807b4381f000000010000138d");
        let name = |body| VendorIdentity::of(body).unwrap().name;
        assert_eq!(name(&base), "Check Point VPN-1 / Firewall-1 (any version)");
        assert_eq!(name(&gateway), "Firewall-1 NGX or later");
        assert_eq!(name(&gateway[..27]), name(&base));
    }

    #[test]
    fn asks_short_texts_for_their_length() {
        assert_eq!(
            VendorIdentity::of(b"OSW123456789").unwrap().name,
            "Openswan (xelerance)"
        );
        assert_eq!(VendorIdentity::of(b"OSW12345678"), None);
    }

    #[test]
    fn knows_nothing_of_other_octets() {
        for body in [&[][..], &[0; 16], &[0xff; 16], b"4f45"] {
            assert_eq!(VendorIdentity::of(body), None);
        }
    }

    #[test]
    fn tells_in_which_versions_it_was_seen() {
        assert!(SeenIn::Both.includes(Version::IKEV1) && SeenIn::Both.includes(Version::IKEV2));
        assert!(SeenIn::IkeV1.includes(Version::IKEV1) && !SeenIn::IkeV1.includes(Version::IKEV2));
    }
}
