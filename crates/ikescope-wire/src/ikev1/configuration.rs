//! Attributes payload of mode-config (draft-dukes-ike-mode-cfg §3.2), which also carries XAUTH
//! (draft-beaulieu-ike-xauth).
//!
//! ```text
//! |     Type      |    RESERVED   |           Identifier          |
//! ~                           Attributes                          ~
//! ```

use nom::Parser;

use crate::attribute::{AttributeValue, attribute as data_attribute};
use crate::configuration::ConfigurationValue;
use crate::describe::{Describe, FieldSink, list, registered, reserved};
use crate::error::{DecodeError, Structure};
use crate::iana::ikev1::{ConfigurationAttributeType, ConfigurationType};
use crate::input::{Input, be_u8, be_u16, done};
use crate::payload::RawPayload;

/// Settings that one peer wants or gives, or questions to a user and the answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Configuration<'a> {
    /// Question or answer.
    pub cfg_type: ConfigurationType,
    /// The reserved octet.
    pub reserved: u8,
    /// The same in question and answer.
    pub identifier: u16,
    input: Input<'a>,
}

/// One setting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ConfigurationAttribute<'a> {
    /// Type, without the format bit.
    pub attribute_type: ConfigurationAttributeType,
    /// Value, in the format it was sent in.
    pub value: AttributeValue<'a>,
}

impl<'a> Configuration<'a> {
    /// Reads type and identifier; the attributes are read while iterating.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer than four octets.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Configuration;
        let (input, (cfg_type, reserved, identifier)) =
            done((be_u8(s), be_u8(s), be_u16(s)).parse(raw.body))?;
        Ok(Self {
            cfg_type: ConfigurationType(cfg_type),
            reserved,
            identifier,
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
        ConfigurationValue::of(self.attribute_type.0, self.value)
    }
}

structures! {
    /// Iterator over attributes.
    ConfigurationAttributes => ConfigurationAttribute<'a>, attribute
}

fn attribute(input: Input<'_>) -> Result<(Input<'_>, ConfigurationAttribute<'_>), DecodeError> {
    let (rest, (attribute_type, value)) = data_attribute(input)?;
    let attribute = ConfigurationAttribute {
        attribute_type: ConfigurationAttributeType(attribute_type),
        value,
    };
    Ok((rest, attribute))
}

impl Describe for Configuration<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "cfg_type", "cfg_type_name", self.cfg_type);
        reserved(sink, self.reserved.into());
        sink.number("identifier", self.identifier.into());
        list(sink, "attributes", self.attributes());
    }
}

impl Describe for ConfigurationAttribute<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "type", "name", self.attribute_type);
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
        let raw = Payloads::new(14, Input::at(octets, 28), false)
            .next()
            .unwrap()
            .unwrap();
        Configuration::decode(raw)
            .unwrap()
            .attributes()
            .map(|attribute| Line(&attribute.unwrap()).to_string())
            .collect()
    }

    #[test]
    fn shows_the_user_of_xauth_but_not_the_password() {
        // The attributes of draft-beaulieu-ike-xauth-02.
        let octets = [
            0, 0, 0, 26, 2, 0, 0, 7, // ISAKMP_CFG_REPLY
            0xc0, 0x88, 0, 0, // XAUTH_TYPE, TV
            0x40, 0x89, 0, 2, b'a', b'l', // XAUTH_USER_NAME
            0x40, 0x8a, 0, 4, b's', b'3', b'c', b'r', // XAUTH_USER_PASSWORD
        ];
        assert_eq!(
            lines(&octets),
            [
                "XAUTH_TYPE 0 Generic (user name and password)",
                "XAUTH_USER_NAME al",
                "XAUTH_USER_PASSWORD (hidden, 4 octets)",
            ]
        );
    }

    #[test]
    fn reads_ciscos_split_tunnel() {
        let octets = [
            0, 0, 0, 26, 2, 0, 0, 7, 0x70, 0x04, 0, 14, // UNITY_SPLIT_INCLUDE
            10, 1, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        assert_eq!(
            lines(&octets),
            ["UNITY_SPLIT_INCLUDE networks \
              [network 10.1.0.0/255.255.0.0, protocol 0, source port 0, destination port 0]"]
        );
    }
}
