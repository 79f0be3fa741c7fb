//! What the report's design shows, held against what the program prints. Each capture is built with
//! the addresses, sizes and times of the design; the numbers that the design computed from them have
//! to come out, and the whole text is kept in `transcripts/`, wide and narrow, with and without
//! colour. `UPDATE_TRANSCRIPTS=1 cargo test --test mocks` renews those.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod captures;
mod commands;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

/// A healthy tunnel behind NAT (a).
#[test]
fn healthy_behind_nat() {
    let text = shown("branch7.pcap", &captures::branch7());
    holds(
        &text,
        &[
            "+ ESTABLISHED: tunnel up in 55 ms, ESP flows both ways.",
            "IKEv2 192.0.2.23 -> 203.0.113.40 spi 4f8ad1367c25e09b:b1c6047e9d3a582f",
            "from 2026-03-14 02:11:07.482 UTC",
            "+0.000 #5 |--- IKE_SA_INIT req 0 296 B ---------->| UDP 500",
            "+0.021 #6 |<-- IKE_SA_INIT resp 0 304 B ----------|",
            "+0.026 #7 |--- IKE_AUTH req 1 279 B ------------->| UDP 4500 SK(IDi...)",
            "+0.055 #8 |<-- IKE_AUTH resp 1 224 B -------------| UDP 4500 SK(IDr...) 29 ms",
            "+0.061 #9-311 |=== ESP c41d9e07 x148 18.9 kB ========>| in UDP 4500, lost 0",
            "+0.083 #10-312 |<== ESP 8e02b55a x151 164.2 kB ========| in UDP 4500, lost 0",
            "+30.062 #201-202 |--- INFORMATIONAL req 2 57 B --------->| SK() alive? answered in 21 ms",
            "PRF SHA2-384, group 20 (ECP-384)",
            "is not 192.0.2.23:500 (1006602f): 192.0.2.23 is behind NAT",
            "branch7.pcap: 312 frames = 6 IKE + 299 ESP + 7 other",
        ],
    );
}

/// IKE_SA_INIT unanswered (b).
#[test]
fn sa_init_unanswered() {
    let text = shown("branch-wan1.pcap", &captures::branch_wan1());
    holds(
        &text,
        &[
            "x STALLED in IKE_SA_INIT: ",
            "IKE101 sa-init-unanswered, suspected IKEv2 198.51.100.7 -> 203.0.113.40",
            "+0.000 #3 |--- IKE_SA_INIT req 0 500 B ---------->| UDP 500 spi 6f1c22d9",
            "+3.001 #4-8 |--- same octets again, x4 ------------->| after 3.0 6.0 12.0 24.0 s",
            "|<.. no answer in 93.0 s ................|",
            "port-unreachable if ICMP is filtered: nobody listens on UDP 500 there",
            "sa-init-answer-not-received if a capture at 203.0.113.40 shows answers leaving",
            "branch-wan1.pcap: 14 frames = 5 IKE + 9 other",
        ],
    );
}

/// IKE_AUTH refused, no keys (d).
#[test]
fn auth_refused() {
    let text = shown("dc-outside.pcap", &captures::dc_outside());
    holds(
        &text,
        &[
            "x REJECTED in IKE_AUTH: 203.0.113.12 turned 198.51.100.30 away",
            "IKE303 authentication-failed, implied IKEv2 198.51.100.30 -> 203.0.113.12 newest of 3 attempts",
            "+0.000 #41 |--- IKE_SA_INIT req 0 264 B ---------->| UDP 500",
            "+0.002 #42 |<-- IKE_SA_INIT resp 0 240 B ----------| UDP 500",
            "+0.025 #43 |--- IKE_AUTH req 1 229 B ------------->| UDP 4500 SK(IDi...)",
            "+0.028 #44 |<-- IKE_AUTH resp 1 65 B --------------| UDP 4500 SK(N...) 3 ms",
            "hash 96835e71 is not 198.51.100.30:500 (acdc1002): 198.51.100.30 is behind NAT",
            "#44 @28 first payload inside SK is 41 (Notify); an acceptance begins with 36 (IDr)",
            "dc-outside.pcap: 44 frames = 12 IKE + 32 other",
        ],
    );
}

/// UDP 4500 blocked (e).
#[test]
fn udp_4500_blocked() {
    let text = shown("office3.pcap", &captures::office3());
    holds(
        &text,
        &[
            "x STALLED in IKE_AUTH: ",
            "IKE107 udp-4500-blocked, suspected IKEv2 192.0.2.77 -> 203.0.113.90 1 attempt",
            "+0.000 #3 |--- IKE_SA_INIT req 0 592 B ---------->| UDP 500",
            "+0.024 #4 |<-- IKE_SA_INIT resp 0 600 B ----------| UDP 500",
            "+0.044 #5 |--- IKE_AUTH req 1 336 B ------------->| UDP 4500",
            "|--- same octets again, x5 ------------->| after 4.0 7.2 13.0 23.3 42.0 s",
            "|<.. no answer in 121.0 s ...............|",
            "auth-unanswered",
            "auth-answer-not-received",
            "office3.pcap: 20 frames = 8 IKE + 12 other",
        ],
    );
}

/// Lost between two captures: office3 from both ends.
#[test]
fn lost_between_two_captures() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mocks-compare");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("office3.pcap"), captures::office3()).unwrap();
    fs::write(folder.join("vpn-gw.pcap"), captures::vpn_gw()).unwrap();
    let asked = ["compare", "office3.pcap", "vpn-gw.pcap"];
    let usual = printed(&folder, &asked);
    for look in LOOKS {
        let text = printed(&folder, &[&asked, look].concat());
        checked("compare-office3.pcap", look, &text, &usual);
    }
    holds(
        &usual,
        &[
            "x LOST on the way: IKE_AUTH req 1 left A 02:30:01.147 #5, never reached B (6 copies).",
            "IKE107 udp-4500-blocked",
            "B sees 192.0.2.77:500 as 198.51.100.77:500",
            "0.412 s",
            "IKE_SA_INIT req 0 592 B 02:30:01.103 #3 -> 02:30:01.526 #41 11 ms",
            "IKE_SA_INIT resp 0 600 B 02:30:01.127 #4 <- 02:30:01.528 #42 11 ms",
            "IKE_AUTH req 1 336 B 02:30:01.147 #5 -> not seen LOST",
            "same octets again, x5 02:30:05.148 #6-14 -> not seen LOST",
            "first the device that makes 192.0.2.77 into 198.51.100.77.",
        ],
    );
}

/// Live from a console (j): the text of the design, byte for byte.
#[test]
fn followed_live() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(["--follow", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut console = program.stdin.take().unwrap();
    console.write_all(&captures::live()).unwrap();
    drop(console);
    let output = program.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "ikescope: stdin is FortiGate sniffer text, absolute time taken as UTC; Ctrl-C prints the \
         report\n"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let (events, report) = text.split_once("\n\n").unwrap();
    assert_eq!(events, FOLLOWED);
    assert!(
        report.starts_with("+ ESTABLISHED: tunnel up in 100 ms, ESP flows both ways."),
        "{report}"
    );
}

const FOLLOWED: &str = "\
03:05:21.310   198.51.100.9 > 203.0.113.44  IKE_SA_INIT req 0  500 B    5d71c0e4 attempt 1
03:05:24.311   198.51.100.9 > 203.0.113.44    again, 2nd copy           +3.0 s
03:05:30.313   198.51.100.9 > 203.0.113.44    again, 3rd copy           +6.0 s
03:05:42.315   198.51.100.9 > 203.0.113.44    again, 4th copy           +12.0 s  like FortiGate
03:06:06.320   198.51.100.9 > 203.0.113.44    again, 5th copy           +24.0 s
03:06:54.326 x 198.51.100.9 > 203.0.113.44  STALLED in IKE_SA_INIT      IKE101 suspected
03:06:54.326   198.51.100.9 > 203.0.113.44  IKE_SA_INIT req 0  500 B    b80f1a62 attempt 2
03:06:54.358   203.0.113.44 > 198.51.100.9  IKE_SA_INIT resp 0  440 B   32 ms
03:06:54.389   198.51.100.9 > 203.0.113.44  IKE_AUTH req 1  224 B       SK(IDi...)
03:06:54.426   203.0.113.44 > 198.51.100.9  IKE_AUTH resp 1  224 B      SK(IDr...) full size, 37 ms
03:06:54.835   198.51.100.9 > 203.0.113.44  ESP a90c51e3 first packet
03:06:54.859 + 203.0.113.44 > 198.51.100.9  ESP e71f3a86 first packet   ESTABLISHED";

/// No group in common (c).
#[test]
fn no_group_in_common() {
    let vendor = ["--vendor", "198.51.100.7=fortigate"];
    let text = shown_with(&vendor, "azure-ike", &captures::azure_ike());
    holds(
        &text,
        &[
            "x REJECTED in IKE_SA_INIT: ",
            "refused all 6 IKE proposals; no DH group in common.",
            "IKE201 no-proposal-chosen, stated",
            "|--- IKE_SA_INIT req 0 620 B ---------->|",
            "|<-- IKE_SA_INIT resp 0 36 B -----------| N(NO_PROPOSAL_CHOSEN) 1 ms",
            "encryption AES-CBC 256 128, 3DES AES-CBC 128 256 AES-CBC 256 128",
            "DH group 2 (MODP-1024) 14 (MODP-2048) 5 nothing <-- here",
            "begun by 198.51.100.7",
            "begun by 203.0.113.200",
            "The lists meet in every row but the DH group, so that row is the reason: implied.",
            "could be peer-not-configured unlikely, since #1 calls this very peer",
            "-DhGroup DHGroup14",
            "set dhgrp 14 5 2",
            "also warning IKE901 weak-crypto: 203.0.113.200 offers",
            "azure-ike.pcap: 4 frames = 4 IKE",
        ],
    );
}

/// IKEv1, key exchange repeated (f).
#[test]
fn key_exchange_repeated() {
    let vendor = ["--vendor", "203.0.113.6=meraki"];
    let text = shown_with(&vendor, "mx-wan", &captures::mx_wan());
    holds(
        &text,
        &[
            "x STALLED in main mode key exchange: message 4 of 203.0.113.6 was sent 6 times",
            "IKE204 repeated-ke, suspected IKEv1 main mode 198.51.100.140 -> 203.0.113.6 1 attempt",
            "+0.000 #12 |--- Main 1 SA 408 B ------------------>| UDP 500",
            "+0.003 #13 |<-- Main 2 SA 124 B -------------------|",
            "+0.041 #14 |--- Main 3 KE 260 B ------------------>|",
            "+0.046 #15 |<-- Main 4 KE 228 B -------------------|",
            "|... message 5 (ID) not seen ...........>| expected on UDP 4500",
            "+10.047 #17-33 |<-- same answer again, x5 --------------| every 10.0 s",
            "is not 198.51.100.140:500",
            "198.51.100.140 is behind NAT",
            "Windows shows error 789.",
            "udp-4500-blocked",
            "psk-mismatch only if message 5 does arrive and this capture missed it",
            "mx-wan.pcap: 41 frames = 9 IKE + 32 other",
        ],
    );
}

/// ESP one way, the ends do not agree about NAT (g).
#[test]
fn esp_one_way() {
    let text = shown("esp-oneway.pcap", &captures::esp_oneway());
    holds(
        &text,
        &[
            "! ONE_WAY: the tunnel is up, but ESP goes only 198.51.100.61 -> 203.0.113.77.",
            "IKE602 esp-one-way, implied IKEv2 198.51.100.61 -> 203.0.113.77",
            "+0.000 #3 |--- IKE_SA_INIT req 0 240 B ---------->| UDP 500",
            "+0.004 #4 |<-- IKE_SA_INIT resp 0 248 B ----------|",
            "+0.009 #5 |--- IKE_AUTH req 1 256 B ------------->| UDP 500",
            "+0.018 #6 |<-- IKE_AUTH resp 1 224 B -------------|",
            "|=== ESP c70a41be x47",
            "IP protocol 50",
            "|<.. no ESP in 24.1 s ...................|",
            "INFORMATIONAL req 2 80 B --------->| SK() alive? answered in 4 ms, x2",
            "is not 198.51.100.61:500",
            "47 ESP packets with SPI c70a41be out, none back",
            "IKE120 nat-disagreement",
            "esp-oneway.pcap: 61 frames = 8 IKE + 47 ESP + 6 other",
        ],
    );
}

/// A hub with 400 tunnels (h).
#[test]
fn many_tunnels() {
    let text = shown_with(&["--max-details", "0"], "hub", &captures::hub::hub());
    holds(
        &text,
        &[
            "x 3 of 400 tunnels are broken: 1 stalled, 2 rejected. 396 are established, 1 is up \
             without traffic.",
            "tries stopped in outcome cause last seen",
            "x 198.51.100.33 40 IKE_SA_INIT stalled IKE102 sa-init-answer-not-received 03:42:24",
            "x 198.51.100.118 6 IKE_AUTH rejected IKE303 authentication-failed 03:52:31",
            "x 198.51.100.201 1 Child SA rejected IKE404 child-refused 03:12:44",
            "- 397 others 397 up 04:00:00",
        ],
    );
}

/// One of its tunnels (h).
#[test]
fn one_of_many_tunnels() {
    let text = shown_with(
        &["--peer", "198.51.100.33"],
        "hub-33",
        &captures::hub::hub(),
    );
    holds(
        &text,
        &[
            "x STALLED in IKE_SA_INIT: 198.51.100.33 sent the IKE_SA_INIT request 5 times",
            "IKE102 sa-init-answer-not-received, implied IKEv2 198.51.100.33 -> 203.0.113.1 newest \
             of 40 attempts",
            "|--- IKE_SA_INIT req 0 500 B ---------->| UDP 500",
            "|<-- IKE_SA_INIT resp 0 440 B ----------|",
            "|--- same octets again, x4 ------------->| after 3.0 6.0 12.0 24.0 s",
            "|<-- same answer again, x4 --------------|",
            "attempts 02:41:12-03:42:24 40 alike: stalled in IKE_SA_INIT, \
             sa-init-answer-not-received",
            "The answers are lost between this capture and 198.51.100.33, or dropped there.",
        ],
    );
}

/// Nothing to see (i).
#[test]
fn no_ike() {
    let text = shown("lan.pcap", &captures::lan());
    holds(
        &text,
        &[
            "? NO IKE in 136 frames: no UDP 500 or 4500, no ESP. Seen: UDP 96, TCP 40.",
            "next Capture on the interface that faces the peer. IKE on another port? --ike-port PORT",
        ],
    );
}

/// Cut inside of a frame (i): the best verdict that is left, and where the file ends.
#[test]
fn cut_inside_a_frame() {
    let text = shown("cut.pcap", &captures::cut());
    holds(
        &text,
        &[
            "IKE_AUTH",
            "cut.pcap ends inside frame 44",
            "Frames 1-43 are used",
        ],
    );
}

/// Prints the report at every width, with and without colour, and hands back the usual one.
fn shown(name: &str, capture: &[u8]) -> String {
    shown_with(&[], name.trim_end_matches(".pcap"), capture)
}

fn shown_with(asked: &[&str], stem: &str, capture: &[u8]) -> String {
    let name = &format!("{stem}.pcap");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mocks");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), capture).unwrap();
    let usual = printed(&folder, &[asked, &[name]].concat());
    for look in LOOKS {
        let text = printed(&folder, &[asked, look, &[name]].concat());
        checked(name, look, &text, &usual);
    }
    assert!(usual.is_ascii() && usual.lines().count() <= 40, "{usual}");
    usual
}

const LOOKS: [&[&str]; 5] = [
    &["--width", "60"],
    &["--width", "80", "--charset", "utf8"],
    &["--width", "120"],
    &["--color", "always"],
    &[],
];

/// Holds a text against what was kept of it, and against the width that it was given.
fn checked(name: &str, look: &[&str], text: &str, usual: &str) {
    kept(name, look, text);
    if look.contains(&"always") {
        assert_eq!(without_colour(text), usual, "colour changes no word");
    }
    let width = look.iter().position(|word| *word == "--width");
    let width = width.map_or(100, |at| look[at + 1].parse().unwrap());
    let plain = without_colour(text);
    // A command is never broken.
    let command = |line: &&str| line.starts_with("                ");
    let long = plain
        .lines()
        .find(|line| line.chars().count() > width && !command(line));
    assert_eq!(long, None, "{name} at {width} columns");
}

fn printed(folder: &Path, arguments: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ikescope"));
    for variable in [
        "NO_COLOR",
        "CLICOLOR_FORCE",
        "IKESCOPE_CHARSET",
        "TERM",
        "COLUMNS",
    ] {
        program.env_remove(variable);
    }
    let output = program
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Holds the text against what was kept.
fn kept(name: &str, look: &[&str], text: &str) {
    let words = look
        .iter()
        .filter(|word| !word.starts_with("--charset") && **word != "utf8");
    let words: Vec<&str> = words.map(|word| word.trim_start_matches('-')).collect();
    let stem = name.trim_end_matches(".pcap");
    let file = if words.is_empty() {
        stem.to_owned()
    } else {
        format!("{stem}.{}", words.join("-"))
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/mocks/transcripts")
        .join(format!("{file}.txt"));
    if env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        fs::write(&path, text).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "{path:?}");
}

/// Whether the text has all of this, one after the other, however it is broken into lines.
fn holds(text: &str, expected: &[&str]) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = text.as_str();
    for part in expected {
        let at = rest.find(part);
        assert!(at.is_some(), "{part:?} is missing, or earlier, in: {text}");
        rest = rest.get(at.unwrap_or(0) + part.len()..).unwrap();
    }
}

fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    for (index, piece) in text.split('\x1b').enumerate() {
        let piece = if index == 0 {
            piece
        } else {
            piece.split_once('m').unwrap().1
        };
        plain.push_str(piece);
    }
    plain
}
