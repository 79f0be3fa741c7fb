//! Checksums brought along by what changed under them (RFC 1624): a right one stays right, a wrong one
//! wrong.

/// The sum of 16-bit words, an odd octet at the end as the upper half of one (RFC 1071).
pub(crate) fn sum(octets: &[u8]) -> u64 {
    let (words, odd) = octets.as_chunks::<2>();
    let sum: u64 = words
        .iter()
        .map(|word| u64::from(u16::from_be_bytes(*word)))
        .sum();
    sum + odd.first().map_or(0, |octet| u64::from(*octet) << 8)
}

/// Changes the checksum at `at` as its words changed from a sum of `before` to one of `after`.
pub(crate) fn bring_along(octets: &mut [u8], at: usize, before: u64, after: u64) {
    let field = octets.get_mut(at..).and_then(<[u8]>::first_chunk_mut);
    if let Some(field) = field.filter(|_| before != after) {
        let old = u64::from(!u16::from_be_bytes(*field));
        let new = !folded(old + u64::from(!folded(before)) + u64::from(folded(after)));
        *field = new.to_be_bytes();
    }
}

/// The same for UDP, where zero means that there is none (RFC 768).
pub(crate) fn bring_along_udp(octets: &mut [u8], at: usize, before: u64, after: u64) {
    let is_none = |octets: &[u8]| octets.get(at..at + 2) == Some(&[0, 0]);
    if is_none(octets) {
        return;
    }
    bring_along(octets, at, before, after);
    if is_none(octets) {
        octets[at..at + 2].fill(0xff);
    }
}

fn folded(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of RFC 1071's readers: 45 00 00 73 ..., checksum b861.
    const HEADER: [u8; 20] = [
        0x45, 0, 0, 0x73, 0, 0, 0x40, 0, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0,
        0xc7,
    ];

    #[test]
    fn a_right_checksum_stays_right_and_a_wrong_one_wrong() {
        for (checksum, right) in [([0xb8, 0x61], true), ([0xb8, 0x62], false)] {
            let mut header = HEADER;
            header[10..12].copy_from_slice(&checksum);
            let before = sum(&header);
            header[12..20].copy_from_slice(&[10, 0, 0, 1, 10, 0, 0, 2]);
            let after = sum(&header);
            bring_along(&mut header, 10, before, after);
            assert_eq!(folded(sum(&header)) == 0xffff, right);
        }
    }

    #[test]
    fn no_checksum_of_udp_stays_none_and_none_other_becomes_so() {
        let mut udp = [0, 9, 0, 9, 0, 8, 0, 0];
        bring_along_udp(&mut udp, 6, 5, 9);
        assert_eq!(udp[6..], [0, 0]);
        udp[7] = 1;
        bring_along_udp(&mut udp, 6, 1, 2);
        assert_eq!(udp[6..], [0xff, 0xff]);
    }
}
