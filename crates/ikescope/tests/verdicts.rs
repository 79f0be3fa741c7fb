//! Verdicts against the truth of the daemons' own logs: on the captures in testdata/, and on those
//! of the practice lab where it is there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use ikescope::report::{Finding, Tunnel};
use ikescope::{Report, Settings};
use ikescope_testkit::{shared_dir, testdata_dir};

#[test]
fn agree_with_the_logs_of_our_own_lab() {
    let folder = testdata_dir().join("captures");
    let held = compare(&folder, ".keys", |scenario| {
        capture_named(&folder.join(scenario), "")
    });
    assert!(held > 60, "{held} rows");
}

#[test]
fn agree_with_the_logs_of_the_practice_lab() {
    let Some(shared) = shared_dir() else { return };
    let folder = shared.join("lab");
    let held = compare(&folder, "/keys", |scenario| {
        capture_named(&folder.join(scenario), "/capture")
    });
    assert!(held > 70, "{held} rows");
}

fn capture_named(stem: &Path, name: &str) -> PathBuf {
    let candidates = ["pcap", "pcapng"]
        .map(|extension| PathBuf::from(format!("{}{name}.{extension}", stem.display())));
    candidates.into_iter().find(|path| path.exists()).unwrap()
}

/// One row of `expected.tsv`; alternatives are joined by `|`, an empty cell is free.
struct Row(HashMap<String, String>);

impl Row {
    fn cell(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn allows(&self, name: &str, word: &str) -> bool {
        self.cell(name).is_empty() || self.cell(name).split('|').any(|allowed| allowed == word)
    }

    fn fits(&self, tunnel: &Tunnel) -> bool {
        let verdict = &tunnel.verdict;
        self.allows("outcome", verdict.outcome)
            && self.allows("stage", verdict.stage)
            && self.allows("cause", verdict.cause.unwrap_or_default())
            && self.allows("confidence", verdict.confidence)
    }
}

/// Compares every row of the folder's table, with keys where it says so; says how many there were.
fn compare(folder: &Path, keys: &str, capture: impl Fn(&str) -> PathBuf) -> usize {
    let text = fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let mut lines = text.lines();
    let heads: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let mut short = Vec::new();
    let mut rows = 0;
    for line in lines {
        let cells = heads.iter().zip(line.split('\t'));
        let row = Row(cells
            .map(|(head, cell)| ((*head).to_owned(), cell.to_owned()))
            .collect());
        let scenario = row.cell("scenario");
        let Some(settings) = settings(&row, &folder.join(format!("{scenario}{keys}"))) else {
            continue;
        };
        rows += 1;
        let analyzed = ikescope::analyze_all([capture(scenario).into()], settings);
        assert!(analyzed.failed.is_empty(), "{scenario}");
        let report = analyzed.report;
        let faults = faults(&row, &report).into_iter().chain(loose_ends(&report));
        let keys = row.cell("keys");
        short.extend(faults.map(|fault| format!("{scenario}, keys {keys}: {fault}")));
    }
    assert!(short.is_empty(), "{short:#?}");
    rows
}

/// How the capture of a row is to be read; `None` if that takes a cipher that this build does not have.
#[cfg(feature = "keys")]
fn settings(row: &Row, keys: &Path) -> Option<Settings> {
    let keyring = (row.cell("keys") == "yes").then(|| {
        let mut store = ikescope::keys::KeyStore::new();
        store.load(keys).unwrap();
        ikescope::keyring(store)
    });
    Some(Settings {
        keyring,
        ..Settings::default()
    })
}

#[cfg(not(feature = "keys"))]
fn settings(row: &Row, _keys: &Path) -> Option<Settings> {
    (row.cell("keys") != "yes").then(Settings::default)
}

fn faults(row: &Row, report: &Report) -> Vec<String> {
    let pair: BTreeSet<&str> = row
        .cell("pair")
        .split(',')
        .filter(|end| !end.is_empty())
        .collect();
    let ends = |tunnel: &Tunnel| [tunnel.a.to_string(), tunnel.b.to_string()];
    let tunnels: Vec<&Tunnel> = report
        .tunnels
        .iter()
        .filter(|tunnel| {
            pair.is_empty()
                || ends(tunnel)
                    .iter()
                    .map(String::as_str)
                    .collect::<BTreeSet<_>>()
                    == pair
        })
        .collect();
    let verdicts: Vec<_> = tunnels.iter().map(|tunnel| &tunnel.verdict).collect();
    let mut faults = Vec::new();
    let up = row.cell("outcome") == "established";
    let all_must = up && pair.is_empty();
    let fits = if all_must {
        !tunnels.is_empty() && tunnels.iter().all(|tunnel| row.fits(tunnel))
    } else {
        tunnels.iter().any(|tunnel| row.fits(tunnel))
    };
    if !fits {
        faults.push(format!("verdicts {verdicts:?}"));
    }
    let wanted: Vec<&str> = row
        .cell("want")
        .split('|')
        .filter(|name| !name.is_empty())
        .collect();
    let everywhere: Vec<&str> = (report
        .tunnels
        .iter()
        .flat_map(findings)
        .chain(&report.findings))
    .map(|finding| finding.name)
    .chain(report.probes.iter().map(|probe| probe.kind))
    .collect();
    if !wanted.is_empty() && !wanted.iter().any(|name| everywhere.contains(name)) {
        faults.push(format!("none of {wanted:?} found"));
    }
    for finding in tunnels.iter().copied().flat_map(findings) {
        let never = row
            .cell("never")
            .split('|')
            .any(|name| name == finding.name);
        if never && finding.severity != "info" {
            faults.push(format!("must not claim {}", finding.name));
        }
        if up && finding.severity == "error" && !wanted.contains(&finding.name) {
            faults.push(format!("false alarm {}", finding.name));
        }
    }
    faults
}

/// Every cause is a finding of its tunnel, and every finding names frames that exist.
fn loose_ends(report: &Report) -> Vec<String> {
    let mut loose = Vec::new();
    for tunnel in &report.tunnels {
        if let Some(cause) = tunnel.verdict.cause
            && !findings(tunnel).any(|finding| finding.name == cause)
        {
            loose.push(format!("the cause {cause} is no finding of its tunnel"));
        }
    }
    for finding in report
        .tunnels
        .iter()
        .flat_map(findings)
        .chain(&report.findings)
    {
        if finding.evidence.is_empty() {
            loose.push(format!("{} has no evidence", finding.name));
        }
        for evidence in &finding.evidence {
            let frames = report.inputs[usize::from(evidence.input)].frames;
            if !(1..=frames).contains(&evidence.frame) {
                loose.push(format!(
                    "{} names frame {} of {frames}",
                    finding.name, evidence.frame
                ));
            }
        }
    }
    loose
}

fn findings(tunnel: &Tunnel) -> impl Iterator<Item = &Finding> {
    let negotiations = tunnel
        .negotiations
        .iter()
        .flat_map(|negotiation| &negotiation.findings);
    negotiations.chain(&tunnel.findings)
}
