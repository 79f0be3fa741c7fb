//! Security Association payload (RFC 2408 §3.4 to §3.6, RFC 2407 §4.6.1, RFC 6407 §5.2): DOI,
//! situation, then proposals, their transforms, their attributes. In GDOI policies stand in the
//! place of the proposals.
//!
//! ```text
//! SA         |              Domain of Interpretation  (DOI)                  |
//!            ~                           Situation                           ~
//! Proposal   | Next Payload  |   RESERVED    |         Payload Length        |
//!            |  Proposal #   |  Protocol-Id  |    SPI Size   |# of Transforms|
//!            ~                        SPI (variable)                         ~
//! Transform  | Next Payload  |   RESERVED    |         Payload Length        |
//!            |  Transform #  |  Transform-Id |           RESERVED2           |
//!            ~                        SA Attributes                          ~
//! GDOI       |   SA Attribute Next Payload   |           RESERVED2           |
//! ```

use nom::Parser;

use super::Payload;
use super::attribute::{Attributes, Class};
use super::situation::Situation;
use crate::describe::{Describe, FieldSink, list, registered, reserved, row};
use crate::error::{DecodeError, Structure};
use crate::iana::ikev1::{Doi, PayloadType, ProtocolId};
use crate::input::{Input, be_u8, be_u16, be_u32, done, substructure, take};
use crate::payload::{Payloads, RawPayload};

/// What is negotiated, and in which domain of interpretation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SecurityAssociation<'a> {
    /// Domain of interpretation.
    pub doi: Doi,
    /// Situation, in the language of the DOI.
    pub situation: Situation<'a>,
    content: Content<'a>,
}

/// What follows the situation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Content<'a> {
    Proposals(Input<'a>),
    /// Type of the first payload, RESERVED2, and the payloads.
    Policies(u8, u16, Input<'a>),
}

impl<'a> SecurityAssociation<'a> {
    /// Reads DOI and situation; the proposals are read while iterating.
    ///
    /// # Errors
    /// [`DecodeError`] if the body ends before the situation does.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::SecurityAssociation;
        let (rest, doi) = done(be_u32(s)(raw.body))?;
        let doi = Doi(doi);
        let (rest, situation) = Situation::read(rest, doi)?;
        let content = match doi {
            Doi::GDOI => Content::of_gdoi(rest)?,
            _ => Content::Proposals(rest),
        };
        Ok(Self {
            doi,
            situation,
            content,
        })
    }

    /// The proposals, in the sender's order of preference; those of one number belong together
    /// (ESP and IPCOMP, say). Ends after the first error.
    #[must_use]
    pub const fn proposals(&self) -> Proposals<'a> {
        match self.content {
            Content::Proposals(input) => Proposals { input },
            Content::Policies(..) => Proposals {
                input: Input::new(&[]),
            },
        }
    }

    /// The policies of a group: SAK, SAT and GAP payloads, which stand inside the SA payload of
    /// GDOI's own exchanges (RFC 6407 §5.2) in place of the proposals.
    #[must_use]
    pub const fn policies(&self) -> Payloads<'a> {
        match self.content {
            Content::Proposals(_) => Payloads::new(0, Input::new(&[]), false),
            Content::Policies(first, _, input) => Payloads::new(first, input, false),
        }
    }
}

impl<'a> Content<'a> {
    /// The SA payload of a phase 1 that leads to GDOI holds proposals (RFC 6407 §2.1), which begin
    /// with 0 or 2 where policies have the type of the first of them.
    fn of_gdoi(input: Input<'a>) -> Result<Self, DecodeError> {
        let s = Structure::SecurityAssociation;
        let (policies, (high, first, reserved)) =
            done((be_u8(s), be_u8(s), be_u16(s)).parse(input))?;
        Ok(match (high, PayloadType(first)) {
            (0, PayloadType::SAK | PayloadType::SAT | PayloadType::GAP) => {
                Self::Policies(first, reserved, policies)
            }
            (0, PayloadType::NONE) if policies.is_empty() => Self::Policies(0, reserved, policies),
            _ => Self::Proposals(input),
        })
    }
}

/// One proposal: a protocol and the transforms of which one is to be chosen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Proposal<'a> {
    /// Proposal number.
    pub number: u8,
    /// Protocol proposed.
    pub protocol_id: ProtocolId,
    /// The sender's SPI; in phase 1 empty, or the cookie, which means nothing (RFC 2408 §3.5).
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
            protocol_id: self.protocol_id,
        }
    }
}

/// One transform: a whole suite, unlike in IKEv2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transform<'a> {
    /// Transform number.
    pub number: u8,
    /// Protocol of the proposal: it says which registry `id` and the attributes belong to.
    pub protocol_id: ProtocolId,
    /// Transform ID, in the registry of the protocol.
    pub id: u8,
    /// The two octets RESERVED2.
    pub reserved: u16,
    attributes: Input<'a>,
}

impl<'a> Transform<'a> {
    /// The registry's name of the transform ID.
    #[must_use]
    pub const fn name(&self) -> Option<&'static str> {
        super::attribute::transform_name(self.protocol_id, self.id)
    }

    /// The attributes, in wire order. Ends after the first error.
    #[must_use]
    pub const fn attributes(&self) -> Attributes<'a> {
        Attributes::of(self.attributes, Class::of(self.protocol_id))
    }

    /// The value of the first attribute of class `number`, if it has one that is a number.
    #[must_use]
    pub fn attribute(&self, number: u16) -> Option<u64> {
        self.attributes()
            .flatten()
            .find(|attribute| attribute.number == number)
            .and_then(|attribute| attribute.value.number())
    }
}

structures! {
    /// Iterator over proposals.
    Proposals => Proposal<'a>, proposal
}
structures! {
    /// Iterator over transforms.
    Transforms => Transform<'a>, transform, protocol_id: ProtocolId
}

fn proposal(input: Input<'_>) -> Result<(Input<'_>, Proposal<'_>), DecodeError> {
    let s = Structure::Proposal;
    let (rest, whole) = substructure(input, s, 8)?;
    let (body, (_next, reserved, _length)) = done((be_u8(s), be_u8(s), be_u16(s)).parse(whole))?;
    let (body, (number, protocol_id, spi_size, transform_count)) =
        done((be_u8(s), be_u8(s), be_u8(s), be_u8(s)).parse(body))?;
    let (transforms, spi) = done(take(spi_size.into(), s)(body))?;
    let proposal = Proposal {
        number,
        protocol_id: ProtocolId(protocol_id),
        spi: spi.octets(),
        transform_count,
        reserved,
        transforms,
    };
    Ok((rest, proposal))
}

fn transform(
    input: Input<'_>,
    protocol_id: ProtocolId,
) -> Result<(Input<'_>, Transform<'_>), DecodeError> {
    let s = Structure::Transform;
    let (rest, whole) = substructure(input, s, 8)?;
    let (attributes, (number, id, reserved)) =
        done((be_u8(s), be_u8(s), be_u16(s)).parse(whole.skip(4)))?;
    let transform = Transform {
        number,
        protocol_id,
        id,
        reserved,
        attributes,
    };
    Ok((rest, transform))
}

impl Describe for SecurityAssociation<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "doi", "doi_name", self.doi);
        self.situation.describe(sink);
        match self.content {
            Content::Proposals(_) => list(sink, "proposals", self.proposals()),
            Content::Policies(_, bits, _) => {
                reserved(sink, bits.into());
                list(sink, "policies", self.policies().map(|raw| raw.map(Policy)));
            }
        }
    }
}

/// A payload inside a GDOI SA payload.
struct Policy<'a>(RawPayload<'a>);

impl Describe for Policy<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        let Self(raw) = self;
        let payload_type = PayloadType(raw.payload_type);
        registered(sink, "payload_type", "payload_name", payload_type);
        // Others do not belong here; an SA payload would even nest further.
        let policy = match payload_type {
            PayloadType::SAK | PayloadType::SAT | PayloadType::GAP => Payload::decode(*raw),
            _ => Ok(Payload::Unknown(*raw)),
        };
        match policy {
            Ok(policy) => policy.describe(sink),
            Err(error) => sink.error(&error),
        }
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
        sink.number("number", self.number.into());
        sink.named("id", self.id.into(), "name", self.name());
        reserved(sink, self.reserved.into());
        row(sink, "attributes", self.attributes());
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::error::DecodeErrorKind;
    use crate::iana::ikev1::IkeAttribute;

    /// Main mode message 1 of the public capture ISAKMP_sa_setup.pcap (tcpdump's tests).
    const MAIN_MODE_1: &str = "0d00003c00000001000000010000003001010001000000280101000080010007\
                               800e0080800200028004000180030001800b0001000c000400015180";

    fn decode(octets: &[u8]) -> SecurityAssociation<'_> {
        let raw = Payloads::new(1, Input::at(octets, 28), false)
            .next()
            .unwrap()
            .unwrap();
        SecurityAssociation::decode(raw).unwrap()
    }

    #[test]
    fn reads_a_phase_1_offer_as_tshark_does() {
        let octets = hex::decode(MAIN_MODE_1).unwrap();
        let sa = decode(&octets);
        assert_eq!((sa.doi, sa.situation.bits), (Doi::IPSEC, 1));
        let proposal = sa.proposals().next().unwrap().unwrap();
        assert_eq!((proposal.number, proposal.transform_count), (1, 1));
        assert_eq!(proposal.protocol_id, ProtocolId::PROTO_ISAKMP);
        let transform = proposal.transforms().next().unwrap().unwrap();
        assert_eq!((transform.number, transform.name()), (1, Some("KEY_IKE")));
        let values: Vec<_> = [
            IkeAttribute::ENCRYPTION_ALGORITHM,
            IkeAttribute::KEY_LENGTH,
            IkeAttribute::HASH_ALGORITHM,
            IkeAttribute::GROUP_DESCRIPTION,
            IkeAttribute::AUTHENTICATION_METHOD,
            IkeAttribute::LIFE_DURATION,
        ]
        .map(|class| transform.attribute(class.0))
        .into_iter()
        .flatten()
        .collect();
        assert_eq!(values, [7, 128, 2, 1, 1, 86_400]);
    }

    #[test]
    fn phase_1_of_gdoi_has_proposals() {
        let mut octets = hex::decode(MAIN_MODE_1).unwrap();
        (octets[7], octets[11]) = (2, 0);
        let sa = decode(&octets);
        assert_eq!((sa.doi, sa.situation.bits), (Doi::GDOI, 0));
        assert_eq!(sa.proposals().count(), 1);
        assert_eq!(sa.policies().count(), 0);
    }

    #[test]
    fn rejects_a_transform_longer_than_its_proposal() {
        let mut octets = hex::decode(MAIN_MODE_1).unwrap();
        octets[23] = 0x29;
        let sa = decode(&octets);
        let proposal = sa.proposals().next().unwrap().unwrap();
        let transforms: Vec<_> = proposal.transforms().collect();
        let error = transforms[0].unwrap_err();
        assert_eq!((error.offset, error.structure), (48, Structure::Transform));
        assert_eq!(
            error.kind,
            DecodeErrorKind::LengthTooLarge {
                announced: 41,
                available: 40
            }
        );
        assert_eq!(transforms.len(), 1);
    }
}
