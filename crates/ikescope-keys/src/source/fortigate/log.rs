//! `diagnose debug application ike -1`.
//!
//! ```text
//! ike 0:VPN:8: IKE SA 0640897749c18520/79d668275e8fab85 SK_ei 16:45B41A6D...
//! ike 0:VPN:2: ISAKMP SA 2f013665b867de80/4878dfc8fee0cc14 key 16:161F81D2...
//! ike 0:VPN:8:VPN:423: IPsec SA dec spi fe02f80f key 16:81DC7F6F... auth 20:6ED062D0...
//! ```
//!
//! Terminals break such lines; the number before the colon says how many octets belong to a value.
//! Which algorithms they are for is said by the proposal chosen before, on lines of the same SA.

use std::collections::{BTreeMap, HashMap};

use ikescope_wire::SpiPair;
use ikescope_wire::iana::ikev1::HashAlgorithm;
use ikescope_wire::iana::{Encr, Integ};
use zeroize::Zeroizing;

use super::super::{Intake, spi_pair};
use super::{KEY_LIMIT, Value};
use crate::algorithm::{Encryption, Integrity};
use crate::names;
use crate::secret::Secret;
use crate::store::{AddressPattern, EspKeys, Ikev1Keys, Ikev2Keys};

/// Lines that may stand between the halves of a broken one: remarks, empty lines.
const PATIENCE: u32 = 8;

/// SAs whose proposal is remembered until their keys come.
const CHOSEN_LIMIT: usize = 10_000;

/// Reads the log statement by statement.
#[derive(Default)]
pub(super) struct Reader {
    broken: Option<Broken>,
    chosen: HashMap<String, Chosen>,
    /// SA whose chosen proposal is being listed.
    listing: Option<String>,
    ikev2: BTreeMap<SpiPair, Ikev2>,
}

/// A statement of keys that ended too early.
struct Broken {
    line: u64,
    text: Zeroizing<String>,
    lines_since: u32,
}

/// Algorithms of the proposal that was chosen.
#[derive(Clone, Copy, Default)]
struct Chosen {
    encr: Option<Encr>,
    integ: Option<Integ>,
    hash: Option<HashAlgorithm>,
}

/// The keys of an IKE SA, each on a line of its own.
#[derive(Default)]
struct Ikev2 {
    line: u64,
    chosen: Chosen,
    ei: Option<Secret>,
    er: Option<Secret>,
    ai: Option<Secret>,
    ar: Option<Secret>,
}

/// What reading a statement came to.
enum Statement {
    /// Keys of an IKE SA: one of the four.
    SkKey(SpiPair, String, Secret),
    /// Keys of an ISAKMP SA.
    Isakmp(SpiPair, Secret),
    /// Keys of an ESP SA.
    Esp(u32, Secret, Secret),
    /// The line ends before the statement does, so long as the next one goes on with it.
    Broken(String),
    /// A value that is no key.
    Wrong(String),
}

impl Reader {
    pub(super) fn line(&mut self, line: u64, text: &str, intake: &mut Intake<'_>) {
        for statement in statements(text) {
            self.statement(line, statement, intake);
        }
    }

    pub(super) fn finish(mut self, intake: &mut Intake<'_>) {
        self.give_up(intake);
        for (spis, keys) in std::mem::take(&mut self.ikev2) {
            add_ikev2(spis, keys, intake);
        }
    }

    fn statement(&mut self, line: u64, text: &str, intake: &mut Intake<'_>) {
        if let Some(broken) = &mut self.broken {
            if goes_on(text) {
                broken.text.push_str(text.trim());
                let line = broken.line;
                let whole = std::mem::take(&mut broken.text);
                self.broken = None;
                self.keys(line, &whole, intake);
                return;
            }
            broken.lines_since += 1;
            if text.contains("ike ") || broken.lines_since > PATIENCE {
                self.give_up(intake);
            }
        }
        if !self.keys(line, text, intake) {
            self.proposal(text);
        }
    }

    /// Reads a statement of keys; `false` for any other.
    fn keys(&mut self, line: u64, text: &str, intake: &mut Intake<'_>) -> bool {
        let Some((prefix, statement)) = read(text) else {
            return false;
        };
        let chosen = self.chosen.get(prefix).copied().unwrap_or_default();
        match statement {
            Statement::SkKey(spis, name, secret) => {
                let keys = self.ikev2.entry(spis).or_insert_with(|| Ikev2 {
                    line,
                    chosen,
                    ..Ikev2::default()
                });
                let slot = match name.as_str() {
                    "SK_ei" => &mut keys.ei,
                    "SK_er" => &mut keys.er,
                    "SK_ai" => &mut keys.ai,
                    _ => &mut keys.ar,
                };
                *slot = Some(secret);
            }
            Statement::Isakmp(spis, secret) => {
                intake.ikev1(ikev1(spis, secret, chosen, intake, line))
            }
            Statement::Esp(spi, key, auth) => intake.esp(esp(spi, key, auth, chosen, intake, line)),
            Statement::Broken(_) => {
                self.broken = Some(Broken {
                    line,
                    text: Zeroizing::new(text.to_owned()),
                    lines_since: 0,
                });
            }
            Statement::Wrong(reason) => intake.problem(line, reason),
        }
        true
    }

    /// Tells what is missing of a statement that never went on.
    fn give_up(&mut self, intake: &mut Intake<'_>) {
        if let Some(broken) = self.broken.take()
            && let Some((_, Statement::Broken(reason))) = read(&broken.text)
        {
            intake.problem(broken.line, reason);
        }
    }

    /// Remembers the algorithms of a proposal that was chosen.
    fn proposal(&mut self, text: &str) {
        let prefix = sa_of(text);
        if [
            "negotiation result",
            "matched proposal id",
            "accepted proposal",
        ]
        .iter()
        .any(|begins| text.contains(begins))
        {
            if self.chosen.len() < CHOSEN_LIMIT {
                self.chosen.insert(prefix.to_owned(), Chosen::default());
            }
            self.listing = Some(prefix.to_owned());
            return;
        }
        if self.listing.as_deref() != Some(prefix) {
            return;
        }
        if text.contains(" proposal:") {
            self.listing = None;
            return;
        }
        let Some(chosen) = self.chosen.get_mut(prefix) else {
            return;
        };
        if let Some(name) = value(text, "type=ENCR, val=")
            .or_else(|| value(text, "type=OAKLEY_ENCRYPT_ALG, val="))
            .or_else(|| value(text, "trans_id = ESP_"))
        {
            chosen.encr = names::encr(name);
        } else if let Some(name) =
            value(text, "type=INTEGR, val=").or_else(|| value(text, "type = AUTH_ALG, val="))
        {
            chosen.integ = names::integ(name);
        } else if let Some(name) = value(text, "type=OAKLEY_HASH_ALG, val=") {
            chosen.hash = names::hash(name);
        }
    }
}

/// Splits a paste in which line ends became blanks: each statement begins with `ike 0:` or `ike V=`.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let begins = |at: &usize| {
            let after = text.get(at + " ike ".len()..).unwrap_or_default();
            *at > 0 && (after.starts_with("V=") || after.starts_with(|c: char| c.is_ascii_digit()))
        };
        // The time in front of a statement is no statement, and neither is a time.
        let next = text
            .match_indices(" ike ")
            .map(|(at, _)| at)
            .filter(|at| {
                text.get(..*at)
                    .is_some_and(|before| before.contains("ike "))
            })
            .find(begins);
        match next {
            Some(at) => {
                rest = text.get(at + 1..);
                text.get(..at)
            }
            None => Some(text),
        }
    })
}

/// The SA that a statement is about: what its prefix says from the SA's number on. The name in front of
/// the number changes while an SA is negotiated.
fn sa_of(text: &str) -> &str {
    let Some((_, said)) = text.split_once("ike ") else {
        return "";
    };
    let prefix = said.split(": ").next().unwrap_or_default();
    // `0:` or `V=root:0:` is the virtual domain.
    let domain_ends = if prefix.starts_with("V=") { 2 } else { 1 };
    let mut at = 0;
    for (index, token) in prefix.split(':').enumerate() {
        let is_number = !token.is_empty() && token.bytes().all(|octet| octet.is_ascii_digit());
        if index >= domain_ends && is_number {
            return prefix.get(at..).unwrap_or_default();
        }
        at += token.len() + 1;
    }
    ""
}

/// What follows the key, up to a blank, comma, bracket or full stop.
fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let (_, value) = text.split_once(key)?;
    value.split([' ', ',', '(', '.']).next()
}

/// Whether the line can be the rest of a broken one: hex digits, or the words that stand between them.
fn goes_on(text: &str) -> bool {
    let mut words = text.split_whitespace().peekable();
    words.peek().is_some()
        && words.all(|word| {
            let is_hex = |text: &str| text.bytes().all(|octet| octet.is_ascii_hexdigit());
            let is_value = word.split([':', '/']).all(is_hex);
            is_value
                || ["key", "auth", "spi", "dec", "enc"].contains(&word)
                || word.starts_with("SK_")
        })
}

/// The SA and the keys in a statement, if it is about keys.
fn read(text: &str) -> Option<(&str, Statement)> {
    let prefix = sa_of(text);
    let statement = if let Some((_, said)) = text.split_once("ISAKMP SA ") {
        isakmp_sa(said)
    } else if let Some((_, said)) = text.split_once("IPsec SA ") {
        ipsec_sa(said)
    } else if let Some((_, said)) = text.split_once("IKE SA ") {
        ike_sa(said)
    } else {
        None
    };
    Some((prefix, statement?))
}

/// `0640897749c18520/79d668275e8fab85 SK_ei 16:45B4...`
fn ike_sa(said: &str) -> Option<Statement> {
    let (spis, said) = said.split_once(" SK_")?;
    let spis = spi_pair(spis.trim())?;
    let (name, said) = said.split_once(' ')?;
    if !["ei", "er", "ai", "ar"].contains(&name) {
        return None;
    }
    let name = format!("SK_{name}");
    Some(match sized(&name, said) {
        Ok((secret, _)) => Statement::SkKey(spis, name, secret),
        Err(statement) => statement,
    })
}

/// `2f013665b867de80/4878dfc8fee0cc14 key 16:161F...`
fn isakmp_sa(said: &str) -> Option<Statement> {
    let (spis, said) = said.split_once(" key ")?;
    let spis = spi_pair(spis.trim())?;
    Some(match sized("key", said) {
        Ok((secret, _)) => Statement::Isakmp(spis, secret),
        Err(statement) => statement,
    })
}

/// `dec spi fe02f80f key 16:81DC... auth 20:6ED0...`
fn ipsec_sa(said: &str) -> Option<Statement> {
    let said = said
        .strip_prefix("dec spi ")
        .or_else(|| said.strip_prefix("enc spi "))?;
    let (spi, said) = said.split_once(" key ")?;
    let spi = u32::from_str_radix(spi.trim(), 16).ok()?;
    let read = sized("key", said).and_then(|(key, said)| {
        let said = said.trim_start();
        let Some(said) = said.strip_prefix("auth ") else {
            return Err(Statement::Broken(format!(
                "ESP SA {spi:08x}: auth is missing"
            )));
        };
        let (auth, _) = sized("auth", said)?;
        Ok((key, auth))
    });
    Some(match read {
        Ok((key, auth)) => Statement::Esp(spi, key, auth),
        Err(statement) => statement,
    })
}

/// `16:45B4...` and what follows it.
fn sized<'t>(name: &str, said: &'t str) -> Result<(Secret, &'t str), Statement> {
    let Some((octets, digits)) = said.trim_start().split_once(':') else {
        return Err(Statement::Broken(format!("{name} has no length")));
    };
    let octets = match octets.parse() {
        Ok(octets) if octets <= KEY_LIMIT => octets,
        _ => return Err(Statement::Wrong(format!("{name} has no possible length"))),
    };
    let mut value = Value::new(octets);
    let rest = value.take(digits);
    if value.is_whole() {
        return Ok((value.secret(name).map_err(Statement::Wrong)?, rest));
    }
    let cut = value.secret(name).err().unwrap_or_default();
    // Digits that end in the middle of the line were made unreadable, not broken.
    Err(if rest.trim().is_empty() {
        Statement::Broken(cut)
    } else {
        Statement::Wrong(cut)
    })
}

fn add_ikev2(spis: SpiPair, keys: Ikev2, intake: &mut Intake<'_>) {
    let (Some(sk_ei), Some(sk_er)) = (keys.ei, keys.er) else {
        intake.problem(
            keys.line,
            format!("IKEv2 SA {spis}: SK_ei or SK_er is missing"),
        );
        return;
    };
    let is_aead = keys.chosen.encr.is_some_and(Encr::is_aead);
    let integrity = match keys.chosen.integ {
        Some(integ) => Some(Integrity::Registered(integ)),
        None => is_aead.then_some(Integrity::NONE),
    };
    intake.ikev2(Ikev2Keys {
        spis,
        encryption: encryption(keys.chosen, &sk_ei),
        sk_ei,
        sk_er,
        sk_ai: keys.ai.unwrap_or_default(),
        sk_ar: keys.ar.unwrap_or_default(),
        sk_d: None,
        sk_pi: None,
        sk_pr: None,
        integrity,
        origin: intake.origin(keys.line),
    });
}

fn ikev1(
    spis: SpiPair,
    encryption_key: Secret,
    chosen: Chosen,
    intake: &Intake<'_>,
    line: u64,
) -> Ikev1Keys {
    Ikev1Keys {
        cookie_i: spis.initiator,
        cookie_r: Some(spis.responder).filter(|cookie| !cookie.is_zero()),
        encryption: encryption(chosen, &encryption_key),
        encryption_key,
        skeyid: None,
        skeyid_d: None,
        skeyid_a: None,
        skeyid_e: None,
        hash: chosen.hash,
        origin: intake.origin(line),
    }
}

fn esp(
    spi: u32,
    encryption_key: Secret,
    integrity_key: Secret,
    chosen: Chosen,
    intake: &Intake<'_>,
    line: u64,
) -> EspKeys {
    EspKeys {
        source: AddressPattern::Any,
        destination: AddressPattern::Any,
        spi: Some(spi),
        encryption: encryption(chosen, &encryption_key),
        encryption_key,
        integrity: chosen.integ.map(Integrity::Registered),
        integrity_key,
        extended_sequence_numbers: None,
        origin: intake.origin(line),
    }
}

fn encryption(chosen: Chosen, key: &Secret) -> Option<Encryption> {
    Encryption::of_material(chosen.encr?, key.len())
}
