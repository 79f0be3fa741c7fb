//! File formats, byte orders, clocks and compressions.

use std::io::{Read, Write};

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use ikescope_capture::{Capture, CaptureError, Compression, Format, Options};
use ikescope_testkit::capture::{ByteOrder, Interface, Pcap, PcapFormat, Pcapng, Resolution};
use ikescope_testkit::frame::{Link, Packet};
use ikescope_wire::observed::{Observation, Timestamp};

use crate::seen::{end, open, read};

const SECOND: i64 = 1_000_000_000;

fn packet() -> Vec<u8> {
    Packet::udp(end("192.0.2.1:500"), end("192.0.2.2:500"), &[0xff]).octets()
}

/// Frame number, nanoseconds, interface, captured and original length of each frame with a datagram.
fn frames(file: Vec<u8>) -> Vec<(u64, i64, u32, u32, u32)> {
    let mut capture = open(file).unwrap();
    let mut frames = Vec::new();
    loop {
        let mut interface = None;
        let Some(frame) = capture.next_frame(&mut |observation: Observation<'_>| {
            interface = Some(observation.sighting().interface);
        }) else {
            return frames;
        };
        let interface = interface.unwrap();
        let nanoseconds = frame.time.0;
        frames.push((
            frame.number,
            nanoseconds,
            interface,
            frame.captured,
            frame.original,
        ));
    }
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

fn zstd(octets: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(octets, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn reads_pcap_of_both_byte_orders_and_resolutions() {
    let time = 1_700_000_000 * SECOND + 123_456_789;
    for byte_order in [ByteOrder::Little, ByteOrder::Big] {
        for (resolution, expected) in [
            (Resolution::Microseconds, time - 789),
            (Resolution::Nanoseconds, time),
        ] {
            let format = PcapFormat {
                byte_order,
                resolution,
                snap_length: 28,
                ..PcapFormat::new(101)
            };
            let file = Pcap::with_format(format).frame(time, &packet()).octets();
            let found = frames(file);
            assert_eq!(
                found,
                [(1, expected, 0, 28, 29)],
                "{byte_order:?} {resolution:?}"
            );
        }
    }
}

#[test]
fn reads_the_longer_records_of_the_modified_pcap() {
    let mut file = vec![0x34, 0xcd, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    file.extend([0, 0, 4, 0, 101, 0, 0, 0]);
    for second in [7, 8] {
        file.extend([second, 0, 0, 0, 5, 0, 0, 0, 29, 0, 0, 0, 29, 0, 0, 0]);
        // Interface index, protocol, packet type, padding.
        file.extend([2, 0, 0, 0, 8, 0, 0, 0]);
        file.extend(packet());
    }
    let expected = [
        (1, 7 * SECOND + 5000, 0, 29, 29),
        (2, 8 * SECOND + 5000, 0, 29, 29),
    ];
    assert_eq!(frames(file), expected);
}

#[test]
fn reads_pcapng_of_several_sections_and_interfaces() {
    let frame = Link::Ethernet.frame(&packet());
    let file = Pcapng::new(ByteOrder::Little)
        .interface(Interface::new(1).name("wan1").resolution(9))
        .interface(Interface::new(101).snap_length(28))
        .enhanced(0, SECOND + 1, &frame)
        .enhanced(1, 2 * SECOND, &packet())
        .section(ByteOrder::Big)
        .interface(Interface::new(101).offset(100))
        .enhanced(0, 103 * SECOND, &packet())
        .obsolete(0, 104 * SECOND, &packet(), 0xffff)
        .simple(&packet());
    let file = file.octets();
    assert_eq!(
        frames(file.clone()),
        [
            (1, SECOND + 1, 0, 43, 43),
            (2, 2 * SECOND, 1, 28, 29),
            (3, 103 * SECOND, 2, 29, 29),
            (4, 104 * SECOND, 2, 29, 29),
            (5, 104 * SECOND, 2, 29, 29),
        ]
    );
    let (capture, _) = read(file);
    let interfaces = capture.summary().interfaces;
    assert_eq!(interfaces[0].name.as_deref(), Some("wan1"));
    assert_eq!((interfaces[1].link.0, interfaces[1].snap_length), (101, 28));
    assert_eq!(
        capture.notes()[0].to_string(),
        "test: simple packet blocks have no time, from frame 5 on (offset 416)."
    );
}

#[test]
fn counts_comments_and_drops_of_pcapng() {
    let drop_count = |drops: u8| {
        let mut body = [[0; 4], [0; 4], [0; 4], [29, 0, 0, 0], [29, 0, 0, 0]].concat();
        body.extend(packet());
        body.extend([0; 3]);
        body.extend([4, 0, 8, 0, drops, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        body
    };
    let file = Pcapng::new(ByteOrder::Little)
        .interface(Interface::new(101))
        .interface(Interface::new(101))
        .commented(0, SECOND, &packet(), "here it begins")
        .statistics(0, SECOND, 10, 2)
        .statistics(0, SECOND, 20, 5)
        .statistics(1, SECOND, 20, 4);
    let (capture, _) = read(file.clone().octets());
    assert_eq!(capture.summary().comments, 1);
    assert_eq!(capture.losses().dropped_by_capture, 9);

    let (capture, _) = read(file.block(6, &drop_count(30)).octets());
    assert_eq!(capture.losses().dropped_by_capture, 30);
}

#[test]
fn unpacks_gzip_and_zstd() {
    let file = Pcap::new(101).frame(SECOND, &packet()).octets();
    let (first, second) = file.split_at(30);
    let packed = [
        (Compression::Gzip, gzip(&file)),
        (Compression::Gzip, [gzip(first), gzip(second)].concat()),
        (Compression::Zstd, zstd(&file)),
        (Compression::Zstd, [zstd(first), zstd(second)].concat()),
    ];
    for (compression, octets) in packed {
        let (capture, seen) = read(octets);
        assert_eq!(
            (capture.summary().compression, seen.len()),
            (compression, 1)
        );
        assert_eq!(capture.notes(), []);
    }
}

#[test]
fn says_where_a_packed_file_is_cut() {
    let packed = gzip(
        &Pcap::new(101)
            .frame(SECOND, &packet())
            .frame(SECOND, &packet())
            .octets(),
    );
    let (capture, _) = read(packed[..packed.len() - 20].to_vec());
    let note = capture.notes()[0].to_string();
    assert!(note.contains("cannot be read on"), "{note}");
    assert!(note.contains("of the unpacked data"), "{note}");
}

#[test]
fn reads_from_a_pipe_that_gives_one_octet_at_a_time() {
    struct Dripping(std::io::Cursor<Vec<u8>>);
    impl Read for Dripping {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let one = buffer.len().min(1);
            self.0.read(&mut buffer[..one])
        }
    }
    let classic = Pcap::new(101).frame(SECOND, &packet()).octets();
    let blocks = Pcapng::new(ByteOrder::Big)
        .interface(Interface::new(101))
        .enhanced(0, SECOND, &packet())
        .octets();
    for file in [classic.clone(), gzip(&classic), zstd(&classic), blocks] {
        let pipe = Dripping(std::io::Cursor::new(file));
        let mut capture = Capture::from_reader("-", pipe, 0, &Options::default()).unwrap();
        let mut count = 0;
        while capture.next_frame(&mut |_| count += 1).is_some() {}
        assert_eq!((count, capture.notes()), (1, &[][..]));
    }
}

#[test]
fn says_where_a_cut_file_ends() {
    let file = Pcap::new(101)
        .frame(SECOND, &packet())
        .frame(SECOND, &packet())
        .octets();
    let (capture, seen) = read(file[..file.len() - 9].to_vec());
    assert_eq!(seen.len(), 1);
    assert_eq!(
        capture.notes()[0].to_string(),
        "test ends inside frame 2: 29 octets announced, 20 left (offset 69). Copied while it was \
         being written? Frame 1 is used."
    );
    let (capture, _) = read(file[..71].to_vec());
    assert_eq!(
        capture.notes()[0].to_string(),
        "test ends inside the header of frame 2: 16 octets expected, 2 left (offset 69). Frame 1 is \
         used."
    );
    let (capture, _) = read(file[..69].to_vec());
    assert_eq!(capture.notes(), []);
}

#[test]
fn stops_at_a_frame_of_impossible_length() {
    let mut file = Pcap::new(101)
        .frame(SECOND, &packet())
        .frame(SECOND, &packet())
        .octets();
    file[69 + 8..69 + 12].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f]);
    let (capture, seen) = read(file);
    assert_eq!(seen.len(), 1);
    assert_eq!(
        capture.notes()[0].to_string(),
        "test is damaged at frame 2: 2,147,483,647 octets announced, at most 262,144 expected \
         (offset 69). Frame 1 is used."
    );
}

#[test]
fn passes_over_blocks_that_contradict_themselves() {
    let file = Pcapng::new(ByteOrder::Little)
        .interface(Interface::new(101))
        // An interface that is not described, and a packet longer than its block.
        .enhanced(7, SECOND, &packet())
        .block(
            6,
            &[[0; 4], [0; 4], [0; 4], [0xff, 0, 0, 0], [0xff, 0, 0, 0]].concat(),
        )
        .block(0x0bad_cafe, b"of another tool")
        .enhanced(0, SECOND, &packet());
    let (capture, seen) = read(file.octets());
    assert_eq!(seen.len(), 1);
    let notes: Vec<_> = capture.notes().iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "test: a block of type 0x00000006 behind frame 0 was skipped: its interface is not \
             described (offset 48).",
            "test: a block of type 0x00000006 behind frame 0 was skipped: its packet is longer than \
             the block (offset 112).",
        ]
    );
}

#[test]
fn skips_sections_of_a_version_to_come() {
    let mut section_2 = Pcapng::new(ByteOrder::Little)
        .interface(Interface::new(101))
        .octets();
    section_2[12] = 2;
    section_2.extend([6, 0, 0, 0, 12, 0, 0, 0, 12, 0, 0, 0]);
    let section_1 = Pcapng::new(ByteOrder::Little)
        .interface(Interface::new(101))
        .enhanced(0, SECOND, &packet())
        .octets();
    let (capture, seen) = read([section_2, section_1].concat());
    assert_eq!(seen.len(), 1);
    assert_eq!(
        capture.notes()[0].to_string(),
        "test: a section of pcapng version 2 was skipped (offset 0)."
    );
}

#[test]
fn names_what_is_no_capture() {
    let texts = |file: &[u8]| {
        let error = open(file.to_vec()).unwrap_err();
        (error.to_string(), error.help().unwrap_or_default())
    };
    assert_eq!(
        texts(b"PK\x03\x04\x14\x00\x06\x00"),
        (
            "test is no capture: offset 0 holds 50 4b 03 04, a zip archive".to_owned(),
            "unpack the capture first:\n    unzip test".to_owned()
        )
    );
    assert_eq!(
        texts(b"").0,
        "test is empty (0 octets); was the capture stopped before its buffer was written?"
    );
    assert_eq!(
        texts(b"snoop\0\0\0\0\0\0\x02").1,
        "convert it first, with a tool of Wireshark:\n    editcap -F pcapng test out.pcapng"
    );
    let docx = [&b"PK\x03\x04"[..], &[0; 26], b"[Content_Types].xml"].concat();
    assert!(texts(&docx).0.ends_with("50 4b 03 04, an office document"));
    assert!(texts(b"%PDF-1.7").1.contains("ask for the file"));
    let etl = [&[0; 4][..], &[3, 0, 1, 0x80], &[0; 24]].concat();
    assert!(texts(&etl).1.contains("\n    etl2pcapng test out.pcapng"));
    assert!(texts(b"7z\xbc\xaf\x27\x1c").1.ends_with("7z x test"));
    assert!(texts(b"Rar!\x1a\x07").0.ends_with("a RAR archive"));
    assert!(
        texts(&gzip(&gzip(b"x")))
            .0
            .ends_with("packed data inside of packed data")
    );
    assert_eq!(
        texts(&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0]).0,
        "test ends inside its file header: 24 octets expected, 6 found"
    );
    assert!(
        texts(&[0x0a, 0x0d, 0x0d, 0x0a].repeat(8))
            .0
            .contains("offset 8 holds 0a 0d 0d 0a")
    );
}

#[test]
fn keeps_the_error_of_the_system() {
    let error = Capture::open("no/such/file.pcap", 0, &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "cannot open no/such/file.pcap");
    assert!(matches!(
        error,
        CaptureError::Open { source, .. } if source.kind() == std::io::ErrorKind::NotFound
    ));
}

#[test]
fn sums_up_what_it_read() {
    let file = Pcap::new(101)
        .frame(5 * SECOND, &packet())
        .frame(3 * SECOND, &packet()[..28])
        .octets();
    let (capture, _) = read(file);
    let summary = capture.summary();
    assert_eq!((summary.format, summary.frames), (Format::Pcap, 2));
    assert_eq!(summary.first_time, Some(Timestamp(3 * SECOND)));
    assert_eq!(summary.last_time, Some(Timestamp(5 * SECOND)));
    assert_eq!((summary.cut_frames, capture.name()), (0, "test"));
}
