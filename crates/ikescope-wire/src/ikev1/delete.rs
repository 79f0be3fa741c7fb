//! Delete payload (RFC 2408 §3.15).
//!
//! ```text
//! |              Domain of Interpretation  (DOI)                  |
//! |  Protocol-Id  |   SPI Size    |           # of SPIs           |
//! ~               Security Parameter Index(es) (SPI)              ~
//! ```

use nom::Parser;

use crate::describe::{Describe, FieldSink, registered, row};
use crate::error::{DecodeError, Structure};
use crate::iana::ikev1::{Doi, ProtocolId};
use crate::ikev2::delete::{Spis, spis};
use crate::input::{be_u8, be_u16, be_u32, done};
use crate::payload::RawPayload;

/// SAs that the sender has deleted from its database.
#[derive(Clone, Copy, Debug)]
pub struct Delete<'a> {
    /// Domain of interpretation.
    pub doi: Doi,
    /// Protocol of the SAs.
    pub protocol_id: ProtocolId,
    /// Number of SPIs as announced.
    pub count: u16,
    /// The SPIs; both cookies (16 octets) for an ISAKMP SA.
    pub spis: Spis<'a>,
}

impl<'a> Delete<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if size and number of the SPIs are not those of the body.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Delete;
        let (rest, (doi, protocol_id, spi_size, count)) =
            done((be_u32(s), be_u8(s), be_u8(s), be_u16(s)).parse(raw.body))?;
        Ok(Self {
            doi: Doi(doi),
            protocol_id: ProtocolId(protocol_id),
            count,
            spis: spis(rest, spi_size, count)?,
        })
    }
}

impl Describe for Delete<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "doi", "doi_name", self.doi);
        registered(sink, "protocol_id", "protocol_name", self.protocol_id);
        sink.number("num_of_spis", self.count.into());
        row(sink, "spis", self.spis.map(Ok));
    }
}
