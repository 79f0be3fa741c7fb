//! Keys as Wireshark's tables: `ikev2_decryption_table`, `ikev1_decryption_table` and `esp_sa`.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ikescope_wire::iana::{Encr, Integ};
use zeroize::Zeroizing;

use crate::algorithm::{Encryption, Integrity};
use crate::secret::Secret;
use crate::store::{AddressPattern, EspKeys, Ikev1Keys, Ikev2Keys, KeyStore, Origin, SaId};
use crate::wireshark::{
    ESP_TABLE, IKEV1_TABLE, IKEV2_TABLE, esp_encryption_name, esp_integrity_name,
    ikev2_encryption_name, ikev2_integrity_name,
};

/// The rows of the three tables, and what is to be said of them.
#[derive(Clone, Debug, Default)]
pub struct WiresharkTables {
    ikev2: Rows,
    ikev1: Rows,
    esp: Rows,
    remarks: Vec<Remark>,
}

/// Something about a row that whoever uses the tables should know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remark {
    /// The SA.
    pub sa: SaId,
    /// Where its keys were read.
    pub origin: Origin,
    /// Which of the two it is.
    pub kind: RemarkKind,
}

/// What there is to remark.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RemarkKind {
    /// The source does not name the algorithms; these are the usual ones for keys of that length.
    Assumed(String),
    /// There is no row, because Wireshark has no name for this.
    LeftOut(String),
}

/// Rows of a table; their Debug output must not show keys.
#[derive(Clone, Default)]
struct Rows(Vec<Zeroizing<String>>);

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "(hidden, {} rows)", self.0.len())
    }
}

impl WiresharkTables {
    /// The tables of all keys in the store.
    #[must_use]
    pub fn of(store: &KeyStore) -> Self {
        let mut tables = Self::default();
        for keys in store.all_ikev2() {
            tables.ikev2(keys);
        }
        tables.ikev1.0.extend(store.all_ikev1().map(ikev1_row));
        for keys in store.all_esp() {
            tables.esp(keys);
        }
        tables
    }

    /// What is assumed or left out.
    #[must_use]
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Writes the tables that have rows into the directory, which is made where there is none, and
    /// returns their paths. A table that is there already keeps its rows and gets those that it lacks.
    /// Where the system knows permissions, only the owner may read new files.
    ///
    /// # Errors
    /// What the system says, with nothing undone.
    pub fn write(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        fs::create_dir_all(directory)?;
        let mut written = Vec::new();
        for (name, rows) in [
            (IKEV2_TABLE, &self.ikev2),
            (IKEV1_TABLE, &self.ikev1),
            (ESP_TABLE, &self.esp),
        ] {
            if !rows.0.is_empty() {
                let path = directory.join(name);
                append(&path, &rows.0)?;
                written.push(path);
            }
        }
        Ok(written)
    }

    fn ikev2(&mut self, keys: &Ikev2Keys) {
        let sa = SaId::Ikev2(keys.spis);
        let assumed = assumed(&keys.sk_ei, &keys.sk_ai);
        let encryption = keys.encryption.or(assumed.0);
        let integrity = keys.integrity.or(assumed.1);
        let name = encryption.and_then(ikev2_encryption_name);
        let Some(encryption_name) = name else {
            return self.left_out(sa, &keys.origin, unnamed("cipher", encryption));
        };
        let Some(integrity_name) = integrity.and_then(ikev2_integrity_name) else {
            return self.left_out(sa, &keys.origin, unnamed("integrity", integrity));
        };
        if keys.encryption.is_none() || keys.integrity.is_none() {
            self.assumed(sa, &keys.origin, encryption_name, integrity_name);
        }
        self.ikev2.0.push(row(|text| {
            write!(text, "{},{},", keys.spis.initiator, keys.spis.responder)?;
            hex_field(text, &keys.sk_ei)?;
            hex_field(text, &keys.sk_er)?;
            write!(text, "\"{encryption_name}\",")?;
            hex_field(text, &keys.sk_ai)?;
            hex_field(text, &keys.sk_ar)?;
            write!(text, "\"{integrity_name}\"")
        }));
    }

    fn esp(&mut self, keys: &EspKeys) {
        let sa = SaId::Esp(keys.spi.unwrap_or_default());
        let assumed = assumed(&keys.encryption_key, &keys.integrity_key);
        let encryption = keys.encryption.or(assumed.0);
        let integrity = keys.integrity.or(assumed.1);
        let name = encryption.and_then(|encryption| esp_encryption_name(encryption.algorithm));
        let Some(encryption_name) = name else {
            return self.left_out(sa, &keys.origin, unnamed("cipher", encryption));
        };
        let Some(integrity_name) = integrity.and_then(esp_integrity_name) else {
            return self.left_out(sa, &keys.origin, unnamed("integrity", integrity));
        };
        if keys.encryption.is_none() || keys.integrity.is_none() {
            self.assumed(sa, &keys.origin, encryption_name, integrity_name);
        }
        let spi = keys
            .spi
            .map_or_else(|| "*".to_owned(), |spi| format!("0x{spi:08x}"));
        for family in families(keys) {
            self.esp.0.push(row(|text| {
                write!(text, "\"{family}\",")?;
                write!(text, "\"{}\",", address(keys.source))?;
                write!(text, "\"{}\",", address(keys.destination))?;
                write!(text, "\"{spi}\",\"{encryption_name}\",\"")?;
                esp_key(text, &keys.encryption_key)?;
                write!(text, "\",\"{integrity_name}\",\"")?;
                esp_key(text, &keys.integrity_key)?;
                write!(text, "\"")
            }));
        }
    }

    fn left_out(&mut self, sa: SaId, origin: &Origin, why: String) {
        self.remarks.push(Remark {
            sa,
            origin: origin.clone(),
            kind: RemarkKind::LeftOut(why),
        });
    }

    fn assumed(&mut self, sa: SaId, origin: &Origin, encryption: &str, integrity: &str) {
        self.remarks.push(Remark {
            sa,
            origin: origin.clone(),
            kind: RemarkKind::Assumed(format!("{encryption} and {integrity}")),
        });
    }
}

/// The usual algorithms for keys of these lengths, where their source does not name them. 24 octets may
/// be 3DES or AES; 36 octets without an integrity key may be AES-GCM or ChaCha20-Poly1305.
fn assumed(encryption: &Secret, integrity: &Secret) -> (Option<Encryption>, Option<Integrity>) {
    let integ = match integrity.len() {
        0 => Some(Integ::NONE),
        16 => Some(Integ::AUTH_HMAC_MD5_96),
        20 => Some(Integ::AUTH_HMAC_SHA1_96),
        32 => Some(Integ::AUTH_HMAC_SHA2_256_128),
        48 => Some(Integ::AUTH_HMAC_SHA2_384_192),
        64 => Some(Integ::AUTH_HMAC_SHA2_512_256),
        _ => None,
    };
    let encr = match (encryption.len(), integrity.is_empty()) {
        (16 | 24 | 32, false) => Some(Encr::ENCR_AES_CBC),
        (20 | 28 | 36, true) => Some(Encr::ENCR_AES_GCM_16),
        _ => None,
    };
    (
        encr.and_then(|encr| Encryption::of_material(encr, encryption.len())),
        integ.map(Integrity::Registered),
    )
}

fn unnamed<T: std::fmt::Display>(what: &str, algorithm: Option<T>) -> String {
    match algorithm {
        Some(algorithm) => format!("Wireshark cannot be given {algorithm}"),
        None => format!("the source does not name the {what}, and the key's length tells none"),
    }
}

fn ikev1_row(keys: &Ikev1Keys) -> Zeroizing<String> {
    row(|text| {
        write!(text, "{},", keys.cookie_i)?;
        hex(text, &keys.encryption_key)
    })
}

/// The families whose packets the patterns can fit; a row is for one.
fn families(keys: &EspKeys) -> impl Iterator<Item = &'static str> {
    let of = |pattern| match pattern {
        AddressPattern::Any => None,
        AddressPattern::Prefix { address, .. } => Some(address.is_ipv4()),
    };
    let is_v4 = of(keys.source).or_else(|| of(keys.destination));
    [("IPv4", true), ("IPv6", false)]
        .into_iter()
        .filter(move |(_, v4)| is_v4.is_none_or(|is_v4| is_v4 == *v4))
        .map(|(name, _)| name)
}

fn address(pattern: AddressPattern) -> String {
    match pattern {
        AddressPattern::Any | AddressPattern::Prefix { bits: 0, .. } => "*".to_owned(),
        AddressPattern::Prefix { address, .. } if AddressPattern::exactly(address) == pattern => {
            address.to_string()
        }
        AddressPattern::Prefix { address, bits } => format!("{address}/{bits}"),
    }
}

/// A row in memory that was reserved at once, so that no copy of a key stays behind.
fn row(write: impl FnOnce(&mut String) -> std::fmt::Result) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(4096));
    // Writing into a String does not fail.
    let _ = write(&mut text);
    text
}

fn hex(text: &mut String, secret: &Secret) -> std::fmt::Result {
    secret
        .expose()
        .iter()
        .try_for_each(|octet| write!(text, "{octet:02x}"))
}

fn hex_field(text: &mut String, secret: &Secret) -> std::fmt::Result {
    hex(text, secret)?;
    write!(text, ",")
}

fn esp_key(text: &mut String, secret: &Secret) -> std::fmt::Result {
    if secret.is_empty() {
        return Ok(());
    }
    write!(text, "0x")?;
    hex(text, secret)
}

fn append(path: &Path, rows: &[Zeroizing<String>]) -> io::Result<()> {
    let there = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Zeroizing::default(),
        Err(error) => return Err(error),
    };
    let mut file = open(path)?;
    if !there.is_empty() && !there.ends_with('\n') {
        file.write_all(b"\n")?;
    }
    let known: HashSet<&str> = there.lines().collect();
    for row in rows {
        if !known.contains(row.as_str()) {
            file.write_all(row.as_bytes())?;
            file.write_all(b"\n")?;
        }
    }
    Ok(())
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
