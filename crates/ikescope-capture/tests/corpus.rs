//! Real captures, read by tshark and by us: both must find IKE, ESP and AH in the same frames.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use ikescope_capture::{Capture, Options};
use ikescope_testkit::{shared_dir, tool};
use ikescope_wire::observed::{Datagram, Observation, Transport};

/// What carried it, and the frame.
type Seen = BTreeSet<(&'static str, u64)>;

#[test]
fn sees_what_tshark_sees_in_the_corpus() {
    let Some(shared) = shared_dir() else { return };
    let corpus = shared.join("corpus");
    let manifest = fs::read_to_string(corpus.join("MANIFEST.tsv")).unwrap();
    let (mut compared, mut differences) = (0, Vec::new());
    for line in manifest.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let oracle = corpus.join("oracle").join(format!("{}.tsv", columns[0]));
        if !columns[5].starts_with("pcap") || !oracle.exists() {
            continue;
        }
        let oracle = fs::read_to_string(oracle).unwrap();
        let path = corpus.join(columns[0]);
        differences.extend(difference(columns[0], &ours(&path), &theirs(&oracle)));
        compared += 1;
    }
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(compared > 100, "{compared} captures compared");
}

#[test]
fn sees_what_tshark_sees_in_the_lab() {
    let Some(shared) = shared_dir() else { return };
    if tool("tshark").is_none() {
        return;
    }
    let (mut compared, mut differences) = (0, Vec::new());
    for folder in fs::read_dir(shared.join("lab")).unwrap() {
        let folder = folder.unwrap().path();
        for name in ["capture.pcap", "capture.pcapng"] {
            let path = folder.join(name);
            if path.exists() {
                let name = folder.display().to_string();
                differences.extend(difference(&name, &ours(&path), &by_tshark(&path)));
                compared += 1;
            }
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(compared > 40, "{compared} captures compared");
}

/// Says which frames only one of the two has.
fn difference(name: &str, ours: &Seen, theirs: &Seen) -> Option<String> {
    let [only_ours, only_theirs] = [(ours, theirs), (theirs, ours)]
        .map(|(one, other)| one.difference(other).take(5).collect::<Vec<_>>());
    (ours != theirs).then(|| format!("{name}: only ours {only_ours:?}, theirs {only_theirs:?}"))
}

/// Frames with datagrams on the ports of IKE, with ESP and with AH.
fn ours(path: &Path) -> Seen {
    let mut capture = Capture::open(path, 0, &Options::default()).unwrap();
    let mut seen = Seen::new();
    let fragments_count = CUT_FRAGMENTS.iter().any(|name| path.ends_with(name));
    let mut note = |observation: Observation<'_>| {
        let kind = match observation {
            Observation::Datagram(datagram) => kind(&datagram),
            Observation::Incomplete(open) if open.first_seen && fragments_count => Some("udp"),
            _ => None,
        };
        seen.extend(kind.map(|kind| (kind, observation.sighting().frame.number)));
    };
    while capture.next_frame(&mut note).is_some() {}
    seen
}

fn kind(datagram: &Datagram<'_>) -> Option<&'static str> {
    let ports = [datagram.sighting.source, datagram.sighting.destination].map(|end| end.port());
    match datagram.transport {
        Transport::Udp if ports.iter().any(|port| PORTS.contains(port)) => Some("udp"),
        Transport::Esp => Some("esp"),
        Transport::Ah => Some("ah"),
        _ => None,
    }
}

/// The same of a table with the columns frame, protocols, sport and dport.
fn theirs(table: &str) -> Seen {
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let column = |name| header.iter().position(|column| *column == name).unwrap();
    let (frame, protocols) = (column("frame"), column("protocols"));
    let (sport, dport) = (column("sport"), column("dport"));
    let mut seen = Seen::new();
    for line in lines {
        let cells: Vec<&str> = line.split('\t').collect();
        let number = cells[frame].parse().unwrap();
        let ports = [cells[sport], cells[dport]].map(|port| port.parse().unwrap_or(0));
        let on_port = ports.iter().any(|port| PORTS.contains(port));
        let layers = cells[protocols].split(':');
        for layer in layers.take_while(|layer| !layer.starts_with("icmp")) {
            match layer {
                "udp" if on_port => drop(seen.insert(("udp", number))),
                // ESP in UDP is counted as UDP.
                "udpencap" => break,
                "esp" => drop(seen.insert(("esp", number))),
                "ah" => drop(seen.insert(("ah", number))),
                _ => {}
            }
        }
    }
    seen
}

fn by_tshark(path: &Path) -> Seen {
    let fields = [
        "frame.number",
        "frame.protocols",
        "udp.srcport",
        "udp.dstport",
    ];
    let output = Command::new("tshark")
        .args(["-n", "-r"])
        .arg(path)
        .args(["-T", "fields", "-E", "occurrence=l"])
        .args(fields.iter().flat_map(|field| ["-e", field]))
        .output()
        .unwrap();
    let rows = String::from_utf8(output.stdout).unwrap();
    theirs(&format!("frame\tprotocols\tsport\tdport\n{rows}"))
}

/// IKE, IKE and ESP behind NAT, group keys.
const PORTS: [u16; 3] = [500, 4500, 848];

/// Here tshark shows what a cut first fragment holds; to us it is an incomplete datagram.
const CUT_FRAGMENTS: [&str; 4] = [
    "esp_truncated.pcap",
    "ikev1_id_ipv6_addr_subnet-oobr.pcap",
    "isakmp-ikev1_n_print-oobr.pcap",
    "isakmpv1-attr-oobr.pcap",
];
