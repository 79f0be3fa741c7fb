//! Captures written as this text by the testkit, and read back: the same frames, as far as the format
//! keeps them. It has microseconds; on `any` it replaces the destination of the link layer.

use std::fs;
use std::path::{Path, PathBuf};

use ikescope_capture::{Condition, Frames, LinkType, TextOptions};
use ikescope_testkit::sniffer::{Sniffer, Times, Verbosity, Way};
use ikescope_testkit::{shared_dir, testdata_dir};

use crate::text::read;

#[test]
fn every_capture_comes_back_from_text() {
    let mut compared = 0;
    for path in captures() {
        for verbosity in [Verbosity::FromEthernet, Verbosity::FromIp] {
            for (interface, names) in [
                ("any", true),
                ("any", false),
                ("wan1", true),
                ("wan1", false),
            ] {
                compared += compare(&path, verbosity, interface, names);
            }
        }
    }
    assert!(compared > 10_000, "{compared} frames compared");
}

/// Writes and reads one capture; gives the number of frames.
fn compare(path: &Path, verbosity: Verbosity, interface: &str, names: bool) -> usize {
    let mut sniffer = Sniffer::on(interface, verbosity, names, Times::Absolute);
    let mut expected = Vec::new();
    let mut frames = Frames::open(path, &TextOptions::default()).unwrap();
    while let Some(frame) = frames.next_frame() {
        let time = frame.time.0.div_euclid(1000) * 1000;
        let Some(ip) = ip_offset(frame.link, frame.octets) else {
            continue;
        };
        if frame.link == LinkType::ETHERNET {
            sniffer.frame(time, "wan1", Way::In, frame.octets);
        } else {
            sniffer.ip_packet(time, "wan1", Way::In, &frame.octets[ip..]);
        }
        // Ethernet is told in full on one interface, from the type on for `any`.
        let whole = verbosity == Verbosity::FromEthernet && frame.link == LinkType::ETHERNET;
        let from = match (whole, interface) {
            (true, "any") => 6,
            (true, _) => 0,
            (false, _) => ip,
        };
        expected.push((time, frame.octets[from..].to_vec()));
    }
    if expected.is_empty() {
        return 0;
    }
    let read = read(sniffer.finish());
    let name = path.display();
    assert_eq!(read.packets.len(), expected.len(), "{name}");
    for (packet, (time, octets)) in read.packets.iter().zip(&expected) {
        let line = packet.text.line;
        assert_eq!(packet.time, *time, "{name}:{line}");
        let condition = packet.text.condition;
        assert!(
            matches!(condition, Condition::AsPrinted | Condition::Doubtful),
            "{name}:{line} {:?}",
            read.notes
        );
        assert!(packet.octets.ends_with(octets), "{name}:{line}");
    }
    expected.len()
}

/// Where IP begins, in the link types of the captures; ARP and the like are Ethernet alone.
fn ip_offset(link: LinkType, octets: &[u8]) -> Option<usize> {
    let (type_at, header) = match link {
        LinkType::ETHERNET => (12, 14),
        LinkType::LINUX_SLL => (14, 16),
        LinkType::LINUX_SLL2 => (0, 20),
        LinkType::RAW => return Some(0),
        _ => return None,
    };
    matches!(
        octets.get(type_at..type_at + 2)?,
        [0x08, 0x00] | [0x86, 0xdd]
    )
    .then_some(header)
}

fn captures() -> Vec<PathBuf> {
    let mut folders = vec![testdata_dir().join("captures")];
    if let Some(shared) = shared_dir() {
        let lab = fs::read_dir(shared.join("lab")).unwrap();
        folders.extend(
            lab.map(|entry| entry.unwrap().path())
                .filter(|path| path.is_dir()),
        );
    }
    let in_folder = |folder: PathBuf| {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    let is_capture = |path: &PathBuf| {
        path.extension()
            .is_some_and(|e| e == "pcap" || e == "pcapng")
    };
    let mut found: Vec<PathBuf> = folders
        .into_iter()
        .flat_map(in_folder)
        .filter(is_capture)
        .collect();
    found.sort();
    found
}
