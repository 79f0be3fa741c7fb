//! IKEv2 (RFC 7296): the message, and one file per payload.

pub mod auth;
pub mod cert;
pub mod cp;
pub mod delete;
pub mod eap;
pub mod encrypted;
pub mod group;
pub mod id;
pub mod ke;
pub mod notify;
pub mod notify_data;
pub mod opaque;
pub mod sa;
pub mod ts;
pub mod vendor_id;

use crate::header::Header;
use crate::iana::PayloadType;
use crate::input::Input;
use crate::payload::{Payloads, RawPayload};

pub use auth::{Authentication, DigitalSignature};
pub use cert::{Certificate, CertificateRequest};
pub use cp::{Configuration, ConfigurationAttribute, ConfigurationAttributes};
pub use delete::{Delete, Spis};
pub use eap::Eap;
pub use encrypted::{Encrypted, EncryptedFragment};
pub use group::{GroupSecurityAssociation, KeyDownload};
pub use id::Identification;
pub use ke::KeyExchange;
pub use notify::Notify;
pub use notify_data::NotifyData;
pub use opaque::{Nonce, PuzzleSolution, SecurePassword};
pub use sa::{
    Attribute, Attributes, Proposal, Proposals, SecurityAssociation, Transform, Transforms,
};
pub use ts::{Selection, Selectors, TrafficSelector, TrafficSelectors};
pub use vendor_id::VendorId;

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

/// What kind of payload this is.
#[must_use]
pub const fn payload_type(raw: &RawPayload<'_>) -> PayloadType {
    PayloadType(raw.payload_type)
}

payloads! {
    PayloadType by payload_type;
    /// Security Association (§3.3); in G-IKEv2 also what a group member supports.
    SecurityAssociation(SecurityAssociation) = SA,
    /// Key Exchange (§3.4).
    KeyExchange(KeyExchange) = KE,
    /// Identification of initiator, responder or group (§3.5, RFC 9838).
    Identification(Identification) = IDI | IDR | IDG,
    /// Certificate (§3.6).
    Certificate(Certificate) = CERT,
    /// Certificate Request (§3.7).
    CertificateRequest(CertificateRequest) = CERTREQ,
    /// Authentication (§3.8).
    Authentication(Authentication) = AUTH,
    /// Nonce (§3.9).
    Nonce(Nonce) = NONCE,
    /// Notify (§3.10).
    Notify(Notify) = NOTIFY,
    /// Delete (§3.11).
    Delete(Delete) = DELETE,
    /// Vendor ID (§3.12).
    VendorId(VendorId) = VENDOR_ID,
    /// Traffic Selectors of initiator or responder (§3.13).
    TrafficSelectors(TrafficSelectors) = TSI | TSR,
    /// Encrypted and Authenticated (§3.14).
    Encrypted(Encrypted) = SK,
    /// Configuration (§3.15).
    Configuration(Configuration) = CP,
    /// Extensible Authentication (§3.16).
    Eap(Eap) = EAP,
    /// Generic Secure Password Method (RFC 6467).
    SecurePassword(SecurePassword) = GSPM,
    /// Group Security Association (RFC 9838).
    GroupSecurityAssociation(GroupSecurityAssociation) = GSA,
    /// Key Download (RFC 9838).
    KeyDownload(KeyDownload) = KD,
    /// Encrypted and Authenticated Fragment (RFC 7383 §2.5).
    EncryptedFragment(EncryptedFragment) = SKF,
    /// Puzzle Solution (RFC 8019).
    PuzzleSolution(PuzzleSolution) = PS,
}
