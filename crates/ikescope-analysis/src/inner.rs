//! What was read inside an encrypted message, by whoever had the keys.

use core::ops::Deref;

use ikescope_wire::iana::{EapCode, EapMethod, NotifyType};

use crate::opener::SharedKeyProof;
use crate::record::{Content, Notify};

/// Payloads that were encrypted. The part that they have in common with payloads in clear is reached
/// by dereferencing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Inner {
    pub(crate) content: Content,
    /// The EAP message, if there is one.
    pub eap: Option<Eap>,
    /// Protocols of the SAs that are deleted, in the registry of the version.
    pub deleted: Vec<u8>,
    /// What it says of the pre-shared keys that were given.
    pub(crate) proof: Option<SharedKeyProof>,
}

impl Inner {
    /// Whether a payload of this type is in it.
    #[must_use]
    pub fn has(&self, payload_type: u8) -> bool {
        self.payloads.contains(&payload_type)
    }

    /// The first notification that reports an error, in either version's numbering.
    #[must_use]
    pub fn error_notify(&self) -> Option<&Notify> {
        self.notifies
            .iter()
            .find(|notify| NotifyType(notify.notify_type).is_error())
    }
}

impl Deref for Inner {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

/// What an EAP message says of itself (RFC 3748 §4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Eap {
    /// Request, response, success or failure.
    pub code: EapCode,
    /// The method; success and failure have none.
    pub method: Option<EapMethod>,
}
