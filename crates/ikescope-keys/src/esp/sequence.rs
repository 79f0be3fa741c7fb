//! Sequence numbers of 64 bits of which packets carry the lower half (RFC 4303 §2.2.1, appendix A).

use std::collections::HashMap;
use std::net::IpAddr;

/// SAs followed at once; beyond it the guess is made anew each time.
const SAS: usize = 65_536;

/// An SA by its receiver and SPI.
type Sa = (IpAddr, u32);

/// One way to read a sequence number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Guess {
    /// The upper half; `None` if there is none.
    pub(super) upper: Option<u32>,
    lower: u32,
}

impl Guess {
    /// The whole number.
    pub(super) const fn number(self) -> u64 {
        match self.upper {
            Some(upper) => (upper as u64) << 32 | self.lower as u64,
            None => self.lower as u64,
        }
    }
}

/// How the newest packet of each SA was read.
#[derive(Debug, Default)]
pub(super) struct Sequences(HashMap<Sa, Guess>);

impl Sequences {
    /// The ways to read the number of the next packet, the likeliest first. `extended` is what the
    /// source of the keys says; where it is silent the checksum will tell.
    pub(super) fn guesses(
        &self,
        sa: Sa,
        lower: u32,
        extended: Option<bool>,
    ) -> impl Iterator<Item = Guess> + use<> {
        let newest = self.0.get(&sa).copied();
        let likely = newest.and_then(|newest| {
            let upper = newest.upper?;
            // Far behind the newest: the lower half has begun anew. Far ahead: it is from before.
            let ahead = lower.wrapping_sub(newest.lower);
            let begins_anew = lower < newest.lower && ahead < HALF;
            let is_older = lower > newest.lower && ahead >= HALF;
            Some(if begins_anew {
                upper.wrapping_add(1)
            } else {
                upper.saturating_sub(u32::from(is_older))
            })
        });
        let known = likely.is_some();
        let plain = (!known && extended != Some(true)).then_some(None);
        let wide = if extended == Some(false) {
            Vec::new()
        } else {
            match likely {
                Some(upper) => vec![upper, upper.saturating_add(1), 0],
                None => vec![0, 1],
            }
        };
        plain
            .into_iter()
            .chain(wide.into_iter().map(Some))
            .map(move |upper| Guess { upper, lower })
    }

    /// Remembers how a packet was read, unless it is older than the newest.
    pub(super) fn note(&mut self, sa: Sa, guess: Guess) {
        if let Some(newest) = self.0.get_mut(&sa) {
            if newest.number() <= guess.number() {
                *newest = guess;
            }
        } else if self.0.len() < SAS {
            self.0.insert(sa, guess);
        }
    }
}

/// Numbers further apart than this are nearer the other way round.
const HALF: u32 = 1 << 31;

#[cfg(test)]
mod tests {
    use super::*;

    fn first(sequences: &Sequences, lower: u32) -> Option<u32> {
        let sa = (IpAddr::from([192, 0, 2, 1]), 7);
        sequences.guesses(sa, lower, Some(true)).next()?.upper
    }

    #[test]
    fn counts_on_where_the_lower_half_begins_anew() {
        let mut sequences = Sequences::default();
        let sa = (IpAddr::from([192, 0, 2, 1]), 7);
        assert_eq!(first(&sequences, 5), Some(0));
        sequences.note(
            sa,
            Guess {
                upper: Some(3),
                lower: 0xffff_fff0,
            },
        );
        assert_eq!(first(&sequences, 0xffff_fff5), Some(3));
        assert_eq!(first(&sequences, 2), Some(4));
        sequences.note(
            sa,
            Guess {
                upper: Some(4),
                lower: 2,
            },
        );
        assert_eq!(first(&sequences, 0xffff_fffe), Some(3));
    }

    #[test]
    fn leaves_the_upper_half_out_where_the_source_says_so() {
        let sequences = Sequences::default();
        let sa = (IpAddr::from([192, 0, 2, 1]), 7);
        let all = |extended| -> Vec<Option<u32>> {
            sequences
                .guesses(sa, 5, extended)
                .map(|guess| guess.upper)
                .collect()
        };
        assert_eq!(all(Some(false)), [None]);
        assert_eq!(all(None), [None, Some(0), Some(1)]);
    }
}
