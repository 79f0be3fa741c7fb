//! The clear part of ESP (RFC 4303 §2) and AH (RFC 4302 §2).

use nom::Parser;

use crate::error::{DecodeError, Structure};
use crate::input::{Input, be_u8, be_u16, be_u32, done};

/// SPI and sequence number, the first eight octets of every ESP packet.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct EspHeader {
    /// Security Parameters Index, chosen by the receiver.
    pub spi: u32,
    /// The low 32 bits of the sequence number.
    pub sequence: u32,
}

impl EspHeader {
    /// Reads the first eight octets.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let s = Structure::EspHeader;
        let (_, (spi, sequence)) = done((be_u32(s), be_u32(s)).parse(Input::new(octets)))?;
        Ok(Self { spi, sequence })
    }
}

/// The fixed part of an AH header.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AhHeader {
    /// IP protocol number of what AH protects.
    pub next_header: u8,
    /// Length of the AH header in octets (the field holds 32-bit words minus two).
    pub length: u16,
    /// Security Parameters Index.
    pub spi: u32,
    /// Sequence number.
    pub sequence: u32,
}

impl AhHeader {
    /// Reads the first twelve octets.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let s = Structure::AhHeader;
        let (_, (next_header, words, _reserved, spi, sequence)) =
            done((be_u8(s), be_u8(s), be_u16(s), be_u32(s), be_u32(s)).parse(Input::new(octets)))?;
        let length = u16::from(words).saturating_add(2).saturating_mul(4);
        Ok(Self {
            next_header,
            length,
            spi,
            sequence,
        })
    }
}
