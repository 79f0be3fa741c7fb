//! The generic payload header and the walk along the chain (RFC 7296 §3.2, RFC 2408 §3.2).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! | Next Payload  |C|  RESERVED   |         Payload Length        |
//! ```
//!
//! A payload's own type stands in its predecessor's header; [`Payloads`] carries it along so that
//! every [`RawPayload`] knows what it is.

use core::iter::FusedIterator;

use nom::Parser;

use crate::error::{DecodeError, DecodeErrorKind, Structure};
use crate::input::{Input, be_u8, be_u16, done};

/// Octets of the generic payload header.
pub const PAYLOAD_HEADER_LENGTH: usize = 4;

/// IKEv2 Encrypted and Authenticated payload: ends the chain (RFC 7296 §3.14).
const SK: u8 = 46;
/// IKEv2 Encrypted and Authenticated Fragment payload: ends the chain (RFC 7383 §2.5).
const SKF: u8 = 53;

/// One payload as framed by the generic header, its body not yet looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RawPayload<'a> {
    /// Number of this payload's type, in the registry of the message's version.
    pub payload_type: u8,
    /// Type named in this payload's own header: of the next payload or, in SK and SKF, of the
    /// first payload inside. That octet is in clear even where the content is not.
    pub next_payload: u8,
    /// The critical bit (IKEv2).
    pub critical: bool,
    /// The seven reserved bits, and in IKEv1 all eight.
    pub reserved: u8,
    /// Length in octets as announced, generic header included.
    pub length: u16,
    /// What stands behind the generic header; shorter than announced only in a cut message.
    pub body: Input<'a>,
}

impl RawPayload<'_> {
    /// Offset of the payload's generic header from the start of the IKE header.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.body.offset().saturating_sub(PAYLOAD_HEADER_LENGTH)
    }

    /// Octets of the body that the capture did not keep.
    #[must_use]
    pub fn missing(&self) -> usize {
        usize::from(self.length)
            .saturating_sub(PAYLOAD_HEADER_LENGTH)
            .saturating_sub(self.body.len())
    }
}

/// The payloads of a message, in order. After the first framing error the walk is over.
#[derive(Clone, Copy, Debug)]
pub struct Payloads<'a> {
    next: u8,
    /// Octets that are there.
    input: Input<'a>,
    /// Octets that the message announces from here on, of which `input` may hold fewer.
    announced: usize,
    /// Whether SK and SKF end the chain.
    ikev2: bool,
}

impl<'a> Payloads<'a> {
    /// Walks `input`, whose first payload is of type `first`; `ikev2` tells the registry. Feed it
    /// decrypted octets and it walks those: there is no second decoder.
    #[must_use]
    pub const fn new(first: u8, input: Input<'a>, ikev2: bool) -> Self {
        Self {
            next: first,
            input,
            announced: input.len(),
            ikev2,
        }
    }

    /// The same where the message announces more octets than were captured.
    #[must_use]
    pub const fn cut(first: u8, input: Input<'a>, announced: usize, ikev2: bool) -> Self {
        Self {
            next: first,
            input,
            announced,
            ikev2,
        }
    }

    /// The octets that are left to be walked.
    #[must_use]
    pub const fn input(&self) -> Input<'a> {
        self.input
    }

    /// Whether payload types are those of IKEv2.
    #[must_use]
    pub const fn is_ikev2(&self) -> bool {
        self.ikev2
    }

    /// Whether the captured octets end before the message does.
    const fn is_cut(&self) -> bool {
        self.announced > self.input.len()
    }

    fn fail(&mut self, error: DecodeError) -> Option<Result<RawPayload<'a>, DecodeError>> {
        self.next = 0;
        self.announced = 0;
        self.input = self.input.skip(self.input.len());
        Some(Err(error))
    }
}

impl<'a> Iterator for Payloads<'a> {
    type Item = Result<RawPayload<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let payload_type = self.next;
        if payload_type == 0 {
            // Octets behind the last payload are a framing fault of their own, said once.
            return match self.input.finish(Structure::PayloadHeader) {
                Ok(()) => None,
                Err(error) => self.fail(error),
            };
        }
        let s = Structure::PayloadHeader;
        let header = done((be_u8(s), be_u8(s), be_u16(s)).parse(self.input));
        let (rest, (next_payload, bits, length)) = match header {
            Ok(parsed) => parsed,
            // A message cut by the capture gives what is there and ends in peace.
            Err(_) if self.is_cut() => {
                self.next = 0;
                self.input = self.input.skip(self.input.len());
                return None;
            }
            Err(error) => return self.fail(error),
        };
        let length_octets = usize::from(length);
        if length_octets < PAYLOAD_HEADER_LENGTH {
            let kind = DecodeErrorKind::LengthTooSmall {
                announced: length_octets,
                minimum: PAYLOAD_HEADER_LENGTH,
            };
            return self.fail(self.input.error(s, kind));
        }
        if length_octets > self.announced {
            let kind = DecodeErrorKind::LengthTooLarge {
                announced: length_octets,
                available: self.announced,
            };
            return self.fail(self.input.error(s, kind));
        }
        let body_length = length_octets.saturating_sub(PAYLOAD_HEADER_LENGTH);
        let ends_chain = self.ikev2 && matches!(payload_type, SK | SKF);
        self.input = rest.skip(body_length);
        self.announced = self.announced.saturating_sub(length_octets);
        self.next = if ends_chain { 0 } else { next_payload };
        Some(Ok(RawPayload {
            payload_type,
            next_payload,
            critical: self.ikev2 && bits & 0x80 != 0,
            reserved: if self.ikev2 { bits & 0x7f } else { bits },
            length,
            body: rest.at_most(body_length),
        }))
    }
}

impl FusedIterator for Payloads<'_> {}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn walk(
        first: u8,
        octets: &[u8],
        announced: usize,
    ) -> Vec<Result<(u8, usize, usize), DecodeError>> {
        Payloads::cut(first, Input::at(octets, 28), announced, true)
            .map(|item| item.map(|raw| (raw.payload_type, raw.offset(), raw.missing())))
            .collect()
    }

    #[test]
    fn each_payload_knows_its_own_type_and_place() {
        let octets = [40, 0, 0, 6, 1, 2, 0, 0, 0, 5, 9];
        assert_eq!(walk(34, &octets, 11), [Ok((34, 28, 0)), Ok((40, 34, 0))]);
    }

    #[test]
    fn reports_a_broken_chain_once_with_its_octet() {
        let octets = [40, 0, 0, 6, 1, 2, 0, 0, 0, 99, 9];
        let items = walk(34, &octets, 11);
        assert_eq!(items.len(), 2);
        let error = items[1].unwrap_err();
        assert_eq!(error.offset, 34);
        assert_eq!(
            error.kind,
            DecodeErrorKind::LengthTooLarge {
                announced: 99,
                available: 5
            }
        );
    }

    #[test]
    fn refuses_a_payload_shorter_than_its_header() {
        let error = walk(34, &[0, 0, 0, 3], 4)[0].unwrap_err();
        assert_eq!(
            error.kind,
            DecodeErrorKind::LengthTooSmall {
                announced: 3,
                minimum: 4
            }
        );
    }

    #[test]
    fn gives_what_is_there_of_a_cut_message() {
        let octets = [40, 0, 0, 6, 1, 2, 0, 0, 0, 20, 9];
        assert_eq!(walk(34, &octets, 26), [Ok((34, 28, 0)), Ok((40, 34, 15))]);
    }

    #[test]
    fn stops_at_sk_although_its_header_names_a_type_inside() {
        assert_eq!(walk(46, &[35, 0, 0, 6, 1, 2], 6), [Ok((46, 28, 0))]);
    }

    #[test]
    fn says_that_octets_follow_the_last_payload() {
        let items = walk(40, &[0, 0, 0, 4, 7, 7], 6);
        assert_eq!(
            items[1].unwrap_err().kind,
            DecodeErrorKind::TrailingOctets { count: 2 }
        );
    }
}
