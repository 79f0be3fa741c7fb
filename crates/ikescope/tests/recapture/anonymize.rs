//! `ikescope anonymize`: the verdict stays, and whom it is about cannot be known.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Output;

use ikescope_analysis::Ports;
use ikescope_capture::{Capture, LinkType, Options};
use ikescope_testkit::capture::{ByteOrder, Interface, Pcap, Pcapng};
use ikescope_testkit::frame::Packet;
use ikescope_testkit::message::nat_detection_hash;
use ikescope_testkit::random::Xorshift;
use ikescope_testkit::tool;
use ikescope_wire::Encapsulation;
use ikescope_wire::observed::Observation;
use serde_json::Value;

use crate::support::{captures, complaints, frames, ikescope, list, report, scratch, status, text};

#[test]
fn every_verdict_stays_what_it_was() {
    let written = scratch("anonymized").join("same-verdict.pcapng");
    for path in captures() {
        fs::write(&written, anonymized(&path).stdout).unwrap();
        assert_eq!(verdicts(&written), verdicts(&path), "{path:?}");
    }
}

#[test]
fn times_lengths_and_numbers_of_frames_stay() {
    for path in captures() {
        let before = frames(fs::read(&path).unwrap());
        let after = frames(anonymized(&path).stdout);
        let shape = |frames: &[crate::support::Kept]| -> Vec<_> {
            let of = frames.iter();
            of.map(|f| (f.time, f.original, f.octets.len(), f.link, f.direction))
                .collect()
        };
        assert_eq!(shape(&after), shape(&before), "{path:?}");
        assert!(
            after
                .iter()
                .all(|frame| frame.interface.is_none() && frame.comments.is_empty())
        );
    }
}

#[test]
fn wireshark_finds_no_fault_that_was_not_there() {
    if tool("tshark").is_none() {
        return;
    }
    let folder = scratch("faults");
    let (before, after) = (folder.join("before.pcapng"), folder.join("after.pcapng"));
    let merged = ikescope()
        .arg("convert")
        .args(captures())
        .arg("-o")
        .arg(&before)
        .output()
        .unwrap();
    assert!(status(&merged) < 2);
    fs::write(&after, anonymized(&before).stdout).unwrap();
    let (old, new) = (faults(&before), faults(&after));
    let added: Vec<_> = new.difference(&old).collect();
    assert!(added.is_empty(), "{added:?}");
}

/// Frame and words of each warning or error of Wireshark's, checksums included.
fn faults(path: &Path) -> BTreeSet<(String, String)> {
    let mut tshark = tool("tshark").unwrap();
    let checked = [
        "ip.check_checksum",
        "udp.check_checksum",
        "tcp.check_checksum",
    ];
    tshark.args(
        checked
            .iter()
            .flat_map(|check| ["-o".to_owned(), format!("{check}:TRUE")]),
    );
    let output = tshark
        .args([
            "-n",
            "-Y",
            "_ws.malformed || _ws.expert.severity >= 0x00600000",
        ])
        .args([
            "-T",
            "fields",
            "-e",
            "frame.number",
            "-e",
            "_ws.expert.message",
            "-r",
        ])
        .arg(path)
        .output()
        .unwrap();
    assert_eq!(complaints(&output), Vec::<String>::new());
    let lines = text(&output.stdout);
    let pairs = lines.lines().filter_map(|line| line.split_once('\t'));
    let pairs = pairs.map(|(frame, words)| {
        // What stands in brackets are addresses and numbers, which others stand for.
        let kind = words.split(['[', '(']).next().unwrap_or_default();
        (frame.to_owned(), kind.trim().to_owned())
    });
    pairs
        .filter(|(_, kind)| !kind.starts_with("Duplicate IP"))
        .collect()
}

#[test]
fn no_address_of_the_original_is_left() {
    let path = scratch("left").join("original.pcapng");
    let (one, other) = ("10.77.66.55:500", "172.31.99.98:500");
    let ends: [SocketAddr; 2] = [one.parse().unwrap(), other.parse().unwrap()];
    let [IpAddr::V4(a), IpAddr::V4(b)] = ends.map(|end| end.ip()) else {
        panic!("they are IPv4");
    };
    let quoted = Packet::udp(ends[0], ends[1], b"quoted");
    let both = [a.octets(), b.octets()].concat();
    let octets = [
        Packet::udp(ends[0], ends[1], &both).octets(),
        Packet::icmp_error(ends[1], (3, 3), 0, &quoted).octets(),
    ];
    let mut file = Pcapng::new(ByteOrder::Little).interface(Interface::new(101).name("secret"));
    for packet in &octets {
        file = file.commented(0, 1_000, packet, "secret");
    }
    fs::write(&path, file.octets()).unwrap();
    let written = anonymized(&path).stdout;
    for hidden in [&a.octets()[..], &b.octets(), b"secret", b"quoted"] {
        assert!(
            !written.windows(hidden.len()).any(|octets| octets == hidden),
            "{hidden:?}"
        );
    }
}

#[test]
fn nothing_encrypted_is_left() {
    let mut checked = 0;
    for path in captures() {
        let secrets = encrypted(&path);
        let written = anonymized(&path).stdout;
        let left: HashSet<&[u8]> = written.windows(ICV).collect();
        checked += secrets.len();
        assert!(
            secrets.iter().all(|end| !left.contains(&end[..])),
            "{path:?}"
        );
    }
    assert!(checked > 500, "{checked} packets");
}

/// The last octets of each ESP packet and of each encrypted message.
fn encrypted(path: &Path) -> Vec<Vec<u8>> {
    let mut ports = Ports::default();
    let mut capture = Capture::open(path, 0, &Options::default()).unwrap();
    let mut ends = Vec::new();
    while capture
        .next_frame(&mut |observation: Observation<'_>| {
            let Observation::Datagram(datagram) = observation else {
                return;
            };
            let secret = match ports.read(&datagram) {
                Some(Encapsulation::Esp(octets)) => octets.get(8..),
                Some(Encapsulation::Ike { octets, .. }) if is_encrypted(octets) => octets.get(32..),
                _ => None,
            };
            let end = secret.and_then(|secret| secret.last_chunk::<ICV>());
            ends.extend(end.map(|end| end.to_vec()));
        })
        .is_some()
    {}
    ends
}

/// Whether SK begins the payloads, or the flag of IKEv1 says so.
fn is_encrypted(message: &[u8]) -> bool {
    message[17] == 0x20 && matches!(message[16], 46 | 53)
        || message[17] == 0x10 && message[19] & 1 == 1
}

const ICV: usize = 16;

#[test]
fn damaged_frames_are_no_reason_to_stop() {
    let mut random = Xorshift::new(1);
    let damaged = scratch("damaged").join("damaged.pcapng");
    for path in captures() {
        let mut file = Pcapng::new(ByteOrder::Big).interface(Interface::new(1));
        let whole = frames(fs::read(&path).unwrap());
        for frame in whole
            .iter()
            .filter(|frame| frame.link == LinkType::ETHERNET)
        {
            let mut octets = frame.octets.clone();
            for _ in 0..random.below(4) {
                let place = random.below(octets.len().min(120));
                octets[place] = random.below(256) as u8;
            }
            octets.truncate(octets.len() - random.below(3));
            file = file.enhanced(0, frame.time, &octets);
        }
        fs::write(&damaged, file.octets()).unwrap();
        let output = ikescope().arg("anonymize").arg(&damaged).output().unwrap();
        let words = text(&output.stderr);
        assert!(
            output.status.success() || words.contains("no packet"),
            "{path:?}: {words}"
        );
    }
}

/// An IKE_SA_INIT request with the two hashes.
fn request(hashes: [[u8; 20]; 2]) -> Vec<u8> {
    let mut octets = [0; 28];
    octets[..8].copy_from_slice(&SPI);
    octets[16..20].copy_from_slice(&[41, 0x20, 34, 8]);
    octets[24..].copy_from_slice(&84u32.to_be_bytes());
    let mut message = octets.to_vec();
    for (next, kind, hash) in [(41, 16_388u16, hashes[0]), (0, 16_389, hashes[1])] {
        message.extend([next, 0, 0, 28, 0, 0]);
        message.extend(kind.to_be_bytes());
        message.extend(hash);
    }
    message
}

const SPI: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

#[test]
fn hashes_that_fitted_fit_the_stand_ins_and_others_fit_nobody() {
    let path = scratch("hashes").join("original.pcap");
    let source: SocketAddr = "203.0.113.77:500".parse().unwrap();
    let destination: SocketAddr = "203.0.113.88:500".parse().unwrap();
    let inside: SocketAddr = "10.1.2.3:500".parse().unwrap();
    let hash = |end| nat_detection_hash(SPI, [0; 8], end);
    let message = request([hash(inside), hash(destination)]);
    let file = Pcap::new(101).frame(0, &Packet::udp(source, destination, &message).octets());
    fs::write(&path, file.octets()).unwrap();
    let packet = frames(anonymized(&path).stdout).remove(0).octets;
    let told = |at: usize| packet[28 + at..28 + at + 20].to_vec();
    let stand_in: SocketAddr = "192.0.2.2:500".parse().unwrap();
    assert_eq!(packet[16..20], [192, 0, 2, 2]);
    assert_eq!(told(28 + 28 + 8), hash(stand_in));
    for end in [
        source,
        destination,
        inside,
        stand_in,
        "192.0.2.1:500".parse().unwrap(),
    ] {
        assert_ne!(told(28 + 8), hash(end), "{end}");
    }
}

fn anonymized(path: &PathBuf) -> Output {
    let output = ikescope().arg("anonymize").arg(path).output().unwrap();
    assert_eq!(status(&output), 0, "{path:?}: {}", text(&output.stderr));
    output
}

/// Outcome, stage, cause and confidence of each negotiation of each tunnel.
fn verdicts(path: &Path) -> Vec<Vec<[String; 4]>> {
    let report = report(path);
    let of = |value: &Value| {
        let verdict = &value["verdict"];
        ["outcome", "stage", "cause", "confidence"].map(|key| verdict[key].to_string())
    };
    let tunnels = list(&report["tunnels"]).map(|tunnel| {
        let negotiations = list(&tunnel["negotiations"]).map(of);
        [of(tunnel)].into_iter().chain(negotiations).collect()
    });
    let mut tunnels: Vec<Vec<_>> = tunnels.collect();
    tunnels.sort();
    tunnels
}
