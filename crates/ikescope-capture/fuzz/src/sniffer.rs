//! Sniffer text of which the first packet tells the format, for the target that is about its lines.

/// Sniffer text with a packet of one octet, then anything.
pub(crate) fn text_of_lines(octets: &[u8]) -> Vec<u8> {
    let mut text = b"interfaces=[any]\n0.000001 wan1 in arp x\n0x0000\t 45\tE\n\n".to_vec();
    text.extend_from_slice(octets);
    text
}
