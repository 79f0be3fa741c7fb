//! The capture interfaces of a file, each with its link type and its clock.

use ikescope_wire::observed::Timestamp;
use pcap_parser::{InterfaceDescriptionBlock, OptionCode};

use super::fields::u64_at;
use crate::frame::LinkType;
use crate::write::TimeUnit;

/// A capture interface, as the file describes it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Interface {
    /// What its frames begin with.
    pub link: LinkType,
    /// Octets kept of each frame at most; 0 is no limit.
    pub snap_length: u32,
    /// Its name, at most 256 octets, if the file tells it.
    pub name: Option<String>,
    /// What is said of it beside its name, at most 256 octets, if the file tells it.
    pub description: Option<String>,
    pub(super) clock: Clock,
    /// Frames it dropped, by the statistics of the capturing host.
    pub(super) dropped: u64,
}

impl Interface {
    /// `unit` is what its clock counts.
    pub(super) const fn new(link: LinkType, snap_length: u32, unit: TimeUnit) -> Self {
        Self {
            link,
            snap_length,
            name: None,
            description: None,
            clock: Clock {
                resolution: Resolution::Multiply(unit.nanoseconds().unsigned_abs()),
                offset: 0,
            },
            dropped: 0,
        }
    }

    /// What its clock counts, or the next finer unit that can be written.
    #[must_use]
    pub const fn time_unit(&self) -> TimeUnit {
        match self.clock.resolution {
            Resolution::Multiply(nanoseconds) if nanoseconds >= 1000 => TimeUnit::Microseconds,
            _ => TimeUnit::Nanoseconds,
        }
    }

    pub(super) fn of_block(block: &InterfaceDescriptionBlock<'_>, big_endian: bool) -> Self {
        let mut interface = Self::new(
            LinkType(block.linktype.0 as u16),
            block.snaplen,
            TimeUnit::Microseconds,
        );
        for option in &block.options {
            let value = option.as_bytes().unwrap_or_default();
            match option.code {
                OptionCode::IfName => interface.name = Some(text(value)),
                OptionCode::IfDescription => interface.description = Some(text(value)),
                OptionCode::IfTsresol => {
                    if let [resolution, ..] = *value {
                        interface.clock.resolution = Resolution::of_option(resolution);
                    }
                }
                OptionCode::IfTsoffset => {
                    interface.clock.offset = u64_at(value, 0, big_endian).unwrap_or(0) as i64;
                }
                _ => {}
            }
        }
        interface
    }
}

/// What a timestamp of an interface counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Clock {
    resolution: Resolution,
    /// Seconds to add.
    offset: i64,
}

/// How nanoseconds are made of ticks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Resolution {
    Multiply(u64),
    Divide(i128),
    /// Ticks of 2^-n seconds.
    Shift(u8),
}

impl Resolution {
    /// if_tsresol: the highest bit tells a power of two from a power of ten.
    fn of_option(value: u8) -> Self {
        let exponent = value & 0x7f;
        if value & 0x80 != 0 {
            return Self::Shift(exponent);
        }
        match exponent.checked_sub(9) {
            None => Self::Multiply(10u64.saturating_pow(u32::from(9 - exponent))),
            Some(finer) => Self::Divide(10i128.saturating_pow(finer.into())),
        }
    }
}

impl Clock {
    /// The time of a packet; times that 64 bits of nanoseconds cannot hold are clamped.
    pub(super) fn time(self, ticks: u64) -> Timestamp {
        let ticks = i128::from(ticks);
        let nanoseconds = match self.resolution {
            Resolution::Multiply(factor) => ticks * i128::from(factor),
            Resolution::Divide(divisor) => ticks / divisor,
            Resolution::Shift(bits) => (ticks * 1_000_000_000) >> bits,
        };
        let nanoseconds = nanoseconds + i128::from(self.offset) * 1_000_000_000;
        let bounded = nanoseconds.clamp(i64::MIN.into(), i64::MAX.into());
        Timestamp(i64::try_from(bounded).unwrap_or(i64::MAX))
    }
}

fn text(octets: &[u8]) -> String {
    let bounded = octets.get(..MAX_NAME).unwrap_or(octets);
    String::from_utf8_lossy(bounded)
        .trim_end_matches('\0')
        .to_owned()
}

const MAX_NAME: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(if_tsresol: u8, offset: i64) -> Clock {
        Clock {
            resolution: Resolution::of_option(if_tsresol),
            offset,
        }
    }

    #[test]
    fn reads_ticks_of_each_power_of_ten() {
        assert_eq!(clock(0, 0).time(2), Timestamp(2_000_000_000));
        assert_eq!(clock(6, 0).time(1_000_001), Timestamp(1_000_001_000));
        assert_eq!(clock(9, 0).time(1_000_000_001), Timestamp(1_000_000_001));
        assert_eq!(clock(12, 0).time(1_999), Timestamp(1));
        assert_eq!(clock(127, 0).time(u64::MAX), Timestamp(0));
    }

    #[test]
    fn reads_ticks_of_powers_of_two() {
        // if_tsresol 0x8a: 1024 ticks in a second.
        assert_eq!(clock(0x8a, 0).time(1536), Timestamp(1_500_000_000));
        // 2^-32 s, the fraction of NTP: a half.
        assert_eq!(clock(0xa0, 0).time(3 << 31), Timestamp(1_500_000_000));
    }

    #[test]
    fn adds_the_offset_in_seconds() {
        assert_eq!(clock(6, 10).time(1), Timestamp(10_000_001_000));
        assert_eq!(clock(6, -10).time(1), Timestamp(-9_999_999_000));
    }

    #[test]
    fn clamps_times_that_nobody_lives_in() {
        assert_eq!(clock(0, 0).time(u64::MAX), Timestamp(i64::MAX));
        assert_eq!(clock(6, i64::MIN).time(0), Timestamp(i64::MIN));
    }
}
