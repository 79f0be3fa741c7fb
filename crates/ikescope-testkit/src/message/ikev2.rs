//! Payloads of IKEv2 (RFC 7296 §3.3 to §3.16, RFC 7383 §2.5).

use std::net::{IpAddr, SocketAddr};

use super::proposal::{MORE_PROPOSALS, MORE_TRANSFORMS, Substructure, proposal_body, sequence};
use super::{Attribute, Payload, Suite, nat_detection_hash};
use crate::random::Xorshift;

/// A proposal of an SA payload (RFC 7296 §3.3.1).
#[derive(Clone, Debug)]
pub struct Proposal {
    number: u8,
    protocol: u8,
    spi: Vec<u8>,
    transforms: Vec<Transform>,
    last: Option<u8>,
    length: Option<u16>,
    transform_count: Option<u8>,
}

impl Proposal {
    /// A proposal for `protocol` (1 IKE, 2 AH, 3 ESP) without SPI and transforms.
    #[must_use]
    pub const fn new(number: u8, protocol: u8) -> Self {
        Self {
            number,
            protocol,
            spi: Vec::new(),
            transforms: Vec::new(),
            last: None,
            length: None,
            transform_count: None,
        }
    }

    /// A proposal for an IKE SA of `suite` with the key exchange `groups`.
    #[must_use]
    pub fn ike(number: u8, suite: &Suite, groups: &[u16]) -> Self {
        let encryption = Transform::new(ENCR, suite.encryption);
        let encryption = match suite.key_length {
            Some(bits) => encryption.key_length(bits),
            None => encryption,
        };
        Self::new(number, PROTOCOL_IKE)
            .with(encryption)
            .with(Transform::new(PRF, suite.prf))
            .with_all(suite.integrity.map(|id| Transform::new(INTEG, id)))
            .with_all(groups.iter().map(|group| Transform::new(KE_METHOD, *group)))
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

    /// Appends several transforms.
    #[must_use]
    pub fn with_all(mut self, transforms: impl IntoIterator<Item = Transform>) -> Self {
        self.transforms.extend(transforms);
        self
    }

    /// Overrides the octet that says whether another proposal follows.
    #[must_use]
    pub const fn last(mut self, last: u8) -> Self {
        self.last = Some(last);
        self
    }

    /// Overrides the proposal length field, octets.
    #[must_use]
    pub const fn length(mut self, length: u16) -> Self {
        self.length = Some(length);
        self
    }

    /// Overrides the number of transforms.
    #[must_use]
    pub const fn transform_count(mut self, count: u8) -> Self {
        self.transform_count = Some(count);
        self
    }

    fn substructure(&self) -> Substructure {
        let transforms: Vec<_> = self
            .transforms
            .iter()
            .map(Transform::substructure)
            .collect();
        let count = self.transform_count.unwrap_or(transforms.len() as u8);
        let octets = sequence(&transforms, MORE_TRANSFORMS);
        Substructure {
            last: self.last,
            length: self.length,
            body: proposal_body(self.number, self.protocol, &self.spi, count, &octets),
        }
    }
}

/// A transform of a proposal (RFC 7296 §3.3.2).
#[derive(Clone, Debug)]
pub struct Transform {
    transform_type: u8,
    id: u16,
    attributes: Vec<Attribute>,
    last: Option<u8>,
    length: Option<u16>,
}

impl Transform {
    /// A transform without attributes.
    #[must_use]
    pub const fn new(transform_type: u8, id: u16) -> Self {
        Self {
            transform_type,
            id,
            attributes: Vec::new(),
            last: None,
            length: None,
        }
    }

    /// Appends the attribute Key Length (14), bits (RFC 7296 §3.3.5).
    #[must_use]
    pub fn key_length(self, bits: u16) -> Self {
        self.attribute(Attribute::Tv(14, bits))
    }

    /// Appends an attribute.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// Overrides the octet that says whether another transform follows.
    #[must_use]
    pub const fn last(mut self, last: u8) -> Self {
        self.last = Some(last);
        self
    }

    /// Overrides the transform length field, octets.
    #[must_use]
    pub const fn length(mut self, length: u16) -> Self {
        self.length = Some(length);
        self
    }

    fn substructure(&self) -> Substructure {
        let mut body = vec![self.transform_type, 0];
        body.extend_from_slice(&self.id.to_be_bytes());
        body.extend(self.attributes.iter().flat_map(Attribute::octets));
        Substructure {
            last: self.last,
            length: self.length,
            body,
        }
    }
}

/// Security Association (§3.3).
#[must_use]
pub fn sa(proposals: &[Proposal]) -> Payload {
    let proposals: Vec<_> = proposals.iter().map(Proposal::substructure).collect();
    Payload::new(SA, sequence(&proposals, MORE_PROPOSALS))
}

/// Key Exchange (§3.4) with any data.
#[must_use]
pub fn ke(group: u16, data: &[u8]) -> Payload {
    let mut body = group.to_be_bytes().to_vec();
    body.extend_from_slice(&[0; 2]);
    body.extend_from_slice(data);
    Payload::new(KE, body)
}

/// Octets of the public value of a key exchange method, where it is the same both ways (RFC 7296
/// appendix B, RFC 3526, RFC 5903, RFC 5114, RFC 8031).
#[must_use]
pub const fn public_value_length(group: u16) -> Option<usize> {
    Some(match group {
        1 => 96,
        2 | 22 => 128,
        5 => 192,
        14 | 23 | 24 => 256,
        15 => 384,
        16 => 512,
        17 => 768,
        18 => 1024,
        19 => 64,
        20 => 96,
        21 => 132,
        31 => 32,
        32 => 56,
        _ => return None,
    })
}

/// Nonce (§3.9).
#[must_use]
pub fn nonce(octets: &[u8]) -> Payload {
    Payload::new(NONCE, octets)
}

/// Notify about the IKE SA itself: protocol 0, no SPI (§3.10).
#[must_use]
pub fn notify(notify_type: u16, data: &[u8]) -> Payload {
    notify_about(0, &[], notify_type, data)
}

/// Notify about an SA of `protocol` with that SPI (§3.10).
#[must_use]
pub fn notify_about(protocol: u8, spi: &[u8], notify_type: u16, data: &[u8]) -> Payload {
    let mut body = vec![protocol, spi.len() as u8];
    body.extend_from_slice(&notify_type.to_be_bytes());
    body.extend_from_slice(spi);
    body.extend_from_slice(data);
    Payload::new(NOTIFY, body)
}

/// NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP (§2.23) of a sender that believes it
/// sends from `source` to `destination`.
#[must_use]
pub fn nat_detection(
    initiator_spi: [u8; 8],
    responder_spi: [u8; 8],
    source: SocketAddr,
    destination: SocketAddr,
) -> [Payload; 2] {
    [
        (NAT_DETECTION_SOURCE_IP, source),
        (NAT_DETECTION_DESTINATION_IP, destination),
    ]
    .map(|(notify_type, address)| {
        let hash = nat_detection_hash(initiator_spi, responder_spi, address);
        notify(notify_type, &hash)
    })
}

/// Delete of the IKE SA (§3.11).
#[must_use]
pub fn delete_ike() -> Payload {
    Payload::new(DELETE, [PROTOCOL_IKE, 0, 0, 0])
}

/// Delete of ESP SAs (§3.11).
#[must_use]
pub fn delete_esp(spis: &[u32]) -> Payload {
    let mut body = vec![PROTOCOL_ESP, 4];
    body.extend_from_slice(&(spis.len() as u16).to_be_bytes());
    body.extend(spis.iter().flat_map(|spi| spi.to_be_bytes()));
    Payload::new(DELETE, body)
}

/// Vendor ID (§3.12).
#[must_use]
pub fn vendor_id(octets: &[u8]) -> Payload {
    Payload::new(VENDOR_ID, octets)
}

/// Identification (§3.5): [`ID_I`] or [`ID_R`], ID type, data.
#[must_use]
pub fn identification(payload_type: u8, id_type: u8, data: &[u8]) -> Payload {
    let mut body = vec![id_type, 0, 0, 0];
    body.extend_from_slice(data);
    Payload::new(payload_type, body)
}

/// Authentication (§3.8).
#[must_use]
pub fn auth(method: u8, data: &[u8]) -> Payload {
    let mut body = vec![method, 0, 0, 0];
    body.extend_from_slice(data);
    Payload::new(AUTH, body)
}

/// Traffic Selectors (§3.13): [`TS_I`] or [`TS_R`] with one range of addresses, all protocols, all
/// ports. Both ends must be of one address family.
#[must_use]
pub fn traffic_selector(payload_type: u8, first: IpAddr, last: IpAddr) -> Payload {
    let addresses = [first, last].map(crate::frame::address_octets).concat();
    let ts_type = if first.is_ipv4() { 7 } else { 8 };
    let mut body = vec![1, 0, 0, 0, ts_type, 0];
    body.extend_from_slice(&(addresses.len() as u16 + 8).to_be_bytes());
    body.extend_from_slice(&[0, 0, 0xff, 0xff]);
    body.extend_from_slice(&addresses);
    Payload::new(payload_type, body)
}

/// Encrypted and Authenticated (§3.14) of the right size for `suite` around `inner` octets of
/// payloads, the first of type `first`; what is inside is pseudo-random.
#[must_use]
pub fn sk(first: u8, inner: usize, suite: &Suite, random: &mut Xorshift) -> Payload {
    Payload::new(SK, random.octets(suite.sealed_length(inner))).next_payload(first)
}

/// Encrypted and Authenticated Fragment (RFC 7383 §2.5): number `number` of `total`, around `inner`
/// octets. `first` must be 0 in all fragments but the first.
#[must_use]
pub fn skf(
    first: u8,
    (number, total): (u16, u16),
    inner: usize,
    suite: &Suite,
    random: &mut Xorshift,
) -> Payload {
    let mut body = [number.to_be_bytes(), total.to_be_bytes()].concat();
    body.append(&mut random.octets(suite.sealed_length(inner)));
    Payload::new(SKF, body).next_payload(first)
}

/// Exchange type of IKE_SA_INIT.
pub const IKE_SA_INIT: u8 = 34;
/// Exchange type of IKE_AUTH.
pub const IKE_AUTH: u8 = 35;
/// Exchange type of CREATE_CHILD_SA.
pub const CREATE_CHILD_SA: u8 = 36;
/// Exchange type of INFORMATIONAL.
pub const INFORMATIONAL: u8 = 37;
/// Exchange type of IKE_INTERMEDIATE (RFC 9242).
pub const IKE_INTERMEDIATE: u8 = 43;

/// Payload type Security Association.
pub const SA: u8 = 33;
/// Payload type Key Exchange.
pub const KE: u8 = 34;
/// Payload type Identification - Initiator.
pub const ID_I: u8 = 35;
/// Payload type Identification - Responder.
pub const ID_R: u8 = 36;
/// Payload type Authentication.
pub const AUTH: u8 = 39;
/// Payload type Nonce.
pub const NONCE: u8 = 40;
/// Payload type Notify.
pub const NOTIFY: u8 = 41;
/// Payload type Delete.
pub const DELETE: u8 = 42;
/// Payload type Vendor ID.
pub const VENDOR_ID: u8 = 43;
/// Payload type Traffic Selector - Initiator.
pub const TS_I: u8 = 44;
/// Payload type Traffic Selector - Responder.
pub const TS_R: u8 = 45;
/// Payload type Encrypted and Authenticated.
pub const SK: u8 = 46;
/// Payload type Extensible Authentication.
pub const EAP: u8 = 48;
/// Payload type Encrypted and Authenticated Fragment.
pub const SKF: u8 = 53;

/// Transform type Encryption Algorithm.
pub const ENCR: u8 = 1;
/// Transform type Pseudo-random Function.
pub const PRF: u8 = 2;
/// Transform type Integrity Algorithm.
pub const INTEG: u8 = 3;
/// Transform type Key Exchange Method.
pub const KE_METHOD: u8 = 4;
/// Transform type Sequence Numbers.
pub const SEQUENCE_NUMBERS: u8 = 5;

/// Protocol ID of IKE.
pub const PROTOCOL_IKE: u8 = 1;
/// Protocol ID of ESP.
pub const PROTOCOL_ESP: u8 = 3;

/// Notify type NO_PROPOSAL_CHOSEN.
pub const NO_PROPOSAL_CHOSEN: u16 = 14;
/// Notify type INVALID_KE_PAYLOAD.
pub const INVALID_KE_PAYLOAD: u16 = 17;
/// Notify type NAT_DETECTION_SOURCE_IP.
pub const NAT_DETECTION_SOURCE_IP: u16 = 16388;
/// Notify type NAT_DETECTION_DESTINATION_IP.
pub const NAT_DETECTION_DESTINATION_IP: u16 = 16389;
/// Notify type COOKIE.
pub const COOKIE: u16 = 16390;
/// Notify type IKEV2_FRAGMENTATION_SUPPORTED (RFC 7383).
pub const FRAGMENTATION_SUPPORTED: u16 = 16430;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::chain;

    /// Laid out by hand from the diagrams of RFC 7296 §3.3.1 and §3.3.2.
    #[test]
    fn proposals_and_transforms_follow_the_diagrams() {
        let proposal = Proposal::new(1, PROTOCOL_ESP)
            .spi(&[0xc0, 0, 0, 1])
            .with(Transform::new(ENCR, 20).key_length(256))
            .with(Transform::new(SEQUENCE_NUMBERS, 0));
        let (first, octets) = chain(&[sa(&[proposal])]);
        assert_eq!(first, SA);
        #[rustfmt::skip]
        let expected = [
            0, 0, 0, 36,
            0, 0, 0, 32, 1, 3, 4, 2, 0xc0, 0, 0, 1,
            3, 0, 0, 12, 1, 0, 0, 20, 0x80, 14, 1, 0,
            0, 0, 0, 8, 5, 0, 0, 0,
        ];
        assert_eq!(octets, expected);
    }

    #[test]
    fn only_the_last_proposal_says_so() {
        let (_, octets) = chain(&[sa(&[Proposal::new(1, 1), Proposal::new(2, 1)])]);
        assert_eq!(
            octets[4..],
            [2, 0, 0, 8, 1, 1, 0, 0, 0, 0, 0, 8, 2, 1, 0, 0]
        );
    }

    /// The size table of IKE_AUTH: an IPv4 selector takes 24 octets with its payload header.
    #[test]
    fn a_single_ipv4_selector_takes_24_octets() {
        let (any, all) = ([0, 0, 0, 0].into(), [255, 255, 255, 255].into());
        assert_eq!(traffic_selector(TS_I, any, all).wire_length(), 24);
    }

    /// `29 00 00 34` opens the SK payload of the 80-octet IKE_AUTH response in Fortinet KB 304205.
    #[test]
    fn sk_names_its_first_inner_payload() {
        let suite = Suite::AES_CBC_SHA2_256;
        let (first, octets) = chain(&[sk(NOTIFY, 8, &suite, &mut Xorshift::new(1))]);
        assert_eq!(first, SK);
        assert_eq!(octets[..4], [0x29, 0, 0, 0x34]);
        assert_eq!(28 + octets.len(), 80);
    }

    #[test]
    fn skf_counts_from_its_own_number() {
        let suite = Suite::AES_GCM_16;
        let (_, octets) = chain(&[skf(0, (2, 3), 100, &suite, &mut Xorshift::new(1))]);
        assert_eq!(octets[..8], [0, 0, 0, 133, 0, 2, 0, 3]);
    }
}
