//! Payloads of IKEv1 (RFC 2408 §3.4 to §3.16, RFC 2407 §4.6, RFC 3947).

use std::net::SocketAddr;

use super::proposal::{MORE_PROPOSALS, MORE_TRANSFORMS, Substructure, proposal_body, sequence};
use super::{Attribute, Payload, Suite, nat_detection_hash};

/// A proposal of an SA payload (RFC 2408 §3.5).
#[derive(Clone, Debug)]
pub struct Proposal {
    number: u8,
    protocol: u8,
    spi: Vec<u8>,
    transforms: Vec<Transform>,
}

impl Proposal {
    /// A proposal for `protocol` (1 ISAKMP, 2 AH, 3 ESP) without SPI and transforms.
    #[must_use]
    pub const fn new(number: u8, protocol: u8) -> Self {
        Self {
            number,
            protocol,
            spi: Vec::new(),
            transforms: Vec::new(),
        }
    }

    /// Sets the SPI.
    #[must_use]
    pub fn spi(mut self, spi: &[u8]) -> Self {
        self.spi = spi.to_vec();
        self
    }

    /// Appends a transform.
    #[must_use]
    pub fn with(mut self, transform: Transform) -> Self {
        self.transforms.push(transform);
        self
    }

    fn substructure(&self) -> Substructure {
        let transforms: Vec<_> = self
            .transforms
            .iter()
            .map(Transform::substructure)
            .collect();
        let count = transforms.len() as u8;
        let octets = sequence(&transforms, MORE_TRANSFORMS);
        Substructure {
            last: None,
            length: None,
            body: proposal_body(self.number, self.protocol, &self.spi, count, &octets),
        }
    }
}

/// A transform of a proposal (RFC 2408 §3.6).
#[derive(Clone, Debug)]
pub struct Transform {
    number: u8,
    id: u8,
    attributes: Vec<Attribute>,
}

impl Transform {
    /// A transform without attributes.
    #[must_use]
    pub const fn new(number: u8, id: u8) -> Self {
        Self {
            number,
            id,
            attributes: Vec::new(),
        }
    }

    /// KEY_IKE with AES-CBC or 3DES-CBC as in `suite`, SHA-1, pre-shared key, `group`, 8 hours
    /// (RFC 2409 appendix A, RFC 3602 §5).
    #[must_use]
    pub fn phase_1(number: u8, suite: &Suite, group: u16) -> Self {
        let encryption = if suite.encryption == 3 { 5 } else { 7 };
        let mut transform = Self::new(number, 1).attribute(Attribute::Tv(1, encryption));
        if let Some(bits) = suite.key_length {
            transform = transform.attribute(Attribute::Tv(14, bits));
        }
        transform
            .attribute(Attribute::Tv(2, 2))
            .attribute(Attribute::Tv(3, 1))
            .attribute(Attribute::Tv(4, group))
            .attribute(Attribute::Tv(11, 1))
            .attribute(Attribute::Tv(12, 28800))
    }

    /// Appends an attribute.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    fn substructure(&self) -> Substructure {
        let mut body = vec![self.number, self.id, 0, 0];
        body.extend(self.attributes.iter().flat_map(Attribute::octets));
        Substructure {
            last: None,
            length: None,
            body,
        }
    }
}

/// Security Association in the IPsec DOI, situation SIT_IDENTITY_ONLY (RFC 2407 §4.6.1).
#[must_use]
pub fn sa(proposals: &[Proposal]) -> Payload {
    let proposals: Vec<_> = proposals.iter().map(Proposal::substructure).collect();
    let mut body = [IPSEC_DOI.to_be_bytes(), 1_u32.to_be_bytes()].concat();
    body.append(&mut sequence(&proposals, MORE_PROPOSALS));
    Payload::new(SA, body)
}

/// Key Exchange (RFC 2408 §3.7).
#[must_use]
pub fn ke(data: &[u8]) -> Payload {
    Payload::new(KE, data)
}

/// Identification (RFC 2407 §4.6.2).
#[must_use]
pub fn identification(id_type: u8, protocol: u8, port: u16, data: &[u8]) -> Payload {
    let mut body = vec![id_type, protocol];
    body.extend_from_slice(&port.to_be_bytes());
    body.extend_from_slice(data);
    Payload::new(ID, body)
}

/// Hash (RFC 2408 §3.11).
#[must_use]
pub fn hash(octets: &[u8]) -> Payload {
    Payload::new(HASH, octets)
}

/// Nonce (RFC 2408 §3.13).
#[must_use]
pub fn nonce(octets: &[u8]) -> Payload {
    Payload::new(NONCE, octets)
}

/// Notification in the IPsec DOI (RFC 2408 §3.14).
#[must_use]
pub fn notification(protocol: u8, spi: &[u8], notify_type: u16, data: &[u8]) -> Payload {
    let mut body = IPSEC_DOI.to_be_bytes().to_vec();
    body.extend_from_slice(&[protocol, spi.len() as u8]);
    body.extend_from_slice(&notify_type.to_be_bytes());
    body.extend_from_slice(spi);
    body.extend_from_slice(data);
    Payload::new(NOTIFICATION, body)
}

/// Delete in the IPsec DOI of SPIs that are all of one length (RFC 2408 §3.15).
#[must_use]
pub fn delete(protocol: u8, spis: &[&[u8]]) -> Payload {
    let mut body = IPSEC_DOI.to_be_bytes().to_vec();
    let spi_length = spis.first().map_or(0, |spi| spi.len());
    body.extend_from_slice(&[protocol, spi_length as u8]);
    body.extend_from_slice(&(spis.len() as u16).to_be_bytes());
    body.append(&mut spis.concat());
    Payload::new(DELETE, body)
}

/// Fragment of Cisco and Microsoft (payload 132): fragment ID, number from 1, whether it is the last.
#[must_use]
pub fn fragment(id: u16, number: u8, is_last: bool, data: &[u8]) -> Payload {
    let head = [id.to_be_bytes(), [number, is_last.into()]].concat();
    Payload::new(FRAGMENT, [&head, data].concat())
}

/// Vendor ID (RFC 2408 §3.16).
#[must_use]
pub fn vendor_id(octets: &[u8]) -> Payload {
    Payload::new(VENDOR_ID, octets)
}

/// The two NAT-D payloads of RFC 3947 §3.2 with SHA-1: the remote end first, then the own.
#[must_use]
pub fn nat_d(
    initiator_cookie: [u8; 8],
    responder_cookie: [u8; 8],
    source: SocketAddr,
    destination: SocketAddr,
) -> [Payload; 2] {
    [destination, source].map(|address| {
        let hash = nat_detection_hash(initiator_cookie, responder_cookie, address);
        Payload::new(NAT_D, hash)
    })
}

/// Exchange type of Main Mode, RFC 2408's Identity Protection.
pub const MAIN_MODE: u8 = 2;
/// Exchange type of Aggressive Mode.
pub const AGGRESSIVE_MODE: u8 = 4;
/// Exchange type of Informational.
pub const INFORMATIONAL: u8 = 5;
/// Exchange type of Transaction (mode config, XAUTH).
pub const TRANSACTION: u8 = 6;
/// Exchange type of Quick Mode.
pub const QUICK_MODE: u8 = 32;

/// Payload type Security Association.
pub const SA: u8 = 1;
/// Payload type Key Exchange.
pub const KE: u8 = 4;
/// Payload type Identification.
pub const ID: u8 = 5;
/// Payload type Hash.
pub const HASH: u8 = 8;
/// Payload type Nonce.
pub const NONCE: u8 = 10;
/// Payload type Notification.
pub const NOTIFICATION: u8 = 11;
/// Payload type Delete.
pub const DELETE: u8 = 12;
/// Payload type Vendor ID.
pub const VENDOR_ID: u8 = 13;
/// Payload type NAT-D (RFC 3947).
pub const NAT_D: u8 = 20;
/// Payload type Fragment of Cisco and Microsoft.
pub const FRAGMENT: u8 = 132;

/// Vendor ID of RFC 3947: the MD5 of "RFC 3947".
pub const RFC_3947_VENDOR_ID: [u8; 16] = [
    0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28, 0xf2, 0x0e, 0x95, 0x45, 0x2f,
];

/// The IPsec domain of interpretation (RFC 2407).
const IPSEC_DOI: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Message, chain};

    /// Laid out by hand from RFC 2408 §3.4 to §3.6 and RFC 2407 §4.6.1.
    #[test]
    fn the_sa_payload_follows_the_diagrams() {
        let transform = Transform::new(1, 1)
            .attribute(Attribute::Tv(1, 5))
            .attribute(Attribute::Tlv(12, vec![0, 0, 0x70, 0x80]));
        let (_, octets) = chain(&[sa(&[Proposal::new(1, 1).with(transform)])]);
        #[rustfmt::skip]
        let expected = [
            0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1,
            0, 0, 0, 28, 1, 1, 0, 1,
            0, 0, 0, 20, 1, 1, 0, 0,
            0x80, 1, 0, 5, 0, 12, 0, 4, 0, 0, 0x70, 0x80,
        ];
        assert_eq!(octets, expected);
    }

    #[test]
    fn an_encrypted_message_names_its_first_payload_in_the_header() {
        let octets = Message::ikev1(MAIN_MODE)
            .encrypted(ID, &[0xee; 48])
            .octets();
        assert_eq!((octets[16], octets[19], octets.len()), (ID, 1, 76));
    }

    /// A Delete of one ESP SPI is 16 octets, so HASH and D make the 40 octets that libreswan logs.
    #[test]
    fn a_delete_of_one_esp_spi_takes_16_octets() {
        assert_eq!(delete(3, &[&[1, 2, 3, 4]]).wire_length(), 16);
    }
}
