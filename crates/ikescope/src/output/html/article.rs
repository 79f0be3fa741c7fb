//! The report on one tunnel.

use ikescope::report::{Finding, Tunnel};
use maud::{Markup, html};

use super::{Named, Page, SCREEN, ladder, matrix, nat, timeline, tone};
use crate::output::proposals;
use crate::output::story::{self, Attempts, Seen, Story, cause_name};
use crate::output::words::mark;

pub(super) fn article(page: &Page<'_>, named: &Named<'_>) -> Markup {
    let tunnel = named.tunnel;
    let verdict = &tunnel.verdict;
    let story = page.story(named);
    let shown = story.shown();
    html! {
        article.tunnel id=(named.id) data-o=(verdict.outcome) tabindex="-1"
            aria-labelledby={ (named.id) "-title" } {
            (head(page, named, &story))
            (ladder::figure(page, &story))
            @if let Some(chosen) = shown.and_then(|shown| shown.proposals.chosen.as_ref()) {
                p.fact { b { "ike" } " " (proposals::chosen(chosen)) }
            }
            (facts("Ends", &story.ends()))
            (facts("Networks", &story.networks()))
            @if let Some(finding) = story.cause() { (explained(&story, finding)) }
            (also(&story))
            div.more {
                @if let Some(shown) = shown {
                    (nat::details(shown))
                    (matrix::details(shown, verdict.outcome == "rejected"))
                }
                (timeline::details(tunnel, &story))
                (attempts(&story.attempts()))
                (messages(page, tunnel))
            }
        }
    }
}

fn head(page: &Page<'_>, named: &Named<'_>, story: &Story<'_>) -> Markup {
    let verdict = &named.tunnel.verdict;
    let outcome = verdict.outcome.to_uppercase();
    let facts = [Some(story.who()), story.which_attempt(true)];
    let filter = story.cause().map(|finding| filter(page, finding));
    html! {
        header {
            h2 id={ (named.id) "-title" } {
                span.outcome.(tone(verdict.outcome)) { (SCREEN.drawn(mark(verdict.outcome))) " " (outcome) }
                (story.place()) ": " (verdict.summary)
            }
            p.line2 {
                @if let Some(name) = cause_name(verdict) { b.finding { (name) } " " }
                span.confidence.(verdict.confidence) title=(meaning(verdict.confidence)) { (verdict.confidence) }
                @for fact in facts.into_iter().flatten() { " " span.fact { (fact) } }
            }
            p.tools {
                a href={ "#" (named.id) } { "link" }
                button type="button" data-copy-story { "copy as text" }
                @if let Some(filter) = filter {
                    button type="button" data-copy=(filter) { "copy Wireshark filter" }
                }
            }
        }
    }
}

/// What a word of confidence means.
fn meaning(confidence: &str) -> &'static str {
    match confidence {
        "stated" => "a peer said so",
        "implied" => "follows from the protocol and what is visible",
        _ => "the best explanation of a silence or a habit",
    }
}

/// The display filter that shows the evidence, as far as it is in the first input that it names.
fn filter(page: &Page<'_>, finding: &Finding) -> String {
    let input = finding.evidence.first().map_or(0, |first| first.input);
    let several = page.report.inputs.len() > 1;
    let mut frames: Vec<u64> = finding
        .evidence
        .iter()
        .filter(|evidence| !several || evidence.input == input)
        .map(|evidence| evidence.frame)
        .collect();
    frames.sort_unstable();
    frames.dedup();
    let runs = frames.chunk_by(|one, next| one + 1 == *next);
    let runs = runs.filter_map(|run| match (run.first()?, run.last()?) {
        (first, last) if first == last => Some(first.to_string()),
        (first, last) => Some(format!("{first}..{last}")),
    });
    format!(
        "frame.number in {{{}}}",
        runs.collect::<Vec<_>>().join(", ")
    )
}

fn explained(story: &Story<'_>, finding: &Finding) -> Markup {
    let rivals = finding.could_also_be.iter().zip(&finding.told_apart_by);
    html! {
        div.explained {
            div {
                h3 { "Evidence" }
                (evidence(&story.evidence(finding)))
                @if !finding.explanation.is_empty() {
                    h3 { "Why" }
                    p.why { (finding.explanation) }
                }
                @if let Some(known_as) = story::known_as(finding) { p.why { (known_as) } }
                @if let Some(duty) = story.duty() {
                    h3 { "Who" }
                    p.why { (duty) }
                }
                @if !finding.could_also_be.is_empty() {
                    h3 { "Could be" }
                    dl.rivals {
                        @for (name, tell) in rivals { dt { (name) } dd { (tell) } }
                    }
                }
            }
            @if !finding.next_steps.is_empty() {
                div.next {
                    h3 { "Next" }
                    ol { @for step in &finding.next_steps { li { (self::step(step)) } } }
                }
            }
        }
    }
}

/// What was read of both ends, if anything was.
fn facts(title: &str, seen: &[Seen<'_>]) -> Markup {
    html! {
        @if !seen.is_empty() {
            h3 { (title) }
            (evidence(seen))
        }
    }
}

fn evidence(seen: &[Seen<'_>]) -> Markup {
    html! {
        dl.evidence {
            @for seen in seen { dt { (seen.place) } dd { (seen.text) } }
        }
    }
}

/// A step; lines of it that begin with four blanks are commands and stand in a box, whole.
fn step(step: &str) -> Markup {
    let lines: Vec<&str> = step.lines().collect();
    let is_command = |line: &str| line.starts_with(COMMAND);
    html! {
        @for lines in lines.chunk_by(|one, next| is_command(one) == is_command(next)) {
            @if lines.first().is_some_and(|line| is_command(line)) {
                @let command = lines.iter().map(|line| line.strip_prefix(COMMAND).unwrap_or(line));
                @let command = command.collect::<Vec<_>>().join("\n");
                div.command {
                    pre tabindex="0" { (command) }
                    button type="button" data-copy=(command) { "copy" }
                }
            } @else {
                p { (lines.join(" ")) }
            }
        }
    }
}

fn also(story: &Story<'_>) -> Markup {
    let findings = story.also();
    html! {
        @if !findings.is_empty() {
            h3 { "Also" }
            ul.also {
                @for finding in findings {
                    li {
                        details {
                            summary {
                                span.severity.(finding.severity) { (finding.severity) }
                                " " b { (finding.code) " " (finding.name) } ": " (finding.title)
                            }
                            @if !finding.explanation.is_empty() { p { (finding.explanation) } }
                            (evidence(&story.evidence(finding)))
                        }
                    }
                }
            }
        }
    }
}

fn attempts(attempts: &[Attempts]) -> Markup {
    html! {
        @if !attempts.is_empty() {
            details {
                summary { "Attempts (" (attempts.len()) ")" }
                dl.attempts {
                    @for attempts in attempts { dt { (attempts.span) } dd { (attempts.text) } }
                }
            }
        }
    }
}

/// The messages of the tunnel, each to be opened; the arrows of the ladder lead to them.
fn messages(page: &Page<'_>, tunnel: &Tunnel) -> Markup {
    let frames = page.messages().map(|messages| {
        let mut frames = ladder::frames(tunnel);
        frames.retain(|frame| messages.contains_key(frame));
        (messages, frames)
    });
    html! {
        @if let Some((messages, frames)) = frames.filter(|(_, frames)| !frames.is_empty()) {
            details.messages {
                summary { "Messages, payload by payload (" (frames.len()) ")" }
                @for (input, frame) in frames {
                    @let text = messages.get(&(input, frame)).map_or("", String::as_str);
                    @let (head, tree) = text.split_once('\n').unwrap_or((text, ""));
                    details id=(ladder::message_id(input, frame)) {
                        summary { code { (head) } }
                        pre tabindex="0" { (tree) }
                    }
                }
            }
        }
    }
}

/// How a line of a step begins that is a command.
const COMMAND: &str = "    ";
