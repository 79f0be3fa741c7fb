//! `ikescope convert`: nothing is lost between the formats, and what is lost is told.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use ikescope_testkit::capture::{ByteOrder, Interface, Pcap, Pcapng};
use ikescope_testkit::{testdata_dir, tool};
use ikescope_wire::observed::Timestamp;

use crate::support::{Kept, captures, complaints, frames, ikescope, open, scratch, status, text};

#[test]
fn pcapng_keeps_every_frame_of_every_capture() {
    for path in captures() {
        let output = run(&[path.as_os_str(), "-o".as_ref(), "-".as_ref()]);
        assert_eq!(status(&output), expected_status(&path), "{path:?}");
        let before = frames(fs::read(&path).unwrap());
        assert_eq!(frames(output.stdout), before, "{path:?}");
    }
}

#[test]
fn pcap_comes_back_from_pcapng_octet_for_octet() {
    let folder = scratch("there-and-back");
    let there = folder.join("there.pcapng");
    let back = folder.join("back.pcap");
    let mut compared = 0;
    for path in captures() {
        let octets = fs::read(&path).unwrap();
        // What the writer writes itself: others come back with another header.
        if !octets.starts_with(&[0xd4, 0xc3, 0xb2, 0xa1]) || octets[16..20] != [0, 0, 4, 0] {
            continue;
        }
        run(&[path.as_os_str(), "-o".as_ref(), there.as_ref()]);
        run(&[there.as_os_str(), "-o".as_ref(), back.as_ref()]);
        assert!(
            fs::read(&back).unwrap() == octets,
            "{path:?} came back changed"
        );
        compared += 1;
    }
    assert!(compared > 20, "{compared} compared");
}

#[test]
fn wireshark_reads_all_captures_merged_into_one() {
    let Some(mut tshark) = tool("tshark") else {
        return;
    };
    let written = scratch("by-wireshark").join("written.pcapng");
    let captures = captures();
    let output = ikescope()
        .arg("convert")
        .args(&captures)
        .arg("-o")
        .arg(&written)
        .output()
        .unwrap();
    assert!(status(&output) < 2, "{}", text(&output.stderr));
    let fields = ["frame.time_epoch", "frame.len", "frame.cap_len"];
    tshark.args(["-n", "-T", "fields", "-r"]).arg(&written);
    let output = tshark
        .args(fields.iter().flat_map(|field| ["-e", field]))
        .output()
        .unwrap();
    assert_eq!(complaints(&output), Vec::<String>::new());
    let mut expected: Vec<Kept> = Vec::new();
    for path in captures {
        expected.extend(frames(fs::read(path).unwrap()));
    }
    let mut expected: Vec<_> = expected.iter().map(by_wireshark).collect();
    let lines = text(&output.stdout);
    let mut lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines.len(), expected.len());
    lines.sort_unstable();
    expected.sort_unstable();
    assert!(lines == expected, "frames differ");
}

fn by_wireshark(frame: &Kept) -> String {
    let time = Timestamp(frame.time);
    format!("{time}\t{}\t{}", frame.original, frame.octets.len())
}

#[test]
fn several_inputs_are_merged_by_time_and_keep_their_interfaces() {
    let folder = scratch("merged");
    let (one, other) = (folder.join("one.pcapng"), folder.join("other.pcapng"));
    let capture = |times: [i64; 2], name: &str| {
        Pcapng::new(ByteOrder::Little)
            .interface(Interface::new(1).name(name))
            .interface(Interface::new(1).name("shared"))
            .enhanced(0, times[0], b"a frame")
            .commented(1, times[1], b"another", "kept")
            .octets()
    };
    fs::write(&one, capture([1_000_000, 3_000_000], "wan1")).unwrap();
    fs::write(&other, capture([2_000_000, 4_000_000], "wan2")).unwrap();
    let output = run(&[one.as_os_str(), other.as_ref()]);
    let merged = frames(output.stdout);
    let told: Vec<_> = merged
        .iter()
        .map(|frame| (frame.time, frame.interface.as_deref(), frame.comments.len()))
        .collect();
    assert_eq!(
        told,
        [
            (1_000_000, Some("wan1"), 0),
            (2_000_000, Some("wan2"), 0),
            (3_000_000, Some("shared"), 1),
            (4_000_000, Some("shared"), 1)
        ]
    );
    let told = text(&output.stderr);
    assert!(
        told.contains("wrote stdout: 4 packets, 3 interfaces, "),
        "{told}"
    );
}

#[test]
fn packed_inputs_and_standard_streams_are_read() {
    let path = testdata_dir().join("captures/ike1-main-psk-ok.pcap");
    let octets = fs::read(&path).unwrap();
    let packed = zstd_of(&octets);
    let output = piped(&["convert", "-", "--format", "pcap"], &packed);
    assert_eq!(status(&output), 0);
    assert_eq!(output.stdout, octets);
    assert!(text(&output.stderr).starts_with("stdin: pcap in zstd\n"));
}

#[test]
fn what_users_of_fgt2eth_type_works() {
    let folder = scratch("fgt2eth");
    let out = folder.join("out.pcap");
    let path = testdata_dir().join("captures/ike1-main-psk-ok.pcap");
    let output = ikescope()
        .args(["convert", "-in"])
        .arg(&path)
        .arg("-out")
        .arg(&out)
        .output()
        .unwrap();
    assert_eq!(status(&output), 0);
    assert_eq!(fs::read(out).unwrap(), fs::read(path).unwrap());
}

#[test]
fn only_the_interface_that_was_asked_for_is_written() {
    let capture = testdata_dir().join("captures/cap-pcapng-two-interfaces.pcapng");
    let output = run(&[capture.as_os_str(), "--interface".as_ref(), "ri".as_ref()]);
    let frames = frames(output.stdout);
    assert_eq!(frames.len(), 12);
    assert!(
        frames
            .iter()
            .all(|frame| frame.interface.as_deref() == Some("ri"))
    );
    let told = text(&output.stderr);
    assert!(
        told.contains("packets     24; 12 of other interfaces left out\n"),
        "{told}"
    );
}

#[test]
fn a_cut_file_is_converted_up_to_there_and_the_status_tells() {
    let folder = scratch("cut");
    let cut = folder.join("cut.pcap");
    let octets = fs::read(testdata_dir().join("captures/ike1-main-psk-ok.pcap")).unwrap();
    fs::write(&cut, &octets[..octets.len() - 1]).unwrap();
    let output = run(&[cut.as_os_str()]);
    assert_eq!(status(&output), 1);
    assert_eq!(frames(output.stdout).len(), 20);
    assert!(text(&output.stderr).contains("ends inside frame 21"));
}

#[test]
fn frames_that_pcap_cannot_hold_are_counted_as_lost() {
    let folder = scratch("links");
    let mixed = folder.join("mixed.pcapng");
    let octets = Pcapng::new(ByteOrder::Big)
        .interface(Interface::new(1))
        .interface(Interface::new(101))
        .interface(Interface::new(113))
        .enhanced(0, 0, &[0; 60])
        .enhanced(1, 1_000, &[0x45, 0, 0, 20])
        .enhanced(2, 2_000, &[0; 60])
        .octets();
    fs::write(&mixed, octets).unwrap();
    let output = run(&[mixed.as_os_str(), "--format".as_ref(), "pcap".as_ref()]);
    assert_eq!(status(&output), 1);
    let written = frames(output.stdout);
    assert_eq!(written.len(), 2);
    let header = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0];
    assert_eq!(written[1].octets, [&header[..], &[0x45, 0, 0, 20]].concat());
    let told = text(&output.stderr);
    assert!(
        told.contains("lost        1 packet of another link type"),
        "{told}"
    );
}

#[test]
fn drops_that_the_capture_tells_of_are_told_again() {
    let folder = scratch("drops");
    let dropping = folder.join("dropping.pcapng");
    let octets = Pcapng::new(ByteOrder::Little)
        .interface(Interface::new(1).name("wan1"))
        .enhanced(0, 5_000, &[0; 60])
        .statistics(0, 6_000, 9, 8)
        .octets();
    fs::write(&dropping, octets).unwrap();
    let output = run(&[dropping.as_os_str()]);
    assert_eq!(status(&output), 0);
    let mut read = open(output.stdout);
    while read.next_frame().is_some() {}
    assert_eq!(read.dropped(), 8);
}

#[test]
fn nothing_is_written_over_an_input_nor_of_nothing() {
    let folder = scratch("nothing");
    let (empty, missing) = (folder.join("empty.pcap"), folder.join("missing.pcap"));
    let out = folder.join("out.pcapng");
    fs::write(&empty, Pcap::new(1).octets()).unwrap();
    for input in [&empty, &missing] {
        let output = run(&[input.as_os_str(), "-o".as_ref(), out.as_ref()]);
        assert_eq!(status(&output), 2);
        assert!(!out.exists());
    }
    let output = run(&[empty.as_os_str(), "-o".as_ref(), empty.as_ref()]);
    assert_eq!(status(&output), 2);
    assert!(text(&output.stderr).contains("is an input; choose another file"));
}

/// Those that end inside a frame are converted up to there.
fn expected_status(path: &Path) -> i32 {
    let mut read = open(fs::read(path).unwrap());
    while read.next_frame().is_some() {}
    i32::from(!read.notes().is_empty())
}

fn zstd_of(octets: &[u8]) -> Vec<u8> {
    // One raw block per 64 KiB (RFC 8878 §3.1.1): a frame of a single segment.
    let mut packed = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    packed.extend(u32::try_from(octets.len()).unwrap().to_le_bytes());
    let blocks = octets.chunks(1 << 16).collect::<Vec<_>>();
    for (index, block) in blocks.iter().enumerate() {
        let last = u32::from(index + 1 == blocks.len());
        let header = (u32::try_from(block.len()).unwrap() << 3) | last;
        packed.extend(&header.to_le_bytes()[..3]);
        packed.extend_from_slice(block);
    }
    packed
}

fn piped(arguments: &[&str], input: &[u8]) -> Output {
    let mut program = ikescope()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    program.stdin.take().unwrap().write_all(input).unwrap();
    program.wait_with_output().unwrap()
}

/// Case 28 of the sniffer's checklist is a text of 1 GB: what counts is that the text may be larger than
/// the memory.
#[cfg(target_os = "linux")]
#[test]
fn a_text_larger_than_the_memory_is_converted() {
    const KIB_OF_MEMORY: usize = 40_000;
    let session = fs::read(testdata_dir().join("sniffer/46-log-between-packets.txt")).unwrap();
    let times = 2 * KIB_OF_MEMORY * 1024 / session.len();
    let mut program = std::process::Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -v {KIB_OF_MEMORY} && exec \"$0\" convert -"),
        ])
        .arg(env!("CARGO_BIN_EXE_ikescope"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = program.stdin.take().unwrap();
    for _ in 0..times {
        text.write_all(&session).unwrap();
    }
    drop(text);
    let output = program.wait_with_output().unwrap();
    assert_eq!(status(&output), 0, "{}", self::text(&output.stderr));
    // Fourteen packets and six messages each time.
    let packets = (20 * times).to_string();
    let told = self::text(&output.stderr).replace(',', "");
    assert!(told.contains(&format!(" {packets} packets")), "{told}");
}

fn run(arguments: &[&std::ffi::OsStr]) -> Output {
    ikescope().arg("convert").args(arguments).output().unwrap()
}

/// Interface options are laid out by hand: if_name 2, if_description 3 (pcapng, section 4.2).
#[test]
fn descriptions_of_interfaces_stay_and_other_blocks_are_counted() {
    let folder = scratch("described");
    let path = folder.join("described.pcapng");
    let mut interface = [1, 0, 0, 0, 0, 0, 0, 0].to_vec();
    interface.extend(*b"\x02\0\x04\0wan1");
    interface.extend(*b"\x03\0\x08\0upstream");
    interface.extend([0; 4]);
    // A Name Resolution Block without a record, then one of a type that nobody knows.
    let file = Pcapng::new(ByteOrder::Little)
        .block(1, &interface)
        .block(4, &[0; 4])
        .block(0x0bad, &[0; 4])
        .enhanced(0, 1_000, &[7; 60]);
    fs::write(&path, file.octets()).unwrap();
    let written = folder.join("written.pcapng");
    let output = run(&[path.as_os_str(), "-o".as_ref(), written.as_ref()]);
    let said = text(&output.stderr);
    assert!(
        said.contains("left out    1 name resolution block, 1 other block"),
        "{said}"
    );
    let mut read = open(fs::read(&written).unwrap());
    while read.next_frame().is_some() {}
    let kept = &read.interfaces()[0];
    assert_eq!(kept.description.as_deref(), Some("upstream"));
    let pcap = run(&[
        path.as_os_str(),
        "-o".as_ref(),
        folder.join("w.pcap").as_ref(),
    ]);
    assert!(text(&pcap.stderr).contains("1 interface description"));
    let anonymous = ikescope().arg("anonymize").arg(&path).output().unwrap();
    assert!(!anonymous.stdout.windows(8).any(|it| it == b"upstream"));
}
