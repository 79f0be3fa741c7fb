//! How far the clocks of two captures are apart.

/// By how much B's clock is ahead of A's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Clock {
    /// Nanoseconds that B's clock is ahead.
    pub ahead: i64,
    /// Round trips it was estimated from. Without any, the quickest message is taken to have needed
    /// no time at all, and only differences between transit times mean something.
    pub round_trips: usize,
    /// Nanoseconds that the estimate may be wrong by, either way; `None` where nothing bounds it.
    pub within: Option<i64>,
}

impl Clock {
    /// What somebody told.
    pub(super) fn told(offset: Option<i64>) -> Option<Self> {
        Some(Self {
            ahead: offset?,
            round_trips: 0,
            within: Some(0),
        })
    }

    /// From requests that B saw so many nanoseconds later than A by their clocks, and answers that A
    /// saw so many later than B, where A is nearer to who asks. The sum of a pair is what both ways
    /// need; half of the difference is the clock, if both need the same, and never wrong by more than
    /// half of the sum. The quickest of either direction bound it best.
    pub(super) fn estimate(there: &[i64], back: &[i64]) -> Option<Self> {
        let (there_least, back_least) = (there.iter().min(), back.iter().min());
        match (there_least, back_least) {
            (Some(there_least), Some(back_least)) => {
                let both_ways = there_least.saturating_add(*back_least);
                Some(Self {
                    ahead: there_least.saturating_sub(*back_least) / 2,
                    round_trips: there.len().min(back.len()),
                    within: Some(both_ways.max(0) / 2),
                })
            }
            (Some(least), None) => Some(Self::from_one_way(*least)),
            (None, Some(least)) => Some(Self::from_one_way(-least)),
            (None, None) => None,
        }
    }

    const fn from_one_way(ahead: i64) -> Self {
        Self {
            ahead,
            round_trips: 0,
            within: None,
        }
    }

    /// The better the estimate, the smaller.
    pub(super) fn uncertainty(&self) -> i64 {
        self.within.unwrap_or(i64::MAX)
    }

    /// The same clock with the captures' names exchanged.
    pub(super) const fn reversed(self) -> Self {
        Self {
            ahead: -self.ahead,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn halves_the_difference_of_the_quickest_of_either_direction() {
        // B is 400 ahead; 11 there, 13 back, and slower ones.
        let clock = Clock::estimate(&[411, 480], &[-387, -300]).unwrap();
        assert_eq!((clock.ahead, clock.within), (399, Some(12)));
        assert_eq!(clock.round_trips, 2);
    }

    #[test]
    fn says_that_one_direction_bounds_nothing() {
        let clock = Clock::estimate(&[411, 480], &[]).unwrap();
        assert_eq!(
            (clock.ahead, clock.round_trips, clock.within),
            (411, 0, None)
        );
        assert_eq!(Clock::estimate(&[], &[]), None);
    }
}
