//! When a flow carried packets: a histogram over its life in a few bins, whose width grows with it.

use ikescope_wire::observed::Timestamp;

/// Packets over time. The bins are whole multiples of their width since the epoch, so those of
/// several flows line up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Activity {
    /// Seconds per bin.
    width: u32,
    /// Start of the first bin, seconds since the epoch.
    start: i64,
    /// End of the last bin, nanoseconds since the epoch.
    end: i64,
    packets: Vec<u32>,
    /// Of the same bins, up to the last in which any were: most flows lose none.
    lost: Vec<u32>,
}

impl Activity {
    pub(crate) fn new(time: Timestamp) -> Self {
        let start = time.0.div_euclid(SECOND);
        Self {
            width: WIDTHS[0],
            start,
            end: (start + i64::from(WIDTHS[0])).saturating_mul(SECOND),
            packets: vec![1],
            lost: Vec::new(),
        }
    }

    /// Counts a packet, and how many sequence numbers it skipped.
    pub(crate) fn add(&mut self, time: Timestamp, lost: u32) {
        if time.0 >= self.end {
            self.reach(time);
        }
        // What comes out of order counts for the newest bin: the window that puts packets in order
        // is shorter than most bins.
        let newest = self.packets.len() - 1;
        add(&mut self.packets, newest, 1);
        if lost > 0 {
            add(&mut self.lost, newest, lost);
        }
    }

    /// Adds bins up to a time, wider ones if they would become too many.
    fn reach(&mut self, time: Timestamp) {
        let second = time.0.div_euclid(SECOND);
        while second.saturating_sub(self.start) / i64::from(self.width) >= BINS as i64 {
            self.widen();
        }
        let last = second.saturating_sub(self.start) / i64::from(self.width);
        let count = usize::try_from(last).unwrap_or(0) + 1;
        reach(&mut self.packets, count);
        let seconds = self.start + i64::from(self.width) * count as i64;
        self.end = seconds.saturating_mul(SECOND);
    }

    fn widen(&mut self) {
        let wider = WIDTHS.iter().find(|width| **width > self.width);
        let wider = wider.map_or_else(|| self.width.saturating_mul(2), |width| *width);
        let start = self.start.div_euclid(i64::from(wider)) * i64::from(wider);
        let gather = |bins: &[u32]| {
            let mut gathered = Vec::new();
            for (index, count) in bins.iter().enumerate() {
                let second = self.start + index as i64 * i64::from(self.width);
                let place = usize::try_from((second - start) / i64::from(wider)).unwrap_or(0);
                add(&mut gathered, place, *count);
            }
            gathered
        };
        (self.packets, self.lost) = (gather(&self.packets), gather(&self.lost));
        (self.width, self.start) = (wider, start);
    }

    /// Seconds per bin.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Start of the first bin, seconds since the epoch.
    #[must_use]
    pub const fn start(&self) -> i64 {
        self.start
    }

    /// Packets in each bin.
    #[must_use]
    pub fn packets(&self) -> &[u32] {
        &self.packets
    }

    /// Sequence numbers skipped in each bin, as many as there are bins.
    pub fn lost(&self) -> impl Iterator<Item = u32> {
        let lost = self.lost.iter().copied();
        lost.chain(core::iter::repeat(0)).take(self.packets.len())
    }
}

/// Adds to a bin, and adds the bins up to it if there are none.
fn add(bins: &mut Vec<u32>, place: usize, count: u32) {
    if bins.len() <= place {
        reach(bins, place + 1);
    }
    if let Some(bin) = bins.get_mut(place) {
        *bin = bin.saturating_add(count);
    }
}

/// Adds bins up to so many. Room is doubled, but not for more than there will be.
fn reach(bins: &mut Vec<u32>, count: usize) {
    if count > bins.capacity() {
        let room = count.max((bins.capacity() * 2).min(BINS));
        bins.reserve_exact(room - bins.len());
    }
    bins.resize(count, 0);
}

/// Most bins.
const BINS: usize = 90;
/// Seconds per bin, each a multiple of the one before.
const WIDTHS: [u32; 12] = [
    1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400,
];
/// Nanoseconds.
const SECOND: i64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: &[i64]) -> Activity {
        let mut activity = Activity::new(Timestamp::new(seconds[0], 0));
        for second in &seconds[1..] {
            activity.add(Timestamp::new(*second, 0), 0);
        }
        activity
    }

    #[test]
    fn counts_packets_second_by_second() {
        let activity = at(&[1_000, 1_000, 1_002, 1_003]);
        assert_eq!((activity.width(), activity.start()), (1, 1_000));
        assert_eq!(activity.packets(), [2, 0, 1, 1]);
    }

    #[test]
    fn bins_grow_wider_so_that_they_stay_few_and_nothing_is_lost() {
        let seconds: Vec<i64> = (1_003..1_003 + 100_000).collect();
        let mut activity = at(&seconds);
        assert!(activity.packets().len() <= BINS);
        assert_eq!((activity.width(), activity.start() % 1_800), (1_800, 0));
        assert_eq!(activity.packets().iter().sum::<u32>(), 100_000);
        // The first bin begins before the first packet, every one between holds 1,800 of them.
        assert!(
            activity.packets()[1..50]
                .iter()
                .all(|count| *count == 1_800)
        );
        activity.add(Timestamp::new(i64::MAX / SECOND - 1, 0), 7);
        assert!(activity.packets().len() <= BINS);
        assert_eq!(activity.lost().sum::<u32>(), 7);
    }

    #[test]
    fn a_packet_out_of_order_is_counted_all_the_same() {
        assert_eq!(at(&[1_000, 1_005, 1_004]).packets(), [1, 0, 0, 0, 0, 2]);
    }
}
