//! SA attributes (RFC 2408 §3.3). The format is always the same; which registry an attribute's
//! number and value belong to depends on where it stands, so an attribute carries its class along.

use crate::attribute::{AttributeValue, attribute as data_attribute};
use crate::describe::{Describe, FieldSink, length};
use crate::error::DecodeError;
use crate::iana::ikev1::{
    AddressPreservation, AhTransform, AuthAlgorithm, AuthMethod, EcnTunnel, EncapsulationMode,
    EncryptionAlgorithm, EspTransform, ExtendedSequenceNumber, Group, GroupType, HashAlgorithm,
    IkeAttribute, IpcompTransform, IpsecAttribute, IsakmpTransform, LifeType, ProtocolId,
    SaDirection, SaLifeType, SignatureEncoding, gdoi,
};
use crate::input::Input;

/// Where an attribute stands, and so which registry its number belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Class {
    /// A phase 1 transform: [`IkeAttribute`].
    Ike,
    /// A phase 2 transform: [`IpsecAttribute`].
    Ipsec,
    /// A GDOI SA KEK payload: [`gdoi::KekAttribute`].
    Kek,
    /// A GDOI Group Associated Policy payload: [`gdoi::GapAttribute`].
    GroupAssociatedPolicy,
    /// A GDOI key packet of this type.
    KeyPacket(gdoi::KeyDownloadType),
}

impl Class {
    /// The class of a transform's attributes by the protocol of its proposal.
    #[must_use]
    pub const fn of(protocol_id: ProtocolId) -> Self {
        match protocol_id {
            ProtocolId::PROTO_ISAKMP => Self::Ike,
            _ => Self::Ipsec,
        }
    }
}

/// One attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attribute<'a> {
    /// Where it stands.
    pub class: Class,
    /// Attribute type without the format bit, in the registry of `class`.
    pub number: u16,
    /// Its value, in the format it was sent in.
    pub value: AttributeValue<'a>,
}

impl Attribute<'_> {
    /// The registry's name of the attribute.
    #[must_use]
    pub const fn name(&self) -> Option<&'static str> {
        use gdoi::KeyDownloadType;
        let number = self.number;
        match self.class {
            Class::Ike => IkeAttribute(number).name(),
            Class::Ipsec => IpsecAttribute(number).name(),
            Class::Kek => gdoi::KekAttribute(number).name(),
            Class::GroupAssociatedPolicy => gdoi::GapAttribute(number).name(),
            Class::KeyPacket(KeyDownloadType::TEK) => gdoi::TekKeyAttribute(number).name(),
            Class::KeyPacket(KeyDownloadType::KEK) => gdoi::KekKeyAttribute(number).name(),
            Class::KeyPacket(KeyDownloadType::LKH) => gdoi::LkhKeyAttribute(number).name(),
            Class::KeyPacket(KeyDownloadType::SID) => gdoi::SidKeyAttribute(number).name(),
            Class::KeyPacket(_) => None,
        }
    }

    /// The name of the value, for the attributes whose values have a registry.
    #[must_use]
    pub fn value_name(&self) -> Option<&'static str> {
        let value = u16::try_from(self.value.number()?).ok()?;
        match self.class {
            Class::Ike => ike_value_name(IkeAttribute(self.number), value),
            Class::Ipsec => ipsec_value_name(IpsecAttribute(self.number), value),
            Class::Kek => kek_value_name(gdoi::KekAttribute(self.number), value),
            Class::GroupAssociatedPolicy | Class::KeyPacket(_) => None,
        }
    }

    /// Whether the value is a key, which is not to be shown.
    const fn is_secret(&self) -> bool {
        matches!(self.class, Class::KeyPacket(kind) if kind.0 != gdoi::KeyDownloadType::SID.0)
    }
}

const fn ike_value_name(attribute: IkeAttribute, value: u16) -> Option<&'static str> {
    match attribute {
        IkeAttribute::ENCRYPTION_ALGORITHM => EncryptionAlgorithm(value).name(),
        IkeAttribute::HASH_ALGORITHM => HashAlgorithm(value).name(),
        IkeAttribute::AUTHENTICATION_METHOD => AuthMethod(value).name(),
        IkeAttribute::GROUP_DESCRIPTION => Group(value).name(),
        IkeAttribute::GROUP_TYPE => GroupType(value).name(),
        IkeAttribute::LIFE_TYPE => LifeType(value).name(),
        _ => None,
    }
}

const fn ipsec_value_name(attribute: IpsecAttribute, value: u16) -> Option<&'static str> {
    match attribute {
        IpsecAttribute::SA_LIFE_TYPE => SaLifeType(value).name(),
        IpsecAttribute::GROUP_DESCRIPTION => Group(value).name(),
        IpsecAttribute::ENCAPSULATION_MODE => EncapsulationMode(value).name(),
        IpsecAttribute::AUTHENTICATION_ALGORITHM => AuthAlgorithm(value).name(),
        IpsecAttribute::ECN_TUNNEL => EcnTunnel(value).name(),
        IpsecAttribute::EXTENDED_SEQUENCE_NUMBER => ExtendedSequenceNumber(value).name(),
        IpsecAttribute::SIGNATURE_ENCODING_ALGORITHM => SignatureEncoding(value).name(),
        IpsecAttribute::ADDRESS_PRESERVATION => AddressPreservation(value).name(),
        IpsecAttribute::SA_DIRECTION => SaDirection(value).name(),
        _ => None,
    }
}

const fn kek_value_name(attribute: gdoi::KekAttribute, value: u16) -> Option<&'static str> {
    match attribute {
        gdoi::KekAttribute::KEK_MANAGEMENT_ALGORITHM => gdoi::KekManagementAlgorithm(value).name(),
        gdoi::KekAttribute::KEK_ALGORITHM => gdoi::KekAlgorithm(value).name(),
        gdoi::KekAttribute::SIG_HASH_ALGORITHM => gdoi::SigHashAlgorithm(value).name(),
        gdoi::KekAttribute::SIG_ALGORITHM => gdoi::SigAlgorithm(value).name(),
        gdoi::KekAttribute::KE_OAKLEY_GROUP => Group(value).name(),
        _ => None,
    }
}

/// The name of a transform ID in the registry of its protocol.
pub(super) const fn transform_name(protocol_id: ProtocolId, id: u8) -> Option<&'static str> {
    match protocol_id {
        ProtocolId::PROTO_ISAKMP => IsakmpTransform(id).name(),
        ProtocolId::PROTO_IPSEC_AH => AhTransform(id).name(),
        ProtocolId::PROTO_IPSEC_ESP => EspTransform(id).name(),
        ProtocolId::PROTO_IPCOMP => IpcompTransform(id).name(),
        _ => None,
    }
}

structures! {
    /// Iterator over attributes.
    Attributes => Attribute<'a>, attribute, class: Class
}

impl<'a> Attributes<'a> {
    pub(super) const fn of(input: Input<'a>, class: Class) -> Self {
        Self { input, class }
    }
}

fn attribute(input: Input<'_>, class: Class) -> Result<(Input<'_>, Attribute<'_>), DecodeError> {
    let (rest, (number, value)) = data_attribute(input)?;
    let attribute = Attribute {
        class,
        number,
        value,
    };
    Ok((rest, attribute))
}

impl Describe for Attribute<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.named("type", self.number.into(), "name", self.name());
        match (self.value.number(), self.value) {
            (_, AttributeValue::Long(value)) if self.is_secret() => {
                length(sink, "value_length", value);
            }
            (Some(value), _) => sink.named("value", value, "value_name", self.value_name()),
            (None, _) => self.value.describe(sink),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn the_protocol_decides_what_an_attribute_means() {
        let octets = [0x80, 4, 0, 2];
        let read = |protocol_id| {
            attribute(Input::new(&octets), Class::of(protocol_id))
                .unwrap()
                .1
        };
        let group = read(ProtocolId::PROTO_ISAKMP);
        assert_eq!(group.name(), Some("Group Description"));
        assert_eq!(group.value_name(), Some("alternate 1024-bit MODP group"));
        let mode = read(ProtocolId::PROTO_IPSEC_ESP);
        assert_eq!(mode.name(), Some("Encapsulation Mode"));
        assert_eq!(mode.value_name(), Some("Transport"));
    }

    #[test]
    fn an_unknown_attribute_is_a_value() {
        let octets = [0xff, 0xff, 0, 2];
        let attributes: Vec<_> = Attributes::of(Input::new(&octets), Class::Ike).collect();
        let attribute = attributes[0].unwrap();
        assert_eq!(
            (attribute.number, attribute.name(), attribute.value_name()),
            (0x7fff, None, None)
        );
    }
}
