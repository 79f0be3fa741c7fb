//! The IKE message in pasted octets: alone, or still in UDP, in an IP packet, in an Ethernet frame,
//! as packet viewers copy it.

use std::io::Cursor;

use ikescope_analysis::Ports;
use ikescope_capture::{Capture, Options};
use ikescope_wire::Encapsulation;
use ikescope_wire::observed::Observation;

/// The message, and whether the non-ESP marker stood in front of it. Octets in which nothing is
/// recognised are taken for a message all the same: who pastes them says that they are one.
pub(crate) fn message(octets: &[u8]) -> (Vec<u8>, bool) {
    if let Some(found) = in_udp(octets) {
        return found;
    }
    if let Some(found) = without_udp_header(octets).and_then(in_udp) {
        return found;
    }
    let in_packet = [LINK_RAW_IP, LINK_ETHERNET]
        .into_iter()
        .find_map(|link| in_frame(octets, link));
    in_packet.unwrap_or_else(|| (octets.to_vec(), false))
}

fn in_udp(octets: &[u8]) -> Option<(Vec<u8>, bool)> {
    own(Encapsulation::of_udp(octets, false))
}

fn own(read: Encapsulation<'_>) -> Option<(Vec<u8>, bool)> {
    match read {
        Encapsulation::Ike { octets, marked } => Some((octets.to_vec(), marked)),
        _ => None,
    }
}

/// What is behind a UDP header whose length field fits.
fn without_udp_header(octets: &[u8]) -> Option<&[u8]> {
    let length = u16::from_be_bytes([*octets.get(4)?, *octets.get(5)?]);
    (usize::from(length) == octets.len()).then(|| octets.get(8..))?
}

/// The first message in a frame of this link type, read as a capture of one frame.
fn in_frame(octets: &[u8], link: u32) -> Option<(Vec<u8>, bool)> {
    let length = u32::try_from(octets.len()).ok()?;
    let mut file = Vec::with_capacity(octets.len() + 40);
    file.extend([
        0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 4, 0,
    ]);
    file.extend(link.to_le_bytes());
    file.extend([0; 8]);
    file.extend(length.to_le_bytes());
    file.extend(length.to_le_bytes());
    file.extend(octets);
    let mut capture =
        Capture::from_reader("hex", Cursor::new(file), 0, &Options::default()).ok()?;
    let mut found = None;
    let mut ports = Ports::default();
    let mut take = |observation: Observation<'_>| {
        if let Observation::Datagram(datagram) = observation {
            found = found.take().or_else(|| ports.read(&datagram).and_then(own));
        }
    };
    while capture.next_frame(&mut take).is_some() {}
    found
}

/// pcap's numbers of link types.
const LINK_ETHERNET: u32 = 1;
const LINK_RAW_IP: u32 = 101;

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 28] = [
        1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 34, 8, 0, 0, 0, 0, 0, 0, 0, 28,
    ];
    const UDP: [u8; 8] = [0x01, 0xf4, 0x01, 0xf4, 0, 36, 0, 0];
    const IP: [u8; 20] = [
        0x45, 0, 0, 56, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
    ];
    const ETHERNET: [u8; 14] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];

    #[test]
    fn finds_the_message_under_every_header_that_may_be_pasted_with_it() {
        let parts: [&[u8]; 4] = [&ETHERNET, &IP, &UDP, &HEADER];
        for from in 0..parts.len() {
            let (message, marked) = message(&parts[from..].concat());
            assert_eq!(
                (message.as_slice(), marked),
                (&HEADER[..], false),
                "from part {from}"
            );
        }
    }

    #[test]
    fn takes_off_the_non_esp_marker() {
        assert_eq!(
            message(&[&[0; 4], &HEADER[..]].concat()),
            (HEADER.to_vec(), true)
        );
    }

    #[test]
    fn leaves_alone_what_it_does_not_recognise() {
        assert_eq!(message(&[7; 40]), (vec![7; 40], false));
    }
}
