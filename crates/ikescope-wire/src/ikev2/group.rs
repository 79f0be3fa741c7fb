//! G-IKEv2: Group Security Association and Key Download payloads (RFC 9838 §4).
//!
//! ```text
//! GSA policy       |   Protocol    |   SPI Size    |            Length             |
//!                  ~                              SPI                              ~
//!                  ~         Source Traffic Selector, Destination Traffic Selector ~
//!                  ~                 GSA Transforms, GSA Attributes                ~
//! Group-wide       |   Protocol=0  |  SPI Size=0   |            Length             |
//! policy           ~                         GWP Attributes                        ~
//! Group key bag    |   Protocol    |   SPI Size    |            Length             |
//!                  ~                              SPI                              ~
//!                  ~                    Group Key Bag Attributes                   ~
//! Member key bag   |   Protocol=0  |  SPI Size=0   |            Length             |
//!                  ~                    Member Key Bag Attributes                  ~
//! ```

use nom::Parser;

use super::sa::{Transforms, transforms_until_last};
use super::ts::{TrafficSelector, traffic_selector};
use crate::attribute::{AttributeValue, attribute as data_attribute};
use crate::describe::{Describe, FieldSink, length, list, registered, row};
use crate::error::{DecodeError, Structure};
use crate::iana::{
    GroupKeyBagAttributeType, GsaAttributeType, GwpAttributeType, MemberKeyBagAttributeType,
    ProtocolId,
};
use crate::input::{Input, be_u8, be_u16, done, substructure, take};
use crate::payload::RawPayload;

/// Policies of a group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GroupSecurityAssociation<'a> {
    input: Input<'a>,
}

/// One policy.
#[derive(Clone, Copy, Debug)]
pub struct GroupPolicy<'a> {
    /// Protocol of the SA; none in a group-wide policy.
    pub protocol_id: ProtocolId,
    /// SPI of the SA.
    pub spi: &'a [u8],
    /// Traffic and algorithms; `None` in a group-wide policy.
    pub sa: Option<GroupSa<'a>>,
    /// Attributes.
    pub attributes: GroupAttributes<'a>,
}

/// Traffic and algorithms of a group SA.
#[derive(Clone, Copy, Debug)]
pub struct GroupSa<'a> {
    /// Where the traffic comes from.
    pub source: TrafficSelector<'a>,
    /// Where it goes.
    pub destination: TrafficSelector<'a>,
    /// One transform of each type.
    pub transforms: Transforms<'a>,
}

/// Keys of a group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyDownload<'a> {
    input: Input<'a>,
}

/// Keys of one SA, or of one member.
#[derive(Clone, Copy, Debug)]
pub struct KeyBag<'a> {
    /// Protocol of the SA; none in a member key bag.
    pub protocol_id: ProtocolId,
    /// SPI of the SA.
    pub spi: &'a [u8],
    /// Wrapped keys; printed by their length only.
    pub attributes: GroupAttributes<'a>,
}

/// Where an attribute stands, and so which registry its number belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum GroupClass {
    /// Policy of an SA: [`GsaAttributeType`].
    Sa,
    /// Group-wide policy: [`GwpAttributeType`].
    GroupWide,
    /// Group key bag: [`GroupKeyBagAttributeType`].
    GroupKeyBag,
    /// Member key bag: [`MemberKeyBagAttributeType`].
    MemberKeyBag,
}

/// One attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GroupAttribute<'a> {
    /// Where it stands.
    pub class: GroupClass,
    /// Attribute type without the format bit, in the registry of `class`.
    pub number: u16,
    /// Its value.
    pub value: AttributeValue<'a>,
}

impl<'a> GroupSecurityAssociation<'a> {
    /// Takes the body; the policies are read while iterating.
    ///
    /// # Errors
    /// None today; the signature is that of every payload.
    pub const fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        Ok(Self { input: raw.body })
    }

    /// The policies. Ends after the first error.
    #[must_use]
    pub const fn policies(&self) -> GroupPolicies<'a> {
        GroupPolicies { input: self.input }
    }
}

impl<'a> KeyDownload<'a> {
    /// Takes the body; the key bags are read while iterating.
    ///
    /// # Errors
    /// None today; the signature is that of every payload.
    pub const fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        Ok(Self { input: raw.body })
    }

    /// The key bags. Ends after the first error.
    #[must_use]
    pub const fn key_bags(&self) -> KeyBags<'a> {
        KeyBags { input: self.input }
    }
}

impl GroupAttribute<'_> {
    /// The registry's name of the attribute.
    #[must_use]
    pub const fn name(&self) -> Option<&'static str> {
        match self.class {
            GroupClass::Sa => GsaAttributeType(self.number).name(),
            GroupClass::GroupWide => GwpAttributeType(self.number).name(),
            GroupClass::GroupKeyBag => GroupKeyBagAttributeType(self.number).name(),
            GroupClass::MemberKeyBag => MemberKeyBagAttributeType(self.number).name(),
        }
    }

    /// Whether the value is a key, which is not to be shown even if it is wrapped.
    const fn is_secret(&self) -> bool {
        match self.class {
            GroupClass::Sa | GroupClass::GroupWide => false,
            GroupClass::GroupKeyBag => true,
            GroupClass::MemberKeyBag => self.number != MemberKeyBagAttributeType::GM_SENDER_ID.0,
        }
    }
}

structures! {
    /// Iterator over policies.
    GroupPolicies => GroupPolicy<'a>, policy
}
structures! {
    /// Iterator over key bags.
    KeyBags => KeyBag<'a>, key_bag
}
structures! {
    /// Iterator over attributes.
    GroupAttributes => GroupAttribute<'a>, attribute, class: GroupClass
}

/// What policies and key bags begin with: protocol, length and SPI. Returns what is left behind the
/// whole, protocol and SPI, and the content.
type Opened<'a> = (Input<'a>, (ProtocolId, &'a [u8]), Input<'a>);

fn open(input: Input<'_>, s: Structure) -> Result<Opened<'_>, DecodeError> {
    let (rest, whole) = substructure(input, s, 4)?;
    let (body, (protocol_id, spi_size, _length)) =
        done((be_u8(s), be_u8(s), be_u16(s)).parse(whole))?;
    let (content, spi) = done(take(spi_size.into(), s)(body))?;
    Ok((rest, (ProtocolId(protocol_id), spi.octets()), content))
}

fn policy(input: Input<'_>) -> Result<(Input<'_>, GroupPolicy<'_>), DecodeError> {
    let (rest, (protocol_id, spi), content) = open(input, Structure::GroupSecurityAssociation)?;
    let (class, sa, input) = if protocol_id == ProtocolId::NONE {
        (GroupClass::GroupWide, None, content)
    } else {
        let (content, source) = traffic_selector(content)?;
        let (content, destination) = traffic_selector(content)?;
        let (content, transforms) = transforms_until_last(content)?;
        let sa = GroupSa {
            source,
            destination,
            transforms,
        };
        (GroupClass::Sa, Some(sa), content)
    };
    let policy = GroupPolicy {
        protocol_id,
        spi,
        sa,
        attributes: GroupAttributes { input, class },
    };
    Ok((rest, policy))
}

fn key_bag(input: Input<'_>) -> Result<(Input<'_>, KeyBag<'_>), DecodeError> {
    let (rest, (protocol_id, spi), input) = open(input, Structure::KeyDownload)?;
    let class = match protocol_id {
        ProtocolId::NONE => GroupClass::MemberKeyBag,
        _ => GroupClass::GroupKeyBag,
    };
    let bag = KeyBag {
        protocol_id,
        spi,
        attributes: GroupAttributes { input, class },
    };
    Ok((rest, bag))
}

fn attribute(
    input: Input<'_>,
    class: GroupClass,
) -> Result<(Input<'_>, GroupAttribute<'_>), DecodeError> {
    let (rest, (number, value)) = data_attribute(input)?;
    let attribute = GroupAttribute {
        class,
        number,
        value,
    };
    Ok((rest, attribute))
}

impl Describe for GroupSecurityAssociation<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        list(sink, "policies", self.policies());
    }
}

impl Describe for GroupPolicy<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "protocol_id", "protocol_name", self.protocol_id);
        sink.octets("spi", self.spi);
        row(sink, "attributes", self.attributes);
        if let Some(sa) = self.sa {
            let selectors = [Ok(sa.source), Ok(sa.destination)];
            list(sink, "traffic_selectors", selectors.into_iter());
            list(sink, "transforms", sa.transforms);
        }
    }
}

impl Describe for KeyDownload<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        list(sink, "key_bags", self.key_bags());
    }
}

impl Describe for KeyBag<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "protocol_id", "protocol_name", self.protocol_id);
        sink.octets("spi", self.spi);
        row(sink, "attributes", self.attributes);
    }
}

impl Describe for GroupAttribute<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.named("type", self.number.into(), "name", self.name());
        match (self.value.number(), self.value) {
            (_, AttributeValue::Long(value)) if self.is_secret() => {
                length(sink, "value_length", value);
            }
            (Some(value), _) => sink.number("value", value),
            (None, _) => self.value.describe(sink),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};

    use super::*;
    use crate::display::Line;
    use crate::ikev2::Payload;
    use crate::payload::Payloads;

    fn told(payload_type: u8, octets: &[u8]) -> String {
        let raw = Payloads::new(payload_type, Input::at(octets, 28), true)
            .next()
            .unwrap()
            .unwrap();
        Line(&Payload::decode(raw).unwrap()).to_string()
    }

    #[test]
    fn reads_the_policy_of_a_multicast_sa() {
        let octets = [
            0, 0, 0, 80, // payload
            3, 4, 0, 64, 0xc0, 0xff, 0xee, 1, // ESP
            7, 0, 0, 16, 0, 0, 0xff, 0xff, 192, 0, 2, 0, 192, 0, 2, 255, // source
            7, 0, 0, 16, 0, 0, 0xff, 0xff, 233, 252, 0, 1, 233, 252, 0, 1, // destination
            3, 0, 0, 8, 5, 0, 0, 1, // extended sequence numbers
            0, 0, 0, 8, 2, 0, 0, 5, // PRF, last
            0, 1, 0, 4, 0, 0, 0x0e, 0x10, // GSA_KEY_LIFETIME
            0, 0, 0, 12, 0x80, 1, 0, 5, 0x80, 2, 0, 9, // group-wide: ATD, DTD
        ];
        let said = told(51, &octets);
        assert!(
            said.starts_with("policies [protocol id 3 ESP, spi c0ffee01 [GSA_KEY_LIFETIME 3600]"),
            "{said}"
        );
        assert!(said.contains("transforms [SN 1 "), "{said}");
        assert!(said.contains("PRF 5 PRF_HMAC_SHA2_256"), "{said}");
        assert!(said.ends_with("[GWP_ATD 5; GWP_DTD 9]]"), "{said}");
    }

    #[test]
    fn tells_the_length_of_wrapped_keys_only() {
        let octets = [
            0, 0, 0, 34, // payload
            3, 4, 0, 16, 0xc0, 0xff, 0xee, 1, 0, 1, 0, 4, 9, 9, 9, 9, // group key bag
            0, 0, 0, 14, 0, 1, 0, 2, 9, 9, 0x80, 3, 0, 7, // member key bag
        ];
        let said = told(52, &octets);
        assert_eq!(
            said,
            "key bags [protocol id 3 ESP, spi c0ffee01 [SA_KEY value length 4]; \
             [WRAP_KEY value length 2; GM_SENDER_ID 7]]"
        );
    }

    #[test]
    fn says_that_a_policy_ends_within_its_selectors() {
        let said = told(51, &[0, 0, 0, 12, 3, 0, 0, 8, 7, 0, 0, 16]);
        assert_eq!(
            said,
            "policies [error: traffic selector at octet 36: announces 16 octets, 4 left]"
        );
    }
}
