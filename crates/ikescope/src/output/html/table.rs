//! Many tunnels: chips that count the outcomes, a filter, and one row for each tunnel.

use ikescope::report::{Esp, OUTCOMES};
use maud::{Markup, PreEscaped, html};

use super::{Left, Named, Page, SCREEN, tone};
use crate::output::clock::Utc;
use crate::output::overview;
use crate::output::proposals;
use crate::output::story::{cause_name, tries};
use crate::output::words::{grouped, mark, size, stage};
use ikescope_wire::observed::Timestamp;

pub(super) fn section(page: &Page<'_>) -> Markup {
    let details = page.left_out != Left::Both;
    html! {
        section.card.tunnels aria-labelledby="tunnels-title" {
            h2 id="tunnels-title" { "Tunnels" }
            (chips(page))
            (rows(page))
            p.hint.none hidden { "No tunnel fits the filter." }
            @if details {
                script type="application/json" id="healthy" { (PreEscaped(healthy(page))) }
            }
        }
    }
}

fn chips(page: &Page<'_>) -> Markup {
    let count = |word: &str| overview::count(page.report, word);
    let broken: u64 = OUTCOMES
        .into_iter()
        .filter(|word| overview::is_broken(word))
        .map(count)
        .sum();
    html! {
        div.chips {
            div role="group" aria-label="Outcomes" {
                button type="button" data-chip="" aria-pressed="true" {
                    "all " b { (grouped(page.tunnels.len() as u64)) }
                }
                @if broken > 0 {
                    button.bad type="button" data-chip="broken" aria-pressed="false" {
                        "broken " b { (grouped(broken)) }
                    }
                }
                @for word in OUTCOMES.into_iter().filter(|word| count(word) > 0) {
                    button.(tone(word)) type="button" data-chip=(word) aria-pressed="false" {
                        (word) " " b { (grouped(count(word))) }
                    }
                }
            }
            label { "filter " input type="search" id="filter" autocomplete="off" spellcheck="false"
                aria-keyshortcuts="/" placeholder="address, stage, finding"; }
            output id="shown" for="filter" {}
        }
    }
}

fn rows(page: &Page<'_>) -> Markup {
    let hub = overview::hub(page.report);
    let peer = hub.map_or_else(|| "tunnel".to_owned(), |hub| format!("peer of {hub}"));
    let heads = [
        peer.as_str(),
        "tries",
        "stopped in",
        "outcome",
        "cause",
        "last seen",
    ];
    html! {
        div.scroll tabindex="0" role="group" aria-label="Tunnels" {
            table.list id="list" {
                thead {
                    tr {
                        @for head in heads {
                            th scope="col" { button type="button" data-sort { (head) } }
                        }
                    }
                }
                tbody {
                    @for named in &page.tunnels { (row(page, named, overview::name(named.tunnel, hub))) }
                }
            }
        }
    }
}

fn row(page: &Page<'_>, named: &Named<'_>, name: String) -> Markup {
    let tunnel = named.tunnel;
    let outcome = tunnel.verdict.outcome;
    let seen = Timestamp(overview::last_seen(tunnel));
    let opens = page.left_out != Left::Both;
    html! {
        tr data-o=(outcome) {
            th scope="row" {
                @if named.whole { a href={ "#" (named.id) } { (name) } }
                @else if opens { button type="button" aria-expanded="false" { (name) } }
                @else { (name) }
            }
            td.n { (grouped(tries(tunnel))) }
            td { (stage(tunnel.verdict.stage).unwrap_or_default()) }
            td.(tone(outcome)) { (SCREEN.drawn(mark(outcome))) " " (outcome) }
            td { (cause_name(&tunnel.verdict).unwrap_or_default()) }
            td data-t=(seen) { (Utc::new(seen, 0).of_day()) }
        }
    }
}

/// What the rows that are told in no report of their own open to, row by row.
fn healthy(page: &Page<'_>) -> String {
    let told: Vec<Vec<String>> = page
        .tunnels
        .iter()
        .filter(|named| !named.whole)
        .map(|named| lines(page, named))
        .collect();
    // A data block ends at its first "</script", wherever that stands.
    serde_json::to_string(&told)
        .unwrap_or_default()
        .replace('<', "\\u003c")
}

fn lines(page: &Page<'_>, named: &Named<'_>) -> Vec<String> {
    let story = page.story(named);
    let mut lines = vec![named.tunnel.verdict.summary.clone(), story.who()];
    lines.extend(story.which_attempt(true));
    if let Some(shown) = story.shown() {
        lines.extend(shown.proposals.chosen.as_ref().map(proposals::chosen));
    }
    let facts = [story.ends(), story.networks(), story.nat()];
    let facts = facts.into_iter().flatten();
    lines.extend(facts.map(|seen| format!("{}  {}", seen.place, seen.text)));
    let esp = story.shown().map_or(&named.tunnel.esp, |shown| &shown.esp);
    lines.extend(esp.iter().rev().take(FLOWS).map(flow));
    let also = story.also().into_iter();
    lines.extend(
        also.map(|finding| format!("{} {}: {}", finding.code, finding.name, finding.title)),
    );
    lines
        .iter()
        .map(|line| SCREEN.escaped(line).into_owned())
        .collect()
}

fn flow(flow: &Esp) -> String {
    format!(
        "{} -> {}  {} {} x{}  {}  lost {}",
        flow.from,
        flow.to,
        if flow.encapsulation == "ah" {
            "AH"
        } else {
            "ESP"
        },
        flow.spi,
        grouped(flow.packets),
        size(flow.bytes),
        grouped(flow.lost)
    )
}

/// Flows told of a tunnel that works.
const FLOWS: usize = 4;
