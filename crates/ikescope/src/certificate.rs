//! Reads certificates for the analysis, which knows no ASN.1 beyond names.
//!
//! Nothing is verified here: no signature, no chain. What a certificate says of itself is enough to
//! tell why a peer that does verify it turns it away.

use ikescope_analysis::{AlternativeName, Certificate, Purpose};
use ikescope_wire::asn1::DistinguishedName;
use ikescope_wire::describe::Untrusted;
use sha1::{Digest, Sha1};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ExtendedKeyUsage, GeneralName};
use x509_parser::prelude::FromDer;

/// Reads a DER certificate; `None` if it is none.
pub(crate) fn read(der: &[u8]) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let validity = certificate.validity();
    let usage = certificate.extended_key_usage().ok().flatten();
    let constraints = certificate.basic_constraints().ok().flatten();
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map_or(&[][..], |names| &names.value.general_names);
    Some(Certificate {
        subject: printable(certificate.subject().as_raw()),
        issuer: printable(certificate.issuer().as_raw()),
        names: names.iter().take(NAMES_KEPT).map(alternative).collect(),
        not_before: validity.not_before.timestamp(),
        not_after: validity.not_after.timestamp(),
        purposes: usage.map(|usage| purposes(usage.value)),
        is_authority: constraints.is_some_and(|constraints| constraints.value.ca),
        key_hash: Sha1::digest(certificate.public_key().raw).into(),
        octets: (0, 0),
    })
}

fn printable(name: &[u8]) -> Box<str> {
    short(&DistinguishedName(name).to_string())
}

fn alternative(name: &GeneralName<'_>) -> AlternativeName {
    let text = |text: &str| short(&Untrusted(text.as_bytes()).to_string());
    match name {
        GeneralName::DNSName(name) => AlternativeName::Dns(text(name)),
        GeneralName::RFC822Name(name) => AlternativeName::Mail(text(name)),
        GeneralName::IPAddress(octets) => address(octets),
        GeneralName::DirectoryName(name) => AlternativeName::Other(printable(name.as_raw())),
        other => AlternativeName::Other(text(&other.to_string())),
    }
}

fn address(octets: &[u8]) -> AlternativeName {
    let v4 = <[u8; 4]>::try_from(octets).map(Into::into);
    let v6 = || <[u8; 16]>::try_from(octets).map(Into::into);
    match v4.or_else(|_| v6()) {
        Ok(address) => AlternativeName::Address(address),
        Err(_) => AlternativeName::Other(format!("IP:{}", hex::encode(octets)).into()),
    }
}

fn purposes(usage: &ExtendedKeyUsage<'_>) -> Vec<Purpose> {
    let named = [
        (usage.any, Purpose::Any),
        (usage.server_auth, Purpose::ServerAuth),
        (usage.client_auth, Purpose::ClientAuth),
    ];
    let named = named.into_iter().filter(|(is_there, _)| *is_there);
    let others = usage.other.iter().take(NAMES_KEPT).map(|oid| {
        let oid = oid.to_id_string();
        match oid.as_str() {
            IPSEC_IKE => Purpose::IpsecIke,
            IKE_INTERMEDIATE => Purpose::IkeIntermediate,
            _ => Purpose::Other(short(&oid)),
        }
    });
    named.map(|(_, purpose)| purpose).chain(others).collect()
}

/// An attacker's certificate may be one long name.
fn short(text: &str) -> Box<str> {
    match text.char_indices().nth(NAME_KEPT) {
        Some((end, _)) => format!("{}...", &text[..end]).into(),
        None => text.into(),
    }
}

/// `id-kp-ipsecIKE` (RFC 4945 §5.1.3.12).
const IPSEC_IKE: &str = "1.3.6.1.5.5.7.3.17";
/// `iKEIntermediate` (draft-ietf-ipsec-pki-req).
const IKE_INTERMEDIATE: &str = "1.3.6.1.5.5.8.2.2";
/// Alternative names and usages kept of one certificate.
const NAMES_KEPT: usize = 16;
/// Characters kept of one name.
const NAME_KEPT: usize = 256;

#[cfg(test)]
mod tests {
    use std::fs;

    use ikescope_testkit::testdata_dir;

    use super::*;

    fn der() -> Vec<u8> {
        let path = testdata_dir().join("certificates/expired-client.der");
        fs::read(path).expect("a certificate")
    }

    #[test]
    fn a_certificate_that_is_cut_anywhere_is_none() {
        let der = der();
        assert!(read(&der).is_some());
        for cut in 0..der.len() {
            assert_eq!(read(&der[..cut]), None, "{cut} octets");
        }
    }

    /// Peers send what they like: no octet of it may bring the reader down.
    #[test]
    fn survives_a_certificate_with_any_octet_changed() {
        let der = der();
        for place in 0..der.len() {
            for change in [0x01, 0x20, 0x80, 0xff] {
                let mut der = der.clone();
                der[place] ^= change;
                let names = read(&der).map_or(0, |certificate| certificate.names.len());
                assert!(names <= NAMES_KEPT);
            }
        }
    }

    #[test]
    fn a_name_as_long_as_a_datagram_is_cut() {
        let long = "é".repeat(NAME_KEPT + 1);
        assert_eq!(short(&long).chars().count(), NAME_KEPT + "...".len());
        assert_eq!(&*short("gw"), "gw");
    }
}
