//! Cut and flipped files: none may panic or hang.

use ikescope_testkit::capture::{ByteOrder, Interface, Pcap, Pcapng};
use ikescope_testkit::frame::{Content, Link, Packet, TcpFlags};
use ikescope_testkit::fuzz_inputs;
use ikescope_testkit::mutate::{cuts, flips, replacements};

use crate::drain::drain;
use crate::frames::pcap_of_frames;
use crate::logs::log_of_lines;
use crate::seen::{Seen, end, read};
use crate::sniffer::text_of_lines;

/// Fragments, TCP, ICMP errors, tunnels and plain datagrams.
fn packets() -> Vec<Vec<u8>> {
    let mut datagram = Packet::udp(end("192.0.2.1:500"), end("198.51.100.2:500"), &[7; 90]);
    datagram.identification = 3;
    let segment = |flags, sequence, payload: &[u8]| {
        let content = Content::Tcp {
            sequence,
            acknowledgement: 1,
            flags,
            payload: payload.to_vec(),
        };
        Packet::new(end("192.0.2.1:40000"), end("198.51.100.2:4500"), content).octets()
    };
    let error = Packet::icmp_error(end("203.0.113.1:0"), (3, 4), 1400, &datagram);
    let gre = [&[0, 0, 8, 0][..], &datagram.octets()].concat();
    let tunnel = Packet::new(
        end("192.0.2.1:0"),
        end("198.51.100.2:0"),
        Content::Protocol(47, gre),
    );
    let mut v6 = Packet::udp(end("[2001:db8::1]:500"), end("[2001:db8::2]:500"), &[8; 90]);
    v6.extension_headers = vec![(0, vec![0, 0, 1, 4, 0, 0, 0, 0])];
    let mut packets = datagram.fragments(68);
    packets.extend(v6.fragments(112));
    packets.extend([
        segment(TcpFlags::SYN, 999, &[]),
        segment(TcpFlags::DATA, 1000, b"IKETCP\0\x0bpayload12"),
        segment(TcpFlags::DATA, 1017, b"\0\tpayload"),
        error.octets(),
        tunnel.octets(),
    ]);
    packets
}

fn classic() -> Vec<u8> {
    let mut file = Pcap::new(1);
    for (second, packet) in (1..).zip(packets()) {
        file.push(second * 1_000_000_000, &Link::Vlan(7).frame(&packet));
    }
    file.octets()
}

fn blocks() -> Vec<u8> {
    let mut file = Pcapng::new(ByteOrder::Little)
        .interface(Interface::new(276).name("any"))
        .interface(Interface::new(101));
    for (second, packet) in (1..).zip(packets()) {
        let frame = Link::LinuxSll2.frame(&packet);
        file = file.commented(0, second * 1_000_000_000, &frame, "seen");
    }
    file.simple(&packets()[0]).statistics(0, 1, 20, 0).octets()
}

#[test]
fn reads_all_of_an_undamaged_file() {
    for file in [classic(), blocks()] {
        let (capture, seen) = read(file);
        assert_eq!(
            capture.notes().len(),
            usize::from(capture.summary().interfaces.len() == 2)
        );
        let datagrams = seen
            .iter()
            .filter(|seen| matches!(seen, Seen::Datagram { .. }));
        assert_eq!(datagrams.count(), 5, "{seen:?}");
    }
}

#[test]
fn survives_every_cut() {
    for file in [classic(), blocks()] {
        let whole = drain(&file);
        for cut in cuts(&file) {
            assert!(drain(cut) <= whole);
        }
    }
}

#[test]
fn survives_flipped_bits() {
    for file in [classic(), blocks()] {
        flips(&file, 7, 4000).for_each(|damaged| {
            drain(&damaged);
        });
        replacements(&file, &[0, 1, 0x7f, 0x80, 0xff]).for_each(|damaged| {
            drain(&damaged);
        });
    }
}

/// A log may end anywhere; what stood before the cut stands.
#[test]
fn survives_logs_cut_anywhere_and_flipped() {
    for (path, lines) in fuzz_inputs("ikescope-capture", "ike_debug") {
        println!("{}", path.display());
        let log = log_of_lines(&lines);
        for length in (0..log.len()).step_by(23) {
            drain(&log[..length]);
        }
        for damaged in flips(&log, 7, 100) {
            drain(&damaged);
        }
    }
}

/// Texts may end anywhere as well.
#[test]
fn survives_sniffer_text_cut_anywhere_and_flipped() {
    for (path, lines) in fuzz_inputs("ikescope-capture", "sniffer") {
        println!("{}", path.display());
        let text = text_of_lines(&lines);
        for length in (0..text.len()).step_by(23) {
            drain(&text[..length]);
        }
        for damaged in flips(&text, 7, 100) {
            drain(&damaged);
        }
    }
}

#[test]
fn survives_the_seeds_and_finds_of_fuzzing() {
    let replay = |target, read: fn(&[u8]) -> usize| -> usize {
        fuzz_inputs("ikescope-capture", target)
            .map(|(path, octets)| {
                println!("{}", path.display());
                read(&octets)
            })
            .sum()
    };
    assert!(replay("capture", drain) > 0);
    assert!(replay("frame", |octets| drain(&pcap_of_frames(octets))) > 0);
    assert!(replay("ike_debug", |octets| drain(&log_of_lines(octets))) > 0);
    assert!(replay("sniffer", |octets| drain(&text_of_lines(octets))) > 0);
}
