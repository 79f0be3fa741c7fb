//! The shapes of this crate: `wire_enum!` for numbers, `payloads!` for the list of a version's
//! payloads, `opaque!` for bodies without structure, `structures!` for runs of substructures.

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
                #[doc = concat!("`", stringify!($constant), "` = ", stringify!($value) $(, ": `", $label, "`")?)]
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

        impl $crate::describe::Registered for $name {
            fn number(&self) -> u64 {
                self.0.into()
            }

            fn label(&self) -> Option<&'static str> {
                self.name()
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

/// Declares a version's payloads: one line is a variant, its dispatch and its description.
///
/// ```text
/// payloads! {
///     PayloadType by payload_type;
///     /// Nonce (§3.9).
///     Nonce(Nonce) = NONCE,
/// }
/// ```
/// expands to `enum Payload` with the variant `Nonce(Nonce<'a>)`, to `Payload::decode`, which
/// hands a [`RawPayload`](crate::RawPayload) of which `payload_type` says `PayloadType::NONCE` to
/// `Nonce::decode`, and to `Describe`, which hands the sink to the view.
macro_rules! payloads {
    ($registry:ident by $number_of:path; $( $(#[$meta:meta])* $variant:ident($view:ident) = $($number:ident)|+ ),* $(,)?) => {
        /// A payload with its meaning. `Unknown` keeps the octets of a type without a decoder.
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub enum Payload<'a> {
            $( $(#[$meta])* $variant($view<'a>), )*
            /// A type that this crate has no view for.
            Unknown(crate::payload::RawPayload<'a>),
        }

        impl<'a> Payload<'a> {
            /// Reads the body of a framed payload.
            ///
            /// # Errors
            /// [`DecodeError`](crate::DecodeError) if the body is not what its type says; other
            /// payloads of the message are not affected.
            pub fn decode(raw: crate::payload::RawPayload<'a>) -> Result<Self, crate::error::DecodeError> {
                Ok(match $number_of(&raw) {
                    $( $($registry::$number)|+ => Self::$variant($view::decode(raw)?), )*
                    _ => Self::Unknown(raw),
                })
            }
        }

        impl crate::describe::Describe for Payload<'_> {
            fn describe(&self, sink: &mut dyn crate::describe::FieldSink) {
                match self {
                    $( Self::$variant(view) => view.describe(sink), )*
                    Self::Unknown(raw) => sink.octets("data", raw.body.octets()),
                }
            }
        }
    };
}

/// Declares views of payloads whose body is one run of octets: the view, and the name of its field.
macro_rules! opaque {
    ($( $(#[$meta:meta])* $view:ident => $field:literal ),* $(,)?) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, Eq, PartialEq)]
            pub struct $view<'a> {
                /// The octets of the body.
                pub data: &'a [u8],
            }

            impl<'a> $view<'a> {
                /// Takes the body as it is.
                ///
                /// # Errors
                /// None today; the signature is that of every payload.
                pub const fn decode(raw: crate::payload::RawPayload<'a>) -> Result<Self, crate::error::DecodeError> {
                    Ok(Self {
                        data: raw.body.octets(),
                    })
                }
            }

            impl crate::describe::Describe for $view<'_> {
                fn describe(&self, sink: &mut dyn crate::describe::FieldSink) {
                    sink.octets($field, self.data);
                }
            }
        )*
    };
}

/// Declares an iterator that reads one structure after the other and stops after the first error.
///
/// The reader takes the octets that are left, with the context that the list carries along, and
/// returns what is left behind one item.
macro_rules! structures {
    ($(#[$meta:meta])* $name:ident => $item:ty, $read:path $(, $context:ident: $context_type:ty)?) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'a> {
            input: crate::input::Input<'a>,
            $($context: $context_type,)?
        }

        impl<'a> Iterator for $name<'a> {
            type Item = Result<$item, crate::error::DecodeError>;

            fn next(&mut self) -> Option<Self::Item> {
                if self.input.is_empty() {
                    return None;
                }
                match $read(self.input $(, self.$context)?) {
                    Ok((rest, item)) => {
                        self.input = rest;
                        Some(Ok(item))
                    }
                    Err(error) => {
                        self.input = self.input.skip(self.input.len());
                        Some(Err(error))
                    }
                }
            }
        }

        impl core::iter::FusedIterator for $name<'_> {}
    };
}
