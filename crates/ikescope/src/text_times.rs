//! What the command line tells of the times of text inputs.

use std::str::FromStr;

use clap::Args;
use ikescope_capture::TextOptions;
use ikescope_wire::observed::Timestamp;

/// What texts do not say of their times.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Reading")]
pub(crate) struct TextArgs {
    /// Zone of text input that names none, as +09:00 [default: UTC].
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    input_tz: Option<Zone>,
    /// When text input begins that names no date: 2026-03-14, or 2026-03-14T02:00:00.
    #[arg(long, value_name = "DATE")]
    input_date: Option<Date>,
}

impl TextArgs {
    /// The same for the library.
    pub(crate) fn options(self) -> TextOptions {
        let mut options = TextOptions::default();
        options.zone = self.input_tz.map_or(0, |Zone(seconds)| seconds);
        options.date = self.input_date.map(|Date(time)| time);
        options
    }
}

/// Seconds east of UTC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Zone(i32);

impl FromStr for Zone {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let zone = TextOptions::parse_zone(text).map(Self);
        zone.ok_or("expected hours and minutes east of UTC, such as +09:00 or -0530")
    }
}

/// A date and time of day of no zone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Date(Timestamp);

impl FromStr for Date {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let date = TextOptions::parse_date(text).map(Self);
        date.ok_or("expected a date such as 2026-03-14 or 2026-03-14T02:00:00")
    }
}
