//! NAT traversal: NAT-D and NAT-OA (RFC 3947 §3.2, §5.2).
//!
//! ```text
//! NAT-D   ~                 HASH of the address and port                  ~
//! NAT-OA  |   ID Type     |   RESERVED    |            RESERVED           |
//!         |           IPv4 (4 octets) or IPv6 address (16 octets)         |
//! ```

use nom::Parser;

use crate::describe::{Describe, FieldSink, registered, reserved};
use crate::error::{DecodeError, DecodeErrorKind, Structure};
use crate::iana::ikev1::IdType;
use crate::identity::Identity;
use crate::input::{array, be_u8, done};
use crate::payload::RawPayload;

opaque! {
    /// NAT Discovery: HASH(CKY-I | CKY-R | IP | Port) with the negotiated hash algorithm.
    NatDiscovery => "hash",
}

/// NAT Original Address: what the sender takes for an address, in quick mode of transport mode.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NatOriginalAddress<'a> {
    /// ID_IPV4_ADDR or ID_IPV6_ADDR.
    pub id_type: IdType,
    /// The three reserved octets, zero in front.
    pub reserved: u32,
    /// The address.
    pub address: Identity<'a>,
}

impl<'a> NatOriginalAddress<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if the type is not one of an address, or the length not that of the type.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::NatOriginalAddress;
        let (data, (id_type, [a, b, c])) = done((be_u8(s), array::<3>(s)).parse(raw.body))?;
        let id_type = IdType(id_type);
        let address = match id_type {
            IdType::ID_IPV4_ADDR => Identity::ipv4(data)?,
            IdType::ID_IPV6_ADDR => Identity::ipv6(data)?,
            _ => {
                let value = id_type.0.into();
                return Err(raw
                    .body
                    .error(s, DecodeErrorKind::UnexpectedValue { value }));
            }
        };
        Ok(Self {
            id_type,
            reserved: u32::from_be_bytes([0, a, b, c]),
            address,
        })
    }
}

impl Describe for NatOriginalAddress<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "id_type", "id_type_name", self.id_type);
        reserved(sink, self.reserved.into());
        sink.text("address", &self.address);
    }
}
