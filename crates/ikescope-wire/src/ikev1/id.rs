//! Identification payload (RFC 2407 §4.6.2): who a peer is in phase 1, which traffic in phase 2.
//!
//! ```text
//! |   ID Type     |  Protocol ID  |             Port              |
//! ~                     Identification Data                       ~
//! ```

use nom::Parser;

use crate::asn1::{DistinguishedName, GeneralName};
use crate::describe::{Describe, FieldSink, Untrusted, registered};
use crate::error::{DecodeError, Structure};
use crate::iana::ikev1::IdType;
use crate::identity::{Identity, describe_identity, ipv4_pair, ipv6_pair};
use crate::input::{Input, be_u8, be_u16, done};
use crate::payload::RawPayload;

/// An identity, or one side of the traffic of an IPsec SA.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Identification<'a> {
    /// Type.
    pub id_type: IdType,
    /// IP protocol; 0 means any (in phase 1: none, or UDP).
    pub protocol_id: u8,
    /// Port; 0 means any (in phase 1: none, or 500).
    pub port: u16,
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
        let (data, (id_type, protocol_id, port)) =
            done((be_u8(s), be_u8(s), be_u16(s)).parse(raw.body))?;
        Ok(Self {
            id_type: IdType(id_type),
            protocol_id,
            port,
            data,
        })
    }

    /// The identification data as its type wants it read.
    ///
    /// # Errors
    /// [`DecodeError`] if its length is not that of the type.
    pub fn identity(&self) -> Result<Identity<'a>, DecodeError> {
        identity(self.id_type, self.data)
    }
}

/// Reads identification data; also that of GDOI's policies, which have no payload of their own.
pub(super) fn identity(id_type: IdType, data: Input<'_>) -> Result<Identity<'_>, DecodeError> {
    match id_type {
        IdType::ID_IPV4_ADDR => Identity::ipv4(data),
        IdType::ID_IPV6_ADDR => Identity::ipv6(data),
        IdType::ID_IPV4_ADDR_SUBNET => {
            ipv4_pair(data).map(|(address, mask)| Identity::Subnet { address, mask })
        }
        IdType::ID_IPV6_ADDR_SUBNET => {
            ipv6_pair(data).map(|(address, mask)| Identity::Subnet { address, mask })
        }
        IdType::ID_IPV4_ADDR_RANGE => {
            ipv4_pair(data).map(|(first, last)| Identity::Range { first, last })
        }
        IdType::ID_IPV6_ADDR_RANGE => {
            ipv6_pair(data).map(|(first, last)| Identity::Range { first, last })
        }
        IdType::ID_FQDN | IdType::ID_USER_FQDN => Ok(Identity::Text(Untrusted(data.octets()))),
        IdType::ID_DER_ASN1_DN => Ok(Identity::DistinguishedName(DistinguishedName(
            data.octets(),
        ))),
        IdType::ID_DER_ASN1_GN => Ok(Identity::GeneralName(GeneralName(data.octets()))),
        _ => Ok(Identity::Opaque(data.octets())),
    }
}

impl Describe for Identification<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "id_type", "id_type_name", self.id_type);
        sink.number("protocol_id", self.protocol_id.into());
        sink.number("port", self.port.into());
        let names = ["identification_data", "identification_text"];
        describe_identity(sink, names, self.identity(), self.data);
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::error::DecodeErrorKind;
    use crate::payload::Payloads;

    fn decode(octets: &[u8]) -> Identification<'_> {
        let raw = Payloads::new(5, Input::at(octets, 28), false)
            .next()
            .unwrap()
            .unwrap();
        Identification::decode(raw).unwrap()
    }

    #[test]
    fn reads_a_phase_2_subnet() {
        // RFC 2407 §4.6.2.5: address, then mask.
        let id = decode(&[0, 0, 0, 16, 4, 0, 0, 0, 10, 1, 2, 0, 255, 255, 255, 0]);
        assert_eq!(id.identity().unwrap().to_string(), "10.1.2.0/24");
    }

    #[test]
    fn reads_a_phase_1_address_with_protocol_and_port() {
        let id = decode(&[0, 0, 0, 12, 1, 17, 0x01, 0xf4, 192, 0, 2, 1]);
        assert_eq!((id.protocol_id, id.port), (17, 500));
        assert_eq!(id.identity().unwrap().to_string(), "192.0.2.1");
    }

    #[test]
    fn an_address_of_five_octets_keeps_its_type_and_port() {
        let id = decode(&[0, 0, 0, 13, 1, 17, 0x01, 0xf4, 192, 0, 2, 1, 9]);
        let error = id.identity().unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::TrailingOctets { count: 1 });
        assert_eq!((error.offset, id.id_type), (40, IdType::ID_IPV4_ADDR));
    }
}
