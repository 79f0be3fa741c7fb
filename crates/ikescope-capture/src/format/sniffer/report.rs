//! What is told of damage: where it is, in a line that may have been changed on the way here.

use crate::text::{Damage, Outcome, TextCensus, TextDamage};

/// The line that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// Its number, counted from 1.
    pub(super) line: u64,
    pub(super) text: &'a [u8],
}

/// Damage that is still to be told, and the counts.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) damages: Vec<TextDamage>,
    /// Damage that is counted, but not described.
    pub(super) untold: u64,
    pub(super) census: TextCensus,
}

impl Report {
    /// Describes damage without telling it yet; `column` is counted from 0.
    #[expect(clippy::unused_self, reason = "reads as the other calls do")]
    pub(super) fn note(
        &self,
        place: &Place<'_>,
        column: usize,
        damage: Damage,
        outcome: Outcome,
    ) -> TextDamage {
        let visible = |octets: &[u8]| -> String {
            let text = String::from_utf8_lossy(octets);
            text.chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect()
        };
        let shown = place.text.get(..LONGEST_SHOWN).unwrap_or(place.text);
        let before = place
            .text
            .get(..column.min(shown.len()))
            .unwrap_or_default();
        TextDamage {
            line: place.line,
            column: u32::try_from(visible(before).chars().count() + 1).unwrap_or(u32::MAX),
            text: visible(shown),
            damage,
            outcome,
            reading: String::new(),
        }
    }

    /// Tells damage.
    pub(super) fn push(&mut self, damage: TextDamage) {
        let repaired = !matches!(damage.outcome, Outcome::Cut | Outcome::Marked);
        self.census.repaired_lines += u64::from(repaired);
        if self.damages.len() < MOST_DAMAGES {
            self.damages.push(damage);
        } else {
            self.untold += 1;
        }
    }

    /// Describes damage and tells it.
    pub(super) fn add(
        &mut self,
        place: &Place<'_>,
        column: usize,
        damage: Damage,
        outcome: Outcome,
        reading: String,
    ) {
        let mut note = self.note(place, column, damage, outcome);
        note.reading = reading;
        self.push(note);
    }
}

/// Described between two packets; notes are not more of all packets together.
const MOST_DAMAGES: usize = 100;
const LONGEST_SHOWN: usize = 160;
