//! What phase 1 said in clear, of which its hashes and keys are made (RFC 2409 §5, appendix B).
//!
//! ```text
//! SKEYID = prf(pre-shared key, Ni_b | Nr_b), or with signatures prf(Ni_b | Nr_b, g^xy)
//! HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)
//! HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)
//! SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0)
//! SKEYID_a = prf(SKEYID, SKEYID_d | g^xy | CKY-I | CKY-R | 1)
//! SKEYID_e = prf(SKEYID, SKEYID_a | g^xy | CKY-I | CKY-R | 2)
//! ```
//!
//! Messages of IKEv1 do not say which end sent them. The initiator's public value and nonce come first;
//! a hash is held against both forms and every identity seen, of which no wrong one fits.

use ikescope_wire::iana::ikev1::{AuthMethod, EncryptionAlgorithm, HashAlgorithm, IkeAttribute};
use ikescope_wire::iana::{Encr, Prf};
use ikescope_wire::ikev1::{Message, Payload, Transform};
use ikescope_wire::{Payloads, SpiPair};

use crate::algorithm::Encryption;
use crate::prf::{Octets, of_hash, prf};
use crate::psk::{PreSharedKey, Proof};
use crate::secret::Secret;
use crate::store::{Ikev1Keys, SharedSecret};

/// Payload of Kerberos by GSS-API (draft-ietf-ipsec-isakmp-gss-auth §3.1): then the method 65001 is not
/// that of XAUTH with a pre-shared key.
const GSS_API: u8 = 129;

/// What the messages in clear have said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Phase1 {
    /// The body of the initiator's SA payload.
    offer: Option<Box<[u8]>>,
    choice: Option<Choice>,
    /// The initiator, then the responder.
    ends: Vec<End>,
    /// Something was said twice, in different words: nobody knows which of it counts.
    is_ambiguous: bool,
}

/// What the responder chose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Choice {
    method: AuthMethod,
    hash: HashAlgorithm,
    encryption: Option<Encr>,
    key_bits: Option<u16>,
}

/// What one end sent.
#[derive(Clone, Debug, Eq, PartialEq)]
struct End {
    public_value: Box<[u8]>,
    nonce: Box<[u8]>,
    /// In aggressive mode.
    id: Option<Box<[u8]>>,
}

impl Phase1 {
    /// Takes a message in clear.
    pub(super) fn read(&mut self, message: &Message<'_>) {
        let (mut public_value, mut nonce, mut id) = (None, None, None);
        for raw in message.payloads().flatten() {
            if raw.missing() > 0 {
                return;
            }
            self.is_ambiguous |= raw.payload_type == GSS_API;
            let body = raw.body.octets();
            match Payload::decode(raw) {
                Ok(Payload::SecurityAssociation(sa))
                    if !message.header.spis.responder.is_zero() =>
                {
                    let mut transforms = sa.proposals().flatten();
                    let first = transforms.find_map(|proposal| proposal.transforms().next()?.ok());
                    self.choose(first.as_ref().and_then(Choice::of));
                }
                Ok(Payload::SecurityAssociation(_)) => {
                    self.is_ambiguous |= self.offer.as_deref().is_some_and(|offer| offer != body);
                    self.offer = Some(body.into());
                }
                Ok(Payload::KeyExchange(_)) => public_value = Some(body),
                Ok(Payload::Nonce(_)) => nonce = Some(body),
                Ok(Payload::Identification(_)) => id = Some(body),
                _ => {}
            }
        }
        if let (Some(public_value), Some(nonce)) = (public_value, nonce) {
            self.meet(End {
                public_value: public_value.into(),
                nonce: nonce.into(),
                id: id.map(Into::into),
            });
        }
    }

    fn choose(&mut self, choice: Option<Choice>) {
        self.is_ambiguous |= self.choice.is_some() && self.choice != choice;
        self.choice = choice.or(self.choice);
    }

    fn meet(&mut self, end: End) {
        if self.ends.contains(&end) {
            return;
        }
        if self.ends.len() < 2 {
            self.ends.push(end);
        } else {
            self.is_ambiguous = true;
        }
    }

    /// Holds the pre-shared keys against the HASH of a message of phase 1, in clear or decrypted;
    /// `None` if there is none, or if not all that goes into it was seen.
    pub(super) fn prove(
        &self,
        spis: SpiPair,
        payloads: Payloads<'_>,
        pre_shared: &[PreSharedKey],
    ) -> Option<Proof> {
        let (mut hash, mut id) = (None, None);
        for raw in payloads.flatten() {
            let body = raw.body.octets();
            match Payload::decode(raw) {
                Ok(Payload::Hash(_)) => hash = Some(body),
                Ok(Payload::Identification(_)) => id = Some(body),
                _ => {}
            }
        }
        let hash = hash?;
        let known = self
            .whole()
            .filter(|known| known.choice.is_by_shared_key())?;
        let of_ends = self.ends.iter().filter_map(|end| end.id.as_deref());
        let ids: Vec<&[u8]> = id.into_iter().chain(of_ends).collect();
        if ids.is_empty() {
            return None;
        }
        Proof::of(pre_shared, |key| {
            let skeyid = known.skeyid(key)?;
            let made_with = |id: &&[u8]| {
                let hashes = known.hashes(spis, &skeyid, id);
                hashes.into_iter().flatten().any(|made| *made == hash)
            };
            Some(ids.iter().any(made_with))
        })
    }

    /// The keys that follow from the secret of the key exchange: of pre-shared keys one set each.
    pub(super) fn derive(
        &self,
        shared: &SharedSecret,
        pre_shared: &[PreSharedKey],
    ) -> Vec<Ikev1Keys> {
        let Some(known) = self.whole() else {
            return Vec::new();
        };
        let skeyids = if known.choice.is_by_shared_key() {
            pre_shared.iter().map(|key| known.skeyid(key)).collect()
        } else if known.choice.is_by_signature() {
            vec![known.skeyid_of_signatures(shared)]
        } else {
            Vec::new()
        };
        let each = skeyids.into_iter().flatten();
        each.filter_map(|skeyid| known.keys(shared, &skeyid))
            .collect()
    }

    fn whole(&self) -> Option<Known<'_>> {
        let [initiator, responder] = self.ends.as_slice() else {
            return None;
        };
        let choice = self.choice.filter(|_| !self.is_ambiguous)?;
        Some(Known {
            offer: self.offer.as_deref()?,
            choice,
            function: of_hash(choice.hash)?,
            initiator,
            responder,
        })
    }
}

/// All that phase 1 says in clear.
struct Known<'a> {
    offer: &'a [u8],
    choice: Choice,
    function: Prf,
    initiator: &'a End,
    responder: &'a End,
}

impl Known<'_> {
    fn skeyid(&self, key: &PreSharedKey) -> Option<Octets> {
        let nonces = [&*self.initiator.nonce, &*self.responder.nonce];
        prf(self.function, key.expose(), &nonces)
    }

    fn skeyid_of_signatures(&self, shared: &SharedSecret) -> Option<Octets> {
        let nonces = [&*self.initiator.nonce, &*self.responder.nonce].concat();
        prf(self.function, &nonces, &[shared.secret.expose()])
    }

    /// HASH_I and HASH_R of an identity.
    fn hashes(&self, spis: SpiPair, skeyid: &[u8], id: &[u8]) -> [Option<Octets>; 2] {
        let (own, other) = (&*self.initiator.public_value, &*self.responder.public_value);
        let (cookie_i, cookie_r) = (&spis.initiator.0[..], &spis.responder.0[..]);
        [
            [own, other, cookie_i, cookie_r, self.offer, id],
            [other, own, cookie_r, cookie_i, self.offer, id],
        ]
        .map(|parts| prf(self.function, skeyid, &parts))
    }

    fn keys(&self, shared: &SharedSecret, skeyid: &[u8]) -> Option<Ikev1Keys> {
        let spis = shared.spis;
        let (g_xy, cookie_i, cookie_r) = (
            shared.secret.expose(),
            &spis.initiator.0[..],
            &spis.responder.0[..],
        );
        let next = |before: &[u8], number: u8| {
            let parts = [before, g_xy, cookie_i, cookie_r, &[number]];
            prf(self.function, skeyid, &parts)
        };
        let skeyid_d = next(&[], 0)?;
        let skeyid_a = next(&skeyid_d, 1)?;
        let skeyid_e = next(&skeyid_a, 2)?;
        let encryption = self.choice.encryption?;
        let key = self.stretched(&skeyid_e, self.choice.key_octets()?)?;
        let secret = |octets: &Octets| Some(Secret::new(octets.to_vec()));
        Some(Ikev1Keys {
            cookie_i: spis.initiator,
            cookie_r: Some(spis.responder),
            encryption: Encryption::of_material(encryption, key.len()),
            encryption_key: Secret::new(key.to_vec()),
            skeyid: Some(Secret::new(skeyid.to_vec())),
            skeyid_d: secret(&skeyid_d),
            skeyid_a: secret(&skeyid_a),
            skeyid_e: secret(&skeyid_e),
            hash: Some(self.choice.hash),
            origin: shared.origin.clone(),
        })
    }

    /// Appendix B: a key longer than SKEYID_e is K1 | K2 | ..., K1 = prf(SKEYID_e, 0), K2 =
    /// prf(SKEYID_e, K1).
    fn stretched(&self, skeyid_e: &Octets, octets: usize) -> Option<Octets> {
        let mut key = skeyid_e.clone();
        if key.len() < octets {
            key.clear();
            let mut last = prf(self.function, skeyid_e, &[&[0]])?;
            while key.len() < octets {
                key.extend_from_slice(&last);
                last = prf(self.function, skeyid_e, &[&last])?;
            }
        }
        key.truncate(octets);
        Some(key)
    }
}

impl Choice {
    fn of(transform: &Transform<'_>) -> Option<Self> {
        let value = |attribute: IkeAttribute| {
            let value = transform.attribute(attribute.0)?;
            u16::try_from(value).ok()
        };
        let encryption = value(IkeAttribute::ENCRYPTION_ALGORITHM);
        Some(Self {
            method: AuthMethod(value(IkeAttribute::AUTHENTICATION_METHOD)?),
            hash: HashAlgorithm(value(IkeAttribute::HASH_ALGORITHM)?),
            encryption: encryption.and_then(|number| EncryptionAlgorithm(number).encr()),
            key_bits: value(IkeAttribute::KEY_LENGTH),
        })
    }

    const fn is_by_shared_key(self) -> bool {
        matches!(
            self.method,
            AuthMethod::PRE_SHARED_KEY
                | AuthMethod::XAUTH_INIT_PRE_SHARED
                | AuthMethod::XAUTH_RESP_PRE_SHARED
        )
    }

    /// Whether SKEYID is made of the nonces and g^xy alone.
    const fn is_by_signature(self) -> bool {
        matches!(
            self.method,
            AuthMethod::DSS_SIGNATURES
                | AuthMethod::RSA_SIGNATURES
                | AuthMethod::ECDSA_SHA_256_P_256
                | AuthMethod::ECDSA_SHA_384_P_384
                | AuthMethod::ECDSA_SHA_512_P_521
                | AuthMethod::HYBRID_INIT_RSA
                | AuthMethod::HYBRID_RESP_RSA
                | AuthMethod::HYBRID_INIT_DSS
                | AuthMethod::HYBRID_RESP_DSS
                | AuthMethod::XAUTH_INIT_DSS
                | AuthMethod::XAUTH_RESP_DSS
                | AuthMethod::XAUTH_INIT_RSA
                | AuthMethod::XAUTH_RESP_RSA
        )
    }

    fn key_octets(self) -> Option<usize> {
        match (self.key_bits, self.encryption?) {
            (Some(bits), _) => Some(usize::from(bits / 8)),
            (None, Encr::ENCR_DES) => Some(8),
            (None, Encr::ENCR_3DES) => Some(24),
            (None, Encr::ENCR_CAST | Encr::ENCR_BLOWFISH) => Some(16),
            _ => None,
        }
    }
}
