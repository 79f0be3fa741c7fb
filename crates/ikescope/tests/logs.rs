//! IKE debug logs, from their text to the report: what the device says of itself is stated, with its
//! line.

use std::path::Path;

use ikescope::report::{Negotiation, Report, Verdict};
use ikescope_testkit::{shared_dir, testdata_dir};

fn report(path: impl AsRef<Path>) -> Report {
    ikescope::analyze(path.as_ref()).expect("it is a log")
}

fn fixture(name: &str) -> Report {
    report(testdata_dir().join("ike-debug").join(name))
}

fn sample(name: &str) -> Option<Report> {
    let samples = shared_dir()?.join("fortigate/samples/ike-debug");
    Some(report(samples.join(name)))
}

fn summary(verdict: &Verdict) -> (&str, &str, Option<&str>, &str) {
    let Verdict {
        outcome,
        stage,
        cause,
        confidence,
        ..
    } = verdict;
    (outcome, stage, *cause, confidence)
}

/// Lines that carry the cause of a negotiation.
fn lines(negotiation: &Negotiation) -> Vec<u64> {
    let cause = negotiation.findings.first().expect("a cause");
    cause
        .evidence
        .iter()
        .filter_map(|evidence| evidence.line)
        .collect()
}

/// What each line means is Fortinet's own reading of it; the numbers are those of the lines in the
/// file.
#[test]
fn a_line_that_names_the_cause_is_the_cause() {
    let rejected = |stage, cause| ("rejected", stage, Some(cause), "stated");
    let cases = [
        (
            "says-no-proposal-chosen.txt",
            rejected("sa_init", "no-proposal-chosen"),
            vec![22, 5, 13],
        ),
        (
            "says-other-shared-key.txt",
            rejected("auth", "psk-mismatch"),
            vec![11],
        ),
        (
            "says-identity-refused.txt",
            rejected("auth", "authentication-failed"),
            vec![12, 13, 11],
        ),
        (
            "says-selectors-mismatch.txt",
            rejected("child_sa", "ts-unacceptable"),
            vec![12, 15, 11, 13, 14],
        ),
        (
            "says-not-configured.txt",
            rejected("sa_init", "peer-not-configured"),
            vec![3],
        ),
        (
            "says-peer-notify.txt",
            rejected("sa_init", "no-proposal-chosen"),
            vec![2],
        ),
        (
            "says-given-up.txt",
            ("stalled", "sa_init", Some("sa-init-unanswered"), "stated"),
            vec![4],
        ),
        (
            "says-no-route.txt",
            ("stalled", "sa_init", Some("host-unreachable"), "stated"),
            vec![2],
        ),
        (
            "says-peer-dead.txt",
            ("lost", "informational", Some("peer-gone"), "stated"),
            vec![15],
        ),
    ];
    for (name, expected, at) in cases {
        let report = fixture(name);
        let [tunnel] = &report.tunnels[..] else {
            panic!("{name}: {} tunnels", report.tunnels.len());
        };
        assert_eq!(summary(&tunnel.verdict), expected, "{name}");
        assert_eq!(lines(&tunnel.negotiations[0]), at, "{name}");
    }
}

#[test]
fn a_tunnel_is_up_when_its_log_says_so_and_not_before() {
    let tunnel = &fixture("says-established.txt").tunnels[0];
    assert_eq!(
        summary(&tunnel.verdict),
        ("established", "none", None, "stated")
    );
    // The same messages without that line: a log shows no ESP, so its absence says nothing.
    let tunnel = &fixture("vdom-by-index.txt").tunnels[0];
    assert_eq!(tunnel.verdict.outcome, "incomplete");
}

#[test]
fn a_request_told_without_octets_is_a_request_and_its_repeats_are_counted() {
    let negotiation = &fixture("says-given-up.txt").tunnels[0].negotiations[0];
    let [exchange] = &negotiation.exchanges[..] else {
        panic!("{} exchanges", negotiation.exchanges.len());
    };
    assert_eq!(
        (exchange.requests.as_slice(), exchange.retransmits),
        (&[1, 2, 3][..], 2)
    );
    let request = exchange.request.as_ref().unwrap();
    assert_eq!((request.length, request.captured), (464, 28));
    assert!(request.is_told_by_log());
}

#[test]
fn compares_the_two_lists_of_a_log_transform_by_transform() {
    let negotiation = &fixture("says-no-proposal-chosen.txt").tunnels[0].negotiations[0];
    let log = negotiation.log.as_ref().unwrap();
    let names = |list: &str| {
        let offer = log.offers.iter().find(|offer| offer.list == list).unwrap();
        let transforms = offer
            .proposals
            .iter()
            .flat_map(|proposal| &proposal.transforms);
        transforms
            .map(|transform| transform.name.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("incoming"),
        [
            "ENCR_AES_CBC-128",
            "AUTH_HMAC_SHA1_96",
            "PRF_HMAC_SHA1",
            "2048-bit MODP Group"
        ]
    );
    assert_eq!(
        names("own"),
        [
            "ENCR_AES_CBC-256",
            "AUTH_HMAC_SHA2_256_128",
            "PRF_HMAC_SHA2_256",
            "2048-bit MODP Group"
        ]
    );
    let compared = negotiation.proposals.compared.as_ref().unwrap();
    assert_eq!(compared.responder_list, Some("logged"));
    let apart: Vec<bool> = compared.rows.iter().map(|row| row.apart).collect();
    assert_eq!(apart, [true, true, true, false], "{:?}", compared.rows);
    assert_eq!(
        negotiation.findings[0].explanation,
        "The log of 198.51.100.20 says so. The lists do not meet in encryption and integrity and \
         PRF; one of these is the reason: implied."
    );
}

#[test]
fn takes_no_time_from_a_log_that_has_none() {
    let untimed = fixture("vdom-by-index.txt");
    let timed = fixture("wrapped-at-column-133.txt");
    let took = |report: &Report| {
        report.tunnels[0].negotiations[0].exchanges[0]
            .response_time
            .clone()
    };
    assert_eq!(took(&untimed), None);
    assert!(took(&timed).is_some());
}

#[test]
fn compares_no_nat_hash_with_an_address_that_stands_for_another() {
    let masked = fixture("addresses-masked.txt");
    assert!(masked.tunnels[0].negotiations[0].nat.hashes.is_empty());
    let plain = fixture("vdom-by-index.txt");
    assert_eq!(plain.tunnels[0].negotiations[0].nat.hashes.len(), 4);
}

/// The public article of a FortiGate and Azure: three failures and a success, with the octets of three
/// messages. Expected is what its author says of each part, and RFC 7296 of the octets.
#[test]
fn reads_the_public_article_on_azure() {
    let Some(report) = sample("seed-000_c34aeb101820f2ca-azure-fg100e.txt") else {
        return;
    };
    let [tunnel, listed] = &report.tunnels[..] else {
        panic!("{} tunnels", report.tunnels.len());
    };
    // The author masks the addresses of the second list otherwise: another tunnel, and it is up.
    assert_eq!(
        listed.verdict.summary,
        "Azure is up: 3 packets received, 2 sent, by the list of the device."
    );
    let [key, refused, refuses, accepted] = &tunnel.negotiations[..] else {
        panic!("{} negotiations", tunnel.negotiations.len());
    };
    let by_log = |stage, cause| ("rejected", stage, Some(cause), "stated");
    assert_eq!(summary(&key.verdict), by_log("auth", "psk-mismatch"));
    assert_eq!(lines(key), [92]);
    // Azure refuses in clear: 36 octets with NO_PROPOSAL_CHOSEN.
    assert_eq!(
        summary(&refused.verdict),
        by_log("sa_init", "no-proposal-chosen")
    );
    assert_eq!(lines(refused), [107]);
    assert_eq!(
        refused.exchanges[0].response.as_ref().unwrap().notifies,
        ["NO_PROPOSAL_CHOSEN"]
    );
    // The FortiGate refuses: six proposals came, and its own one is DES with MD5.
    assert_eq!(
        summary(&refuses.verdict),
        by_log("sa_init", "no-proposal-chosen")
    );
    assert_eq!(refuses.proposals.offered.len(), 6);
    assert_eq!(refuses.log.as_ref().unwrap().offers.len(), 2);
    // The accepted proposal, from the octets: AES-CBC-256, SHA1, group 2.
    let chosen = accepted.proposals.chosen.as_ref().unwrap();
    let chosen: Vec<_> = chosen
        .transforms
        .iter()
        .map(|transform| transform.id)
        .collect();
    assert_eq!(chosen, [12, 2, 2, 2]);
    assert!(
        accepted
            .implementations
            .responder
            .iter()
            .any(|name| name.contains("Microsoft") || name.contains("MS ")),
        "{:?}",
        accepted.implementations
    );
    assert_eq!(accepted.spi_r.as_deref(), Some("5d4182e9c4e71157"));
}

/// The handbook's own headings: proposals, pre-shared key, peer ID, phase 2 proposals, selectors.
#[test]
fn tells_the_five_failures_of_the_handbook_apart() {
    let Some(report) = sample("handbook-failures.md.txt") else {
        return;
    };
    let causes: Vec<_> = (report.tunnels[0].negotiations.iter())
        .map(|negotiation| summary(&negotiation.verdict))
        .collect();
    let by_log = |stage, cause| ("rejected", stage, Some(cause), "stated");
    assert_eq!(
        causes,
        [
            by_log("main_mode_sa", "no-proposal-chosen"),
            by_log("main_mode_id", "psk-mismatch"),
            by_log("aggressive", "authentication-failed"),
            by_log("quick_mode", "child-no-proposal-chosen"),
            by_log("quick_mode", "ts-unacceptable"),
        ]
    );
}

fn together(log: &str, capture: &str) -> Report {
    let paths = [
        testdata_dir().join("ike-debug").join(log),
        testdata_dir().join("captures").join(capture),
    ];
    let sources = paths.into_iter().map(Into::into);
    ikescope::analyze_all(sources, ikescope::Limits::default()).report
}

/// The log says two hours less and 1.5 seconds more than the capture it was written from.
#[test]
fn sets_the_clock_of_a_log_by_the_capture_of_the_same_messages() {
    let report = together("clock-apart.txt", "ike2-psk-ok.pcap");
    let note = &report.inputs[0].notes[0];
    let expected = "its clock is 1 h 59 min 58.500 s behind that of";
    assert!(
        note.contains(expected) && note.contains("4 messages"),
        "{note}"
    );
    assert_eq!(report.tunnels.len(), 1);
    let negotiation = &report.tunnels[0].negotiations[0];
    // Four messages, each seen twice, and none of them sent again.
    for exchange in negotiation.exchanges.iter().take(2) {
        for message in exchange.request.iter().chain(&exchange.response) {
            assert_eq!((message.sent, message.duplicates), (1, 1));
        }
    }
    assert!(
        negotiation
            .findings
            .iter()
            .all(|finding| finding.name != "duplicate-frames")
    );
}

/// Both come through pipes, which can be read but once.
#[test]
fn sets_the_clock_of_a_log_that_comes_through_a_pipe() {
    let files = ["ike-debug/clock-apart.txt", "captures/ike2-psk-ok.pcap"];
    let sources = files.map(|name| {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let octets = std::fs::read(testdata_dir().join(name)).unwrap();
        std::thread::spawn(move || std::io::Write::write_all(&mut writer, &octets));
        ikescope::Source::reader(name, reader)
    });
    let piped = ikescope::analyze_all(sources, ikescope::Limits::default()).report;
    let mut of_files = together("clock-apart.txt", "ike2-psk-ok.pcap");
    for (piped, file) in piped.inputs.iter().zip(&mut of_files.inputs) {
        assert_eq!(piped.notes.len(), file.notes.len());
        file.path.clone_from(&piped.path);
        file.notes.clone_from(&piped.notes);
    }
    assert!(piped.inputs[0].notes[0].contains("1 h 59 min 58.500 s behind that of captures/"));
    let json = |report: &Report| serde_json::to_string(report).unwrap();
    assert_eq!(json(&piped), json(&of_files));
}

#[test]
fn a_log_without_times_has_those_of_the_capture_and_its_lines_are_stated() {
    let report = together("says-other-shared-key.txt", "ike2-psk-ok.pcap");
    let note = &report.inputs[0].notes[0];
    assert!(
        note.contains("its lines have no time; those of 3 messages"),
        "{note}"
    );
    let negotiation = &report.tunnels[0].negotiations[0];
    let line = &negotiation.log.as_ref().unwrap().lines[0];
    let auth = negotiation.exchanges[1].request.as_ref().unwrap();
    assert!(line.time > auth.times[0], "{} {}", line.time, auth.times[0]);
    assert_eq!((auth.sent, auth.duplicates), (1, 1));
    // ESP both ways is in the capture: no line takes that back.
    assert_eq!(report.tunnels[0].verdict.outcome, "established");
}

/// The fields of these lists are those of Fortinet's documents: packets received and sent, liveness
/// checks in a row without an answer, SAs of each selector.
#[test]
fn a_list_of_tunnels_alone_has_a_verdict() {
    let stated = |outcome, stage, cause| (outcome, stage, cause, "stated");
    let cases = [
        (
            "list-no-sa.txt",
            stated("stalled", "none", Some("no-ipsec-sa")),
        ),
        (
            "list-was-up.txt",
            stated("lost", "none", Some("no-ipsec-sa")),
        ),
        (
            "list-selector-without-sa.txt",
            stated("established", "none", None),
        ),
        (
            "list-one-way.txt",
            stated("one_way", "esp", Some("esp-one-way")),
        ),
        ("list-offloaded.txt", stated("established", "none", None)),
        (
            "list-no-traffic.txt",
            stated("no_traffic", "esp", Some("esp-missing")),
        ),
        (
            "list-dpd.txt",
            stated("lost", "informational", Some("peer-gone")),
        ),
        ("list-twice.txt", stated("established", "none", None)),
        (
            "list-gateway-connecting.txt",
            stated("stalled", "none", Some("no-ipsec-sa")),
        ),
        (
            "list-gateway-without-ends.txt",
            stated("stalled", "none", Some("no-ipsec-sa")),
        ),
        (
            "list-dialup-template.txt",
            stated("established", "none", None),
        ),
    ];
    for (name, expected) in cases {
        let report = fixture(name);
        assert_eq!(report.inputs[0].format, "fortigate-vpn-list", "{name}");
        let [tunnel] = &report.tunnels[..] else {
            panic!("{name}: {} tunnels", report.tunnels.len());
        };
        assert_eq!(summary(&tunnel.verdict), expected, "{name}");
        for finding in &tunnel.findings {
            assert!(
                finding
                    .evidence
                    .iter()
                    .all(|evidence| evidence.line.is_some()),
                "{name}"
            );
        }
    }
}

#[test]
fn a_selector_without_an_sa_is_told_of_a_tunnel_that_is_up() {
    let tunnel = &fixture("list-selector-without-sa.txt").tunnels[0];
    let [finding] = &tunnel.findings[..] else {
        panic!("{} findings", tunnel.findings.len());
    };
    assert_eq!((finding.name, finding.severity), ("no-ipsec-sa", "warning"));
    assert_eq!(
        finding.title,
        "branch has no IPsec SA for 1 of its 2 selectors."
    );
    assert_eq!(finding.evidence[0].line, Some(11));
}
