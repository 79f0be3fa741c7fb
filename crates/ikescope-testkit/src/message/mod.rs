//! IKE messages: the header and the payload chain (RFC 7296 §3.1 and §3.2, RFC 2408 §3.1 and §3.2).
//!
//! Lengths and next-payload fields are computed; each of them can be set to something else
//! afterwards, for messages that must be broken in one known place.
//!
//! ```
//! use ikescope_testkit::message::{Message, ikev2};
//!
//! let octets = Message::ikev2(ikev2::IKE_SA_INIT)
//!     .spis([1; 8], [0; 8])
//!     .response()
//!     .with(ikev2::notify(14, &[]))
//!     .octets();
//! assert_eq!(octets.len(), 36);
//! ```

pub mod ikev1;
pub mod ikev2;
mod nat_detection;
mod proposal;
mod suite;

pub use nat_detection::nat_detection_hash;
pub use proposal::Attribute;
pub use suite::Suite;

/// A message under construction; [`Message::octets`] renders it.
#[derive(Clone, Debug)]
pub struct Message {
    initiator_spi: [u8; 8],
    responder_spi: [u8; 8],
    next_payload: Option<u8>,
    version: u8,
    exchange_type: u8,
    flags: u8,
    message_id: u32,
    length: Option<u32>,
    payloads: Vec<Payload>,
    trailing: Vec<u8>,
}

impl Message {
    /// An IKEv2 message: version 2.0, no flags, message ID 0, no payloads.
    #[must_use]
    pub const fn ikev2(exchange_type: u8) -> Self {
        Self::new(0x20, exchange_type)
    }

    /// An IKEv1 message: version 1.0, no flags, message ID 0, no payloads.
    #[must_use]
    pub const fn ikev1(exchange_type: u8) -> Self {
        Self::new(0x10, exchange_type)
    }

    const fn new(version: u8, exchange_type: u8) -> Self {
        Self {
            initiator_spi: [0; 8],
            responder_spi: [0; 8],
            next_payload: None,
            version,
            exchange_type,
            flags: 0,
            message_id: 0,
            length: None,
            payloads: Vec::new(),
            trailing: Vec::new(),
        }
    }

    /// Sets both SPIs (IKEv1: cookies).
    #[must_use]
    pub const fn spis(mut self, initiator: [u8; 8], responder: [u8; 8]) -> Self {
        self.initiator_spi = initiator;
        self.responder_spi = responder;
        self
    }

    /// Sets the version octet, major version in the upper nibble.
    #[must_use]
    pub const fn version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    /// Adds the IKEv2 flag I: sent by the original initiator.
    #[must_use]
    pub const fn initiator(self) -> Self {
        let flags = self.flags | FLAG_INITIATOR;
        self.flags(flags)
    }

    /// Adds the IKEv2 flag R: a response.
    #[must_use]
    pub const fn response(self) -> Self {
        let flags = self.flags | FLAG_RESPONSE;
        self.flags(flags)
    }

    /// Sets the whole flags octet.
    #[must_use]
    pub const fn flags(mut self, flags: u8) -> Self {
        self.flags = flags;
        self
    }

    /// Sets the message ID.
    #[must_use]
    pub const fn message_id(mut self, message_id: u32) -> Self {
        self.message_id = message_id;
        self
    }

    /// Appends a payload.
    #[must_use]
    pub fn with(mut self, payload: Payload) -> Self {
        self.payloads.push(payload);
        self
    }

    /// Appends several payloads.
    #[must_use]
    pub fn with_all(mut self, payloads: impl IntoIterator<Item = Payload>) -> Self {
        self.payloads.extend(payloads);
        self
    }

    /// Puts a payload in front of the others, as a retry with COOKIE does (RFC 7296 §2.6).
    #[must_use]
    pub fn with_first(mut self, payload: Payload) -> Self {
        self.payloads.insert(0, payload);
        self
    }

    /// Appends octets behind the last payload; the length field counts them.
    #[must_use]
    pub fn trailing(mut self, octets: &[u8]) -> Self {
        self.trailing.extend_from_slice(octets);
        self
    }

    /// Makes it an encrypted IKEv1 message: flag E, `first` as next payload and `ciphertext` as body
    /// (RFC 2408 §3.1).
    #[must_use]
    pub fn encrypted(mut self, first: u8, ciphertext: &[u8]) -> Self {
        self.flags |= FLAG_ENCRYPTED;
        self.next_payload(first).trailing(ciphertext)
    }

    /// Overrides the header's next-payload field.
    #[must_use]
    pub const fn next_payload(mut self, payload_type: u8) -> Self {
        self.next_payload = Some(payload_type);
        self
    }

    /// Overrides the header's length field, octets.
    #[must_use]
    pub const fn length(mut self, length: u32) -> Self {
        self.length = Some(length);
        self
    }

    /// The message as it goes on the wire.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        let (first, mut body) = chain(&self.payloads);
        body.extend_from_slice(&self.trailing);
        let length = self.length.unwrap_or(HEADER_LENGTH + body.len() as u32);
        let mut octets = Vec::with_capacity(body.len() + HEADER_LENGTH as usize);
        octets.extend_from_slice(&self.initiator_spi);
        octets.extend_from_slice(&self.responder_spi);
        octets.push(self.next_payload.unwrap_or(first));
        octets.extend_from_slice(&[self.version, self.exchange_type, self.flags]);
        octets.extend_from_slice(&self.message_id.to_be_bytes());
        octets.extend_from_slice(&length.to_be_bytes());
        octets.append(&mut body);
        octets
    }
}

/// A payload: its type, its body and the generic header that will stand in front.
#[derive(Clone, Debug)]
pub struct Payload {
    payload_type: u8,
    next_payload: Option<u8>,
    bits: u8,
    length: Option<u16>,
    body: Vec<u8>,
}

impl Payload {
    /// A payload of any type with any body.
    #[must_use]
    pub fn new(payload_type: u8, body: impl Into<Vec<u8>>) -> Self {
        Self {
            payload_type,
            next_payload: None,
            bits: 0,
            length: None,
            body: body.into(),
        }
    }

    /// Sets the critical bit (RFC 7296 §3.2).
    #[must_use]
    pub const fn critical(self) -> Self {
        let bits = self.bits | 0x80;
        self.bits(bits)
    }

    /// Sets the octet of critical bit and reserved bits.
    #[must_use]
    pub const fn bits(mut self, bits: u8) -> Self {
        self.bits = bits;
        self
    }

    /// Overrides the next-payload field. SK and SKF name their first inner payload with it.
    #[must_use]
    pub const fn next_payload(mut self, payload_type: u8) -> Self {
        self.next_payload = Some(payload_type);
        self
    }

    /// Overrides the payload length field, octets.
    #[must_use]
    pub const fn length(mut self, length: u16) -> Self {
        self.length = Some(length);
        self
    }

    /// The payload's own type, as its predecessor names it.
    #[must_use]
    pub const fn payload_type(&self) -> u8 {
        self.payload_type
    }

    /// Octets of the payload, generic header included.
    #[must_use]
    pub const fn wire_length(&self) -> usize {
        4 + self.body.len()
    }
}

/// Renders payloads as a chain: the type of the first, and the octets.
///
/// # Panics
/// If a payload is longer than 65,535 octets and its length was not overridden.
#[must_use]
pub fn chain(payloads: &[Payload]) -> (u8, Vec<u8>) {
    let mut octets = Vec::new();
    for (index, payload) in payloads.iter().enumerate() {
        let following = payloads.get(index + 1).map_or(0, |next| next.payload_type);
        let length = payload.length.unwrap_or_else(|| {
            u16::try_from(payload.wire_length()).expect("a payload of at most 65,535 octets")
        });
        octets.push(payload.next_payload.unwrap_or(following));
        octets.push(payload.bits);
        octets.extend_from_slice(&length.to_be_bytes());
        octets.extend_from_slice(&payload.body);
    }
    (
        payloads.first().map_or(0, |first| first.payload_type),
        octets,
    )
}

/// Puts the non-ESP marker in front, as on UDP port 4500 (RFC 3948 §2.2).
#[must_use]
pub fn with_non_esp_marker(message: &[u8]) -> Vec<u8> {
    [&[0; 4], message].concat()
}

const HEADER_LENGTH: u32 = 28;
const FLAG_ENCRYPTED: u8 = 0x01;
const FLAG_INITIATOR: u8 = 0x08;
const FLAG_RESPONSE: u8 = 0x20;

#[cfg(test)]
mod tests {
    use super::*;

    /// The 36 octets that charon answers with, as trailofbits/algo#1063 logs their number.
    #[test]
    fn a_lone_notify_takes_36_octets() {
        let octets = Message::ikev2(ikev2::IKE_SA_INIT)
            .spis([0xa1; 8], [0; 8])
            .response()
            .with(ikev2::notify(14, &[]))
            .octets();
        let mut expected = vec![0xa1; 8];
        expected.extend_from_slice(&[0; 8]);
        expected.extend_from_slice(&[41, 0x20, 34, 0x20, 0, 0, 0, 0, 0, 0, 0, 36]);
        expected.extend_from_slice(&[0, 0, 0, 8, 0, 0, 0, 14]);
        assert_eq!(octets, expected);
    }

    #[test]
    fn each_payload_names_the_next() {
        let (first, octets) = chain(&[
            Payload::new(34, [1, 2]),
            Payload::new(40, [3]).critical(),
            Payload::new(43, []),
        ]);
        assert_eq!(first, 34);
        assert_eq!(octets, [40, 0, 0, 6, 1, 2, 43, 0x80, 0, 5, 3, 0, 0, 0, 4]);
    }

    #[test]
    fn overrides_break_one_field_and_leave_the_rest() {
        let octets = Message::ikev2(34)
            .with(Payload::new(40, [7]).length(99).next_payload(200))
            .length(5)
            .next_payload(1)
            .octets();
        assert_eq!(octets[16], 1);
        assert_eq!(octets[24..], [0, 0, 0, 5, 200, 0, 0, 99, 7]);
    }
}
