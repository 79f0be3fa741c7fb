//! IKEv2 (RFC 7296): the message, and one file per payload.

pub mod delete;
pub mod encrypted;
pub mod ke;
pub mod notify;
pub mod opaque;
pub mod sa;

use core::fmt;

use crate::header::Header;
use crate::iana::PayloadType;
use crate::input::Input;
use crate::payload::Payloads;

pub use delete::{Delete, Spis};
pub use encrypted::{Encrypted, EncryptedFragment};
pub use ke::KeyExchange;
pub use notify::Notify;
pub use opaque::{Nonce, VendorId};
pub use sa::{
    Attribute, Attributes, Proposal, Proposals, SecurityAssociation, Transform, Transforms,
};

/// An IKEv2 message.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The header.
    pub header: Header,
    pub(crate) body: Input<'a>,
    pub(crate) announced_body: usize,
}

impl<'a> Message<'a> {
    /// The payloads in order; SK and SKF are the last of theirs.
    #[must_use]
    pub const fn payloads(&self) -> Payloads<'a> {
        Payloads::cut(
            self.header.next_payload,
            self.body,
            self.announced_body,
            true,
        )
    }
}

payloads! {
    PayloadType;
    /// Security Association (§3.3).
    SecurityAssociation(SecurityAssociation) = SA,
    /// Key Exchange (§3.4).
    KeyExchange(KeyExchange) = KE,
    /// Nonce (§3.9).
    Nonce(Nonce) = NONCE,
    /// Notify (§3.10).
    Notify(Notify) = NOTIFY,
    /// Delete (§3.11).
    Delete(Delete) = DELETE,
    /// Vendor ID (§3.12).
    VendorId(VendorId) = VENDOR_ID,
    /// Encrypted and Authenticated (§3.14).
    Encrypted(Encrypted) = SK,
    /// Encrypted and Authenticated Fragment (RFC 7383 §2.5).
    EncryptedFragment(EncryptedFragment) = SKF,
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "IKEv2 {} message ID {}",
            self.header.exchange_type, self.header.message_id
        )
    }
}
