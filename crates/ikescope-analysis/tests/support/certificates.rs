//! Certificates for tests of the analysis, which reads none itself: one line of text each, in the
//! place of DER, and a reader for it.

use ikescope_analysis::{AlternativeName, Certificate, Purpose};
use ikescope_testkit::dialogue::{Side::Initiator, Side::Responder};
use ikescope_testkit::message::{Payload, ikev2};

use super::keys::Script;
use super::scenarios::gw;
use super::{Tap, Told};

/// Payload types and the encoding of RFC 7296 §3.2, §3.6.
const CERT: u8 = 37;
const CERTREQ: u8 = 38;
const X509_SIGNATURE: u8 = 4;

/// A gateway's, valid at all times.
pub(crate) const GATEWAY: &str =
    "subject=CN=gw issuer=CN=ca dns=vpn.example.com use=serverAuth key=1";

/// Reads `key=value` pairs; anything else is no certificate.
pub(crate) fn read(octets: &[u8]) -> Option<Certificate> {
    let text = core::str::from_utf8(octets).ok()?;
    let mut certificate = Certificate {
        subject: text.split(' ').next()?.strip_prefix("subject=")?.into(),
        issuer: "".into(),
        names: Vec::new(),
        not_before: i64::MIN,
        not_after: i64::MAX,
        purposes: None,
        is_authority: false,
        key_hash: [0; 20],
        octets: (0, 0),
    };
    for (key, value) in text.split(' ').filter_map(|pair| pair.split_once('=')) {
        match key {
            "issuer" => certificate.issuer = value.into(),
            "dns" => certificate.names.push(AlternativeName::Dns(value.into())),
            "until" => certificate.not_after = value.parse().ok()?,
            "from" => certificate.not_before = value.parse().ok()?,
            "use" => {
                let purpose = match value {
                    "serverAuth" => Purpose::ServerAuth,
                    "clientAuth" => Purpose::ClientAuth,
                    other => Purpose::Other(other.into()),
                };
                certificate.purposes.get_or_insert_default().push(purpose);
            }
            "key" => certificate.key_hash = [value.parse().ok()?; 20],
            _ => {}
        }
    }
    Some(certificate)
}

pub(crate) fn certificate(text: &str) -> Payload {
    Payload::new(CERT, [&[X509_SIGNATURE], text.as_bytes()].concat())
}

/// A request for the authority with this key (`key=` of its certificate).
pub(crate) fn request_of(key: u8) -> Payload {
    Payload::new(CERTREQ, [&[X509_SIGNATURE][..], &[key; 20]].concat())
}

/// A gateway that shows these certificates under this identity to a client that asks for this
/// authority.
pub(crate) struct Gateway<'a> {
    pub(crate) identity: &'a str,
    pub(crate) certificates: &'a [&'a str],
    pub(crate) asked: u8,
}

impl Gateway<'_> {
    /// The client does not accept it, and says so.
    pub(crate) fn refused(&self) -> Told {
        self.then(Some(&[ikev2::notify(24, &[])]))
    }

    /// The client accepts it.
    pub(crate) fn accepted(&self) -> Told {
        self.then(None)
    }

    fn then(&self, refusal: Option<&[Payload]>) -> Told {
        let asked = [
            ikev2::identification(ikev2::ID_I, 2, b"left.example"),
            request_of(self.asked),
            ikev2::auth(2, &[0; 32]),
        ];
        let mut answered = vec![ikev2::identification(
            ikev2::ID_R,
            2,
            self.identity.as_bytes(),
        )];
        answered.extend(self.certificates.iter().copied().map(certificate));
        answered.extend([ikev2::auth(14, &[0; 32]), Payload::new(ikev2::SA, [0; 100])]);
        let mut dialogue = gw();
        dialogue
            .sa_init()
            .request(Initiator, ikev2::IKE_AUTH, &asked)
            .respond(Responder, &answered);
        let mut script = Script::default()
            .opens(1, false, &asked)
            .opens(1, true, &answered);
        if let Some(refusal) = refusal {
            dialogue.request(Initiator, ikev2::INFORMATIONAL, refusal);
            script = script.opens(2, false, refusal);
        } else {
            dialogue.esp(Initiator, 3).esp(Responder, 3);
        }
        Tap::with_keys(script).all(dialogue.wait(60.0))
    }
}

/// A gateway under the name that its certificate has.
pub(crate) const fn gateway<'a>(certificates: &'a [&'a str], asked: u8) -> Gateway<'a> {
    Gateway {
        identity: "vpn.example.com",
        certificates,
        asked,
    }
}
