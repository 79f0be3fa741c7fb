//! IP fragments: in order, out of order, doubled, overlapping, missing, cut.

use ikescope_testkit::capture::{Pcap, PcapFormat};
use ikescope_testkit::frame::Packet;
use ikescope_wire::observed::Transport;

use crate::seen::{Seen, end, read, read_packets};

const V4: (&str, &str) = ("192.0.2.1:4500", "198.51.100.2:4500");
const V6: (&str, &str) = ("[2001:db8::1]:500", "[2001:db8::2]:500");

fn payload() -> Vec<u8> {
    (0..100).collect()
}

/// A datagram of 108 octets with its UDP header, in fragments of 48, 48 and 12.
fn three_fragments(ends: (&str, &str)) -> [Vec<u8>; 3] {
    let mut packet = Packet::udp(end(ends.0), end(ends.1), &payload());
    packet.identification = 0x1234;
    let mtu = if ends == V4 { 68 } else { 96 };
    packet.fragments(mtu).try_into().unwrap()
}

fn whole(frame: u64, ends: (&str, &str), frames: &[u64]) -> Seen {
    Seen::datagram(frame, Transport::Udp, ends, &payload()).of_fragments(frames)
}

#[test]
fn shows_the_datagram_at_the_frame_that_completed_it() {
    for ends in [V4, V6] {
        let [first, second, last] = three_fragments(ends);
        let (_, seen) = read_packets(&[first.clone(), second.clone(), last.clone()]);
        assert_eq!(seen, [whole(3, ends, &[1, 2, 3])]);
        let (_, seen) = read_packets(&[last, first, second]);
        assert_eq!(seen, [whole(3, ends, &[1, 2, 3])]);
    }
}

#[test]
fn takes_each_octet_once() {
    let [first, second, last] = three_fragments(V4);
    // The second one again with other octets, then stretched over the start of the last one.
    let mut other = second.clone();
    other[20..].fill(0xee);
    let packets = [second, other, first, last];
    let (capture, seen) = read_packets(&packets);
    assert_eq!(seen, [whole(4, V4, &[1, 3, 4])]);
    assert_eq!(capture.losses(), Default::default());
}

#[test]
fn lets_the_first_of_overlapping_fragments_win() {
    let [first, second, last] = three_fragments(V4);
    // 12 octets from offset 88 on, the first 8 of which the second fragment has as well.
    let mut early = last.clone();
    early[7] = 88 / 8;
    early[20..28].fill(0xee);
    early[28..32].copy_from_slice(&second[20 + 44..20 + 48]);
    let (_, seen) = read_packets(&[first.clone(), second.clone(), last.clone(), early]);
    assert_eq!(seen[0], whole(3, V4, &[1, 2, 3]));
    // A later fragment that reaches back into an earlier one.
    let mut long = [&last[..20], &[0xee; 8], &last[20..]].concat();
    long[3] += 8;
    long[7] = 88 / 8;
    let (_, seen) = read_packets(&[first, second, long]);
    assert_eq!(seen, [whole(3, V4, &[1, 2, 3])]);
}

#[test]
fn keeps_copies_of_the_same_datagram_apart() {
    let [first, second, last] = three_fragments(V4);
    let once = [first, second, last];
    // Every fragment twice at once, as a mirror of both directions gives them.
    let mut file = Pcap::new(101);
    for (millisecond, packet) in (1..).zip(&once) {
        file.push(millisecond * 1_000_000, packet);
        file.push(millisecond * 1_000_000, packet);
    }
    let (capture, seen) = read(file.octets());
    assert_eq!(seen, [whole(5, V4, &[1, 3, 5])]);
    assert_eq!(capture.losses().datagrams_incomplete, 0);
    // The whole datagram twice: that are two.
    let (_, seen) = read_packets(&[once.clone(), once].concat());
    assert_eq!(seen, [whole(3, V4, &[1, 2, 3]), whole(6, V4, &[4, 5, 6])]);
}

#[test]
fn tells_which_fragments_never_came() {
    let [first, second, last] = three_fragments(V4);
    let incomplete =
        |ends: (&str, &str), first_and_last, octets_seen, octets: &[u8]| Seen::Incomplete {
            frame: 1,
            ends: (ends.0.to_owned(), ends.1.to_owned()),
            fragments: vec![1, 2],
            first_and_last,
            octets_seen,
            octets: octets.to_vec(),
        };
    let (capture, seen) = read_packets(&[first.clone(), last.clone()]);
    assert_eq!(seen, [incomplete(V4, (true, true), 60, &payload()[..40])]);
    assert_eq!(capture.losses().datagrams_incomplete, 1);
    let (_, seen) = read_packets(&[second.clone(), first]);
    assert_eq!(seen, [incomplete(V4, (true, false), 96, &payload()[..88])]);
    let without_ports = ("192.0.2.1:0", "198.51.100.2:0");
    let (_, seen) = read_packets(&[second, last]);
    assert_eq!(seen, [incomplete(without_ports, (false, true), 60, &[])]);
}

#[test]
fn gives_up_after_thirty_seconds_of_packet_time() {
    let [first, second, last] = three_fragments(V4);
    let time = 1_700_000_000_000_000_000;
    let other = Packet::udp(end(V4.0), end(V4.1), b"later").octets();
    let file = |age: i64| {
        Pcap::new(101)
            .frame(time, &first)
            .frame(time, &second)
            .frame(time + age, &other)
            .frame(time + age, &last)
            .octets()
    };
    let (_, seen) = read(file(29_999_999_999));
    assert_eq!(seen.last(), Some(&whole(4, V4, &[1, 2, 4])));
    let (capture, seen) = read(file(30_000_000_000));
    assert!(matches!(&seen[0], Seen::Incomplete { fragments, .. } if *fragments == [1, 2]));
    assert_eq!(seen[1], Seen::datagram(3, Transport::Udp, V4, b"later"));
    assert!(matches!(&seen[2], Seen::Incomplete { fragments, .. } if *fragments == [4]));
    assert_eq!(capture.losses().datagrams_incomplete, 2);
}

#[test]
fn hands_up_what_the_snap_length_left_of_fragments() {
    // Of each fragment 20 + 32 octets are kept: the payload of the datagram ends after 24.
    let format = PcapFormat {
        snap_length: 52,
        ..PcapFormat::new(101)
    };
    let mut file = Pcap::with_format(format);
    for packet in three_fragments(V4) {
        file.push(1, &packet);
    }
    let (_, seen) = read(file.octets());
    let expected = Seen::datagram(3, Transport::Udp, V4, &payload()[..24]);
    assert_eq!(seen, [expected.of_fragments(&[1, 2, 3]).without(76)]);
}

#[test]
fn bounds_the_datagrams_it_keeps_open() {
    let packets: Vec<_> = (0..5000)
        .map(|identification| {
            let mut packet = Packet::udp(end(V4.0), end(V4.1), &payload());
            packet.identification = identification;
            packet.fragments(68).remove(0)
        })
        .collect();
    let mut file = Pcap::new(101);
    for packet in &packets {
        file.push(1, packet);
    }
    let (capture, seen) = read(file.octets());
    assert_eq!(seen.len(), 5000);
    assert_eq!(capture.losses().fragments_evicted, 5000 - 4096);
    assert_eq!(capture.losses().datagrams_incomplete, 5000);
}

#[test]
fn counts_fragments_beyond_the_largest_datagram_as_malformed() {
    let [_, _, mut last] = three_fragments(V4);
    [last[6], last[7]] = [0x1f, 0xff];
    let (capture, seen) = read_packets(&[last]);
    assert_eq!((seen.len(), capture.losses().malformed), (0, 1));
}

#[test]
fn takes_an_atomic_fragment_for_whole() {
    let mut packet = Packet::udp(end(V6.0), end(V6.1), b"atomic");
    packet.extension_headers = vec![(44, vec![0, 0, 0, 0, 0, 0, 0, 9])];
    let (_, seen) = read_packets(&[packet.octets()]);
    assert_eq!(seen, [Seen::datagram(1, Transport::Udp, V6, b"atomic")]);
}
