//! The situation of an SA payload (RFC 2407 §4.2 and §4.6.1).
//!
//! ```text
//! |                     Situation (bitmap)                        |
//! |             Labeled Domain Identifier  (SECRECY or INTEGRITY) |
//! |  Secrecy Length (in octets)   |           RESERVED            |
//! ~                        Secrecy Level                          ~
//! | Secrecy Cat. Length (in bits) |           RESERVED            |
//! ~                    Secrecy Category Bitmap                    ~
//! (the same two pairs for integrity)
//! ```
//!
//! Level and bitmap are padded to four octets; their lengths do not count the padding.

use nom::Parser;

use crate::describe::{Describe, FieldSink, reserved};
use crate::error::{DecodeError, Structure};
use crate::iana::ikev1::Doi;
use crate::input::{Input, be_u16, be_u32, done, take};

/// Why the SA is wanted: identity alone, or labels of a secrecy or integrity domain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Situation<'a> {
    /// The bitmap; zero in GDOI.
    pub bits: u32,
    /// Labels, present where the bitmap says secrecy or integrity.
    pub labels: Option<Labels<'a>>,
}

/// The labels of a labelled domain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Labels<'a> {
    /// Labeled Domain Identifier.
    pub domain: u32,
    /// Secrecy level and category bitmap.
    pub secrecy: Option<Label<'a>>,
    /// Integrity level and category bitmap.
    pub integrity: Option<Label<'a>>,
}

/// A level and its categories.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Label<'a> {
    /// The two octets behind each length, reserved.
    pub reserved: [u16; 2],
    /// Level, without its padding.
    pub level: &'a [u8],
    /// Number of categories, that is bits of the bitmap that count.
    pub category_bits: u16,
    /// Category bitmap, without its padding.
    pub categories: &'a [u8],
}

impl<'a> Situation<'a> {
    /// SIT_IDENTITY_ONLY.
    pub const IDENTITY_ONLY: u32 = 1;
    /// SIT_SECRECY.
    pub const SECRECY: u32 = 2;
    /// SIT_INTEGRITY.
    pub const INTEGRITY: u32 = 4;

    pub(super) fn read(input: Input<'a>, doi: Doi) -> Result<(Input<'a>, Self), DecodeError> {
        let s = Structure::SecurityAssociation;
        let (rest, bits) = done(be_u32(s)(input))?;
        if doi == Doi::GDOI || bits & (Self::SECRECY | Self::INTEGRITY) == 0 {
            return Ok((rest, Self { bits, labels: None }));
        }
        let (rest, domain) = done(be_u32(s)(rest))?;
        let (rest, secrecy) = label_if(bits & Self::SECRECY != 0, rest)?;
        let (rest, integrity) = label_if(bits & Self::INTEGRITY != 0, rest)?;
        let labels = Labels {
            domain,
            secrecy,
            integrity,
        };
        let situation = Self {
            bits,
            labels: Some(labels),
        };
        Ok((rest, situation))
    }
}

fn label_if(
    present: bool,
    input: Input<'_>,
) -> Result<(Input<'_>, Option<Label<'_>>), DecodeError> {
    if !present {
        return Ok((input, None));
    }
    let s = Structure::SecurityAssociation;
    let (rest, (level_octets, first)) = done((be_u16(s), be_u16(s)).parse(input))?;
    let (rest, level) = padded(rest, level_octets.into())?;
    let (rest, (category_bits, second)) = done((be_u16(s), be_u16(s)).parse(rest))?;
    let (rest, categories) = padded(rest, usize::from(category_bits.div_ceil(8)))?;
    let label = Label {
        reserved: [first, second],
        level,
        category_bits,
        categories,
    };
    Ok((rest, Some(label)))
}

/// `count` octets and the padding behind them up to a multiple of four.
fn padded(input: Input<'_>, count: usize) -> Result<(Input<'_>, &[u8]), DecodeError> {
    let s = Structure::SecurityAssociation;
    let (rest, field) = done(take(count.next_multiple_of(4), s)(input))?;
    Ok((rest, field.at_most(count).octets()))
}

impl Describe for Situation<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.number("situation", self.bits.into());
        let Some(labels) = self.labels else {
            return;
        };
        sink.number("labeled_domain_identifier", labels.domain.into());
        describe_label(
            sink,
            labels.secrecy,
            "secrecy_level",
            "secrecy_category_bitmap",
        );
        describe_label(
            sink,
            labels.integrity,
            "integrity_level",
            "integrity_category_bitmap",
        );
        let all = [labels.secrecy, labels.integrity].into_iter().flatten();
        let bits = all
            .flat_map(|label| label.reserved)
            .fold(0, |bits, field| bits | field);
        reserved(sink, bits.into());
    }
}

fn describe_label(
    sink: &mut dyn FieldSink,
    label: Option<Label<'_>>,
    level: &'static str,
    bitmap: &'static str,
) {
    if let Some(label) = label {
        sink.octets(level, label.level);
        sink.octets(bitmap, label.categories);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_labels_of_a_secrecy_situation() {
        let octets = [
            0, 0, 0, 3, 0x80, 0, 0, 1, // bitmap, domain
            0, 2, 0, 0, 0xaa, 0xbb, 0, 0, // level of two octets and padding
            0, 9, 0, 0, 0xff, 0x80, 0, 0, // nine categories
            0x77,
        ];
        let (rest, situation) = Situation::read(Input::new(&octets), Doi::IPSEC).unwrap();
        let labels = situation.labels.unwrap();
        assert_eq!((labels.domain, labels.integrity), (0x8000_0001, None));
        let secrecy = labels.secrecy.unwrap();
        assert_eq!(secrecy.level, [0xaa, 0xbb]);
        assert_eq!(
            (secrecy.category_bits, secrecy.categories),
            (9, &[0xff, 0x80][..])
        );
        assert_eq!(rest.octets(), [0x77]);
    }

    #[test]
    fn rejects_a_level_longer_than_the_payload() {
        let octets = [0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0, 0];
        assert_eq!(
            Situation::read(Input::new(&octets), Doi::IPSEC)
                .unwrap_err()
                .offset,
            12
        );
    }
}
