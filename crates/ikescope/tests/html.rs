//! The page: one file, nothing from packets in it but text, small enough for a hub. The pages are
//! left in the folder of the tests, where `tests/html/check.mjs` opens them in a browser.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ikescope_testkit::dialogue::{Dialogue, Side, interleaved};
use ikescope_testkit::message::{ikev1, ikev2};
use ikescope_testkit::testdata_dir;

#[test]
fn a_page_is_one_file_that_names_no_other() {
    for capture in captures() {
        let name = capture.file_stem().unwrap().to_str().unwrap();
        let page = page(&capture, name);
        for reference in [" src=", "http:", "https:", "url(", "@import", "//#"] {
            assert!(!page.contains(reference), "{reference} in {name}");
        }
        let links = page.split(" href=\"").skip(1);
        for link in links.filter_map(|rest| rest.split('"').next()) {
            let target = link.strip_prefix('#').unwrap();
            assert!(
                page.contains(&format!(" id=\"{target}\"")),
                "{link} in {name}"
            );
        }
        let ids: Vec<&str> = page.split(" id=\"").skip(1).collect();
        let ids: Vec<&str> = ids
            .iter()
            .filter_map(|rest| rest.split('"').next())
            .collect();
        let different: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), different.len(), "{name}");
        assert!(
            !page.contains(" style="),
            "the policy allows no style of an element's own: {name}"
        );
        assert!(page.len() < SHELL + TUNNEL, "{name} takes {}", page.len());
    }
}

#[test]
fn a_page_and_the_text_tell_the_same() {
    for capture in captures() {
        let name = capture.file_stem().unwrap().to_str().unwrap();
        let page = plain(&page_in("told", &capture, name));
        let report = ikescope::analyze(capture.as_path()).unwrap();
        for tunnel in &report.tunnels {
            let decisive = tunnel
                .decisive
                .and_then(|index| tunnel.negotiations.get(index));
            let findings = decisive
                .into_iter()
                .flat_map(|negotiation| &negotiation.findings);
            let cause = findings.filter(|finding| Some(finding.name) == tunnel.verdict.cause);
            let told = [tunnel.verdict.summary.as_str(), tunnel.verdict.confidence];
            let of_cause = cause.flat_map(|cause| {
                let steps = cause.next_steps.iter().flat_map(|step| step.lines());
                steps.chain([cause.code, cause.explanation.as_str()])
            });
            for text in told.into_iter().chain(of_cause) {
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(page.contains(&text), "{text} in {name}");
            }
        }
    }
}

/// Everything that a peer writes in clear: Vendor ID, identity, and the name of the file itself.
#[test]
fn nothing_from_packets_becomes_markup() {
    let mut dialogue = Dialogue::between("192.0.2.1:500", "198.51.100.2:500");
    dialogue
        .announce(Side::Initiator, ikev2::vendor_id(HOSTILE))
        .announce(Side::Initiator, ikev2::notify(40961, HOSTILE))
        .sa_init()
        .auth_request()
        .auth_error();
    let mut older = Dialogue::between("192.0.2.7:500", "198.51.100.2:500");
    older
        .seed(7)
        .announce(Side::Initiator, ikev1::vendor_id(HOSTILE))
        .announce(Side::Initiator, ikev1::identification(2, 0, 0, HOSTILE))
        .aggressive_mode_message(1)
        .repeat(&[2.0, 4.0, 8.0]);
    let folder = scratch("<img src=x onerror=alert(1)>");
    let capture = folder.join("a<script>alert(2)<!--&quot;.pcap");
    fs::write(&capture, interleaved(&[&dialogue, &older])).unwrap();
    let page = page(&capture, "hostile");
    let told = plain(&page);
    // It is there as text, so what follows proves something.
    assert!(
        told.contains("<script>alert(1)</script>"),
        "the identity is shown"
    );
    assert_eq!(
        page.matches("<script").count(),
        2,
        "the page's own script and data"
    );
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img") && !page.contains("onerror=alert(1)\""));
    assert!(!page.contains(['\u{202e}', '\u{1b}']));
}

/// What the log of an end quotes: the identity of its peer, and the name of the connection.
#[test]
fn nothing_that_a_log_quotes_becomes_markup() {
    let log = testdata_dir().join("ike-debug/says-identity-refused.txt");
    let log = fs::read_to_string(log).unwrap();
    let hostile = "<script>alert(1)</script>\u{202e}\u{1b}[31m";
    let log = log
        .replace("branch.example", hostile)
        .replace("ike 0:branch:", "ike 0:<img/src=x/onerror=alert(2)>:");
    let path = scratch("hostile-log").join("log.txt");
    fs::write(&path, log).unwrap();
    let page = page(&path, "hostile-log");
    assert!(
        plain(&page).contains("peer identifier FQDN '<script>alert(1)</script>"),
        "the identity is shown"
    );
    assert_eq!(page.matches("<script").count(), 1, "the page's own");
    assert!(!page.contains("<img"));
    assert!(!page.contains(['\u{202e}', '\u{1b}']));
}

#[test]
fn a_thousand_tunnels_with_ten_broken_stay_small() {
    let capture = scratch("hub").join("hub.pcap");
    let dialogues: Vec<Dialogue> = (0..1000).map(peer).collect();
    let dialogues: Vec<&Dialogue> = dialogues.iter().collect();
    fs::write(&capture, interleaved(&dialogues)).unwrap();
    let page = page(&capture, "hub");
    assert_eq!(page.matches("<article").count(), 10);
    assert_eq!(page.matches("<tr data-o=").count(), 1000);
    assert!(page.len() < 3 << 19, "{} octets", page.len());
    let elements = page.matches('<').count() - page.matches("</").count();
    assert!(elements < 15_000, "{elements} elements");
    assert!(page.contains("10 of 1,000 tunnels are broken: 6 stalled, 4 rejected."));
}

/// A peer of the hub; every hundredth is broken.
fn peer(number: u32) -> Dialogue {
    let [.., high, low] = number.to_be_bytes();
    let address = format!("10.9.{high}.{low}:500");
    let mut dialogue = Dialogue::between(&address, "203.0.113.1:500");
    dialogue
        .seed(u64::from(number) + 1)
        .wait(f64::from(number) * 0.05);
    match number {
        0..=299 if number.is_multiple_of(50) => {
            dialogue.sa_init_request().repeat(&[3.0, 6.0, 12.0, 24.0])
        }
        300..=699 if number.is_multiple_of(100) => dialogue.sa_init().auth_request().auth_error(),
        _ => {
            dialogue.sa_init().auth();
            for _ in 0..3 {
                dialogue
                    .wait(9.0)
                    .esp(Side::Initiator, 3)
                    .esp(Side::Responder, 4);
            }
            dialogue.dpd(Side::Initiator)
        }
    };
    dialogue
}

/// The page on a capture, also left for the browser.
fn page(capture: &Path, name: &str) -> String {
    page_in("pages", capture, name)
}

fn page_in(folder: &str, capture: &Path, name: &str) -> String {
    let path = scratch(folder).join(format!("{name}.html"));
    let output = Command::new(env!("CARGO_BIN_EXE_ikescope"))
        .arg(capture)
        .arg("-o")
        .arg(&path)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        (output.status.code(), error.as_str()),
        (Some(0), ""),
        "{name}"
    );
    fs::read_to_string(&path).unwrap()
}

/// What a page says, without its markup.
fn plain(page: &str) -> String {
    let body = page.split_once("<main").unwrap().1;
    let mut text = String::new();
    for piece in body.split('<') {
        text.push(' ');
        text.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&quot;", "\"").replace("&amp;", "&")
}

fn captures() -> Vec<PathBuf> {
    let folder = fs::read_dir(testdata_dir().join("captures")).unwrap();
    let paths = folder.map(|entry| entry.unwrap().path());
    let is_capture = |path: &PathBuf| {
        path.extension()
            .is_some_and(|it| it == "pcap" || it == "pcapng")
    };
    let captures: Vec<PathBuf> = paths.filter(is_capture).collect();
    assert!(captures.len() > 50);
    captures
}

/// A folder of this test's own.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("html")
        .join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Markup, a quote that would end an attribute, a mark that turns text around, an escape.
const HOSTILE: &[u8] =
    b"\"'><script>alert(1)</script><img src=x onerror=alert(1)>\xe2\x80\xae\x1b[31m";
/// Octets of style, script and frame, and of one tunnel with its messages.
const SHELL: usize = 48 << 10;
const TUNNEL: usize = 24 << 10;
