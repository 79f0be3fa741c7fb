//! Where keys come from, one file per kind. Files are told apart by their content; a log may hold
//! several kinds at once.
//!
//! | kind | told by |
//! | --- | --- |
//! | Wireshark's tables, a profile directory with them, strongSwan's save-keys | file name, or first row |
//! | our own, [`toml`] | first line `[[ikev2]]`, `[[ikev1]]` or `[[esp]]` |
//! | FortiOS IKE debug log, `vpn ike gateway list`, `vpn tunnel list` | their lines, in any text |
//! | pluto's debug log (libreswan, Openswan) | likewise |
//! | charon's log at level 4 (strongSwan) | likewise |
//! | `ip xfrm state` | likewise |

mod charon;
mod fortigate;
mod pluto;
mod table;
mod toml;
mod xfrm;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use ikescope_wire::{Spi, SpiPair};
use thiserror::Error;

use crate::secret::Secret;
use crate::store::{EspKeys, Ikev1Keys, Ikev2Keys, KeyStore, Origin, SharedSecret};
use crate::text::{Line, Lines};
use crate::wireshark::{ESP_TABLE, IKEV1_TABLE, IKEV2_TABLE};

/// A source of keys could not be read at all.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file or directory could not be opened.
    #[error("cannot open {name}")]
    Open {
        /// Its name.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// Reading ended early; what was found before is in the store.
    #[error("cannot read {name}")]
    Read {
        /// Its name.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// A directory without any of Wireshark's tables.
    #[error("{name} has no {IKEV2_TABLE}, {IKEV1_TABLE} or {ESP_TABLE}")]
    NoTable {
        /// Name of the directory.
        name: String,
    },
}

/// What a source gave.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Loaded {
    /// IKE SAs of IKEv2 whose keys were found.
    pub ikev2: usize,
    /// ISAKMP SAs of IKEv1.
    pub ikev1: usize,
    /// ESP SAs, each direction for itself.
    pub esp: usize,
    /// Secrets of key exchanges, of either version.
    pub shared_secrets: usize,
    /// What looked like keys and was not usable, in order of lines.
    pub problems: Vec<Problem>,
}

impl Loaded {
    /// SAs whose keys were found.
    #[must_use]
    pub const fn found(&self) -> usize {
        self.ikev2 + self.ikev1 + self.esp + self.shared_secrets
    }

    fn append(&mut self, other: Self) {
        self.ikev2 += other.ikev2;
        self.ikev1 += other.ikev1;
        self.esp += other.esp;
        self.shared_secrets += other.shared_secrets;
        self.problems.extend(other.problems);
    }
}

/// A place that should have held a key. The reason never repeats a secret.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("{origin}: {reason}")]
pub struct Problem {
    /// Where.
    pub origin: Origin,
    /// Why it is not used.
    pub reason: String,
}

impl KeyStore {
    /// Reads all keys of a file, or of the tables in a profile directory of Wireshark.
    ///
    /// # Errors
    /// [`LoadError`] where the file cannot be read. Rows and lines that are wrong are no error but a
    /// [`Problem`]; a file without keys gives a [`Loaded`] with nothing found.
    pub fn load(&mut self, path: &Path) -> Result<Loaded, LoadError> {
        if path.is_dir() {
            return self.load_profile(path);
        }
        let name = path.display().to_string();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(source) => return Err(LoadError::Open { name, source }),
        };
        let kind = path.file_name().and_then(|name| named(name.to_str()?));
        self.read_as(kind, &name, BufReader::new(file))
    }

    /// Reads all keys of a text that is called `name` in messages.
    ///
    /// # Errors
    /// [`LoadError::Read`] where reading fails.
    pub fn read(&mut self, name: &str, reader: impl BufRead) -> Result<Loaded, LoadError> {
        self.read_as(None, name, reader)
    }

    fn load_profile(&mut self, directory: &Path) -> Result<Loaded, LoadError> {
        let mut all = Loaded::default();
        let mut tables = 0;
        for table in [IKEV2_TABLE, IKEV1_TABLE, ESP_TABLE] {
            let path = directory.join(table);
            if path.is_file() {
                tables += 1;
                all.append(self.load(&path)?);
            }
        }
        if tables == 0 {
            let name = directory.display().to_string();
            return Err(LoadError::NoTable { name });
        }
        Ok(all)
    }

    fn read_as(
        &mut self,
        kind: Option<Kind>,
        name: &str,
        reader: impl BufRead,
    ) -> Result<Loaded, LoadError> {
        let mut intake = Intake {
            store: self,
            name: name.into(),
            loaded: Loaded::default(),
        };
        let result = read_lines(kind, reader, &mut intake);
        let mut loaded = intake.loaded;
        loaded.problems.sort_by_key(|problem| problem.origin.line);
        match result {
            Ok(()) => Ok(loaded),
            Err(source) => Err(LoadError::Read {
                name: name.to_owned(),
                source,
            }),
        }
    }
}

/// What a file is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Table(table::Table),
    Toml,
    Log,
}

/// What a file of this name is, whatever stands in it.
fn named(file_name: &str) -> Option<Kind> {
    match file_name {
        IKEV2_TABLE => Some(Kind::Table(table::Table::Ikev2)),
        IKEV1_TABLE => Some(Kind::Table(table::Table::Ikev1)),
        ESP_TABLE => Some(Kind::Table(table::Table::Esp)),
        _ => None,
    }
}

/// What a file is whose first line that says something is this one.
fn sniff(line: &str) -> Kind {
    if toml::begins(line) {
        Kind::Toml
    } else {
        table::Table::sniff(line).map_or(Kind::Log, Kind::Table)
    }
}

fn read_lines(
    mut kind: Option<Kind>,
    reader: impl BufRead,
    intake: &mut Intake<'_>,
) -> io::Result<()> {
    let mut lines = Lines::new(reader);
    let mut logs = Logs::default();
    let mut toml = toml::Text::default();
    while let Some(line) = lines.next()? {
        let silent = is_silent(&line.text);
        if kind.is_none() && !silent {
            kind = Some(sniff(&line.text));
        }
        match kind {
            Some(Kind::Table(table)) if !silent => table.row(&line, intake),
            Some(Kind::Table(_)) => {}
            Some(Kind::Log) => logs.line(&line, intake),
            Some(Kind::Toml) | None => toml.push(&line),
        }
    }
    match kind {
        Some(Kind::Log) => logs.finish(intake),
        Some(Kind::Toml) => toml.read(intake),
        Some(Kind::Table(_)) | None => {}
    }
    Ok(())
}

/// Whether a line of a table or of TOML is empty or a remark.
fn is_silent(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || text.starts_with('#')
}

/// All readers of logs at once: each knows its own lines.
#[derive(Default)]
struct Logs {
    charon: charon::Reader,
    fortigate: fortigate::Reader,
    pluto: pluto::Reader,
    xfrm: xfrm::Reader,
}

impl Logs {
    fn line(&mut self, line: &Line, intake: &mut Intake<'_>) {
        self.charon.line(line, intake);
        self.fortigate.line(line, intake);
        self.pluto.line(line, intake);
        self.xfrm.line(line, intake);
    }

    fn finish(self, intake: &mut Intake<'_>) {
        self.charon.finish(intake);
        self.fortigate.finish(intake);
        self.pluto.finish(intake);
        self.xfrm.finish(intake);
    }
}

/// Takes what a reader of one kind found.
struct Intake<'s> {
    store: &'s mut KeyStore,
    name: Arc<str>,
    loaded: Loaded,
}

impl Intake<'_> {
    fn origin(&self, line: u64) -> Origin {
        Origin {
            name: Arc::clone(&self.name),
            line,
        }
    }

    fn ikev2(&mut self, keys: Ikev2Keys) {
        self.loaded.ikev2 += usize::from(self.store.add_ikev2(keys));
    }

    fn ikev1(&mut self, keys: Ikev1Keys) {
        self.loaded.ikev1 += usize::from(self.store.add_ikev1(keys));
    }

    fn esp(&mut self, keys: EspKeys) {
        self.loaded.esp += usize::from(self.store.add_esp(keys));
    }

    fn shared_secret(&mut self, spis: SpiPair, secret: Secret, line: u64) {
        let origin = self.origin(line);
        let is_new = self.store.add_shared_secret(SharedSecret {
            spis,
            secret,
            origin,
        });
        self.loaded.shared_secrets += usize::from(is_new);
    }

    fn problem(&mut self, line: u64, reason: impl Into<String>) {
        self.loaded.problems.push(Problem {
            origin: self.origin(line),
            reason: reason.into(),
        });
    }
}

/// An SPI or cookie of 16 hex digits.
fn spi(digits: &str) -> Option<Spi> {
    if digits.len() != 16 || !digits.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        return None;
    }
    let number = u64::from_str_radix(digits, 16).ok()?;
    Some(Spi(number.to_be_bytes()))
}

/// Both SPIs, as `0640897749c18520/79d668275e8fab85`.
fn spi_pair(text: &str) -> Option<SpiPair> {
    let (initiator, responder) = text.split_once('/')?;
    Some(SpiPair {
        initiator: spi(initiator)?,
        responder: spi(responder)?,
    })
}
