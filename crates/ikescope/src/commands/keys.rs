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

/// How the keys are listed.
struct Listing<'a> {
    screen: Screen,
    args: &'a KeysArgs,
}

impl Listing<'_> {
    fn print(&self, out: &mut dyn Write, store: &KeyStore) -> io::Result<()> {
        for keys in store.all_ikev2() {
            self.ikev2(out, keys)?;
        }
        for keys in store.all_ikev1() {
            self.ikev1(out, keys)?;
        }
        for keys in store.all_esp() {
            self.esp(out, keys)?;
        }
        let [ikev2, ikev1, esp] = [
            store.all_ikev2().count(),
            store.all_ikev1().count(),
            store.all_esp().count(),
        ];
        let mut shared = 0;
        for secret in store.all_shared_secrets() {
            shared += 1;
            self.shared_secret(out, secret)?;
        }
        let exchanges = match shared {
            0 => String::new(),
            1 => ", and the secret of 1 key exchange".to_owned(),
            _ => format!(", and the secrets of {shared} key exchanges"),
        };
        writeln!(
            out,
            "keys of {ikev2} IKEv2, {ikev1} IKEv1 and {esp} ESP SAs{exchanges}"
        )
    }

    fn ikev2(&self, out: &mut dyn Write, keys: &Ikev2Keys) -> io::Result<()> {
        let algorithms = algorithms(keys.encryption, keys.integrity);
        self.head(
            out,
            "IKEv2",
            &keys.spis.to_string(),
            &algorithms,
            &keys.origin.to_string(),
        )?;
        self.secrets(
            out,
            &[
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

    fn ikev1(&self, out: &mut dyn Write, keys: &Ikev1Keys) -> io::Result<()> {
        let responder = keys.cookie_r.map(|cookie| format!(":{cookie}"));
        let cookies = format!("{}{}", keys.cookie_i, responder.unwrap_or_default());
        let hash = keys
            .hash
            .map_or_else(String::new, |hash| format!(", {hash}"));
        let algorithms = keys
            .encryption
            .map_or_else(unnamed, |cipher| format!("{cipher}{hash}"));
        self.head(
            out,
            "IKEv1",
            &cookies,
            &algorithms,
            &keys.origin.to_string(),
        )?;
        self.secrets(
            out,
            &[
                ("key", Some(&keys.encryption_key)),
                ("SKEYID", keys.skeyid.as_ref()),
                ("SKEYID_d", keys.skeyid_d.as_ref()),
                ("SKEYID_a", keys.skeyid_a.as_ref()),
                ("SKEYID_e", keys.skeyid_e.as_ref()),
            ],
        )
    }

    fn esp(&self, out: &mut dyn Write, keys: &EspKeys) -> io::Result<()> {
        let spi = keys
            .spi
            .map_or_else(|| "any SPI".to_owned(), |spi| format!("{spi:08x}"));
        let algorithms = algorithms(keys.encryption, keys.integrity);
        self.head(out, "ESP", &spi, &algorithms, &keys.origin.to_string())?;
        self.secrets(
            out,
            &[
                ("encryption", Some(&keys.encryption_key)),
                ("integrity", Some(&keys.integrity_key)),
            ],
        )
    }

    fn shared_secret(&self, out: &mut dyn Write, shared: &SharedSecret) -> io::Result<()> {
        let (spis, origin) = (shared.spis.to_string(), shared.origin.to_string());
        self.head(out, "KE", &spis, "secret of the key exchange", &origin)?;
        self.secrets(out, &[("g^ir", Some(&shared.secret))])
    }

    fn head(
        &self,
        out: &mut dyn Write,
        kind: &str,
        spis: &str,
        algorithms: &str,
        origin: &str,
    ) -> io::Result<()> {
        let kind = format!("{kind:5}");
        let kind = self.screen.paint(Role::Label, &kind);
        let origin = self.screen.escaped(origin);
        let origin = self.screen.paint(Role::Note, &origin);
        writeln!(out, "{kind}  {spis:33}  {algorithms}  {origin}")
    }

    fn secrets(&self, out: &mut dyn Write, secrets: &[(&str, Option<&Secret>)]) -> io::Result<()> {
        if !self.args.show_secrets {
            return Ok(());
        }
        for (name, secret) in secrets {
            if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
                writeln!(out, "       {name:10}  {}", hex::encode(secret.expose()))?;
            }
        }
        Ok(())
    }
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
