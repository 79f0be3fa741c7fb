//! Security Association payload (RFC 7296 §3.3): proposals, their transforms, their attributes.
//!
//! ```text
//! Proposal   | Last Substruc |   RESERVED    |        Proposal Length        |
//!            | Proposal Num  |  Protocol ID  |    SPI Size   |Num  Transforms|
//!            ~                        SPI (variable)                         ~
//! Transform  | Last Substruc |   RESERVED    |        Transform Length       |
//!            |Transform Type |   RESERVED    |          Transform ID         |
//! Attribute  |A|       Attribute Type        |    AF=0: Length, AF=1: Value  |
//! ```

use nom::Parser;

use crate::describe::{Describe, FieldSink};
use crate::error::{DecodeError, DecodeErrorKind, Structure};
use crate::iana::{AttributeType, ProtocolId, TransformType};
use crate::input::{Input, be_u8, be_u16, done, take};
use crate::payload::RawPayload;

/// A list of proposals.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SecurityAssociation<'a> {
    input: Input<'a>,
}

impl<'a> SecurityAssociation<'a> {
    /// Takes the body; the proposals are read while iterating.
    ///
    /// # Errors
    /// None today; the signature is that of every payload.
    pub const fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        Ok(Self { input: raw.body })
    }

    /// The proposals, in the sender's order of preference. Ends after the first error.
    #[must_use]
    pub const fn proposals(&self) -> Proposals<'a> {
        Proposals { input: self.input }
    }
}

/// One proposal: a protocol and the transforms of which one per type is to be chosen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Proposal<'a> {
    /// Proposal number, counted from 1.
    pub number: u8,
    /// Protocol proposed.
    pub protocol_id: ProtocolId,
    /// The sender's SPI: empty in IKE_SA_INIT, 8 octets in an IKE rekey, 4 for ESP and AH.
    pub spi: &'a [u8],
    /// Number of transforms as announced.
    pub transform_count: u8,
    transforms: Input<'a>,
}

impl<'a> Proposal<'a> {
    /// The transforms, in wire order. Ends after the first error.
    #[must_use]
    pub const fn transforms(&self) -> Transforms<'a> {
        Transforms {
            input: self.transforms,
        }
    }
}

/// One transform.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transform<'a> {
    /// Transform type.
    pub transform_type: TransformType,
    /// Transform ID, in the registry of the type.
    pub id: u16,
    attributes: Input<'a>,
}

impl<'a> Transform<'a> {
    /// The attributes, in wire order. Ends after the first error.
    #[must_use]
    pub const fn attributes(&self) -> Attributes<'a> {
        Attributes {
            input: self.attributes,
        }
    }

    /// The Key Length attribute in bits, if there is one.
    #[must_use]
    pub fn key_length(&self) -> Option<u16> {
        self.attributes()
            .flatten()
            .find_map(|attribute| match attribute {
                Attribute {
                    attribute_type: AttributeType::KEY_LENGTH,
                    value: AttributeValue::Short(bits),
                } => Some(bits),
                _ => None,
            })
    }
}

/// One attribute of a transform.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attribute<'a> {
    /// Attribute type, without the format bit.
    pub attribute_type: AttributeType,
    /// Its value, in the format it was sent in.
    pub value: AttributeValue<'a>,
}

/// TV (two octets in the header itself) or TLV.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AttributeValue<'a> {
    /// TV format.
    Short(u16),
    /// TLV format.
    Long(&'a [u8]),
}

/// The substructures of proposals and transforms share their first four octets; this takes one
/// whole substructure, length checked against what the container has left.
fn substructure(
    input: Input<'_>,
    s: Structure,
    minimum: usize,
) -> Result<(Input<'_>, Input<'_>), DecodeError> {
    let (_, (_last, _reserved, length)) = done((be_u8(s), be_u8(s), be_u16(s)).parse(input))?;
    let announced = usize::from(length);
    if announced < minimum {
        return Err(input.error(s, DecodeErrorKind::LengthTooSmall { announced, minimum }));
    }
    if announced > input.len() {
        let kind = DecodeErrorKind::LengthTooLarge {
            announced,
            available: input.len(),
        };
        return Err(input.error(s, kind));
    }
    done(take(announced, s)(input))
}

/// Declares an iterator that reads one structure after the other and stops after the first error.
macro_rules! structures {
    ($(#[$meta:meta])* $name:ident => $item:ident, $read:path) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'a> {
            input: Input<'a>,
        }

        impl<'a> Iterator for $name<'a> {
            type Item = Result<$item<'a>, DecodeError>;

            fn next(&mut self) -> Option<Self::Item> {
                if self.input.is_empty() {
                    return None;
                }
                match $read(self.input) {
                    Ok((rest, item)) => {
                        self.input = rest;
                        Some(Ok(item))
                    }
                    Err(error) => {
                        self.input = self.input.skip(self.input.len());
                        Some(Err(error))
                    }
                }
            }
        }

        impl core::iter::FusedIterator for $name<'_> {}
    };
}

structures! {
    /// Iterator over proposals.
    Proposals => Proposal, proposal
}
structures! {
    /// Iterator over transforms.
    Transforms => Transform, transform
}
structures! {
    /// Iterator over attributes.
    Attributes => Attribute, attribute
}

fn proposal(input: Input<'_>) -> Result<(Input<'_>, Proposal<'_>), DecodeError> {
    let s = Structure::Proposal;
    let (rest, whole) = substructure(input, s, 8)?;
    let (body, (number, protocol_id, spi_size, transform_count)) =
        done((be_u8(s), be_u8(s), be_u8(s), be_u8(s)).parse(whole.skip(4)))?;
    let (transforms, spi) = done(take(spi_size.into(), s)(body))?;
    Ok((
        rest,
        Proposal {
            number,
            protocol_id: ProtocolId(protocol_id),
            spi: spi.octets(),
            transform_count,
            transforms,
        },
    ))
}

fn transform(input: Input<'_>) -> Result<(Input<'_>, Transform<'_>), DecodeError> {
    let s = Structure::Transform;
    let (rest, whole) = substructure(input, s, 8)?;
    let (attributes, (transform_type, _reserved, id)) =
        done((be_u8(s), be_u8(s), be_u16(s)).parse(whole.skip(4)))?;
    Ok((
        rest,
        Transform {
            transform_type: TransformType(transform_type),
            id,
            attributes,
        },
    ))
}

fn attribute(input: Input<'_>) -> Result<(Input<'_>, Attribute<'_>), DecodeError> {
    let s = Structure::Attribute;
    let (rest, (head, second)) = done((be_u16(s), be_u16(s)).parse(input))?;
    let attribute_type = AttributeType(head & 0x7fff);
    if head & 0x8000 != 0 {
        return Ok((
            rest,
            Attribute {
                attribute_type,
                value: AttributeValue::Short(second),
            },
        ));
    }
    let (rest, value) = done(take(second.into(), s)(rest))?;
    Ok((
        rest,
        Attribute {
            attribute_type,
            value: AttributeValue::Long(value.octets()),
        },
    ))
}

impl Describe for SecurityAssociation<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.open_list("proposals");
        for proposal in self.proposals() {
            match proposal {
                Ok(proposal) => {
                    sink.open_item();
                    proposal.describe(sink);
                    sink.close_item();
                }
                Err(error) => sink.error(&error),
            }
        }
        sink.close_list();
    }
}

impl Describe for Proposal<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.number("number", self.number.into());
        sink.named(
            "protocol_id",
            self.protocol_id.0.into(),
            "protocol_name",
            self.protocol_id.name(),
        );
        sink.octets("spi", self.spi);
        sink.open_list("transforms");
        for transform in self.transforms() {
            match transform {
                Ok(transform) => {
                    sink.open_item();
                    transform.describe(sink);
                    sink.close_item();
                }
                Err(error) => sink.error(&error),
            }
        }
        sink.close_list();
    }
}

impl Describe for Transform<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.named(
            "type",
            self.transform_type.0.into(),
            "type_name",
            self.transform_type.name(),
        );
        sink.number("id", self.id.into());
        sink.open_list("attributes");
        for attribute in self.attributes() {
            match attribute {
                Ok(attribute) => {
                    sink.open_item();
                    attribute.describe(sink);
                    sink.close_item();
                }
                Err(error) => sink.error(&error),
            }
        }
        sink.close_list();
    }
}

impl Describe for Attribute<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.named(
            "type",
            self.attribute_type.0.into(),
            "name",
            self.attribute_type.name(),
        );
        match self.value {
            AttributeValue::Short(value) => sink.number("value", value.into()),
            AttributeValue::Long(value) => sink.octets("value", value),
        }
    }
}
