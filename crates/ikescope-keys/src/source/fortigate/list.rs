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
use super::KEY_LIMIT;
use crate::algorithm::{Encryption, Integrity};
use crate::names;
use crate::secret::Secret;
use crate::store::{AddressPattern, EspKeys, Ikev1Keys, Ikev2Keys};

/// Lines that a terminal can make of the line of an ESP SA.
const PIECES_LIMIT: usize = 5;

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

/// An ESP SA of the tunnel list, as far as its lines were read.
struct EspSa {
    line: u64,
    spi: u32,
    pieces: Vec<Zeroizing<String>>,
    has_esn: Option<bool>,
}

impl Reader {
    pub(super) fn line(&mut self, line: u64, text: &str, intake: &mut Intake<'_>) {
        let said = text.trim_start();
        if let Some(at) = said.find("dec: spi=").or_else(|| said.find("enc: spi=")) {
            self.end_esp(intake);
            self.begin_esp(line, said.get(at..).unwrap_or_default(), intake);
        } else if said.starts_with("name=") {
            self.end(intake);
        } else if let Some(flag) = word(said, "esn=") {
            self.end_esp(intake);
            self.has_esn = Some(flag != "0");
        } else if !self.go_on_with_esp(said, intake) {
            self.gateway(line, said.trim_end(), intake);
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

    fn begin_esp(&mut self, line: u64, said: &str, intake: &mut Intake<'_>) {
        let spi = word(said, "spi=").and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.esp = spi.map(|spi| EspSa {
            line,
            spi,
            pieces: Vec::new(),
            has_esn: self.has_esn,
        });
        self.go_on_with_esp(said, intake);
    }

    /// Takes a line that belongs to the ESP SA: the rest of a broken one, or `ah=`.
    fn go_on_with_esp(&mut self, said: &str, intake: &mut Intake<'_>) -> bool {
        let Some(sa) = &mut self.esp else {
            return false;
        };
        if said.contains(':') && !sa.pieces.is_empty() {
            self.end_esp(intake);
            return false;
        }
        if !said.trim().is_empty() && sa.pieces.len() < PIECES_LIMIT {
            sa.pieces.push(Zeroizing::new(said.to_owned()));
        }
        if let Some(keys) = sa.keys(intake) {
            intake.esp(keys);
            self.esp = None;
        }
        true
    }

    fn end_esp(&mut self, intake: &mut Intake<'_>) {
        if let Some(sa) = self.esp.take() {
            intake.problem(sa.line, sa.what_is_missing());
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
    /// The keys, once they are whole. A terminal breaks lines in the middle of a word or between two:
    /// only one reading has as many digits as are said.
    fn keys(&self, intake: &Intake<'_>) -> Option<EspKeys> {
        let breaks = self.pieces.len().saturating_sub(1);
        let text = (0..1_usize << breaks).find_map(|between_words| {
            let text = self.joined(between_words);
            read_esp(&text).is_some().then_some(text)
        })?;
        let (cipher, key, auth, auth_key) = read_esp(&text)?;
        let cipher = encr(cipher);
        Some(EspKeys {
            source: AddressPattern::Any,
            destination: AddressPattern::Any,
            spi: Some(self.spi),
            encryption: cipher.and_then(|encr| Encryption::of_material(encr, key.len())),
            encryption_key: key,
            integrity_key: auth_key,
            integrity: names::integ(auth).map(Integrity::Registered),
            extended_sequence_numbers: self.has_esn,
            origin: intake.origin(self.line),
        })
    }

    /// The pieces, with a blank at each break whose bit is set.
    fn joined(&self, between_words: usize) -> Zeroizing<String> {
        let octets = self.pieces.iter().map(|piece| piece.len() + 1).sum();
        let mut text = Zeroizing::new(String::with_capacity(octets));
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 && between_words >> (index - 1) & 1 == 1 {
                text.push(' ');
            }
            text.push_str(piece);
        }
        text
    }

    fn what_is_missing(&self) -> String {
        let spi = self.spi;
        let text = self.joined(usize::MAX);
        if word(&text, "ah=").is_none() {
            return format!("ESP SA {spi:08x}: ah= is missing");
        }
        format!("ESP SA {spi:08x}: a key is not as long as is said")
    }
}

/// Cipher, key, integrity algorithm and its key, if all are whole:
/// `dec: spi=101af04b esp=aes key=32 47f4... ah=sha1 key=20 8da6...`.
fn read_esp(text: &str) -> Option<(&str, Secret, &str, Secret)> {
    let mut words = text.split_whitespace().skip(2);
    let cipher = words.next()?.strip_prefix("esp=")?;
    let key = read_key(&mut words)?;
    let auth = words.next()?.strip_prefix("ah=")?;
    let auth_key = read_key(&mut words)?;
    Some((cipher, key, auth, auth_key))
}

/// `key=20 8da6...`, or `key=0` with nothing behind.
fn read_key<'t>(words: &mut impl Iterator<Item = &'t str>) -> Option<Secret> {
    let octets: usize = words.next()?.strip_prefix("key=")?.parse().ok()?;
    if octets == 0 {
        return Some(Secret::default());
    }
    let secret = Secret::from_hex(words.next()?).ok()?;
    (secret.len() == octets).then_some(secret)
}

/// What follows the key, up to a blank.
fn word<'t>(said: &'t str, key: &str) -> Option<&'t str> {
    said.split_whitespace()
        .find_map(|word| word.strip_prefix(key))
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

fn encr(name: &str) -> Option<Encr> {
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
