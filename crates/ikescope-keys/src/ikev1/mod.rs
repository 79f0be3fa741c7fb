//! IKEv1: encrypted messages, whose IV is the end of the one before (RFC 2409 §5, appendix B).
//!
//! Nothing in a message authenticates it for those who hold the encryption key alone. So what is
//! decrypted has to be a chain of payloads, first the one the header names; otherwise it is not given
//! out.

mod phase1;
mod session;

use std::collections::VecDeque;

use ikescope_wire::ikev1::Message;
use ikescope_wire::{Spi, SpiPair};

use crate::opened::{Closed, Inner, Opened};
use crate::psk::Proof;
use crate::store::KeyStore;
use session::Session;

/// SAs followed at once; the oldest gives way.
const SESSIONS: usize = 1024;

/// What is remembered from message to message.
#[derive(Debug, Default)]
pub(crate) struct Opener {
    sessions: VecDeque<(SpiPair, Session)>,
}

impl Opener {
    pub(crate) fn open(
        &mut self,
        store: &KeyStore,
        message: &Message<'_>,
        missing: usize,
    ) -> (Result<Opened, Closed>, Option<Proof>) {
        let spis = message.header.spis;
        let mut session = self.take(spis);
        let opened = match message.encrypted() {
            None => {
                session.read(store, message);
                Ok(Opened::Clear)
            }
            Some(_) if missing > 0 => Err(Closed::NotCaptured { octets: missing }),
            Some(content) => session
                .open(store, message, content.octets())
                .map(|plaintext| {
                    Opened::Payloads(Inner {
                        first: message.header.next_payload,
                        ikev2: false,
                        offset: Some(content.offset()),
                        plaintext,
                    })
                }),
        };
        let proof = session.prove(store, message, opened.as_ref().ok());
        self.sessions.push_back((spis, session));
        (opened, proof)
    }

    /// The session of an SA. One begins where only the initiator had a cookie yet.
    fn take(&mut self, spis: SpiPair) -> Session {
        let known = self.sessions.iter().position(|(other, _)| *other == spis);
        if let Some((_, session)) = known.and_then(|index| self.sessions.remove(index)) {
            return session;
        }
        let opening = SpiPair {
            responder: Spi::ZERO,
            ..spis
        };
        let begun = self.sessions.iter().find(|(other, _)| *other == opening);
        let session = begun.map(|(_, session)| session.clone());
        if self.sessions.len() >= SESSIONS {
            self.sessions.pop_front();
        }
        session.unwrap_or_default()
    }
}
