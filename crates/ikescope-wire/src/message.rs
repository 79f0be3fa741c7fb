//! A whole message: the header, and the chain behind it in the language of its version.

use crate::error::{DecodeError, DecodeErrorKind, Structure};
use crate::header::{HEADER_LENGTH, Header};
use crate::input::Input;
use crate::payload::Payloads;
use crate::{ikev1, ikev2};

/// An IKE message of either version, borrowed from the datagram that carried it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Message<'a> {
    /// ISAKMP / IKEv1 (RFC 2408, RFC 2409).
    V1(ikev1::Message<'a>),
    /// IKEv2 (RFC 7296).
    V2(ikev2::Message<'a>),
    /// A header that claims another major version; its body is not looked at.
    Other(Header),
}

impl<'a> Message<'a> {
    /// Reads the header and prepares the walk over what follows. Octets that a snap length cut
    /// off are no error: the payloads that are there can be walked.
    ///
    /// # Errors
    /// [`DecodeError`] if the header is not whole, or announces fewer octets than it has itself.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let header = Header::decode(octets)?;
        let announced = usize::try_from(header.length).unwrap_or(usize::MAX);
        let Some(announced_body) = announced.checked_sub(HEADER_LENGTH) else {
            let kind = DecodeErrorKind::LengthTooSmall {
                announced,
                minimum: HEADER_LENGTH,
            };
            return Err(DecodeError::new(24, Structure::Header, kind));
        };
        let body = Input::new(octets)
            .skip(HEADER_LENGTH)
            .at_most(announced_body);
        Ok(match header.version.major() {
            1 => Self::V1(ikev1::Message {
                header,
                body,
                announced_body,
            }),
            2 => Self::V2(ikev2::Message {
                header,
                body,
                announced_body,
            }),
            _ => Self::Other(header),
        })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        match self {
            Self::V1(message) => &message.header,
            Self::V2(message) => &message.header,
            Self::Other(header) => header,
        }
    }

    /// The payloads that can be walked: none in an encrypted IKEv1 message and none where the
    /// version is unknown; in IKEv2 an SK payload is itself the last one.
    #[must_use]
    pub fn payloads(&self) -> Payloads<'a> {
        match self {
            Self::V1(message) => message.payloads(),
            Self::V2(message) => message.payloads(),
            Self::Other(_) => Payloads::new(0, Input::new(&[]), true),
        }
    }

    /// How many octets of the message are missing from the captured octets.
    #[must_use]
    pub const fn missing(&self) -> usize {
        match self {
            Self::V1(message) => message.announced_body.saturating_sub(message.body.len()),
            Self::V2(message) => message.announced_body.saturating_sub(message.body.len()),
            Self::Other(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(version: u8, length: u32) -> [u8; 28] {
        let mut octets = [0u8; 28];
        octets[17] = version;
        octets[24..].copy_from_slice(&length.to_be_bytes());
        octets
    }

    #[test]
    fn a_higher_version_is_a_value_not_an_error() {
        let octets = header(0x30, 28);
        assert!(matches!(Message::decode(&octets), Ok(Message::Other(_))));
    }

    #[test]
    fn rejects_a_length_field_of_zero() {
        let error = Message::decode(&header(0x20, 0)).unwrap_err();
        assert_eq!((error.offset, error.structure), (24, Structure::Header));
    }

    #[test]
    fn counts_what_the_snap_length_took() {
        assert_eq!(Message::decode(&header(0x20, 300)).unwrap().missing(), 272);
    }
}
