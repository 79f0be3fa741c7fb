//! Data attributes, in the format that both versions share (RFC 2408 §3.3, RFC 7296 §3.3.5).
//!
//! ```text
//! |A|       Attribute Type        |    AF=0: Length, AF=1: Value  |
//! ~                   AF=0: Attribute Value                       ~
//! ```

use nom::Parser;

use crate::describe::{Describe, FieldSink};
use crate::error::{DecodeError, Structure};
use crate::input::{Input, be_u16, done, take};

/// The value of an attribute, in the format it was sent in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AttributeValue<'a> {
    /// TV: two octets in the attribute's header itself.
    Short(u16),
    /// TLV.
    Long(&'a [u8]),
}

impl AttributeValue<'_> {
    /// The value as a number: IKEv1 sends durations in either format, TLV ones in any length.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match *self {
            Self::Short(value) => Some(value.into()),
            Self::Long(octets @ [_, ..]) if octets.len() <= 8 => Some(
                octets
                    .iter()
                    .fold(0, |sum, &octet| sum << 8 | u64::from(octet)),
            ),
            Self::Long(_) => None,
        }
    }
}

impl Describe for AttributeValue<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        match *self {
            Self::Short(value) => sink.number("value", value.into()),
            Self::Long(value) => sink.octets("value", value),
        }
    }
}

/// Reads one attribute: its type without the format bit, and its value.
pub(crate) fn attribute(
    input: Input<'_>,
) -> Result<(Input<'_>, (u16, AttributeValue<'_>)), DecodeError> {
    let s = Structure::Attribute;
    let (rest, (head, second)) = done((be_u16(s), be_u16(s)).parse(input))?;
    let attribute_type = head & 0x7fff;
    if head & 0x8000 != 0 {
        return Ok((rest, (attribute_type, AttributeValue::Short(second))));
    }
    let (rest, value) = done(take(second.into(), s)(rest))?;
    Ok((rest, (attribute_type, AttributeValue::Long(value.octets()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_formats_and_their_numbers() {
        // RFC 2408 §3.3; the life duration of 28800 seconds as Windows sends it (TLV, four octets).
        let octets = [0x80, 0x0b, 0, 1, 0, 0x0c, 0, 4, 0, 0, 0x70, 0x80];
        let (rest, first) = attribute(Input::new(&octets)).unwrap();
        assert_eq!(first, (11, AttributeValue::Short(1)));
        let (rest, (class, value)) = attribute(rest).unwrap();
        assert_eq!((class, value.number()), (12, Some(28_800)));
        assert!(rest.is_empty());
    }

    #[test]
    fn a_value_beyond_64_bits_is_no_number() {
        assert_eq!(AttributeValue::Long(&[0; 9]).number(), None);
        assert_eq!(AttributeValue::Long(&[]).number(), None);
    }

    #[test]
    fn rejects_a_value_longer_than_what_is_left() {
        assert_eq!(
            attribute(Input::new(&[0, 12, 0, 4, 1])).unwrap_err().offset,
            4
        );
    }
}
