//! Opens the messages of every IKE SA whose keys are known.

use std::sync::Arc;

use ikescope_wire::{Header, Message};

use crate::opened::{Closed, Opened};
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
}

impl Opener {
    /// An opener that has seen nothing.
    #[must_use]
    pub fn new(store: Arc<KeyStore>) -> Self {
        Self {
            store,
            ikev1: ikev1::Opener::default(),
            ikev2: ikev2::Opener::default(),
        }
    }

    /// Whether there may be keys for the SA of the message with this header.
    #[must_use]
    pub fn knows(store: &KeyStore, header: &Header) -> bool {
        match header.version.major() {
            1 => store.has_ikev1(header.spis.initiator),
            2 => !store.ikev2(header.spis).is_empty(),
            _ => false,
        }
    }

    /// Opens a message, from its header on, if it is encrypted.
    ///
    /// # Errors
    /// [`Closed`] says why it stays closed. What it leaves behind for later messages does not depend
    /// on success.
    pub fn open(&mut self, octets: &[u8]) -> Result<Opened, Closed> {
        let message = Message::decode(octets).map_err(Closed::Malformed)?;
        match &message {
            Message::V1(v1) => self.ikev1.open(&self.store, v1, message.missing()),
            Message::V2(v2) => self.ikev2.open(&self.store, v2, octets),
            _ => Ok(Opened::Clear),
        }
    }
}
