//! The other commands of the design, on the captures of its reports.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{LOOKS, captures, checked, holds, printed};

/// Each payload with its offset and length, under the names of the RFCs.
#[test]
fn dissects_an_ike_sa_init() {
    let text = shown(
        "dissect-branch7",
        &captures::branch7(),
        &["dissect", "--frame", "5"],
    );
    holds(
        &text,
        &[
            "#5 2026-03-14 02:11:07.482000Z 192.0.2.23:500 > 203.0.113.40:500 UDP",
            "IKEv2 IKE_SA_INIT request, message ID 0, 296 octets, spi \
             4f8ad1367c25e09b:0000000000000000",
            "@28 SA (33) 40",
            "ENCR 20 ENCR_AES_GCM_16",
            "256",
            "PRF 6 PRF_HMAC_SHA2_384",
            "KE 20",
            "@68 KE (34) 104",
            "@172 Nonce (40) 36",
            "@208 N (41) 28 notify type 16388 NAT_DETECTION_SOURCE_IP",
            "@236 N (41) 28 notify type 16389 NAT_DETECTION_DESTINATION_IP",
            "@264 N (41) 8 notify type 16430 IKEV2_FRAGMENTATION_SUPPORTED",
            "@272 N (41) 16 notify type 16431 SIGNATURE_HASH_ALGORITHMS",
            "@288 N (41) 8 notify type 16406 REDIRECT_SUPPORTED",
        ],
    );
}

/// SK with the type of the first payload inside.
#[test]
fn dissects_what_is_encrypted() {
    let text = shown(
        "dissect-dc-outside",
        &captures::dc_outside(),
        &["dissect", "--frame", "44"],
    );
    holds(
        &text,
        &[
            "203.0.113.12:4500 > 198.51.100.30:4500 UDP, non-ESP marker",
            "IKEv2 IKE_AUTH response, message ID 1, 65 octets, spi \
             c27e5b90d8f3146a:3905fae81c7bd264",
            "@28 SK (46) 37 first inner 41 N",
        ],
    );
}

/// IKEv1: each transform with its attributes, Vendor IDs by name.
#[test]
fn dissects_main_mode() {
    let text = shown(
        "dissect-mx-wan",
        &captures::mx_wan(),
        &["dissect", "--frame", "12"],
    );
    let transforms = [
        ("AES-CBC; Key Length 256", "20"),
        ("AES-CBC; Key Length 128", "19"),
        ("AES-CBC; Key Length 256", "14"),
        ("3DES-CBC", "14"),
        ("3DES-CBC", "2"),
    ];
    holds(
        &text,
        &[
            "message ID 0, 408 octets, spi 2b94f7c01ed8563a:0000000000000000",
            "@28 SA (1) 212 doi 1 IPSEC, situation 1",
            "num transforms 5",
        ],
    );
    let mut expected = Vec::new();
    for (cipher, group) in transforms {
        expected.push(cipher.to_owned());
        expected.push(format!("Group Description {group} "));
    }
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    holds(&text, &expected);
    holds(
        &text,
        &["@240 VID (13) 24", "@264 VID (13) 24", "@288 VID (13) 20"],
    );
}

/// An error stands where it happened; the other payloads follow.
#[test]
fn dissects_a_malformed_message() {
    let text = shown("odd", &captures::odd(), &["dissect", "--frame", "9"]);
    holds(
        &text,
        &[
            "198.51.100.52:500 > 203.0.113.12:500",
            "spi 5d0c93f71ab6e428:0000000000000000",
            "@28 SA (33) 40",
            "error:",
            "48",
            "36",
            "00 00 00 30 01 01 00 03",
            "^",
            "@68 KE (34) 72",
            "@140 Nonce (40) 36",
            "@176 N (41) 28",
            "@204 N (41) 28",
            "@232 N (41) 8",
        ],
    );
}

/// One line for each message.
#[test]
fn dissects_line_by_line() {
    let folder = folder();
    fs::write(folder.join("oneline-branch7.pcap"), captures::branch7()).unwrap();
    let text = printed(&folder, &["dissect", "--oneline", "oneline-branch7.pcap"]);
    holds(
        &text,
        &[
            "#5 +0.000000 192.0.2.23:500 > 203.0.113.40:500 IKE_SA_INIT req 0 296 SA KE Nonce N x5",
            "#6",
            "203.0.113.40:500 > 192.0.2.23:500 IKE_SA_INIT resp 0 304 SA KE Nonce N x6",
            "#7",
            "192.0.2.23:4500 > 203.0.113.40:4500 IKE_AUTH req 1 279 SK(IDi...)",
            "#8",
            "203.0.113.40:4500 > 192.0.2.23:4500 IKE_AUTH resp 1 224 SK(IDr...)",
        ],
    );
}

/// Comments beside the frames of the evidence.
#[test]
fn annotates() {
    let folder = folder();
    fs::write(
        folder.join("annotated-branch-wan1.pcap"),
        captures::branch_wan1(),
    )
    .unwrap();
    let arguments = [
        "annotate",
        "annotated-branch-wan1.pcap",
        "-o",
        "noted.pcapng",
    ];
    holds(
        &complained(&folder, &arguments),
        &[
            "wrote noted.pcapng: 14 packets,",
            "with a comment; in Wireshark: frame.comment contains \"IKE101\"",
        ],
    );
}

/// Errors say which file, where, what is there and what to do.
#[test]
fn says_what_is_wrong_with_an_input() {
    let folder = folder();
    fs::write(
        folder.join("wrong-branch-wan1.pcap"),
        captures::branch_wan1(),
    )
    .unwrap();
    fs::write(folder.join("zero.pcap"), []).unwrap();
    fs::write(
        folder.join("change.docx"),
        b"PK\x03\x04 and so on, as archives begin",
    )
    .unwrap();
    for (name, expected) in [
        (
            "wrong-branch-wan1.pcp",
            &[
                "error: cannot open wrong-branch-wan1.pcp: No such file or directory; \
                 wrong-branch-wan1.pcap does exist",
            ][..],
        ),
        (
            "zero.pcap",
            &[
                "error: zero.pcap is empty (0 octets); was the capture stopped before its buffer \
                 was written?",
            ],
        ),
        (
            "change.docx",
            &[
                "error: change.docx is no capture: offset 0 holds 50 4b 03 04, a zip archive",
                "help:",
            ],
        ),
    ] {
        holds(&complained(&folder, &[name]), expected);
    }
}

/// The five headings of a rule's page.
#[test]
fn explains() {
    let text = printed(Path::new("."), &["explain", "IKE204"]);
    holds(
        &text,
        &[
            "IKE204 repeated-ke error",
            "since 0.1.0",
            "means",
            "happens",
            "confirm",
            "fix",
            "references RFC 2409",
        ],
    );
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mocks-commands");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// What the program says beside its output.
fn complained(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(arguments)
        .env_remove("COLUMNS")
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8(output.stderr).unwrap()
}

/// Prints at every width, with and without colour, and hands back the usual text.
fn shown(stem: &str, capture: &[u8], asked: &[&str]) -> String {
    let folder = folder();
    let name = &format!("{stem}.pcap");
    fs::write(folder.join(name), capture).unwrap();
    let usual = printed(&folder, &[asked, &[name]].concat());
    for look in LOOKS {
        let text = printed(&folder, &[asked, look, &[name]].concat());
        checked(name, look, &text, &usual);
    }
    usual
}
