//! Encrypted and Authenticated payload (RFC 7296 §3.14) and its fragments (RFC 7383 §2.5).
//!
//! The generic header's next payload names the first payload *inside*, and it is in clear: without
//! any key it tells an acceptance (IDr) from a refusal (N).
//!
//! ```text
//! |        Fragment Number        |        Total Fragments        |   SKF only
//! ~                     Initialization Vector                     ~
//! ~                    Encrypted IKE Payloads                     ~
//! ~                 Padding, Pad Length, Checksum                 ~
//! ```

use nom::Parser;

use crate::describe::{Describe, FieldSink, length, registered};
use crate::error::{DecodeError, Structure};
use crate::iana::PayloadType;
use crate::input::{Input, be_u16, done};
use crate::payload::RawPayload;

/// SK: everything from the IV to the integrity checksum, not taken apart without the suite.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Encrypted<'a> {
    /// Type of the first payload inside; 0 if there is none.
    pub first_inner: PayloadType,
    /// IV, ciphertext and checksum.
    pub content: Input<'a>,
}

/// SKF: one fragment of an SK payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EncryptedFragment<'a> {
    /// Type of the first payload inside; set in fragment 1 only, 0 in the others.
    pub first_inner: PayloadType,
    /// Number of this fragment, counted from 1.
    pub fragment_number: u16,
    /// Number of fragments of the message.
    pub total_fragments: u16,
    /// IV, ciphertext and checksum of this fragment.
    pub content: Input<'a>,
}

impl<'a> Encrypted<'a> {
    /// Takes the body as it is.
    ///
    /// # Errors
    /// None today; the signature is that of every payload.
    pub const fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            first_inner: PayloadType(raw.next_payload),
            content: raw.body,
        })
    }
}

impl<'a> EncryptedFragment<'a> {
    /// Reads the two counters.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer than four octets.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::EncryptedFragment;
        let (content, (fragment_number, total_fragments)) =
            done((be_u16(s), be_u16(s)).parse(raw.body))?;
        Ok(Self {
            first_inner: PayloadType(raw.next_payload),
            fragment_number,
            total_fragments,
            content,
        })
    }
}

impl Describe for Encrypted<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        let first = self.first_inner;
        registered(sink, "first_inner", "first_inner_name", first);
        length(sink, "encrypted_length", self.content.octets());
    }
}

impl Describe for EncryptedFragment<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        let first = self.first_inner;
        registered(sink, "first_inner", "first_inner_name", first);
        sink.number("fragment_number", self.fragment_number.into());
        sink.number("total_fragments", self.total_fragments.into());
        length(sink, "encrypted_length", self.content.octets());
    }
}
