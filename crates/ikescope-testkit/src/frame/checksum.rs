//! The Internet checksum (RFC 1071).

use std::net::IpAddr;

use super::address_octets;

/// One's complement of the one's complement sum; octets of odd number are padded with zero.
pub(super) fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum: u64 = parts.iter().map(|part| partial_sum(part)).sum();
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    !(sum as u16)
}

/// The checksum of UDP, TCP and ICMPv6, pseudo header included (RFC 768, RFC 8200 §8.1).
pub(super) fn transport_checksum(
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    octets: &[u8],
) -> u16 {
    let addresses = [source, destination].map(address_octets).concat();
    let length = (octets.len() as u32).to_be_bytes();
    checksum(&[&addresses, &length, &[0, protocol], octets])
}

fn partial_sum(octets: &[u8]) -> u64 {
    let pairs = octets.chunks_exact(2);
    let odd = pairs
        .remainder()
        .first()
        .map_or(0, |last| u64::from(*last) << 8);
    let even: u64 = pairs
        .map(|pair| u64::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum();
    even + odd
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 1071 §3: the sum is ddf2, the checksum its complement.
    #[test]
    fn agrees_with_the_example_of_rfc_1071() {
        let octets = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(checksum(&[&octets]), !0xddf2);
    }
}
