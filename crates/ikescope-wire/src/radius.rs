//! The header of RADIUS (RFC 2865 §3): enough to tell question from answer. IKE hands the proof of a
//! user (EAP, XAUTH) to a RADIUS server, and what that says decides a negotiation.

use nom::Parser;

use crate::error::{DecodeError, Structure};
use crate::input::{Input, array, be_u8, be_u16, done};

/// UDP port of RADIUS authentication (RFC 2865 §3).
pub const RADIUS_PORT: u16 = 1812;
/// The port of its early deployments (RFC 2865 §3).
pub const OLD_RADIUS_PORT: u16 = 1645;

wire_enum! {
    /// What a RADIUS packet is (RFC 2865 §3).
    pub struct RadiusCode(u8) {
        ACCESS_REQUEST = 1 => "Access-Request",
        ACCESS_ACCEPT = 2 => "Access-Accept",
        ACCESS_REJECT = 3 => "Access-Reject",
        ACCESS_CHALLENGE = 11 => "Access-Challenge",
    }
}

/// The fixed part of a RADIUS packet.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct RadiusHeader {
    /// What it is.
    pub code: RadiusCode,
    /// Tells which request an answer belongs to.
    pub identifier: u8,
    /// Length of the packet in octets, header and attributes.
    pub length: u16,
    /// Random in a request, a hash over both in an answer.
    pub authenticator: [u8; 16],
}

impl RadiusHeader {
    /// Reads the first twenty octets.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let s = Structure::RadiusHeader;
        let fields = (be_u8(s), be_u8(s), be_u16(s), array(s));
        let mut header = fields.map(|(code, identifier, length, authenticator)| Self {
            code: RadiusCode(code),
            identifier,
            length,
            authenticator,
        });
        Ok(done(header.parse(Input::new(octets)))?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first packet of RFC 2865 §7.1, a user who logs in, and the Access-Accept for it.
    #[test]
    fn reads_the_example_of_the_standard() {
        let request = b"\x01\x00\x00\x38\x0f\x40\x3f\x94\x73\x97\x80\x57\xbd\x83\xd5\xcb\x98\xf4\x22\x7a\x01\x06nemo";
        let header = RadiusHeader::decode(request).unwrap();
        assert_eq!(header.code, RadiusCode::ACCESS_REQUEST);
        assert_eq!((header.identifier, header.length), (0, 56));
        assert_eq!(header.authenticator[..2], [0x0f, 0x40]);
        let accept =
            b"\x02\x00\x00\x26\x86\xfe\x22\x0e\x76\x24\xba\x2a\x10\x05\xf6\xbf\x9b\x55\xe0\xb2";
        assert_eq!(
            RadiusHeader::decode(accept).unwrap().code.name(),
            Some("Access-Accept")
        );
        assert!(RadiusHeader::decode(&accept[..19]).is_err());
    }
}
