//! Certificate and Certificate Request payloads (RFC 7296 §3.6, §3.7).
//!
//! ```text
//! | Cert Encoding |                                               |
//! ~                       Certificate Data                        ~
//! | Cert Encoding |                                               |
//! ~                    Certification Authority                    ~
//! ```

use crate::describe::{Describe, FieldSink, Untrusted, list, registered};
use crate::error::{DecodeError, DecodeErrorKind, Structure};
use crate::iana::CertEncoding;
use crate::input::{Input, be_u8, done};
use crate::payload::RawPayload;

/// A certificate, or where to find it.
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
    /// Encoding wanted.
    pub encoding: CertEncoding,
    /// Certification Authority, with its place: for X.509 the SHA-1 hashes of the public keys of
    /// trust anchors, one after the other.
    pub authority: Input<'a>,
}

/// SHA-1 hash of an authority's SubjectPublicKeyInfo.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuthorityHash<'a>(pub &'a [u8]);

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

    /// Hash and URL, where the certificate is to be fetched (RFC 7296 §3.6).
    #[must_use]
    pub fn hash_and_url(&self) -> Option<(&'a [u8; HASH_LENGTH], &'a [u8])> {
        match self.encoding {
            CertEncoding::HASH_AND_URL_X509_CERTIFICATE
            | CertEncoding::HASH_AND_URL_X509_BUNDLE => self.data.split_first_chunk(),
            _ => None,
        }
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
            authority,
        })
    }

    /// The hashes of the authorities, for the encodings that list them; `None` for others.
    ///
    /// # Errors
    /// [`DecodeError`] if octets are left behind the last whole hash.
    pub fn hashes(
        &self,
    ) -> Result<Option<impl Iterator<Item = AuthorityHash<'a>> + use<'a>>, DecodeError> {
        match self.encoding {
            CertEncoding::X509_SIGNATURE
            | CertEncoding::HASH_AND_URL_X509_CERTIFICATE
            | CertEncoding::HASH_AND_URL_X509_BUNDLE => {}
            _ => return Ok(None),
        }
        let hashes = self.authority.octets().chunks_exact(HASH_LENGTH);
        match hashes.remainder().len() {
            0 => Ok(Some(hashes.map(AuthorityHash))),
            count => Err(self.authority.error(
                Structure::CertificateRequest,
                DecodeErrorKind::TrailingOctets { count },
            )),
        }
    }
}

impl Describe for Certificate<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "cert_encoding", "cert_encoding_name", self.encoding);
        match self.hash_and_url() {
            Some((hash, url)) => {
                sink.octets("hash", hash);
                sink.text("url", &Untrusted(url));
            }
            None => sink.octets("certificate_data", self.data),
        }
    }
}

impl Describe for CertificateRequest<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "cert_encoding", "cert_encoding_name", self.encoding);
        match self.hashes() {
            Ok(Some(hashes)) => list(sink, "certification_authorities", hashes.map(Ok)),
            Ok(None) => sink.octets("certification_authority", self.authority.octets()),
            Err(error) => {
                sink.octets("certification_authority", self.authority.octets());
                sink.error(&error);
            }
        }
    }
}

impl Describe for AuthorityHash<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.octets("hash", self.0);
    }
}

/// Octets of a SHA-1 hash.
const HASH_LENGTH: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Payloads;

    fn raw(octets: &[u8]) -> RawPayload<'_> {
        Payloads::new(38, Input::at(octets, 28), true)
            .next()
            .unwrap()
            .unwrap()
    }

    #[test]
    fn lists_the_hashes_of_two_authorities() {
        let mut octets = [7; 45];
        octets[..5].copy_from_slice(&[0, 0, 0, 45, 4]);
        octets[25..].fill(9);
        let request = CertificateRequest::decode(raw(&octets)).unwrap();
        let hashes = request.hashes().unwrap().unwrap();
        assert!(hashes.eq([AuthorityHash(&[7; 20]), AuthorityHash(&[9; 20])]));
    }

    #[test]
    fn says_that_the_last_hash_is_short() {
        let mut octets = [7; 44];
        octets[..5].copy_from_slice(&[0, 0, 0, 44, 4]);
        let request = CertificateRequest::decode(raw(&octets)).unwrap();
        let error = request.hashes().err().unwrap();
        assert_eq!(error.kind, DecodeErrorKind::TrailingOctets { count: 19 });
    }

    #[test]
    fn finds_the_url_behind_the_hash() {
        let mut octets = *b"\0\0\0\x1d\x0c....................http";
        octets[5..25].fill(3);
        let certificate = Certificate::decode(raw(&octets)).unwrap();
        assert_eq!(certificate.hash_and_url(), Some((&[3; 20], &b"http"[..])));
    }
}
