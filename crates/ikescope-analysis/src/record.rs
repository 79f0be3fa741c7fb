//! From views to records: the one place where what a message says becomes owned.
//!
//! A [`Facts`] is small on purpose: a hub sees hundreds of thousands of negotiations, and each
//! keeps the facts of a handful of messages. Repeats never get here; the tracker recognises them
//! by their digest.

use core::hash::{BuildHasher, Hasher};
use core::mem;
use core::ops::Deref;
use std::sync::Arc;

use ikescope_wire::iana::{self, ExchangeType, NotifyType, PayloadType};
use ikescope_wire::observed::Sighting;
use ikescope_wire::win32_error::Win32Error;
use ikescope_wire::{DecodeError, Header, Message};

use crate::advice::Makers;
use crate::credentials::Credentials;
use crate::inner::Inner;
use crate::nat::{self, NatClaim};
use crate::opener::{Closed, Opener, Revealed, SharedKeyProof};
use crate::proposal::Transform;
use crate::reader::Reader;

/// Longest notification data kept, octets.
const NOTIFY_DATA_KEPT: usize = 12;

/// What one IKE message says without keys. What is the same in many messages (the proposals of a
/// device, its Vendor IDs) stands in [`Content`], once for all of them.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Length field of the header, octets.
    pub length: u32,
    /// Octets of the message that the capture kept.
    pub captured: u32,
    /// Tells byte-identical repeats from other messages.
    pub digest: u64,
    /// The SK or SKF payload, if the message ends with one.
    pub encrypted: Option<Encrypted>,
    /// What the NAT detection hashes say of the addresses seen here.
    pub nat: Option<NatClaim>,
    content: Arc<Content>,
}

/// The part of a message in clear that does not change from one negotiation to the next.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Content {
    /// Payload types in order, in the registry of the version.
    pub payloads: Vec<u8>,
    /// Notifications in clear.
    pub notifies: Vec<Notify>,
    /// Transforms of all proposals in clear, in order.
    pub transforms: Vec<Transform>,
    /// Octets of the SA payload, from and to (exclusive), from the start of the IKE header.
    pub sa_octets: Option<(u32, u32)>,
    /// The key exchange in clear.
    pub key_exchange: Option<KeyExchange>,
    /// Vendor IDs, each cut at 48 octets.
    pub vendor_ids: Vec<Box<[u8]>>,
    /// Who they say made the sender.
    pub(crate) makers: Makers,
    /// Who its sender says it is.
    pub(crate) credentials: Option<Box<Credentials>>,
    /// What could not be decoded.
    pub errors: Vec<DecodeError>,
    /// Number of the fragment of payload 132 that this is, and the total: 0 but in the last one.
    pub(crate) fragment: Option<(u16, u16)>,
    /// What stands behind it all where somebody has keys.
    protected: Protected,
}

/// The octets of a message for which there are keys, and what came of them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
enum Protected {
    /// Nobody has keys for it, or nothing in it is encrypted.
    #[default]
    Unread,
    /// Waits until the messages are in order of time; what its own log shows of it stands behind.
    Waiting(Box<[u8]>, Option<Box<Inner>>),
    /// Nothing in it is encrypted; it proves a pre-shared key, or that there is another.
    Clear(Box<SharedKeyProof>),
    /// It was opened.
    Opened(Box<Inner>),
    /// It was not.
    Closed(Box<Closed>),
}

impl Deref for Facts {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

/// What stands in clear around an encrypted part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Encrypted {
    /// Type of the first payload inside (RFC 7296 §3.14).
    pub first_inner: PayloadType,
    /// Length of the SK or SKF payload as announced, generic header included, octets.
    pub length: u16,
    /// Offset of the payload from the start of the IKE header.
    pub offset: u32,
    /// Fragment number and total (RFC 7383 §2.5).
    pub fragment: Option<(u16, u16)>,
}

/// One notification.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Notify {
    /// Type, in the registry of the version.
    pub notify_type: u16,
    /// Protocol of the SPI.
    pub protocol_id: u8,
    /// Offset of the payload from the start of the IKE header.
    pub offset: u32,
    /// Length of the payload, octets.
    pub length: u16,
    data: [u8; NOTIFY_DATA_KEPT],
    /// How many octets of data there are on the wire.
    pub data_length: u16,
    /// Whether it was encrypted, and read with keys that were given.
    pub decrypted: bool,
}

impl Notify {
    pub(crate) fn new(notify_type: u16, protocol_id: u8, data: &[u8], place: (u32, u32)) -> Self {
        let mut kept = [0; NOTIFY_DATA_KEPT];
        // Longer data are hashes and cookies: other octets each time, and no rule reads them.
        if let Some(kept) = kept.get_mut(..data.len()) {
            kept.copy_from_slice(data);
        }
        Self {
            notify_type,
            protocol_id,
            offset: place.0,
            length: u16::try_from(place.1 - place.0).unwrap_or(u16::MAX),
            data: kept,
            data_length: u16::try_from(data.len()).unwrap_or(u16::MAX),
            decrypted: false,
        }
    }

    /// How it came to be read, to stand behind its name: "in clear", "decrypted".
    #[must_use]
    pub const fn legibility(&self) -> &'static str {
        if self.decrypted {
            "decrypted"
        } else {
            "in clear"
        }
    }

    /// The notification data, if they are twelve octets or fewer; longer ones are not kept.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.data
            .get(..usize::from(self.data_length))
            .unwrap_or_default()
    }

    /// The group that INVALID_KE_PAYLOAD asks for (RFC 7296 §1.3).
    #[must_use]
    pub fn wanted_group(&self) -> Option<u16> {
        match self.data() {
            [high, low] => Some(u16::from_be_bytes([*high, *low])),
            _ => None,
        }
    }

    /// The code in Microsoft's private MS_NOTIFY_STATUS (12345), sent by Windows and Azure.
    #[must_use]
    pub fn win32_error(&self) -> Option<Win32Error> {
        let is_status = self.notify_type == NotifyType::MS_NOTIFY_STATUS.0;
        let code = self.data().try_into().ok().filter(|_| is_status)?;
        Some(Win32Error(u32::from_be_bytes(code)))
    }

    /// Octets of the payload, from and to (exclusive), from the start of the IKE header.
    #[must_use]
    pub fn octets(&self) -> (u32, u32) {
        (self.offset, self.offset + u32::from(self.length))
    }
}

/// The public value of a key exchange.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct KeyExchange {
    /// Group; IKEv1 does not say it here.
    pub group: Option<u16>,
    /// Octets of the public value.
    pub octets: u16,
}

impl KeyExchange {
    pub(crate) fn new(group: Option<u16>, data: &[u8]) -> Self {
        Self {
            group,
            octets: u16::try_from(data.len()).unwrap_or(u16::MAX),
        }
    }
}

impl Facts {
    /// Reads a message. `octets` are what [`Message::decode`] was given, `digest` is theirs.
    pub(crate) fn of(
        message: &Message<'_>,
        octets: &[u8],
        digest: u64,
        sighting: &Sighting,
        reader: &mut Reader,
    ) -> Self {
        let header = message.header();
        let content = reader.read(message);
        Self {
            length: header.length,
            captured: u32::try_from(octets.len())
                .unwrap_or(u32::MAX)
                .min(header.length),
            digest,
            encrypted: reader.encrypted(),
            nat: nat::claim(header, reader.nat_hashes(), sighting),
            content,
        }
    }

    /// Keeps the octets of the message for an opener.
    pub(crate) fn keep(&mut self, octets: &[u8]) {
        Arc::make_mut(&mut self.content).protected = Protected::Waiting(octets.into(), None);
    }

    /// Takes what the log of one end shows of its content. Keys tell more, where there are any.
    pub(crate) fn disclose(&mut self, revealed: Revealed<'_>, exchange_type: ExchangeType) {
        let place = self.encrypted_place();
        let inner = Box::new(Inner::read(revealed, exchange_type, place));
        let protected = &mut Arc::make_mut(&mut self.content).protected;
        match protected {
            Protected::Waiting(_, disclosed) => *disclosed = Some(inner),
            _ => *protected = Protected::Opened(inner),
        }
    }

    /// Octets of the encrypted payload, from and to (exclusive); nothing where there is none.
    fn encrypted_place(&self) -> (u32, u32) {
        let place = |sk: Encrypted| (sk.offset, sk.offset + u32::from(sk.length));
        self.encrypted.map_or((0, 0), place)
    }

    /// Gives an opener what was kept for it, and reads what it finds.
    pub(crate) fn open(&mut self, opener: &mut dyn Opener) {
        if !matches!(self.protected, Protected::Waiting(..)) {
            return;
        }
        let place = self.encrypted_place();
        let content = Arc::make_mut(&mut self.content);
        let Protected::Waiting(octets, disclosed) = mem::take(&mut content.protected) else {
            return;
        };
        let exchange_type = Header::decode(&octets).map(|header| header.exchange_type);
        let exchange_type = exchange_type.unwrap_or(ExchangeType(0));
        let mut inner = None;
        let opened = opener.open(&octets, &mut |revealed| {
            inner = Some(Box::new(Inner::read(revealed, exchange_type, place)));
        });
        let proof = opener.proof();
        content.protected = match (inner.or(disclosed), opened) {
            (Some(mut inner), _) => {
                inner.proof = proof;
                Protected::Opened(inner)
            }
            (None, Err(closed)) => Protected::Closed(Box::new(closed)),
            (None, Ok(())) => {
                proof.map_or(Protected::Unread, |proof| Protected::Clear(Box::new(proof)))
            }
        };
    }

    /// Takes over what was read in a later fragment of the same message.
    pub(crate) fn complete(&mut self, other: &Self) {
        if !matches!(other.protected, Protected::Unread) {
            Arc::make_mut(&mut self.content).protected = other.protected.clone();
        }
    }

    /// Number and total, if it is a fragment of another message (RFC 7383 §2.5). Those of IKEv1 say a
    /// total of 0, but for the last one.
    #[must_use]
    pub fn fragment(&self) -> Option<(u16, u16)> {
        let skf = self.encrypted.and_then(|encrypted| encrypted.fragment);
        skf.or(self.content.fragment)
    }

    /// What was encrypted in it, where somebody could read that.
    #[must_use]
    pub fn inner(&self) -> Option<&Inner> {
        match &self.protected {
            Protected::Opened(inner) => Some(inner),
            _ => None,
        }
    }

    /// Why it could not be read although there are keys for its SA.
    #[must_use]
    pub fn closed(&self) -> Option<&Closed> {
        match &self.protected {
            Protected::Closed(closed) => Some(closed),
            _ => None,
        }
    }

    /// What it says of the pre-shared keys that were given.
    #[must_use]
    pub fn proof(&self) -> Option<&SharedKeyProof> {
        match &self.protected {
            Protected::Clear(proof) => Some(proof),
            Protected::Opened(inner) => inner.proof.as_ref(),
            _ => None,
        }
    }

    /// Who the sender says it is: in clear, then what was decrypted.
    pub fn credentials(&self) -> impl Iterator<Item = &Credentials> {
        let inner = self.inner().and_then(|inner| inner.credentials.as_deref());
        self.credentials.as_deref().into_iter().chain(inner)
    }

    /// The notifications that can be read: those in clear, then those that were decrypted.
    pub fn readable_notifies(&self) -> impl Iterator<Item = &Notify> {
        let inner = self.inner().map(|inner| &inner.notifies);
        self.notifies.iter().chain(inner.into_iter().flatten())
    }

    /// The first notification of this type that can be read.
    #[must_use]
    pub fn notify(&self, notify_type: NotifyType) -> Option<&Notify> {
        self.readable_notifies()
            .find(|notify| notify.notify_type == notify_type.0)
    }

    /// The first notification that reports an error and can be read, in either version's numbering.
    #[must_use]
    pub fn error_notify(&self) -> Option<&Notify> {
        self.readable_notifies()
            .find(|notify| NotifyType(notify.notify_type).is_error())
    }

    /// Whether it reports an error or deletes an SA, or may for all that can be read of it.
    #[must_use]
    pub(crate) fn may_refuse(&self) -> bool {
        self.inner()
            .is_none_or(|inner| inner.error_notify().is_some() || !inner.deleted.is_empty())
    }

    /// Whether a payload of this type stands in clear.
    #[must_use]
    pub fn has(&self, payload_type: u8) -> bool {
        self.payloads.contains(&payload_type)
    }

    /// Type of the first payload inside SK, if there is an SK.
    #[must_use]
    pub fn first_inner(&self) -> Option<PayloadType> {
        self.encrypted.map(|encrypted| encrypted.first_inner)
    }
}

/// A digest of octets: equal octets, equal digest. Not cryptographic: a forger could at most make
/// two of its own messages look like repeats.
#[must_use]
pub(crate) fn digest(octets: &[u8]) -> u64 {
    let mut hasher = foldhash::fast::FixedState::with_seed(0x1e5c_09e0).build_hasher();
    hasher.write(octets);
    hasher.finish()
}

/// Name of a payload type in the registry of an IKE version; `?` where neither knows it.
#[must_use]
pub fn payload_name(ikev2: bool, payload_type: u8) -> &'static str {
    if ikev2 {
        PayloadType(payload_type).name()
    } else {
        iana::ikev1::PayloadType(payload_type).name()
    }
    .unwrap_or("?")
}
