//! Certificate and Certificate Request payloads (RFC 2408 §3.9, §3.10).
//!
//! ```text
//! | Cert Encoding |                                               |
//! ~                       Certificate Data                        ~
//! |  Cert. Type   |                                               |
//! ~                    Certificate Authority                      ~
//! ```

use crate::asn1::DistinguishedName;
use crate::describe::{Describe, FieldSink, registered};
use crate::error::{DecodeError, Structure};
use crate::iana::ikev1::CertEncoding;
use crate::input::{be_u8, done};
use crate::payload::RawPayload;

/// A certificate or a part of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Certificate<'a> {
    /// Encoding.
    pub encoding: CertEncoding,
    /// Certificate data, not looked into.
    pub data: &'a [u8],
}

/// A wish for a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CertificateRequest<'a> {
    /// Type of certificate wanted.
    pub encoding: CertEncoding,
    /// An authority that the sender accepts: for X.509 its distinguished name; empty means any.
    pub authority: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if it is empty.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let (data, encoding) = done(be_u8(Structure::Certificate)(raw.body))?;
        Ok(Self {
            encoding: CertEncoding(encoding),
            data: data.octets(),
        })
    }
}

impl<'a> CertificateRequest<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if it is empty.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let (authority, encoding) = done(be_u8(Structure::CertificateRequest)(raw.body))?;
        Ok(Self {
            encoding: CertEncoding(encoding),
            authority: authority.octets(),
        })
    }
}

impl Describe for Certificate<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "cert_encoding", "cert_encoding_name", self.encoding);
        sink.octets("certificate_data", self.data);
    }
}

impl Describe for CertificateRequest<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "cert_type", "cert_type_name", self.encoding);
        if self.authority.is_empty() {
            return;
        }
        match self.encoding {
            CertEncoding::X509_SIGNATURE | CertEncoding::X509_KEY_EXCHANGE => {
                sink.text("certificate_authority", &DistinguishedName(self.authority));
            }
            _ => sink.octets("certificate_authority", self.authority),
        }
    }
}
