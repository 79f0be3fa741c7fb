//! Identification payloads (RFC 7296 §3.5) and G-IKEv2's group identification (RFC 9838), which
//! has the same form.
//!
//! ```text
//! |   ID Type     |                 RESERVED                      |
//! ~                   Identification Data                         ~
//! ```

use nom::Parser;

use crate::asn1::{DistinguishedName, GeneralName};
use crate::describe::{Describe, FieldSink, Untrusted, registered, reserved};
use crate::error::{DecodeError, Structure};
use crate::iana::IdType;
use crate::identity::{Identity, describe_identity};
use crate::input::{Input, array, be_u8, done};
use crate::payload::RawPayload;

/// Who the initiator (IDi), the responder (IDr) or the group (IDg) is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Identification<'a> {
    /// Type.
    pub id_type: IdType,
    /// The three reserved octets, zero in front.
    pub reserved: u32,
    /// Identification data, with its place.
    pub data: Input<'a>,
}

impl<'a> Identification<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer than four octets.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Identification;
        let (data, (id_type, [a, b, c])) = done((be_u8(s), array::<3>(s)).parse(raw.body))?;
        Ok(Self {
            id_type: IdType(id_type),
            reserved: u32::from_be_bytes([0, a, b, c]),
            data,
        })
    }

    /// The identification data as its type wants it read.
    ///
    /// # Errors
    /// [`DecodeError`] if its length is not that of the type.
    pub fn identity(&self) -> Result<Identity<'a>, DecodeError> {
        let octets = self.data.octets();
        match self.id_type {
            IdType::ID_IPV4_ADDR => Identity::ipv4(self.data),
            IdType::ID_IPV6_ADDR => Identity::ipv6(self.data),
            IdType::ID_FQDN | IdType::ID_RFC822_ADDR => Ok(Identity::Text(Untrusted(octets))),
            IdType::ID_DER_ASN1_DN => Ok(Identity::DistinguishedName(DistinguishedName(octets))),
            IdType::ID_DER_ASN1_GN => Ok(Identity::GeneralName(GeneralName(octets))),
            _ => Ok(Identity::Opaque(octets)),
        }
    }
}

impl Describe for Identification<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "id_type", "id_type_name", self.id_type);
        reserved(sink, self.reserved.into());
        let names = ["identification_data", "identification_text"];
        describe_identity(sink, names, self.identity(), self.data);
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use super::*;
    use crate::payload::Payloads;

    fn identity(id_type: u8, data: &[u8]) -> std::string::String {
        let mut octets: Vec<u8> = [0, 0, 0, 8 + data.len() as u8, id_type, 0, 0, 0].to_vec();
        octets.extend_from_slice(data);
        let raw = Payloads::new(35, Input::at(&octets, 28), true)
            .next()
            .unwrap()
            .unwrap();
        match Identification::decode(raw).unwrap().identity() {
            Ok(identity) => identity.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn reads_every_id_type() {
        assert_eq!(identity(1, &[192, 0, 2, 1]), "192.0.2.1");
        assert_eq!(identity(2, b"vpn.example.com"), "vpn.example.com");
        assert_eq!(identity(3, b"a@example.com"), "a@example.com");
        let mut v6 = [0; 16];
        (v6[0], v6[1], v6[2], v6[3], v6[15]) = (0x20, 0x01, 0x0d, 0xb8, 1);
        assert_eq!(identity(5, &v6), "2001:db8::1");
        let dn = b"\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x13\x04moon";
        assert_eq!(identity(9, dn), "CN=moon");
        assert_eq!(identity(10, b"\x82\x04moon"), "DNS:moon");
        assert_eq!(identity(11, &[0xca, 0xfe]), "cafe");
        assert_eq!(identity(13, &[]), "");
    }

    #[test]
    fn says_that_an_ipv6_address_is_short() {
        let said = identity(5, &[0x20, 0x01]);
        assert_eq!(said, "Identification at octet 36: needs 16 octets, 2 left");
    }
}
