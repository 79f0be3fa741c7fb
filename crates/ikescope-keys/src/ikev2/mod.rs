//! IKEv2: the SK payload (RFC 7296 §3.14) and its fragments (RFC 7383).

mod assembly;
mod beginning;
mod derive;
mod proofs;
mod suites;

use ikescope_wire::iana::ExchangeType;
use ikescope_wire::ikev2::{Message, Payload};
use ikescope_wire::input::Input;
use ikescope_wire::{Header, RawPayload};

use crate::algorithm::Integrity;
use crate::cipher::{OpenError, Plaintext, Protection, Sealed};
use crate::opened::{Closed, Inner, Opened, chain_octets};
use crate::psk::Proof;
use crate::store::{Ikev2Keys, KeyStore};
use assembly::{Assemblies, Part};
use beginning::Beginnings;
use proofs::Proofs;
use suites::Suites;

/// What is remembered from message to message.
#[derive(Debug, Default)]
pub(crate) struct Opener {
    assemblies: Assemblies,
    suites: Suites,
    beginnings: Beginnings,
    proofs: Proofs,
}

impl Opener {
    pub(crate) fn open(
        &mut self,
        store: &KeyStore,
        message: &Message<'_>,
        octets: &[u8],
    ) -> (Result<Opened, Closed>, Option<Proof>) {
        self.beginnings.take(store, message, octets);
        match self.read(store, message, octets) {
            Ok((opened, keys)) => {
                let proof = keys.and_then(|keys| self.use_inner(store, message, &opened, &keys));
                (Ok(opened), proof)
            }
            Err(closed) => (Err(closed), None),
        }
    }

    /// What later messages need of an opened one, and what it proves.
    fn use_inner(
        &mut self,
        store: &KeyStore,
        message: &Message<'_>,
        opened: &Opened,
        keys: &Ikev2Keys,
    ) -> Option<Proof> {
        let Opened::Payloads(inner) = opened else {
            return None;
        };
        let header = &message.header;
        if header.exchange_type == ExchangeType::CREATE_CHILD_SA {
            self.suites.follow(header, inner.payloads());
        }
        let answer = self.beginnings.answer(header.spis)?;
        let pre_shared = store.pre_shared();
        self.proofs.take(header, inner, keys, answer, pre_shared)
    }

    /// Opens a message; gives the keys that did it as well.
    fn read(
        &mut self,
        store: &KeyStore,
        message: &Message<'_>,
        octets: &[u8],
    ) -> Result<(Opened, Option<Ikev2Keys>), Closed> {
        for raw in message.payloads() {
            let raw = raw.map_err(Closed::Malformed)?;
            match Payload::decode(raw).map_err(Closed::Malformed) {
                Ok(Payload::Encrypted(sk)) => {
                    let sealed = Envelope::of(message, octets, &raw, sk.content)?;
                    let (plaintext, keys) = self.open_with_any(store, &sealed, sk.first_inner.0)?;
                    let iv_octets = self.iv_octets(&keys);
                    let inner = Inner {
                        first: sk.first_inner.0,
                        ikev2: true,
                        offset: Some(sk.content.offset() + iv_octets),
                        plaintext,
                    };
                    return Ok((Opened::Payloads(inner), Some(keys)));
                }
                Ok(Payload::EncryptedFragment(skf)) => {
                    let sealed = Envelope::of(message, octets, &raw, skf.content)?;
                    let (plaintext, keys) = self.open_with_any(store, &sealed, 0)?;
                    let part = Part {
                        number: skf.fragment_number,
                        total: skf.total_fragments,
                        first: skf.first_inner.0,
                        plaintext,
                    };
                    let opened = self.assemblies.add(&message.header, part)?;
                    return Ok((opened, Some(keys)));
                }
                Ok(Payload::SecurityAssociation(sa))
                    if message.header.exchange_type == ExchangeType::IKE_SA_INIT
                        && message.header.flags.is_response() =>
                {
                    self.suites.learn(message.header.spis, &sa);
                }
                _ => {}
            }
        }
        Ok((Opened::Clear, None))
    }

    /// Tries each key of the SA; where none fits, the first one's error stands for all.
    fn open_with_any(
        &self,
        store: &KeyStore,
        sealed: &Envelope<'_>,
        first: u8,
    ) -> Result<(Plaintext, Ikev2Keys), Closed> {
        let mut refused = Closed::NoKeys;
        let answer = self.beginnings.answer(sealed.header.spis);
        let derived = answer.into_iter().flat_map(|answer| &answer.derived);
        for keys in store.ikev2(sealed.header.spis).iter().chain(derived) {
            match self.open_with(keys, sealed, first) {
                Ok(plaintext) => return Ok((plaintext, keys.clone())),
                Err(closed) if refused == Closed::NoKeys => refused = closed,
                Err(_) => {}
            }
        }
        Err(refused)
    }

    fn open_with(
        &self,
        keys: &Ikev2Keys,
        sealed: &Envelope<'_>,
        first: u8,
    ) -> Result<Plaintext, Closed> {
        let [own, other] = self.protections(keys, sealed.header.flags.is_initiator())?;
        let opened = own.open(&sealed.content);
        if opened == Err(OpenError::Integrity) && other.open(&sealed.content).is_ok() {
            return Err(Closed::SwappedDirection);
        }
        let plaintext = without_padding(opened?)?;
        // Without a checksum nothing but the payloads themselves tells that the keys are right.
        let is_verified = own.encryption.is_aead() || is_checked(own.integrity);
        if !is_verified && first != 0 && chain_octets(first, &plaintext, true).is_none() {
            return Err(Closed::NoPayloads);
        }
        Ok(plaintext)
    }

    /// Octets of the IV in front of what these keys opened.
    fn iv_octets(&self, keys: &Ikev2Keys) -> usize {
        let protections = self.protections(keys, true);
        let iv = protections.map(|[own, _]| own.encryption.iv_octets());
        iv.ok().flatten().unwrap_or_default()
    }

    /// How the sender's direction is protected, and the other one.
    fn protections<'k>(
        &self,
        keys: &'k Ikev2Keys,
        from_initiator: bool,
    ) -> Result<[Protection<'k>; 2], Closed> {
        let learned = self.suites.of(keys.spis);
        let encryption = match (keys.encryption, learned) {
            (Some(encryption), _) => encryption.algorithm,
            (None, Some(suite)) => suite.encryption,
            (None, None) => return Err(Closed::UnknownAlgorithms),
        };
        let integrity = match (keys.integrity, learned) {
            _ if encryption.is_aead() => Integrity::NONE,
            (Some(integrity), _) => integrity,
            (None, Some(suite)) => suite.integrity,
            (None, None) => return Err(Closed::UnknownAlgorithms),
        };
        let protection =
            |encryption_key: &'k crate::Secret, integrity_key: &'k crate::Secret| Protection {
                encryption,
                encryption_key: encryption_key.expose(),
                integrity,
                integrity_key: integrity_key.expose(),
            };
        let initiator = protection(&keys.sk_ei, &keys.sk_ai);
        let responder = protection(&keys.sk_er, &keys.sk_ar);
        Ok(if from_initiator {
            [initiator, responder]
        } else {
            [responder, initiator]
        })
    }
}

/// What an SK or SKF payload protects, and where it stands.
struct Envelope<'a> {
    header: Header,
    content: Sealed<'a>,
}

impl<'a> Envelope<'a> {
    /// Everything from the header to the IV is authenticated (RFC 7296 §3.14, RFC 5282 §5.1).
    fn of(
        message: &Message<'_>,
        octets: &'a [u8],
        raw: &RawPayload<'_>,
        content: Input<'a>,
    ) -> Result<Self, Closed> {
        if raw.missing() > 0 {
            let octets = raw.missing();
            return Err(Closed::NotCaptured { octets });
        }
        let associated = octets.get(..content.offset()).unwrap_or(octets);
        Ok(Self {
            header: message.header,
            content: Sealed::new(associated, content.octets()),
        })
    }
}

const fn is_checked(integrity: Integrity) -> bool {
    !matches!(integrity, Integrity::Unchecked { .. }) && !matches!(integrity, Integrity::NONE)
}

/// The last octet says how many in front of it are padding.
fn without_padding(mut plaintext: Plaintext) -> Result<Plaintext, Closed> {
    let announced = usize::from(plaintext.pop().unwrap_or_default());
    let available = plaintext.len();
    match available.checked_sub(announced) {
        Some(payloads) => {
            plaintext.truncate(payloads);
            Ok(plaintext)
        }
        None => Err(Closed::Padding {
            announced,
            available,
        }),
    }
}
