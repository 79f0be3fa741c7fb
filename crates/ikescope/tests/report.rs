//! What every report keeps to, over all captures of testdata/; `docs/report.md` lists it.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ikescope::Report;
use ikescope::report::Finding;
use ikescope_testkit::testdata_dir;

#[test]
fn every_piece_of_evidence_is_in_the_capture() {
    let mut seen = 0;
    for (path, report) in reports() {
        for finding in findings(&report) {
            for evidence in &finding.evidence {
                let input = &report.inputs[usize::from(evidence.input)];
                let frame = evidence.frame;
                let exists = (1..=input.frames).contains(&frame);
                assert!(
                    exists,
                    "{}: {} names #{frame}",
                    path.display(),
                    finding.name
                );
                let (from, to) = evidence.octets.unwrap_or((0, 1));
                assert!(
                    from < to,
                    "{}: {} names @{from}-{to}",
                    path.display(),
                    finding.name
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 150, "{seen} pieces");
}

#[test]
fn without_keys_nothing_encrypted_is_stated() {
    let mut stated = 0;
    for (path, report) in reports() {
        let negotiations = report
            .tunnels
            .iter()
            .flat_map(|tunnel| &tunnel.negotiations);
        for negotiation in negotiations {
            let encrypted: BTreeSet<(u16, u64)> = negotiation
                .exchanges
                .iter()
                .flat_map(|exchange| {
                    let request = exchange.request.as_ref().map(|it| (it, &exchange.requests));
                    let response = exchange
                        .response
                        .as_ref()
                        .map(|it| (it, &exchange.responses));
                    request.into_iter().chain(response)
                })
                .filter(|(message, _)| message.first_inner.is_some() || message.payloads.is_empty())
                .flat_map(|(message, frames)| frames.iter().map(|frame| (message.input, *frame)))
                .collect();
            let findings = negotiation.findings.iter();
            for finding in findings.filter(|finding| finding.confidence == "stated") {
                let primary = &finding.evidence[0];
                let hidden = encrypted.contains(&(primary.input, primary.frame));
                assert!(
                    !hidden,
                    "{}: {} at #{}",
                    path.display(),
                    finding.name,
                    primary.frame
                );
                stated += 1;
            }
        }
    }
    assert!(stated > 5, "{stated} stated");
}

#[test]
fn silence_is_never_called_loss() {
    for (path, report) in reports() {
        for tunnel in &report.tunnels {
            let summary = &tunnel.verdict.summary;
            let claims = ["never arrived", "was lost", "not sent", "never sent"];
            let claim = claims.iter().find(|claim| summary.contains(**claim));
            assert_eq!(claim, None, "{}: {summary}", path.display());
        }
    }
}

#[test]
fn the_frames_of_the_footer_add_up() {
    for (path, report) in reports() {
        let output = Command::new(env!("CARGO_BIN_EXE_ikescope"))
            .arg(&path)
            .output();
        let text = String::from_utf8(output.unwrap().stdout).unwrap();
        let footer = text
            .lines()
            .rev()
            .find(|line| line.contains(" frames = "))
            .unwrap();
        let (frames, kinds) = footer.split_once(" frames = ").unwrap();
        let number = |text: &str| -> u64 {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            digits.parse().unwrap()
        };
        let kinds = kinds.split("   ").next().unwrap().split(" + ");
        let sum: u64 = kinds.map(number).sum();
        assert_eq!(sum, number(frames.rsplit(' ').next().unwrap()), "{footer}");
        assert_eq!(sum, report.inputs[0].frames, "{footer}");
    }
}

#[test]
fn the_page_on_the_report_names_tests_that_exist() {
    let root = testdata_dir().join("..");
    let page = fs::read_to_string(root.join("docs/report.md")).unwrap();
    let mut sources = String::new();
    collect(&root.join("crates"), &mut sources);
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.split('|').count() == 5);
    let cells = rows.filter_map(|row| row.split('|').nth(3));
    let named: BTreeSet<&str> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|name| {
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
        .collect();
    let missing: Vec<&&str> = named
        .iter()
        .filter(|name| !sources.contains(&format!("fn {name}(")))
        .collect();
    assert!(
        missing.is_empty() && named.len() > 25,
        "{missing:?} of {}",
        named.len()
    );
}

fn collect(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, sources);
        } else if path.extension().is_some_and(|it| it == "rs") {
            sources.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

fn findings(report: &Report) -> impl Iterator<Item = &Finding> {
    let negotiations = report
        .tunnels
        .iter()
        .flat_map(|tunnel| &tunnel.negotiations);
    let of_negotiations = negotiations.flat_map(|negotiation| &negotiation.findings);
    let of_tunnels = report.tunnels.iter().flat_map(|tunnel| &tunnel.findings);
    of_negotiations.chain(of_tunnels).chain(&report.findings)
}

fn reports() -> Vec<(PathBuf, Report)> {
    let folder = fs::read_dir(testdata_dir().join("captures")).unwrap();
    let paths = folder.map(|entry| entry.unwrap().path());
    let captures = paths.filter(|path| {
        path.extension()
            .is_some_and(|it| it == "pcap" || it == "pcapng")
    });
    let reports: Vec<(PathBuf, Report)> = captures
        .map(|path| (path.clone(), ikescope::analyze(path.as_path()).unwrap()))
        .collect();
    assert!(reports.len() > 50);
    reports
}
