//! Every error that is found in the captures of other projects stands in `docs/corpus-verdicts.md`,
//! with a reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ikescope::Report;
use ikescope_testkit::{shared_dir, testdata_dir};

/// A capture, the name of a finding, its first frame.
type Error = (String, String, u64);

#[test]
fn every_error_on_public_captures_was_looked_at() {
    let Some(shared) = shared_dir() else { return };
    let corpus = shared.join("corpus");
    let manifest = fs::read_to_string(corpus.join("MANIFEST.tsv")).unwrap();
    let mut found = BTreeSet::new();
    let mut reports = 0;
    for line in manifest.lines().skip(1) {
        let name = line.split('\t').next().unwrap();
        if let Some(report) = report(&corpus.join(name)) {
            reports += 1;
            found.extend(errors(&report).map(|(rule, frame)| (name.to_owned(), rule, frame)));
        }
    }
    assert!(reports > 100, "{reports} captures");
    let page = fs::read_to_string(testdata_dir().join("../docs/corpus-verdicts.md")).unwrap();
    let known: BTreeSet<Error> = page.lines().filter_map(row).collect();
    let unknown: Vec<&Error> = found.difference(&known).collect();
    let gone: Vec<&Error> = known.difference(&found).collect();
    assert!(unknown.is_empty(), "not looked at: {unknown:#?}");
    assert!(gone.is_empty(), "not found any more: {gone:#?}");
}

/// Files that hold single messages are no captures.
fn report(path: &Path) -> Option<Report> {
    ikescope::analyze(path).ok()
}

fn errors(report: &Report) -> impl Iterator<Item = (String, u64)> {
    let of_tunnels = report.tunnels.iter().flat_map(|tunnel| {
        let negotiations = tunnel.negotiations.iter();
        let theirs = negotiations.flat_map(|negotiation| &negotiation.findings);
        theirs.chain(&tunnel.findings)
    });
    of_tunnels
        .chain(&report.findings)
        .filter(|finding| finding.severity == "error")
        .map(|finding| (finding.name.to_owned(), finding.evidence[0].frame))
}

fn row(line: &str) -> Option<Error> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [_, capture, finding, frame, reason, _] = cells[..] else {
        return None;
    };
    let frame = frame.parse().ok()?;
    assert!(reason.len() > 20, "{capture}: {reason:?}");
    Some((capture.to_owned(), finding.to_owned(), frame))
}
