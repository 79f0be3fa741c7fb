//! What is around the reports: head, verdict, controls, notes, inputs, legend.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ikescope::report::Input;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::{Left, Page, tone};
use crate::output::clock::{self, Utc};
use crate::output::overview;
use crate::output::story::Story;

/// The document around what it has to say.
pub(super) fn document(page: &Page<'_>, body: &Markup) -> Markup {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    );
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title(page)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the verdict" }
                (header(page))
                main id="main" tabindex="-1" { (body) (notes(page)) (inputs(page)) (legend()) }
                (footer())
                (keys())
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn title(page: &Page<'_>) -> String {
    let verdict = match page.tunnels.as_slice() {
        [only] => {
            let place = Story::new(page.report, only.tunnel).place();
            format!("{}{place}", only.tunnel.verdict.outcome.to_uppercase())
        }
        _ => overview::headline(page.report),
    };
    format!("{verdict} - ikescope report on {}", names(page))
}

fn names(page: &Page<'_>) -> String {
    let inputs = page.report.inputs.iter();
    let names: Vec<&str> = inputs.map(|input| file_name(&input.path)).collect();
    names.join(", ")
}

/// The name without the folders, which are nobody else's business.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn header(page: &Page<'_>) -> Markup {
    let many = page.tunnels.len() > 1;
    let tone = tone(overview::worst(page.report));
    html! {
        header.top {
            div.bar {
                h1 { span.brand { "ikescope" } " report on " span.file { (names(page)) } }
                p.span { (span(page)) }
                div.controls {
                    div.switch role="group" aria-label="Times" {
                        button type="button" data-time="relative" aria-pressed="true" { "relative" }
                        button type="button" data-time="utc" aria-pressed="false" { "UTC" }
                        button type="button" data-time="local" aria-pressed="false" { "local" }
                    }
                    button type="button" data-open { "Expand all" }
                    button type="button" data-print { "Print" }
                    button type="button" data-help aria-keyshortcuts="?" { "Keys" }
                }
            }
            @if many { p.verdict.(tone) { (overview::headline(page.report)) } }
            noscript {
                p.hint {
                    "Without JavaScript everything about the broken tunnels is here; filtering, "
                    "sorting, copying and the details of working tunnels are not."
                }
            }
        }
    }
}

/// From the first frame to the last.
fn span(page: &Page<'_>) -> String {
    let inputs = &page.report.inputs;
    let times = |time: fn(&Input) -> Option<&String>| {
        let known = inputs.iter().filter_map(time);
        known.filter_map(|time| clock::parse(time))
    };
    let first = times(|input| input.first_time.as_ref()).min();
    let last = times(|input| input.last_time.as_ref()).max();
    let (Some(first), Some(last)) = (first, last) else {
        return String::new();
    };
    let (from, to) = (Utc::new(first, 0), Utc::new(last, 0));
    let (day, clock) = to.parts();
    if from.parts().0 == day {
        format!("{from} to {clock} UTC")
    } else {
        format!("{from} to {to} UTC")
    }
}

fn notes(page: &Page<'_>) -> Markup {
    let (probes, notes) = (overview::probes(page.report), overview::notes(page.report));
    let command = format!("ikescope dissect {}", names(page));
    html! {
        @if !probes.is_empty() {
            section.card { h2 { "Probes" } @for probe in &probes { p { (probe) } } }
        }
        @if !notes.is_empty() || page.left_out != Left::Nothing {
            section.card {
                h2 { "What this capture cannot show" }
                @for note in &notes { p { (note) } }
                @if page.left_out != Left::Nothing {
                    p {
                        "The messages would have made this page too large. They are printed by: "
                        code { (command) }
                    }
                }
                @if page.left_out == Left::Both {
                    p {
                        "So would the details of working tunnels. They are printed by: "
                        code { "ikescope --all " (names(page)) }
                    }
                }
            }
        }
    }
}

fn inputs(page: &Page<'_>) -> Markup {
    let digests = page.extras.digests.iter().map(Option::as_deref);
    let digests = digests.chain(std::iter::repeat(None));
    html! {
        section.card {
            h2 { "Inputs" }
            div.scroll tabindex="0" role="group" aria-label="Inputs" {
                table.plain {
                    thead {
                        tr {
                            th scope="col" { "file" } th scope="col" { "format" }
                            th scope="col" { "frames" } th scope="col" { "SHA-256" }
                        }
                    }
                    tbody {
                        @for (input, digest) in page.report.inputs.iter().zip(digests) {
                            tr {
                                th scope="row" { (file_name(&input.path)) }
                                td {
                                    (input.format)
                                    @if let Some(compression) = input.compression { ", " (compression) }
                                }
                                td { (overview::frames(input)) }
                                td.hex { (digest.unwrap_or("not read twice")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn legend() -> Markup {
    html! {
        section.card.legend {
            h2 { "How to read this page" }
            dl {
                dt { "stated" }
                dd { "A peer said so, in clear or in a message decrypted with given keys." }
                dt { "implied" }
                dd { "It follows from the protocol and what is visible: sizes, hashes, SPIs, order." }
                dt { "suspected" }
                dd { "The best explanation of a silence or a habit. Read what else it could be." }
                dt { "#44 @24-27" }
                dd { "Frame 44 of the capture, octets 24 to 27 counted from the IKE header." }
                dt { "not seen" }
                dd { "Absent where the capture was taken. It may have been sent all the same." }
            }
            p.arrows {
                svg viewBox="0 0 60 12" aria-hidden="true" { path.ike d="M2 6H52M50 2L58 6L50 10Z" {} }
                " IKE message "
                svg viewBox="0 0 60 12" aria-hidden="true" { path.esp d="M2 6H52" {} path.esphead d="M48 1L58 6L48 11Z" {} }
                " ESP or AH packets "
                svg viewBox="0 0 60 12" aria-hidden="true" { path.unseen d="M2 6H56" {} path.unseenhead d="M50 2L58 6L50 10" {} }
                " expected and not seen "
            }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer {
            "Made by ikescope " (env!("CARGO_PKG_VERSION"))
            ". This page asks nothing of any network, and nothing in it left the machine that made it."
        }
    }
}

fn keys() -> Markup {
    html! {
        dialog id="keys" aria-labelledby="keys-title" {
            h2 id="keys-title" { "Keys" }
            dl {
                dt { kbd { "/" } } dd { "to the filter" }
                dt { kbd { "j" } " " kbd { "k" } } dd { "next, previous report" }
                dt { kbd { "e" } } dd { "expand or collapse all" }
                dt { kbd { "?" } } dd { "this" }
            }
            form method="dialog" { button { "Close" } }
        }
    }
}

fn digest(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
