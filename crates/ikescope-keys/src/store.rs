//! Keys by SPI. Nothing is thrown away: what contradicts itself is kept side by side and told.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ikescope_wire::iana::ikev1::HashAlgorithm;
use ikescope_wire::{Spi, SpiPair};

use crate::algorithm::{Encryption, Integrity};
use crate::psk::PreSharedKey;
use crate::secret::Secret;

/// Where a key was read.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Origin {
    /// Name of the input.
    pub name: Arc<str>,
    /// Line, from 1: the one with the first secret of the entry; in TOML the head of its table.
    pub line: u64,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.line)
    }
}

/// The keys of an IKE SA of IKEv2 (RFC 7296 §2.14).
#[derive(Clone, Debug)]
pub struct Ikev2Keys {
    /// Both SPIs, in the order of the header: the initiator is the one of this very SA, not of the
    /// one it replaced.
    pub spis: SpiPair,
    /// Encrypts what the initiator sends; key, then salt where the cipher has one.
    pub sk_ei: Secret,
    /// Encrypts what the responder sends.
    pub sk_er: Secret,
    /// Authenticates what the initiator sends; empty beside an AEAD.
    pub sk_ai: Secret,
    /// Authenticates what the responder sends.
    pub sk_ar: Secret,
    /// Derives the keys of Child SAs and of the next IKE SA.
    pub sk_d: Option<Secret>,
    /// Goes into the initiator's AUTH payload.
    pub sk_pi: Option<Secret>,
    /// Goes into the responder's AUTH payload.
    pub sk_pr: Option<Secret>,
    /// The cipher. `None`: the source does not say; the proposal chosen in the capture does.
    pub encryption: Option<Encryption>,
    /// The integrity algorithm. `None`: the source does not say.
    pub integrity: Option<Integrity>,
    /// Where this was read.
    pub origin: Origin,
}

/// The keys of an ISAKMP SA of IKEv1 (RFC 2409 §5, appendix B).
#[derive(Clone, Debug)]
pub struct Ikev1Keys {
    /// Cookie of the initiator.
    pub cookie_i: Spi,
    /// Cookie of the responder, where the source has it.
    pub cookie_r: Option<Spi>,
    /// Ka of appendix B, already as long as the cipher wants it. The IV is not in it: it follows from
    /// the messages.
    pub encryption_key: Secret,
    /// SKEYID, from which the others follow.
    pub skeyid: Option<Secret>,
    /// Derives the keys of phase 2.
    pub skeyid_d: Option<Secret>,
    /// Authenticates phase 2.
    pub skeyid_a: Option<Secret>,
    /// What the encryption key was made from.
    pub skeyid_e: Option<Secret>,
    /// The cipher, where the source says so.
    pub encryption: Option<Encryption>,
    /// The negotiated hash, where the source says so.
    pub hash: Option<HashAlgorithm>,
    /// Where this was read.
    pub origin: Origin,
}

/// The keys of an ESP SA, that is of one direction (RFC 4303).
#[derive(Clone, Debug)]
pub struct EspKeys {
    /// Sender of the packets.
    pub source: AddressPattern,
    /// Receiver of the packets, who chose the SPI.
    pub destination: AddressPattern,
    /// SPI. `None`: any, as Wireshark's table allows.
    pub spi: Option<u32>,
    /// Encrypts; key, then salt where the cipher has one.
    pub encryption_key: Secret,
    /// Authenticates; empty beside an AEAD.
    pub integrity_key: Secret,
    /// The cipher. `None`: the source does not say.
    pub encryption: Option<Encryption>,
    /// The integrity algorithm. `None`: the source does not say.
    pub integrity: Option<Integrity>,
    /// Whether sequence numbers have 64 bits, of which packets carry the lower half (RFC 4303 §2.2.1).
    /// `None`: the source does not say.
    pub extended_sequence_numbers: Option<bool>,
    /// Where this was read.
    pub origin: Origin,
}

/// What a Diffie-Hellman exchange came to, before any key is made of it: g^ir of IKEv2 (RFC 7296
/// §2.14), g^xy of IKEv1 (RFC 2409 §5).
#[derive(Clone, Debug)]
pub struct SharedSecret {
    /// Both SPIs or cookies of the SA.
    pub spis: SpiPair,
    /// Big-endian, as long as the group wants it.
    pub secret: Secret,
    /// Where this was read.
    pub origin: Origin,
}

/// Addresses that an ESP SA is for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum AddressPattern {
    /// Any address of either family.
    Any,
    /// Any that begins like this one.
    Prefix {
        /// An address that fits.
        address: IpAddr,
        /// Leading bits that have to agree.
        bits: u8,
    },
}

impl AddressPattern {
    /// Exactly this address.
    #[must_use]
    pub const fn exactly(address: IpAddr) -> Self {
        let bits = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        Self::Prefix { address, bits }
    }

    /// Whether the address is one of them.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, width: u32, bits: u8| {
            let rest = width.saturating_sub(bits.into());
            one.checked_shr(rest) == other.checked_shr(rest)
        };
        match (self, address) {
            (Self::Any, _) => true,
            (
                Self::Prefix {
                    address: IpAddr::V4(one),
                    bits,
                },
                IpAddr::V4(other),
            ) => same(one.to_bits().into(), other.to_bits().into(), 32, bits),
            (
                Self::Prefix {
                    address: IpAddr::V6(one),
                    bits,
                },
                IpAddr::V6(other),
            ) => same(one.to_bits(), other.to_bits(), 128, bits),
            _ => false,
        }
    }

    /// Whether some address is in both.
    fn overlaps(self, other: Self) -> bool {
        let (Self::Prefix { address: one, .. }, Self::Prefix { address: two, .. }) = (self, other)
        else {
            return true;
        };
        self.contains(two) || other.contains(one)
    }

    /// The one of two that contains more.
    fn wider(self, other: Self) -> Self {
        match (self, other) {
            (Self::Prefix { bits: one, .. }, Self::Prefix { bits: two, .. }) => {
                if one <= two {
                    self
                } else {
                    other
                }
            }
            _ => Self::Any,
        }
    }
}

/// Which SA a key belongs to, for messages.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum SaId {
    /// An IKE SA of IKEv2.
    Ikev2(SpiPair),
    /// An ISAKMP SA, by the initiator's cookie.
    Ikev1(Spi),
    /// An ESP SA.
    Esp(u32),
}

impl fmt::Display for SaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ikev2(spis) => write!(f, "IKEv2 SA {spis}"),
            Self::Ikev1(cookie) => write!(f, "IKEv1 SA {cookie}"),
            Self::Esp(spi) => write!(f, "ESP SA {spi:08x}"),
        }
    }
}

/// Two sources, or two lines of one, that give different keys for one SA.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Conflict {
    /// The SA.
    pub sa: SaId,
    /// Where each of the keys was read, at least two.
    pub origins: Vec<Origin>,
}

/// All keys there are.
#[derive(Clone, Debug, Default)]
pub struct KeyStore {
    ikev2: BTreeMap<SpiPair, Vec<Ikev2Keys>>,
    ikev1: BTreeMap<Spi, Vec<Ikev1Keys>>,
    esp: BTreeMap<Option<u32>, Vec<EspKeys>>,
    shared: BTreeMap<SpiPair, Vec<SharedSecret>>,
    pre_shared: Vec<PreSharedKey>,
}

impl KeyStore {
    /// A store without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the keys of an IKE SA. Where the same are there, the first entry stays, and takes over
    /// what only the new one knows. Returns whether the keys are new.
    pub fn add_ikev2(&mut self, keys: Ikev2Keys) -> bool {
        add(self.ikev2.entry(keys.spis).or_default(), keys)
    }

    /// Adds the keys of an ISAKMP SA, likewise.
    pub fn add_ikev1(&mut self, keys: Ikev1Keys) -> bool {
        add(self.ikev1.entry(keys.cookie_i).or_default(), keys)
    }

    /// Adds the keys of an ESP SA, likewise.
    pub fn add_esp(&mut self, keys: EspKeys) -> bool {
        add(self.esp.entry(keys.spi).or_default(), keys)
    }

    /// Adds the secret of a key exchange. Returns whether it is new.
    pub fn add_shared_secret(&mut self, new: SharedSecret) -> bool {
        let known = self.shared.entry(new.spis).or_default();
        let is_new = known.iter().all(|other| other.secret != new.secret);
        if is_new {
            known.push(new);
        }
        is_new
    }

    /// Adds a pre-shared key: of any SA, for nothing in a capture says which key an end looks up.
    pub fn add_pre_shared(&mut self, key: PreSharedKey) {
        self.pre_shared.push(key);
    }

    /// The pre-shared keys, in the order in which they were added.
    #[must_use]
    pub fn pre_shared(&self) -> &[PreSharedKey] {
        &self.pre_shared
    }

    /// The secret of the key exchange of this SA, of either version.
    #[must_use]
    pub fn shared_secrets(&self, spis: SpiPair) -> &[SharedSecret] {
        self.shared.get(&spis).map_or(&[], Vec::as_slice)
    }

    /// Whether there is the secret of a key exchange that this initiator began, whoever answered.
    #[must_use]
    pub fn has_shared_secret(&self, initiator: Spi) -> bool {
        begun_by(&self.shared, initiator)
    }

    /// Whether there are keys of an IKE SA that this initiator began, whoever answered.
    #[must_use]
    pub fn has_ikev2(&self, initiator: Spi) -> bool {
        begun_by(&self.ikev2, initiator)
    }

    /// The keys of this IKE SA; several where sources contradict each other.
    #[must_use]
    pub fn ikev2(&self, spis: SpiPair) -> &[Ikev2Keys] {
        self.ikev2.get(&spis).map_or(&[], Vec::as_slice)
    }

    /// The keys of the ISAKMP SA with these cookies.
    pub fn ikev1(&self, spis: SpiPair) -> impl Iterator<Item = &Ikev1Keys> {
        let same_initiator = self.ikev1.get(&spis.initiator);
        same_initiator.into_iter().flatten().filter(move |keys| {
            keys.cookie_r
                .is_none_or(|responder| responder == spis.responder)
        })
    }

    /// Whether there are keys of an ISAKMP SA with this cookie of the initiator, whoever answered it.
    #[must_use]
    pub fn has_ikev1(&self, cookie_i: Spi) -> bool {
        self.ikev1.contains_key(&cookie_i)
    }

    /// The keys of packets with this SPI from `source` to `destination`; those with exactly this SPI
    /// first.
    pub fn esp(
        &self,
        spi: u32,
        source: IpAddr,
        destination: IpAddr,
    ) -> impl Iterator<Item = &EspKeys> {
        [Some(spi), None]
            .into_iter()
            .filter_map(|spi| self.esp.get(&spi))
            .flatten()
            .filter(move |keys| {
                keys.source.contains(source) && keys.destination.contains(destination)
            })
    }

    /// Every IKE SA's keys, in order of SPIs.
    pub fn all_ikev2(&self) -> impl Iterator<Item = &Ikev2Keys> {
        self.ikev2.values().flatten()
    }

    /// Every ISAKMP SA's keys, in order of cookies.
    pub fn all_ikev1(&self) -> impl Iterator<Item = &Ikev1Keys> {
        self.ikev1.values().flatten()
    }

    /// The secrets of all key exchanges, in order of SPIs.
    pub fn all_shared_secrets(&self) -> impl Iterator<Item = &SharedSecret> {
        self.shared.values().flatten()
    }

    /// Every ESP SA's keys, in order of SPIs.
    pub fn all_esp(&self) -> impl Iterator<Item = &EspKeys> {
        self.esp.values().flatten()
    }

    /// Whether there is no key at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ikev2.is_empty()
            && self.ikev1.is_empty()
            && self.esp.is_empty()
            && self.shared.is_empty()
            && self.pre_shared.is_empty()
    }

    /// SAs for which there are different keys. An SPI is no conflict where responders or addresses
    /// tell its SAs apart.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        let ikev2 = self
            .ikev2
            .iter()
            .filter_map(|(spis, all)| conflict(SaId::Ikev2(*spis), all));
        let ikev1 = self
            .ikev1
            .iter()
            .filter_map(|(cookie, all)| conflict(SaId::Ikev1(*cookie), all));
        let esp = self
            .esp
            .iter()
            .filter_map(|(spi, all)| conflict(SaId::Esp((*spi)?), all));
        ikev2.chain(ikev1).chain(esp).collect()
    }
}

fn begun_by<T>(by_spis: &BTreeMap<SpiPair, T>, initiator: Spi) -> bool {
    let first = SpiPair {
        initiator,
        responder: Spi::ZERO,
    };
    let next = by_spis.range(first..).next();
    next.is_some_and(|(spis, _)| spis.initiator == initiator)
}

/// What the store has to know of an entry.
trait Entry {
    /// Whether both are for the same SA, as far as they say.
    fn is_of_same_sa(&self, other: &Self) -> bool;
    /// Whether both hold the same secrets.
    fn has_same_secrets(&self, other: &Self) -> bool;
    /// Takes over what only the other one says of the same SA.
    fn complete(&mut self, other: Self);
    fn origin(&self) -> &Origin;
}

impl Entry for Ikev2Keys {
    fn is_of_same_sa(&self, other: &Self) -> bool {
        self.spis == other.spis
    }

    fn has_same_secrets(&self, other: &Self) -> bool {
        self.sk_ei == other.sk_ei
            && self.sk_er == other.sk_er
            && self.sk_ai == other.sk_ai
            && self.sk_ar == other.sk_ar
            && agree(self.encryption, other.encryption)
            && agree(self.integrity, other.integrity)
    }

    fn complete(&mut self, other: Self) {
        self.sk_d = self.sk_d.take().or(other.sk_d);
        self.sk_pi = self.sk_pi.take().or(other.sk_pi);
        self.sk_pr = self.sk_pr.take().or(other.sk_pr);
        self.encryption = self.encryption.or(other.encryption);
        self.integrity = self.integrity.or(other.integrity);
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl Entry for Ikev1Keys {
    fn is_of_same_sa(&self, other: &Self) -> bool {
        self.cookie_i == other.cookie_i && agree(self.cookie_r, other.cookie_r)
    }

    fn has_same_secrets(&self, other: &Self) -> bool {
        self.encryption_key == other.encryption_key
            && agree(self.encryption, other.encryption)
            && agree(self.hash, other.hash)
    }

    fn complete(&mut self, other: Self) {
        self.cookie_r = self.cookie_r.or(other.cookie_r);
        self.skeyid = self.skeyid.take().or(other.skeyid);
        self.skeyid_d = self.skeyid_d.take().or(other.skeyid_d);
        self.skeyid_a = self.skeyid_a.take().or(other.skeyid_a);
        self.skeyid_e = self.skeyid_e.take().or(other.skeyid_e);
        self.encryption = self.encryption.or(other.encryption);
        self.hash = self.hash.or(other.hash);
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl Entry for EspKeys {
    fn is_of_same_sa(&self, other: &Self) -> bool {
        self.spi == other.spi
            && self.source.overlaps(other.source)
            && self.destination.overlaps(other.destination)
    }

    fn has_same_secrets(&self, other: &Self) -> bool {
        self.encryption_key == other.encryption_key
            && self.integrity_key == other.integrity_key
            && agree(self.encryption, other.encryption)
            && agree(self.integrity, other.integrity)
    }

    fn complete(&mut self, other: Self) {
        self.source = self.source.wider(other.source);
        self.destination = self.destination.wider(other.destination);
        self.encryption = self.encryption.or(other.encryption);
        self.integrity = self.integrity.or(other.integrity);
        self.extended_sequence_numbers = self
            .extended_sequence_numbers
            .or(other.extended_sequence_numbers);
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// Whether two statements can both be true; silence contradicts nobody.
fn agree<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

fn add<E: Entry>(entries: &mut Vec<E>, new: E) -> bool {
    let known = entries
        .iter_mut()
        .find(|known| known.is_of_same_sa(&new) && known.has_same_secrets(&new));
    match known {
        Some(known) => {
            known.complete(new);
            false
        }
        None => {
            entries.push(new);
            true
        }
    }
}

fn conflict<E: Entry>(sa: SaId, entries: &[E]) -> Option<Conflict> {
    let contradicted = |entry: &&E| {
        entries
            .iter()
            .any(|other| entry.is_of_same_sa(other) && !entry.has_same_secrets(other))
    };
    let origins: Vec<Origin> = entries
        .iter()
        .filter(contradicted)
        .map(|entry| entry.origin().clone())
        .collect();
    (!origins.is_empty()).then_some(Conflict { sa, origins })
}

#[cfg(test)]
mod tests {
    use ikescope_wire::iana::Encr;

    use super::*;

    fn origin(line: u64) -> Origin {
        Origin {
            name: "keys.log".into(),
            line,
        }
    }

    fn secret(octet: u8) -> Secret {
        Secret::new(vec![octet; 16])
    }

    fn ikev1(responder: Option<u8>, key: u8, line: u64) -> Ikev1Keys {
        Ikev1Keys {
            cookie_i: Spi([1; 8]),
            cookie_r: responder.map(|octet| Spi([octet; 8])),
            encryption_key: secret(key),
            skeyid: None,
            skeyid_d: None,
            skeyid_a: None,
            skeyid_e: None,
            encryption: None,
            hash: None,
            origin: origin(line),
        }
    }

    fn esp(destination: &str, key: u8, line: u64) -> EspKeys {
        EspKeys {
            source: AddressPattern::Any,
            destination: AddressPattern::exactly(destination.parse().unwrap()),
            spi: Some(7),
            encryption_key: secret(key),
            integrity_key: Secret::default(),
            encryption: None,
            integrity: None,
            extended_sequence_numbers: None,
            origin: origin(line),
        }
    }

    fn pair(responder: u8) -> SpiPair {
        SpiPair {
            initiator: Spi([1; 8]),
            responder: Spi([responder; 8]),
        }
    }

    #[test]
    fn keeps_the_same_key_once_and_what_either_source_knows() {
        let mut store = KeyStore::new();
        let encryption = Encryption::of_material(Encr::ENCR_AES_CBC, 16);
        assert!(store.add_ikev1(ikev1(None, 5, 1)));
        assert!(!store.add_ikev1(Ikev1Keys {
            encryption,
            ..ikev1(Some(2), 5, 9)
        }));
        let keys: Vec<_> = store.ikev1(pair(2)).collect();
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].encryption, encryption);
        assert_eq!(keys[0].origin, origin(1));
        assert_eq!(store.conflicts(), []);
    }

    #[test]
    fn keeps_two_keys_for_one_sa_and_tells_both_lines() {
        let mut store = KeyStore::new();
        store.add_ikev1(ikev1(Some(2), 5, 1));
        store.add_ikev1(ikev1(Some(2), 6, 9));
        assert_eq!(store.ikev1(pair(2)).count(), 2);
        let conflict = Conflict {
            sa: SaId::Ikev1(Spi([1; 8])),
            origins: vec![origin(1), origin(9)],
        };
        assert_eq!(store.conflicts(), [conflict]);
    }

    #[test]
    fn tells_responders_of_one_cookie_apart() {
        let mut store = KeyStore::new();
        store.add_ikev1(ikev1(Some(2), 5, 1));
        store.add_ikev1(ikev1(Some(3), 6, 2));
        assert_eq!(store.conflicts(), []);
        assert_eq!(
            store.ikev1(pair(3)).next().unwrap().encryption_key,
            secret(6)
        );
    }

    #[test]
    fn one_esp_spi_of_two_receivers_is_no_conflict() {
        let mut store = KeyStore::new();
        store.add_esp(esp("192.0.2.1", 5, 1));
        store.add_esp(esp("192.0.2.2", 6, 2));
        assert_eq!(store.conflicts(), []);
        let sender = "198.51.100.1".parse().unwrap();
        let found: Vec<_> = store
            .esp(7, sender, "192.0.2.2".parse().unwrap())
            .map(|keys| keys.origin.line)
            .collect();
        assert_eq!(found, [2]);
    }

    #[test]
    fn the_same_esp_key_with_and_without_addresses_is_one_for_any_address() {
        let mut store = KeyStore::new();
        store.add_esp(esp("192.0.2.1", 5, 1));
        assert!(!store.add_esp(EspKeys {
            destination: AddressPattern::Any,
            ..esp("192.0.2.1", 5, 2)
        }));
        let keys: Vec<_> = store.all_esp().collect();
        assert_eq!(keys.len(), 1);
        assert_eq!(keys[0].destination, AddressPattern::Any);
        store.add_esp(esp("192.0.2.7", 6, 3));
        assert_eq!(store.conflicts().len(), 1);
    }

    #[test]
    fn a_prefix_contains_what_begins_like_it() {
        let prefix = AddressPattern::Prefix {
            address: "192.0.2.0".parse().unwrap(),
            bits: 24,
        };
        assert!(prefix.contains("192.0.2.200".parse().unwrap()));
        assert!(!prefix.contains("192.0.3.1".parse().unwrap()));
        assert!(!prefix.contains("2001:db8::1".parse().unwrap()));
        let all = AddressPattern::Prefix {
            address: "::".parse().unwrap(),
            bits: 0,
        };
        assert!(all.contains("2001:db8::1".parse().unwrap()));
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let text = format!("{:?}", ikev1(Some(2), 0xa5, 1));
        assert!(text.contains("(hidden, 16 octets)"), "{text}");
        assert!(!text.contains("165") && !text.contains("a5a5"), "{text}");
    }
}
