//! Payloads whose body is one run of octets: Nonce (RFC 7296 §3.9) and Vendor ID (§3.12).

use crate::describe::{Describe, FieldSink};
use crate::error::DecodeError;
use crate::payload::RawPayload;

/// Nonce data, 16 to 256 octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Nonce<'a> {
    /// The nonce.
    pub data: &'a [u8],
}

/// Vendor ID.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VendorId<'a> {
    /// The identification, often a hash of the implementation's name.
    pub data: &'a [u8],
}

impl<'a> Nonce<'a> {
    /// Takes the body as it is.
    ///
    /// # Errors
    /// None today; the signature is that of every payload.
    pub const fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            data: raw.body.octets(),
        })
    }
}

impl<'a> VendorId<'a> {
    /// Takes the body as it is.
    ///
    /// # Errors
    /// None today; the signature is that of every payload.
    pub const fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            data: raw.body.octets(),
        })
    }
}

impl Describe for Nonce<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.octets("nonce_data", self.data);
    }
}

impl Describe for VendorId<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.octets("vendor_id", self.data);
    }
}
