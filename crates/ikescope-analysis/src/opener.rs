//! Where keys come in: whoever has them opens messages, and this crate reads what was inside.
//!
//! No cipher is known here. A [`Keyring`] is asked of each message, while its octets are at hand,
//! whether it could help; those octets then wait until the messages are in order of time, because
//! fragments and the IVs of IKEv1 need that, and an [`Opener`] gets them one by one.

use std::net::IpAddr;
use std::sync::Arc;

use ikescope_wire::{Header, Payloads};

use crate::certificate::ReadCertificate;

/// Tells which messages are worth keeping, on whatever thread reads the capture.
pub trait Keyring: Send + Sync {
    /// Whether the opener wants the octets of messages with this header, those in clear included.
    fn wants(&self, header: &Header) -> bool;

    /// An opener that has seen nothing.
    fn opener(&self) -> Box<dyn Opener>;

    /// An opener of ESP packets that has seen nothing; `None` if there are no keys for any.
    fn esp_opener(&self) -> Option<Box<dyn EspOpener>> {
        None
    }
}

/// Opens ESP packets in the order in which they come.
pub trait EspOpener: Send {
    /// Takes a packet, from its SPI on, of which so many octets were not captured, and hands next
    /// header and payload to `read` if it can be opened.
    fn open(
        &mut self,
        ends: [IpAddr; 2],
        packet: &[u8],
        missing: u32,
        read: &mut dyn FnMut(u8, &[u8]),
    );
}

/// Opens messages in the order in which they were sent.
pub trait Opener: Send {
    /// Takes a message, from its header on, and hands the payloads that were encrypted to `read`. A
    /// message in clear has none, and nor has a fragment whose siblings are still to come.
    ///
    /// # Errors
    /// [`Closed`] if it is encrypted and stays so.
    fn open(&mut self, octets: &[u8], read: &mut dyn FnMut(Revealed<'_>)) -> Result<(), Closed>;

    /// What the message that was opened last says of the pre-shared keys that were given; `None` if
    /// there are none, or if it proves none.
    fn proof(&mut self) -> Option<SharedKeyProof> {
        None
    }
}

/// Whether the sender of a message used one of the pre-shared keys that were given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SharedKeyProof {
    /// It did.
    pub fits: bool,
    /// Where the key was read that it used; if it used none of them, where they all were.
    pub source: Arc<str>,
}

/// Payloads that were encrypted.
#[derive(Clone, Copy, Debug)]
pub struct Revealed<'a> {
    /// The chain.
    pub payloads: Payloads<'a>,
    /// Whether offsets in it are offsets in the message; not so where it came in fragments.
    pub in_place: bool,
    /// Reads the certificates among them.
    pub read_certificate: ReadCertificate,
}

/// Why a message stays closed although there are keys for its SA.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Closed {
    /// Whether other keys would open it.
    pub wrong_keys: bool,
    /// The reason, as the end of a sentence about the message.
    pub reason: Box<str>,
}

/// The keyring, and the opener it made for the desk.
pub(crate) type Keys = Option<Arc<dyn Keyring>>;
