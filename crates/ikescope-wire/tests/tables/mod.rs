//! Reads the tables of the shared reference material: tab-separated, one header row, no quoting.

use std::collections::HashMap;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// The directory of the tables, where there is one.
pub(crate) fn directory() -> Option<PathBuf> {
    ikescope_testkit::shared_dir().map(|shared| shared.join("registries"))
}

/// One row, by the names of its columns.
pub(crate) struct Row {
    cells: HashMap<String, String>,
}

impl Row {
    /// A cell; empty where the table has no such column.
    pub(crate) fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// The column "value": one number, or a range of them. None for a pattern like `0xnn00`.
    pub(crate) fn values(&self) -> Option<RangeInclusive<u64>> {
        let value = self.cell("value");
        let (first, last) = value.split_once('-').unwrap_or((value, value));
        Some(number(first)?..=number(last)?)
    }
}

/// Every row of a table.
pub(crate) fn rows(directory: &Path, file: &str) -> Vec<Row> {
    let text = fs::read_to_string(directory.join(file)).unwrap();
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines.map(|line| row(&columns, line)).collect()
}

fn row(columns: &[&str], line: &str) -> Row {
    let cells = columns.iter().zip(line.split('\t'));
    Row {
        cells: cells
            .map(|(column, cell)| (column.to_string(), cell.to_owned()))
            .collect(),
    }
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}
