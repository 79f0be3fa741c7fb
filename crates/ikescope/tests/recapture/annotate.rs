//! `ikescope annotate`: each finding stands beside each frame of its evidence, and nothing else changes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use ikescope_testkit::{testdata_dir, tool};
use serde_json::Value;

use crate::support::{captures, complaints, frames, ikescope, list, report, scratch, status, text};

#[test]
fn each_finding_stands_beside_each_frame_of_its_evidence() {
    let mut found = 0;
    for path in captures() {
        let output = annotate(&path, &[]);
        let expected = evidence(&path);
        let (before, after) = (frames(fs::read(&path).unwrap()), frames(output.stdout));
        assert_eq!(before.len(), after.len(), "{path:?}");
        let mut noted = BTreeSet::new();
        for (number, (before, mut after)) in (1..).zip(before.into_iter().zip(after)) {
            let comments = after.comments.split_off(before.comments.len());
            assert_eq!(before, after, "{path:?} frame {number}");
            let codes = comments.iter().map(|comment| comment[..6].to_owned());
            noted.extend(codes.map(|code| (number, code)));
        }
        found += noted.len();
        assert_eq!(noted, expected, "{path:?}");
    }
    assert!(found > 100, "{found} comments");
}

#[test]
fn wireshark_sees_the_comments_and_nothing_to_complain_about() {
    let Some(mut tshark) = tool("tshark") else {
        return;
    };
    let path = testdata_dir().join("captures/ike2-sa-init-unanswered.pcap");
    let written = scratch("annotated").join("noted.pcapng");
    fs::write(&written, annotate(&path, &[]).stdout).unwrap();
    let output = tshark
        .args(["-n", "-Y", "frame.comment contains \"IKE101\""])
        .args(["-T", "fields", "-e", "frame.number", "-r"])
        .arg(&written)
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "3\n4\n5\n6\n7\n");
    assert_eq!(complaints(&output), Vec::<String>::new());
}

#[test]
fn only_ike_leaves_out_the_rest_and_says_where_frames_were() {
    let path = testdata_dir().join("captures/ike2-sa-init-unanswered.pcap");
    let after = frames(annotate(&path, &["--only-ike"]).stdout);
    let before = frames(fs::read(&path).unwrap());
    let kept: Vec<_> = after.iter().map(|frame| frame.octets.clone()).collect();
    let messages: Vec<_> = before[2..]
        .iter()
        .map(|frame| frame.octets.clone())
        .collect();
    assert_eq!(kept, messages);
    let last = after[0].comments.last().unwrap();
    assert!(last.starts_with("frame 3 of "), "{last}");
}

#[test]
fn fragments_of_ike_are_about_ike() {
    let folder = scratch("fragments");
    let (before, after) = (folder.join("whole.pcapng"), folder.join("slim.pcapng"));
    for path in captures() {
        if report(&path)["inputs"][0]["ike_messages"] == 0 {
            continue;
        }
        fs::write(&before, annotate(&path, &[]).stdout).unwrap();
        fs::write(&after, annotate(&path, &["--only-ike"]).stdout).unwrap();
        let of = |capture: &Path| {
            let report = report(capture);
            report["inputs"][0]["ike_messages"].as_u64().unwrap()
        };
        assert_eq!(of(&before), of(&after), "{path:?}");
    }
}

#[test]
fn standard_input_is_refused_because_it_is_read_twice() {
    let output = ikescope().args(["annotate", "-"]).output().unwrap();
    assert_eq!(status(&output), 2);
    assert!(text(&output.stderr).contains("it takes files"));
}

fn annotate(path: &Path, options: &[&str]) -> Output {
    let output = ikescope().arg("annotate").arg(path).args(options).output();
    let output = output.unwrap();
    assert_eq!(status(&output), 0, "{}", text(&output.stderr));
    output
}

/// Frames and codes that the report names.
fn evidence(path: &Path) -> BTreeSet<(u64, String)> {
    let report = report(path);
    let mut findings: Vec<&Value> = list(&report["findings"]).collect();
    for tunnel in list(&report["tunnels"]) {
        findings.extend(list(&tunnel["findings"]));
        let negotiations = list(&tunnel["negotiations"]);
        findings.extend(negotiations.flat_map(|negotiation| list(&negotiation["findings"])));
    }
    let mut named = BTreeSet::new();
    for finding in findings {
        let code = finding["code"].as_str().unwrap();
        let frames = list(&finding["evidence"]).map(|evidence| evidence["frame"].as_u64().unwrap());
        named.extend(frames.map(|frame| (frame, code.to_owned())));
    }
    named
}
