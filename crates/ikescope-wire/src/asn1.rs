//! As much DER (X.690) as it takes to print names and to tell signature algorithms: no schema, no
//! allocation. What cannot be read is printed in hex.

use core::fmt::{self, Write as _};
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::describe::{Hex, Untrusted};
use crate::error::{DecodeError, DecodeErrorKind, Structure};
use crate::input::{Input, be_u8, done, take};

/// A DER-encoded X.500 name (RFC 5280 §4.1.2.4); prints as `C=CH, O=Example, CN=moon`, in the order
/// of the encoding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DistinguishedName<'a>(pub &'a [u8]);

/// A DER-encoded GeneralName (RFC 5280 §4.2.1.6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GeneralName<'a>(pub &'a [u8]);

/// The content octets of an object identifier; prints as dotted numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ObjectIdentifier<'a>(pub &'a [u8]);

/// A DER-encoded AlgorithmIdentifier (RFC 5280 §4.1.1.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AlgorithmIdentifier<'a> {
    /// The algorithm.
    pub algorithm: ObjectIdentifier<'a>,
    /// DER of the parameters; empty where there are none.
    pub parameters: &'a [u8],
}

impl<'a> AlgorithmIdentifier<'a> {
    /// Reads a SEQUENCE of OBJECT IDENTIFIER and parameters, and nothing behind it.
    pub(crate) fn read(input: Input<'a>) -> Result<Self, DecodeError> {
        let (rest, (_, sequence)) = element_of(input, SEQUENCE)?;
        rest.finish(S)?;
        let (parameters, (_, algorithm)) = element_of(sequence, OBJECT_IDENTIFIER)?;
        Ok(Self {
            algorithm: ObjectIdentifier(algorithm.octets()),
            parameters: parameters.octets(),
        })
    }
}

impl ObjectIdentifier<'_> {
    /// The name of a signature algorithm that RFC 7427 appendix A, RFC 8420 or the post-quantum
    /// signatures of FIPS 204 use.
    #[must_use]
    pub const fn signature_algorithm(&self) -> Option<&'static str> {
        Some(match self.0 {
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, last] => match last {
                5 => "sha1WithRSAEncryption",
                10 => "RSASSA-PSS",
                11 => "sha256WithRSAEncryption",
                12 => "sha384WithRSAEncryption",
                13 => "sha512WithRSAEncryption",
                14 => "sha224WithRSAEncryption",
                _ => return None,
            },
            [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] => "dsa-with-sha1",
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1] => "ecdsa-with-SHA1",
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, last] => match last {
                1 => "ecdsa-with-SHA224",
                2 => "ecdsa-with-SHA256",
                3 => "ecdsa-with-SHA384",
                4 => "ecdsa-with-SHA512",
                _ => return None,
            },
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, last] => match last {
                1 => "dsa-with-sha224",
                2 => "dsa-with-sha256",
                17 => "ML-DSA-44",
                18 => "ML-DSA-65",
                19 => "ML-DSA-87",
                _ => return None,
            },
            [0x2b, 0x65, 0x70] => "Ed25519",
            [0x2b, 0x65, 0x71] => "Ed448",
            _ => return None,
        })
    }

    /// The short name of an attribute of X.500 names (RFC 4514 §3 and what programs print).
    const fn attribute(&self) -> Option<&'static str> {
        Some(match self.0 {
            [0x55, 4, last] => match last {
                3 => "CN",
                4 => "SN",
                5 => "serialNumber",
                6 => "C",
                7 => "L",
                8 => "ST",
                9 => "street",
                10 => "O",
                11 => "OU",
                12 => "title",
                42 => "GN",
                43 => "initials",
                46 => "dnQualifier",
                97 => "organizationIdentifier",
                _ => return None,
            },
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, last] => match last {
                1 => "E",
                2 => "unstructuredName",
                8 => "unstructuredAddress",
                _ => return None,
            },
            [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, last] => match last {
                1 => "UID",
                25 => "DC",
                _ => return None,
            },
            _ => return None,
        })
    }
}

/// One element: its identifier octet and its content. Tags above 30 and indefinite lengths do not
/// occur in names.
fn element(input: Input<'_>) -> Result<(Input<'_>, (u8, Input<'_>)), DecodeError> {
    let (rest, tag) = done(be_u8(S)(input))?;
    let (mut rest, first) = done(be_u8(S)(rest))?;
    let mut length = usize::from(first);
    if first & 0x80 != 0 {
        let count = first & 0x7f;
        if !matches!(count, 1..=3) {
            let value = first.into();
            return Err(rest.error(S, DecodeErrorKind::UnexpectedValue { value }));
        }
        length = 0;
        for _ in 0..count {
            let octet;
            (rest, octet) = done(be_u8(S)(rest))?;
            length = length << 8 | usize::from(octet);
        }
    }
    let (rest, content) = done(take(length, S)(rest))?;
    Ok((rest, (tag, content)))
}

/// One element that must have this tag.
fn element_of(input: Input<'_>, tag: u8) -> Result<(Input<'_>, (u8, Input<'_>)), DecodeError> {
    let (rest, found) = element(input)?;
    if found.0 == tag {
        Ok((rest, found))
    } else {
        let value = found.0.into();
        Err(input.error(S, DecodeErrorKind::UnexpectedValue { value }))
    }
}

/// Walks an X.500 name and hands each attribute to `visit`: its type, the tag and the content of its
/// value, and whether it is the first of its relative name.
fn walk_name<'a>(
    name: Input<'a>,
    visit: &mut dyn FnMut(ObjectIdentifier<'a>, u8, &'a [u8], bool) -> fmt::Result,
) -> Result<fmt::Result, DecodeError> {
    let (rest, (_, mut names)) = element_of(name, SEQUENCE)?;
    rest.finish(S)?;
    while !names.is_empty() {
        let (rest, (_, mut relative)) = element_of(names, SET)?;
        names = rest;
        let mut first = true;
        while !relative.is_empty() {
            let (rest, (_, pair)) = element_of(relative, SEQUENCE)?;
            relative = rest;
            let (value, (_, kind)) = element_of(pair, OBJECT_IDENTIFIER)?;
            let (rest, (tag, value)) = element(value)?;
            rest.finish(S)?;
            if visit(ObjectIdentifier(kind.octets()), tag, value.octets(), first).is_err() {
                return Ok(Err(fmt::Error));
            }
            first = false;
        }
    }
    Ok(Ok(()))
}

impl fmt::Display for DistinguishedName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let input = Input::new(self.0);
        // Twice, so that a name that breaks off is not printed by half.
        if walk_name(input, &mut |_, _, _, _| Ok(())).is_err() {
            return Hex(self.0).fmt(f);
        }
        let mut separator = "";
        let printed = walk_name(input, &mut |kind, tag, value, first| {
            f.write_str(if first { separator } else { "+" })?;
            separator = ", ";
            match kind.attribute() {
                Some(name) => write!(f, "{name}=")?,
                None => write!(f, "{kind}=")?,
            }
            write_string(f, tag, value)
        });
        printed.unwrap_or(Ok(()))
    }
}

/// Writes a string of an X.500 name, with what separates attributes escaped (RFC 4514 §2.4).
fn write_string(f: &mut fmt::Formatter<'_>, tag: u8, octets: &[u8]) -> fmt::Result {
    match tag {
        UTF8_STRING | PRINTABLE_STRING | TELETEX_STRING | IA5_STRING | NUMERIC_STRING => {
            write!(Escaping(f), "{}", Untrusted(octets))
        }
        BMP_STRING => {
            let units = octets.chunks_exact(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            });
            for character in char::decode_utf16(units) {
                let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                write!(
                    Escaping(f),
                    "{}",
                    Untrusted(character.encode_utf8(&mut [0; 4]).as_bytes())
                )?;
            }
            Ok(())
        }
        _ => write!(f, "#{}", Hex(octets)),
    }
}

/// Puts a backslash before the characters that separate attributes.
struct Escaping<'f, 'b>(&'f mut fmt::Formatter<'b>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if matches!(character, ',' | '+' | '=' | '"' | ';' | '<' | '>') {
                self.0.write_char('\\')?;
            }
            self.0.write_char(character)?;
        }
        Ok(())
    }
}

impl fmt::Display for GeneralName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok((_, (tag, content))) = element(Input::new(self.0)) else {
            return Hex(self.0).fmt(f);
        };
        let octets = content.octets();
        match tag {
            0x81 => write!(f, "email:{}", Untrusted(octets)),
            0x82 => write!(f, "DNS:{}", Untrusted(octets)),
            0x86 => write!(f, "URI:{}", Untrusted(octets)),
            0xa4 => write!(f, "dirName:{}", DistinguishedName(octets)),
            0x87 => match (<[u8; 4]>::try_from(octets), <[u8; 16]>::try_from(octets)) {
                (Ok(address), _) => write!(f, "IP:{}", Ipv4Addr::from(address)),
                (_, Ok(address)) => write!(f, "IP:{}", Ipv6Addr::from(address)),
                _ => write!(f, "IP:{}", Hex(octets)),
            },
            0x88 => write!(f, "RID:{}", ObjectIdentifier(octets)),
            _ => Hex(self.0).fmt(f),
        }
    }
}

impl fmt::Display for ObjectIdentifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u64 = 0;
        let mut first = true;
        for octet in self.0 {
            arc = arc << 7 | u64::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if first {
                // X.690 §8.19.4: the first two arcs share one number.
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc.saturating_sub(root.saturating_mul(40)))?;
                first = false;
            } else {
                write!(f, ".{arc}")?;
            }
            arc = 0;
        }
        Ok(())
    }
}

const S: Structure = Structure::Asn1;

const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const NUMERIC_STRING: u8 = 0x12;
const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const BMP_STRING: u8 = 0x1e;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use super::*;

    fn attribute(oid: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
        let wrap = |tag: u8, parts: &[&[u8]]| {
            let content = parts.concat();
            [&[tag, content.len() as u8], &content[..]].concat()
        };
        let pair = wrap(
            SEQUENCE,
            &[&wrap(OBJECT_IDENTIFIER, &[oid]), &wrap(tag, &[value])],
        );
        wrap(SET, &[&pair])
    }

    fn name(attributes: &[Vec<u8>]) -> Vec<u8> {
        let content = attributes.concat();
        [&[SEQUENCE, content.len() as u8], &content[..]].concat()
    }

    #[test]
    fn prints_a_name_in_the_order_of_its_encoding() {
        let der = name(&[
            attribute(&[0x55, 4, 6], PRINTABLE_STRING, b"CH"),
            attribute(&[0x55, 4, 10], UTF8_STRING, b"Example, Inc."),
            attribute(&[0x55, 4, 3], BMP_STRING, &[0, b'm', 0, 0xf6]),
        ]);
        let printed = DistinguishedName(&der).to_string();
        assert_eq!(printed, "C=CH, O=Example\\, Inc., CN=m\u{f6}");
    }

    #[test]
    fn prints_a_cut_name_in_hex() {
        let der = name(&[attribute(&[0x55, 4, 6], PRINTABLE_STRING, b"CH")]);
        let cut = &der[..der.len() - 1];
        assert_eq!(DistinguishedName(cut).to_string(), Hex(cut).to_string());
    }

    #[test]
    fn prints_an_unknown_attribute_by_its_number() {
        // 1.3.6.1.4.1.311.60.2.1.3, jurisdictionOfIncorporationCountryName.
        let oid = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x3c, 2, 1, 3];
        let der = name(&[attribute(&oid, PRINTABLE_STRING, b"US")]);
        assert_eq!(
            DistinguishedName(&der).to_string(),
            "1.3.6.1.4.1.311.60.2.1.3=US"
        );
    }

    #[test]
    fn prints_general_names() {
        assert_eq!(
            GeneralName(b"\x82\x0bexample.com").to_string(),
            "DNS:example.com"
        );
        assert_eq!(
            GeneralName(&[0x87, 4, 192, 0, 2, 1]).to_string(),
            "IP:192.0.2.1"
        );
        assert_eq!(GeneralName(&[0x82, 9, b'a']).to_string(), "820961");
    }

    #[test]
    fn reads_the_algorithm_identifiers_of_rfc_7427() {
        // RFC 7427 A.1.2 (sha256WithRSAEncryption) and A.3.2 (ecdsa-with-sha256).
        let rsa = [
            0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05,
            0x00,
        ];
        let read = AlgorithmIdentifier::read(Input::new(&rsa)).unwrap();
        assert_eq!(
            read.algorithm.signature_algorithm(),
            Some("sha256WithRSAEncryption")
        );
        assert_eq!(read.algorithm.to_string(), "1.2.840.113549.1.1.11");
        assert_eq!(read.parameters, [5, 0]);
        let ecdsa = [
            0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
        ];
        let read = AlgorithmIdentifier::read(Input::new(&ecdsa)).unwrap();
        assert_eq!(
            read.algorithm.signature_algorithm(),
            Some("ecdsa-with-SHA256")
        );
    }
}
