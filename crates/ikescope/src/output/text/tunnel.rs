//! The full report on one tunnel: headline, ladder, facts, evidence, why, could be, next, also.

use std::io::{self, Write};

use ikescope::report::{Finding, Negotiation, Report, Tunnel};

use crate::output::line::Line;
use crate::output::proposals;
use crate::output::screen::{Role, Screen};
use crate::output::story::{self, Story, cause_name};
use crate::output::text::Look;
use crate::output::text::blocks::Blocks;
use crate::output::text::ladder::{self, Ladder};
use crate::output::words::{mark, role};
use crate::output::wrap::wrap;

/// Writes the report on one tunnel.
pub(crate) fn write(
    out: &mut dyn Write,
    look: &Look,
    report: &Report,
    tunnel: &Tunnel,
) -> io::Result<()> {
    let page = Page::new(look, report, tunnel);
    page.headline(out)?;
    writeln!(out)?;
    page.ladder(out)?;
    let mut blocks = Blocks::new(out, &look.screen);
    page.facts(&mut blocks)?;
    if let Some(finding) = page.story.cause() {
        page.cause_blocks(&mut blocks, finding)?;
    }
    page.also(&mut blocks)
}

/// Writes its ladder alone.
pub(super) fn ladder(
    out: &mut dyn Write,
    look: &Look,
    report: &Report,
    tunnel: &Tunnel,
) -> io::Result<()> {
    Page::new(look, report, tunnel).ladder(out)
}

struct Page<'a> {
    look: &'a Look,
    report: &'a Report,
    tunnel: &'a Tunnel,
    story: Story<'a>,
}

impl<'a> Page<'a> {
    const fn new(look: &'a Look, report: &'a Report, tunnel: &'a Tunnel) -> Self {
        Self {
            look,
            report,
            tunnel,
            story: Story::new(report, tunnel),
        }
    }

    const fn screen(&self) -> &'a Screen {
        &self.look.screen
    }

    fn headline(&self, out: &mut dyn Write) -> io::Result<()> {
        let verdict = &self.tunnel.verdict;
        let screen = self.screen();
        let outcome = verdict.outcome.to_uppercase();
        let head = format!("{} {outcome}", screen.drawn(mark(verdict.outcome)));
        let head_width = head.chars().count();
        let text = format!("{head}{}: {}", self.story.place(), verdict.summary);
        let mut lines = wrap(&text, screen.width.saturating_sub(2)).into_iter();
        let first = lines.next().unwrap_or_default();
        let rest: String = first.chars().skip(head_width).collect();
        Line::new()
            .painted(role(verdict.outcome), head)
            .text(rest)
            .write(out, screen)?;
        for more in lines {
            Line::new().text(format!("  {more}")).write(out, screen)?;
        }
        self.second_line(out)
    }

    /// Finding and confidence; version and ends; attempts or SPIs.
    fn second_line(&self, out: &mut dyn Write) -> io::Result<()> {
        let verdict = &self.tunnel.verdict;
        let screen = self.screen();
        let name = cause_name(verdict).unwrap_or_default();
        let comma = if name.is_empty() { "" } else { ", " };
        let mut line = Line::new()
            .text("  ")
            .painted(Role::Label, name)
            .text(format!("{comma}{}", verdict.confidence));
        let which_attempt = self.story.which_attempt(screen.width >= 100);
        for part in [Some(self.story.who()), which_attempt]
            .into_iter()
            .flatten()
        {
            if line.width() + 3 + part.chars().count() > screen.width {
                line.write(out, screen)?;
                line = Line::new().text(format!("  {part}"));
            } else {
                line = line.text(format!("   {part}"));
            }
        }
        line.write(out, screen)
    }

    fn ladder(&self, out: &mut dyn Write) -> io::Result<()> {
        let (left, right, rows) = self.story.ladder(self.look.verbose);
        let several_inputs = self.report.inputs.len() > 1;
        let ladder = Ladder {
            screen: self.screen(),
            time: self.look.time,
            several_inputs,
            whole: self.look.verbose,
            frame_width: ladder::frame_width(&rows, several_inputs),
        };
        ladder.write(out, (&left.to_string(), &right.to_string()), &rows)
    }

    fn facts(&self, blocks: &mut Blocks<'_>) -> io::Result<()> {
        let Some(shown) = self.story.shown() else {
            return Ok(());
        };
        if let Some(chosen) = &shown.proposals.chosen {
            blocks.begin("ike");
            blocks.text(&proposals::chosen(chosen))?;
        }
        blocks.begin("ends");
        for seen in self.story.ends() {
            blocks.evidence(&seen.place, &seen.text)?;
        }
        blocks.begin("networks");
        for seen in self.story.networks() {
            blocks.evidence(&seen.place, &seen.text)?;
        }
        blocks.begin("nat");
        for seen in self.story.nat() {
            blocks.evidence(&seen.place, &seen.text)?;
        }
        if shown.proposals.chosen.is_none() && self.tunnel.verdict.outcome == "rejected" {
            self.proposals(blocks, shown)?;
        }
        self.attempts(blocks)
    }

    /// The lists of both sides beside each other; the first row without a meeting point is marked.
    fn proposals(&self, blocks: &mut Blocks<'_>, shown: &Negotiation) -> io::Result<()> {
        let Some(matrix) = proposals::Matrix::of(shown) else {
            return Ok(());
        };
        blocks.begin("proposals");
        let rows = matrix.rows.iter().map(|row| {
            let role = if row.is_here { Role::Bad } else { Role::Plain };
            (row.cells(matrix.theirs_known), role)
        });
        let head = (matrix.head(shown), Role::Plain);
        blocks.matrix(&std::iter::once(head).chain(rows).collect::<Vec<_>>())
    }

    fn attempts(&self, blocks: &mut Blocks<'_>) -> io::Result<()> {
        blocks.begin("attempts");
        let attempts = self.story.attempts();
        let skipped = if self.look.verbose {
            0
        } else {
            attempts.len().saturating_sub(ATTEMPTS_SHOWN)
        };
        if skipped > 0 {
            blocks.text(&format!("({skipped} older ones, -v shows them)"))?;
        }
        for attempts in attempts.iter().skip(skipped) {
            blocks.named(&attempts.span, SPAN_WIDTH, &attempts.text)?;
        }
        Ok(())
    }

    fn cause_blocks(&self, blocks: &mut Blocks<'_>, finding: &Finding) -> io::Result<()> {
        blocks.begin("evidence");
        self.evidence(blocks, finding)?;
        if !finding.explanation.is_empty() {
            blocks.begin("why");
            blocks.text(&finding.explanation)?;
        }
        if let Some(known_as) = story::known_as(finding) {
            blocks.text(&known_as)?;
        }
        if let Some(duty) = self.story.duty() {
            blocks.begin("who");
            blocks.text(&duty)?;
        }
        blocks.begin("could be");
        let names = &finding.could_also_be;
        let width = names
            .iter()
            .map(|name| name.len() + 3)
            .max()
            .unwrap_or(0)
            .min(RIVAL_WIDTH);
        for (name, tell) in names.iter().zip(&finding.told_apart_by) {
            blocks.named(name, width, tell)?;
        }
        blocks.begin("next");
        for (index, step) in finding.next_steps.iter().enumerate() {
            blocks.step(index + 1, step)?;
        }
        Ok(())
    }

    fn evidence(&self, blocks: &mut Blocks<'_>, finding: &Finding) -> io::Result<()> {
        for seen in self.story.evidence(finding) {
            blocks.evidence(&seen.place, &seen.text)?;
        }
        Ok(())
    }

    fn also(&self, blocks: &mut Blocks<'_>) -> io::Result<()> {
        blocks.begin("also");
        for finding in self.story.also() {
            let head = format!("{} {} {}", finding.severity, finding.code, finding.name);
            blocks.text(&format!("{head}: {}", finding.title))?;
            if self.look.verbose {
                self.evidence(blocks, finding)?;
            }
        }
        Ok(())
    }
}

/// Columns of "02:41:12-03:42:24".
const SPAN_WIDTH: usize = 20;
/// Most columns of a rival's name.
const RIVAL_WIDTH: usize = 30;
/// Attempts listed without `-v`.
const ATTEMPTS_SHOWN: usize = 6;
