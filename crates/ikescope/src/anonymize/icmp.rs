//! ICMP and ICMPv6: what an error quotes is a packet of its own; neighbours tell addresses.

use super::packet::{Context, Parts, Pseudo, Rewriter, blank_from};

/// ICMP (RFC 792).
pub(crate) fn version4(rewriter: &mut Rewriter, octets: &mut [u8], context: Context) {
    let kind = octets.first().copied();
    Pseudo::NONE.around(octets, CHECKSUM, |octets| match kind {
        Some(3 | 4 | 11 | 12) => quoted(rewriter, octets, context),
        // A redirect names a gateway as well.
        Some(5) => {
            rewriter.rename_ipv4(octets.get_mut(4..8).unwrap_or_default());
            quoted(rewriter, octets, context);
        }
        _ => blank_from(octets, HEADER),
    });
}

/// ICMPv6 (RFC 4443) and neighbour discovery (RFC 4861).
pub(crate) fn version6(
    rewriter: &mut Rewriter,
    octets: &mut [u8],
    pseudo: Pseudo,
    context: Context,
) {
    let kind = octets.first().copied();
    pseudo.around(octets, CHECKSUM, |octets| match kind {
        Some(1..=4) => quoted(rewriter, octets, context),
        Some(133) => options(rewriter, octets, 8),
        Some(134) => options(rewriter, octets, 16),
        Some(135 | 136) => {
            rewriter.rename_ipv6(octets.get_mut(8..24).unwrap_or_default());
            options(rewriter, octets, 24);
        }
        Some(137) => {
            rewriter.rename_ipv6(octets.get_mut(8..40).unwrap_or_default());
            options(rewriter, octets, 40);
        }
        // Reports of groups: none is left.
        Some(143) => blank_from(octets, 4),
        Some(130..=132) => {
            rewriter.rename_ipv6(octets.get_mut(8..24).unwrap_or_default());
            blank_from(octets, 24);
        }
        _ => blank_from(octets, HEADER),
    });
}

/// The beginning of a packet, with checksums of its own.
fn quoted(rewriter: &mut Rewriter, octets: &mut [u8], context: Context) {
    let packet = octets.get_mut(HEADER..).unwrap_or_default();
    if !packet.is_empty() {
        rewriter.packet(packet, context.detached(), &mut Parts::new());
    }
}

/// Options of neighbour discovery: hardware addresses and prefixes are renamed, others blanked.
fn options(rewriter: &mut Rewriter, octets: &mut [u8], at: usize) {
    let mut rest = octets.get_mut(at..).unwrap_or_default();
    while let [kind, units, ..] = *rest {
        let length = (usize::from(units) * 8).min(rest.len());
        let (option, behind) = rest.split_at_mut(length);
        match kind {
            _ if option.is_empty() => return behind.fill(0),
            1 | 2 if length == 8 => rewriter.hardware(option, 2),
            3 if length == 32 => {
                rewriter.rename_ipv6(option.get_mut(16..).unwrap_or_default());
            }
            // The MTU is nobody's secret.
            5 => {}
            _ => blank_from(option, 2),
        }
        rest = behind;
    }
}

const CHECKSUM: usize = 2;
const HEADER: usize = 8;
