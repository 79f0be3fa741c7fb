//! ICMP errors and what they quote.

use ikescope_testkit::frame::{Content, Packet, TcpFlags, esp};
use ikescope_wire::observed::Transport;

use crate::seen::{Seen, end, read_packets};

fn v4(payload: &[u8]) -> Packet {
    Packet::udp(end("192.0.2.1:500"), end("198.51.100.2:4500"), payload)
}

fn v6(payload: &[u8]) -> Packet {
    Packet::udp(end("[2001:db8::1]:500"), end("[2001:db8::2]:500"), payload)
}

fn error(
    code: (u8, u8, u8),
    mtu: Option<u32>,
    quoted: (Transport, &str, &str),
    octets: &[u8],
) -> Seen {
    Seen::IcmpError {
        frame: 1,
        code,
        mtu,
        quoted: (quoted.0, quoted.1.to_owned(), quoted.2.to_owned()),
        octets: octets.to_vec(),
    }
}

#[test]
fn reads_port_unreachable_with_the_datagram_it_quotes() {
    let packet = Packet::icmp_error(end("198.51.100.2:0"), (3, 3), 0, &v4(b"request"));
    let (_, seen) = read_packets(&[packet.octets()]);
    let quoted = (Transport::Udp, "192.0.2.1:500", "198.51.100.2:4500");
    assert_eq!(seen, [error((4, 3, 3), None, quoted, b"request")]);
}

#[test]
fn reads_the_mtu_of_both_versions() {
    let packet = Packet::icmp_error(end("203.0.113.1:0"), (3, 4), 1400, &v4(&[7; 1000]));
    let (_, seen) = read_packets(&[packet.octets()]);
    let quoted = (Transport::Udp, "192.0.2.1:500", "198.51.100.2:4500");
    // 548 octets are quoted: 28 of them are headers.
    assert_eq!(seen, [error((4, 3, 4), Some(1400), quoted, &[7; 520])]);

    let packet = Packet::icmp_error(end("[2001:db8::9]:0"), (2, 0), 1280, &v6(b"request"));
    let (_, seen) = read_packets(&[packet.octets()]);
    let quoted = (Transport::Udp, "[2001:db8::1]:500", "[2001:db8::2]:500");
    assert_eq!(seen, [error((6, 2, 0), Some(1280), quoted, b"request")]);
}

#[test]
fn reads_quotes_of_esp_and_tcp() {
    let between = |content| Packet::new(end("192.0.2.1:40000"), end("198.51.100.2:4500"), content);
    let sealed = esp(0xc41d_9e07, 5, &[9; 24]);
    let packet = between(Content::Protocol(50, sealed.clone()));
    let packet = Packet::icmp_error(end("203.0.113.1:0"), (11, 0), 0, &packet);
    let (_, seen) = read_packets(&[packet.octets()]);
    let quoted = (Transport::Esp, "192.0.2.1:0", "198.51.100.2:0");
    assert_eq!(seen, [error((4, 11, 0), None, quoted, &sealed)]);

    let packet = between(Content::Tcp {
        sequence: 1,
        acknowledgement: 0,
        flags: TcpFlags::SYN,
        payload: b"IKETCP".to_vec(),
    });
    let packet = Packet::icmp_error(end("198.51.100.2:0"), (3, 13), 0, &packet);
    let (_, seen) = read_packets(&[packet.octets()]);
    let quoted = (Transport::Tcp, "192.0.2.1:40000", "198.51.100.2:4500");
    assert_eq!(seen, [error((4, 3, 13), None, quoted, b"IKETCP")]);
}

#[test]
fn reads_a_quote_that_ends_in_the_udp_header() {
    // The least that RFC 792 asks for: IP header and eight octets; here even four fewer.
    let offending = v4(b"request").octets();
    let content = Content::Icmp {
        icmp_type: 3,
        code: 1,
        body: [&[0; 4], &offending[..24]].concat(),
    };
    let packet = Packet::new(end("203.0.113.1:0"), end("192.0.2.1:0"), content);
    let (_, seen) = read_packets(&[packet.octets()]);
    let quoted = (Transport::Udp, "192.0.2.1:500", "198.51.100.2:4500");
    assert_eq!(seen, [error((4, 3, 1), None, quoted, b"")]);
}

#[test]
fn leaves_extensions_behind_the_quote_out() {
    // RFC 4884: the quote is padded to 128 octets, 32 words; an MPLS object follows.
    let mut quote = v4(&[1; 100]).octets();
    quote.resize(128, 0);
    let content = Content::Icmp {
        icmp_type: 11,
        code: 0,
        body: [
            &[0, 32, 0, 0][..],
            &quote,
            &[0x20, 0, 0, 0, 0, 8, 1, 1, 0, 0, 1, 1],
        ]
        .concat(),
    };
    let packet = Packet::new(end("203.0.113.1:0"), end("192.0.2.1:0"), content);
    let (_, seen) = read_packets(&[packet.octets()]);
    let quoted = (Transport::Udp, "192.0.2.1:500", "198.51.100.2:4500");
    assert_eq!(seen, [error((4, 11, 0), None, quoted, &[1; 100])]);
}

#[test]
fn passes_over_echoes_and_errors_about_other_protocols() {
    let echo = Content::Icmp {
        icmp_type: 8,
        code: 0,
        body: vec![0, 1, 0, 1],
    };
    let echo = Packet::new(end("192.0.2.1:0"), end("198.51.100.2:0"), echo);
    let about_echo = Packet::icmp_error(end("203.0.113.1:0"), (3, 1), 0, &echo);
    let (capture, seen) = read_packets(&[echo.octets(), about_echo.octets()]);
    assert_eq!((seen.len(), capture.losses()), (0, Default::default()));
}
