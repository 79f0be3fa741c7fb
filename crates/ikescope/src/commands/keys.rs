//! `ikescope keys`: which keys there are, by SPI, and Wireshark's tables of them. The keys themselves
//! only where they are asked for.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use ikescope_analysis::Keyring;
use ikescope_keys::{
    Encryption, EspKeys, Ikev1Keys, Ikev2Keys, Integrity, KeyStore, LoadError, Loaded, RemarkKind,
    Secret, SharedSecret, WiresharkTables,
};

use super::{STDIN, pre_shared};
use crate::args::{DecryptionArgs, KeysArgs};
use crate::complaint;
use crate::exit::Exit;
use crate::output::line::Line;
use crate::output::screen::{Role, Screen};

/// Runs the command.
pub(crate) fn run(args: &KeysArgs) -> anyhow::Result<Exit> {
    let store = load_all(&args.sources)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let screen = Screen::new(&args.look, false);
    Listing { screen, args }.print(&mut out, &store)?;
    if let Some(directory) = &args.wireshark {
        write_tables(&mut out, &store, directory)?;
    }
    out.flush()?;
    Ok(Exit::Written)
}

/// Reads the keys of all sources, and complains of what is wrong with them.
pub(super) fn load_all(sources: &[PathBuf]) -> anyhow::Result<KeyStore> {
    let mut store = KeyStore::new();
    for source in sources {
        let loaded = load(&mut store, source)?;
        for problem in &loaded.problems {
            complaint::warning(&problem.to_string());
        }
    }
    if store.is_empty() {
        bail!("no keys in {}", names(sources));
    }
    for conflict in store.conflicts() {
        let origins: Vec<String> = conflict.origins.iter().map(ToString::to_string).collect();
        let origins = origins.join(" and ");
        complaint::warning(&format!("{}: {origins} differ; both are kept", conflict.sa));
    }
    Ok(store)
}

/// The keys for an analysis, if sources of keys are given.
pub(super) fn keyring(args: &DecryptionArgs) -> anyhow::Result<Option<Arc<dyn Keyring>>> {
    Ok(store(args)?.map(ikescope::keyring))
}

/// All keys that the command line names, those of SAs and the pre-shared ones.
pub(super) fn store(args: &DecryptionArgs) -> anyhow::Result<Option<KeyStore>> {
    let mut store = match args.files.keys.as_slice() {
        [] => KeyStore::new(),
        sources => load_all(sources)?,
    };
    for key in pre_shared::all(&args.pre_shared)? {
        store.add_pre_shared(key);
    }
    Ok((!store.is_empty()).then_some(store))
}

fn load(store: &mut KeyStore, source: &Path) -> Result<Loaded, LoadError> {
    if source.as_os_str() == STDIN {
        store.read("stdin", io::stdin().lock())
    } else {
        store.load(source)
    }
}

fn names(sources: &[PathBuf]) -> String {
    let names = sources.iter().map(|source| source.display().to_string());
    names.collect::<Vec<_>>().join(", ")
}

fn write_tables(out: &mut dyn Write, store: &KeyStore, directory: &Path) -> anyhow::Result<()> {
    let tables = WiresharkTables::of(store);
    for remark in tables.remarks() {
        let (sa, origin) = (remark.sa, &remark.origin);
        complaint::warning(&match &remark.kind {
            RemarkKind::Assumed(names) => {
                format!("{origin}: {sa}: no algorithms are named here; written as {names}")
            }
            RemarkKind::LeftOut(why) => format!("{origin}: {sa}: not written: {why}"),
            _ => continue,
        });
    }
    let written = tables
        .write(directory)
        .with_context(|| format!("cannot write into {}", directory.display()))?;
    for path in written {
        writeln!(out, "written: {}", path.display())?;
    }
    Ok(())
}

/// What is listed of the keys of one SA.
struct Entry<'a> {
    kind: &'static str,
    spis: String,
    algorithms: String,
    origin: String,
    secrets: Vec<(&'static str, &'a Secret)>,
}

impl<'a> Entry<'a> {
    fn new(
        (kind, spis): (&'static str, String),
        algorithms: String,
        origin: &impl ToString,
        secrets: impl IntoIterator<Item = (&'static str, Option<&'a Secret>)>,
    ) -> Self {
        let secrets = secrets.into_iter();
        let known = secrets.filter_map(|(name, secret)| {
            let secret = secret.filter(|secret| !secret.is_empty())?;
            Some((name, secret))
        });
        Self {
            kind,
            spis,
            algorithms,
            origin: origin.to_string(),
            secrets: known.collect(),
        }
    }

    /// Columns that it takes if all of it stands in one line.
    fn width(&self) -> usize {
        let spis = self.spis.chars().count().max(SPIS_WIDTH);
        KIND_WIDTH + spis + GAP + self.beside()
    }

    /// Columns of what stands beside the SPIs.
    fn beside(&self) -> usize {
        self.algorithms.chars().count() + GAP + self.origin.chars().count()
    }
}

/// How the keys are listed.
struct Listing<'a> {
    screen: Screen,
    args: &'a KeysArgs,
}

impl Listing<'_> {
    fn print(&self, out: &mut dyn Write, store: &KeyStore) -> io::Result<()> {
        let entries = entries(store);
        let room = self.screen.width;
        let in_a_line = entries.iter().all(|entry| entry.width() <= room);
        let in_two_lines = entries.iter().all(|it| KIND_WIDTH + it.beside() <= room);
        for entry in &entries {
            self.entry(out, entry, (in_a_line, in_two_lines))?;
        }
        let count = |kind: &str| entries.iter().filter(|entry| entry.kind == kind).count();
        let exchanges = match count(EXCHANGE) {
            0 => String::new(),
            1 => ", and the secret of 1 key exchange".to_owned(),
            shared => format!(", and the secrets of {shared} key exchanges"),
        };
        writeln!(
            out,
            "keys of {} IKEv2, {} IKEv1 and {} ESP SAs{exchanges}",
            count(IKEV2),
            count(IKEV1),
            count(ESP)
        )
    }

    /// All entries are laid out alike: in a line each if the widest of them fits, else in two or three.
    fn entry(
        &self,
        out: &mut dyn Write,
        entry: &Entry<'_>,
        (in_a_line, in_two_lines): (bool, bool),
    ) -> io::Result<()> {
        let mut line = Line::new()
            .painted(Role::Label, entry.kind)
            .to(KIND_WIDTH)
            .text(entry.spis.clone());
        if in_a_line {
            line = line.to(KIND_WIDTH + SPIS_WIDTH + GAP);
        } else {
            line.write(out, &self.screen)?;
            line = Line::new().to(KIND_WIDTH);
        }
        line = line.text(entry.algorithms.clone());
        if in_a_line || in_two_lines {
            line = line.text("  ");
        } else {
            line.write(out, &self.screen)?;
            line = Line::new().to(KIND_WIDTH);
        }
        let line = line.painted(Role::Note, entry.origin.clone());
        line.write(out, &self.screen)?;
        self.secrets(out, entry)
    }

    fn secrets(&self, out: &mut dyn Write, entry: &Entry<'_>) -> io::Result<()> {
        if !self.args.show_secrets {
            return Ok(());
        }
        for (name, secret) in &entry.secrets {
            writeln!(out, "       {name:10}  {}", hex::encode(secret.expose()))?;
        }
        Ok(())
    }
}

const IKEV2: &str = "IKEv2";
const IKEV1: &str = "IKEv1";
const ESP: &str = "ESP";
const EXCHANGE: &str = "KE";
/// Columns of the kind, and the gap behind it.
const KIND_WIDTH: usize = 7;
/// Columns of two SPIs of IKE and the colon between.
const SPIS_WIDTH: usize = 33;
const GAP: usize = 2;

fn entries(store: &KeyStore) -> Vec<Entry<'_>> {
    let ikev2 = store.all_ikev2().map(of_ikev2);
    let ikev1 = store.all_ikev1().map(of_ikev1);
    let esp = store.all_esp().map(of_esp);
    let shared = store.all_shared_secrets().map(of_exchange);
    ikev2.chain(ikev1).chain(esp).chain(shared).collect()
}

fn of_ikev2(keys: &Ikev2Keys) -> Entry<'_> {
    Entry::new(
        (IKEV2, keys.spis.to_string()),
        algorithms(keys.encryption, keys.integrity),
        &keys.origin,
        [
            ("SK_ei", Some(&keys.sk_ei)),
            ("SK_er", Some(&keys.sk_er)),
            ("SK_ai", Some(&keys.sk_ai)),
            ("SK_ar", Some(&keys.sk_ar)),
            ("SK_d", keys.sk_d.as_ref()),
            ("SK_pi", keys.sk_pi.as_ref()),
            ("SK_pr", keys.sk_pr.as_ref()),
        ],
    )
}

fn of_ikev1(keys: &Ikev1Keys) -> Entry<'_> {
    let responder = keys.cookie_r.map(|cookie| format!(":{cookie}"));
    let cookies = format!("{}{}", keys.cookie_i, responder.unwrap_or_default());
    let hash = keys
        .hash
        .map_or_else(String::new, |hash| format!(", {hash}"));
    let algorithms = keys
        .encryption
        .map_or_else(unnamed, |cipher| format!("{cipher}{hash}"));
    Entry::new(
        (IKEV1, cookies),
        algorithms,
        &keys.origin,
        [
            ("key", Some(&keys.encryption_key)),
            ("SKEYID", keys.skeyid.as_ref()),
            ("SKEYID_d", keys.skeyid_d.as_ref()),
            ("SKEYID_a", keys.skeyid_a.as_ref()),
            ("SKEYID_e", keys.skeyid_e.as_ref()),
        ],
    )
}

fn of_esp(keys: &EspKeys) -> Entry<'_> {
    let spi = keys
        .spi
        .map_or_else(|| "any SPI".to_owned(), |spi| format!("{spi:08x}"));
    Entry::new(
        (ESP, spi),
        algorithms(keys.encryption, keys.integrity),
        &keys.origin,
        [
            ("encryption", Some(&keys.encryption_key)),
            ("integrity", Some(&keys.integrity_key)),
        ],
    )
}

fn of_exchange(shared: &SharedSecret) -> Entry<'_> {
    Entry::new(
        (EXCHANGE, shared.spis.to_string()),
        "secret of the key exchange".to_owned(),
        &shared.origin,
        [("g^ir", Some(&shared.secret))],
    )
}

fn algorithms(encryption: Option<Encryption>, integrity: Option<Integrity>) -> String {
    match (encryption, integrity) {
        (None, _) => unnamed(),
        (Some(encryption), None | Some(Integrity::NONE)) => encryption.to_string(),
        (Some(encryption), Some(integrity)) => format!("{encryption}, {integrity}"),
    }
}

fn unnamed() -> String {
    "algorithms not named".to_owned()
}
