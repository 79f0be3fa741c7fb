//! Every capture, printed as a FortiGate prints packets and converted back.

use std::fs;
use std::path::Path;

use ikescope_capture::{Direction, LinkType, place};
use ikescope_testkit::sniffer::{Sniffer, Times, Verbosity, Way};
use ikescope_testkit::tool;

use crate::support::{Kept, captures, complaints, frames, ikescope, scratch, status, text};

/// Interface of the command, and whether names are printed: verbosity 6 or 3.
const COMMANDS: [(&str, bool); 4] = [
    ("any", true),
    ("any", false),
    ("port1", true),
    ("port1", false),
];

#[test]
fn frames_come_back_from_fortigate_text_to_the_octet_and_the_microsecond() {
    let folder = scratch("round-trip");
    let mut compared = 0;
    for path in captures() {
        let before: Vec<Kept> = frames(fs::read(&path).unwrap())
            .into_iter()
            .filter(is_printable)
            .collect();
        for (interface, names) in COMMANDS {
            let printed = folder.join("printed.log");
            fs::write(&printed, print(&before, interface, names)).unwrap();
            let after = frames(converted(&printed));
            assert_eq!(after.len(), before.len(), "{path:?} on {interface}");
            for (number, (before, after)) in (1..).zip(before.iter().zip(&after)) {
                let place = format!("{path:?} on {interface}, {names}, frame {number}");
                assert_eq!(after.time, before.time.div_euclid(1000) * 1000, "{place}");
                let whole = interface != "any" && before.link == LinkType::ETHERNET;
                let of = |frame: &Kept| {
                    if whole {
                        frame.octets.clone()
                    } else {
                        above(frame)
                    }
                };
                assert!(of(after) == of(before), "{place} differs");
                if names {
                    let name = name_of(interface, number);
                    assert_eq!(after.interface.as_deref(), Some(name), "{place}");
                }
                if interface == "any" {
                    assert_eq!(after.direction, Some(direction_of(number)), "{place}");
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 4000, "{compared} frames compared");
}

#[test]
fn wireshark_reads_converted_text_with_interfaces_and_comments() {
    let Some(mut tshark) = tool("tshark") else {
        return;
    };
    let folder = scratch("round-trip-by-wireshark");
    let (printed, written) = (folder.join("printed.log"), folder.join("written.pcapng"));
    let mut all = Vec::new();
    for path in captures() {
        all.extend(
            frames(fs::read(path).unwrap())
                .into_iter()
                .filter(is_printable),
        );
    }
    fs::write(&printed, print(&all, "any", true)).unwrap();
    fs::write(&written, converted(&printed)).unwrap();
    let fields = [
        "frame.interface_name",
        "frame.packet_flags_direction",
        "frame.comment",
    ];
    tshark.args(["-n", "-T", "fields"]);
    tshark.args(fields.iter().flat_map(|field| ["-e", field]));
    let output = tshark.arg("-r").arg(&written).output().unwrap();
    assert_eq!(complaints(&output), Vec::<String>::new());
    let told = text(&output.stdout);
    assert_eq!(told.lines().count(), all.len());
    for (number, line) in (1..).zip(told.lines()) {
        let way = match direction_of(number) {
            Direction::Inbound => "0x00000001",
            Direction::Outbound => "0x00000002",
        };
        let start = format!("{}\t{way}\t{}:", interface_of(number), printed.display());
        assert!(line.starts_with(&start), "{line}");
    }
}

/// An Ethernet frame with something behind its header, or an IP packet.
fn is_printable(frame: &Kept) -> bool {
    match frame.link {
        LinkType::ETHERNET => frame.octets.len() > ETHERNET_HEADER,
        link => place::packet_in_frame(link, &frame.octets).is_some(),
    }
}

fn print(frames: &[Kept], interface: &str, names: bool) -> Vec<u8> {
    let mut sniffer = Sniffer::on(interface, Verbosity::FromEthernet, names, Times::Absolute);
    for (number, frame) in (1..).zip(frames) {
        let name = name_of(interface, number);
        let way = match direction_of(number) {
            Direction::Inbound => Way::In,
            Direction::Outbound => Way::Out,
        };
        if frame.link == LinkType::ETHERNET {
            sniffer.frame(frame.time, name, way, &frame.octets);
        } else {
            sniffer.ip_packet(frame.time, name, way, &above(frame));
        }
    }
    sniffer.finish()
}

/// The frame from its IP header on, or from what is behind the Ethernet header.
fn above(frame: &Kept) -> Vec<u8> {
    let start = match place::packet_in_frame(frame.link, &frame.octets) {
        Some(packet) if frame.link != LinkType::ETHERNET => packet.start,
        _ => ETHERNET_HEADER,
    };
    frame.octets[start..].to_vec()
}

/// What is printed of an interface in a session on `interface`.
fn name_of(interface: &str, number: usize) -> &str {
    if interface == "any" {
        interface_of(number)
    } else {
        interface
    }
}

/// Two interfaces and both directions take turns.
const fn interface_of(number: usize) -> &'static str {
    ["wan1", "internal"][number % 2]
}

const fn direction_of(number: usize) -> Direction {
    [Direction::Inbound, Direction::Outbound][number / 2 % 2]
}

fn converted(printed: &Path) -> Vec<u8> {
    let output = ikescope().arg("convert").arg(printed).output().unwrap();
    assert_eq!(status(&output), 0, "{}", text(&output.stderr));
    output.stdout
}

const ETHERNET_HEADER: usize = 14;
