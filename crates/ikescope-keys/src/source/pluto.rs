//! pluto's debug log: libreswan, Openswan, and strongSwan before version 5.
//!
//! ESP keys stand in the logs of every version (`plutodebug=private` or `crypt`); keys of IKE SAs only
//! where pluto did its own cryptography. Since libreswan leaves that to NSS, its logs name `SK_ei` and
//! `enc_key` without their octets, which is told.
//!
//! ```text
//! | ICOOKIE:  c6 d1 45 92  85 15 0c 7e
//! | enc key:  44 9e 82 9e  a9 66 d4 21  fb cb 86 bd  7a d9 2e 86
//! |   5a ba b1 5b  aa 5c 67 2a
//! | kernel: looking for alg with encrypt: AES_CBC keylen: 256 integ: HMAC_SHA2_256_128
//! | kernel: Enabling ESN
//! | ESP enckey:
//! |   65 54 51 39  62 77 7a 86  86 a9 e1 dc  9a c5 6d 4e   eTQ9bwz.......mN
//! | ESP authkey:
//! |   5a dd a1 c5  29 fe f1 59  77 9e b2 3a  77 4d 14 00   Z...)..Yw..:wM..
//! | kernel: add_sa() level=0 outbound tunnel ...->192.0.2.10[2fec8bbf]==>198.51.100.20-...
//! ```

use ikescope_wire::iana::{Encr, Integ};
use ikescope_wire::{Spi, SpiPair};
use zeroize::Zeroizing;

use super::Intake;
use crate::algorithm::{Encryption, Integrity};
use crate::names;
use crate::secret::Secret;
use crate::store::{AddressPattern, EspKeys, Ikev1Keys, Ikev2Keys};
use crate::text::Line;

/// Octets on a line of a dump.
const DUMP_COLUMNS: usize = 16;

/// Octets beyond which a dump is no key.
const KEY_LIMIT: usize = 256;

/// What is dumped behind a label.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Label {
    InitiatorSpi,
    ResponderSpi,
    Skeyid,
    SkeyidD,
    SkeyidA,
    SkeyidE,
    EncryptionKey,
    SkD,
    SkAi,
    SkAr,
    SkEi,
    SkEr,
    SkPi,
    SkPr,
    EspEncryptionKey,
    EspIntegrityKey,
}

const LABELS: [(&str, Label); 20] = [
    ("ICOOKIE:", Label::InitiatorSpi),
    ("RCOOKIE:", Label::ResponderSpi),
    ("initiator cookie:", Label::InitiatorSpi),
    ("responder cookie:", Label::ResponderSpi),
    ("initiator SPI:", Label::InitiatorSpi),
    ("responder SPI:", Label::ResponderSpi),
    ("Skeyid:", Label::Skeyid),
    ("Skeyid_d:", Label::SkeyidD),
    ("Skeyid_a:", Label::SkeyidA),
    ("Skeyid_e:", Label::SkeyidE),
    ("enc key:", Label::EncryptionKey),
    ("SK_d:", Label::SkD),
    ("SK_ai:", Label::SkAi),
    ("SK_ar:", Label::SkAr),
    ("SK_ei:", Label::SkEi),
    ("SK_er:", Label::SkEr),
    ("SK_pi:", Label::SkPi),
    ("SK_pr:", Label::SkPr),
    ("ESP enckey:", Label::EspEncryptionKey),
    ("ESP authkey:", Label::EspIntegrityKey),
];

/// Reads the log statement by statement.
#[derive(Default)]
pub(super) struct Reader {
    dump: Option<Dump>,
    spis: SpiPair,
    skeyids: Skeyids,
    ikev2: Ikev2,
    esp: Esp,
    hidden: Option<u64>,
    has_ike_keys: bool,
}

/// Octets that are being dumped.
struct Dump {
    label: Label,
    line: u64,
    octets: Zeroizing<Vec<u8>>,
}

#[derive(Default)]
struct Skeyids {
    skeyid: Option<Secret>,
    d: Option<Secret>,
    a: Option<Secret>,
    e: Option<Secret>,
}

/// Keys of an IKE SA, in the order in which they are dumped: d, ai, ar, ei, er, pi, pr.
#[derive(Default)]
struct Ikev2 {
    line: u64,
    d: Option<Secret>,
    ai: Option<Secret>,
    ar: Option<Secret>,
    ei: Option<Secret>,
    er: Option<Secret>,
    pi: Option<Secret>,
}

/// What is known of the ESP SA that is being set up.
#[derive(Default)]
struct Esp {
    line: u64,
    encr: Option<Encr>,
    integ: Option<Integ>,
    has_esn: bool,
    encryption_key: Option<Secret>,
    integrity_key: Option<Secret>,
}

impl Reader {
    pub(super) fn line(&mut self, line: &Line, intake: &mut Intake<'_>) {
        // Debug lines have a bar behind whatever the logger puts in front.
        let Some((_, said)) = line.text.split_once("| ") else {
            return;
        };
        if let Some(dump) = &mut self.dump
            && let Some(octets) = dumped(said)
            && said.starts_with(' ')
        {
            if dump.octets.len() < KEY_LIMIT {
                dump.octets.extend_from_slice(&octets);
            }
            return;
        }
        self.end_dump(intake);
        let said = said.trim();
        let labelled = LABELS
            .iter()
            .find_map(|(text, label)| Some((*label, said.strip_prefix(text)?)));
        match labelled {
            Some((label, rest)) => self.begin_dump(label, line.number, rest),
            None => self.statement(said, line.number, intake),
        }
    }

    pub(super) fn finish(mut self, intake: &mut Intake<'_>) {
        self.end_dump(intake);
        self.end_esp_without_spi(intake);
        if let (Some(line), false) = (self.hidden, self.has_ike_keys) {
            intake.problem(
                line,
                "this pluto keeps the keys of its IKE SAs in NSS and does not log their octets",
            );
        }
    }

    fn begin_dump(&mut self, label: Label, line: u64, rest: &str) {
        let octets = dumped(rest).unwrap_or_default();
        self.dump = Some(Dump {
            label,
            line,
            octets,
        });
    }

    fn end_dump(&mut self, intake: &mut Intake<'_>) {
        let Some(mut dump) = self.dump.take() else {
            return;
        };
        if dump.octets.is_empty() {
            return;
        }
        let spi = || Some(Spi(dump.octets.as_slice().try_into().ok()?));
        match dump.label {
            Label::InitiatorSpi => self.spis.initiator = spi().unwrap_or(self.spis.initiator),
            Label::ResponderSpi => self.spis.responder = spi().unwrap_or(self.spis.responder),
            _ => {
                let secret = Secret::new(std::mem::take(&mut *dump.octets));
                self.secret(dump.label, dump.line, secret, intake);
            }
        }
    }

    fn secret(&mut self, label: Label, line: u64, secret: Secret, intake: &mut Intake<'_>) {
        if label == Label::EncryptionKey {
            return self.ikev1(line, secret, intake);
        }
        let secret = Some(secret);
        match label {
            Label::InitiatorSpi | Label::ResponderSpi | Label::EncryptionKey => {}
            Label::Skeyid => self.skeyids.skeyid = secret,
            Label::SkeyidD => self.skeyids.d = secret,
            Label::SkeyidA => self.skeyids.a = secret,
            Label::SkeyidE => self.skeyids.e = secret,
            Label::SkD => {
                self.ikev2 = Ikev2 {
                    line,
                    d: secret,
                    ..Ikev2::default()
                }
            }
            Label::SkAi => self.ikev2.ai = secret,
            Label::SkAr => self.ikev2.ar = secret,
            Label::SkEi => self.ikev2.ei = secret,
            Label::SkEr => self.ikev2.er = secret,
            Label::SkPi => self.ikev2.pi = secret,
            Label::SkPr => self.end_ikev2(secret, intake),
            Label::EspEncryptionKey => {
                self.end_esp_without_spi(intake);
                self.esp.line = line;
                self.esp.encryption_key = secret;
            }
            Label::EspIntegrityKey => self.esp.integrity_key = secret,
        }
    }

    fn statement(&mut self, said: &str, line: u64, intake: &mut Intake<'_>) {
        if let Some((_, algorithms)) = said.split_once("looking for alg with encrypt: ") {
            let mut words = algorithms.split_whitespace();
            self.end_esp_without_spi(intake);
            self.esp = Esp {
                encr: words.next().and_then(names::encr),
                integ: words
                    .skip_while(|word| *word != "integ:")
                    .nth(1)
                    .and_then(names::integ),
                ..Esp::default()
            };
        } else if said.ends_with("Enabling ESN") {
            self.esp.has_esn = true;
        } else if self.esp.encryption_key.is_some()
            && let Some(spi) = esp_spi(said)
        {
            self.end_esp(spi, intake);
        } else if said.contains("newref SK_ei-key@") || said.contains("newref skeyid_e-key@") {
            self.hidden.get_or_insert(line);
        }
    }

    fn ikev1(&mut self, line: u64, encryption_key: Secret, intake: &mut Intake<'_>) {
        self.has_ike_keys = true;
        if self.spis.initiator.is_zero() {
            intake.problem(line, "an encryption key, but no initiator cookie before it");
            return;
        }
        let skeyids = std::mem::take(&mut self.skeyids);
        intake.ikev1(Ikev1Keys {
            cookie_i: self.spis.initiator,
            cookie_r: Some(self.spis.responder).filter(|cookie| !cookie.is_zero()),
            encryption_key,
            skeyid: skeyids.skeyid,
            skeyid_d: skeyids.d,
            skeyid_a: skeyids.a,
            skeyid_e: skeyids.e,
            encryption: None,
            hash: None,
            origin: intake.origin(line),
        });
    }

    fn end_ikev2(&mut self, sk_pr: Option<Secret>, intake: &mut Intake<'_>) {
        self.has_ike_keys = true;
        let keys = std::mem::take(&mut self.ikev2);
        let (Some(sk_ei), Some(sk_er)) = (keys.ei, keys.er) else {
            intake.problem(keys.line, "the keys of an IKE SA without SK_ei or SK_er");
            return;
        };
        if self.spis.initiator.is_zero() || self.spis.responder.is_zero() {
            intake.problem(
                keys.line,
                "the keys of an IKE SA, but not both SPIs before them",
            );
            return;
        }
        intake.ikev2(Ikev2Keys {
            spis: self.spis,
            sk_ei,
            sk_er,
            sk_ai: keys.ai.unwrap_or_default(),
            sk_ar: keys.ar.unwrap_or_default(),
            sk_d: keys.d,
            sk_pi: keys.pi,
            sk_pr,
            encryption: None,
            integrity: None,
            origin: intake.origin(keys.line),
        });
    }

    fn end_esp(&mut self, spi: u32, intake: &mut Intake<'_>) {
        let esp = std::mem::take(&mut self.esp);
        let Some(encryption_key) = esp.encryption_key else {
            return;
        };
        intake.esp(EspKeys {
            source: AddressPattern::Any,
            destination: AddressPattern::Any,
            spi: Some(spi),
            encryption: esp
                .encr
                .and_then(|encr| Encryption::of_material(encr, encryption_key.len())),
            encryption_key,
            integrity_key: esp.integrity_key.unwrap_or_default(),
            integrity: esp.integ.map(Integrity::Registered),
            extended_sequence_numbers: esp.has_esn.then_some(true),
            origin: intake.origin(esp.line),
        });
    }

    fn end_esp_without_spi(&mut self, intake: &mut Intake<'_>) {
        if self.esp.encryption_key.take().is_some() {
            intake.problem(self.esp.line, "an ESP key, but no SPI behind it");
        }
    }
}

/// The octets of a line of a dump: pairs of hex digits with one or two blanks between, at most 16, then
/// perhaps three blanks and the characters. `None` for any other line.
fn dumped(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(KEY_LIMIT));
    let text = text.trim();
    let digits = text.split("   ").next().unwrap_or_default();
    for pair in digits.split_whitespace() {
        let is_pair = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_pair || octets.len() == DUMP_COLUMNS {
            return None;
        }
        octets.push(u8::from_str_radix(pair, 16).ok()?);
    }
    (!octets.is_empty()).then_some(octets)
}

/// The SPI in `esp.2fec8bbf@198.51.100.20` or `192.0.2.10[2fec8bbf]==>`.
fn esp_spi(said: &str) -> Option<u32> {
    let digits = match said.split_once("]==>") {
        Some((before, _)) => before.rsplit_once('[')?.1,
        None => said.split_once("esp.")?.1.split('@').next()?,
    };
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    let is_spi = (1..=8).contains(&digits.len());
    is_spi
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}
