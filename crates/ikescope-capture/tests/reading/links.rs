//! Each link layer and IP header leads to the same datagram.

use ikescope_testkit::frame::{Content, Link, Packet, esp};
use ikescope_wire::observed::Transport;

use crate::seen::{Seen, end, read_frames, read_packets};

const V4: (&str, &str) = ("192.0.2.1:500", "198.51.100.2:4500");
const V6: (&str, &str) = ("[2001:db8::1]:500", "[2001:db8::2]:500");

fn udp(ends: (&str, &str), payload: &[u8]) -> Packet {
    Packet::udp(end(ends.0), end(ends.1), payload)
}

#[test]
fn finds_the_datagram_in_every_link_layer() {
    for link in Link::ALL {
        for ends in [V4, V6] {
            if matches!((link, ends), (Link::RawIpv4, V6) | (Link::RawIpv6, V4)) {
                continue;
            }
            let frame = link.frame(&udp(ends, b"payload").octets());
            let (capture, seen) = read_frames(link.link_type(), &[frame]);
            let expected = Seen::datagram(1, Transport::Udp, ends, b"payload");
            assert_eq!(seen, [expected], "{link:?} {ends:?}");
            assert_eq!(capture.losses(), Default::default(), "{link:?}");
        }
    }
}

#[test]
fn finds_the_datagram_behind_rarer_headers() {
    let packet = udp(V4, b"payload").octets();
    let addresses = [0u8; 12];
    let headers: [(u16, Vec<u8>); 11] = [
        (12, vec![]),
        (14, vec![]),
        // Address and control left out, protocol in one octet and in two.
        (9, vec![0x21]),
        (9, vec![0x00, 0x21]),
        (50, vec![0xff, 0x03, 0x00, 0x21]),
        // Cisco HDLC: address, control, Ethernet type.
        (50, vec![0x0f, 0x00, 0x08, 0x00]),
        (104, vec![0x0f, 0x00, 0x08, 0x00]),
        // PPPoE alone: version, code, session, length, protocol.
        (51, vec![0x11, 0, 0, 1, 0, 37, 0, 0x21]),
        // 802.3 with SNAP: length, LLC, organization, Ethernet type.
        (
            1,
            [&addresses[..], &[0, 43, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0]].concat(),
        ),
        // The old number of the outer tag.
        (
            1,
            [&addresses[..], &[0x91, 0, 0, 1, 0x81, 0, 0, 2, 8, 0]].concat(),
        ),
        // nflog: family, version, resource; a prefix attribute of five octets, then the packet.
        (
            239,
            [&[2, 0, 0, 1, 5, 0, 10, 0, 0, 0, 0, 0][..], &[39, 0, 9, 0]].concat(),
        ),
    ];
    for (link_type, header) in headers {
        let (_, seen) = read_frames(link_type, &[[&header[..], &packet].concat()]);
        let expected = Seen::datagram(1, Transport::Udp, V4, b"payload");
        assert_eq!(seen, [expected], "{link_type} {header:02x?}");
    }
}

#[test]
fn reads_options_and_extension_headers() {
    let mut v4 = udp(V4, b"options");
    v4.options = vec![1; 8];
    let mut v6 = udp(V6, b"extensions");
    v6.extension_headers = vec![
        (0, vec![0, 0, 1, 4, 0, 0, 0, 0]),
        (60, [&[0, 1, 1, 12][..], &[0; 12]].concat()),
    ];
    let (_, seen) = read_packets(&[v4.octets(), v6.octets()]);
    assert_eq!(
        seen,
        [
            Seen::datagram(1, Transport::Udp, V4, b"options"),
            Seen::datagram(2, Transport::Udp, V6, b"extensions"),
        ]
    );
}

#[test]
fn leaves_the_padding_of_ethernet_out() {
    let packet = udp(V4, &[0xff]).octets();
    let mut frame = Link::Ethernet.frame(&packet);
    frame.resize(60, 0);
    let (_, seen) = read_frames(1, &[frame]);
    assert_eq!(seen, [Seen::datagram(1, Transport::Udp, V4, &[0xff])]);
}

#[test]
fn hands_up_esp_and_ah_with_their_headers() {
    let ends = ("192.0.2.1:0", "198.51.100.2:0");
    let packet = |protocol, octets: &[u8]| {
        let content = Content::Protocol(protocol, octets.to_vec());
        Packet::new(end(ends.0), end(ends.1), content).octets()
    };
    let sealed = esp(0xc41d_9e07, 5, &[9; 24]);
    // AH of 24 octets: next header ESP, four words beyond the first two.
    let header = [
        50, 4, 0, 0, 0, 0, 0x12, 0x34, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ];
    let protected = [&header[..], &sealed].concat();
    let (_, seen) = read_packets(&[packet(50, &sealed), packet(51, &protected)]);
    assert_eq!(
        seen,
        [
            Seen::datagram(1, Transport::Esp, ends, &sealed),
            Seen::datagram(2, Transport::Ah, ends, &protected),
            Seen::datagram(2, Transport::Esp, ends, &sealed),
        ]
    );
}

#[test]
fn counts_what_it_cannot_follow() {
    let packet = udp(V4, b"payload").octets();
    let mut contradiction = packet.clone();
    contradiction[3] = 19;
    let (capture, seen) = read_packets(&[vec![0x45, 0], vec![0x12; 40], contradiction]);
    assert_eq!((seen.len(), capture.losses().malformed), (0, 3));

    let (capture, seen) = read_frames(9999, &[packet.clone(), packet]);
    assert_eq!((seen.len(), capture.losses().unknown_link), (0, 2));
    assert_eq!(
        capture.notes()[0].to_string(),
        "test: frames of link type 9999 are not read, from frame 1 on (offset 75)."
    );
}

#[test]
fn tells_what_else_was_in_the_capture() {
    let dns = Packet::udp(end("192.0.2.1:40000"), end("192.0.2.53:53"), b"?");
    let arp = [&[0xff; 12][..], &[8, 6], &[0; 28]].concat();
    let frames = [arp, Link::Ethernet.frame(&dns.octets())];
    let (capture, _) = read_frames(1, &frames);
    let census = capture.summary().census;
    let texts: Vec<_> = census
        .protocols()
        .iter()
        .map(|(protocol, count)| format!("{protocol} {count}"))
        .collect();
    assert_eq!(texts, ["UDP 1", "ARP 1"]);
    assert_eq!(census.udp_ports(), [(53, 1)]);
}
