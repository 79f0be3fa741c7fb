//! Fields in the byte order of the section that they stand in.

use crate::octets::array;

pub(super) fn u16_at(octets: &[u8], at: usize, big_endian: bool) -> Option<u16> {
    let field = array(octets, at)?;
    Some(if big_endian {
        u16::from_be_bytes(field)
    } else {
        u16::from_le_bytes(field)
    })
}

pub(super) fn u32_at(octets: &[u8], at: usize, big_endian: bool) -> Option<u32> {
    let field = array(octets, at)?;
    Some(if big_endian {
        u32::from_be_bytes(field)
    } else {
        u32::from_le_bytes(field)
    })
}

pub(super) fn u64_at(octets: &[u8], at: usize, big_endian: bool) -> Option<u64> {
    let field = array(octets, at)?;
    Some(if big_endian {
        u64::from_be_bytes(field)
    } else {
        u64::from_le_bytes(field)
    })
}
