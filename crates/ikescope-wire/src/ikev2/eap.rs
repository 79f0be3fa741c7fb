//! Extensible Authentication payload (RFC 7296 §3.16): one EAP packet (RFC 3748 §4).
//!
//! ```text
//! |     Code      |  Identifier   |            Length             |
//! |     Type      | Type-Data ...                                 |
//! Expanded:       |               Vendor-Id                       |
//! |                          Vendor-Type                          |
//! ```

use nom::Parser;

use crate::describe::{Describe, FieldSink, Untrusted, registered, row};
use crate::error::{DecodeError, Structure};
use crate::iana::{EapCode, EapMethod};
use crate::input::{Input, array, be_u8, be_u16, be_u32, done, substructure};
use crate::ms_chap_error::MsChapError;
use crate::payload::RawPayload;

/// An EAP packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Eap<'a> {
    /// Code.
    pub code: EapCode,
    /// Matches responses with requests.
    pub identifier: u8,
    /// Method, in requests and responses.
    pub method: Option<Method<'a>>,
}

/// A method and its data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Method<'a> {
    /// Type.
    pub method_type: EapMethod,
    /// Vendor-Id and Vendor-Type, where the type is the Expanded Type.
    pub vendor: Option<([u8; 3], u32)>,
    /// Type-Data, with its place.
    pub data: Input<'a>,
}

/// The packets inside EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2), as far as they tell more than
/// octets: who it is, and why it failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct MsChapV2<'a> {
    op_code: u8,
    content: Input<'a>,
}

/// A type that a Nak asks for.
struct Desired(u8);

impl<'a> Eap<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if the packet's length is not that of the body.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Eap;
        let (rest, packet) = substructure(raw.body, s, 4)?;
        rest.finish(s)?;
        let (content, (code, identifier, _length)) =
            done((be_u8(s), be_u8(s), be_u16(s)).parse(packet))?;
        Ok(Self {
            code: EapCode(code),
            identifier,
            method: if content.is_empty() {
                None
            } else {
                Some(Method::read(content)?)
            },
        })
    }
}

impl<'a> Method<'a> {
    fn read(input: Input<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Eap;
        let (data, number) = done(be_u8(s)(input))?;
        let method_type = EapMethod(number.into());
        if method_type != EapMethod::EXPANDED {
            return Ok(Self {
                method_type,
                vendor: None,
                data,
            });
        }
        let (data, vendor) = done((array::<3>(s), be_u32(s)).parse(data))?;
        Ok(Self {
            method_type,
            vendor: Some(vendor),
            data,
        })
    }

    /// The identity, where this is the answer to the question for it.
    #[must_use]
    pub fn identity(&self, code: EapCode) -> Option<&'a [u8]> {
        (code == EapCode::RESPONSE && self.method_type == EapMethod::IDENTITY)
            .then(|| self.data.octets())
    }

    /// The error of a failure request of MS-CHAP-V2: the number behind `E=`
    /// (draft-kamath-pppext-eap-mschapv2 §2.5).
    #[must_use]
    pub fn ms_chap_error(&self, code: EapCode) -> Option<MsChapError> {
        let is_request =
            code == EapCode::REQUEST && self.method_type == EapMethod::MS_EAP_AUTHENTICATION;
        let packet = MsChapV2::read(self.data).ok().filter(|_| is_request)?;
        let message = core::str::from_utf8(packet.content.octets()).ok()?;
        let field = message
            .split(' ')
            .find_map(|field| field.strip_prefix("E="));
        let number = field.filter(|_| packet.op_code == FAILURE)?.parse().ok()?;
        Some(MsChapError(number))
    }

    /// The methods that a peer wants instead (Legacy Nak, RFC 3748 §5.3.1); 0 means none at all.
    pub fn desired(&self, code: EapCode) -> impl Iterator<Item = EapMethod> + use<'a> {
        let is_nak = code == EapCode::RESPONSE && self.method_type == EapMethod::LEGACY_NAK;
        let octets = if is_nak { self.data.octets() } else { &[] };
        octets.iter().map(|&number| EapMethod(number.into()))
    }

    fn describe_data(&self, code: EapCode, sink: &mut dyn FieldSink) {
        let octets = self.data.octets();
        match self.method_type {
            EapMethod::IDENTITY => sink.text("identity", &Untrusted(octets)),
            EapMethod::NOTIFICATION => sink.text("message", &Untrusted(octets)),
            EapMethod::LEGACY_NAK => {
                let desired = octets.iter().map(|&number| Ok(Desired(number)));
                row(sink, "desired_types", desired);
            }
            EapMethod::MS_EAP_AUTHENTICATION => match MsChapV2::read(self.data) {
                Ok(packet) => packet.describe(sink),
                Err(_) => sink.secret("type_data", octets),
            },
            // An answer may hold a password, or be good enough to guess one.
            _ if code == EapCode::RESPONSE => sink.secret("type_data", octets),
            _ => sink.octets("type_data", octets),
        }
    }
}

impl<'a> MsChapV2<'a> {
    fn read(input: Input<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Eap;
        let (rest, op_code) = done(be_u8(s)(input))?;
        // The short answers to Success and Failure are an OpCode alone.
        if rest.is_empty() {
            let content = rest;
            return Ok(Self { op_code, content });
        }
        let (content, (_id, _length)) = done((be_u8(s), be_u16(s)).parse(rest))?;
        Ok(Self { op_code, content })
    }
}

impl Describe for Eap<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "code", "code_name", self.code);
        sink.number("identifier", self.identifier.into());
        let Some(method) = self.method else {
            return;
        };
        registered(sink, "eap_type", "eap_type_name", method.method_type);
        if let Some((vendor_id, vendor_type)) = method.vendor {
            sink.octets("vendor_id", &vendor_id);
            sink.number("vendor_type", vendor_type.into());
        }
        method.describe_data(self.code, sink);
    }
}

impl Describe for MsChapV2<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.number("op_code", self.op_code.into());
        match self.op_code {
            SUCCESS | FAILURE => sink.text("message", &Untrusted(self.content.octets())),
            // Value-Size and value stand in front of the name.
            CHALLENGE | RESPONSE => {
                if let Ok((rest, size)) = done(be_u8(Structure::Eap)(self.content)) {
                    sink.text("mschapv2_name", &Untrusted(rest.skip(size.into()).octets()));
                }
            }
            _ => sink.secret("type_data", self.content.octets()),
        }
    }
}

impl Describe for Desired {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "type", "name", EapMethod(self.0.into()));
    }
}

const CHALLENGE: u8 = 1;
const RESPONSE: u8 = 2;
const SUCCESS: u8 = 3;
const FAILURE: u8 = 4;

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::display::Line;
    use crate::error::DecodeErrorKind;
    use crate::payload::Payloads;

    fn decode(octets: &[u8]) -> Result<Eap<'_>, DecodeError> {
        Eap::decode(
            Payloads::new(48, Input::at(octets, 28), true)
                .next()
                .unwrap()?,
        )
    }

    #[test]
    fn reads_an_identity_response() {
        let eap = decode(b"\0\0\0\x0e\x02\x01\0\x0a\x01alice").unwrap();
        assert_eq!((eap.code, eap.identifier), (EapCode::RESPONSE, 1));
        assert_eq!(eap.method.unwrap().identity(eap.code), Some(&b"alice"[..]));
    }

    #[test]
    fn success_has_no_method() {
        let eap = decode(&[0, 0, 0, 8, 3, 7, 0, 4]).unwrap();
        assert_eq!((eap.code, eap.method), (EapCode::SUCCESS, None));
    }

    #[test]
    fn reads_an_expanded_type() {
        let eap = decode(&[0, 0, 0, 17, 1, 7, 0, 13, 254, 0, 0x37, 0x2a, 0, 0, 0, 1, 9]).unwrap();
        let method = eap.method.unwrap();
        assert_eq!(method.vendor, Some(([0, 0x37, 0x2a], 1)));
        assert_eq!(method.data.octets(), [9]);
    }

    #[test]
    fn tells_why_ms_chap_v2_failed() {
        // draft-kamath-pppext-eap-mschapv2 §2.5.
        let packet = b"\0\0\0\x17\x01\x02\0\x13\x1a\x04\x02\0\x0eE=691 R=0 ";
        let line = Line(&decode(packet).unwrap()).to_string();
        assert!(line.ends_with("message E=691 R=0 "), "{line}");
        let eap = decode(packet).unwrap();
        let error = eap.method.unwrap().ms_chap_error(eap.code).unwrap();
        assert_eq!(error, MsChapError::ERROR_AUTHENTICATION_FAILURE);
    }

    #[test]
    fn lists_what_a_nak_wants_instead() {
        // RFC 3748 §5.3.1: EAP-TLS and PEAP.
        let eap = decode(b"\0\0\0\x0b\x02\x01\0\x07\x03\x0d\x19").unwrap();
        let method = eap.method.unwrap();
        let wanted = [EapMethod::EAP_TLS, EapMethod::PEAP];
        assert!(method.desired(eap.code).eq(wanted));
        assert_eq!(method.ms_chap_error(eap.code), None);
    }

    #[test]
    fn withholds_the_password_of_a_generic_token_card() {
        // RFC 3748 §5.6.
        let line = Line(&decode(b"\0\0\0\x0f\x02\x01\0\x0b\x06secret").unwrap()).to_string();
        assert!(line.ends_with("type data (hidden, 6 octets)"), "{line}");
    }

    #[test]
    fn rejects_a_packet_longer_than_the_payload() {
        let error = decode(&[0, 0, 0, 8, 3, 7, 0, 5]).unwrap_err();
        assert_eq!(
            error.kind,
            DecodeErrorKind::LengthTooLarge {
                announced: 5,
                available: 4
            }
        );
    }
}
