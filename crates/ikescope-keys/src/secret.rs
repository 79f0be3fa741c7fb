//! Octets that nobody but a cipher may see.

use std::fmt;

use zeroize::Zeroizing;

/// Secret octets: overwritten when dropped, printed as `(hidden, 16 octets)`.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the octets over.
    #[must_use]
    pub fn new(octets: Vec<u8>) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// Reads hex digits of either case, without blanks, with or without `0x` in front.
    ///
    /// # Errors
    /// [`NotHex`] for an odd number of digits or anything that is no digit. It does not repeat what
    /// it found, which may be most of a key.
    pub fn from_hex(digits: &str) -> Result<Self, NotHex> {
        let digits = digits
            .strip_prefix("0x")
            .or_else(|| digits.strip_prefix("0X"))
            .unwrap_or(digits);
        hex::decode(digits).map(Self::new).map_err(|_| NotHex {
            characters: digits.chars().count(),
        })
    }

    /// The octets themselves.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// How many octets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(hidden, {} octets)", self.len())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that should have been pairs of hex digits is not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotHex {
    /// Characters in the text, without `0x`.
    pub characters: usize,
}

impl fmt::Display for NotHex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { characters } = self;
        write!(f, "{characters} characters that are no pairs of hex digits")
    }
}

impl std::error::Error for NotHex {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_how_long_it_is_and_nothing_else() {
        let secret = Secret::from_hex("00ffA5").unwrap();
        assert_eq!(secret.expose(), [0x00, 0xff, 0xa5]);
        assert_eq!(
            format!("{secret} {secret:?}"),
            "(hidden, 3 octets) (hidden, 3 octets)"
        );
    }

    #[test]
    fn reads_hex_with_and_without_prefix() {
        assert_eq!(Secret::from_hex("0x0102"), Secret::from_hex("0102"));
        assert_eq!(Secret::from_hex("0x"), Ok(Secret::default()));
    }

    #[test]
    fn rejects_what_is_no_hex_without_repeating_it() {
        for wrong in ["abc", "zz", "ab cd"] {
            let error = Secret::from_hex(wrong).unwrap_err();
            assert_eq!(error.characters, wrong.len());
            assert!(!error.to_string().contains(wrong), "{error}");
        }
    }
}
