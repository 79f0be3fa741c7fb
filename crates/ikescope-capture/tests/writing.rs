//! What the writers write: beside the diagrams of the drafts, read back, and read by Wireshark.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Cursor;
use std::path::PathBuf;
use std::{env, fs, process};

use ikescope_capture::write::{
    InterfaceHead, Packet, PcapWriter, PcapngWriter, TimeUnit, WriteError,
};
use ikescope_capture::{Direction, Frames, LinkType, TextOptions};
use ikescope_testkit::tool;
use ikescope_wire::observed::Timestamp;

const WAN: InterfaceHead<'_> = InterfaceHead {
    link: LinkType::ETHERNET,
    snap_length: 0,
    name: "wan1",
    description: "",
    unit: TimeUnit::Nanoseconds,
};

const TUNNEL: InterfaceHead<'_> = InterfaceHead {
    link: LinkType::RAW,
    snap_length: 1500,
    name: "",
    description: "",
    unit: TimeUnit::Microseconds,
};

const PACKET: Packet<'_> = Packet {
    time: Timestamp(0x1_0000_0002),
    original: 7,
    octets: b"abcde",
    direction: None,
    comments: &[],
};

/// An Ethernet frame with an empty UDP datagram from 192.0.2.1 to 192.0.2.2, port 9.
const ETHERNET: &[u8] = &[
    2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0xf6, 0xcc, 192,
    0, 2, 1, 192, 0, 2, 2, 0, 9, 0, 9, 0, 8, 0, 0,
];

#[test]
fn pcapng_follows_the_diagrams() {
    let mut writer = PcapngWriter::new(Vec::new(), "prog").unwrap();
    let wan = writer.interface(&WAN).unwrap();
    let packet = Packet {
        direction: Some(Direction::Outbound),
        comments: &["line 7", "hey!"],
        ..PACKET
    };
    writer.packet(wan, &packet).unwrap();
    #[rustfmt::skip]
    let expected = [
        0x0a, 0x0d, 0x0d, 0x0a, 40, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,
        255, 255, 255, 255, 255, 255, 255, 255,
        4, 0, 4, 0, b'p', b'r', b'o', b'g', 0, 0, 0, 0, 40, 0, 0, 0,
        1, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 4, 0, b'w', b'a', b'n', b'1',
        9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0,
        6, 0, 0, 0, 72, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0,
        b'a', b'b', b'c', b'd', b'e', 0, 0, 0,
        2, 0, 4, 0, 2, 0, 0, 0, 1, 0, 6, 0, b'l', b'i', b'n', b'e', b' ', b'7', 0, 0,
        1, 0, 4, 0, b'h', b'e', b'y', b'!', 0, 0, 0, 0, 72, 0, 0, 0,
    ];
    assert_eq!(writer.finish().unwrap(), expected);
}

#[test]
fn pcap_follows_the_diagram() {
    let mut writer =
        PcapWriter::new(Vec::new(), LinkType::ETHERNET, TimeUnit::Microseconds).unwrap();
    let time = Timestamp::new(258, 3_999);
    writer.packet(&Packet { time, ..PACKET }).unwrap();
    #[rustfmt::skip]
    let expected = [
        0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0,
        2, 1, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, b'a', b'b', b'c', b'd', b'e',
    ];
    assert_eq!(writer.finish().unwrap(), expected);
}

/// The frames of a file: time, interface, original length, octets, direction, comments.
type Owned = (i64, u32, u32, Vec<u8>, Option<Direction>, Vec<String>);

fn frames(file: Vec<u8>) -> Vec<Owned> {
    let mut frames =
        Frames::from_reader("written", Cursor::new(file), &TextOptions::default()).unwrap();
    let mut all = Vec::new();
    while let Some(frame) = frames.next_frame() {
        all.push((
            frame.time.0,
            frame.interface,
            frame.original,
            frame.octets.to_vec(),
            frame.direction,
            frame.comments.iter().map(|c| c.into_owned()).collect(),
        ));
    }
    assert_eq!(frames.notes(), []);
    all
}

#[test]
fn pcapng_reads_back_with_interfaces_between_packets() {
    let mut writer = PcapngWriter::new(Vec::new(), "").unwrap();
    let wan = writer.interface(&WAN).unwrap();
    writer.packet(wan, &PACKET).unwrap();
    let tunnel = writer.interface(&TUNNEL).unwrap();
    let late = Packet {
        time: Timestamp(1_700_000_000_000_001_999),
        original: 0,
        octets: b"",
        direction: Some(Direction::Inbound),
        comments: &["\u{e9}"],
    };
    writer.packet(tunnel, &late).unwrap();
    let file = writer.finish().unwrap();
    let read = Frames::from_reader(
        "written",
        Cursor::new(file.clone()),
        &TextOptions::default(),
    );
    let mut read = read.unwrap();
    while read.next_frame().is_some() {}
    let interfaces = read.interfaces().iter();
    let described: Vec<_> = interfaces
        .map(|i| (i.link, i.snap_length, i.name.as_deref(), i.time_unit()))
        .collect();
    assert_eq!(
        described,
        [
            (WAN.link, 0, Some("wan1"), TimeUnit::Nanoseconds),
            (TUNNEL.link, 1500, None, TimeUnit::Microseconds)
        ]
    );
    let inbound = Some(Direction::Inbound);
    assert_eq!(
        frames(file),
        [
            (0x1_0000_0002, 0, 7, b"abcde".to_vec(), None, vec![]),
            (
                1_700_000_000_000_001_000,
                1,
                0,
                vec![],
                inbound,
                vec!["\u{e9}".to_owned()]
            ),
        ]
    );
}

#[test]
fn drops_read_back() {
    let mut writer = PcapngWriter::new(Vec::new(), "").unwrap();
    let wan = writer.interface(&WAN).unwrap();
    writer.dropped(wan, Timestamp(7), 17).unwrap();
    let file = Cursor::new(writer.finish().unwrap());
    let mut read = Frames::from_reader("written", file, &TextOptions::default()).unwrap();
    assert!(read.next_frame().is_none());
    assert_eq!((read.dropped(), read.notes().len()), (17, 0));
}

#[test]
fn pcap_reads_back_in_nanoseconds() {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::RAW, TimeUnit::Nanoseconds).unwrap();
    writer.packet(&PACKET).unwrap();
    assert_eq!(
        frames(writer.finish().unwrap()),
        [(0x1_0000_0002, 0, 7, b"abcde".to_vec(), None, vec![])]
    );
}

#[test]
fn never_says_that_less_was_on_the_wire_than_there_is() {
    let mut writer = PcapngWriter::new(Vec::new(), "").unwrap();
    let wan = writer.interface(&WAN).unwrap();
    let packet = Packet {
        original: 2,
        ..PACKET
    };
    writer.packet(wan, &packet).unwrap();
    assert_eq!(frames(writer.finish().unwrap())[0].2, 5);
}

#[test]
fn refuses_a_time_that_the_format_cannot_say_and_goes_on() {
    let before = Timestamp(-1);
    let packet = Packet {
        time: before,
        ..PACKET
    };
    let mut pcapng = PcapngWriter::new(Vec::new(), "").unwrap();
    let wan = pcapng.interface(&WAN).unwrap();
    let refused = pcapng.packet(wan, &packet);
    assert!(matches!(refused, Err(WriteError::Time(time)) if time == before));
    pcapng.packet(wan, &PACKET).unwrap();
    assert_eq!(frames(pcapng.finish().unwrap()).len(), 1);

    let mut pcap = PcapWriter::new(Vec::new(), LinkType::RAW, TimeUnit::Nanoseconds).unwrap();
    for time in [before, Timestamp::new(1 << 32, 0)] {
        let refused = pcap.packet(&Packet { time, ..PACKET });
        assert!(matches!(refused, Err(WriteError::Time(_))), "{time}");
    }
    pcap.packet(&PACKET).unwrap();
    assert_eq!(frames(pcap.finish().unwrap()).len(), 1);
}

#[test]
fn refuses_a_frame_longer_than_readers_believe() {
    let octets = vec![0; 262_145];
    let packet = Packet {
        octets: &octets,
        ..PACKET
    };
    let mut pcap = PcapWriter::new(Vec::new(), LinkType::RAW, TimeUnit::Nanoseconds).unwrap();
    let refused = pcap.packet(&packet);
    assert!(matches!(
        refused,
        Err(WriteError::Length { limit: 262_144, .. })
    ));
    let mut pcapng = PcapngWriter::new(Vec::new(), "").unwrap();
    let wan = pcapng.interface(&WAN).unwrap();
    pcapng.packet(wan, &packet).unwrap();
    assert_eq!(frames(pcapng.finish().unwrap())[0].3.len(), octets.len());
}

#[test]
fn cuts_an_endless_comment_between_two_characters() {
    let endless = "\u{20ac}".repeat(30_000);
    let comments = [endless.as_str(), "next"];
    let packet = Packet {
        comments: &comments,
        ..PACKET
    };
    let mut writer = PcapngWriter::new(Vec::new(), "").unwrap();
    let wan = writer.interface(&WAN).unwrap();
    writer.packet(wan, &packet).unwrap();
    let read = frames(writer.finish().unwrap()).remove(0).5;
    // 65,535 is 21,845 characters of three octets.
    assert_eq!(read, ["\u{20ac}".repeat(21_845), "next".to_owned()]);
}

/// A file in the directory for temporary files, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str, octets: &[u8]) -> Self {
        let path = env::temp_dir().join(format!("ikescope-{}-{name}", process::id()));
        fs::write(&path, octets).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn wireshark_reads_interfaces_direction_and_comments() {
    let Some(mut tshark) = tool("tshark") else {
        return;
    };
    let mut writer = PcapngWriter::new(Vec::new(), "ikescope").unwrap();
    let wan = writer.interface(&WAN).unwrap();
    let ethernet = Packet {
        octets: ETHERNET,
        original: 60,
        direction: Some(Direction::Inbound),
        comments: &["line 7", "x"],
        ..PACKET
    };
    writer.packet(wan, &ethernet).unwrap();
    let tunnel = writer.interface(&TUNNEL).unwrap();
    let raw = Packet {
        time: Timestamp(9_000_000_000),
        octets: &ETHERNET[14..],
        original: 0,
        ..PACKET
    };
    writer.packet(tunnel, &raw).unwrap();
    let file = Scratch::new("witness.pcapng", &writer.finish().unwrap());
    let fields = [
        "frame.interface_name",
        "frame.packet_flags_direction",
        "frame.comment",
        "frame.time_epoch",
        "frame.len",
        "frame.cap_len",
        "ip.src",
    ];
    tshark.args(["-T", "fields", "-r"]).arg(&file.0);
    let output = tshark
        .args(fields.iter().flat_map(|field| ["-e", field]))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "wan1\t0x00000001\tline 7,x\t4.294967298\t60\t42\t192.0.2.1",
            "unknown\t\t\t9.000000000\t28\t28\t192.0.2.1"
        ]
    );
}

#[test]
fn capinfos_reads_both_formats() {
    let Some(mut capinfos) = tool("capinfos") else {
        return;
    };
    let mut pcapng = PcapngWriter::new(Vec::new(), "ikescope 0").unwrap();
    let wan = pcapng.interface(&WAN).unwrap();
    pcapng.packet(wan, &PACKET).unwrap();
    let mut pcap = PcapWriter::new(Vec::new(), LinkType::ETHERNET, TimeUnit::Nanoseconds).unwrap();
    pcap.packet(&PACKET).unwrap();
    let pcapng = Scratch::new("info.pcapng", &pcapng.finish().unwrap());
    let pcap = Scratch::new("info.pcap", &pcap.finish().unwrap());
    let output = capinfos
        .args([&pcapng.0, &pcap.0])
        .args(["-T", "-r", "-t", "-c"])
        .output()
        .unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let told: Vec<_> = text.lines().filter_map(|l| l.split_once('\t')).collect();
    assert_eq!(
        told.iter().map(|(_, told)| *told).collect::<Vec<_>>(),
        ["pcapng\t1", "nsecpcap\t1"]
    );
}
