//! `ikescope explain`: what a finding means, from the catalogue's own texts.

use std::io::{self, BufWriter, Write};

use anyhow::bail;
use ikescope_analysis::{RULES, Rule, find_rule};
use serde_json::{Value, json};

use crate::args::{ExplainArgs, PlainFormat};
use crate::commands::vendor_ids;
use crate::exit::Exit;
use crate::nearest::nearest;
use crate::output::screen::{Role, Screen};
use crate::output::wrap::wrap;

/// Runs the command.
pub(crate) fn run(args: &ExplainArgs) -> anyhow::Result<Exit> {
    let screen = Screen::new(&args.look, false);
    let mut out = BufWriter::new(io::stdout().lock());
    let is_json = args.format == Some(PlainFormat::Json);
    if args.vendors {
        if is_json {
            json(&mut out, vendor_ids::objects())?;
        } else {
            vendor_ids::list(&mut out, &screen)?;
        }
    } else {
        let rules: Vec<&Rule> = if args.list {
            RULES.to_vec()
        } else {
            let named = args.names.iter().map(|name| rule(name));
            named.collect::<anyhow::Result<_>>()?
        };
        if is_json {
            json(&mut out, rules.into_iter().map(object).collect())?;
        } else if args.list {
            list(&mut out, &screen, &rules)?;
        } else {
            pages(&mut out, &screen, &rules)?;
        }
    }
    out.flush()?;
    Ok(Exit::Written)
}

fn json(out: &mut dyn Write, objects: Vec<Value>) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Value::Array(objects))?;
    writeln!(out)
}

/// A rule as JSON; its text by the labels that the page has.
fn object(rule: &Rule) -> Value {
    let mut object = json!({
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.as_str(),
        "phase": phase(rule),
        "since": rule.since,
        "tell_tale": rule.tell_tale,
    });
    for (heading, text) in sections(rule.documentation) {
        object[label(heading)] = Value::from(text);
    }
    object
}

/// What of a tunnel's life a rule is about, as the first digit of its code says.
fn phase(rule: &Rule) -> &'static str {
    match rule.code.as_bytes().get(3) {
        Some(b'0') => "the capture",
        Some(b'1') => "the way to the peer",
        Some(b'2') => "proposals and key exchange",
        Some(b'3') => "authentication",
        Some(b'4') => "Child SA, quick mode",
        Some(b'5') => "liveness and rekeying",
        Some(b'6') => "traffic",
        _ => "good practice",
    }
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

fn list(out: &mut dyn Write, screen: &Screen, rules: &[&Rule]) -> io::Result<()> {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let beside = CODE_WIDTH + width + 2 + SEVERITY_WIDTH;
    let is_narrow = beside + LEAST_TELL_TALE > screen.width;
    let indent = if is_narrow { CODE_WIDTH } else { beside };
    let gap = if is_narrow {
        format!("\n{:indent$}", "")
    } else {
        String::new()
    };
    let head = format!("{:8}{:width$}  {:10}", "code", "name", "severity");
    let head = format!(
        "{}{gap}tell-tale",
        if is_narrow { head.trim_end() } else { &head }
    );
    writeln!(out, "{}", screen.paint(Role::Label, &head))?;
    let mut above = "";
    for rule in rules {
        if phase(rule) != above {
            above = phase(rule);
            writeln!(out, "\n{}", screen.paint(Role::Label, above))?;
        }
        let severity = rule.severity.as_str();
        let tell_tale = wrap(rule.tell_tale, screen.width.saturating_sub(indent));
        let tell_tale = tell_tale.join(&format!("\n{:indent$}", ""));
        let head = format!("{:8}{:width$}  {severity:10}", rule.code, rule.name);
        let head = if is_narrow { head.trim_end() } else { &head };
        writeln!(out, "{head}{gap}{tell_tale}")?;
    }
    Ok(())
}

/// Columns of a code and of a severity, each with the gap behind it.
const CODE_WIDTH: usize = 8;
const SEVERITY_WIDTH: usize = 10;
/// Fewest columns that a tell-tale stands in beside its finding; else it stands below.
const LEAST_TELL_TALE: usize = 24;

fn pages(out: &mut dyn Write, screen: &Screen, rules: &[&Rule]) -> io::Result<()> {
    for (index, rule) in rules.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        explain(out, screen, rule)?;
    }
    Ok(())
}

fn explain(out: &mut dyn Write, screen: &Screen, rule: &Rule) -> io::Result<()> {
    let title = format!("{} {}", rule.code, rule.name);
    let severity = rule.severity.as_str();
    let rest = format!("{severity}   {}   since {}", phase(rule), rule.since);
    let fits = title.len() + 3 + rest.len() <= screen.width;
    let gap = if fits { "   " } else { "\n  " };
    writeln!(out, "{}{gap}{rest}", screen.paint(Role::Label, &title))?;
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
