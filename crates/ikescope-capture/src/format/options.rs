//! The options behind a pcapng packet, in place: pcap-parser makes a list of them.

use super::fields::u16_at;

/// One option of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockOption<'a> {
    pub(crate) code: u16,
    /// Without its padding.
    pub(crate) value: &'a [u8],
}

/// One option after another, up to opt_endofopt or to the first that does not fit.
pub(crate) fn options(
    mut octets: &[u8],
    big_endian: bool,
) -> impl Iterator<Item = BlockOption<'_>> {
    std::iter::from_fn(move || {
        let code = u16_at(octets, 0, big_endian)?;
        let length = usize::from(u16_at(octets, 2, big_endian)?);
        let body = octets.get(4..)?;
        let value = body.get(..length)?;
        octets = body.get(length.next_multiple_of(4)..)?;
        (code != END_OF_OPTIONS).then_some(BlockOption { code, value })
    })
}

pub(crate) const END_OF_OPTIONS: u16 = 0;
pub(crate) const COMMENT: u16 = 1;
pub(crate) const EPB_FLAGS: u16 = 2;
pub(crate) const EPB_DROPCOUNT: u16 = 4;
