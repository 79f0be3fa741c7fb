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
///     ranges { 0 | 5 => Reserved, 16..=200 => Unassigned, 201..=255 => PrivateUse }
///     deprecated { 11 => "RFC 7296" }
/// }
/// ```
/// expands to `pub struct CertEncoding(pub u8)` with one constant per entry, `name()` (exact
/// entries), `range()` (see [`crate::iana::Range`]), `deprecated_by()`, `KNOWN` (every exact entry)
/// and `Debug`/`Display` that print the name where there is one and the number where there is none.
macro_rules! wire_enum {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($repr:ty) {
            $( $(#[$vmeta:meta])* $constant:ident = $value:literal $(=> $label:literal)? ),* $(,)?
        }
        $( ranges { $( $range:pat => $kind:ident ),* $(,)? } )?
        $( deprecated { $( $old:pat => $rfc:literal ),* $(,)? } )?
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

            /// Every number that has a name, with it, in ascending order.
            pub const KNOWN: &'static [(Self, &'static str)] =
                &[$((Self($value), wire_enum!(@label $constant $($label)?))),*];

            /// The name of exactly this number, if it has one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $value => Some(wire_enum!(@label $constant $($label)?)), )*
                    _ => None,
                }
            }

            /// What the registry keeps this number for, if it does not assign it. Numbers for private
            /// use may have a name nevertheless.
            #[must_use]
            pub const fn range(self) -> Option<$crate::iana::Range> {
                match self.0 {
                    $($( $range => Some($crate::iana::Range::$kind), )*)?
                    _ => None,
                }
            }

            /// The RFC that deprecated this number, if one did (the registry's column "Status").
            #[must_use]
            pub const fn deprecated_by(self) -> Option<&'static str> {
                match self.0 {
                    $($( $old => Some($rfc), )*)?
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
