//! Changes to captures of real daemons that may not change a verdict, and changes that may only
//! weaken it.
//!
//! A verdict weakens if the outcome becomes `incomplete`, or if outcome and stage stay and the cause
//! is no longer told, or only in the words of a rule over which the former one stands. It is never
//! another outcome, and never an error that was not claimed before, unless that error itself says
//! that it may be a capture of one direction.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ikescope::report::{Finding, Tunnel};
use ikescope::{Report, Source, analyze_all};
use ikescope_analysis::{Limits, find_rule};
use ikescope_testkit::capture::{Recorded, recorded, written};
use ikescope_testkit::frame::{Link, Packet, Renumbering, ends};
use ikescope_testkit::{shared_dir, testdata_dir};

#[test]
fn another_day_changes_no_verdict() {
    holds(|frames| {
        let later = |frame: &Recorded| Recorded {
            time: frame.time + 37 * DAY,
            ..frame.clone()
        };
        vec![frames.iter().map(later).collect()]
    });
}

#[test]
fn other_addresses_change_no_verdict() {
    holds(|frames| vec![renumbered(frames, |index, count| count - index)]);
}

/// The ends of each tunnel change places, so that the lower address is the other one's.
#[test]
fn addresses_in_reverse_change_no_verdict() {
    holds(|frames| {
        let found = addresses(frames);
        let map = |family: fn(&IpAddr) -> bool| {
            let of_family: Vec<IpAddr> = found.iter().copied().filter(family).collect();
            let reversed: Vec<IpAddr> = of_family.iter().rev().copied().collect();
            of_family.into_iter().zip(reversed)
        };
        let all = map(IpAddr::is_ipv4).chain(map(IpAddr::is_ipv6)).collect();
        vec![with_addresses(frames, all)]
    });
}

#[test]
fn a_mirror_port_changes_no_verdict() {
    holds(|frames| {
        let twice = |frame: &Recorded| {
            let copy = Recorded {
                time: frame.time + 5_000,
                ..frame.clone()
            };
            [frame.clone(), copy]
        };
        let mut doubled: Vec<Recorded> = frames.iter().flat_map(twice).collect();
        doubled.sort_by_key(|frame| frame.time);
        vec![doubled]
    });
}

#[test]
fn strangers_change_no_verdict() {
    let ends = ["198.18.250.1:5353", "198.18.250.2:53"].map(|end| end.parse().unwrap());
    let question = Packet::udp(ends[0], ends[1], b"a question about names").octets();
    holds(|frames| {
        let beside = |frame: &Recorded| {
            let octets = link_of(frame).frame(&question);
            let stranger = Recorded {
                original_length: octets.len(),
                octets,
                ..frame.clone()
            };
            [stranger, frame.clone()]
        };
        vec![frames.iter().flat_map(beside).collect()]
    });
}

#[test]
fn two_files_one_after_the_other_change_no_verdict() {
    holds(|frames| {
        let (first, second) = frames.split_at(frames.len() / 2);
        vec![first.to_vec(), second.to_vec()]
    });
}

#[test]
fn two_files_side_by_side_change_no_verdict() {
    holds(|frames| {
        let every_other = |offset| frames.iter().skip(offset).step_by(2).cloned().collect();
        vec![every_other(0), every_other(1)]
    });
}

#[test]
fn a_snap_length_only_weakens_verdicts() {
    weakens(|frames| {
        let cut = |frame: &Recorded| frame.clone().cut(128);
        vec![frames.iter().map(cut).collect()]
    });
}

/// Whatever one end says, what is missing of the other accuses nobody.
#[test]
fn one_direction_only_weakens_verdicts() {
    for kept in [0, 1] {
        weakens(|frames| {
            let found: Vec<IpAddr> = addresses(frames).into_iter().collect();
            let speaks = |frame: &&Recorded| {
                let source = ends(frame.link_type, &frame.octets).map(|(source, _)| source.ip());
                source
                    .is_none_or(|source| found.iter().position(|one| *one == source) != Some(kept))
            };
            vec![frames.iter().filter(speaks).cloned().collect()]
        });
    }
}

/// Whatever frame a capture lost, a tunnel that is up accuses nobody.
#[test]
fn lost_frames_make_no_error_of_a_tunnel_that_is_up() {
    let mut wrong = Vec::new();
    for path in captures() {
        let frames = recorded(&fs::read(&path).unwrap());
        let before = told(std::slice::from_ref(&frames));
        let is_up = |verdict: &Verdict| verdict.0 == "established";
        if !before.errors.is_empty() || !before.verdicts.iter().all(is_up) || frames.len() > 200 {
            continue;
        }
        for (lost, kept) in losses(&frames) {
            let after = told(&[kept]);
            if !after.errors.is_empty() {
                wrong.push(format!("{} {lost}: {after:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The capture without each single frame, without each two neighbours, without every n-th frame.
fn losses(frames: &[Recorded]) -> impl Iterator<Item = (String, Vec<Recorded>)> {
    let without = move |is_lost: &dyn Fn(usize) -> bool| {
        let kept = frames
            .iter()
            .enumerate()
            .filter(|(index, _)| !is_lost(*index));
        kept.map(|(_, frame)| frame.clone()).collect::<Vec<_>>()
    };
    let runs = [1, 2, 3, 4].into_iter().flat_map(move |length| {
        (0..frames.len()).map(move |first| {
            let run = first..first + length;
            (
                format!("without {run:?}"),
                without(&|index| run.contains(&index)),
            )
        })
    });
    let every = (3..8).flat_map(move |step| {
        (0..step).map(move |offset| {
            let name = format!("without {offset} of every {step}");
            (name, without(&|index| index % step == offset))
        })
    });
    runs.chain(every)
}

const DAY: i64 = 86_400_000_000_000;

/// Makes the files of a changed capture out of the frames of one.
type Change<'a> = &'a dyn Fn(&[Recorded]) -> Vec<Vec<Recorded>>;

fn holds(change: impl Fn(&[Recorded]) -> Vec<Vec<Recorded>>) {
    every_capture(&change, |before, after| before == after);
}

fn weakens(change: impl Fn(&[Recorded]) -> Vec<Vec<Recorded>>) {
    every_capture(&change, |before, after| after.is_weaker_than(before));
}

fn every_capture(change: Change<'_>, agree: impl Fn(&Told, &Told) -> bool) {
    let mut wrong = Vec::new();
    for path in captures() {
        let frames = recorded(&fs::read(&path).unwrap());
        assert!(!frames.is_empty(), "{}", path.display());
        let before = told(std::slice::from_ref(&frames));
        let after = told(&change(&frames));
        if !agree(&before, &after) {
            wrong.push(format!("{}: {before:?} -> {after:?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn captures() -> Vec<PathBuf> {
    let ours = testdata_dir().join("captures");
    let mut found = with_capture_names(&ours);
    assert!(found.len() > 60, "{}", found.len());
    if let Some(shared) = shared_dir() {
        let folders = fs::read_dir(shared.join("lab")).unwrap();
        let folders = folders.map(|entry| entry.unwrap().path());
        let captures = folders.filter(|path| path.is_dir());
        found.extend(captures.flat_map(|folder| with_capture_names(&folder)));
    }
    found.sort();
    found
}

fn with_capture_names(folder: &Path) -> Vec<PathBuf> {
    let is_capture = |path: &PathBuf| {
        let extension = path.extension().unwrap_or_default();
        extension == "pcap" || extension == "pcapng"
    };
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries.filter(is_capture).collect()
}

/// What is compared of a report.
#[derive(Debug, Eq, PartialEq)]
struct Told {
    /// Outcome, stage and cause of each tunnel.
    verdicts: Vec<Verdict>,
    /// Names of all findings that are errors.
    errors: BTreeSet<&'static str>,
    /// Those of them that may come of a capture of one direction, as they say themselves.
    doubted: BTreeSet<&'static str>,
}

fn told(files: &[Vec<Recorded>]) -> Told {
    let sources = files.iter().enumerate().map(|(index, frames)| {
        Source::reader(format!("part {index}"), Cursor::new(written(frames)))
    });
    let analyzed = analyze_all(sources, Limits::default());
    assert!(analyzed.failed.is_empty(), "{:?}", analyzed.failed);
    let verdict = |tunnel: &Tunnel| {
        let verdict = &tunnel.verdict;
        (verdict.outcome, verdict.stage, verdict.cause)
    };
    let errors: Vec<&Finding> = findings(&analyzed.report)
        .filter(|finding| finding.severity == "error")
        .collect();
    let is_doubted = |finding: &&&Finding| finding.could_also_be.contains(&"one-sided-capture");
    Told {
        verdicts: analyzed.report.tunnels.iter().map(verdict).collect(),
        errors: errors.iter().map(|finding| finding.name).collect(),
        doubted: errors
            .iter()
            .filter(is_doubted)
            .map(|finding| finding.name)
            .collect(),
    }
}

fn findings(report: &Report) -> impl Iterator<Item = &Finding> {
    report.tunnels.iter().flat_map(|tunnel| {
        let negotiations = tunnel.negotiations.iter();
        let of_negotiations = negotiations.flat_map(|negotiation| &negotiation.findings);
        of_negotiations.chain(&tunnel.findings)
    })
}

impl Told {
    fn is_weaker_than(&self, before: &Self) -> bool {
        let covered = |error: &&'static str| {
            before.errors.contains(error)
                || self.doubted.contains(error)
                || before
                    .errors
                    .iter()
                    .any(|former| stands_over(former, error))
        };
        let is_weaker = |verdict: &&Verdict| {
            let may_be_one_sided = verdict.2.is_some_and(|cause| self.doubted.contains(cause));
            verdict.0 == "incomplete"
                || may_be_one_sided
                || before
                    .verdicts
                    .iter()
                    .any(|former| weakened(*former, **verdict))
        };
        self.errors.iter().all(covered) && self.verdicts.iter().all(|one| is_weaker(&one))
    }
}

type Verdict = (&'static str, &'static str, Option<&'static str>);

fn weakened(before: Verdict, after: Verdict) -> bool {
    let cause = match (before.2, after.2) {
        (_, None) => true,
        (Some(former), Some(now)) => former == now || stands_over(former, now),
        (None, Some(_)) => false,
    };
    before.0 == after.0 && before.1 == after.1 && cause
}

fn stands_over(name: &str, lesser: &str) -> bool {
    find_rule(name).is_some_and(|rule| rule.over.contains(&lesser))
}

fn link_of(frame: &Recorded) -> Link {
    match frame.link_type {
        113 => Link::LinuxSll,
        276 => Link::LinuxSll2,
        _ => Link::Ethernet,
    }
}

fn addresses(frames: &[Recorded]) -> BTreeSet<IpAddr> {
    let ends = frames
        .iter()
        .filter_map(|frame| ends(frame.link_type, &frame.octets));
    ends.flat_map(|(source, destination)| [source.ip(), destination.ip()])
        .collect()
}

/// Gives the n-th of so many addresses the number that is asked for, in networks for benchmarks and
/// documentation.
fn renumbered(frames: &[Recorded], number: impl Fn(u16, u16) -> u16) -> Vec<Recorded> {
    let found = addresses(frames);
    let count = u16::try_from(found.len()).unwrap();
    let new = |(index, address): (u16, IpAddr)| {
        let number = number(index, count) + 1;
        let [high, low] = number.to_be_bytes();
        let new = match address {
            IpAddr::V4(_) => IpAddr::from([198, 18, high, low]),
            IpAddr::V6(_) => IpAddr::from([0x2001, 0xdb8, 0xbeef, 0, 0, 0, 0, number]),
        };
        (address, new)
    };
    with_addresses(frames, (0..).zip(found).map(new).collect())
}

fn with_addresses(frames: &[Recorded], addresses: BTreeMap<IpAddr, IpAddr>) -> Vec<Recorded> {
    let found = frames
        .iter()
        .filter_map(|frame| ends(frame.link_type, &frame.octets));
    let ends: BTreeSet<SocketAddr> = found
        .flat_map(|(source, destination)| [source, destination])
        .filter(|end| end.port() != 0)
        .collect();
    let renumbering = Renumbering {
        addresses,
        ends: ends.into_iter().collect(),
    };
    let change = |frame: &Recorded| {
        let mut frame = frame.clone();
        renumbering.apply(frame.link_type, &mut frame.octets);
        frame
    };
    frames.iter().map(change).collect()
}
