//! IKEv1 aggressive mode (RFC 2409 §5.4): all that the hashes are made of travels in clear, but for the
//! pre-shared key. So a key can be held against HASH_R, and so can one against HASH_I where it can be
//! read.
//!
//! ```text
//! SKEYID = prf(pre-shared key, Ni_b | Nr_b)
//! HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b)
//! HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b)
//! ```

use hmac::{Hmac, KeyInit, Mac};
use ikescope_wire::SpiPair;
use ikescope_wire::iana::ExchangeType;
use ikescope_wire::iana::ikev1::{AuthMethod, HashAlgorithm, IkeAttribute, PayloadType};
use ikescope_wire::ikev1::{Message, SecurityAssociation};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use thiserror::Error;
use zeroize::Zeroizing;

use super::PreSharedKey;

/// The first two messages of an aggressive mode, as far as its hashes are made of them.
#[derive(Clone, Debug)]
pub struct Aggressive<'m> {
    spis: SpiPair,
    hash: HashAlgorithm,
    sa_i: &'m [u8],
    initiator: End<'m>,
    responder: End<'m>,
    hash_r: &'m [u8],
}

/// What one end sent.
#[derive(Clone, Copy, Debug)]
struct End<'m> {
    public_value: &'m [u8],
    nonce: &'m [u8],
    id: &'m [u8],
}

/// Why no key can be held against two messages.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CannotCheck {
    /// They are not the first two messages of one aggressive mode.
    #[error("these are not the first two messages of one aggressive mode")]
    NotAggressive,
    /// A payload that goes into the hashes is missing or cut.
    #[error("the payload {0} is missing or was not captured whole")]
    Missing(PayloadType),
    /// The responder chose to authenticate by something else than a pre-shared key.
    #[error("authentication is by {0}, not by a pre-shared key alone")]
    OtherMethod(AuthMethod),
    /// The hash that was chosen is not available here.
    #[error("the hash {0} is not available")]
    UnknownHash(HashAlgorithm),
}

impl<'m> Aggressive<'m> {
    /// Takes message 1, of the initiator, and message 2, of the responder.
    ///
    /// # Errors
    /// [`CannotCheck`].
    pub fn new(first: &Message<'m>, second: &Message<'m>) -> Result<Self, CannotCheck> {
        let spis = second.header.spis;
        let is_aggressive = [first, second]
            .iter()
            .all(|message| message.header.exchange_type == ExchangeType::AGGRESSIVE);
        let belong_together = first.header.spis.initiator == spis.initiator
            && first.header.spis.responder.is_zero()
            && !spis.responder.is_zero();
        if !is_aggressive || !belong_together {
            return Err(CannotCheck::NotAggressive);
        }
        Ok(Self {
            spis,
            hash: chosen_hash(second)?,
            sa_i: body(first, PayloadType::SA)?,
            initiator: End::of(first)?,
            responder: End::of(second)?,
            hash_r: body(second, PayloadType::HASH)?,
        })
    }

    /// Whether the responder made HASH_R of message 2 with this key.
    ///
    /// # Errors
    /// [`CannotCheck::UnknownHash`].
    pub fn responder_used(&self, key: &PreSharedKey) -> Result<bool, CannotCheck> {
        let cookies = [self.spis.responder.0, self.spis.initiator.0];
        self.fits(key, self.responder, self.initiator, cookies, self.hash_r)
    }

    /// Whether the initiator made HASH_I with this key: the body of the HASH payload in message 3, which
    /// most initiators encrypt.
    ///
    /// # Errors
    /// [`CannotCheck::UnknownHash`].
    pub fn initiator_used(&self, key: &PreSharedKey, hash_i: &[u8]) -> Result<bool, CannotCheck> {
        let cookies = [self.spis.initiator.0, self.spis.responder.0];
        self.fits(key, self.initiator, self.responder, cookies, hash_i)
    }

    fn fits(
        &self,
        key: &PreSharedKey,
        sender: End<'_>,
        other: End<'_>,
        [cookie, other_cookie]: [[u8; 8]; 2],
        hash: &[u8],
    ) -> Result<bool, CannotCheck> {
        let nonces = [self.initiator.nonce, self.responder.nonce];
        let skeyid = self.prf(key.expose(), &nonces)?;
        let expected = self.prf(
            &skeyid,
            &[
                sender.public_value,
                other.public_value,
                &cookie,
                &other_cookie,
                self.sa_i,
                sender.id,
            ],
        )?;
        Ok(*expected == hash)
    }

    /// The PRF: no other than HMAC with the negotiated hash was ever registered (RFC 2409 §4).
    fn prf(&self, key: &[u8], parts: &[&[u8]]) -> Result<Zeroizing<Vec<u8>>, CannotCheck> {
        let output = match self.hash {
            HashAlgorithm::MD5 => hmac::<Hmac<Md5>>(key, parts),
            HashAlgorithm::SHA => hmac::<Hmac<Sha1>>(key, parts),
            HashAlgorithm::SHA2_256 => hmac::<Hmac<Sha256>>(key, parts),
            HashAlgorithm::SHA2_384 => hmac::<Hmac<Sha384>>(key, parts),
            HashAlgorithm::SHA2_512 => hmac::<Hmac<Sha512>>(key, parts),
            _ => None,
        };
        output.ok_or(CannotCheck::UnknownHash(self.hash))
    }
}

impl<'m> End<'m> {
    fn of(message: &Message<'m>) -> Result<Self, CannotCheck> {
        Ok(Self {
            public_value: body(message, PayloadType::KE)?,
            nonce: body(message, PayloadType::NONCE)?,
            id: body(message, PayloadType::ID)?,
        })
    }
}

/// The hash of the one transform that the responder chose.
fn chosen_hash(message: &Message<'_>) -> Result<HashAlgorithm, CannotCheck> {
    let missing = CannotCheck::Missing(PayloadType::SA);
    let sa = message
        .payloads()
        .filter_map(Result::ok)
        .find(|raw| PayloadType(raw.payload_type) == PayloadType::SA)
        .and_then(|raw| SecurityAssociation::decode(raw).ok())
        .ok_or(missing)?;
    let transform = sa
        .proposals()
        .filter_map(Result::ok)
        .flat_map(|proposal| proposal.transforms().filter_map(Result::ok))
        .next()
        .ok_or(missing)?;
    let value = |attribute: IkeAttribute| {
        let value = transform.attribute(attribute.0)?;
        u16::try_from(value).ok()
    };
    let method = value(IkeAttribute::AUTHENTICATION_METHOD).map(AuthMethod);
    match method.ok_or(missing)? {
        AuthMethod::PRE_SHARED_KEY
        | AuthMethod::XAUTH_INIT_PRE_SHARED
        | AuthMethod::XAUTH_RESP_PRE_SHARED => {}
        other => return Err(CannotCheck::OtherMethod(other)),
    }
    value(IkeAttribute::HASH_ALGORITHM)
        .map(HashAlgorithm)
        .ok_or(missing)
}

/// The body of the first payload of this type.
fn body<'m>(message: &Message<'m>, wanted: PayloadType) -> Result<&'m [u8], CannotCheck> {
    message
        .payloads()
        .filter_map(Result::ok)
        .find(|raw| PayloadType(raw.payload_type) == wanted && raw.missing() == 0)
        .map(|raw| raw.body.octets())
        .ok_or(CannotCheck::Missing(wanted))
}

fn hmac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Option<Zeroizing<Vec<u8>>> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(Zeroizing::new(mac.finalize().into_bytes().to_vec()))
}
