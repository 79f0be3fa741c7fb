//! Key Exchange payload (RFC 7296 §3.4).
//!
//! ```text
//! |   Diffie-Hellman Group Num    |           RESERVED            |
//! ~                       Key Exchange Data                       ~
//! ```

use nom::Parser;

use crate::describe::{Describe, FieldSink, registered, reserved};
use crate::error::{DecodeError, Structure};
use crate::iana::KeyExchangeMethod;
use crate::input::{be_u16, done};
use crate::payload::RawPayload;

/// A public value of a key exchange method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyExchange<'a> {
    /// Key exchange method (group).
    pub method: KeyExchangeMethod,
    /// The two reserved octets.
    pub reserved: u16,
    /// The public value; its length belongs to the method, which nobody here checks.
    pub data: &'a [u8],
}

impl<'a> KeyExchange<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer than four octets.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::KeyExchange;
        let (data, (method, reserved)) = done((be_u16(s), be_u16(s)).parse(raw.body))?;
        Ok(Self {
            method: KeyExchangeMethod(method),
            reserved,
            data: data.octets(),
        })
    }
}

impl Describe for KeyExchange<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "dh_group_num", "dh_group_name", self.method);
        reserved(sink, self.reserved.into());
        sink.octets("key_exchange_data", self.data);
    }
}
