//! `ikescope explain`: what a finding means, from the catalogue's own texts.

use std::io::{self, BufWriter, Write};

use anyhow::bail;
use ikescope_analysis::{RULES, Rule, find_rule};

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::nearest::nearest;
use crate::output::screen::{Role, Screen};
use crate::output::wrap::wrap;

/// Runs the command.
pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let screen = Screen::new(&args.look, false);
    let mut out = BufWriter::new(io::stdout().lock());
    if args.list {
        list(&mut out, &screen)?;
    } else {
        let rules = args.names.iter().map(|name| rule(name));
        for (index, rule) in rules
            .collect::<anyhow::Result<Vec<_>>>()?
            .into_iter()
            .enumerate()
        {
            if index > 0 {
                writeln!(out)?;
            }
            explain(&mut out, &screen, rule)?;
        }
    }
    out.flush()?;
    Ok(Exit::Written)
}

fn rule(name: &str) -> anyhow::Result<&'static Rule> {
    if let Some(rule) = find_rule(name) {
        return Ok(rule);
    }
    let known = RULES.iter().flat_map(|rule| [rule.name, rule.code]);
    match nearest(name, known) {
        Some(near) => bail!("no finding is called {name}; did you mean {near}?"),
        None => bail!("no finding is called {name}; ikescope explain --list names them all"),
    }
}

fn list(out: &mut dyn Write, screen: &Screen) -> io::Result<()> {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let head = format!(
        "{:8}{:width$}  {:10}{}",
        "code", "name", "severity", "tell-tale"
    );
    writeln!(out, "{}", screen.paint(Role::Label, &head))?;
    for rule in RULES {
        let severity = rule.severity.as_str();
        let indent = 8 + width + 2 + 10;
        let tell_tale = wrap(rule.tell_tale, screen.width.saturating_sub(indent));
        let tell_tale = tell_tale.join(&format!("\n{:indent$}", ""));
        writeln!(
            out,
            "{:8}{:width$}  {severity:10}{tell_tale}",
            rule.code, rule.name
        )?;
    }
    Ok(())
}

fn explain(out: &mut dyn Write, screen: &Screen, rule: &Rule) -> io::Result<()> {
    let title = format!("{} {}", rule.code, rule.name);
    writeln!(
        out,
        "{}   {}   since {}",
        screen.paint(Role::Label, &title),
        rule.severity.as_str(),
        rule.since
    )?;
    for (heading, text) in sections(rule.documentation) {
        let label = format!("{:12}", label(heading));
        let lines = wrap(&text, screen.width.saturating_sub(TEXT_COLUMN));
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 {
                screen.paint(Role::Label, &label)
            } else {
                " ".repeat(12).into()
            };
            writeln!(out, "  {label}{}", screen.escaped(line))?;
        }
    }
    Ok(())
}

/// The parts of a rule's text: heading, and what stands below it as one paragraph.
fn sections(documentation: &str) -> Vec<(&str, String)> {
    let mut sections: Vec<(&str, String)> = Vec::new();
    for line in documentation.lines().map(str::trim) {
        if let Some(heading) = line.strip_prefix("## ") {
            sections.push((heading, String::new()));
        } else if let Some((_, text)) = sections.last_mut()
            && !line.is_empty()
        {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&ascii(line));
        }
    }
    sections
}

/// The one word for a heading.
fn label(heading: &str) -> &str {
    match heading {
        "What it means" => "means",
        "Why it happens" => "happens",
        "How to confirm" => "confirm",
        "How to fix" => "fix",
        "References" => "references",
        other => other,
    }
}

/// The catalogue's texts write sections as books do; a terminal may have ASCII only.
fn ascii(text: &str) -> String {
    text.replace(['\u{a7}', '`'], "")
}

const TEXT_COLUMN: usize = 14;
