//! charon's log with `ike = 4`: most packages of strongSwan come without the plugin save-keys.
//!
//! Keys are dumped without the SPIs of their SA. In IKEv2 the AUTH payload is made next, by the same
//! thread, of octets that begin with a message and so with its SPIs; in IKEv1 NAT detection comes next,
//! whose octets begin with both cookies. A rekeyed IKE SA of IKEv2 has neither, which is told. The
//! proposal is selected by another thread, on a line that names no SA: algorithms are left open.
//!
//! ```text
//! 06[IKE] natd_chunk => 22 bytes @ 0x7f36a0002fd0
//! 06[IKE]    0: 72 46 26 CC BE A3 3C C4 C8 2F 56 7D EA F4 D7 A3  rF&...<../V}....
//! 06[IKE] Sk_ei secret => 32 bytes @ 0x7f36a4046230
//! 06[IKE] octets = message + nonce + prf(Sk_px, IDx') => 528 bytes @ 0x7f36a0005ef0
//! 06[IKE] encryption key Ka => 32 bytes @ 0x7f10f0007910
//! ```

use std::collections::HashMap;

use ikescope_wire::{Spi, SpiPair};
use zeroize::Zeroizing;

use super::Intake;
use crate::secret::Secret;
use crate::store::{Ikev1Keys, Ikev2Keys};
use crate::text::Line;

/// Octets that are kept of a dump: the longest key, or the SPIs.
const KEPT_OCTETS: usize = 64;

/// SAs whose responder SPI is remembered until the AUTH payload is made.
const RESPONDERS_LIMIT: usize = 10_000;

/// Threads that are told apart; charon has 16 unless told otherwise.
const THREADS_LIMIT: usize = 1024;

/// Reads the log thread by thread.
#[derive(Default)]
pub(super) struct Reader {
    threads: HashMap<u32, Thread>,
    responders: HashMap<Spi, Spi>,
}

/// What one thread is at.
#[derive(Default)]
struct Thread {
    dump: Option<Dump>,
    keys: HashMap<&'static str, Secret>,
    /// Line of the first of `keys`.
    line: u64,
}

/// Octets that are being dumped.
struct Dump {
    what: What,
    line: u64,
    said: usize,
    octets: Zeroizing<Vec<u8>>,
}

/// What is dumped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum What {
    /// A key, by its name in [`KEYS`].
    Key(&'static str),
    /// Octets under the hash of NAT detection: SPIs, address, port.
    NatDetection,
    /// Octets under the signature of AUTH: a message, a nonce, a MAC.
    Auth,
}

const KEYS: [&str; 12] = [
    "Sk_d",
    "Sk_ai",
    "Sk_ar",
    "Sk_ei",
    "Sk_er",
    "Sk_pi",
    "Sk_pr",
    "SKEYID",
    "SKEYID_d",
    "SKEYID_a",
    "SKEYID_e",
    "encryption key Ka",
];

impl Reader {
    pub(super) fn line(&mut self, line: &Line, intake: &mut Intake<'_>) {
        let Some((number, said)) = statement(&line.text) else {
            return;
        };
        if self.threads.len() >= THREADS_LIMIT && !self.threads.contains_key(&number) {
            return;
        }
        let thread = self.threads.entry(number).or_default();
        if let Some(dump) = &mut thread.dump {
            if let Some(octets) = dumped(said) {
                dump.take(&octets);
            }
            if dump.is_whole() || dumped(said).is_none() {
                self.end_dump(number, intake);
            }
        }
        let thread = self.threads.entry(number).or_default();
        if let Some(dump) = Dump::begin(said, line.number) {
            thread.dump = Some(dump);
        }
    }

    pub(super) fn finish(mut self, intake: &mut Intake<'_>) {
        for thread in self.threads.values_mut() {
            thread.lose_keys(intake);
        }
    }

    fn end_dump(&mut self, number: u32, intake: &mut Intake<'_>) {
        let Some(thread) = self.threads.get_mut(&number) else {
            return;
        };
        let Some(mut dump) = thread.dump.take() else {
            return;
        };
        if !dump.is_whole() {
            return;
        }
        match dump.what {
            What::Key(name) => {
                if matches!(name, "Sk_d" | "SKEYID") {
                    thread.lose_keys(intake);
                    thread.line = dump.line;
                }
                let secret = Secret::new(std::mem::take(&mut *dump.octets));
                thread.keys.insert(name, secret);
            }
            What::NatDetection => {
                let Some(spis) = dump.spis() else {
                    return;
                };
                if !spis.responder.is_zero() {
                    if self.responders.len() < RESPONDERS_LIMIT {
                        self.responders.insert(spis.initiator, spis.responder);
                    }
                    thread.ikev1(spis, intake);
                }
            }
            What::Auth => {
                let Some(mut spis) = dump.spis() else {
                    return;
                };
                if spis.responder.is_zero() {
                    let known = self.responders.get(&spis.initiator);
                    spis.responder = known.copied().unwrap_or_default();
                }
                thread.ikev2(spis, intake);
            }
        }
    }
}

impl Thread {
    fn ikev1(&mut self, spis: SpiPair, intake: &mut Intake<'_>) {
        let Some(encryption_key) = self.keys.remove("encryption key Ka") else {
            return;
        };
        let mut take = |name| self.keys.remove(name);
        let keys = Ikev1Keys {
            cookie_i: spis.initiator,
            cookie_r: Some(spis.responder),
            encryption_key,
            skeyid: take("SKEYID"),
            skeyid_d: take("SKEYID_d"),
            skeyid_a: take("SKEYID_a"),
            skeyid_e: take("SKEYID_e"),
            encryption: None,
            hash: None,
            origin: intake.origin(self.line),
        };
        intake.ikev1(keys);
    }

    fn ikev2(&mut self, spis: SpiPair, intake: &mut Intake<'_>) {
        let mut take = |name| self.keys.remove(name);
        let (Some(sk_ei), Some(sk_er)) = (take("Sk_ei"), take("Sk_er")) else {
            return;
        };
        if spis.responder.is_zero() {
            intake.problem(
                self.line,
                "the keys of an IKE SA whose responder SPI is not in the log",
            );
            return;
        }
        let keys = Ikev2Keys {
            spis,
            sk_ei,
            sk_er,
            sk_ai: take("Sk_ai").unwrap_or_default(),
            sk_ar: take("Sk_ar").unwrap_or_default(),
            sk_d: take("Sk_d"),
            sk_pi: take("Sk_pi"),
            sk_pr: take("Sk_pr"),
            encryption: None,
            integrity: None,
            origin: intake.origin(self.line),
        };
        intake.ikev2(keys);
    }

    /// Tells that keys were dumped whose SA nothing named.
    fn lose_keys(&mut self, intake: &mut Intake<'_>) {
        let is_key = |name: &&str| matches!(*name, "Sk_ei" | "encryption key Ka");
        if self.keys.keys().any(is_key) {
            intake.problem(
                self.line,
                "the keys of an IKE SA whose SPIs this log does not tell, as when an IKE SA is rekeyed",
            );
        }
        self.keys.clear();
    }
}

impl Dump {
    /// `Sk_ei secret => 32 bytes @ 0x7f36a4046230`
    fn begin(said: &str, line: u64) -> Option<Self> {
        let (label, size) = said.split_once(" => ")?;
        let said = size.split_once(" bytes")?.0.parse().ok()?;
        let key = label.strip_suffix(" secret").unwrap_or(label);
        let what = match key {
            "natd_chunk" => What::NatDetection,
            _ if key.starts_with("octets = message") => What::Auth,
            _ => What::Key(KEYS.into_iter().find(|name| *name == key)?),
        };
        Some(Self {
            what,
            line,
            said,
            octets: Zeroizing::new(Vec::with_capacity(KEPT_OCTETS)),
        })
    }

    fn take(&mut self, octets: &[u8]) {
        let room = self.said.min(KEPT_OCTETS).saturating_sub(self.octets.len());
        self.octets.extend(octets.iter().take(room));
    }

    fn is_whole(&self) -> bool {
        self.octets.len() == self.said.min(KEPT_OCTETS)
    }

    fn spis(&self) -> Option<SpiPair> {
        let spi = |at: usize| Some(Spi(*self.octets.get(at..)?.first_chunk()?));
        Some(SpiPair {
            initiator: spi(0)?,
            responder: spi(8)?,
        })
    }
}

/// Thread and text of `06[IKE] <gw|1> natd_hash => ...`, whatever the logger put in front.
fn statement(text: &str) -> Option<(u32, &str)> {
    let (before, said) = text.split_once("[IKE]")?;
    let digits = before.rsplit(|last: char| !last.is_ascii_digit()).next()?;
    let said = said.strip_prefix(' ').unwrap_or(said);
    let said = match said.strip_prefix('<') {
        Some(named) => named.split_once("> ").map_or(said, |(_, said)| said),
        None => said,
    };
    Some((digits.parse().ok()?, said))
}

/// The octets of a line of a dump: an offset in blanks, a colon, at most 16 pairs of hex digits, and
/// behind two blanks the characters.
fn dumped(said: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (offset, rest) = said.split_once(": ")?;
    let is_offset = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if offset.trim().is_empty() || !is_offset(offset.trim()) {
        return None;
    }
    let digits = rest.split("  ").next()?;
    let mut octets = Zeroizing::new(Vec::with_capacity(16));
    for pair in digits.split_whitespace().take(16) {
        octets.push(
            u8::from_str_radix(pair, 16)
                .ok()
                .filter(|_| pair.len() == 2)?,
        );
    }
    Some(octets)
}
