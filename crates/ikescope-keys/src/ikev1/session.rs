//! One ISAKMP SA: its algorithms, its key exchange, and where its chains of IVs stand.

use std::collections::VecDeque;
use std::mem;

use ikescope_wire::MessageId;
use ikescope_wire::iana::ikev1::{EncryptionAlgorithm, HashAlgorithm, IkeAttribute};
use ikescope_wire::iana::{Encr, ExchangeType};
use ikescope_wire::ikev1::{Message, Payload, SecurityAssociation};
use sha1::Digest;

use super::phase1::Phase1;
use crate::algorithm::Integrity;
use crate::cipher::{Plaintext, Protection};
use crate::opened::{Closed, Opened, chain_octets};
use crate::psk::Proof;
use crate::store::{Ikev1Keys, KeyStore};

/// Last blocks kept of phase 1, and of each exchange behind it.
const BLOCKS: usize = 8;
/// Exchanges behind phase 1 whose chain is followed; the oldest gives way.
const CHAINS: usize = 64;

/// A last block of ciphertext, or what stands in for one.
type Block = Box<[u8]>;

/// What the messages of an SA have said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    encryption: Option<Encr>,
    hash: Option<HashAlgorithm>,
    /// Public values in order of appearance: the initiator's, then the responder's.
    public_values: Vec<Box<[u8]>>,
    /// What its hashes and keys are made of.
    said: Phase1,
    /// Keys that follow from the secret of the key exchange.
    derived: Vec<Ikev1Keys>,
    phase_1: Chain,
    chains: VecDeque<(MessageId, Chain)>,
    /// Whether a message was opened: then the key is right.
    is_key_right: bool,
}

/// Last blocks of ciphertext of the messages seen, newest last.
#[derive(Clone, Debug, Default)]
struct Chain(VecDeque<Block>);

impl Chain {
    fn push(&mut self, block: &[u8]) {
        if self.0.iter().any(|known| **known == *block) {
            return;
        }
        if self.0.len() >= BLOCKS {
            self.0.pop_front();
        }
        self.0.push_back(block.into());
    }

    fn newest_first(&self) -> impl Iterator<Item = &Block> {
        self.0.iter().rev()
    }
}

impl Session {
    /// Takes from a message in clear what later ones depend on.
    pub(super) fn read(&mut self, store: &KeyStore, message: &Message<'_>) {
        self.said.read(message);
        if self.derived.is_empty() {
            let secrets = store.shared_secrets(message.header.spis).iter();
            self.derived = secrets
                .flat_map(|secret| self.said.derive(secret, store.pre_shared()))
                .collect();
        }
        for raw in message.payloads().flatten() {
            match Payload::decode(raw) {
                Ok(Payload::SecurityAssociation(sa)) => self.choose(&sa),
                Ok(Payload::KeyExchange(ke)) => self.exchange(ke.data),
                _ => {}
            }
        }
    }

    /// The responder's choice replaces the offer, whose first transform stands in for it until then.
    fn choose(&mut self, sa: &SecurityAssociation<'_>) {
        let transform = sa
            .proposals()
            .flatten()
            .find_map(|proposal| proposal.transforms().next()?.ok());
        let Some(transform) = transform else {
            return;
        };
        let value = |attribute: IkeAttribute| {
            let number = transform.attribute(attribute.0)?;
            u16::try_from(number).ok()
        };
        self.encryption = value(IkeAttribute::ENCRYPTION_ALGORITHM)
            .and_then(|number| EncryptionAlgorithm(number).encr());
        self.hash = value(IkeAttribute::HASH_ALGORITHM).map(HashAlgorithm);
    }

    fn exchange(&mut self, value: &[u8]) {
        let known = self.public_values.iter().any(|known| **known == *value);
        if !known && self.public_values.len() < 2 {
            self.public_values.push(value.into());
        }
    }

    /// Holds the pre-shared keys against a message of phase 1, and what was opened of it.
    pub(super) fn prove(
        &self,
        store: &KeyStore,
        message: &Message<'_>,
        opened: Option<&Opened>,
    ) -> Option<Proof> {
        let is_phase_1 = matches!(
            message.header.exchange_type,
            ExchangeType::IDENTITY_PROTECTION | ExchangeType::AGGRESSIVE
        );
        let payloads = match opened? {
            Opened::Payloads(inner) => inner.payloads(),
            _ => message.payloads(),
        };
        let spis = message.header.spis;
        let pre_shared = store.pre_shared();
        is_phase_1
            .then(|| self.said.prove(spis, payloads, pre_shared))
            .flatten()
    }

    /// Opens a message with the first key under which it holds payloads.
    pub(super) fn open(
        &mut self,
        store: &KeyStore,
        message: &Message<'_>,
        ciphertext: &[u8],
    ) -> Result<Plaintext, Closed> {
        let spis = message.header.spis;
        let mut opened = Err(Closed::NoKeys);
        if !store.shared_secrets(spis).is_empty() && store.pre_shared().is_empty() {
            opened = Err(Closed::NoPreSharedKey);
        }
        let mut block_octets = self.encryption.and_then(Encr::iv_octets);
        let derived = mem::take(&mut self.derived);
        for keys in store.ikev1(spis).chain(&derived) {
            let named = keys.encryption.map(|encryption| encryption.algorithm);
            block_octets = block_octets.or_else(|| named?.iv_octets());
            let tried = self.open_with(keys, message, ciphertext);
            if tried.is_ok() || matches!(opened, Err(Closed::NoKeys | Closed::NoPreSharedKey)) {
                opened = tried;
            }
            if opened.is_ok() {
                self.is_key_right = true;
                break;
            }
        }
        self.derived = derived;
        // Its end is the next one's IV even where it could not be read.
        if let Some(octets) = block_octets {
            self.advance(message.header.message_id, octets, ciphertext);
        }
        opened
    }

    fn open_with(
        &self,
        keys: &Ikev1Keys,
        message: &Message<'_>,
        ciphertext: &[u8],
    ) -> Result<Plaintext, Closed> {
        let named = keys.encryption.map(|encryption| encryption.algorithm);
        let encryption = self.encryption.or(named);
        let encryption = encryption.ok_or(Closed::UnknownAlgorithms)?;
        let hash = self.hash.or(keys.hash).ok_or(Closed::UnknownAlgorithms)?;
        let protection = Protection {
            encryption,
            encryption_key: keys.encryption_key.expose(),
            integrity: Integrity::NONE,
            integrity_key: &[],
        };
        let block_octets = encryption.iv_octets().unwrap_or_default();
        let ivs = self.ivs(message.header.message_id, block_octets, hash);
        for iv in &ivs {
            let mut plaintext = protection.decrypt(iv, ciphertext)?;
            if let Some(octets) = chain_octets(message.header.next_payload, &plaintext, false) {
                plaintext.truncate(octets);
                return Ok(plaintext);
            }
        }
        // The IV of an informational follows from phase 1 alone, that of others from what precedes them.
        let depends = message.header.exchange_type != ExchangeType::INFORMATIONAL_V1;
        Err(if ivs.is_empty() || (self.is_key_right && depends) {
            Closed::UnknownIv
        } else {
            Closed::NoPayloads
        })
    }

    /// IVs that a message may have, the likeliest first. Which one it is the plaintext tells: messages
    /// may be missing from the capture, an end may have missed some, and repeats have the IV of the
    /// first copy.
    fn ivs(&self, message_id: MessageId, block_octets: usize, hash: HashAlgorithm) -> Vec<Block> {
        let ends = self
            .phase_1
            .newest_first()
            .cloned()
            .chain(self.first_ivs(block_octets, hash));
        if message_id == MessageId(0) {
            return ends.collect();
        }
        let chain = self.chains.iter().find(|(id, _)| *id == message_id);
        let of_exchange = chain
            .into_iter()
            .flat_map(|(_, chain)| chain.newest_first());
        let id = message_id.0.to_be_bytes();
        let behind_phase_1 = ends.filter_map(|end| hashed(hash, &[&end, &id], block_octets));
        of_exchange.cloned().chain(behind_phase_1).collect()
    }

    /// The first IV is made of both public values, the initiator's first.
    fn first_ivs(&self, block_octets: usize, hash: HashAlgorithm) -> impl Iterator<Item = Block> {
        let pair = match self.public_values.as_slice() {
            [one, other] => Some([[one, other], [other, one]]),
            _ => None,
        };
        pair.into_iter()
            .flatten()
            .filter_map(move |pair| hashed(hash, &pair.map(|value| &**value), block_octets))
    }

    /// The last block of a message is the IV of the next one with the same message ID.
    fn advance(&mut self, message_id: MessageId, block_octets: usize, ciphertext: &[u8]) {
        let end = ciphertext.len().saturating_sub(block_octets);
        let Some(block) = ciphertext.get(end..) else {
            return;
        };
        if message_id == MessageId(0) {
            self.phase_1.push(block);
            return;
        }
        if let Some((_, chain)) = self.chains.iter_mut().find(|(id, _)| *id == message_id) {
            chain.push(block);
            return;
        }
        if self.chains.len() >= CHAINS {
            self.chains.pop_front();
        }
        let mut chain = Chain::default();
        chain.push(block);
        self.chains.push_back((message_id, chain));
    }
}

/// The first octets of the negotiated hash over the parts, as many as a block has.
fn hashed(hash: HashAlgorithm, parts: &[&[u8]], block_octets: usize) -> Option<Block> {
    fn with<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
        let mut digest = D::new();
        for part in parts {
            digest.update(part);
        }
        digest.finalize().to_vec()
    }
    let mut output = match hash {
        HashAlgorithm::MD5 => with::<md5::Md5>(parts),
        HashAlgorithm::SHA => with::<sha1::Sha1>(parts),
        HashAlgorithm::SHA2_256 => with::<sha2::Sha256>(parts),
        HashAlgorithm::SHA2_384 => with::<sha2::Sha384>(parts),
        HashAlgorithm::SHA2_512 => with::<sha2::Sha512>(parts),
        _ => return None,
    };
    output.truncate(block_octets);
    Some(output.into())
}
