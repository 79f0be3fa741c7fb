//! What terminals, loggers and people do to these texts: one input in `testdata/sniffer/` for each.
//!
//! The inputs were laid out by hand and by a script of their own; the packets that they must give are
//! built here by the testkit.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use ikescope_capture::{CaptureError, Condition, Direction, LinkType, LostReason, TextOptions};
use ikescope_testkit::frame::Packet as Ip;
use ikescope_testkit::testdata_dir;
use ikescope_wire::observed::Timestamp;

use crate::text::{Packet, Read, read, try_read};

const INSIDE: &str = "192.0.2.1:500";
const OUTSIDE: &str = "198.51.100.1:500";
/// 14 March 2026, 02:00:00 UTC, by `date -u`.
const TWO_O_CLOCK: i64 = 1_773_453_600_000_000_000;

fn udp(source: &str, destination: &str, payload: &[u8]) -> Vec<u8> {
    let mut packet = Ip::udp(
        source.parse().unwrap(),
        destination.parse().unwrap(),
        payload,
    );
    packet.identification = 7;
    packet.octets()
}

fn ethernet(destination: &str, source: &str, ether_type: u16, payload: &[u8]) -> Vec<u8> {
    let addresses = hex::decode(format!("{destination}{source}{ether_type:04x}")).unwrap();
    [&addresses, payload].concat()
}

/// The IKE header of a request, and of a response with one octet behind it.
fn request_ip() -> Vec<u8> {
    let payload = "8f3c2a1b5d6e7f400000000000000000212022080000000000000020494b4521";
    udp(OUTSIDE, INSIDE, &hex::decode(payload).unwrap())
}

fn response_ip() -> Vec<u8> {
    let payload = "8f3c2a1b5d6e7f405e5e5e5e0a0b0c0d21202220000000000000001d78";
    udp(INSIDE, OUTSIDE, &hex::decode(payload).unwrap())
}

fn request() -> Vec<u8> {
    ethernet("000000000001", "00005e005301", 0x0800, &request_ip())
}

fn response() -> Vec<u8> {
    ethernet("000000000000", "00005e005302", 0x0800, &response_ip())
}

fn arp_body() -> Vec<u8> {
    let fields = "000108000604000100005e005301c0000201000000000000c0000202";
    [hex::decode(fields).unwrap(), vec![0; 18]].concat()
}

fn arp() -> Vec<u8> {
    ethernet("ffffffffffff", "00005e005301", 0x0806, &arp_body())
}

fn of(name: &str) -> Vec<u8> {
    fs::read(testdata_dir().join("sniffer").join(name)).unwrap()
}

fn octets(read: &Read) -> Vec<String> {
    read.packets
        .iter()
        .map(|packet| hex::encode(&packet.octets))
        .collect()
}

/// Reads an input that holds exactly these packets, and no damage.
fn whole(name: &str, packets: &[Vec<u8>]) -> Read {
    let read = read(of(name));
    let expected: Vec<String> = packets.iter().map(hex::encode).collect();
    assert_eq!(octets(&read), expected, "{name}: {:#?}", read.notes);
    assert_eq!(
        conditions(&read),
        vec![Condition::AsPrinted; packets.len()],
        "{name}: {:#?}",
        read.notes
    );
    assert_eq!(read.census.repaired_lines, 0, "{name}: {:#?}", read.notes);
    read
}

fn conditions(read: &Read) -> Vec<Condition> {
    read.packets
        .iter()
        .map(|packet| packet.text.condition)
        .collect()
}

fn interfaces(read: &Read) -> Vec<&str> {
    read.packets
        .iter()
        .map(|packet| packet.interface.as_deref().unwrap_or("-"))
        .collect()
}

fn directions(read: &Read) -> Vec<Option<Direction>> {
    read.packets.iter().map(|packet| packet.direction).collect()
}

/// Times since two o'clock, in microseconds.
fn microseconds(read: &Read) -> Vec<i64> {
    read.packets
        .iter()
        .map(|packet| (packet.time - TWO_O_CLOCK) / 1000)
        .collect()
}

#[test]
fn c01_reads_every_line_end_in_one_file() {
    let read = whole(
        "01-line-ends.txt",
        &[request(), response(), arp(), request()],
    );
    assert_eq!(
        microseconds(&read),
        [1_000_000, 2_000_000, 3_000_000, 1_000_000]
    );
}

#[test]
fn c02_reads_a_session_that_script_recorded() {
    let read = whole("02-script.txt", &[request(), response()]);
    // The script began at 01:59:00.
    assert_eq!(microseconds(&read), [-59_900_000, -59_800_000]);
}

#[test]
fn c03_reads_lines_whose_blanks_were_changed() {
    for name in [
        "03-tabs-expanded.txt",
        "03-document-style.txt",
        "03-blanks-squeezed.txt",
    ] {
        whole(name, &[request(), response()]);
    }
}

#[test]
fn c04_reads_a_last_line_without_ascii_and_without_end() {
    whole("04-no-ascii.txt", &[request(), response()]);
}

#[test]
fn c05_reads_last_lines_of_one_two_and_three_octets() {
    let of_length = |length| {
        let packet = udp("198.51.100.1:9", "192.0.2.1:9", &vec![b'A'; length]);
        ethernet("000000000001", "00005e005301", 0x0800, &packet)
    };
    whole("05-short-last-lines.txt", &[7, 8, 9].map(of_length));
}

#[test]
fn c06_tells_ascii_that_looks_like_hex_from_octets() {
    let packet = udp("198.51.100.1:9", "192.0.2.1:9", b"......af");
    let frame = ethernet("000000000001", "00005e005301", 0x0800, &packet);
    whole("06-ascii-like-hex.txt", &vec![frame; 4]);
}

#[test]
fn c07_takes_ascii_for_nothing_else_than_ascii() {
    let text = b"0x0000\t 4500 -> 10.0.0.1 in ike 0: in AB#\"'[\\]0x0010\t";
    let packet = udp("198.51.100.1:9", "192.0.2.1:9", text);
    let frame = ethernet("000000000001", "00005e005301", 0x0800, &packet);
    whole("07-ascii-imitates.txt", &[frame, request()]);
}

#[test]
fn c08_needs_no_empty_lines_and_is_not_led_astray_by_them() {
    whole("08-empty-lines.txt", &[request(), response(), arp()]);
}

#[test]
fn c09_reads_several_captures_of_other_verbosity_and_times() {
    let read = whole(
        "09-several-captures.txt",
        &[request(), response(), request_ip()],
    );
    assert_eq!(read.census.captures, 3);
    assert_eq!(read.census.verbosity, [0, 0, 0, 1, 0, 1, 1]);
    assert_eq!((read.census.received, read.census.dropped), (3, 7));
    // The second one is relative: it began when the first one had ended.
    assert_eq!(microseconds(&read), [1_000_000, 1_500_000, 32_405_000_000]);
    assert_eq!(interfaces(&read), ["wan1", "wan1", "wan1"]);
    assert_eq!(read.packets[2].link, LinkType::RAW);
}

#[test]
fn c10_says_that_headers_alone_hold_no_octets() {
    for (name, headers, verbosity) in [
        ("10-headers-only.txt", 7, 1),
        ("10-headers-with-interfaces.txt", 5, 4),
    ] {
        let error = try_read(of(name), &TextOptions::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "test holds {headers} FortiGate sniffer headers and no packet data (verbosity {verbosity}); use\n    \
                 diagnose sniffer packet any 'udp port 500 or udp port 4500 or esp' 6 0 a"
            )
        );
    }
}

#[test]
fn c11_tells_the_direction_from_addresses_where_none_is_printed() {
    let multicast = ethernet("010000000000", "00005e005301", 0x0800, &request_ip());
    let read = whole(
        "11-any-without-interfaces.txt",
        &[request(), response(), multicast, arp()],
    );
    let (inbound, outbound) = (Some(Direction::Inbound), Some(Direction::Outbound));
    assert_eq!(directions(&read), [inbound, outbound, inbound, inbound]);
    assert_eq!(interfaces(&read), ["-"; 4]);
}

#[test]
fn c12_tells_ip_and_arp_without_ethernet() {
    let arp = ethernet("000000000001", "000000000000", 0x0806, &arp_body());
    // By hand: type of service and checksum of the header, and of the option a router alert (RFC 2113).
    let changed = |packet: Vec<u8>, changes: &[(usize, u8)]| {
        changes.iter().fold(packet, |mut packet, (at, octet)| {
            packet[*at] = *octet;
            packet
        })
    };
    let request = request_ip();
    let mut with_option = changed(
        request.clone(),
        &[(0, 0x46), (3, 0x40), (10, 0xf9), (11, 0x6b)],
    );
    with_option.splice(20..20, [0x94, 0x04, 0, 0]);
    let read = whole(
        "12-verbosity-5.txt",
        &[
            arp,
            udp("[2001:db8::1]:500", "[2001:db8::2]:500", &request[28..]),
            request.clone(),
            changed(request.clone(), &[(1, 0x10), (11, 0x64)]),
            changed(request, &[(1, 0xc0), (10, 0x8d), (11, 0xb4)]),
            with_option,
            changed(response_ip(), &[(10, 0), (11, 0)]),
        ],
    );
    let links: Vec<LinkType> = read.packets.iter().map(|packet| packet.link).collect();
    assert_eq!(links[0], LinkType::ETHERNET);
    assert_eq!(links[1..], [LinkType::RAW; 6]);
    assert_eq!(read.packets[0].text.added, 14);
    assert_eq!(read.packets[0].printed(), arp_body());
    assert_eq!(read.census.verbosity[5], 7);
}

#[test]
fn c13_tells_the_link_type_of_each_packet() {
    let read = whole(
        "13-vpn-interface.txt",
        &[request(), request_ip(), response()],
    );
    let links: Vec<LinkType> = read.packets.iter().map(|packet| packet.link).collect();
    assert_eq!(
        links,
        [LinkType::ETHERNET, LinkType::RAW, LinkType::ETHERNET]
    );
    assert_eq!(interfaces(&read), ["wan1", "VPN-to-Side1", "wan1"]);
}

#[test]
fn c14_is_not_misled_by_stale_memory_in_addresses() {
    let stale = ethernet("000000000001", "002145000040", 0x0800, &request_ip());
    let other = ethernet("000000000000", "203130353233", 0x0800, &response_ip());
    let read = whole("14-ppp.txt", &[stale, other]);
    assert_eq!(read.packets[0].link, LinkType::ETHERNET);
}

#[test]
fn c15_knows_ethernet_types_that_are_not_ip() {
    let session = [&[0x11, 0, 0, 1, 0, 0x3e, 0, 0x21][..], &request_ip()].concat();
    let tagged = [&[0, 10, 8, 0][..], &request_ip()].concat();
    let filled = |beginning: &[u8]| {
        let mut body = beginning.to_vec();
        body.resize(46, 0);
        body
    };
    let heartbeat = filled(b"heartbeat");
    // 802.3: a length, and behind it the LLC header of spanning trees (IEEE 802.1D 9.3).
    let tree = filled(&[0x42, 0x42, 3]);
    let device = "00005e005301";
    let read = whole(
        "15-ethernet-types.txt",
        &[
            ethernet("ffffffffffff", device, 0x8890, &heartbeat),
            ethernet("00005e005388", "90005e005301", 0x0800, &request_ip()),
            ethernet("0180c2000000", device, 0x0027, &tree),
            ethernet("00005e005302", device, 0x8864, &session),
            ethernet("000000000001", device, 0x8100, &tagged),
        ],
    );
    let ethernet = |packet: &Packet| packet.link == LinkType::ETHERNET;
    assert!(read.packets.iter().all(ethernet));
    assert_eq!(
        interfaces(&read),
        ["port5", "npudbg", "port2", "port2", "port1"]
    );
    let inbound = Some(Direction::Inbound);
    assert_eq!(directions(&read), [None, None, None, None, inbound]);
}

#[test]
fn c16_takes_the_internal_tag_out() {
    let read = whole("16-internal-tag.txt", &[request()]);
    assert_eq!(read.packets[0].text.added, -2);
    // Without the checksum of IP behind it, nothing proves that it is one.
    let text = String::from_utf8(of("16-internal-tag.txt")).unwrap();
    let read = self::read(text.replace("8e74", "8e75").replace(".t.3d.", ".u.3d."));
    assert_eq!(read.packets[0].text.added, 0);
    assert_eq!(read.packets[0].octets.len(), request().len() + 2);
}

#[test]
fn c17_keeps_a_packet_that_the_end_of_the_capture_cut() {
    let read = whole(
        "17-cut-by-statistics.txt",
        &[request(), response()[..48].to_vec()],
    );
    assert_eq!(read.packets[1].original, 71);
    assert_eq!((read.census.cut, read.census.received), (1, 1403));
    let read = whole("17-interrupted.txt", &[request(), response()]);
    assert_eq!(read.census.received, 2);
    // As the octet that the key sends, too.
    let text = String::from_utf8(of("17-interrupted.txt")).unwrap();
    let read = self::read(text.replace("^C", "\u{3}"));
    assert_eq!(octets(&read), [request(), response()].map(hex::encode));
    assert_eq!(read.census.received, 2);
}

#[test]
fn c18_tells_packets_that_are_cut_from_those_that_are_fragments() {
    let read = read(of("18-cut-and-fragments.txt"));
    assert_eq!(conditions(&read), [Condition::AsPrinted; 5]);
    let lengths: Vec<(usize, u32)> = read
        .packets
        .iter()
        .map(|p| (p.octets.len(), p.original))
        .collect();
    assert_eq!(lengths, [(48, 74), (62, 74), (74, 74), (66, 66), (58, 58)]);
    for (packet, length) in read.packets.iter().zip([48, 62]) {
        assert_eq!(packet.octets, request()[..length]);
    }
    // What the fragments carry: octets counted up from 0 to 3f behind a UDP header of 8, and letters.
    let counted: Vec<u8> = (0..0x40).collect();
    assert_eq!(read.packets[2].octets[42..], counted[..0x20]);
    assert_eq!(read.packets[3].octets[34..], counted[0x20..]);
    assert_eq!(read.packets[4].octets[34..], [b'x'; 24]);
    assert_eq!(read.census.cut, 2);
}

#[test]
fn c19_reads_every_form_of_time() {
    // All by `date -u +%s`.
    let times = |name: &str, options: &TextOptions| -> Vec<i64> {
        let read = try_read(of(name), options).unwrap();
        read.packets.iter().map(|packet| packet.time).collect()
    };
    let plain = TextOptions::default();
    let mut tokyo = TextOptions::default();
    tokyo.zone = 9 * 3600;
    let utc = [
        1_835_395_199_999_999_000,
        1_835_395_200_123_000_000,
        1_835_395_199_500_000_000,
        1_830_297_599_000_001_000,
    ];
    assert_eq!(times("19-times-utc.txt", &plain), utc);
    assert_eq!(
        times("19-times-utc.txt", &tokyo),
        utc,
        "times that are UTC by their command stay UTC"
    );
    assert_eq!(
        times("19-times-local.txt", &tokyo),
        [1_835_395_199_999_999_000, 1_835_481_599_999_999_000]
    );
    assert_eq!(
        times("19-times-local.txt", &plain),
        [1_835_427_599_999_999_000, 1_835_513_999_999_999_000]
    );
    let relative: Vec<i64> = times("19-times-relative.txt", &plain);
    let expected = [
        1_000,
        99_999_999_999_000,
        123_451_138_754_000,
        123_451_388_754_000,
    ];
    assert_eq!(relative, expected.map(|since| TWO_O_CLOCK + since));
    let mut given = tokyo;
    given.date = Some(Timestamp(TWO_O_CLOCK));
    let given = times("19-times-relative.txt", &given);
    assert_eq!(given[0], TWO_O_CLOCK - 9 * 3600 * 1_000_000_000 + 1_000);
}

#[test]
fn c20_takes_interface_names_as_they_are() {
    let names = [
        "eth0",
        "port1",
        "port10",
        "ssl.root",
        "FIM01/port1",
        "*{a}",
        "[b]",
        "my vpn in",
        "VPN-to-Side1_0",
        "abcdefghijklmno",
    ];
    let read = whole("20-interface-names.txt", &vec![request(); names.len()]);
    assert_eq!(interfaces(&read), names);
}

#[test]
fn c20_numbers_seventy_thousand_interfaces() {
    let lines = hex_lines(&request());
    let text: String = (0..70_000)
        .map(|number| format!("0.{number:06} dial_{number} in 198.51.100.1.500 -> 192.0.2.1.500: udp 32\n{lines}\n"))
        .collect();
    let read = read(text);
    assert_eq!(interfaces(&read)[69_999], "dial_69999");
}

#[test]
fn c21_names_blades_in_front_of_interfaces() {
    let read = whole("21-blades.txt", &[request(), response()]);
    assert_eq!(interfaces(&read), ["FPM03/wan1", "FIM01/wan1"]);
}

#[test]
fn c22_takes_the_times_of_loggers_off() {
    let read = whole("22-logger-prefix.txt", &[request(), response()]);
    assert_eq!(interfaces(&read), ["wan1", "wan1"]);
}

#[test]
fn c23_takes_the_prompt_of_the_pager_off() {
    whole("23-pager.txt", &[request(), response()]);
}

#[test]
fn c24_reads_on_through_prompts_and_debug_output() {
    let read = whole("24-between-lines.txt", &[request(), response()]);
    let skipped: Vec<(String, u64)> = read
        .census
        .skipped()
        .map(|(kind, count)| (kind.to_string(), count))
        .collect();
    let expected = [("other debug", 2), ("prompts", 1), ("sniffer messages", 1)];
    assert_eq!(
        skipped,
        expected.map(|(kind, count)| (kind.to_owned(), count))
    );
}

#[test]
fn c25_repairs_offsets_octets_and_headers_and_says_so() {
    let read = read(of("25-damaged.txt"));
    assert_eq!(
        octets(&read),
        [request(), response(), arp(), request()].map(hex::encode)
    );
    assert_eq!(
        conditions(&read),
        [
            Condition::Repaired,
            Condition::Repaired,
            Condition::AsPrinted,
            Condition::AsPrinted
        ]
    );
    assert_eq!(
        read.notes,
        [
            "test:7:1: the offset does not follow; repaired, its place tells.",
            "test:12:13: not a hex digit; repaired, the ASCII column tells the octet.",
            "test:18:1: something stands in front of the header; all octets could be read.",
        ]
    );
    assert_eq!(read.census.repaired_lines, 3);
}

#[test]
fn c26_keeps_a_packet_up_to_a_missing_line() {
    let read = read(of("26-missing-line.txt"));
    assert_eq!(
        octets(&read),
        [request()[..32].to_vec(), response()].map(hex::encode)
    );
    assert_eq!(
        conditions(&read),
        [Condition::Damaged, Condition::AsPrinted]
    );
    assert_eq!(read.packets[0].original, 74);
    assert_eq!(
        read.notes,
        ["test:7:1: lines are missing before this one; the packet is kept up to here."]
    );
}

#[test]
fn c26_puts_repeated_and_swapped_lines_right() {
    use Condition::{AsPrinted, Repaired};
    for (name, expected, lines) in [
        ("26-repeated-line.txt", [Repaired; 2], &["7", "14"][..]),
        ("26-swapped-lines.txt", [Repaired, AsPrinted], &["7"]),
    ] {
        let read = read(of(name));
        assert_eq!(
            octets(&read),
            [request(), response()].map(hex::encode),
            "{name}"
        );
        assert_eq!(conditions(&read), expected, "{name}");
        let told: Vec<&str> = (read.notes.iter())
            .filter_map(|note| note.split(':').nth(1))
            .collect();
        assert_eq!(told, lines, "{name}: {:#?}", read.notes);
    }
}

#[test]
fn c27_joins_lines_that_a_terminal_broke() {
    let read = read(of("27-wrapped.txt"));
    assert_eq!(
        octets(&read),
        [request(), response()].map(hex::encode),
        "{:#?}",
        read.notes
    );
    assert_eq!(conditions(&read), [Condition::Repaired; 2]);
}

/// Lines of octets behind the name of a blade are longer than 80 columns, headers are anyway.
#[test]
fn c27_joins_headers_and_lines_of_blades_at_usual_widths() {
    for (name, condition) in [
        ("27-wrapped-at-72.txt", Condition::Repaired),
        ("27-wrapped-at-80.txt", Condition::AsPrinted),
    ] {
        let read = read(of(name));
        let expected = [request(), response()].map(hex::encode);
        assert_eq!(octets(&read), expected, "{name}: {:#?}", read.notes);
        let as_printed = Condition::AsPrinted;
        assert_eq!(conditions(&read), [as_printed, condition], "{name}");
        assert_eq!(interfaces(&read), ["wan1", "FIM01/internal-vlan10"]);
        assert_eq!(microseconds(&read), [1_000_000, 2_000_000], "{name}");
    }
}

/// The end of a header is believed where it is the packet's, and no other line is.
#[test]
fn c27_joins_a_header_with_nothing_but_its_own_end() {
    let text = String::from_utf8(of("27-wrapped-at-80.txt")).unwrap();
    for other in ["00.2.500: udp 29", "00.1.501: udp 29", "00.1.500: udp 30"] {
        let read = read(text.replace("00.1.500: udp 29", other));
        assert_eq!(
            read.packets[1].text.condition,
            Condition::Doubtful,
            "{other}"
        );
    }
}

#[test]
fn c27_reads_lines_whose_right_edge_was_written_over() {
    let read = read(of("27-overprinted.txt"));
    assert_eq!(
        octets(&read),
        [request(), response()].map(hex::encode),
        "{:#?}",
        read.notes
    );
    assert_eq!(
        conditions(&read),
        [Condition::Repaired, Condition::AsPrinted]
    );
    // Four lines were cut; the fifth is short.
    assert_eq!(read.census.repaired_lines, 4, "{:#?}", read.notes);
}

#[test]
fn c28_reads_upper_case_no_break_blanks_nul_and_unicode() {
    for name in [
        "28-upper-case.txt",
        "28-no-break-blanks.txt",
        "28-bom.txt",
        "28-utf-16.txt",
        "28-nul.txt",
    ] {
        let read = whole(name, &[request(), response()]);
        assert_eq!(interfaces(&read), ["wan1", "wan1"], "{name}");
    }
    let marked = of("28-utf-16.txt");
    let swapped: Vec<u8> = marked
        .chunks(2)
        .flat_map(|pair| [pair[1], pair[0]])
        .collect();
    for utf16 in [&swapped[..], &swapped[2..], &marked[2..]] {
        let read = read(utf16);
        assert_eq!(octets(&read), [request(), response()].map(hex::encode));
        assert_eq!(conditions(&read), [Condition::AsPrinted; 2]);
    }
}

#[test]
fn c28_reads_past_ten_megabytes_without_a_line_end() {
    let mut text = of("01-line-ends.txt");
    text.extend(vec![b'x'; 10_000_000]);
    text.push(b'\n');
    text.extend(of("28-bom.txt").split_off(3));
    assert_eq!(octets(&read(text)).len(), 6);
}

#[test]
fn c29_reads_fortimail_and_tcpdump() {
    let payload: Vec<u8> = (0x20..0x20 + 140).collect();
    let frame = ethernet(
        "000000000001",
        "00005e005301",
        0x0800,
        &udp(OUTSIDE, INSIDE, &payload),
    );
    let read = whole("29-fortimail.txt", &[frame]);
    assert_eq!(microseconds(&read), [500_000]);
    assert_eq!(interfaces(&read), ["port1"]);
    let long = ethernet("00005e005302", "00005e005301", 0x88cc, &[0x5a; 5_000]);
    let lines = long.chunks(16).enumerate().map(|(index, octets)| {
        let groups: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let shown = |octet: &u8| {
            if octet.is_ascii_graphic() {
                *octet as char
            } else {
                '.'
            }
        };
        let ascii: String = octets.iter().map(shown).collect();
        format!("{:06x}\t {:47}\t{ascii}\n", index * 16, groups.join(" "))
    });
    let header = "0.5 port1 -- Ether type 0x88cc printer hasn't been added to sniffer.\n";
    let text = format!("{header}{}\n", lines.collect::<String>());
    assert_eq!(octets(&self::read(text)), [hex::encode(&long)]);

    let mut options = TextOptions::default();
    options.date = Some(Timestamp(TWO_O_CLOCK));
    let read = try_read(of("29-tcpdump.txt"), &options).unwrap();
    let arp = ethernet("000000000000", "000000000000", 0x0806, &arp_body());
    assert_eq!(
        octets(&read),
        [request_ip(), arp, request(), response()].map(hex::encode),
        "{:#?}",
        read.notes
    );
    // The day changes between the first two.
    assert_eq!(microseconds(&read), [79_199_900_000, 79_200_100_000, 1, 2]);
}

#[test]
fn c30_reads_packets_of_every_length() {
    let tiny = ethernet("00005e005302", "00005e005301", 0x88cc, &[]);
    let read_tiny = whole("30-tiny-and-empty.txt", &[tiny, request()]);
    assert_eq!(
        read_tiny.census.lost().collect::<Vec<_>>(),
        [(LostReason::NoOctets, 1)]
    );
    for length in [9_000, 70_000] {
        let frame = ethernet("00005e005302", "00005e005301", 0x88cc, &vec![0x5a; length]);
        let text = format!(
            "0.000001 port1 -- Ether type 0x88cc printer hasn't been added to sniffer.\n{}\n",
            hex_lines(&frame)
        );
        assert_eq!(octets(&read(text)), [hex::encode(&frame)]);
    }
}

#[test]
fn c31_does_not_read_the_sniffer_session_in_a_packet() {
    let read = read(of("31-sniffer-in-a-packet.txt"));
    assert_eq!(read.packets.len(), 2);
    assert_eq!(conditions(&read), [Condition::AsPrinted; 2]);
    let carried = "2026-03-14 02:00:02.000000 wan1 out 192.0.2.1.500 -> 198.51.100.1.500: udp 29\n\
        0x0000\t 0000 0000 0000 0000 5e00 5302 0800 4500\t........^.S...E.\n\
        0x0010\t 0039 0007 0000 4011 8e77 c000 0201 c633\t.9....@..w.....3\n";
    let syslog = udp("198.51.100.1:9", "192.0.2.1:514", carried.as_bytes());
    assert_eq!(read.packets[0].octets[14..], syslog);
    assert_eq!(read.packets[1].octets, request());
}

#[test]
fn c32_reads_a_capture_without_packets_and_refuses_a_text_without_capture() {
    for name in ["32-no-packets.txt", "32-filter-error.txt"] {
        let read = read(of(name));
        assert_eq!(read.packets, Vec::<Packet>::new(), "{name}");
        assert_eq!(read.census.captures, 1, "{name}");
    }
    let refused = |text: Vec<u8>| try_read(text, &TextOptions::default()).unwrap_err();
    assert!(matches!(
        refused(of("32-no-capture.txt")),
        CaptureError::Unknown { .. }
    ));
    assert!(matches!(refused(Vec::new()), CaptureError::Empty { .. }));
}

/// The tunnel list tells nothing to be counted, the log two messages and the sniffer the same two.
#[test]
fn c46_lends_the_packets_of_the_sniffer_and_the_messages_of_the_log() {
    let read = read(of("46-all-three.txt"));
    let logged = |packet: &&Packet| packet.link == LinkType::RAW;
    let (log, packets): (Vec<&Packet>, Vec<&Packet>) = read.packets.iter().partition(logged);
    assert_eq!(hex_of(&packets), [request(), response()].map(hex::encode));
    // IP and UDP are made up in a log; the message is that of the packet.
    let messages = |packets: &[&Packet], from: usize| -> Vec<Vec<u8>> {
        packets
            .iter()
            .map(|packet| packet.octets[from..].to_vec())
            .collect()
    };
    assert_eq!(messages(&log, 28), messages(&packets, 42));
    assert!(
        log.iter().all(|packet| packet.octets[8] == 0),
        "no TTL is told"
    );
    assert_eq!(
        log.iter()
            .map(|packet| packet.text.line)
            .collect::<Vec<_>>(),
        [5, 13]
    );
    assert!(read.notes.is_empty(), "{:?}", read.notes);
}

/// Lines of the log stand in the middle of packets; none of either is lost or changed.
#[test]
fn c46_reads_each_kind_as_if_it_stood_alone() {
    let text = String::from_utf8(of("46-log-between-packets.txt")).unwrap();
    let is_logged = |line: &&str| line.starts_with("ike ");
    let only = |keep: bool| -> String {
        let lines = text.lines().filter(|line| is_logged(line) == keep);
        lines.map(|line| format!("{line}\n")).collect()
    };
    let (mixed, log, packets) = (read(text.clone()), read(only(true)), read(only(false)));
    assert_eq!((log.packets.len(), packets.packets.len()), (6, 14));
    let of_link = |read: &Read, raw: bool| -> Vec<String> {
        let packets = read
            .packets
            .iter()
            .filter(|packet| (packet.link == LinkType::RAW) == raw);
        packets.map(|packet| hex::encode(&packet.octets)).collect()
    };
    assert_eq!(of_link(&mixed, true), of_link(&log, true));
    assert_eq!(of_link(&mixed, false), of_link(&packets, false));
    assert_eq!(mixed.census.as_printed, 20);
}

/// Times of the log are those of its packets: of another zone, of the packets where it has none, and of the
/// log where the packets have no date.
#[test]
fn c46_gives_both_kinds_the_same_clock() {
    for name in [
        "46-other-zone.txt",
        "46-relative-packets.txt",
        "46-log-between-packets.txt",
    ] {
        let read = read(of(name));
        let (first, last) = (read.packets[0].time, read.packets.last().unwrap().time);
        // 2026-11-23 06:59:51.122224 UTC by date(1); the capture ends 2.787788 s later.
        assert!(
            (first - 1_795_417_191_122_224_000).abs() < 1_000_000,
            "{name}: {first}"
        );
        assert!(
            (last - first - 2_787_788_000).abs() < 1_000_000,
            "{name}: {last}"
        );
        assert!(
            read.packets
                .is_sorted_by(|one, other| one.time <= other.time + 4_000_000),
            "{name}"
        );
    }
}

fn hex_of(packets: &[&Packet]) -> Vec<String> {
    packets
        .iter()
        .map(|packet| hex::encode(&packet.octets))
        .collect()
}

#[test]
fn reads_inside_gzip_and_zstd() {
    let text = of("09-several-captures.txt");
    let whole = octets(&read(text.clone()));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&text).unwrap();
    assert_eq!(octets(&read(gzip.finish().unwrap())), whole);
    // One raw block in a frame of one segment (RFC 8878 §3.1.1).
    let block = (u32::try_from(text.len()).unwrap() << 3 | 1).to_le_bytes();
    let size = u32::try_from(text.len()).unwrap().to_le_bytes();
    let zstd = [
        &[0x28, 0xb5, 0x2f, 0xfd, 0xa0][..],
        &size,
        &block[..3],
        &text,
    ]
    .concat();
    assert_eq!(octets(&read(zstd)), whole);
}

#[test]
fn counts_a_packet_of_which_nothing_can_be_read_as_lost() {
    let text = String::from_utf8(of("12-verbosity-5.txt")).unwrap();
    // The first octet of ARP; sixteen print alike, and ARP has no checksum.
    let read = read(text.replacen("0x0000\t 0001", "0x0000\t 0q01", 1));
    let lost: Vec<(LostReason, u64)> = read.census.lost().collect();
    assert_eq!(lost, [(LostReason::Unreadable, 1)]);
    assert_eq!(read.packets.len(), 6);
}

#[test]
fn a_long_line_of_joined_lines_is_not_followed_to_its_end() {
    let line = hex_lines(&[0x45; 16]).replace('\n', "X");
    let text = [of("28-bom.txt").split_off(3), line.repeat(900).into_bytes()].concat();
    assert_eq!(octets(&read(text)).len(), 2);
}

/// A frame as lines of octets, by the testkit.
fn hex_lines(frame: &[u8]) -> String {
    let lines = frame.chunks(16).enumerate();
    lines
        .map(|(index, octets)| ikescope_testkit::sniffer::hex_line(index * 16, octets) + "\n")
        .collect()
}
