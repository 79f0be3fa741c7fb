//! `diagnose debug application ike -1`.
//!
//! ```text
//! ike 0:VPN:8: IKE SA 0640897749c18520/79d668275e8fab85 SK_ei 16:45B41A6D...
//! ike 0:VPN:2: ISAKMP SA 2f013665b867de80/4878dfc8fee0cc14 key 16:161F81D2...
//! ike 0:VPN:8:VPN:423: IPsec SA dec spi fe02f80f key 16:81DC7F6F... auth 20:6ED062D0...
//! ```
//!
//! Terminals break such lines: a line that begins no statement goes on with the one before, and the
//! number before the colon says how many octets belong to a value. Which algorithms they are for is
//! said by the proposal chosen before, on lines of the same SA.

use std::collections::{BTreeMap, HashMap};

use ikescope_wire::SpiPair;
use ikescope_wire::iana::ikev1::HashAlgorithm;
use ikescope_wire::iana::{Encr, Integ};
use zeroize::Zeroizing;

use super::super::{Intake, spi_pair};
use super::KEY_LIMIT;
use crate::algorithm::{Encryption, Integrity};
use crate::names;
use crate::secret::Secret;
use crate::store::{AddressPattern, EspKeys, Ikev1Keys, Ikev2Keys};

/// Lines that may stand between the halves of a broken one: remarks, empty lines.
const PATIENCE: u32 = 8;

/// Octets of a statement beyond which it is not about keys.
const STATEMENT_LIMIT: usize = 4096;

/// SAs whose proposal is remembered until their keys come.
const CHOSEN_LIMIT: usize = 10_000;

/// Reads the log statement by statement.
#[derive(Default)]
pub(super) struct Reader {
    pending: Option<Pending>,
    chosen: HashMap<String, Chosen>,
    /// SA whose chosen proposal is being listed.
    listing: Option<String>,
    ikev2: BTreeMap<SpiPair, Ikev2>,
}

/// A statement with which the next line may go on.
struct Pending {
    line: u64,
    text: Zeroizing<String>,
    /// Octets of `text` that stood on its first line.
    first: usize,
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

/// What a statement of keys says.
enum Statement {
    /// One of the four keys of an IKE SA.
    SkKey(SpiPair, String, Secret),
    /// The key of an ISAKMP SA.
    Isakmp(SpiPair, Secret),
    /// The keys of an ESP SA.
    Esp(u32, Secret, Secret),
    /// Why a value is no key.
    Wrong(String),
}

impl Reader {
    pub(super) fn line(&mut self, line: u64, text: &str, intake: &mut Intake<'_>) {
        if !begins(text) {
            if let Some(pending) = &mut self.pending {
                pending.go_on(text);
            }
            return;
        }
        for statement in statements(text) {
            self.end_statement(intake);
            if is_wanted(statement) {
                self.pending = Some(Pending {
                    line,
                    text: Zeroizing::new(statement.to_owned()),
                    first: statement.len(),
                    lines_since: 0,
                });
            }
        }
    }

    pub(super) fn finish(mut self, intake: &mut Intake<'_>) {
        self.end_statement(intake);
        for (spis, keys) in std::mem::take(&mut self.ikev2) {
            add_ikev2(spis, keys, intake);
        }
    }

    fn end_statement(&mut self, intake: &mut Intake<'_>) {
        let Some(pending) = self.pending.take() else {
            return;
        };
        if !self.keys(pending.line, &pending.text, intake) {
            // Behind a proposal may stand what does not belong to it.
            let first = pending.text.get(..pending.first).unwrap_or_default();
            let _ = self.proposal(&pending.text) || self.proposal(first);
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
            Statement::Wrong(reason) => intake.problem(line, reason),
        }
        true
    }

    /// Remembers the algorithms of a proposal that was chosen; `false` where a name is unknown.
    fn proposal(&mut self, text: &str) -> bool {
        let sa = sa_of(text);
        if LISTS_CHOSEN.iter().any(|begins| text.contains(begins)) {
            if self.chosen.len() < CHOSEN_LIMIT {
                self.chosen.insert(sa.to_owned(), Chosen::default());
            }
            self.listing = Some(sa.to_owned());
        } else if text.contains(" proposal:") {
            self.listing = None;
        } else if self.listing.as_deref() == Some(sa)
            && let Some(chosen) = self.chosen.get_mut(sa)
        {
            return chosen.learn(text);
        }
        true
    }
}

/// Statements behind which the transforms of the chosen proposal are listed.
const LISTS_CHOSEN: [&str; 3] = [
    "negotiation result",
    "matched proposal id",
    "accepted proposal",
];

impl Chosen {
    /// Takes the algorithm of a transform; `false` where its name is unknown.
    fn learn(&mut self, text: &str) -> bool {
        let cipher = value(text, "type=ENCR, val=")
            .or_else(|| value(text, "type=OAKLEY_ENCRYPT_ALG, val="))
            .or_else(|| value(text, "trans_id = ESP_"));
        let integ =
            value(text, "type=INTEGR, val=").or_else(|| value(text, "type = AUTH_ALG, val="));
        if let Some(name) = cipher {
            self.encr = names::encr(name);
            self.encr.is_some()
        } else if let Some(name) = integ {
            self.integ = names::integ(name);
            self.integ.is_some()
        } else if let Some(name) = value(text, "type=OAKLEY_HASH_ALG, val=") {
            self.hash = names::hash(name);
            self.hash.is_some()
        } else {
            true
        }
    }
}

impl Pending {
    fn go_on(&mut self, text: &str) {
        let said = text.trim();
        self.lines_since += 1;
        let is_remark =
            said.is_empty() || said.starts_with("//") || said.starts_with('<') || !said.is_ascii();
        if !is_remark && self.lines_since <= PATIENCE && self.text.len() < STATEMENT_LIMIT {
            self.text.push_str(text.trim_end());
        }
    }
}

/// Whether a line begins a statement. Whatever stands in front of `ike` was put there by a logger.
fn begins(text: &str) -> bool {
    let begins_ike = |at: usize| {
        let after = text.get(at + 4..).unwrap_or_default();
        after.starts_with("V=") || after.starts_with(|first: char| first.is_ascii_digit())
    };
    text.trim_start().starts_with("ike ")
        || text.match_indices("ike ").any(|(at, _)| begins_ike(at))
        || KEY_STATEMENTS
            .iter()
            .any(|statement| text.contains(statement))
}

/// Beginnings of statements of keys, perhaps.
const KEY_STATEMENTS: [&str; 3] = ["ISAKMP SA ", "IPsec SA ", "IKE SA "];

/// Whether a statement can be about keys or about a proposal.
fn is_wanted(text: &str) -> bool {
    text.len() <= STATEMENT_LIMIT
        && ["SA ", "val=", "proposal", "trans_id", "negotiation result"]
            .iter()
            .any(|word| text.contains(word))
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
            return Err(Statement::Wrong(format!(
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
        return Err(Statement::Wrong(format!("{name} has no length")));
    };
    let octets = match octets.parse::<usize>() {
        Ok(octets) if octets <= KEY_LIMIT => octets,
        _ => return Err(Statement::Wrong(format!("{name} has no possible length"))),
    };
    let digits = digits.trim_start();
    let found = digits
        .bytes()
        .take(2 * octets)
        .take_while(u8::is_ascii_hexdigit)
        .count();
    if found < 2 * octets {
        return Err(Statement::Wrong(format!(
            "{name} is cut: {octets} octets said, {found} hex digits found"
        )));
    }
    let (digits, rest) = digits.split_at(found);
    match Secret::from_hex(digits) {
        Ok(secret) => Ok((secret, rest)),
        Err(error) => Err(Statement::Wrong(format!("{name}: {error}"))),
    }
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
