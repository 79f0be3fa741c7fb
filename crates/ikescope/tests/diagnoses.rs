//! `docs/diagnoses.md`: which rule covers which statement of the troubleshooting guides, or why no
//! capture can. Written from `docs/diagnoses.tsv`; `UPDATE_DIAGNOSES=1` writes it anew.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use ikescope_analysis::{Rule, find_rule};
use ikescope_testkit::{shared_dir, testdata_dir};

#[test]
fn the_page_is_that_of_the_table() {
    let path = docs().join("diagnoses.md");
    let page = page();
    if env::var_os("UPDATE_DIAGNOSES").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == page,
        "UPDATE_DIAGNOSES=1 writes docs/diagnoses.md anew"
    );
}

#[test]
fn every_statement_has_a_rule_that_exists_or_a_reason() {
    let table = table();
    let mut seen = BTreeSet::new();
    for statement in statements(&table) {
        assert!(seen.insert(statement.id), "{} twice", statement.id);
        assert!(
            !statement.rules.is_empty() || !statement.note.is_empty(),
            "{} has neither rule nor reason",
            statement.id
        );
        for name in &statement.rules {
            assert!(find_rule(name).is_some(), "{}: {name}", statement.id);
        }
    }
}

/// The guides' own numbers are the identifiers of the table.
#[test]
fn no_statement_of_the_guides_is_left_out() {
    let Some(shared) = shared_dir() else { return };
    let guide = fs::read_to_string(shared.join("diagnoses.md")).unwrap();
    let wanted: BTreeSet<&str> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("| D")?.split_once(' '))
        .map(|(id, _)| id)
        .filter(|id| id.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    let table = table();
    let held: BTreeSet<&str> = statements(&table)
        .filter_map(|statement| statement.id.strip_prefix('D'))
        .collect();
    assert!(wanted.len() > 150, "{}", wanted.len());
    assert_eq!(held, wanted);
}

struct Statement<'a> {
    id: &'a str,
    says: &'a str,
    rules: Vec<&'a str>,
    note: &'a str,
}

fn table() -> String {
    fs::read_to_string(docs().join("diagnoses.tsv")).unwrap()
}

fn statements(table: &str) -> impl Iterator<Item = Statement<'_>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(statement)
}

fn statement(line: &str) -> Statement<'_> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [id, says, rules, note] = cells[..] else {
        panic!("four cells, not {line:?}");
    };
    Statement {
        id,
        says,
        rules: rules.split_whitespace().collect(),
        note,
    }
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    for line in table().lines().skip(1) {
        match line.strip_prefix("# ") {
            Some(section) => write!(page, "\n## {section}\n\n{TABLE_HEAD}").unwrap(),
            None => writeln!(page, "{}", row(&statement(line))).unwrap(),
        }
    }
    page
}

fn row(statement: &Statement<'_>) -> String {
    let named = |rule: &Rule| format!("{} {}", rule.code, rule.name);
    let rules: Vec<String> = statement
        .rules
        .iter()
        .filter_map(|name| find_rule(name).map(named))
        .collect();
    let Statement { id, says, note, .. } = statement;
    format!("| {id} | {says} | {} | {note} |", rules.join(", "))
}

fn docs() -> PathBuf {
    testdata_dir().join("../docs")
}

const HEAD: &str = "\
# From statement to rule

What troubleshooting guides for IPsec tell their readers to look at, and the rules that look at it
here. Where there is no rule the last column says why: the report shows it without one, or no
capture can. `ikescope explain` prints every rule. This page is written from `diagnoses.tsv`.
";

const TABLE_HEAD: &str = "\
| no. | statement | rules | note |
| --- | --- | --- | --- |
";
