//! The proposals of both sides, kind by kind: what they share is marked, and where they share nothing
//! the row says so.

use ikescope::report::{Negotiation, Proposal};
use maud::{Markup, html};

use crate::output::proposals::{Matrix, Row};

/// The matrix; `open` where it is the reason.
pub(super) fn details(shown: &Negotiation, open: bool) -> Markup {
    let offered = &shown.proposals.offered;
    let taken = shown.proposals.chosen.is_some();
    html! {
        @if let Some(matrix) = Matrix::of(shown).filter(|_| !offered.is_empty()) {
            details open[open && matrix.rows.iter().any(|row| row.is_here)] {
                summary { "Proposals (" (offered.len()) " offered" @if taken { ", one taken" } ")" }
                div.scroll tabindex="0" role="group" aria-label="Proposals" {
                    (table(&matrix, shown))
                }
            }
        }
    }
}

fn table(matrix: &Matrix<'_>, shown: &Negotiation) -> Markup {
    let offered = &shown.proposals.offered;
    let chosen = shown.proposals.chosen.as_ref();
    let [_, initiator, responder, common] = matrix.head(shown);
    html! {
        table.plain.matrix {
            thead {
                tr {
                    th scope="col" { "kind" }
                    @for proposal in offered {
                        th scope="col" class=[is_chosen(proposal, chosen).then_some("chosen")] {
                            (initiator) @if offered.len() > 1 { " #" (proposal.number) }
                        }
                    }
                    th scope="col" { (responder) }
                    th scope="col" { (common) }
                }
            }
            tbody {
                @for row in &matrix.rows {
                    tr {
                        th scope="row" { (row.kind) }
                        @for proposal in offered {
                            td class=[is_chosen(proposal, chosen).then_some("chosen")] {
                                (names(&row.of_proposal(proposal)))
                            }
                        }
                        (theirs(matrix, row))
                    }
                }
            }
        }
    }
}

fn theirs(matrix: &Matrix<'_>, row: &Row<'_>) -> Markup {
    let [.., common] = row.cells(matrix.theirs_known);
    html! {
        @if !matrix.theirs_known {
            td.note { "not known" }
            td.note { "not known" }
        } @else if row.apart() {
            td { (names(&row.of_responder())) }
            td.bad { "nothing in common" }
        } @else {
            td { (names(&row.of_responder())) }
            td.good { (common) }
        }
    }
}

/// Whether this offer is the one that was taken: the answer carries its number back.
fn is_chosen(proposal: &Proposal, chosen: Option<&Proposal>) -> bool {
    chosen.is_some_and(|chosen| chosen.number == proposal.number)
}

/// Names one below the other; those that the other side has too are marked.
fn names(names: &[(String, bool)]) -> Markup {
    html! {
        @for (name, shared) in names {
            @if *shared { span.shared { (name) " \u{2713}" } }
            @else { span.alone { (name) } }
        }
    }
}
