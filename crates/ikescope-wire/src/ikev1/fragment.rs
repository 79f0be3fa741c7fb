//! The fragment payload of Cisco and Microsoft (payload type 132), announced by a vendor ID and never
//! standardised. Put together, the fragments are one whole message, header included.
//!
//! ```text
//! |          Fragment ID          |  Number       |  Last         |
//! ~                         Fragment Data                         ~
//! ```

use nom::Parser;

use crate::describe::{Describe, FieldSink};
use crate::error::{DecodeError, Structure};
use crate::input::{Input, be_u8, be_u16, done};
use crate::payload::RawPayload;

/// One fragment of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fragment<'a> {
    /// The same in all fragments of a message.
    pub fragment_id: u16,
    /// Number of this fragment, counted from 1.
    pub number: u8,
    /// 1 in the last fragment, 0 in the others.
    pub last: u8,
    /// A part of the message.
    pub data: Input<'a>,
}

impl<'a> Fragment<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer than four octets.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Fragment;
        let (data, (fragment_id, number, last)) =
            done((be_u16(s), be_u8(s), be_u8(s)).parse(raw.body))?;
        Ok(Self {
            fragment_id,
            number,
            last,
            data,
        })
    }
}

impl Describe for Fragment<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.number("fragment_id", self.fragment_id.into());
        sink.number("fragment_number", self.number.into());
        sink.number("last_fragment", self.last.into());
        sink.octets("fragment_data", self.data.octets());
    }
}
