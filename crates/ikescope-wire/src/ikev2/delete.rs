//! Delete payload (RFC 7296 §3.11).
//!
//! ```text
//! | Protocol ID   |   SPI Size    |          Num of SPIs          |
//! ~               Security Parameter Index(es) (SPI)              ~
//! ```

use core::iter::FusedIterator;

use nom::Parser;

use crate::describe::{Describe, FieldSink, registered, row};
use crate::error::{DecodeError, Structure};
use crate::iana::ProtocolId;
use crate::input::{Input, be_u8, be_u16, done, take};
use crate::payload::RawPayload;

/// SAs that the sender deletes.
#[derive(Clone, Copy, Debug)]
pub struct Delete<'a> {
    /// Protocol of the SAs.
    pub protocol_id: ProtocolId,
    /// Number of SPIs as announced; 0 for the IKE SA itself, whose SPIs are in the header.
    pub count: u16,
    /// The SPIs.
    pub spis: Spis<'a>,
}

/// One SPI of a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ListedSpi<'a>(pub &'a [u8]);

/// Iterator over SPIs of one size.
#[derive(Clone, Copy, Debug)]
pub struct Spis<'a> {
    input: Input<'a>,
    size: u8,
}

impl<'a> Delete<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if size and number of the SPIs are not those of the body.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Delete;
        let (rest, (protocol_id, spi_size, count)) =
            done((be_u8(s), be_u8(s), be_u16(s)).parse(raw.body))?;
        Ok(Self {
            protocol_id: ProtocolId(protocol_id),
            count,
            spis: spis(rest, spi_size, count)?,
        })
    }
}

/// The list of SPIs at the end of a Delete payload of either version.
pub(crate) fn spis(input: Input<'_>, size: u8, count: u16) -> Result<Spis<'_>, DecodeError> {
    let s = Structure::Delete;
    let announced = usize::from(size).saturating_mul(count.into());
    let (rest, input) = done(take(announced, s)(input))?;
    rest.finish(s)?;
    Ok(Spis { input, size })
}

impl<'a> Iterator for Spis<'a> {
    type Item = ListedSpi<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.input.is_empty() {
            return None;
        }
        let (rest, spi) = done(take(self.size.into(), Structure::Delete)(self.input)).ok()?;
        self.input = rest;
        Some(ListedSpi(spi.octets()))
    }
}

impl FusedIterator for Spis<'_> {}

impl Describe for Delete<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "protocol_id", "protocol_name", self.protocol_id);
        sink.number("num_of_spis", self.count.into());
        row(sink, "spis", self.spis.map(Ok));
    }
}

impl Describe for ListedSpi<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.octets("spi", self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::error::DecodeErrorKind;
    use crate::payload::Payloads;

    fn decode(octets: &[u8]) -> Result<Delete<'_>, DecodeError> {
        Delete::decode(
            Payloads::new(42, Input::at(octets, 28), true)
                .next()
                .unwrap()?,
        )
    }

    #[test]
    fn lists_the_spis_of_two_child_sas() {
        let delete = decode(&[0, 0, 0, 16, 3, 4, 0, 2, 0xc1, 2, 3, 4, 0xc5, 6, 7, 8]).unwrap();
        assert_eq!(delete.protocol_id, ProtocolId::ESP);
        let spis: Vec<_> = delete.spis.map(|spi| spi.0).collect();
        assert_eq!(spis, [[0xc1, 2, 3, 4], [0xc5, 6, 7, 8]]);
    }

    #[test]
    fn an_ike_sa_is_deleted_without_spi() {
        let delete = decode(&[0, 0, 0, 8, 1, 0, 0, 0]).unwrap();
        assert_eq!(
            (delete.protocol_id, delete.spis.count()),
            (ProtocolId::IKE, 0)
        );
    }

    #[test]
    fn rejects_more_spis_than_there_are() {
        let error = decode(&[0, 0, 0, 12, 3, 4, 0, 2, 1, 2, 3, 4]).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::Truncated { need: 8, have: 4 });
        assert_eq!(error.offset, 36);
    }

    #[test]
    fn says_that_octets_follow_the_last_spi() {
        let error = decode(&[0, 0, 0, 13, 3, 4, 0, 1, 1, 2, 3, 4, 9]).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::TrailingOctets { count: 1 });
    }

    #[test]
    fn many_spis_of_no_size_are_none() {
        assert_eq!(
            decode(&[0, 0, 0, 8, 3, 0, 0xff, 0xff])
                .unwrap()
                .spis
                .count(),
            0
        );
    }
}
