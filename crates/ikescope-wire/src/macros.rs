//! The two shapes of this crate: `wire_enum!` for numbers, and helpers to keep lists in one place.

/// Declares an open newtype for a registry of protocol numbers.
///
/// ```text
/// wire_enum! {
///     /// Certificate encodings (RFC 7296 §3.6).
///     pub struct CertEncoding(u8) {
///         PKCS7 = 1 => "PKCS #7 wrapped X.509 certificate",
///         CRL = 7,                      // the name is the constant's spelling
///     }
///     ranges { 201..=255 => "Private use" }
/// }
/// ```
/// expands to `pub struct CertEncoding(pub u8)` with one constant per entry, `name()` (exact
/// entries, then ranges), `KNOWN` (every exact entry) and `Debug`/`Display` that print the name
/// where there is one and the number where there is none.
macro_rules! wire_enum {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($repr:ty) {
            $( $(#[$vmeta:meta])* $constant:ident = $value:literal $(=> $label:literal)? ),* $(,)?
        }
        $( ranges { $( $from:literal ..= $to:literal => $range:literal ),* $(,)? } )?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(pub $repr);

        impl $name {
            $(
                #[doc = concat!("`", stringify!($constant), "` = ", stringify!($value) $(, ": ", $label)?)]
                $(#[$vmeta])*
                pub const $constant: Self = Self($value);
            )*

            /// Every number that the registry assigns, with its name, in ascending order.
            pub const KNOWN: &'static [(Self, &'static str)] =
                &[$((Self($value), wire_enum!(@label $constant $($label)?))),*];

            /// The registry's name of exactly this number, if it assigns one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $value => Some(wire_enum!(@label $constant $($label)?)), )*
                    _ => None,
                }
            }

            /// What the registry says of the range that holds this number (reserved, private use).
            #[must_use]
            pub const fn range(self) -> Option<&'static str> {
                match self.0 {
                    $($( $from..=$to => Some($range), )*)?
                    _ => None,
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => core::fmt::Display::fmt(&self.0, f),
                }
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.name() {
                    Some(name) => write!(f, "{} ({})", name, self.0),
                    None => core::fmt::Display::fmt(&self.0, f),
                }
            }
        }

        impl From<$repr> for $name {
            fn from(value: $repr) -> Self {
                Self(value)
            }
        }
    };
    (@label $constant:ident) => { stringify!($constant) };
    (@label $constant:ident $label:literal) => { $label };
}
