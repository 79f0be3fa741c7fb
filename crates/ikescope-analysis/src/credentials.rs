//! Who the ends say they are and how they prove it: identities, AUTH, certificates and the
//! authorities that are asked for. In IKEv2 most of it is encrypted; IKEv1's aggressive mode tells
//! its identities in clear.

use core::fmt::{self, Display, Write};

use ikescope_wire::asn1::DistinguishedName;
use ikescope_wire::iana::ikev1 as v1;
use ikescope_wire::iana::{AuthMethod, CertEncoding, ExchangeType, PayloadType};
use ikescope_wire::{DecodeError, ikev1, ikev2};

use crate::certificate::{Certificate, ReadCertificate};
use crate::negotiation::{Flight, Negotiation, Role};
use crate::proposal::Kind;

/// Characters kept of a name; those of an attacker may fill a datagram.
const NAME_KEPT: usize = 256;
/// Identities, certificates and authorities kept of one message.
const KEPT: usize = 16;

/// What one message says of its sender.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Credentials {
    /// Identification payloads.
    pub identities: Vec<Identity>,
    /// The AUTH payload (IKEv2).
    pub proof: Option<AuthProof>,
    /// Certificates, as far as whoever has the keys can read them; the first is the sender's own
    /// (RFC 7296 §3.6).
    pub certificates: Vec<Certificate>,
    /// Authorities that the sender accepts: SHA-1 hashes of public keys (RFC 7296 §3.7), in IKEv1
    /// names in the form of [`Certificate::issuer`].
    pub authorities: Vec<Authority>,
}

/// One identification payload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// Whose it is; `None` in IKEv1, where it is its sender's.
    pub of: Option<Role>,
    /// Type without the `ID_` that all begin with: `FQDN`, `DER_ASN1_DN`.
    pub kind: Box<str>,
    /// What it says, cut at 256 characters. Control characters are escaped.
    pub value: Box<str>,
    /// Octets of the payload, from and to (exclusive), from the start of the IKE header.
    pub octets: (u32, u32),
}

/// How a sender proves who it is (RFC 7296 §3.8).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthProof {
    /// The method.
    pub method: AuthMethod,
    /// Name of the algorithm of a digital signature (RFC 7427), if it has one.
    pub algorithm: Option<&'static str>,
    /// Octets of the payload, from and to (exclusive), from the start of the IKE header.
    pub octets: (u32, u32),
}

/// An authority that is asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Authority {
    /// SHA-1 of its SubjectPublicKeyInfo.
    KeyHash([u8; 20]),
    /// Its distinguished name.
    Name(Box<str>),
}

impl Credentials {
    /// Takes what a payload of IKEv2 says.
    pub(crate) fn read_v2(
        &mut self,
        payload_type: PayloadType,
        payload: &ikev2::Payload<'_>,
        octets: (u32, u32),
        read: ReadCertificate,
    ) -> Result<(), DecodeError> {
        match payload {
            ikev2::Payload::Identification(id) => {
                let of = match payload_type {
                    PayloadType::IDI => Role::Initiator,
                    PayloadType::IDR => Role::Responder,
                    _ => return Ok(()),
                };
                let value = name(id.identity()?);
                self.identify(Some(of), bare(id.id_type), value, octets);
                Ok(())
            }
            ikev2::Payload::Authentication(auth) => {
                let signature = auth.signature()?;
                self.proof = Some(AuthProof {
                    method: auth.method,
                    algorithm: signature
                        .and_then(|signature| signature.algorithm.algorithm.signature_algorithm()),
                    octets,
                });
                Ok(())
            }
            ikev2::Payload::Certificate(certificate) => {
                if certificate.encoding == CertEncoding::X509_SIGNATURE {
                    self.present(read(certificate.data), octets);
                }
                Ok(())
            }
            ikev2::Payload::CertificateRequest(request) => {
                let hashes = request.hashes()?.into_iter().flatten();
                let hashes = hashes.filter_map(|hash| <[u8; 20]>::try_from(hash.0).ok());
                let room = KEPT.saturating_sub(self.authorities.len());
                self.authorities
                    .extend(hashes.take(room).map(Authority::KeyHash));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes what a payload of IKEv1 says, outside quick mode.
    pub(crate) fn read_v1(
        &mut self,
        payload: &ikev1::Payload<'_>,
        octets: (u32, u32),
        read: ReadCertificate,
    ) -> Result<(), DecodeError> {
        match payload {
            ikev1::Payload::Identification(id) => {
                let value = name(id.identity()?);
                self.identify(None, bare(id.id_type), value, octets);
            }
            ikev1::Payload::Certificate(certificate)
                if certificate.encoding == v1::CertEncoding::X509_SIGNATURE =>
            {
                self.present(read(certificate.data), octets);
            }
            ikev1::Payload::CertificateRequest(request) => {
                let is_name = request.encoding == v1::CertEncoding::X509_SIGNATURE;
                let is_any = request.authority.is_empty();
                if is_name && !is_any && self.authorities.len() < KEPT {
                    let authority = name(DistinguishedName(request.authority));
                    self.authorities.push(Authority::Name(authority));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether nothing of it was said.
    pub(crate) const fn is_empty(&self) -> bool {
        self.identities.is_empty()
            && self.proof.is_none()
            && self.certificates.is_empty()
            && self.authorities.is_empty()
    }

    /// Every place named, to be moved where the payloads are not in place.
    pub(crate) fn places(&mut self) -> impl Iterator<Item = &mut (u32, u32)> {
        let identities = self.identities.iter_mut().map(|it| &mut it.octets);
        let certificates = self.certificates.iter_mut().map(|it| &mut it.octets);
        let proof = self.proof.iter_mut().map(|it| &mut it.octets);
        identities.chain(certificates).chain(proof)
    }

    fn identify(&mut self, of: Option<Role>, kind: Box<str>, value: Box<str>, octets: (u32, u32)) {
        if self.identities.len() < KEPT {
            self.identities.push(Identity {
                of,
                kind,
                value,
                octets,
            });
        }
    }

    fn present(&mut self, certificate: Option<Certificate>, octets: (u32, u32)) {
        if self.certificates.len() < KEPT {
            self.certificates
                .extend(certificate.map(|certificate| Certificate {
                    octets,
                    ..certificate
                }));
        }
    }
}

/// What an end said of itself in a negotiation, each with the message that says it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Presented<'a> {
    /// Its identity.
    pub identity: Option<(&'a Flight, &'a Identity)>,
    /// The identity that it expects of the other end: IDr in a request (RFC 7296 §1.2).
    pub wanted: Option<(&'a Flight, &'a Identity)>,
    /// Its AUTH payload, the first.
    pub proof: Option<(&'a Flight, &'a AuthProof)>,
    /// The message with its certificates.
    pub certificates: Option<(&'a Flight, &'a [Certificate])>,
    /// The message with the authorities that it accepts.
    pub authorities: Option<(&'a Flight, &'a [Authority])>,
}

impl<'a> Presented<'a> {
    /// Reads the messages of one end.
    #[must_use]
    pub fn of(negotiation: &'a Negotiation, role: Role) -> Self {
        let mut presented = Self::default();
        for (exchange, is_response, flight) in negotiation.flights() {
            let is_own = exchange.sender(is_response) == role;
            if is_own && exchange.exchange_type != ExchangeType::QUICK_MODE {
                presented.learn(flight, role);
            }
        }
        presented
    }

    fn learn(&mut self, flight: &'a Flight, role: Role) {
        for credentials in flight.facts.credentials() {
            for identity in &credentials.identities {
                let place = if identity.of.is_none_or(|of| of == role) {
                    &mut self.identity
                } else {
                    &mut self.wanted
                };
                place.get_or_insert((flight, identity));
            }
            if let Some(proof) = &credentials.proof {
                self.proof.get_or_insert((flight, proof));
            }
            if !credentials.certificates.is_empty() {
                self.certificates
                    .get_or_insert((flight, &credentials.certificates));
            }
            if !credentials.authorities.is_empty() {
                self.authorities
                    .get_or_insert((flight, &credentials.authorities));
            }
        }
    }
}

impl AuthProof {
    /// The method as people write it: `PSK`, or the signature algorithm.
    #[must_use]
    pub fn name(&self) -> String {
        if let Some(algorithm) = self.algorithm {
            return format!("signature {algorithm}");
        }
        match self.method {
            AuthMethod::SHARED_KEY_MIC => "PSK".to_owned(),
            AuthMethod::RSA_DIGITAL_SIGNATURE => "RSA signature".to_owned(),
            AuthMethod::DIGITAL_SIGNATURE => "signature".to_owned(),
            AuthMethod::NULL => "NULL".to_owned(),
            other => other.to_string(),
        }
    }
}

/// The authentication method that the responder of IKEv1 chose, by its name.
#[must_use]
pub fn chosen_method(negotiation: &Negotiation) -> Option<String> {
    let mut transforms = negotiation
        .flights_of(Role::Responder)
        .flat_map(|flight| &flight.facts.transforms);
    let chosen = transforms.find(|transform| transform.kind == Kind::V1Authentication)?;
    match v1::AuthMethod(chosen.id) {
        v1::AuthMethod::PRE_SHARED_KEY => Some("PSK".to_owned()),
        method => Some(method.to_string()),
    }
}

/// The type without what all begin with.
fn bare(id_type: impl Display) -> Box<str> {
    let name = id_type.to_string();
    name.strip_prefix("ID_").unwrap_or(&name).into()
}

/// What a peer chose as its name; the views escape what would move a cursor.
pub(crate) fn name(value: impl Display) -> Box<str> {
    let mut short = Short::default();
    // An error is how it says that it has enough.
    let _ = write!(short, "{value}");
    short.0.into()
}

#[derive(Default)]
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = NAME_KEPT.saturating_sub(self.0.chars().count());
        self.0.extend(text.chars().take(room));
        if text.chars().nth(room).is_some() {
            self.0.push_str("...");
            return Err(fmt::Error);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_as_long_as_a_datagram_is_cut() {
        let long = "a".repeat(60_000);
        assert_eq!(&*name(long), format!("{}...", "a".repeat(256)));
        assert_eq!(&*name("short"), "short");
    }
}
