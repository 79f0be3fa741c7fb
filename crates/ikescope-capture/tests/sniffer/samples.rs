//! Public dumps: as many packets, as many octets and the same octets as an independent parser got.

use std::collections::BTreeMap;
use std::fs;

use ikescope_capture::{CaptureError, Direction, TextOptions};
use ikescope_testkit::shared_dir;
use sha2::{Digest, Sha256};

use crate::text::{Read, try_read};

#[test]
fn reads_what_the_public_samples_hold() {
    let Some(shared) = shared_dir() else { return };
    let samples = shared.join("fortigate/samples");
    let expected = fs::read_to_string(samples.join("EXPECTED-SNIFFER.tsv")).unwrap();
    let mut compared = 0;
    for line in expected.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let name = columns[0];
        let text = ["sniffer-fortigate", "sniffer-other-products"]
            .iter()
            .find_map(|folder| fs::read(samples.join(folder).join(name)).ok())
            .unwrap();
        let read = try_read(text, &TextOptions::default());
        compared += 1;
        if columns[1] == "0" {
            assert!(
                matches!(read, Err(CaptureError::HeadersOnly { .. })),
                "{name}"
            );
            continue;
        }
        let read = read.unwrap();
        // The row of the damaged sample is that of a parser that repairs nothing.
        let columns = if name == "sniftran-damaged.txt" {
            let row = expected
                .lines()
                .find(|row| row.starts_with("sniftran-test3.txt"));
            row.unwrap().split('\t').collect()
        } else {
            columns
        };
        let row = [columns[1], columns[2], columns[9]].map(str::to_owned);
        assert_eq!(self::row(&read), row, "{name} {:#?}", read.notes);
        assert!(
            columns[6].is_empty() || has_interfaces(&read, columns[6]),
            "{name}"
        );
    }
    assert_eq!(compared, 25);
}

/// Packets, octets, and the SHA-256 of all that was printed.
fn row(read: &Read) -> [String; 3] {
    let octets: Vec<u8> = read
        .packets
        .iter()
        .flat_map(|packet| packet.printed())
        .copied()
        .collect();
    let hash = Sha256::digest(&octets);
    [
        read.packets.len().to_string(),
        octets.len().to_string(),
        hex::encode(hash),
    ]
}

/// Whether packets are on the interfaces that are listed as `wan1/in=44,wan1/out=1`.
fn has_interfaces(read: &Read, expected: &str) -> bool {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for packet in &read.packets {
        let direction = match packet.direction {
            Some(Direction::Inbound) => "in",
            Some(Direction::Outbound) => "out",
            None => "--",
        };
        let name = packet.interface.as_deref().unwrap_or_default();
        *counts.entry(format!("{name}/{direction}")).or_default() += 1;
    }
    expected.split(',').all(|item| {
        let (name, count) = item.split_once('=').unwrap();
        name == "(none)" || counts.get(name).copied() == count.parse().ok()
    })
}
