//! Packets inside of tunnels, each header laid out by hand from its RFC.

use ikescope_testkit::frame::{Content, Link, Packet};
use ikescope_wire::observed::Transport;

use crate::seen::{Seen, end, read_packets};

const INNER: (&str, &str) = ("10.0.0.1:500", "10.0.0.2:500");

fn inner() -> Vec<u8> {
    Packet::udp(end(INNER.0), end(INNER.1), b"inside").octets()
}

fn outer(content: Content) -> Vec<u8> {
    Packet::new(end("192.0.2.1:50000"), end("198.51.100.2:0"), content).octets()
}

fn in_udp(port: u16, octets: &[u8]) -> Vec<u8> {
    let mut destination = end("198.51.100.2:0");
    destination.set_port(port);
    Packet::udp(end("192.0.2.1:50000"), destination, octets).octets()
}

fn assert_found(packet: Vec<u8>, tunnel: &str) {
    let (_, seen) = read_packets(&[packet]);
    let expected = Seen::datagram(1, Transport::Udp, INNER, b"inside");
    assert_eq!(seen, [expected], "{tunnel}");
}

#[test]
fn looks_into_ip_in_ip() {
    assert_found(outer(Content::Protocol(4, inner())), "IPv4 in IPv4");
    let label = [0, 1, 0x01, 64];
    let labelled = [&label[..], &inner()].concat();
    assert_found(outer(Content::Protocol(137, labelled)), "MPLS in IP");
}

#[test]
fn looks_into_gre_and_erspan() {
    let ethernet = Link::Ethernet.frame(&inner());
    let cases: [(&str, &[u8], &[u8]); 7] = [
        ("plain", &[0, 0, 8, 0], &inner()),
        (
            "checksum, key and sequence",
            &[0xb0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2],
            &inner(),
        ),
        ("bridged", &[0, 0, 0x65, 0x58], &ethernet),
        ("ERSPAN I", &[0, 0, 0x88, 0xbe], &ethernet),
        (
            "ERSPAN II",
            &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 1, 0, 0, 0, 0],
            &ethernet,
        ),
        (
            "ERSPAN III",
            &[
                0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
            ],
            &ethernet,
        ),
        // Key (length and call), sequence and acknowledgement numbers, version 1.
        (
            "PPTP",
            &[
                0x30, 0x81, 0x88, 0x0b, 0, 38, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0x21,
            ],
            &inner(),
        ),
    ];
    for (name, header, content) in cases {
        assert_found(
            outer(Content::Protocol(47, [header, content].concat())),
            name,
        );
    }
}

#[test]
fn looks_into_tunnels_over_udp() {
    let ethernet = Link::Ethernet.frame(&inner());
    let vxlan = [&[8, 0, 0, 0, 0, 0, 42, 0][..], &ethernet].concat();
    assert_found(in_udp(4789, &vxlan), "VXLAN");
    let geneve = [&[1, 0, 0x65, 0x58, 0, 0, 42, 0, 1, 2, 3, 0][..], &ethernet].concat();
    assert_found(in_udp(6081, &geneve), "Geneve with one word of options");
    let length = u8::try_from(inner().len()).unwrap();
    let gtp = [&[0x30, 255, 0, length, 0, 0, 0, 7][..], &inner()].concat();
    assert_found(in_udp(2152, &gtp), "GTP-U");
    // Sequence number, N-PDU number, next extension; one extension of four octets.
    let header = [
        0x34,
        255,
        0,
        length + 8,
        0,
        0,
        0,
        7,
        0,
        1,
        0,
        0x85,
        1,
        0,
        0,
        0,
    ];
    assert_found(
        in_udp(2152, &[&header[..], &inner()].concat()),
        "GTP-U with extensions",
    );
}

#[test]
fn takes_other_datagrams_on_these_ports_for_what_they_are() {
    // Behind the non-ESP marker: NAT may choose any port.
    let octets = [&[0; 4][..], &[0xa5; 40]].concat();
    for port in [4789, 6081, 2152] {
        let (_, seen) = read_packets(&[in_udp(port, &octets)]);
        let ends = ("192.0.2.1:50000", &*format!("198.51.100.2:{port}"));
        assert_eq!(seen, [Seen::datagram(1, Transport::Udp, ends, &octets)]);
    }
}

#[test]
fn ends_in_tunnels_without_end() {
    let mut packet = inner();
    for _ in 0..100 {
        packet = outer(Content::Protocol(4, packet));
    }
    let (capture, seen) = read_packets(&[packet]);
    assert_eq!((seen.len(), capture.losses().malformed), (0, 1));
}
