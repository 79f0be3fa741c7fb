//! IKE and ESP in TCP (RFC 9329): order, gaps, cuts, streams without their start.

use ikescope_capture::{Capture, Options};
use ikescope_testkit::capture::{Pcap, PcapFormat};
use ikescope_testkit::frame::{Content, Packet, TcpFlags, esp};
use ikescope_wire::observed::{TcpSignalKind, Transport};

use crate::seen::{Seen, end, read, read_packets};

const CLIENT: &str = "192.0.2.1:40000";
const SERVER: &str = "198.51.100.2:4500";

/// A segment from client to server; the initial sequence number is 1000.
fn client(flags: TcpFlags, sequence: u32, payload: &[u8]) -> Vec<u8> {
    segment((CLIENT, SERVER), flags, (sequence, 9001), payload)
}

fn data(sequence: u32, payload: &[u8]) -> Vec<u8> {
    client(TcpFlags::DATA, sequence, payload)
}

/// A segment from server to client; the initial sequence number is 9000.
fn server(flags: TcpFlags, acknowledgement: u32, payload: &[u8]) -> Vec<u8> {
    segment((SERVER, CLIENT), flags, (9001, acknowledgement), payload)
}

fn segment(
    ends: (&str, &str),
    flags: TcpFlags,
    (sequence, acknowledgement): (u32, u32),
    payload: &[u8],
) -> Vec<u8> {
    let content = Content::Tcp {
        sequence,
        acknowledgement,
        flags,
        payload: payload.to_vec(),
    };
    Packet::new(end(ends.0), end(ends.1), content).octets()
}

/// The length field and the frame.
fn framed(frame: &[u8]) -> Vec<u8> {
    let length = u16::try_from(frame.len() + 2).unwrap();
    [&length.to_be_bytes()[..], frame].concat()
}

/// Non-ESP marker and an IKE_SA_INIT request of that length, its payload numbered from `seed`.
fn ike(length: u8, seed: u8) -> Vec<u8> {
    let mut octets = vec![0; 4];
    octets.extend([0xa0 | seed; 8]);
    octets.extend([0; 8]);
    octets.extend([33, 0x20, 34, 8, 0, 0, 0, 0, 0, 0, 0, length]);
    octets.extend((28..length).map(|octet| octet ^ seed));
    octets
}

fn message(frame: u64, octets: &[u8]) -> Seen {
    Seen::datagram(frame, Transport::Tcp, (CLIENT, SERVER), octets)
}

fn syn() -> Vec<u8> {
    client(TcpFlags::SYN, 999, &[])
}

#[test]
fn reads_messages_both_ways() {
    let (request, response) = (ike(60, 1), ike(44, 2));
    let packets = [
        syn(),
        segment((SERVER, CLIENT), TcpFlags::SYN_ACK, (9000, 1000), &[]),
        data(1000, b"IKETCP"),
        data(1006, &framed(&request)),
        server(TcpFlags::DATA, 1072, &framed(&response)),
        client(TcpFlags::FIN, 1072, &[]),
        server(TcpFlags::RST, 1072, &[]),
    ];
    let (capture, seen) = read_packets(&packets);
    assert_eq!(
        seen,
        [
            Seen::TcpSignal(1, TcpSignalKind::Open),
            Seen::TcpSignal(2, TcpSignalKind::Accept),
            message(4, &request),
            Seen::datagram(5, Transport::Tcp, (SERVER, CLIENT), &response),
            Seen::TcpSignal(6, TcpSignalKind::Close),
            Seen::TcpSignal(7, TcpSignalKind::Reset),
        ]
    );
    assert_eq!(capture.losses(), Default::default());
}

#[test]
fn cuts_a_segment_into_its_messages_and_joins_segments() {
    let (one, two) = (ike(60, 1), esp(0xc41d_9e07, 1, &[5; 40]));
    let stream = [&b"IKETCP"[..], &framed(&one), &framed(&two)].concat();
    // At every octet: the second part holds the rest.
    for split in 1..stream.len() {
        let (first, second) = stream.split_at(split);
        let next = 1000 + u32::try_from(split).unwrap();
        let (_, seen) = read_packets(&[syn(), data(1000, first), data(next, second)]);
        let first_end = 6 + framed(&one).len();
        let first_message = match split {
            _ if split >= first_end => message(2, &one),
            // Only the prefix, or a part of it, is in the first segment.
            ..=6 => message(3, &one),
            _ => message(3, &one).of_fragments(&[2, 3]),
        };
        let second_message = if split > first_end {
            message(3, &two).of_fragments(&[2, 3])
        } else {
            message(3, &two)
        };
        let expected = [first_message, second_message];
        assert_eq!(seen[1..], expected, "split at {split}");
    }
}

#[test]
fn puts_segments_in_order_and_drops_repeated_ones() {
    let messages = [ike(60, 1), ike(44, 2), ike(30, 3)];
    let octets = messages.clone().map(|octets| framed(&octets));
    let starts = [1006, 1006 + 66, 1006 + 66 + 50];
    let packets = [
        syn(),
        data(1000, b"IKETCP"),
        data(starts[2], &octets[2]),
        data(starts[1], &octets[1]),
        data(starts[1], &octets[1]),
        // The first one, with a part of the second in the same segment.
        data(starts[0], &[&octets[0][..], &octets[1][..9]].concat()),
        data(starts[0], &octets[0]),
    ];
    let (capture, seen) = read_packets(&packets);
    assert_eq!(
        seen[1..],
        [
            message(6, &messages[0]),
            message(6, &messages[1]).of_fragments(&[6, 4]),
            message(3, &messages[2]),
        ]
    );
    assert_eq!(capture.losses().tcp_unframed, 0);
}

#[test]
fn goes_on_behind_a_gap_that_the_peer_acknowledged() {
    let (lost, kept) = (ike(60, 1), ike(44, 2));
    let gap = u32::try_from(framed(&lost).len()).unwrap();
    let packets = [
        syn(),
        data(1000, b"IKETCP"),
        data(1006 + gap, &framed(&kept)),
        server(TcpFlags::DATA, 1006 + gap + 50, &[]),
    ];
    let (_, seen) = read_packets(&packets);
    assert_eq!(seen[1..], [message(3, &kept)]);
}

#[test]
fn goes_on_behind_a_gap_at_the_end_of_the_capture() {
    let kept = ike(44, 2);
    let packets = [
        syn(),
        data(1000, b"IKETCP\0\x30partly"),
        data(1100, &framed(&kept)),
    ];
    let (capture, seen) = read_packets(&packets);
    assert_eq!(seen[1..], [message(3, &kept)]);
    assert_eq!(capture.losses().tcp_unframed, 8);
}

#[test]
fn finds_its_place_in_a_stream_that_began_before_the_capture() {
    let (whole, long) = (ike(44, 2), ike(200, 3));
    let packets = [
        // The end of something, then a segment of one message, then one that ends inside of one.
        data(5000, b"rest of a message"),
        data(5017, &framed(&whole)),
        data(5067, &framed(&long)[..100]),
        data(5167, &framed(&long)[100..]),
    ];
    let (capture, seen) = read_packets(&packets);
    assert_eq!(
        seen,
        [message(2, &whole), message(4, &long).of_fragments(&[3, 4])]
    );
    assert_eq!(capture.losses().tcp_unframed, 17);
}

#[test]
fn follows_any_port_if_the_prefix_is_seen() {
    let ends = (CLIENT, "198.51.100.2:443");
    let (request, response) = (ike(60, 1), esp(7, 1, &[3; 90]));
    let prefixed = [b"IKETCP", &framed(&request)[..]].concat();
    let answer = framed(&response);
    let packets = [
        segment(ends, TcpFlags::SYN, (999, 0), &[]),
        segment(ends, TcpFlags::DATA, (1000, 9001), &prefixed),
        segment(
            (ends.1, ends.0),
            TcpFlags::DATA,
            (9001, 1072),
            &answer[..50],
        ),
        segment(
            (ends.1, ends.0),
            TcpFlags::DATA,
            (9051, 1072),
            &answer[50..],
        ),
    ];
    let (_, seen) = read_packets(&packets);
    let response = Seen::datagram(4, Transport::Tcp, (ends.1, ends.0), &response);
    let request = Seen::datagram(2, Transport::Tcp, ends, &request);
    assert_eq!(seen, [request, response.of_fragments(&[3, 4])]);
}

#[test]
fn follows_the_ports_it_is_told() {
    let ends = (CLIENT, "198.51.100.2:8443");
    let file = Pcap::new(101)
        .frame(1, &segment(ends, TcpFlags::SYN, (999, 0), &[]))
        .octets();
    let mut options = Options::default();
    for expected in [0, 1] {
        let input = std::io::Cursor::new(file.clone());
        let mut capture = Capture::from_reader("test", input, 0, &options).unwrap();
        let mut count = 0;
        while capture.next_frame(&mut |_| count += 1).is_some() {}
        assert_eq!(count, expected);
        options.ike_ports.push(8443);
    }
}

#[test]
fn counts_a_stream_that_is_no_ike() {
    let packets = [syn(), data(1000, b"GET / HTTP/1.1\r\n\r\n")];
    let (capture, seen) = read_packets(&packets);
    assert_eq!(seen, [Seen::TcpSignal(1, TcpSignalKind::Open)]);
    assert_eq!(capture.losses().tcp_unframed, 18);
}

#[test]
fn keeps_in_step_through_segments_that_the_capture_cut() {
    let (cut, next) = (ike(200, 1), ike(30, 2));
    let stream = [&framed(&cut)[..], &framed(&next)].concat();
    let format = PcapFormat {
        // Of each segment the first 60 octets of the stream.
        snap_length: 100,
        ..PcapFormat::new(101)
    };
    let file = Pcap::with_format(format)
        .frame(1, &syn())
        .frame(2, &data(1000, b"IKETCP"))
        .frame(3, &data(1006, &stream[..150]))
        .frame(4, &data(1156, &stream[150..206]))
        .frame(5, &data(1212, &stream[206..]))
        .octets();
    let (capture, seen) = read(file);
    assert_eq!(
        seen[1..],
        [message(3, &cut[..58]).without(146), message(5, &next)]
    );
    assert_eq!(capture.losses().tcp_unframed, 0);
}

#[test]
fn bounds_what_waits_behind_a_gap() {
    let mut packets = vec![syn()];
    // 70 segments of one message each, the first one lost.
    let octets = framed(&ike(44, 2));
    packets.extend((1..70).map(|index| data(1006 + index * 50, &octets)));
    let (_, seen) = read_packets(&packets);
    let messages = seen
        .iter()
        .filter(|seen| matches!(seen, Seen::Datagram { .. }));
    assert_eq!(messages.count(), 69);
}

#[test]
fn forgets_the_connections_that_were_quiet_longest() {
    let octets = framed(&ike(44, 2));
    let mut packets = vec![syn(), data(1000, b"IKETCP")];
    // 5,000 more connections, and after half of them a message of the first one.
    for port in 1..=5000 {
        let client = format!("203.0.113.1:{port}");
        packets.push(segment((&client, SERVER), TcpFlags::SYN, (999, 0), &[]));
        packets.push(segment(
            (&client, SERVER),
            TcpFlags::DATA,
            (1000, 1),
            b"IKET",
        ));
        if port == 2500 {
            packets.push(data(1006, &octets[..9]));
        }
    }
    packets.push(data(1015, &octets[9..]));
    let (capture, seen) = read_packets(&packets);
    let last = message(10_004, &ike(44, 2)).of_fragments(&[5003, 10_004]);
    assert_eq!(seen.last(), Some(&last));
    // Four octets of each of the others, forgotten early or at the end.
    assert_eq!(capture.losses().tcp_unframed, 4 * 5000);
}
