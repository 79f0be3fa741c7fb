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

use crate::attribute::{AttributeValue, attribute as data_attribute};
use crate::describe::{Describe, FieldSink, list, registered, reserved, row};
use crate::error::{DecodeError, Structure};
use crate::iana::{AttributeType, ProtocolId, TransformType};
use crate::input::{Input, be_u8, be_u16, done, substructure, take};
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
    /// The reserved octet.
    pub reserved: u8,
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
    /// The two reserved octets, which do not stand together.
    pub reserved: u16,
    attributes: Input<'a>,
}

impl<'a> Transform<'a> {
    /// The name of the transform ID in the registry of its type.
    #[must_use]
    pub const fn name(&self) -> Option<&'static str> {
        self.transform_type.id_name(self.id)
    }

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

structures! {
    /// Iterator over proposals.
    Proposals => Proposal<'a>, proposal
}
structures! {
    /// Iterator over transforms.
    Transforms => Transform<'a>, transform
}
structures! {
    /// Iterator over attributes.
    Attributes => Attribute<'a>, attribute
}

fn proposal(input: Input<'_>) -> Result<(Input<'_>, Proposal<'_>), DecodeError> {
    let s = Structure::Proposal;
    let (rest, whole) = substructure(input, s, 8)?;
    let (body, (_last, reserved, _length)) = done((be_u8(s), be_u8(s), be_u16(s)).parse(whole))?;
    let (body, (number, protocol_id, spi_size, transform_count)) =
        done((be_u8(s), be_u8(s), be_u8(s), be_u8(s)).parse(body))?;
    let (transforms, spi) = done(take(spi_size.into(), s)(body))?;
    Ok((
        rest,
        Proposal {
            number,
            protocol_id: ProtocolId(protocol_id),
            spi: spi.octets(),
            transform_count,
            reserved,
            transforms,
        },
    ))
}

fn transform(input: Input<'_>) -> Result<(Input<'_>, Transform<'_>), DecodeError> {
    let s = Structure::Transform;
    let (rest, whole) = substructure(input, s, 8)?;
    let (body, (_last, high, _length)) = done((be_u8(s), be_u8(s), be_u16(s)).parse(whole))?;
    let (attributes, (transform_type, low, id)) =
        done((be_u8(s), be_u8(s), be_u16(s)).parse(body))?;
    Ok((
        rest,
        Transform {
            transform_type: TransformType(transform_type),
            id,
            reserved: u16::from_be_bytes([high, low]),
            attributes,
        },
    ))
}

/// The transforms up to the one that says it is the last, where attributes follow them as in
/// G-IKEv2's policies (RFC 9838).
pub(super) fn transforms_until_last(
    input: Input<'_>,
) -> Result<(Input<'_>, Transforms<'_>), DecodeError> {
    let s = Structure::Transform;
    let mut rest = input;
    loop {
        let (_, last) = done(be_u8(s)(rest))?;
        (rest, _) = substructure(rest, s, 8)?;
        if last == 0 || rest.is_empty() {
            let count = input.len().saturating_sub(rest.len());
            let (_, input) = done(take(count, s)(input))?;
            return Ok((rest, Transforms { input }));
        }
    }
}

fn attribute(input: Input<'_>) -> Result<(Input<'_>, Attribute<'_>), DecodeError> {
    let (rest, (attribute_type, value)) = data_attribute(input)?;
    let attribute_type = AttributeType(attribute_type);
    let attribute = Attribute {
        attribute_type,
        value,
    };
    Ok((rest, attribute))
}

impl Describe for SecurityAssociation<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        list(sink, "proposals", self.proposals());
    }
}

impl Describe for Proposal<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.number("number", self.number.into());
        registered(sink, "protocol_id", "protocol_name", self.protocol_id);
        sink.octets("spi", self.spi);
        sink.number("num_transforms", self.transform_count.into());
        reserved(sink, self.reserved.into());
        list(sink, "transforms", self.transforms());
    }
}

impl Describe for Transform<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "type", "type_name", self.transform_type);
        sink.named("id", self.id.into(), "name", self.name());
        reserved(sink, self.reserved.into());
        row(sink, "attributes", self.attributes());
    }
}

impl Describe for Attribute<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "type", "name", self.attribute_type);
        self.value.describe(sink);
    }
}
