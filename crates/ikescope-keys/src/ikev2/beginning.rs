//! How IKE SAs began: the two messages of IKE_SA_INIT, of which keys are made and which AUTH signs.

use std::collections::VecDeque;

use ikescope_wire::iana::{ExchangeType, NotifyType};
use ikescope_wire::ikev2::{Message, Payload};
use ikescope_wire::{Spi, SpiPair};

use super::derive;
use super::suites::Suite;
use crate::store::{Ikev2Keys, KeyStore};

/// Initiators' SPIs that are followed at once; the oldest gives way.
const KEPT: usize = 1024;
/// Different requests kept of one initiator's SPI, and different answers.
const MESSAGES: usize = 4;

/// What is known of each beginning, by the initiator's SPI.
#[derive(Debug, Default)]
pub(super) struct Beginnings(VecDeque<(Spi, Beginning)>);

#[derive(Debug, Default)]
struct Beginning {
    requests: VecDeque<Request>,
    answers: VecDeque<Answer>,
    /// The cookie that was asked for: what follows has to begin with it (RFC 7296 §2.6).
    cookie: Option<Box<[u8]>>,
}

/// A request that may be the one that was answered.
#[derive(Clone, Debug)]
struct Request {
    octets: Box<[u8]>,
    group: u16,
    nonce: Box<[u8]>,
    cookie: Option<Box<[u8]>>,
}

/// Both messages of an IKE_SA_INIT that came to an end.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) spis: SpiPair,
    /// The request and its response, from the header on.
    pub(super) messages: [Box<[u8]>; 2],
    /// The nonces, of the initiator and of the responder.
    pub(super) nonces: [Box<[u8]>; 2],
    pub(super) suite: Suite,
    /// A post-quantum pre-shared key may go into the keys that make AUTH (RFC 8784 §3).
    pub(super) may_use_ppk: bool,
    /// Keys that follow from the secret of the key exchange.
    pub(super) derived: Vec<Ikev2Keys>,
}

/// What a message of IKE_SA_INIT holds.
#[derive(Default)]
struct Held<'m> {
    suite: Option<Suite>,
    group: Option<u16>,
    nonce: Option<&'m [u8]>,
    cookie: Option<&'m [u8]>,
    offers_ppk: bool,
}

impl Beginnings {
    /// Takes a message of IKE_SA_INIT that is whole.
    pub(super) fn take(&mut self, store: &KeyStore, message: &Message<'_>, octets: &[u8]) {
        let header = &message.header;
        if header.exchange_type != ExchangeType::IKE_SA_INIT {
            return;
        }
        let length = usize::try_from(header.length).unwrap_or(usize::MAX);
        let Some(octets) = octets.get(..length) else {
            return;
        };
        let held = Held::of(message);
        let mut beginning = self.remove(header.spis.initiator);
        if !header.flags.is_response() {
            beginning.ask(&held, octets);
        } else if !header.spis.responder.is_zero() {
            beginning.answer(store, header.spis, &held, octets);
        } else if let Some(cookie) = held.cookie {
            beginning.cookie = Some(cookie.into());
        }
        self.0.push_back((header.spis.initiator, beginning));
    }

    /// The one that this SA came of, if both messages were seen.
    pub(super) fn answer(&self, spis: SpiPair) -> Option<&Answer> {
        let (_, beginning) = self.0.iter().find(|(spi, _)| *spi == spis.initiator)?;
        beginning.answers.iter().find(|answer| answer.spis == spis)
    }

    /// The one of this initiator; a new one where there is none, for which the oldest gives way.
    fn remove(&mut self, initiator: Spi) -> Beginning {
        let known = self.0.iter().position(|(spi, _)| *spi == initiator);
        if known.is_none() && self.0.len() >= KEPT {
            self.0.pop_front();
        }
        known
            .and_then(|index| self.0.remove(index))
            .map(|(_, beginning)| beginning)
            .unwrap_or_default()
    }
}

impl Beginning {
    fn ask(&mut self, held: &Held<'_>, octets: &[u8]) {
        let (Some(group), Some(nonce)) = (held.group, held.nonce) else {
            return;
        };
        if self.requests.iter().any(|other| *other.octets == *octets) {
            return;
        }
        if self.requests.len() >= MESSAGES {
            self.requests.pop_front();
        }
        self.requests.push_back(Request {
            octets: octets.into(),
            group,
            nonce: nonce.into(),
            cookie: held.cookie.map(Into::into),
        });
    }

    fn answer(&mut self, store: &KeyStore, spis: SpiPair, held: &Held<'_>, octets: &[u8]) {
        let (Some(suite), Some(group), Some(nonce)) = (held.suite, held.group, held.nonce) else {
            return;
        };
        if self.answers.iter().any(|other| other.spis == spis) {
            return;
        }
        let fits = |request: &&Request| request.group == group && request.cookie == self.cookie;
        let Some(request) = self.requests.iter().rev().find(fits) else {
            return;
        };
        if self.answers.len() >= MESSAGES {
            self.answers.pop_front();
        }
        let mut answer = Answer {
            spis,
            messages: [request.octets.clone(), octets.into()],
            nonces: [request.nonce.clone(), nonce.into()],
            suite,
            may_use_ppk: held.offers_ppk,
            derived: Vec::new(),
        };
        let secrets = store.shared_secrets(spis).iter();
        answer.derived = secrets
            .filter_map(|secret| derive::keys(&answer, secret))
            .collect();
        self.answers.push_back(answer);
    }
}

impl<'m> Held<'m> {
    fn of(message: &Message<'m>) -> Self {
        let mut held = Self::default();
        for raw in message.payloads().flatten() {
            match Payload::decode(raw) {
                Ok(Payload::SecurityAssociation(sa)) => held.suite = Suite::chosen(&sa),
                Ok(Payload::KeyExchange(ke)) => held.group = Some(ke.method.0),
                Ok(Payload::Nonce(nonce)) => held.nonce = Some(nonce.data),
                Ok(Payload::Notify(notify)) => match notify.notify_type {
                    NotifyType::COOKIE => held.cookie = Some(notify.data.octets()),
                    NotifyType::USE_PPK | NotifyType::USE_PPK_INT => held.offers_ppk = true,
                    _ => {}
                },
                _ => {}
            }
        }
        held
    }
}
