//! Configuration payload (RFC 7296 §3.15).
//!
//! ```text
//! |   CFG Type    |                    RESERVED                   |
//! |R|         Attribute Type      |            Length             |
//! ~                             Value                             ~
//! ```

use nom::Parser;

use crate::attribute::AttributeValue;
use crate::configuration::ConfigurationValue;
use crate::describe::{Describe, FieldSink, list, registered, reserved};
use crate::error::{DecodeError, Structure};
use crate::iana::{ConfigurationAttributeType, ConfigurationType};
use crate::input::{Input, array, be_u8, be_u16, done, take};
use crate::payload::RawPayload;

/// Settings that one peer wants or gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Configuration<'a> {
    /// Question or answer.
    pub cfg_type: ConfigurationType,
    /// The three reserved octets, zero in front.
    pub reserved: u32,
    input: Input<'a>,
}

/// One setting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ConfigurationAttribute<'a> {
    /// Type, without the reserved bit.
    pub attribute_type: ConfigurationAttributeType,
    /// The reserved bit.
    pub reserved: bool,
    /// Value; empty in a request for any value.
    pub value: &'a [u8],
}

impl<'a> Configuration<'a> {
    /// Reads the type; the attributes are read while iterating.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer than four octets.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Configuration;
        let (input, (cfg_type, [a, b, c])) = done((be_u8(s), array::<3>(s)).parse(raw.body))?;
        Ok(Self {
            cfg_type: ConfigurationType(cfg_type),
            reserved: u32::from_be_bytes([0, a, b, c]),
            input,
        })
    }

    /// The attributes. Ends after the first error.
    #[must_use]
    pub const fn attributes(&self) -> ConfigurationAttributes<'a> {
        ConfigurationAttributes { input: self.input }
    }
}

impl<'a> ConfigurationAttribute<'a> {
    /// The value as its type wants it read.
    #[must_use]
    pub fn content(&self) -> ConfigurationValue<'a> {
        ConfigurationValue::of(self.attribute_type.0, AttributeValue::Long(self.value))
    }
}

structures! {
    /// Iterator over configuration attributes.
    ConfigurationAttributes => ConfigurationAttribute<'a>, attribute
}

fn attribute(input: Input<'_>) -> Result<(Input<'_>, ConfigurationAttribute<'_>), DecodeError> {
    let s = Structure::Attribute;
    let (rest, (attribute_type, length)) = done((be_u16(s), be_u16(s)).parse(input))?;
    let (rest, value) = done(take(length.into(), s)(rest))?;
    let attribute = ConfigurationAttribute {
        attribute_type: ConfigurationAttributeType(attribute_type & 0x7fff),
        reserved: attribute_type & 0x8000 != 0,
        value: value.octets(),
    };
    Ok((rest, attribute))
}

impl Describe for Configuration<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "cfg_type", "cfg_type_name", self.cfg_type);
        reserved(sink, self.reserved.into());
        list(sink, "attributes", self.attributes());
    }
}

impl Describe for ConfigurationAttribute<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "type", "name", self.attribute_type);
        reserved(sink, self.reserved.into());
        self.content().describe(sink);
    }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;
    use crate::display::Line;
    use crate::payload::Payloads;

    fn lines(octets: &[u8]) -> Vec<String> {
        let raw = Payloads::new(47, Input::at(octets, 28), true)
            .next()
            .unwrap()
            .unwrap();
        Configuration::decode(raw)
            .unwrap()
            .attributes()
            .map(|attribute| match attribute {
                Ok(attribute) => Line(&attribute).to_string(),
                Err(error) => error.to_string(),
            })
            .collect()
    }

    #[test]
    fn reads_values_by_type() {
        let octets = [
            0, 0, 0, 50, 2, 0, 0, 0, // CFG_REPLY
            0, 1, 0, 4, 10, 3, 0, 1, // INTERNAL_IP4_ADDRESS
            0, 13, 0, 8, 10, 1, 0, 0, 255, 255, 0, 0, // INTERNAL_IP4_SUBNET
            0, 7, 0, 2, b'v', b'9', // APPLICATION_VERSION
            0, 3, 0, 0, // INTERNAL_IP4_DNS, asked for
            0, 14, 0, 4, 0, 1, 0, 3, // SUPPORTED_ATTRIBUTES
            0, 99, 0, 0,
        ];
        assert_eq!(
            lines(&octets),
            [
                "INTERNAL_IP4_ADDRESS 10.3.0.1",
                "INTERNAL_IP4_SUBNET 10.1.0.0/255.255.0.0",
                "APPLICATION_VERSION v9",
                "INTERNAL_IP4_DNS",
                "SUPPORTED_ATTRIBUTES supported attributes \
                 [INTERNAL_IP4_ADDRESS; INTERNAL_IP4_DNS]",
                "99",
            ]
        );
    }

    #[test]
    fn reads_an_ipv6_address_with_its_prefix() {
        let mut octets = [0; 29];
        octets[3] = 29;
        octets[4] = 2;
        octets[8..16].copy_from_slice(&[0, 8, 0, 17, 0x20, 0x01, 0x0d, 0xb8]);
        octets[28] = 64;
        assert_eq!(lines(&octets), ["INTERNAL_IP6_ADDRESS 2001:db8::/64"]);
    }

    #[test]
    fn an_address_of_another_length_stays_octets() {
        let octets = [0, 0, 0, 14, 2, 0, 0, 0, 0, 1, 0, 2, 10, 3];
        assert_eq!(lines(&octets), ["INTERNAL_IP4_ADDRESS 0a03"]);
    }

    #[test]
    fn rejects_an_attribute_longer_than_the_payload() {
        let octets = [0, 0, 0, 13, 1, 0, 0, 0, 0, 1, 0, 4, 10];
        assert_eq!(
            lines(&octets),
            ["attribute at octet 40: needs 4 octets, 1 left"]
        );
    }
}
