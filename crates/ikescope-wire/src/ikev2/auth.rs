//! Authentication payload (RFC 7296 §3.8), and the signature inside it (RFC 7427 §3).
//!
//! ```text
//! | Auth Method   |                RESERVED                       |
//! ~                      Authentication Data                      ~
//!
//! Digital Signature: | ASN.1 Length  | AlgorithmIdentifier ASN.1 object  ~ Signature Value ~
//! ```

use nom::Parser;

use crate::asn1::AlgorithmIdentifier;
use crate::describe::{Describe, FieldSink, registered, reserved};
use crate::error::{DecodeError, Structure};
use crate::iana::AuthMethod;
use crate::input::{Input, array, be_u8, done, take};
use crate::payload::RawPayload;

/// The proof of an identity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Authentication<'a> {
    /// Method.
    pub method: AuthMethod,
    /// The three reserved octets, zero in front.
    pub reserved: u32,
    /// Authentication data, with its place.
    pub data: Input<'a>,
}

/// The signature of the method Digital Signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DigitalSignature<'a> {
    /// What it was made with.
    pub algorithm: AlgorithmIdentifier<'a>,
    /// The signature.
    pub value: &'a [u8],
}

impl<'a> Authentication<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer than four octets.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Authentication;
        let (data, (method, [a, b, c])) = done((be_u8(s), array::<3>(s)).parse(raw.body))?;
        Ok(Self {
            method: AuthMethod(method),
            reserved: u32::from_be_bytes([0, a, b, c]),
            data,
        })
    }

    /// Algorithm and signature of the method Digital Signature; `None` for the other methods.
    ///
    /// # Errors
    /// [`DecodeError`] if the AlgorithmIdentifier is not one.
    pub fn signature(&self) -> Result<Option<DigitalSignature<'a>>, DecodeError> {
        if self.method != AuthMethod::DIGITAL_SIGNATURE {
            return Ok(None);
        }
        let s = Structure::Authentication;
        let (rest, length) = done(be_u8(s)(self.data))?;
        let (value, identifier) = done(take(length.into(), s)(rest))?;
        Ok(Some(DigitalSignature {
            algorithm: AlgorithmIdentifier::read(identifier)?,
            value: value.octets(),
        }))
    }
}

impl Describe for Authentication<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "auth_method", "auth_method_name", self.method);
        reserved(sink, self.reserved.into());
        match self.signature() {
            Ok(Some(signature)) => signature.describe(sink),
            Ok(None) => sink.octets("authentication_data", self.data.octets()),
            Err(error) => {
                sink.octets("authentication_data", self.data.octets());
                sink.error(&error);
            }
        }
    }
}

impl Describe for DigitalSignature<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        let algorithm = self.algorithm.algorithm;
        sink.text("algorithm_identifier", &algorithm);
        if let Some(name) = algorithm.signature_algorithm() {
            sink.text("algorithm_name", &name);
        }
        sink.octets("algorithm_parameters", self.algorithm.parameters);
        sink.octets("signature_value", self.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Payloads;

    fn decode(octets: &[u8]) -> Authentication<'_> {
        let raw = Payloads::new(39, Input::at(octets, 28), true)
            .next()
            .unwrap()
            .unwrap();
        Authentication::decode(raw).unwrap()
    }

    #[test]
    fn reads_the_algorithm_of_a_digital_signature() {
        // RFC 7427 §3; AlgorithmIdentifier of its appendix A.3.2, ecdsa-with-sha256.
        let octets = [
            0, 0, 0, 23, 14, 0, 0, 0, 12, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
            0x04, 0x03, 0x02, 0xaa, 0xbb,
        ];
        let signature = decode(&octets).signature().unwrap().unwrap();
        assert_eq!(signature.value, [0xaa, 0xbb]);
        assert_eq!(
            signature.algorithm.algorithm.signature_algorithm(),
            Some("ecdsa-with-SHA256")
        );
    }

    #[test]
    fn a_shared_key_has_no_algorithm_identifier() {
        let auth = decode(&[0, 0, 0, 10, 2, 0, 0, 0, 1, 2]);
        assert_eq!(auth.signature(), Ok(None));
        assert_eq!(auth.data.octets(), [1, 2]);
    }

    #[test]
    fn says_where_an_algorithm_identifier_is_none() {
        let error = decode(&[0, 0, 0, 12, 14, 0, 0, 0, 2, 0x31, 0, 7])
            .signature()
            .unwrap_err();
        assert_eq!((error.offset, error.structure), (37, Structure::Asn1));
    }
}
