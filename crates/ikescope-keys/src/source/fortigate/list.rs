//! `diagnose vpn ike gateway list` and `diagnose vpn tunnel list`.
//!
//! ```text
//!   id/spi: 371 c9520b1c2bc0e6c8/6aade7b829009948
//!   proposal: aes128-sha1
//!   SK_ei: 75237437cff25754-cf7db509c4681115          (IKEv1: one line `key:`)
//!   SK_ai: a51d7711574f8d4a-44ccb29646bb5227-6ea8727f
//!
//!   SA:  ref=3 options=30202 ...
//!        seqno=3 esn=0 ...
//!   dec: spi=200e9861 esp=aes-gcm key=36 4584199e...
//!        ah=null key=0
//! ```

use ikescope_wire::SpiPair;
use ikescope_wire::iana::Encr;
use zeroize::Zeroizing;

use super::super::{Intake, spi_pair};
use super::{KEY_LIMIT, Value};
use crate::algorithm::{Encryption, Integrity};
use crate::names;
use crate::secret::Secret;
use crate::store::{AddressPattern, EspKeys, Ikev1Keys, Ikev2Keys};

/// Reads both lists.
#[derive(Default)]
pub(super) struct Reader {
    ike: Option<IkeSa>,
    esp: Option<EspSa>,
    has_esn: Option<bool>,
}

/// An IKE SA of the gateway list.
struct IkeSa {
    spis: SpiPair,
    proposal: String,
    keys: Vec<Key>,
}

/// A key in groups of eight octets, as far as its lines were read.
struct Key {
    name: &'static str,
    line: u64,
    groups: Zeroizing<String>,
}

/// An ESP SA of the tunnel list.
struct EspSa {
    line: u64,
    spi: u32,
    cipher: String,
    key: Value,
    auth: Option<(String, Value)>,
    has_esn: Option<bool>,
}

impl Reader {
    pub(super) fn line(&mut self, line: u64, text: &str, intake: &mut Intake<'_>) {
        let said = text.trim();
        if let Some(at) = said.find("dec: spi=").or_else(|| said.find("enc: spi=")) {
            self.end_esp(intake);
            self.begin_esp(line, said.get(at..).unwrap_or_default());
        } else if self.go_on_with_esp(said) {
            // Taken.
        } else if said.starts_with("name=") {
            self.end(intake);
        } else if let Some(flag) = word(said, "esn=") {
            self.end_esp(intake);
            self.has_esn = Some(flag != "0");
        } else {
            self.gateway(line, said, intake);
        }
    }

    pub(super) fn finish(mut self, intake: &mut Intake<'_>) {
        self.end(intake);
    }

    fn end(&mut self, intake: &mut Intake<'_>) {
        self.end_esp(intake);
        self.end_ike(intake);
    }

    fn gateway(&mut self, line: u64, said: &str, intake: &mut Intake<'_>) {
        if let Some(sa) = said.strip_prefix("id/spi:") {
            self.end_ike(intake);
            self.ike = sa
                .split_whitespace()
                .nth(1)
                .and_then(spi_pair)
                .map(|spis| IkeSa {
                    spis,
                    proposal: String::new(),
                    keys: Vec::new(),
                });
        } else if said.starts_with("vd:") || said.starts_with("name:") {
            self.end_ike(intake);
        } else if let Some(sa) = &mut self.ike {
            sa.field(line, said);
        }
    }

    fn begin_esp(&mut self, line: u64, said: &str) {
        let spi = word(said, "spi=").and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let (Some(spi), Some(cipher)) = (spi, word(said, "esp=")) else {
            return;
        };
        let Some((octets, digits)) = sized(said) else {
            return;
        };
        let mut key = Value::new(octets);
        let rest = key.take(digits);
        let mut sa = EspSa {
            line,
            spi,
            cipher: cipher.to_owned(),
            key,
            auth: None,
            has_esn: self.has_esn,
        };
        sa.auth(rest);
        self.esp = Some(sa);
    }

    /// Takes a line that belongs to the ESP SA: the rest of a key, or `ah=`.
    fn go_on_with_esp(&mut self, said: &str) -> bool {
        let Some(sa) = &mut self.esp else {
            return false;
        };
        let first = said.split_whitespace().next().unwrap_or_default();
        if !first.is_empty() && first.bytes().all(|octet| octet.is_ascii_hexdigit()) {
            if !sa.key.is_whole() {
                let rest = sa.key.take(said);
                sa.auth(rest);
                return true;
            }
            if let Some((_, key)) = &mut sa.auth
                && !key.is_whole()
            {
                key.take(said);
                return true;
            }
        }
        sa.auth(said)
    }

    fn end_esp(&mut self, intake: &mut Intake<'_>) {
        if let Some(sa) = self.esp.take() {
            let line = sa.line;
            match sa.keys(intake) {
                Ok(keys) => intake.esp(keys),
                Err(reason) => intake.problem(line, reason),
            }
        }
    }

    fn end_ike(&mut self, intake: &mut Intake<'_>) {
        if let Some(sa) = self.ike.take()
            && let Some(line) = sa.keys.first().map(|key| key.line)
            && let Err(reason) = sa.add(line, intake)
        {
            intake.problem(line, reason);
        }
    }
}

impl IkeSa {
    fn field(&mut self, line: u64, said: &str) {
        if let Some(proposal) = said.strip_prefix("proposal:") {
            proposal.trim().clone_into(&mut self.proposal);
            return;
        }
        for name in ["SK_ei", "SK_er", "SK_ai", "SK_ar", "key"] {
            if let Some(groups) = said
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix(':'))
            {
                let groups = Zeroizing::new(groups.trim().to_owned());
                self.keys.push(Key { name, line, groups });
                return;
            }
        }
        // A key that the terminal broke goes on with nothing but groups.
        let is_groups = !said.is_empty()
            && said
                .bytes()
                .all(|octet| octet.is_ascii_hexdigit() || octet == b'-');
        if is_groups
            && let Some(key) = self.keys.last_mut()
            && key.groups.len() < 3 * KEY_LIMIT
        {
            key.groups.push_str(said);
        }
    }

    fn add(self, line: u64, intake: &mut Intake<'_>) -> Result<(), String> {
        let (algorithm, hash) = proposal(&self.proposal);
        let spis = self.spis;
        let take = |name: &str| {
            let key = self.keys.iter().find(|key| key.name == name);
            key.map(Key::secret).transpose()
        };
        if let Some(encryption_key) = take("key")? {
            let encryption = fitting(algorithm, &encryption_key, "key")?;
            intake.ikev1(Ikev1Keys {
                cookie_i: spis.initiator,
                cookie_r: Some(spis.responder).filter(|cookie| !cookie.is_zero()),
                encryption_key,
                skeyid: None,
                skeyid_d: None,
                skeyid_a: None,
                skeyid_e: None,
                encryption,
                hash: names::hash(hash),
                origin: intake.origin(line),
            });
            return Ok(());
        }
        let missing = || format!("IKEv2 SA {spis}: SK_ei or SK_er is missing");
        let sk_ei = take("SK_ei")?.ok_or_else(missing)?;
        let sk_er = take("SK_er")?.ok_or_else(missing)?;
        let encryption = fitting(algorithm, &sk_ei, "SK_ei")?;
        fitting(algorithm, &sk_er, "SK_er")?;
        let is_aead = encryption.is_some_and(|encryption| encryption.algorithm.is_aead());
        let integrity = if is_aead {
            Some(Integrity::NONE)
        } else {
            names::integ(hash).map(Integrity::Registered)
        };
        intake.ikev2(Ikev2Keys {
            spis,
            sk_ei,
            sk_er,
            sk_ai: take("SK_ai")?.unwrap_or_default(),
            sk_ar: take("SK_ar")?.unwrap_or_default(),
            sk_d: None,
            sk_pi: None,
            sk_pr: None,
            encryption,
            integrity,
            origin: intake.origin(line),
        });
        Ok(())
    }
}

impl Key {
    fn secret(&self) -> Result<Secret, String> {
        let digits = Zeroizing::new(self.groups.replace('-', ""));
        Secret::from_hex(&digits).map_err(|error| format!("{}: {error}", self.name))
    }
}

impl EspSa {
    /// Takes `ah=sha1 key=20 8da6...`; `false` for any other text.
    fn auth(&mut self, said: &str) -> bool {
        let (Some(name), Some((octets, digits))) = (word(said, "ah="), sized(said)) else {
            return false;
        };
        let mut key = Value::new(octets);
        key.take(digits);
        self.auth = Some((name.to_owned(), key));
        true
    }

    fn keys(self, intake: &Intake<'_>) -> Result<EspKeys, String> {
        let spi = self.spi;
        let encryption_key = self.key.secret(&format!("ESP SA {spi:08x}: key"))?;
        let Some((auth, auth_key)) = self.auth else {
            return Err(format!("ESP SA {spi:08x}: ah= is missing"));
        };
        let cipher = cipher(&self.cipher);
        Ok(EspKeys {
            source: AddressPattern::Any,
            destination: AddressPattern::Any,
            spi: Some(spi),
            encryption: cipher.and_then(|encr| Encryption::of_material(encr, encryption_key.len())),
            encryption_key,
            integrity_key: auth_key.secret(&format!("ESP SA {spi:08x}: ah key"))?,
            integrity: names::integ(&auth).map(Integrity::Registered),
            extended_sequence_numbers: self.has_esn,
            origin: intake.origin(self.line),
        })
    }
}

/// What follows the key, up to a blank.
fn word<'t>(said: &'t str, key: &str) -> Option<&'t str> {
    said.split_whitespace()
        .find_map(|word| word.strip_prefix(key))
}

/// The number and the digits of the first `key=16 5568...`.
fn sized(said: &str) -> Option<(usize, &str)> {
    let (_, said) = said.split_once("key=")?;
    let (octets, digits) = said.split_once(' ').unwrap_or((said, ""));
    let octets = octets.parse().ok().filter(|octets| *octets <= KEY_LIMIT)?;
    Some((octets, digits))
}

/// Cipher and hash of `aes128-sha1`, `3des-md5`, `aes256gcm`: no PRF, no group.
fn proposal(text: &str) -> (Option<(Encr, Option<u16>)>, &str) {
    let (cipher, hash) = text.split_once('-').unwrap_or((text, ""));
    let bits = |digits: &str| digits.parse().ok();
    let algorithm = match cipher {
        "des" => Some((Encr::ENCR_DES, None)),
        "3des" => Some((Encr::ENCR_3DES, None)),
        "chacha20poly1305" => Some((Encr::ENCR_CHACHA20_POLY1305, None)),
        _ => cipher
            .strip_prefix("aes")
            .map(|rest| match rest.strip_suffix("gcm") {
                Some(digits) => (Encr::ENCR_AES_GCM_16, bits(digits)),
                None => (Encr::ENCR_AES_CBC, bits(rest)),
            }),
    };
    (algorithm, hash)
}

/// The cipher of a proposal with the key that is there; an error where the key is shorter or longer.
fn fitting(
    algorithm: Option<(Encr, Option<u16>)>,
    key: &Secret,
    name: &str,
) -> Result<Option<Encryption>, String> {
    let Some((algorithm, key_bits)) = algorithm else {
        return Ok(None);
    };
    let encryption = Encryption::of_material(algorithm, key.len());
    match (encryption, key_bits) {
        (Some(found), Some(key_bits)) if found.key_bits != key_bits => Err(format!(
            "{name} is cut: {algorithm} with {key_bits} bits was negotiated, {} octets found",
            key.len()
        )),
        _ => Ok(encryption),
    }
}

fn cipher(name: &str) -> Option<Encr> {
    Some(match name {
        "null" => Encr::ENCR_NULL,
        "des" => Encr::ENCR_DES,
        "3des" => Encr::ENCR_3DES,
        "aes" => Encr::ENCR_AES_CBC,
        "aes-gcm" => Encr::ENCR_AES_GCM_16,
        "chacha20poly1305" => Encr::ENCR_CHACHA20_POLY1305,
        _ => return None,
    })
}
