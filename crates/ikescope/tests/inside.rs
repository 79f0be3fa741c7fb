//! What keys bring into reports, from a capture to each format: certificates as openssl reads them,
//! hostile names that stay text, secrets that stay secret. The messages are sealed here with ENCR_NULL
//! and HMAC-SHA1-96, so that any name can stand inside.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use ikescope_testkit::dialogue::{Dialogue, Side, Side::Initiator, Side::Responder};
use ikescope_testkit::message::{Payload, chain, ikev2};
use ikescope_testkit::testdata_dir;
use serde_json::Value;
use sha1::Sha1;

const CERT: u8 = 37;
const CERTREQ: u8 = 38;
const CP: u8 = 47;
const FORMATS: [&str; 5] = ["text", "html", "markdown", "json", "ndjson"];
/// SK_ai and SK_ar alike.
const KEY: [u8; 20] = [7; 20];
/// 2026-11-23, seconds since the Unix epoch.
const NOW: i64 = 1_795_392_000;

/// A capture and its keys in a folder of their own.
struct Scene {
    dialogue: Dialogue,
}

/// Number of the next folder.
static NEXT: AtomicU32 = AtomicU32::new(0);

impl Scene {
    fn new() -> Self {
        let mut dialogue = Dialogue::between("192.0.2.1:500", "198.51.100.2:500");
        dialogue.at(NOW * 1_000_000_000).sa_init();
        Self { dialogue }
    }

    /// A sealed message of IKE_AUTH, or of INFORMATIONAL.
    fn seal(&mut self, side: Side, (exchange, id): (u8, u32), inner: &[Payload]) -> &mut Self {
        const ICV: usize = 12;
        let (spi_i, spi_r) = self.dialogue.spis();
        let (first, plaintext) = chain(inner);
        let sk = u16::try_from(4 + plaintext.len() + 1 + ICV).unwrap();
        // RFC 7296 §3.1: the original initiator, and whether it is a response.
        let flags = match side {
            Initiator => 0x08,
            Responder => 0x20,
        };
        let mut octets = [spi_i, spi_r].concat();
        octets.extend([ikev2::SK, 0x20, exchange, flags]);
        octets.extend(id.to_be_bytes());
        octets.extend((28 + u32::from(sk)).to_be_bytes());
        octets.extend([first, 0]);
        octets.extend(sk.to_be_bytes());
        octets.extend(plaintext);
        octets.push(0);
        let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(&KEY).unwrap();
        mac.update(&octets);
        octets.extend(&mac.finalize().into_bytes()[..ICV]);
        self.dialogue.datagram(side, &octets);
        self
    }

    /// Writes capture and keys.
    fn write(&mut self) -> (PathBuf, PathBuf) {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("inside")
            .join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
        fs::create_dir_all(&folder).unwrap();
        let (spi_i, spi_r) = self.dialogue.spis();
        let [spi_i, spi_r] = [spi_i, spi_r].map(hex::encode);
        let key = hex::encode(KEY);
        let row = format!(
            "{spi_i},{spi_r},,,\"NULL [RFC2410]\",{key},{key},\"HMAC_SHA1_96 [RFC2404]\"\n"
        );
        let (capture, keys) = (
            folder.join("it.pcap"),
            folder.join("ikev2_decryption_table"),
        );
        fs::write(&capture, self.dialogue.wait(60.0).pcap()).unwrap();
        fs::write(&keys, row).unwrap();
        (capture, keys)
    }
}

fn printed((capture, keys): &(PathBuf, PathBuf), arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .args(arguments)
        .arg(capture)
        .arg("--keys")
        .arg(keys)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn der(name: &str) -> Payload {
    let der = fs::read(testdata_dir().join("certificates").join(name)).unwrap();
    Payload::new(CERT, [&[4], &der[..]].concat())
}

fn eap(octets: &[u8]) -> Payload {
    let length = u16::try_from(octets.len() + 3).unwrap().to_be_bytes();
    let [code, rest @ ..] = octets else {
        panic!("no code")
    };
    Payload::new(ikev2::EAP, [&[*code, 1], &length[..], rest].concat())
}

/// A gateway with a certificate of 2020, for clients, of an authority that nobody asked for; the
/// client gives up.
fn lapsed() -> (PathBuf, PathBuf) {
    let mut scene = Scene::new();
    let asked = [
        ikev2::identification(ikev2::ID_I, 2, b"left.example.com"),
        Payload::new(CERTREQ, [&[4][..], &[9; 20]].concat()),
        ikev2::identification(ikev2::ID_R, 2, b"vpn.example.com"),
        ikev2::auth(2, &[0; 32]),
        // CFG_REQUEST with an empty INTERNAL_IP4_ADDRESS (RFC 7296 §3.15).
        Payload::new(CP, [1, 0, 0, 0, 0, 1, 0, 0]),
    ];
    let answered = [
        ikev2::identification(ikev2::ID_R, 2, b"vpn.example.com"),
        der("expired-client.der"),
        der("root.der"),
        ikev2::auth(14, &[0; 32]),
        // CFG_REPLY: an address, a server, a network.
        Payload::new(
            CP,
            [
                2, 0, 0, 0, 0, 1, 0, 4, 10, 3, 0, 1, 0, 3, 0, 4, 10, 1, 0, 53, 0, 13, 0, 8, 10, 1,
                0, 0, 255, 255, 0, 0,
            ],
        ),
        Payload::new(ikev2::SA, [0; 100]),
    ];
    scene
        .seal(Initiator, (ikev2::IKE_AUTH, 1), &asked)
        .seal(Responder, (ikev2::IKE_AUTH, 1), &answered)
        .seal(
            Initiator,
            (ikev2::INFORMATIONAL, 2),
            &[ikev2::notify(24, &[])],
        )
        .write()
}

fn negotiation(scene: &(PathBuf, PathBuf)) -> Value {
    let report: Value = serde_json::from_str(&printed(scene, &["--format", "json"])).unwrap();
    report["tunnels"][0]["negotiations"][0].clone()
}

/// `openssl x509 -noout -subject -issuer -dates -ext subjectAltName,extendedKeyUsage`, and
/// `-pubkey | openssl pkey -pubin -outform DER | sha1sum`.
#[test]
fn a_certificate_says_what_openssl_reads_in_it() {
    let negotiation = negotiation(&lapsed());
    let certificates = &negotiation["authentication"]["responder"]["certificates"];
    let own = &certificates[0];
    assert_eq!(own["subject"], "CN=gateway, O=Example");
    assert_eq!(own["issuer"], "CN=Example Root, O=Example");
    // date -u -d "2020-01-01" +%s, and 2021.
    assert_eq!(own["not_before"], "1577836800.000000000");
    assert_eq!(own["not_after"], "1609459200.000000000");
    assert_eq!(
        own["names"],
        serde_json::json!([
            "DNS:vpn.example.com",
            "IP:192.0.2.10",
            "email:admin@example.com"
        ])
    );
    assert_eq!(own["extended_key_usage"], serde_json::json!(["clientAuth"]));
    assert_eq!(own["is_authority"], false);
    assert_eq!(own["key_hash"], "0ef734c3f60498b4e68725cd83cf332dee940889");
    let root = &certificates[1];
    assert_eq!(root["is_authority"], true);
    assert_eq!(root["extended_key_usage"], Value::Null);
    assert_eq!(root["key_hash"], "216fb1960b52a8abad9bad176a71ce1ea1057e58");
}

#[test]
fn what_is_wrong_with_a_certificate_is_found() {
    let negotiation = negotiation(&lapsed());
    let findings = negotiation["findings"].as_array().unwrap();
    let names: Vec<&str> = findings
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names[..4],
        [
            "initiator-refused",
            "certificate-expired",
            "certificate-authority",
            "certificate-usage"
        ]
    );
    let why = findings[0]["explanation"].as_str().unwrap();
    assert!(why.contains("198.51.100.2 expired on 2021-01-01."), "{why}");
}

#[test]
fn an_address_that_is_given_is_told() {
    let scene = lapsed();
    let assigned = negotiation(&scene)["authentication"]["assigned"].clone();
    assert_eq!(assigned["addresses"], serde_json::json!(["10.3.0.1"]));
    assert_eq!(assigned["dns"], serde_json::json!(["10.1.0.53"]));
    assert_eq!(assigned["subnets"], serde_json::json!(["10.1.0.0/16"]));
    let text = printed(&scene, &[]);
    let line = "was given 10.3.0.1, DNS 10.1.0.53, networks 10.1.0.0/16";
    assert!(text.contains(line), "{text}");
}

/// The lines of strongSwan that tell who is at the ends and which networks an SA is for:
/// `IKE_SA gw[1] established between A[id]...B[id]`, `... and TS 10.1.0.0/24 === 10.2.0.0/24`.
#[test]
fn identities_and_networks_are_those_that_the_daemons_log() {
    let (mut identities, mut networks) = (0, 0);
    for (truth, report) in opened_captures() {
        let (names, granted) = (identities_in(&report), networks_in(&report));
        for line in initiators_log(&truth) {
            let ends = line.split_once(" established between ");
            if let Some((_, ends)) = ends.filter(|_| !names.is_empty()) {
                let (own, other) = ends.split_once("...").unwrap();
                let wanted = [own, other].map(bracketed);
                assert!(names.contains(&wanted), "{line}: {names:?}");
                identities += 1;
            }
            let selectors = line.split_once(" and TS ");
            if let Some((_, selectors)) = selectors.filter(|_| !granted.is_empty()) {
                let (own, other) = selectors.split_once(" === ").unwrap();
                let wanted = [own, other].map(str::to_owned);
                assert!(granted.contains(&wanted), "{line}: {granted:?}");
                networks += 1;
            }
        }
    }
    assert!(identities > 15 && networks > 15, "{identities} {networks}");
}

/// Truth and keyed report of every capture with keys.
fn opened_captures() -> impl Iterator<Item = (String, Value)> {
    let entries = fs::read_dir(testdata_dir().join("captures")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "keys")
        })
        .map(|keys| {
            let truth = fs::read_to_string(keys.with_extension("truth.json")).unwrap();
            let capture = ["pcap", "pcapng"].map(|extension| keys.with_extension(extension));
            let capture = capture.into_iter().find(|path| path.exists()).unwrap();
            let report = printed(&(capture, keys), &["--format", "json"]);
            (truth, serde_json::from_str(&report).unwrap())
        })
}

fn initiators_log(truth: &str) -> Vec<String> {
    let truth: Value = serde_json::from_str(truth).unwrap();
    let lines = truth["daemon_evidence"].as_array().unwrap().iter();
    let own = lines.filter(|line| line["node"] == "initiator");
    own.map(|line| line["line"].as_str().unwrap().to_owned())
        .collect()
}

/// `192.0.2.10[left.example]`
fn bracketed(end: &str) -> String {
    let (_, name) = end.split_once('[').unwrap();
    name.split(']').next().unwrap().to_owned()
}

fn negotiations(report: &Value) -> impl Iterator<Item = &Value> {
    let tunnels = report["tunnels"].as_array().unwrap().iter();
    tunnels.flat_map(|tunnel| tunnel["negotiations"].as_array().unwrap())
}

/// Both identities of each negotiation that tells them.
fn identities_in(report: &Value) -> Vec<[String; 2]> {
    let both = negotiations(report).map(|it| {
        ["initiator", "responder"].map(|end| {
            let name = &it["authentication"][end]["identity"]["value"];
            name.as_str().unwrap_or_default().to_owned()
        })
    });
    both.filter(|both| both.iter().all(|name| !name.is_empty()))
        .collect()
}

/// Networks granted, as they stand and the other way round: either end may ask for the next SA.
fn networks_in(report: &Value) -> Vec<[String; 2]> {
    let exchanges = negotiations(report).flat_map(|it| it["child_exchanges"].as_array().unwrap());
    let granted = exchanges
        .map(|it| &it["granted"])
        .filter(|it| !it.is_null());
    let sides = |granted: &Value| {
        ["initiator", "responder"].map(|side| {
            let all = granted[side].as_array().unwrap().iter();
            let all: Vec<&str> = all.map(|it| it.as_str().unwrap()).collect();
            all.join(" ")
        })
    };
    granted
        .map(sides)
        .flat_map(|[first, second]| [[first.clone(), second.clone()], [second, first]])
        .collect()
}

/// A client and a gateway whose every name would act on a terminal or a page.
fn hostile() -> (PathBuf, PathBuf) {
    let evil = b"\x1b[2J<script>alert(3)</script>\r\n| `x` |";
    let mut scene = Scene::new();
    let asked = [
        ikev2::identification(ikev2::ID_I, 2, evil),
        ikev2::identification(
            ikev2::ID_R,
            3,
            b"\"><img src=x onerror=alert(4)>@example.com",
        ),
    ];
    let answered = [
        ikev2::identification(ikev2::ID_R, 11, evil),
        der("hostile.der"),
        ikev2::auth(14, &[0; 32]),
        eap(&[1, 1]),
    ];
    let user = [&[2, 1][..], evil].concat();
    scene
        .seal(Initiator, (ikev2::IKE_AUTH, 1), &asked)
        .seal(Responder, (ikev2::IKE_AUTH, 1), &answered)
        .seal(Initiator, (ikev2::IKE_AUTH, 2), &[eap(&user)])
        .seal(Responder, (ikev2::IKE_AUTH, 2), &[eap(&[1, 6])])
        .seal(Initiator, (ikev2::IKE_AUTH, 3), &[eap(b"\x02\x06hunter2")])
        .seal(Responder, (ikev2::IKE_AUTH, 3), &[eap(&[4])])
        .write()
}

#[test]
fn hostile_names_stay_text_in_every_format() {
    let scene = hostile();
    for format in FORMATS {
        let text = printed(&scene, &["--verbose", "--format", format]);
        assert!(!text.contains('\x1b'), "{format}: {text}");
        assert!(
            text.contains("alert(3)"),
            "{format} tells no identity: {text}"
        );
        // A backslash makes text of it (CommonMark 2.4).
        let bare = text.replace("\\<", "");
        let is_markup = matches!(format, "html" | "markdown");
        for markup in ["<script>alert", "<img src"] {
            assert!(!(is_markup && bare.contains(markup)), "{format}: {text}");
        }
    }
    let page = printed(&scene, &["--format", "html"]);
    assert!(page.contains("script\\&gt;alert(2)"), "the subject is told");
    assert!(
        page.contains("onerror=alert(4)&gt;@example.com"),
        "IDr is told"
    );
}

#[test]
fn redacted_reports_hold_no_name_that_was_inside() {
    for scene in [hostile(), lapsed()] {
        for format in FORMATS {
            let text = printed(&scene, &["--redact", "--verbose", "--format", format]);
            for name in [
                "onerror",
                "vpn.example.com",
                "left.example",
                "Example Root",
                "10.3.0.1",
                "10.1.0.53",
            ] {
                assert!(!text.contains(name), "{name} in {format}: {text}");
            }
        }
    }
}

/// RFC 3748 §5.6: the answer of a generic token card is the password itself.
#[test]
fn a_password_inside_eap_is_in_no_report() {
    let scene = hostile();
    let told = negotiation(&scene);
    let eap = &told["authentication"]["eap"];
    assert_eq!(
        eap["methods"],
        serde_json::json!(["Generic Token Card (GTC)"])
    );
    assert_eq!(eap["result"], "failure");
    assert_eq!(told["verdict"]["cause"], "eap-failed");
    for format in FORMATS {
        let text = printed(&scene, &["--verbose", "--format", format]);
        assert!(!text.contains("hunter2"), "{format}: {text}");
        assert!(!text.contains(&hex::encode("hunter2")), "{format}: {text}");
    }
    let hidden = printed(&scene, &["dissect"]);
    assert!(
        hidden.contains("(hidden, 7 octets)") && !hidden.contains("hunter2"),
        "{hidden}"
    );
}
