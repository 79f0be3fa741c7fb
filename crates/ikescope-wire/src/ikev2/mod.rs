//! IKEv2 (RFC 7296): the message, and one file per payload.

pub mod encrypted;
pub mod ke;
pub mod notify;
pub mod opaque;
pub mod sa;

use core::fmt;

use crate::describe::{Describe, FieldSink};
use crate::error::DecodeError;
use crate::header::Header;
use crate::iana::PayloadType;
use crate::input::Input;
use crate::payload::{Payloads, RawPayload};

pub use encrypted::{Encrypted, EncryptedFragment};
pub use ke::KeyExchange;
pub use notify::Notify;
pub use opaque::{Nonce, VendorId};
pub use sa::{
    Attribute, AttributeValue, Attributes, Proposal, Proposals, SecurityAssociation, Transform,
    Transforms,
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

/// Declares the payloads: one line is a variant, its dispatch and its description.
macro_rules! payloads {
    ($( $(#[$meta:meta])* $variant:ident($view:ident) = $($number:ident)|+ ),* $(,)?) => {
        /// A payload with its meaning. `Unknown` keeps the octets of a type without a decoder.
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub enum Payload<'a> {
            $( $(#[$meta])* $variant($view<'a>), )*
            /// A type that this crate has no view for.
            Unknown(RawPayload<'a>),
        }

        impl<'a> Payload<'a> {
            /// Reads the body of a framed payload.
            ///
            /// # Errors
            /// [`DecodeError`] if the body is not what its type says; other payloads of the
            /// message are not affected.
            pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
                Ok(match PayloadType(raw.payload_type) {
                    $( $(PayloadType::$number)|+ => Self::$variant($view::decode(raw)?), )*
                    _ => Self::Unknown(raw),
                })
            }
        }

        impl Describe for Payload<'_> {
            fn describe(&self, sink: &mut dyn FieldSink) {
                match self {
                    $( Self::$variant(view) => view.describe(sink), )*
                    Self::Unknown(raw) => sink.octets("data", raw.body.octets()),
                }
            }
        }
    };
}

payloads! {
    /// Security Association (§3.3).
    SecurityAssociation(SecurityAssociation) = SA,
    /// Key Exchange (§3.4).
    KeyExchange(KeyExchange) = KE,
    /// Nonce (§3.9).
    Nonce(Nonce) = NONCE,
    /// Notify (§3.10).
    Notify(Notify) = NOTIFY,
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
