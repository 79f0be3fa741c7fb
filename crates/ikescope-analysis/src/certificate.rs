//! What a certificate says, as far as the peers must agree on it (RFC 4945 §5). This crate does not
//! read certificates: whoever brings keys brings a reader too.

use std::net::IpAddr;

/// Reads a DER certificate; `None` if it is none.
pub type ReadCertificate = fn(&[u8]) -> Option<Certificate>;

/// One X.509 certificate. Nothing in it has been verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Certificate {
    /// Distinguished name of the holder, printable.
    pub subject: Box<str>,
    /// Distinguished name of who signed it, printable.
    pub issuer: Box<str>,
    /// Subject alternative names.
    pub names: Vec<AlternativeName>,
    /// First second of its validity, since the Unix epoch.
    pub not_before: i64,
    /// Last second of its validity, since the Unix epoch.
    pub not_after: i64,
    /// Extended key usage; `None` where the extension is left out, which allows everything.
    pub purposes: Option<Vec<Purpose>>,
    /// Whether it is of an authority (basic constraints).
    pub is_authority: bool,
    /// SHA-1 of its SubjectPublicKeyInfo, as certificate requests name authorities
    /// (RFC 7296 §3.7).
    pub key_hash: [u8; 20],
    /// Octets of the payload that brought it, from and to (exclusive), from the start of the IKE
    /// header.
    pub octets: (u32, u32),
}

/// A subject alternative name (RFC 5280 §4.2.1.6) that an identity can be held against.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AlternativeName {
    /// A domain name, perhaps with `*` as its first label.
    Dns(Box<str>),
    /// A mail address.
    Mail(Box<str>),
    /// An IP address.
    Address(IpAddr),
    /// Of another kind, printable.
    Other(Box<str>),
}

/// An extended key usage (RFC 5280 §4.2.1.12, RFC 4945 §5.1.3.12).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// `anyExtendedKeyUsage`.
    Any,
    /// `id-kp-serverAuth`, which Windows wants of a gateway.
    ServerAuth,
    /// `id-kp-clientAuth`.
    ClientAuth,
    /// `iKEIntermediate`, of old drafts.
    IkeIntermediate,
    /// `id-kp-ipsecIKE` (RFC 4945).
    IpsecIke,
    /// Another, by its object identifier.
    Other(Box<str>),
}

impl Purpose {
    /// The word of RFC 5280.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Any => "anyExtendedKeyUsage",
            Self::ServerAuth => "serverAuth",
            Self::ClientAuth => "clientAuth",
            Self::IkeIntermediate => "ikeIntermediate",
            Self::IpsecIke => "ipsecIKE",
            Self::Other(oid) => oid,
        }
    }
}

impl core::fmt::Display for AlternativeName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "DNS:{name}"),
            Self::Mail(name) => write!(f, "email:{name}"),
            Self::Address(address) => write!(f, "IP:{address}"),
            Self::Other(name) => name.fmt(f),
        }
    }
}

/// How a certificate stands to a moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Validity {
    /// Not yet valid.
    NotYet,
    /// Valid.
    Valid,
    /// No longer valid.
    Expired,
}

impl Certificate {
    /// Its validity at this second since the Unix epoch.
    #[must_use]
    pub const fn validity(&self, second: i64) -> Validity {
        if second < self.not_before {
            Validity::NotYet
        } else if second > self.not_after {
            Validity::Expired
        } else {
            Validity::Valid
        }
    }

    /// Whether a gateway may use it: by the standards any of these, by Windows the first two.
    #[must_use]
    pub fn is_for_servers(&self) -> bool {
        let suits = |purpose: &Purpose| {
            matches!(
                purpose,
                Purpose::Any | Purpose::ServerAuth | Purpose::IkeIntermediate | Purpose::IpsecIke
            )
        };
        let purposes = self.purposes.as_ref();
        purposes.is_none_or(|purposes| purposes.iter().any(suits))
    }

    /// Whether it is of whoever calls itself so; `kind` is the type of the identity without `ID_`.
    /// `None` where identities of that kind stand in no certificate.
    #[must_use]
    pub fn is_of(&self, kind: &str, value: &str) -> Option<bool> {
        let any = |fits: &dyn Fn(&AlternativeName) -> bool| Some(self.names.iter().any(fits));
        match kind {
            "FQDN" => any(&|name| matches!(name, AlternativeName::Dns(dns) if covers(dns, value))),
            "RFC822_ADDR" | "USER_FQDN" => any(
                &|name| matches!(name, AlternativeName::Mail(mail) if mail.eq_ignore_ascii_case(value)),
            ),
            "DER_ASN1_DN" => Some(*self.subject == *value),
            "IPV4_ADDR" | "IPV6_ADDR" => {
                let address: IpAddr = value.parse().ok()?;
                any(&|name| *name == AlternativeName::Address(address))
            }
            _ => None,
        }
    }
}

/// Whether a name of a certificate covers this one; `*` stands for one label (RFC 6125 §6.4.3).
fn covers(pattern: &str, name: &str) -> bool {
    let rest = |name: &str| {
        name.split_once('.')
            .map(|(_, rest)| rest.to_ascii_lowercase())
    };
    match pattern.strip_prefix("*.") {
        Some(domain) => rest(name).is_some_and(|rest| rest == domain.to_ascii_lowercase()),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn certificate() -> Certificate {
        Certificate {
            subject: "CN=gw".into(),
            issuer: "CN=ca".into(),
            names: vec![
                AlternativeName::Dns("*.example.com".into()),
                AlternativeName::Address([192, 0, 2, 1].into()),
            ],
            not_before: 100,
            not_after: 200,
            purposes: None,
            is_authority: false,
            key_hash: [0; 20],
            octets: (0, 0),
        }
    }

    #[test]
    fn both_ends_of_its_validity_belong_to_it() {
        // RFC 5280 §4.1.2.5: "inclusive".
        let at = |second| certificate().validity(second);
        assert_eq!(
            [99, 100, 200, 201].map(at),
            [
                Validity::NotYet,
                Validity::Valid,
                Validity::Valid,
                Validity::Expired
            ]
        );
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let is_of = |kind, value| certificate().is_of(kind, value);
        assert_eq!(is_of("FQDN", "VPN.Example.com"), Some(true));
        assert_eq!(is_of("FQDN", "a.b.example.com"), Some(false));
        assert_eq!(is_of("FQDN", "example.com"), Some(false));
        assert_eq!(is_of("IPV4_ADDR", "192.0.2.1"), Some(true));
        assert_eq!(is_of("IPV4_ADDR", "192.0.2.2"), Some(false));
        assert_eq!(is_of("KEY_ID", "cafe"), None);
    }

    #[test]
    fn without_the_extension_every_use_is_allowed() {
        let with = |purposes| {
            Certificate {
                purposes,
                ..certificate()
            }
            .is_for_servers()
        };
        assert!(with(None));
        assert!(with(Some(vec![Purpose::ClientAuth, Purpose::ServerAuth])));
        assert!(!with(Some(vec![Purpose::ClientAuth])));
        assert!(!with(Some(vec![])));
    }
}
