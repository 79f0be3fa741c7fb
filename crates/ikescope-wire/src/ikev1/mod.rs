//! IKEv1 (ISAKMP, RFC 2408 and RFC 2409): the message, and one file per payload.

pub mod attribute;
pub mod cert;
pub mod configuration;
pub mod delete;
pub mod fragment;
pub mod gdoi;
pub mod id;
pub mod nat;
pub mod notify;
pub mod opaque;
pub mod sa;
pub mod situation;

use crate::header::Header;
use crate::iana::ikev1::PayloadType;
use crate::input::Input;
use crate::payload::{PAYLOAD_HEADER_LENGTH, Payloads, RawPayload};

pub use crate::ikev2::{Nonce, VendorId};
pub use attribute::{Attribute, Attributes, Class};
pub use cert::{Certificate, CertificateRequest};
pub use configuration::{Configuration, ConfigurationAttribute, ConfigurationAttributes};
pub use delete::Delete;
pub use fragment::Fragment;
pub use gdoi::{GroupAssociatedPolicy, KeyDownload, SaKek, SaTek, SequenceNumber};
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

/// What kind of payload this is: its number, but for two that have two meanings.
///
/// Drafts of NAT traversal from 04 on sent NAT-D and NAT-OA as 15 and 16, which GDOI had for SAK and
/// SAT. Nothing in the message need tell which it is: GDOI nests its own in an SA payload, but a
/// broken one may put them anywhere. So the body decides. It is a SAK if it can be read as one to its
/// last attribute: that takes 29 octets and lengths that fit, which hash octets do not have but by
/// chance; otherwise it is NAT-D if it is as long as a hash. It is NAT-OA if type, zeros and length
/// are those of one address; no SAT is that short.
#[must_use]
pub fn payload_type(raw: &RawPayload<'_>) -> PayloadType {
    let number = PayloadType(raw.payload_type);
    let announced = usize::from(raw.length).saturating_sub(PAYLOAD_HEADER_LENGTH);
    match (number, raw.body.octets(), announced) {
        (PayloadType::SAK, _, 16 | 20 | 32 | 48 | 64) if !SaKek::fits(*raw) => PayloadType::NAT_D,
        (PayloadType::SAT, [1, 0, 0, 0, ..], 8) | (PayloadType::SAT, [5, 0, 0, 0, ..], 20) => {
            PayloadType::NAT_OA
        }
        _ => number,
    }
}

payloads! {
    PayloadType by payload_type;
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
    /// Attributes of mode-config and XAUTH (draft-dukes-ike-mode-cfg §3.2).
    Configuration(Configuration) = ATTR,
    /// SA KEK (RFC 6407 §5.3).
    SaKek(SaKek) = SAK,
    /// SA TEK (RFC 6407 §5.5).
    SaTek(SaTek) = SAT,
    /// Key Download (RFC 6407 §5.6).
    KeyDownload(KeyDownload) = KD,
    /// Sequence Number (RFC 6407 §5.7).
    SequenceNumber(SequenceNumber) = SEQ,
    /// Proof of Possession (RFC 3547).
    ProofOfPossession(ProofOfPossession) = POP,
    /// NAT Discovery (RFC 3947 §3.2).
    NatDiscovery(NatDiscovery) = NAT_D | NAT_D_DRAFT,
    /// NAT Original Address (RFC 3947 §5.2).
    NatOriginalAddress(NatOriginalAddress) = NAT_OA | NAT_OA_DRAFT,
    /// Group Associated Policy (RFC 6407 §5.4).
    GroupAssociatedPolicy(GroupAssociatedPolicy) = GAP,
    /// Fragment of Cisco and Microsoft.
    Fragment(Fragment) = IKE_FRAGMENT,
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::display::Line;

    /// Main mode message 3 of the public capture ISAKMP_sa_setup.pcap (tcpdump's tests): racoon
    /// speaks draft 07 of NAT traversal and sends NAT-D as 15.
    const NAT_D_AS_15: &str = "0f000018d5664a6fcbc7d769f693d4d83ce125b1415827ae\
                               000000186db4442c1af0b63d93334e3a0cb5ac19f804eca4";

    #[test]
    fn takes_payload_15_for_nat_d_where_it_is_a_hash() {
        let octets = hex::decode(NAT_D_AS_15).unwrap();
        for raw in Payloads::new(15, Input::at(&octets, 28), false) {
            let raw = raw.unwrap();
            assert_eq!(raw.payload_type, 15);
            assert!(matches!(Payload::decode(raw), Ok(Payload::NatDiscovery(_))));
        }
    }

    #[test]
    fn takes_payload_15_for_sak_where_it_can_be_read_as_one() {
        // RFC 6407 §5.3, without identification data: 29 octets and one attribute are 33, so the
        // attribute is a TLV with a value of three octets less.
        let mut octets = [0u8; 36];
        octets[3] = 36;
        octets[4] = 17;
        octets[33..].copy_from_slice(&[0x80, 4, 0]);
        let raw = Payloads::new(15, Input::at(&octets, 28), false)
            .next()
            .unwrap()
            .unwrap();
        assert_eq!(
            payload_type(&raw),
            PayloadType::NAT_D,
            "the attribute is cut"
        );
        let mut octets = [0u8; 52];
        octets[3] = 52;
        octets[4] = 17;
        octets[33..37].copy_from_slice(&[0x80, 2, 0, 3]);
        octets[37..41].copy_from_slice(&[0, 4, 0, 11]);
        let raw = Payloads::new(15, Input::at(&octets, 28), false)
            .next()
            .unwrap()
            .unwrap();
        assert_eq!(raw.body.len(), 48);
        assert!(matches!(Payload::decode(raw), Ok(Payload::SaKek(_))));
    }

    #[test]
    fn takes_payload_16_for_nat_oa_where_it_is_an_address() {
        let octets = [0, 0, 0, 12, 1, 0, 0, 0, 192, 0, 2, 1];
        let raw = Payloads::new(16, Input::at(&octets, 28), false)
            .next()
            .unwrap()
            .unwrap();
        let line = Line(&Payload::decode(raw).unwrap()).to_string();
        assert_eq!(line, "id type 1 ID_IPV4_ADDR, address 192.0.2.1");
    }
}
