//! The IKE header (RFC 7296 §3.1, RFC 2408 §3.1), the same 28 octets in both versions.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! |                       IKE SA Initiator's SPI                  |
//! |                                                               |
//! |                       IKE SA Responder's SPI                  |
//! |                                                               |
//! |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
//! |                          Message ID                           |
//! |                            Length                             |
//! ```

use core::fmt;

use nom::Parser;

use crate::error::{DecodeError, Structure};
use crate::input::{Input, array, be_u8, be_u32, done};

/// Octets of the IKE header.
pub const HEADER_LENGTH: usize = 28;

/// An IKE SPI (IKEv2) or cookie (IKEv1): eight octets, opaque.
#[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Spi(pub [u8; 8]);

impl Spi {
    /// The SPI of a responder that has not chosen one yet.
    pub const ZERO: Self = Self([0; 8]);

    /// Whether this is the SPI of nobody.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }
}

impl fmt::Display for Spi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Spi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Both SPIs of an IKE SA.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SpiPair {
    /// Chosen by the initiator of the IKE SA.
    pub initiator: Spi,
    /// Chosen by the responder; zero in the first request.
    pub responder: Spi,
}

impl fmt::Display for SpiPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.initiator, self.responder)
    }
}

/// Version of the protocol, major and minor as two nibbles.
#[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Version(pub u8);

impl Version {
    /// IKEv1 (RFC 2408: 1.0).
    pub const IKEV1: Self = Self(0x10);
    /// IKEv2 (RFC 7296: 2.0).
    pub const IKEV2: Self = Self(0x20);

    /// Major version number.
    #[must_use]
    pub const fn major(self) -> u8 {
        self.0 >> 4
    }

    /// Minor version number.
    #[must_use]
    pub const fn minor(self) -> u8 {
        self.0 & 0x0f
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major(), self.minor())
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Message ID (RFC 7296 §2.2). In IKEv1 zero in phase 1 and random afterwards (RFC 2408 §3.1).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MessageId(pub u32);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The flags octet. The same octet means different things in the two versions.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Flags(pub u8);

impl Flags {
    /// IKEv2 I: sent by the original initiator of the IKE SA (RFC 7296 §3.1).
    #[must_use]
    pub const fn is_initiator(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// IKEv2 V: the sender speaks a higher major version too (RFC 7296 §3.1).
    #[must_use]
    pub const fn is_version(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// IKEv2 R: a response (RFC 7296 §3.1).
    #[must_use]
    pub const fn is_response(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// IKEv1 E: all payloads after the header are encrypted (RFC 2408 §3.1).
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// IKEv1 C: wait for a CONNECTED notification (RFC 2408 §3.1).
    #[must_use]
    pub const fn is_commit(self) -> bool {
        self.0 & 0x02 != 0
    }

    /// IKEv1 A: authenticated, not encrypted (RFC 2408 §3.1).
    #[must_use]
    pub const fn is_auth_only(self) -> bool {
        self.0 & 0x04 != 0
    }
}

/// The 28 octets in front of every IKE message.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Header {
    /// Both SPIs (IKEv1: cookies).
    pub spis: SpiPair,
    /// Type of the first payload; which registry it belongs to depends on `version`.
    pub next_payload: u8,
    /// Version of the protocol.
    pub version: Version,
    /// Exchange type; see [`crate::iana::ExchangeType`] for both versions.
    pub exchange_type: crate::iana::ExchangeType,
    /// Flags octet.
    pub flags: Flags,
    /// Message ID.
    pub message_id: MessageId,
    /// Length of the message in octets, header included, as announced.
    pub length: u32,
}

impl Header {
    /// Reads the header at the start of `octets`; what follows is not looked at.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer than 28 octets.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let s = Structure::Header;
        let (
            _,
            (initiator, responder, next_payload, version, exchange_type, flags, message_id, length),
        ) = done(
            (
                array::<8>(s),
                array::<8>(s),
                be_u8(s),
                be_u8(s),
                be_u8(s),
                be_u8(s),
                be_u32(s),
                be_u32(s),
            )
                .parse(Input::new(octets)),
        )?;
        Ok(Self {
            spis: SpiPair {
                initiator: Spi(initiator),
                responder: Spi(responder),
            },
            next_payload,
            version: Version(version),
            exchange_type: crate::iana::ExchangeType(exchange_type),
            flags: Flags(flags),
            message_id: MessageId(message_id),
            length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_field_of_the_header() {
        let mut octets = [0u8; 28];
        octets[..8].copy_from_slice(&[1, 2, 3, 4, 5, 6, 7, 8]);
        octets[8..16].copy_from_slice(&[0xa1; 8]);
        octets[16..20].copy_from_slice(&[46, 0x20, 35, 0x28]);
        octets[20..].copy_from_slice(&[0, 0, 0, 1, 0, 0, 1, 0]);
        let header = Header::decode(&octets).unwrap();
        assert_eq!(header.spis.initiator, Spi([1, 2, 3, 4, 5, 6, 7, 8]));
        assert_eq!(header.next_payload, 46);
        assert_eq!((header.version.major(), header.version.minor()), (2, 0));
        assert!(header.flags.is_initiator() && header.flags.is_response());
        assert_eq!((header.message_id.0, header.length), (1, 256));
    }

    #[test]
    fn rejects_a_header_of_27_octets() {
        assert!(Header::decode(&[0; 27]).is_err());
    }
}
