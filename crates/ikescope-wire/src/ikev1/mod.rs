//! IKEv1 (ISAKMP, RFC 2408 and RFC 2409): the message, and one file per payload.

pub mod attribute;
pub mod cert;
pub mod delete;
pub mod fragment;
pub mod id;
pub mod nat;
pub mod notify;
pub mod opaque;
pub mod sa;
pub mod situation;

use crate::header::Header;
use crate::iana::ikev1::PayloadType;
use crate::input::Input;
use crate::payload::Payloads;

pub use crate::ikev2::{Nonce, VendorId};
pub use attribute::{Attribute, Attributes, Class};
pub use cert::{Certificate, CertificateRequest};
pub use delete::Delete;
pub use fragment::Fragment;
pub use id::Identification;
pub use nat::{NatDiscovery, NatOriginalAddress};
pub use notify::{Notify, NotifyData};
pub use opaque::{Hash, KeyExchange, ProofOfPossession, Signature};
pub use sa::{Proposal, Proposals, SecurityAssociation, Transform, Transforms};
pub use situation::{Label, Labels, Situation};

/// An IKEv1 message.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The header.
    pub header: Header,
    pub(crate) body: Input<'a>,
    pub(crate) announced_body: usize,
}

impl<'a> Message<'a> {
    /// The payloads in order; none if the message is encrypted.
    #[must_use]
    pub const fn payloads(&self) -> Payloads<'a> {
        if self.header.flags.is_encrypted() {
            return Payloads::new(0, Input::new(&[]), false);
        }
        Payloads::cut(
            self.header.next_payload,
            self.body,
            self.announced_body,
            false,
        )
    }

    /// The octets behind the header of an encrypted message.
    #[must_use]
    pub const fn encrypted(&self) -> Option<Input<'a>> {
        if self.header.flags.is_encrypted() {
            Some(self.body)
        } else {
            None
        }
    }
}

payloads! {
    PayloadType;
    /// Security Association (RFC 2408 §3.4).
    SecurityAssociation(SecurityAssociation) = SA,
    /// Key Exchange (RFC 2408 §3.7).
    KeyExchange(KeyExchange) = KE,
    /// Identification (RFC 2408 §3.8, RFC 2407 §4.6.2).
    Identification(Identification) = ID,
    /// Certificate (RFC 2408 §3.9).
    Certificate(Certificate) = CERT,
    /// Certificate Request (RFC 2408 §3.10).
    CertificateRequest(CertificateRequest) = CERTREQ,
    /// Hash (RFC 2408 §3.11).
    Hash(Hash) = HASH,
    /// Signature (RFC 2408 §3.12).
    Signature(Signature) = SIGNATURE,
    /// Nonce (RFC 2408 §3.13).
    Nonce(Nonce) = NONCE,
    /// Notification (RFC 2408 §3.14).
    Notify(Notify) = NOTIFICATION,
    /// Delete (RFC 2408 §3.15).
    Delete(Delete) = DELETE,
    /// Vendor ID (RFC 2408 §3.16).
    VendorId(VendorId) = VENDOR_ID,
    /// Proof of Possession (RFC 3547 §5.7).
    ProofOfPossession(ProofOfPossession) = POP,
    /// NAT Discovery (RFC 3947 §3.2).
    NatDiscovery(NatDiscovery) = NAT_D | NAT_D_DRAFT,
    /// NAT Original Address (RFC 3947 §5.2).
    NatOriginalAddress(NatOriginalAddress) = NAT_OA | NAT_OA_DRAFT,
    /// Fragment of Cisco and Microsoft.
    Fragment(Fragment) = IKE_FRAGMENT,
}
