//! Octets that know where they stand, and the few parsers everything else is made of.
//!
//! This is the only file that touches slices by position; all others combine the parsers below
//! with nom's. Every length that the wire declares opens a bounded [`Input`] with `take`.

use core::net::{Ipv4Addr, Ipv6Addr};

use nom::{IResult, Needed, Parser};

use crate::error::{DecodeError, DecodeErrorKind, Structure};

/// A run of octets and its offset from the first octet of the IKE header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Input<'a> {
    octets: &'a [u8],
    offset: usize,
    /// Whether more octets followed that the capture did not keep.
    cut: bool,
}

/// Result of a parser: what is left, and what was read.
pub(crate) type Parsed<'a, T> = IResult<Input<'a>, T, DecodeError>;

impl<'a> Input<'a> {
    /// Octets whose first one is the first octet of an IKE header.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self::at(octets, 0)
    }

    /// Octets that begin `offset` octets behind the start of the IKE header.
    #[must_use]
    pub const fn at(octets: &'a [u8], offset: usize) -> Self {
        Self {
            octets,
            offset,
            cut: false,
        }
    }

    /// The octets themselves.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Offset of the first octet from the start of the IKE header.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// Number of octets left.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.octets.len()
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Whether more octets followed that the capture did not keep: what cannot be read here is
    /// not malformed.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// The first `count` octets, or all there are: then the input counts as cut.
    #[must_use]
    pub fn at_most(&self, count: usize) -> Self {
        Self {
            octets: self.octets.get(..count).unwrap_or(self.octets),
            offset: self.offset,
            cut: count > self.octets.len(),
        }
    }

    /// What is left behind the first `count` octets; empty where there are fewer.
    #[must_use]
    pub fn skip(&self, count: usize) -> Self {
        let count = count.min(self.octets.len());
        Self {
            octets: self.octets.get(count..).unwrap_or_default(),
            offset: self.offset.saturating_add(count),
            cut: self.cut,
        }
    }

    pub(crate) const fn error(&self, structure: Structure, kind: DecodeErrorKind) -> DecodeError {
        DecodeError::new(self.offset, structure, kind)
    }

    /// The error of a parser that needs more octets than are left.
    const fn too_short(&self, structure: Structure, need: usize) -> nom::Err<DecodeError> {
        let have = self.octets.len();
        nom::Err::Error(self.error(
            structure,
            if self.cut {
                DecodeErrorKind::NotCaptured { need, have }
            } else {
                DecodeErrorKind::Truncated { need, have }
            },
        ))
    }

    /// Fails unless nothing is left: every decoder of a whole body ends with this.
    pub(crate) const fn finish(&self, structure: Structure) -> Result<(), DecodeError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(self.error(
                structure,
                DecodeErrorKind::TrailingOctets {
                    count: self.octets.len(),
                },
            ))
        }
    }
}

/// Takes the result out of nom's error wrapper. Nothing here is ever incomplete: a capture is
/// whole or cut, and there is no more to wait for.
pub(crate) fn done<T>(parsed: Parsed<'_, T>) -> Result<(Input<'_>, T), DecodeError> {
    match parsed {
        Ok(done) => Ok(done),
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => Err(error),
        Err(nom::Err::Incomplete(_)) => Err(DecodeError::new(
            0,
            Structure::Header,
            DecodeErrorKind::Truncated { need: 0, have: 0 },
        )),
    }
}

/// Exactly `N` octets.
pub(crate) fn array<'a, const N: usize>(
    structure: Structure,
) -> impl FnMut(Input<'a>) -> Parsed<'a, [u8; N]> {
    move |input| match input.octets.split_first_chunk::<N>() {
        Some((head, tail)) => Ok((
            Input {
                octets: tail,
                offset: input.offset.saturating_add(N),
                cut: input.cut,
            },
            *head,
        )),
        None => Err(input.too_short(structure, N)),
    }
}

/// One octet.
pub(crate) fn be_u8<'a>(structure: Structure) -> impl FnMut(Input<'a>) -> Parsed<'a, u8> {
    let mut octet = array::<1>(structure);
    move |input| octet(input).map(|(rest, [value])| (rest, value))
}

/// Two octets, network byte order.
pub(crate) fn be_u16<'a>(structure: Structure) -> impl FnMut(Input<'a>) -> Parsed<'a, u16> {
    let mut octets = array::<2>(structure);
    move |input| octets(input).map(|(rest, value)| (rest, u16::from_be_bytes(value)))
}

/// Four octets, network byte order.
pub(crate) fn be_u32<'a>(structure: Structure) -> impl FnMut(Input<'a>) -> Parsed<'a, u32> {
    let mut octets = array::<4>(structure);
    move |input| octets(input).map(|(rest, value)| (rest, u32::from_be_bytes(value)))
}

/// An IPv4 address, four octets.
pub(crate) fn ipv4<'a>(structure: Structure) -> impl FnMut(Input<'a>) -> Parsed<'a, Ipv4Addr> {
    let mut octets = array::<4>(structure);
    move |input| octets(input).map(|(rest, value)| (rest, Ipv4Addr::from(value)))
}

/// An IPv6 address, sixteen octets.
pub(crate) fn ipv6<'a>(structure: Structure) -> impl FnMut(Input<'a>) -> Parsed<'a, Ipv6Addr> {
    let mut octets = array::<16>(structure);
    move |input| octets(input).map(|(rest, value)| (rest, Ipv6Addr::from(value)))
}

/// The next `count` octets as an input of their own, which nothing can read past.
pub(crate) fn take<'a>(
    count: usize,
    structure: Structure,
) -> impl FnMut(Input<'a>) -> Parsed<'a, Input<'a>> {
    move |input| match input.octets.split_at_checked(count) {
        Some((head, tail)) => Ok((
            Input {
                octets: tail,
                offset: input.offset.saturating_add(count),
                cut: input.cut,
            },
            Input {
                octets: head,
                offset: input.offset,
                cut: false,
            },
        )),
        None => Err(input.too_short(structure, count)),
    }
}

/// A substructure whose third and fourth octets are its own length: proposals and transforms of
/// both versions. Returns what is left, and the whole substructure, its length checked against
/// what the container has left; of one that the capture cut, what is there.
pub(crate) fn substructure(
    input: Input<'_>,
    structure: Structure,
    minimum: usize,
) -> Result<(Input<'_>, Input<'_>), DecodeError> {
    let (_, (_, length)) = done((be_u16(structure), be_u16(structure)).parse(input))?;
    let announced = usize::from(length);
    if announced < minimum {
        let kind = DecodeErrorKind::LengthTooSmall { announced, minimum };
        return Err(input.error(structure, kind));
    }
    if announced > input.len() && input.cut {
        return Ok((input.skip(input.len()), input));
    }
    if announced > input.len() {
        let kind = DecodeErrorKind::LengthTooLarge {
            announced,
            available: input.len(),
        };
        return Err(input.error(structure, kind));
    }
    done(take(announced, structure)(input))
}

/// nom's view of an input; only `complete` parsers are used on it.
impl<'a> nom::Input for Input<'a> {
    type Item = u8;
    type Iter = core::iter::Copied<core::slice::Iter<'a, u8>>;
    type IterIndices = core::iter::Enumerate<Self::Iter>;

    fn input_len(&self) -> usize {
        self.octets.len()
    }

    fn take(&self, index: usize) -> Self {
        self.at_most(index)
    }

    fn take_from(&self, index: usize) -> Self {
        self.skip(index)
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.skip(index), self.at_most(index))
    }

    fn position<P: Fn(Self::Item) -> bool>(&self, predicate: P) -> Option<usize> {
        self.octets.iter().position(|&octet| predicate(octet))
    }

    fn iter_elements(&self) -> Self::Iter {
        self.octets.iter().copied()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        match count.checked_sub(self.octets.len()) {
            None | Some(0) => Ok(count),
            Some(missing) => Err(Needed::new(missing)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_offset_across_take_and_array() {
        let input = Input::at(&[1, 2, 3, 4, 5], 28);
        let (rest, head) = take(2, Structure::Nonce)(input).unwrap();
        assert_eq!((head.offset(), head.octets()), (28, &[1u8, 2][..]));
        let (rest, value) = be_u16(Structure::Nonce)(rest).unwrap();
        assert_eq!((rest.offset(), value), (32, 0x0304));
    }

    #[test]
    fn tells_need_and_have_when_cut() {
        let error = done(be_u32(Structure::Notify)(Input::at(&[1, 2], 7))).unwrap_err();
        assert_eq!(error.offset, 7);
        assert_eq!(error.kind, DecodeErrorKind::Truncated { need: 4, have: 2 });
        assert_eq!(
            std::format!("{error}"),
            "Notify at octet 7: needs 4 octets, 2 left"
        );
    }
}
