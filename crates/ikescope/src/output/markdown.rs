//! The report for a ticket: Markdown as GitHub, GitLab and Jira's importer read it. Frames stand in
//! code, since a bare `#4` would lead to somebody else's issue.

use std::io::{self, Write};

use ikescope::report::{Finding, Report, Tunnel};

use crate::args::TimeKind;
use crate::output::overview;
use crate::output::proposals::{self, Matrix};
use crate::output::screen::Screen;
use crate::output::story::{self, Seen, Story, cause_name, tries};
use crate::output::text::{self, Look};
use crate::output::words::{counted, grouped, mark, stage};

/// Writes the report.
pub(crate) fn write(out: &mut dyn Write, look: &Look, report: &Report) -> io::Result<()> {
    let page = Page { look, report };
    match report.tunnels.as_slice() {
        [] => page.nothing(out)?,
        [only] if look.max_details != Some(0) => page.tunnel(out, only)?,
        _ => page.many(out)?,
    }
    page.remarks(out)?;
    page.footer(out)
}

struct Page<'a> {
    look: &'a Look,
    report: &'a Report,
}

impl Page<'_> {
    fn nothing(&self, out: &mut dyn Write) -> io::Result<()> {
        let (head, text) = overview::nothing(self.report, self.look.chosen);
        writeln!(out, "### ? {head} {}\n", prose(&text))?;
        if !overview::has_messages(self.report) {
            writeln!(out, "{}\n", prose(overview::NOTHING_NEXT))?;
        }
        Ok(())
    }

    fn many(&self, out: &mut dyn Write) -> io::Result<()> {
        let worst = SCREEN.drawn(mark(overview::worst(self.report)));
        writeln!(
            out,
            "### {worst} {}\n",
            prose(&overview::headline(self.report))
        )?;
        let hub = overview::hub(self.report);
        let tunnels = overview::worst_first(self.report);
        let works = |tunnel: &&Tunnel| tunnel.verdict.outcome == "established";
        let (working, others): (Vec<_>, Vec<_>) = tunnels.into_iter().partition(works);
        let listed = others
            .iter()
            .chain(working.iter().filter(|_| self.look.all));
        let peer = hub.map_or_else(|| "tunnel".to_owned(), |hub| format!("peer of {hub}"));
        writeln!(out, "| {peer} | tries | stopped in | outcome | cause |")?;
        writeln!(out, "| --- | ---: | --- | --- | --- |")?;
        for tunnel in listed {
            writeln!(
                out,
                "| {} | {} | {} | {} {} | {} |",
                overview::name(tunnel, hub),
                grouped(tries(tunnel)),
                prose(stage(tunnel.verdict.stage).unwrap_or_default()),
                SCREEN.drawn(mark(tunnel.verdict.outcome)),
                prose(tunnel.verdict.outcome),
                cause_name(&tunnel.verdict).unwrap_or_default(),
            )?;
        }
        if !self.look.all && !working.is_empty() {
            let count = grouped(working.len() as u64);
            writeln!(
                out,
                "| {count} others | | | {} established | |",
                SCREEN.drawn("+")
            )?;
        }
        writeln!(out)?;
        for tunnel in text::detailed(self.look, self.report) {
            self.tunnel(out, tunnel)?;
        }
        Ok(())
    }

    fn tunnel(&self, out: &mut dyn Write, tunnel: &Tunnel) -> io::Result<()> {
        let story = Story::new(self.report, tunnel);
        let verdict = &tunnel.verdict;
        writeln!(
            out,
            "### {} {}{}: {}\n",
            SCREEN.drawn(mark(verdict.outcome)),
            prose(&verdict.outcome.to_uppercase()),
            prose(&story.place()),
            prose(&verdict.summary)
        )?;
        let mut facts: Vec<String> = cause_name(verdict)
            .map(|name| format!("**{name}**"))
            .into_iter()
            .collect();
        facts.push(verdict.confidence.to_owned());
        facts.push(prose(&story.who()));
        facts.extend(story.which_attempt(true).map(|attempt| prose(&attempt)));
        writeln!(out, "{}\n", facts.join(", "))?;
        self.ladder(out, tunnel)?;
        facts_of(out, tunnel, &story)?;
        if let Some(finding) = story.cause() {
            cause(out, &story, finding)?;
        }
        let also = story.also();
        let also = also.iter().map(|finding| {
            let head = format!("{} {} {}", finding.severity, finding.code, finding.name);
            format!("{head}: {}", prose(&finding.title))
        });
        list(out, "Also", also)
    }

    /// Columns are what a ladder lives of, so it is printed as on a terminal.
    fn ladder(&self, out: &mut dyn Write, tunnel: &Tunnel) -> io::Result<()> {
        let look = Look {
            screen: SCREEN,
            time: TimeKind::Relative,
            ..*self.look
        };
        let mut ladder = Vec::new();
        text::ladder(&mut ladder, &look, self.report, tunnel)?;
        if !ladder.is_empty() {
            writeln!(out, "````text")?;
            out.write_all(&ladder)?;
            writeln!(out, "````\n")?;
        }
        Ok(())
    }

    fn remarks(&self, out: &mut dyn Write) -> io::Result<()> {
        let probes = overview::probes(self.report);
        list(out, "Probes", probes.iter().map(|probe| prose(probe)))?;
        let notes = overview::notes(self.report);
        list(
            out,
            "What this capture cannot show",
            notes.iter().map(|note| prose(note)),
        )
    }

    fn footer(&self, out: &mut dyn Write) -> io::Result<()> {
        for input in &self.report.inputs {
            let frames = overview::frames(input);
            let whole = text::as_a_whole(self.look);
            writeln!(out, "{}{whole}: {frames}  ", code(&input.path))?;
        }
        writeln!(out, "ikescope {}", env!("CARGO_PKG_VERSION"))
    }
}

fn facts_of(out: &mut dyn Write, tunnel: &Tunnel, story: &Story<'_>) -> io::Result<()> {
    let Some(shown) = story.shown() else {
        return Ok(());
    };
    if let Some(chosen) = &shown.proposals.chosen {
        writeln!(out, "**IKE** {}\n", prose(&proposals::chosen(chosen)))?;
    }
    for (title, seen) in [
        ("Ends", story.ends()),
        ("Networks", story.networks()),
        ("NAT", story.nat()),
    ] {
        list(out, title, seen.iter().map(entry))?;
    }
    let refused = shown.proposals.chosen.is_none() && tunnel.verdict.outcome == "rejected";
    if let Some(matrix) = Matrix::of(shown).filter(|_| refused) {
        let rows = matrix.rows.iter().map(|row| row.cells(matrix.theirs_known));
        let row = |cells: [String; 4]| cells.map(|cell| prose(&cell)).join(" | ");
        writeln!(
            out,
            "| {} |\n| --- | --- | --- | --- |",
            row(matrix.head(shown))
        )?;
        for cells in rows {
            writeln!(out, "| {} |", row(cells))?;
        }
        writeln!(out)?;
    }
    let attempts = story.attempts();
    let skipped = attempts.len().saturating_sub(ATTEMPTS_SHOWN);
    let title = match skipped {
        0 => "Attempts".to_owned(),
        _ => format!(
            "Attempts, {} left out",
            counted(skipped as u64, "older one")
        ),
    };
    let attempts = attempts.iter().skip(skipped);
    list(
        out,
        &title,
        attempts.map(|it| format!("{} {}", code(&it.span), prose(&it.text))),
    )
}

fn entry(seen: &Seen<'_>) -> String {
    let place = if seen.place.is_empty() {
        String::new()
    } else {
        format!("{} ", code(&seen.place))
    };
    format!("{place}{}", prose(&seen.text))
}

fn cause(out: &mut dyn Write, story: &Story<'_>, finding: &Finding) -> io::Result<()> {
    let evidence = story.evidence(finding);
    let evidence = evidence.iter();
    list(
        out,
        "Evidence",
        evidence.map(|it| format!("{} {}", code(&it.place), prose(&it.text))),
    )?;
    if !finding.explanation.is_empty() {
        writeln!(out, "**Why** {}\n", prose(&finding.explanation))?;
    }
    if let Some(known_as) = story::known_as(finding) {
        writeln!(out, "{}\n", prose(&known_as))?;
    }
    if let Some(duty) = story.duty() {
        writeln!(out, "**Who** {}\n", prose(&duty))?;
    }
    let rivals = finding.could_also_be.iter().zip(&finding.told_apart_by);
    list(
        out,
        "Could be",
        rivals.map(|(name, tell)| format!("{}: {}", code(name), prose(tell))),
    )?;
    if !finding.next_steps.is_empty() {
        writeln!(out, "**Next**\n")?;
        for (index, step) in finding.next_steps.iter().enumerate() {
            self::step(out, index + 1, step)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A step; lines of it that begin with four blanks are commands and stand in a block.
fn step(out: &mut dyn Write, number: usize, step: &str) -> io::Result<()> {
    let lines: Vec<&str> = step.lines().collect();
    let is_command = |line: &str| line.starts_with("    ");
    let mut head = format!("{number}. ");
    for lines in lines.chunk_by(|one, next| is_command(one) == is_command(next)) {
        if lines.first().is_some_and(|line| is_command(line)) {
            writeln!(out, "\n   ````")?;
            for line in lines {
                writeln!(
                    out,
                    "   {}",
                    SCREEN.escaped(line.strip_prefix("    ").unwrap_or(line))
                )?;
            }
            writeln!(out, "   ````")?;
        } else {
            writeln!(out, "{head}{}", prose(&lines.join(" ")))?;
            head = "   ".to_owned();
        }
    }
    Ok(())
}

fn list(out: &mut dyn Write, title: &str, entries: impl Iterator<Item = String>) -> io::Result<()> {
    let mut entries = entries.peekable();
    if entries.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "**{title}**\n")?;
    for entry in entries {
        writeln!(out, "- {entry}")?;
    }
    writeln!(out)
}

/// Text in which nothing is markup, a mention, a reference to an issue or a link.
fn prose(text: &str) -> String {
    let text = SCREEN.escaped(text).replace('\n', " ");
    let words = text.split(' ').map(|word| {
        let leads = word.contains(['#', '@']) || word.contains("://") || word.contains("www.");
        if !leads {
            return escaped(word);
        }
        let bare = word.trim_end_matches([',', '.', ':', ';', ')']);
        format!(
            "{}{}",
            code(bare),
            word.get(bare.len()..).unwrap_or_default()
        )
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A word in which nothing is markup. Inside of a word `_` is none, behind its first sign `>` is none.
fn escaped(word: &str) -> String {
    let last = word.chars().count().saturating_sub(1);
    let mut escaped = String::with_capacity(word.len());
    for (index, c) in word.chars().enumerate() {
        let edge = index == 0 || index == last;
        if "\\`*{}[]<|~&$".contains(c) || (c == '_' && edge) || (c == '>' && index == 0) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Text as code. A backtick would end it, and a bar a cell of a table.
fn code(text: &str) -> String {
    let text = SCREEN.escaped(text).replace('`', "'").replace('|', "\\|");
    format!("`{text}`")
}

const SCREEN: Screen = Screen {
    color: false,
    utf8: true,
    width: 100,
};
/// Attempts listed.
const ATTEMPTS_SHOWN: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_prose_is_markup_or_leads_anywhere() {
        assert_eq!(prose("<img> *a* _b_ d|e"), r"\<img> \*a\* \_b\_ d\|e");
        assert_eq!(prose("IKE_SA_INIT a -> b"), "IKE_SA_INIT a -> b");
        assert_eq!(
            prose("#4: by @you, see [it](https://a)"),
            "`#4`: by `@you`, see `[it](https://a`)"
        );
        assert_eq!(prose("`@x` \u{202e}"), r"`'@x'` \\u\{202e\}");
    }
}
