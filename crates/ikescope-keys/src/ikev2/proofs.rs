//! What proves a pre-shared key in IKEv2: the AUTH payload (RFC 7296 §2.15), over IKE_SA_INIT, an
//! identity, and the exchanges between (RFC 9242 §3.3).
//!
//! ```text
//! AUTH = prf(prf(pre-shared key, "Key Pad for IKEv2"), message | nonce of the other | MACedID | IntAuth)
//! MACedID = prf(SK_p, ID)
//! IntAuth = IntAuth_i | IntAuth_r | message ID of IKE_AUTH
//! IntAuth_i = prf(SK_pi, IntAuth_i of the exchange before | header | header of SK | payloads in it)
//! ```

use std::collections::VecDeque;

use ikescope_wire::header::HEADER_LENGTH;
use ikescope_wire::iana::{AuthMethod, ExchangeType, PayloadType};
use ikescope_wire::ikev2::Payload;
use ikescope_wire::{Header, MessageId, SpiPair};

use super::beginning::Answer;
use crate::opened::Inner;
use crate::prf::{Octets, prf};
use crate::psk::{PreSharedKey, Proof};
use crate::store::Ikev2Keys;

/// SAs whose IKE_INTERMEDIATE exchanges are followed; the oldest gives way.
const KEPT: usize = 256;
/// Octets of the generic header of a payload.
const PAYLOAD_HEADER: usize = 4;

/// What went between IKE_SA_INIT and IKE_AUTH, by SA.
#[derive(Debug, Default)]
pub(super) struct Proofs(VecDeque<(SpiPair, Between)>);

/// IntAuth of the initiator and of the responder, and the message ID that it is complete up to.
#[derive(Debug, Default)]
struct Between([(u32, Option<Octets>); 2]);

impl Proofs {
    /// Holds the pre-shared keys against a message that was opened with these keys; `None` if it proves
    /// nothing, or if what goes into the proof was not seen whole.
    pub(super) fn take(
        &mut self,
        header: &Header,
        inner: &Inner,
        keys: &Ikev2Keys,
        answer: &Answer,
        pre_shared: &[PreSharedKey],
    ) -> Option<Proof> {
        match header.exchange_type {
            ExchangeType::IKE_INTERMEDIATE => {
                self.intermediate(header, inner, keys, answer);
                None
            }
            ExchangeType::IKE_AUTH if !answer.may_use_ppk => {
                let is_initiator = header.flags.is_initiator();
                let signed = Signed {
                    answer,
                    is_initiator,
                    own: own_key(keys, is_initiator)?,
                    between: self.between(header)?,
                };
                signed.prove(inner, pre_shared)
            }
            _ => None,
        }
    }

    fn intermediate(
        &mut self,
        header: &Header,
        inner: &Inner,
        keys: &Ikev2Keys,
        answer: &Answer,
    ) -> Option<()> {
        let is_initiator = header.flags.is_initiator();
        let known = self.0.iter().position(|(spis, _)| *spis == header.spis);
        let (spis, mut between) = known
            .and_then(|index| self.0.remove(index))
            .unwrap_or_else(|| (header.spis, Between::default()));
        if self.0.len() >= KEPT {
            self.0.pop_front();
        }
        let [initiator, responder] = &mut between.0;
        let (complete, chain) = if is_initiator { initiator } else { responder };
        // A repeat changes nothing; behind a gap the chain stays as it is, and is never complete.
        if header.message_id.0 == *complete + 1
            && let Some(key) = own_key(keys, is_initiator)
            && let Some(next) = next(header, inner, key, answer, chain.as_ref())
        {
            (*complete, *chain) = (header.message_id.0, Some(next));
        }
        self.0.push_back((spis, between));
        None
    }

    /// What goes into AUTH behind the identity; `None` if an exchange is missing.
    fn between(&self, header: &Header) -> Option<Vec<u8>> {
        let MessageId(id) = header.message_id;
        let found = self.0.iter().find(|(spis, _)| *spis == header.spis);
        let Some((_, Between([initiator, responder]))) = found else {
            return (id == 1).then(Vec::new);
        };
        let complete = initiator.0 + 1 == id && responder.0 + 1 == id;
        let (initiator, responder) = (initiator.1.as_ref()?, responder.1.as_ref()?);
        complete.then(|| [initiator, responder, &id.to_be_bytes()[..]].concat())
    }
}

/// IntAuth behind one more message: lengths count what is neither IV nor padding nor ICV. Payloads in
/// front of SK would be signed too; nobody sends any.
fn next(
    header: &Header,
    inner: &Inner,
    key: &[u8],
    answer: &Answer,
    before: Option<&Octets>,
) -> Option<Octets> {
    let payload = PAYLOAD_HEADER + inner.plaintext.len();
    let mut clear = Vec::with_capacity(HEADER_LENGTH + PAYLOAD_HEADER);
    clear.extend(header.spis.initiator.0);
    clear.extend(header.spis.responder.0);
    clear.extend([
        PayloadType::SK.0,
        header.version.0,
        header.exchange_type.0,
        header.flags.0,
    ]);
    clear.extend(header.message_id.0.to_be_bytes());
    clear.extend(u32::try_from(HEADER_LENGTH + payload).ok()?.to_be_bytes());
    clear.extend([inner.first, 0]);
    clear.extend(u16::try_from(payload).ok()?.to_be_bytes());
    let before = before.map_or(&[][..], |before| before);
    prf(answer.suite.prf?, key, &[before, &clear, &inner.plaintext])
}

fn own_key(keys: &Ikev2Keys, is_initiator: bool) -> Option<&[u8]> {
    let key = if is_initiator {
        &keys.sk_pi
    } else {
        &keys.sk_pr
    };
    key.as_ref().map(crate::Secret::expose)
}

/// What an end signs, but for its identity.
struct Signed<'a> {
    answer: &'a Answer,
    is_initiator: bool,
    /// SK_pi or SK_pr.
    own: &'a [u8],
    between: Vec<u8>,
}

impl Signed<'_> {
    /// An AUTH payload without an identity beside it is the end of EAP, whose key it is made with.
    fn prove(&self, inner: &Inner, pre_shared: &[PreSharedKey]) -> Option<Proof> {
        let own_identity = if self.is_initiator {
            PayloadType::IDI
        } else {
            PayloadType::IDR
        };
        let (mut identity, mut auth) = (None, None);
        for raw in inner.payloads().flatten() {
            if PayloadType(raw.payload_type) == own_identity {
                identity = Some(raw.body.octets());
            } else if let Ok(Payload::Authentication(found)) = Payload::decode(raw) {
                auth = Some(found);
            }
        }
        let auth = auth.filter(|auth| auth.method == AuthMethod::SHARED_KEY_MIC)?;
        let function = self.answer.suite.prf?;
        let maced_id = prf(function, self.own, &[identity?])?;
        let [request, response] = &self.answer.messages;
        let [initiator, responder] = &self.answer.nonces;
        let (message, nonce) = if self.is_initiator {
            (request, responder)
        } else {
            (response, initiator)
        };
        let proof = Proof::of(pre_shared, |key| {
            let padded = prf(function, key.expose(), &[b"Key Pad for IKEv2"])?;
            let signed: [&[u8]; 4] = [message, nonce, &maced_id, &self.between];
            let expected = prf(function, &padded, &signed)?;
            Some(*expected == auth.data.octets())
        });
        // What the drafts of RFC 9242 signed of IKE_INTERMEDIATE is not all the same.
        proof.filter(|proof| proof.fits || self.between.is_empty())
    }
}
