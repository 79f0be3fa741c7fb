//! The full report on one tunnel: headline, ladder, facts, evidence, why, could be, next, also.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};

use ikescope::report::{Evidence, Finding, Negotiation, Report, Tunnel};
use ikescope_wire::observed::Timestamp;

use crate::output::clock::{self, Utc};
use crate::output::line::Line;
use crate::output::screen::{Role, Screen};
use crate::output::text::blocks::{Blocks, REFERENCE_WIDTH};
use crate::output::text::ladder::{self, Ladder};
use crate::output::text::{Look, proposals, rows};
use crate::output::words::{code, counted, mark, mode, role, stage};
use crate::output::wrap::wrap;

/// Writes the report on one tunnel.
pub(crate) fn write(
    out: &mut dyn Write,
    look: &Look,
    report: &Report,
    tunnel: &Tunnel,
) -> io::Result<()> {
    let page = Page {
        look,
        report,
        tunnel,
    };
    page.headline(out)?;
    writeln!(out)?;
    page.ladder(out)?;
    let mut blocks = Blocks::new(out, &look.screen);
    page.facts(&mut blocks)?;
    if let Some(finding) = page.cause() {
        page.cause_blocks(&mut blocks, finding)?;
    }
    page.also(&mut blocks)
}

struct Page<'a> {
    look: &'a Look,
    report: &'a Report,
    tunnel: &'a Tunnel,
}

impl<'a> Page<'a> {
    /// The negotiation that the verdict is of.
    fn shown(&self) -> Option<&'a Negotiation> {
        self.tunnel.negotiations.get(self.tunnel.decisive?)
    }

    fn cause(&self) -> Option<&'a Finding> {
        let name = self.tunnel.verdict.cause?;
        self.shown()?
            .findings
            .iter()
            .find(|finding| finding.name == name)
    }

    const fn screen(&self) -> &'a Screen {
        &self.look.screen
    }

    fn headline(&self, out: &mut dyn Write) -> io::Result<()> {
        let verdict = &self.tunnel.verdict;
        let screen = self.screen();
        let stopped = match verdict.outcome {
            "established" | "one_way" | "no_traffic" => None,
            _ => stage(verdict.stage),
        };
        let outcome = verdict.outcome.to_uppercase();
        let place = stopped.map_or_else(String::new, |stage| format!(" in {stage}"));
        let head = format!("{} {outcome}", screen.drawn(mark(verdict.outcome)));
        let head_width = head.chars().count();
        let text = format!("{head}{place}: {}", verdict.summary);
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
        let name = match (code(verdict.cause), verdict.cause) {
            (Some(code), Some(name)) => format!("{code} {name}"),
            _ => String::new(),
        };
        let comma = if name.is_empty() { "" } else { ", " };
        let who = self.shown().map_or_else(
            || format!("ESP {} - {}", self.tunnel.a, self.tunnel.b),
            |n| {
                let mode = mode(n.ike_version, n.mode);
                format!("{mode} {} -> {}", n.initiator.address, n.responder.address)
            },
        );
        let line = Line::new()
            .text("  ")
            .painted(Role::Label, name)
            .text(format!("{comma}{}", verdict.confidence));
        let mut line = line;
        for part in [Some(who), self.which_attempt()].into_iter().flatten() {
            if line.width() + 3 + part.chars().count() > screen.width {
                line.write(out, screen)?;
                line = Line::new().text(format!("  {part}"));
            } else {
                line = line.text(format!("   {part}"));
            }
        }
        line.write(out, screen)
    }

    fn which_attempt(&self) -> Option<String> {
        let shown = self.shown()?;
        let all: u64 = self
            .tunnel
            .negotiations
            .iter()
            .map(|n| u64::from(n.attempts))
            .sum();
        let all = all + self.tunnel.negotiations_dropped;
        if all > 1 {
            let newest = self.tunnel.decisive == self.tunnel.negotiations.len().checked_sub(1);
            let which = if newest { "newest of" } else { "one of" };
            return Some(format!("{which} {}", counted(all, "attempt")));
        }
        if self.tunnel.verdict.cause.is_some() {
            return Some("1 attempt".to_owned());
        }
        let (spi_i, spi_r) = (shown.spi_i.as_str(), shown.spi_r.as_deref()?);
        let whole = self.screen().width >= 100;
        let short = |spi: &'a str| {
            if whole {
                spi
            } else {
                spi.get(..8).unwrap_or(spi)
            }
        };
        Some(format!("spi {}:{}", short(spi_i), short(spi_r)))
    }

    fn ladder(&self, out: &mut dyn Write) -> io::Result<()> {
        let (left, right, rows) = match self.shown() {
            Some(shown) => {
                let rows = rows::of_negotiation(shown, self.end(shown), self.look.verbose);
                (shown.initiator.address, shown.responder.address, rows)
            }
            None => (
                self.tunnel.a,
                self.tunnel.b,
                rows::of_flows(&self.tunnel.esp, self.tunnel.a),
            ),
        };
        let several_inputs = self.report.inputs.len() > 1;
        let ladder = Ladder {
            screen: self.screen(),
            time: self.look.time,
            several_inputs,
            whole: self.look.verbose,
            frame_width: ladder::frame_width(&rows, several_inputs),
        };
        let ends = [left, right].map(|address: IpAddr| address.to_string());
        ladder.write(out, (&ends[0], &ends[1]), &rows)
    }

    /// Until when somebody listened for this attempt: the next one, or the end of its input.
    fn end(&self, shown: &Negotiation) -> Timestamp {
        let last = clock::parse(&shown.last_time).unwrap_or_default();
        let next = self
            .tunnel
            .negotiations
            .iter()
            .filter_map(|n| clock::parse(&n.first_time))
            .find(|start| *start > last);
        let of_input = |message: &ikescope::report::Message| {
            clock::parse(
                self.report
                    .inputs
                    .get(usize::from(message.input))?
                    .last_time
                    .as_deref()?,
            )
        };
        let messages = shown
            .exchanges
            .iter()
            .flat_map(|e| e.request.iter().chain(&e.response));
        let end = messages.filter_map(of_input).max();
        next.or(end).unwrap_or(last).max(last)
    }

    fn facts(&self, blocks: &mut Blocks<'_>) -> io::Result<()> {
        let Some(shown) = self.shown() else {
            return Ok(());
        };
        if let Some(chosen) = &shown.proposals.chosen {
            blocks.begin("ike");
            blocks.text(&proposals::chosen(chosen))?;
        }
        self.nat(blocks, shown)?;
        if shown.proposals.chosen.is_none() && self.tunnel.verdict.outcome == "rejected" {
            proposals::write(blocks, self.tunnel, shown)?;
        }
        self.attempts(blocks)
    }

    fn nat(&self, blocks: &mut Blocks<'_>, shown: &Negotiation) -> io::Result<()> {
        blocks.begin("nat");
        let misfits = shown.nat.hashes.iter().filter(|hash| !hash.fits);
        for hash in misfits.take(MISFITS_SHOWN) {
            let frame = self.frame(hash.input, hash.frame);
            let place = format!(
                "{frame} @{}-{}",
                hash.octets.0,
                hash.octets.1.saturating_sub(1)
            );
            let end: Option<SocketAddr> = hash.address.parse().ok();
            let who = end.map_or_else(|| "one end".to_owned(), |end| end.ip().to_string());
            let text = format!(
                "hash {} is not {} ({}): {who} is behind NAT",
                hash.sent, hash.address, hash.computed
            );
            blocks.evidence(&place, &text)?;
        }
        Ok(())
    }

    /// The attempts, where there is more than the one that the ladder shows.
    fn attempts(&self, blocks: &mut Blocks<'_>) -> io::Result<()> {
        let negotiations = &self.tunnel.negotiations;
        let one = negotiations.len() == 1 && negotiations.iter().all(|n| n.attempts == 1);
        if one {
            return Ok(());
        }
        blocks.begin("attempts");
        let skipped = if self.look.verbose {
            0
        } else {
            negotiations.len().saturating_sub(ATTEMPTS_SHOWN)
        };
        if skipped > 0 {
            blocks.text(&format!("({skipped} older ones, -v shows them)"))?;
        }
        for negotiation in negotiations.iter().skip(skipped) {
            let (first, last) = span(negotiation);
            let range = if first == last {
                first
            } else {
                format!("{first}-{last}")
            };
            let alike = match negotiation.attempts {
                1 => String::new(),
                count => format!("{count} alike: "),
            };
            let verdict = &negotiation.verdict;
            let place =
                stage(verdict.stage).map_or_else(String::new, |stage| format!(" in {stage}"));
            let cause = verdict
                .cause
                .map_or_else(String::new, |cause| format!(", {cause}"));
            let text = format!("{alike}{}{place}{cause}", verdict.outcome);
            blocks.named(&range, SPAN_WIDTH, &text)?;
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

    /// One line per claim; frames that show the same share one.
    fn evidence(&self, blocks: &mut Blocks<'_>, finding: &Finding) -> io::Result<()> {
        for alike in finding.evidence.chunk_by(|one, other| {
            one.label == other.label && one.octets.is_none() && other.octets.is_none()
        }) {
            let (head, label) = self.reference(alike);
            blocks.evidence(&head, &label)?;
        }
        Ok(())
    }

    /// "#44", or "#2:44" where there are several inputs.
    fn frame(&self, input: u16, frame: u64) -> String {
        if self.report.inputs.len() > 1 {
            format!("#{}:{frame}", input + 1)
        } else {
            format!("#{frame}")
        }
    }

    fn reference(&self, alike: &[Evidence]) -> (String, String) {
        let frame = |evidence: &Evidence| self.frame(evidence.input, evidence.frame);
        let [first, .., last] = alike else {
            let Some(only) = alike.first() else {
                return (String::new(), String::new());
            };
            let place = match only.octets {
                None => String::new(),
                Some((from, to)) if to.saturating_sub(from) <= 1 => format!(" @{from}"),
                Some((from, to)) => format!(" @{from}-{}", to - 1),
            };
            return (format!("{}{place}", frame(only)), only.label.clone());
        };
        let all: Vec<String> = alike.iter().map(frame).collect();
        let all = all.join(" ");
        if all.len() < REFERENCE_WIDTH {
            return (all, first.label.clone());
        }
        let range = format!("{}-{}", frame(first), last.frame);
        let fits = range.len() < REFERENCE_WIDTH;
        let head = if fits {
            range
        } else {
            format!("{}+", frame(first))
        };
        (
            head,
            format!("{} (in {} of these frames)", first.label, alike.len()),
        )
    }

    fn also(&self, blocks: &mut Blocks<'_>) -> io::Result<()> {
        let Some(shown) = self.shown() else {
            return Ok(());
        };
        blocks.begin("also");
        // What the cause names as its rival has been said.
        let cause = self.cause();
        let said = |name: &str| {
            name == "nat-detected"
                || cause
                    .is_some_and(|cause| cause.name == name || cause.could_also_be.contains(&name))
        };
        let told = |finding: &&Finding| !said(finding.name);
        for finding in shown.findings.iter().filter(told) {
            let head = format!("{} {} {}", finding.severity, finding.code, finding.name);
            blocks.text(&format!("{head}: {}", finding.title))?;
            if self.look.verbose {
                self.evidence(blocks, finding)?;
            }
        }
        Ok(())
    }
}

/// Start of the first and end of the last of the attempts, as times of day.
fn span(negotiation: &Negotiation) -> (String, String) {
    let first = negotiation
        .attempt_times
        .first()
        .unwrap_or(&negotiation.first_time);
    let clock = |time: &str| {
        Utc::new(clock::parse(time).unwrap_or_default(), 0)
            .parts()
            .1
    };
    (clock(first), clock(&negotiation.last_time))
}

/// Columns of "02:41:12-03:42:24".
const SPAN_WIDTH: usize = 20;
/// Most columns of a rival's name.
const RIVAL_WIDTH: usize = 30;
/// Attempts listed without `-v`.
const ATTEMPTS_SHOWN: usize = 6;
/// Hashes that do not fit, listed.
const MISFITS_SHOWN: usize = 3;
