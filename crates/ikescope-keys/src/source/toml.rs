//! Our own file of keys: TOML, a table per SA. Secrets are hex digits, algorithms have the names of the
//! IANA registry of IKEv2 (`ENCR_` and `AUTH_` may be left out), and key lengths follow from the keys.
//!
//! ```toml
//! [[ikev2]]
//! spi_i = "4a1105e245ede02e"
//! spi_r = "5612a50cc8cc1449"
//! encryption = "ENCR_AES_CBC"
//! sk_ei = "000102030405060708090a0b0c0d0e0f"
//! sk_er = "101112131415161718191a1b1c1d1e1f"
//! integrity = "AUTH_HMAC_SHA2_256_128"          # left out beside an AEAD, as sk_ai and sk_ar are
//! sk_ai = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
//! sk_ar = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
//! # sk_d, sk_pi and sk_pr where they are known
//!
//! [[ikev1]]
//! cookie_i = "2f013665b867de80"
//! cookie_r = "4878dfc8fee0cc14"                 # may be left out
//! key = "000102030405060708090a0b0c0d0e0f"      # Ka of RFC 2409 appendix B
//! # encryption, hash, skeyid, skeyid_d, skeyid_a and skeyid_e where they are known
//!
//! [[ikev2]]
//! spi_i = "191ccd371a7a1f7b"
//! spi_r = "bc123d15e4af593f"
//! g_ir = "000102..."                            # the secret of the key exchange alone: the rest follows
//!
//! [[ikev1]]
//! cookie_i = "fafaeb49382a763c"
//! cookie_r = "36e65ad2f66f4403"
//! g_xy = "000102..."                            # likewise, with signatures or with the pre-shared key
//!
//! [[esp]]
//! spi = "2fec8bbf"
//! source = "192.0.2.10"                         # addresses may be left out
//! destination = "198.51.100.20"
//! encryption = "ENCR_AES_GCM_16"
//! key = "000102030405060708090a0b0c0d0e0f10111213"
//! # integrity, integrity_key and esn = true where they apply
//! ```

use std::fmt;
use std::net::IpAddr;

use ikescope_wire::iana::{Encr, Integ};
use ikescope_wire::{Spi, SpiPair};
use serde::de::{Deserialize, Deserializer, Visitor};
use toml::Spanned;
use zeroize::Zeroizing;

use super::Intake;
use crate::algorithm::{Encryption, Integrity};
use crate::names;
use crate::secret::Secret;
use crate::store::{AddressPattern, EspKeys, Ikev1Keys, Ikev2Keys};
use crate::text::Line;

/// Octets beyond which a file is no file of keys.
const SIZE_LIMIT: usize = 16 * 1024 * 1024;

/// Whether a file that begins with this line is ours.
pub(super) fn begins(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim();
    matches!(line, "[[ikev2]]" | "[[ikev1]]" | "[[esp]]")
}

/// The text as far as it was read.
#[derive(Default)]
pub(super) struct Text {
    text: Zeroizing<String>,
    is_cut: bool,
}

impl Text {
    pub(super) fn push(&mut self, line: &Line) {
        if self.text.len() + line.text.len() > SIZE_LIMIT {
            self.is_cut = true;
            return;
        }
        self.text.push_str(&line.text);
        self.text.push('\n');
    }

    /// Reads all entries. One that is wrong is a problem of its own; what is no TOML, or names what
    /// does not exist, is a problem of the whole file.
    pub(super) fn read(&self, intake: &mut Intake<'_>) {
        if self.is_cut {
            intake.problem(1, format!("more than {SIZE_LIMIT} octets"));
            return;
        }
        let file: KeyFile = match toml::from_str(&self.text) {
            Ok(file) => file,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                intake.problem(self.line_at(at), error.message());
                return;
            }
        };
        self.each(file.ikev2, intake, Ikev2Entry::add);
        self.each(file.ikev1, intake, Ikev1Entry::add);
        self.each(file.esp, intake, |entry, intake, line| {
            entry.keys(intake, line).map(|keys| intake.esp(keys))
        });
    }

    fn each<T>(
        &self,
        entries: Vec<Spanned<T>>,
        intake: &mut Intake<'_>,
        mut add: impl FnMut(T, &mut Intake<'_>, u64) -> Result<(), String>,
    ) {
        for entry in entries {
            let line = self.line_at(entry.span().start);
            if let Err(reason) = add(entry.into_inner(), intake, line) {
                intake.problem(line, reason);
            }
        }
    }

    fn line_at(&self, offset: usize) -> u64 {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        1 + before.iter().filter(|octet| **octet == b'\n').count() as u64
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    #[serde(default)]
    ikev2: Vec<Spanned<Ikev2Entry>>,
    #[serde(default)]
    ikev1: Vec<Spanned<Ikev1Entry>>,
    #[serde(default)]
    esp: Vec<Spanned<EspEntry>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Ikev2Entry {
    spi_i: String,
    spi_r: String,
    g_ir: Option<Hex>,
    encryption: Option<String>,
    #[serde(default)]
    sk_ei: Hex,
    #[serde(default)]
    sk_er: Hex,
    integrity: Option<String>,
    #[serde(default)]
    sk_ai: Hex,
    #[serde(default)]
    sk_ar: Hex,
    sk_d: Option<Hex>,
    sk_pi: Option<Hex>,
    sk_pr: Option<Hex>,
}

impl Ikev2Entry {
    fn add(mut self, intake: &mut Intake<'_>, line: u64) -> Result<(), String> {
        let secret = self.g_ir.take();
        let has_keys = !self.sk_ei.0.is_empty() || !self.sk_er.0.is_empty();
        if let Some(Hex(secret)) = secret {
            let spis = self.spis()?;
            intake.shared_secret(spis, secret, line);
        } else if !has_keys {
            return Err("neither g_ir nor sk_ei and sk_er".to_owned());
        }
        if has_keys {
            let keys = self.keys(intake, line)?;
            intake.ikev2(keys);
        }
        Ok(())
    }

    fn spis(&self) -> Result<SpiPair, String> {
        Ok(SpiPair {
            initiator: spi("spi_i", &self.spi_i)?,
            responder: spi("spi_r", &self.spi_r)?,
        })
    }

    fn keys(self, intake: &Intake<'_>, line: u64) -> Result<Ikev2Keys, String> {
        let encryption = encryption(self.encryption.as_deref(), &self.sk_ei.0)?;
        if self.sk_ei.0.len() != self.sk_er.0.len() {
            return Err("sk_ei and sk_er differ in length".to_owned());
        }
        Ok(Ikev2Keys {
            spis: self.spis()?,
            sk_ei: self.sk_ei.0,
            sk_er: self.sk_er.0,
            sk_ai: self.sk_ai.0,
            sk_ar: self.sk_ar.0,
            sk_d: self.sk_d.map(|hex| hex.0),
            sk_pi: self.sk_pi.map(|hex| hex.0),
            sk_pr: self.sk_pr.map(|hex| hex.0),
            encryption,
            integrity: integrity(self.integrity.as_deref(), encryption)?,
            origin: intake.origin(line),
        })
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Ikev1Entry {
    cookie_i: String,
    cookie_r: Option<String>,
    g_xy: Option<Hex>,
    key: Option<Hex>,
    encryption: Option<String>,
    hash: Option<String>,
    skeyid: Option<Hex>,
    skeyid_d: Option<Hex>,
    skeyid_a: Option<Hex>,
    skeyid_e: Option<Hex>,
}

impl Ikev1Entry {
    fn add(mut self, intake: &mut Intake<'_>, line: u64) -> Result<(), String> {
        let cookie_i = spi("cookie_i", &self.cookie_i)?;
        let responder = self.cookie_r.as_deref();
        let cookie_r = responder.map(|text| spi("cookie_r", text)).transpose()?;
        let (secret, key) = (self.g_xy.take(), self.key.take());
        if secret.is_none() && key.is_none() {
            return Err("neither key nor g_xy".to_owned());
        }
        if let Some(Hex(secret)) = secret {
            let spis = SpiPair {
                initiator: cookie_i,
                responder: cookie_r.ok_or("g_xy needs cookie_r")?,
            };
            intake.shared_secret(spis, secret, line);
        }
        if let Some(Hex(key)) = key {
            let keys = self.keys(intake, line, (cookie_i, cookie_r), key)?;
            intake.ikev1(keys);
        }
        Ok(())
    }

    fn keys(
        self,
        intake: &Intake<'_>,
        line: u64,
        (cookie_i, cookie_r): (Spi, Option<Spi>),
        key: Secret,
    ) -> Result<Ikev1Keys, String> {
        let hash = self.hash.as_deref();
        Ok(Ikev1Keys {
            cookie_i,
            cookie_r,
            encryption: encryption(self.encryption.as_deref(), &key)?,
            encryption_key: key,
            skeyid: self.skeyid.map(|hex| hex.0),
            skeyid_d: self.skeyid_d.map(|hex| hex.0),
            skeyid_a: self.skeyid_a.map(|hex| hex.0),
            skeyid_e: self.skeyid_e.map(|hex| hex.0),
            hash: hash
                .map(|name| names::hash(name).ok_or_else(|| format!("unknown hash {name:?}")))
                .transpose()?,
            origin: intake.origin(line),
        })
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct EspEntry {
    spi: String,
    source: Option<IpAddr>,
    destination: Option<IpAddr>,
    encryption: Option<String>,
    key: Hex,
    integrity: Option<String>,
    #[serde(default)]
    integrity_key: Hex,
    esn: Option<bool>,
}

impl EspEntry {
    fn keys(self, intake: &Intake<'_>, line: u64) -> Result<EspKeys, String> {
        let digits = self.spi.strip_prefix("0x").unwrap_or(&self.spi);
        let spi = u32::from_str_radix(digits, 16)
            .map_err(|_| format!("spi: expected up to 8 hex digits, found {:?}", self.spi))?;
        let encryption = encryption(self.encryption.as_deref(), &self.key.0)?;
        let pattern =
            |address: Option<IpAddr>| address.map_or(AddressPattern::Any, AddressPattern::exactly);
        Ok(EspKeys {
            source: pattern(self.source),
            destination: pattern(self.destination),
            spi: Some(spi),
            encryption_key: self.key.0,
            integrity_key: self.integrity_key.0,
            encryption,
            integrity: integrity(self.integrity.as_deref(), encryption)?,
            extended_sequence_numbers: self.esn,
            origin: intake.origin(line),
        })
    }
}

fn spi(field: &str, digits: &str) -> Result<Spi, String> {
    super::spi(digits).ok_or_else(|| format!("{field}: expected 16 hex digits, found {digits:?}"))
}

fn encryption(name: Option<&str>, key: &Secret) -> Result<Option<Encryption>, String> {
    let Some(name) = name else {
        return Ok(None);
    };
    let algorithm: Encr =
        names::encr(name).ok_or_else(|| format!("unknown encryption algorithm {name:?}"))?;
    Encryption::of_material(algorithm, key.len())
        .map(Some)
        .ok_or_else(|| format!("the key is shorter than the salt of {name}"))
}

fn integrity(
    name: Option<&str>,
    encryption: Option<Encryption>,
) -> Result<Option<Integrity>, String> {
    let Some(name) = name else {
        let is_aead = encryption.is_some_and(|encryption| encryption.algorithm.is_aead());
        return Ok(is_aead.then_some(Integrity::NONE));
    };
    let integ: Integ =
        names::integ(name).ok_or_else(|| format!("unknown integrity algorithm {name:?}"))?;
    Ok(Some(Integrity::Registered(integ)))
}

/// Hex digits in quotes.
#[derive(Default)]
struct Hex(Secret);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HexVisitor)
    }
}

/// Says what is wrong without repeating it: a key without quotes is a number to TOML.
struct HexVisitor;

impl Visitor<'_> for HexVisitor {
    type Value = Hex;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hex digits in quotes")
    }

    fn visit_str<E: serde::de::Error>(self, digits: &str) -> Result<Hex, E> {
        Secret::from_hex(digits).map(Hex).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Hex, E> {
        Err(E::custom("expected hex digits in quotes, found a number"))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Hex, E> {
        Err(E::custom("expected hex digits in quotes, found a number"))
    }
}
