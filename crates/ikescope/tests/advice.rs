//! What the report tells people to do: a FortiGate and an Azure gateway, both as they come from the
//! factory.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use ikescope_testkit::dialogue::{Dialogue, Side, interleaved};
use ikescope_testkit::message::ikev2::{self, Proposal, Transform};
use serde_json::Value;

const FORTIGATE: &str = "198.51.100.7:500";
const AZURE: &str = "203.0.113.200:500";
/// MS NT5 ISAKMPOAKLEY version 9.
const MICROSOFT: [u8; 20] = [
    0x1e, 0x2b, 0x51, 0x69, 0x05, 0x99, 0x1c, 0x7d, 0x7c, 0x96, 0xfc, 0xbf, 0xb5, 0x87, 0xe4, 0x61,
    0, 0, 0, 9,
];
/// The beginning of FortiGate's Vendor ID; release and build follow.
const FORTINET: [u8; 16] = [
    0x82, 0x99, 0x03, 0x17, 0x57, 0xa3, 0x60, 0x82, 0xc6, 0xa6, 0x21, 0xde, 0, 0, 0, 0,
];

/// Cipher, key length, PRF and integrity of one proposal, with these groups.
fn proposal(number: u8, suite: (u16, Option<u16>, u16, u16), groups: &[u16]) -> Proposal {
    let (cipher, bits, prf, integrity) = suite;
    let cipher = Transform::new(ikev2::ENCR, cipher);
    let cipher = match bits {
        Some(bits) => cipher.key_length(bits),
        None => cipher,
    };
    let groups = groups
        .iter()
        .map(|group| Transform::new(ikev2::KE_METHOD, *group));
    Proposal::new(number, ikev2::PROTOCOL_IKE)
        .with(cipher)
        .with(Transform::new(ikev2::PRF, prf))
        .with(Transform::new(ikev2::INTEG, integrity))
        .with_all(groups)
}

/// FortiOS: aes128-sha256 aes256-sha256 aes128-sha1 aes256-sha1, groups 14 and 5.
fn fortigate_offer() -> ikescope_testkit::message::Payload {
    let suites = [(128, 5, 12), (256, 5, 12), (128, 2, 2), (256, 2, 2)];
    let proposals: Vec<Proposal> = (1..)
        .zip(suites)
        .map(|(number, (bits, prf, integrity))| {
            proposal(number, (12, Some(bits), prf, integrity), &[14, 5])
        })
        .collect();
    ikev2::sa(&proposals)
}

/// Azure, route-based without a policy of its own: six proposals, group 2.
fn azure_offer() -> ikescope_testkit::message::Payload {
    let suites = [
        (12, Some(256), 2, 2),
        (12, Some(256), 5, 12),
        (12, Some(128), 2, 2),
        (12, Some(128), 5, 12),
        (3, None, 2, 2),
        (3, None, 5, 12),
    ];
    let proposals: Vec<Proposal> = (1..)
        .zip(suites)
        .map(|(number, suite)| proposal(number, suite, &[2]))
        .collect();
    ikev2::sa(&proposals)
}

/// Azure calls first and is refused, then the FortiGate, which is refused too.
fn refused_both_ways() -> Vec<u8> {
    let mut azure = Dialogue::between(AZURE, FORTIGATE);
    azure
        .seed(7)
        .offer(azure_offer())
        .group(2)
        .announce(Side::Initiator, ikev2::vendor_id(&MICROSOFT))
        .sa_init_request()
        .sa_init_error(ikev2::NO_PROPOSAL_CHOSEN, &[]);
    let mut fortigate = Dialogue::between(FORTIGATE, AZURE);
    fortigate
        .wait(1.0)
        .offer(fortigate_offer())
        .announce(Side::Initiator, ikev2::vendor_id(&FORTINET))
        .sa_init_request()
        .sa_init_error(ikev2::NO_PROPOSAL_CHOSEN, &[])
        .wait(30.0);
    interleaved(&[&azure, &fortigate])
}

fn report(name: &str, capture: &[u8], arguments: &[&str]) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, capture).unwrap();
    let program = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .arg(path)
        .args(arguments)
        .output();
    String::from_utf8(program.unwrap().stdout).unwrap()
}

#[test]
fn lists_of_both_sides_stand_beside_each_other_and_the_row_apart_is_marked() {
    let text = report("both-ways.pcap", &refused_both_ways(), &[]);
    for line in [
        "x REJECTED in IKE_SA_INIT: 203.0.113.200 refused all 4 IKE proposals; no DH group in common.",
        "  proposals               198.51.100.7 offers     203.0.113.200 offers      in common",
        "            encryption    AES-CBC 128 256         AES-CBC 256 128, 3DES     AES-CBC 128 256",
        "            integrity     SHA2-256 SHA1           SHA1 SHA2-256             SHA2-256 SHA1",
        "            PRF           SHA2-256 SHA1           SHA1 SHA2-256             SHA2-256 SHA1",
        "            DH group      14 (MODP-2048) 5        2 (MODP-1024)             nothing  <-- here",
        "  why       The lists meet in every row but the DH group, so that row is the reason: implied.",
        "                set dhgrp 14 5 2",
        "                  -DhGroup DHGroup14 -IpsecEncryption AES256 -IpsecIntegrity SHA256 `",
    ] {
        assert!(
            text.lines().any(|printed| printed == line),
            "{line}\n{text}"
        );
    }
    let order = |what: &str| text.find(what).unwrap();
    assert!(order("New-AzIpsecPolicy") < order("set dhgrp"), "{text}");
    assert!(text.lines().count() <= 40, "{text}");
}

#[test]
fn the_comparison_is_in_json_too() {
    let json = report(
        "both-ways-json.pcap",
        &refused_both_ways(),
        &["--format", "json"],
    );
    let report: Value = serde_json::from_str(&json).unwrap();
    let negotiations = report["tunnels"][0]["negotiations"].as_array().unwrap();
    let compared = &negotiations[1]["proposals"]["compared"];
    assert_eq!(compared["responder_list"], "offered");
    assert_eq!(compared["frame"], 1);
    let row = &compared["rows"][3];
    assert_eq!(row["type"], "KE");
    assert_eq!(row["apart"], true);
    assert_eq!(row["common"].as_array().unwrap().len(), 0);
    assert_eq!(compared["rows"][0]["apart"], false);
}

#[test]
fn a_side_that_showed_nothing_is_not_known() {
    let mut silent = Dialogue::between(FORTIGATE, AZURE);
    silent
        .offer(fortigate_offer())
        .sa_init_request()
        .sa_init_error(ikev2::NO_PROPOSAL_CHOSEN, &[])
        .wait(30.0);
    let text = report("not-known.pcap", &silent.pcap(), &[]);
    let line = "            DH group      14 (MODP-2048) 5        not known";
    assert!(text.lines().any(|printed| printed == line), "{text}");
    assert!(!text.contains("<-- here"), "{text}");
}

/// The user's word picks commands; what the report claims stays the same.
#[test]
fn a_vendor_by_the_user_changes_commands_and_no_claim() {
    let mut unread = Dialogue::between("192.0.2.1:500", "198.51.100.2:500");
    unread.sa_init().auth_request().auth_error().wait(30.0);
    let capture = unread.pcap();
    let of_all = report("vendor-none.pcap", &capture, &[]);
    for command in [
        "diagnose debug application ike -1",
        "debug crypto ikev2 error",
        "swanctl --log",
    ] {
        assert!(of_all.contains(command), "{of_all}");
    }
    let of_one = report(
        "vendor-one.pcap",
        &capture,
        &["--vendor", "198.51.100.2=libreswan"],
    );
    assert!(of_one.contains("journalctl -u ipsec"), "{of_one}");
    assert!(!of_one.contains("swanctl"), "{of_one}");
    let claims = |text: &str| {
        let until = text.find("  next").unwrap();
        text[..until].to_owned()
    };
    assert_eq!(claims(&of_all), claims(&of_one));
}

/// A Windows client and a server that does not answer: error 809 since Windows 2000.
#[test]
fn names_the_error_that_a_windows_user_sees() {
    let mut client = Dialogue::between("192.0.2.77:500", "198.51.100.2:500");
    client
        .announce(Side::Initiator, ikev2::vendor_id(&MICROSOFT))
        .sa_init_request()
        .repeat(&[1.0, 2.0, 4.0])
        .wait(30.0);
    let text = report("windows.pcap", &client.pcap(), &[]);
    assert!(text.contains("Windows shows error 809."), "{text}");
    let json = report("windows-json.pcap", &client.pcap(), &["--format", "json"]);
    let report_: Value = serde_json::from_str(&json).unwrap();
    let cause = &report_["tunnels"][0]["negotiations"][0]["findings"][0];
    assert_eq!(cause["known_as"][0]["code"], 809);
    let refused = report("azure-code.pcap", &refused_both_ways(), &[]);
    assert!(
        refused.contains("13868 (ERROR_IPSEC_IKE_POLICY_MATCH)"),
        "{refused}"
    );
    let mut other = Dialogue::between("192.0.2.77:500", "198.51.100.2:500");
    other.sa_init_request().repeat(&[1.0, 2.0, 4.0]).wait(30.0);
    let text = report("no-windows.pcap", &other.pcap(), &[]);
    assert!(!text.contains("error 809"), "{text}");
}

/// Before the NAT the initiator is 10.0.0.5; a hash of that address is all that is seen of it.
#[test]
fn recovers_the_address_behind_nat_when_asked() {
    let mut natted = Dialogue::between("203.0.113.9:500", "198.51.100.2:500");
    natted
        .behind_nat(Side::Initiator, "192.168.7.23:500")
        .sa_init()
        .auth_request()
        .auth_error()
        .wait(30.0);
    let capture = natted.pcap();
    let asked = report("inside.pcap", &capture, &["--find-inside-address"]);
    let line = "it is that of 192.168.7.23:500: the initiator's address inside, implied";
    assert!(asked.contains(line), "{asked}");
    let json = report(
        "inside-json.pcap",
        &capture,
        &["--find-inside-address", "--format", "json"],
    );
    let report_: Value = serde_json::from_str(&json).unwrap();
    let nat = &report_["tunnels"][0]["negotiations"][0]["nat"];
    assert_eq!(nat["inside"]["address"], "192.168.7.23:500");
    let not_asked = report("not-inside.pcap", &capture, &[]);
    assert!(!not_asked.contains("192.168.7.23"), "{not_asked}");
}

/// Azure starts the rekey, and offers no PFS unless a policy says so.
#[test]
fn a_rekey_of_azure_that_is_refused_names_its_missing_pfs() {
    let mut azure = Dialogue::between(AZURE, FORTIGATE);
    azure
        .offer(azure_offer())
        .group(2)
        .announce(Side::Initiator, ikev2::vendor_id(&MICROSOFT))
        .sa_init()
        .auth()
        .esp(Side::Initiator, 3)
        .esp(Side::Responder, 3)
        .rekey_child_request(Side::Initiator)
        .respond(Side::Responder, &[ikev2::notify(14, &[])])
        .esp(Side::Initiator, 3)
        .esp(Side::Responder, 3)
        .wait(30.0);
    let json = report("azure-rekey.pcap", &azure.pcap(), &["--format", "json"]);
    let report_: Value = serde_json::from_str(&json).unwrap();
    let findings = &report_["tunnels"][0]["negotiations"][0]["findings"];
    let findings = findings.as_array().unwrap();
    let refused = findings.iter().find(|one| one["name"] == "rekey-refused");
    let step = refused.unwrap()["next_steps"][0].as_str().unwrap();
    assert!(step.starts_with("Azure offers no PFS"), "{step}");
    assert!(step.contains("New-AzIpsecPolicy"), "{step}");
}
