//! What is told of a capture as a whole, whatever the format: how many tunnels work, which to look at
//! first, and where every frame went.

use std::cmp::Reverse;
use std::net::IpAddr;

use ikescope::report::{Input, OUTCOMES, Report, Tunnel};

use crate::output::clock;
use crate::output::words::{counted, grouped};

/// Whether this outcome means that a tunnel does not work.
pub(crate) fn is_broken(outcome: &str) -> bool {
    matches!(outcome, "stalled" | "rejected" | "lost" | "one_way")
}

/// How many tunnels have this outcome.
pub(crate) fn count(report: &Report, outcome: &str) -> u64 {
    let tunnels = report.tunnels.iter();
    tunnels.filter(|t| t.verdict.outcome == outcome).count() as u64
}

/// The sentences that count the tunnels.
pub(crate) fn headline(report: &Report) -> String {
    let count = |word: &str| count(report, word);
    let broken: Vec<&str> = OUTCOMES
        .into_iter()
        .filter(|word| is_broken(word) && count(word) > 0)
        .collect();
    let all = counted(report.tunnels.len() as u64, "tunnel");
    let total: u64 = broken.iter().map(|word| count(word)).sum();
    let mut sentences = Vec::new();
    if total == 0 {
        sentences.push(format!("None of {all} is broken."));
    } else {
        let each: Vec<String> = broken
            .iter()
            .map(|w| format!("{} {w}", grouped(count(w))))
            .collect();
        let verb = if total == 1 { "is" } else { "are" };
        let total = grouped(total);
        sentences.push(format!(
            "{total} of {all} {verb} broken: {}.",
            each.join(", ")
        ));
    }
    let others = OTHERS.iter().filter(|(word, _)| count(word) > 0);
    let others: Vec<String> = others
        .map(|(word, text)| {
            let number = count(word);
            let verb = if number == 1 { "is" } else { "are" };
            format!("{} {verb} {text}", grouped(number))
        })
        .collect();
    if !others.is_empty() {
        sentences.push(format!("{}.", others.join(", ")));
    }
    sentences.join(" ")
}

/// The outcomes that are not broken, in words.
const OTHERS: [(&str, &str); 4] = [
    ("established", "established"),
    ("no_traffic", "up without traffic"),
    ("incomplete", "too incomplete to tell"),
    ("probe", "no tunnel but a probe"),
];

/// The outcome that marks the whole: the worst, but what cannot be told does not hide what works.
pub(crate) fn worst(report: &Report) -> &'static str {
    let seen = |word: &&str| count(report, word) > 0;
    let telling = OUTCOMES
        .into_iter()
        .filter(|word| is_broken(word) || *word == "established");
    telling
        .clone()
        .find(seen)
        .or_else(|| OUTCOMES.into_iter().find(seen))
        .unwrap_or("incomplete")
}

/// The tunnels, worst and newest first.
pub(crate) fn worst_first(report: &Report) -> Vec<&Tunnel> {
    let mut tunnels: Vec<&Tunnel> = report.tunnels.iter().collect();
    tunnels.sort_by_cached_key(|tunnel| (rank(tunnel), Reverse(last_seen(tunnel))));
    tunnels
}

/// Place in the list of what to look at first.
fn rank(tunnel: &Tunnel) -> usize {
    let position = OUTCOMES
        .iter()
        .position(|outcome| *outcome == tunnel.verdict.outcome);
    position.unwrap_or(OUTCOMES.len())
}

/// Time of the newest thing seen, in nanoseconds.
pub(crate) fn last_seen(tunnel: &Tunnel) -> i64 {
    let messages = tunnel
        .negotiations
        .iter()
        .map(|negotiation| negotiation.last_time.as_str());
    let of_negotiations = tunnel
        .negotiations
        .iter()
        .flat_map(|negotiation| &negotiation.esp);
    let flows = of_negotiations
        .chain(&tunnel.esp)
        .map(|flow| flow.last_time.as_str());
    // Of decimals with as many places behind the point the longer one is greater, and before 1970
    // there is no capture.
    let newest = messages.chain(flows).max_by_key(|time| (time.len(), *time));
    newest.and_then(clock::parse).map_or(0, |time| time.0)
}

/// The address that all tunnels have at one end, if there is one.
pub(crate) fn hub(report: &Report) -> Option<IpAddr> {
    let first = report.tunnels.first()?;
    let at_all = |address: &IpAddr| {
        report
            .tunnels
            .iter()
            .all(|t| t.a == *address || t.b == *address)
    };
    [first.b, first.a].into_iter().find(at_all)
}

/// A tunnel by its ends: the peer of the hub where there is one.
pub(crate) fn name(tunnel: &Tunnel, hub: Option<IpAddr>) -> String {
    match hub {
        Some(hub) if tunnel.a == hub => tunnel.b.to_string(),
        Some(_) => tunnel.a.to_string(),
        None => format!("{} -> {}", tunnel.a, tunnel.b),
    }
}

/// Why there is no tunnel to report on: what there is instead, in capitals, and the rest.
pub(crate) fn nothing(report: &Report, chosen: bool) -> (&'static str, String) {
    let frames: u64 = report.inputs.iter().map(|input| input.frames).sum();
    if has_messages(report) && chosen {
        let text = "fits what was asked for; without --peer, --spi, --only, --since and --until there is more.";
        return ("NO TUNNEL", text.to_owned());
    }
    if frames == 0 {
        return ("NO FRAMES", "are in the capture.".to_owned());
    }
    let mut seen: Vec<String> = Vec::new();
    for (protocol, count) in report.inputs.iter().flat_map(|input| &input.other) {
        seen.push(format!("{} {}", protocol, grouped(*count)));
    }
    let seen = if seen.is_empty() {
        String::new()
    } else {
        format!(" Seen: {}.", seen.join(", "))
    };
    let frames = grouped(frames);
    (
        "NO IKE",
        format!("in {frames} frames: no UDP 500 or 4500, no ESP.{seen}"),
    )
}

/// What to do about it.
pub(crate) const NOTHING_NEXT: &str =
    "Capture on the interface that faces the peer. IKE on another port? --ike-port PORT";

/// Whether there is any IKE or ESP in the inputs.
pub(crate) fn has_messages(report: &Report) -> bool {
    let messages = |input: &Input| input.ike_messages + input.esp_packets;
    report.inputs.iter().any(|input| messages(input) > 0)
}

/// What this capture cannot show, and what it holds beside tunnels.
pub(crate) fn notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    for finding in &report.findings {
        let head = format!("{} {}", finding.code, finding.name);
        notes.push(format!("{head}: {}", finding.title));
        notes.extend(Some(finding.explanation.clone()).filter(|text| !text.is_empty()));
    }
    let of_inputs = report.inputs.iter().flat_map(|input| &input.notes);
    notes.extend(of_inputs.cloned());
    notes
}

/// The probes that no finding tells of.
pub(crate) fn probes(report: &Report) -> Vec<String> {
    let told = |kind: &str| report.findings.iter().any(|finding| finding.name == kind);
    let probes = report.probes.iter().filter(|probe| !told(probe.kind));
    let told = probes.map(|probe| {
        format!(
            "{} against {}: {} attempts from {} sources",
            probe.kind,
            probe.target,
            grouped(probe.attempts),
            grouped(probe.sources)
        )
    });
    told.collect()
}

/// Every frame is accounted for: "312 frames = 6 IKE + 299 ESP + 7 other".
pub(crate) fn frames(input: &Input) -> String {
    let known = input.ike_messages + input.esp_packets;
    let Some(other) = input.frames.checked_sub(known) else {
        // Several messages of a TCP stream may share a frame.
        return format!(
            "{} frames, {} IKE messages, {} ESP packets",
            grouped(input.frames),
            grouped(input.ike_messages),
            grouped(input.esp_packets)
        );
    };
    let kinds = [
        (input.ike_messages, "IKE"),
        (input.esp_packets, "ESP"),
        (other, "other"),
    ];
    let kinds = kinds.into_iter().filter(|(count, _)| *count > 0);
    let kinds: Vec<String> = kinds
        .map(|(count, what)| format!("{} {what}", grouped(count)))
        .collect();
    if kinds.is_empty() {
        return format!("{} frames", grouped(input.frames));
    }
    format!("{} frames = {}", grouped(input.frames), kinds.join(" + "))
}
