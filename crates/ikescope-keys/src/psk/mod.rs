//! Pre-shared keys: where they come from, and whether they are what the ends used.
//!
//! A pre-shared key comes from a file, from the environment or from a prompt, never from an argument:
//! those stand in the list of processes and in the shell's history.

mod proof;

use std::path::Path;
use std::{env, fmt, fs, io};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::secret::Secret;

pub use proof::Proof;

/// A pre-shared key, as its octets go into the PRF (RFC 2409 §5, RFC 7296 §2.15).
#[derive(Clone, Eq, PartialEq)]
pub struct PreSharedKey {
    secret: Secret,
    source: String,
}

/// There is no pre-shared key where one was said to be.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NoPreSharedKey {
    /// The file could not be read.
    #[error("cannot read {name}")]
    Read {
        /// Name of the file.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The environment has no such variable.
    #[error("the environment has no {name}")]
    NoVariable {
        /// Name of the variable.
        name: String,
    },
    /// The variable does not hold Unicode, or the hex digits behind `0x` are none.
    #[error("{name} holds no text, or no hex digits behind 0x")]
    NoText {
        /// Where it was read.
        name: String,
    },
    /// Nothing but a line end, if that.
    #[error("{name} holds an empty pre-shared key")]
    Empty {
        /// Where it was read.
        name: String,
    },
}

impl PreSharedKey {
    /// The key that a file holds: all of it but one line end. Behind `0x` it is hex digits, as daemons
    /// have it in their configuration.
    ///
    /// # Errors
    /// [`NoPreSharedKey`].
    pub fn from_file(path: &Path) -> Result<Self, NoPreSharedKey> {
        let name = path.display().to_string();
        match fs::read(path) {
            Ok(octets) => Self::from_octets(&Zeroizing::new(octets), name),
            Err(source) => Err(NoPreSharedKey::Read { name, source }),
        }
    }

    /// The key that a variable of the environment holds, likewise.
    ///
    /// # Errors
    /// [`NoPreSharedKey`].
    pub fn from_env(name: &str) -> Result<Self, NoPreSharedKey> {
        let source = format!("variable {name}");
        match env::var(name) {
            Ok(text) => Self::from_text(text, source),
            Err(env::VarError::NotPresent) => Err(NoPreSharedKey::NoVariable {
                name: name.to_owned(),
            }),
            Err(env::VarError::NotUnicode(_)) => Err(NoPreSharedKey::NoText { name: source }),
        }
    }

    /// The key in a text that somebody typed, likewise; the text is overwritten.
    ///
    /// # Errors
    /// [`NoPreSharedKey`].
    pub fn from_text(text: String, source: impl Into<String>) -> Result<Self, NoPreSharedKey> {
        Self::from_octets(Zeroizing::new(text).as_bytes(), source)
    }

    /// The key in these octets, likewise; `source` says where they come from.
    ///
    /// # Errors
    /// [`NoPreSharedKey`].
    pub fn from_octets(octets: &[u8], source: impl Into<String>) -> Result<Self, NoPreSharedKey> {
        let source = source.into();
        let octets = octets.strip_suffix(b"\n").unwrap_or(octets);
        let octets = octets.strip_suffix(b"\r").unwrap_or(octets);
        let secret = match octets.strip_prefix(b"0x") {
            None => Some(Secret::new(octets.to_vec())),
            Some(digits) => std::str::from_utf8(digits)
                .ok()
                .and_then(|digits| Secret::from_hex(digits).ok()),
        };
        let Some(secret) = secret else {
            return Err(NoPreSharedKey::NoText { name: source });
        };
        if secret.is_empty() {
            return Err(NoPreSharedKey::Empty { name: source });
        }
        Ok(Self { secret, source })
    }

    /// Where it was read: the name of a file or of a variable.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The octets themselves.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.secret.expose()
    }
}

impl fmt::Debug for PreSharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreSharedKey")
            .field("secret", &self.secret)
            .field("source", &self.source)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(octets: &[u8]) -> Result<Vec<u8>, String> {
        PreSharedKey::from_octets(octets, "psk.txt")
            .map(|key| key.expose().to_vec())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn takes_all_octets_but_one_line_end() {
        for octets in [&b"lab"[..], b"lab\n", b"lab\r\n"] {
            assert_eq!(read(octets).as_deref(), Ok(&b"lab"[..]));
        }
        assert_eq!(read(b" lab\n\n").as_deref(), Ok(&b" lab\n"[..]));
    }

    #[test]
    fn reads_hex_behind_0x() {
        assert_eq!(read(b"0x6c6162\n").as_deref(), Ok(&b"lab"[..]));
        let error = read(b"0x6c616").unwrap_err();
        assert_eq!(error, "psk.txt holds no text, or no hex digits behind 0x");
    }

    #[test]
    fn rejects_an_empty_key_and_missing_sources() {
        assert_eq!(
            read(b"\n").unwrap_err(),
            "psk.txt holds an empty pre-shared key"
        );
        let absent = PreSharedKey::from_env("IKESCOPE_NO_SUCH_VARIABLE").unwrap_err();
        assert_eq!(
            absent.to_string(),
            "the environment has no IKESCOPE_NO_SUCH_VARIABLE"
        );
        assert!(PreSharedKey::from_file(Path::new("no/such/file")).is_err());
    }

    #[test]
    fn debug_output_tells_where_from_and_not_what() {
        let key = PreSharedKey::from_octets(b"correct horse", "variable PSK").unwrap();
        let text = format!("{key:?}");
        assert!(text.contains("(hidden, 13 octets)") && text.contains("variable PSK"));
        assert!(!text.contains("horse"), "{text}");
    }
}
