//! Opens the messages of every IKE SA whose keys are known.

use std::sync::Arc;

use ikescope_wire::iana::ExchangeType;
use ikescope_wire::{Header, Message};

use crate::opened::{Closed, Opened};
use crate::psk::Proof;
use crate::store::KeyStore;
use crate::{ikev1, ikev2};

/// Opens messages in the order in which they were sent: later ones need what earlier ones said.
///
/// Give it every message of an SA that [`Opener::knows`], those in clear too: IKEv1 makes its IVs of
/// them, and they name the algorithms where the keys do not.
#[derive(Debug)]
pub struct Opener {
    store: Arc<KeyStore>,
    ikev1: ikev1::Opener,
    ikev2: ikev2::Opener,
    proof: Option<Proof>,
}

impl Opener {
    /// An opener that has seen nothing.
    #[must_use]
    pub fn new(store: Arc<KeyStore>) -> Self {
        Self {
            store,
            ikev1: ikev1::Opener::default(),
            ikev2: ikev2::Opener::default(),
            proof: None,
        }
    }

    /// Whether there may be keys for the SA of the message with this header, or a pre-shared key to hold
    /// against it.
    #[must_use]
    pub fn knows(store: &KeyStore, header: &Header) -> bool {
        let begun_by = header.spis.initiator;
        let has_pre_shared = !store.pre_shared().is_empty();
        match header.version.major() {
            1 => {
                let is_phase_1 = matches!(
                    header.exchange_type,
                    ExchangeType::IDENTITY_PROTECTION | ExchangeType::AGGRESSIVE
                );
                store.has_ikev1(begun_by)
                    || store.has_shared_secret(begun_by)
                    || (has_pre_shared && is_phase_1)
            }
            2 => {
                let is_first = header.exchange_type == ExchangeType::IKE_SA_INIT;
                !store.ikev2(header.spis).is_empty()
                    || store.has_shared_secret(begun_by)
                    || (has_pre_shared && is_first && store.has_ikev2(begun_by))
            }
            _ => false,
        }
    }

    /// Opens a message, from its header on, if it is encrypted.
    ///
    /// # Errors
    /// [`Closed`] says why it stays closed. What it leaves behind for later messages does not depend
    /// on success.
    pub fn open(&mut self, octets: &[u8]) -> Result<Opened, Closed> {
        self.proof = None;
        let message = Message::decode(octets).map_err(Closed::Malformed)?;
        let (opened, proof) = match &message {
            Message::V1(v1) => self.ikev1.open(&self.store, v1, message.missing()),
            Message::V2(v2) => self.ikev2.open(&self.store, v2, octets),
            _ => (Ok(Opened::Clear), None),
        };
        self.proof = proof;
        opened
    }

    /// What the message that was given last says of the pre-shared keys in the store. `None` if it
    /// proves none, or if what the proof is made of was not seen whole.
    #[must_use]
    pub const fn proof(&self) -> Option<&Proof> {
        self.proof.as_ref()
    }
}
