//! ESP over time, one half for each direction: initiator to responder above the axis, the other way
//! below, on one square-root scale.

use std::fmt::Write as _;

use ikescope::report::{Esp, Tunnel};
use ikescope_wire::observed::Timestamp;
use maud::{Markup, html};

use super::px;
use crate::output::clock::{self, Utc};
use crate::output::story::Story;
use crate::output::words::{counted, grouped, seconds, size};

pub(super) fn details(tunnel: &Tunnel, story: &Story<'_>) -> Markup {
    let flows = story.shown().map_or(&tunnel.esp, |shown| &shown.esp);
    let left = story
        .shown()
        .map_or(tunnel.a, |shown| shown.initiator.address);
    let right = story
        .shown()
        .map_or(tunnel.b, |shown| shown.responder.address);
    html! {
        @if let Some(axis) = Axis::of(flows, story) {
            details {
                summary { "ESP timeline (" (counted(flows.len() as u64, "flow")) ")" }
                div.scroll tabindex="0" role="group" aria-label="ESP timeline" {
                    (axis.svg(flows, story, |flow| flow.from == left || flow.to == right))
                }
                (table(flows))
            }
        }
    }
}

/// The time that is drawn.
struct Axis {
    /// Seconds since the epoch.
    start: i64,
    /// Seconds per bin.
    width: i64,
    bins: usize,
    /// Most packets that one direction carried in one bin.
    most: u64,
}

impl Axis {
    /// Bins as wide as the widest of the flows, wider where the time between them asks for it.
    fn of(flows: &[Esp], story: &Story<'_>) -> Option<Self> {
        let start = flows.iter().map(|flow| flow.activity.start).min()?;
        let (_, listened) = story.span();
        let last = flows.iter().map(|flow| {
            let activity = &flow.activity;
            activity.start + i64::from(activity.width) * activity.packets.len() as i64
        });
        let end = last.max()?.max(listened.0.div_euclid(SECOND));
        let widest = flows.iter().map(|flow| flow.activity.width).max()?;
        let width = WIDTHS
            .into_iter()
            .find(|width| *width >= i64::from(widest) && (end - start) / width < BINS)
            .unwrap_or_else(|| ((end - start) / BINS).max(1));
        let start = start.div_euclid(width) * width;
        let bins = usize::try_from((end - start) / width).ok()? + 1;
        let mut axis = Self {
            start,
            width,
            bins,
            most: 1,
        };
        axis.most = axis.fullest(flows);
        Some(axis)
    }

    fn fullest(&self, flows: &[Esp]) -> u64 {
        let of_sender = |flow: &Esp| {
            let mut sums = vec![0; self.bins];
            for same in flows.iter().filter(|other| other.from == flow.from) {
                self.sum(&same.activity.packets, same, &mut sums);
            }
            sums.into_iter().max()
        };
        flows.iter().filter_map(of_sender).max().unwrap_or(1).max(1)
    }

    /// Adds one flow's counts to the bins of the drawing.
    fn sum(&self, counts: &[u32], flow: &Esp, sums: &mut [u64]) {
        for (index, count) in counts.iter().enumerate() {
            let second = flow.activity.start + index as i64 * i64::from(flow.activity.width);
            let place = usize::try_from((second - self.start) / self.width);
            if let Some(sum) = place.ok().and_then(|place| sums.get_mut(place)) {
                *sum += u64::from(*count);
            }
        }
    }

    fn svg(&self, flows: &[Esp], story: &Story<'_>, upward: impl Fn(&Esp) -> bool) -> Markup {
        let mut stacked = [vec![0; self.bins], vec![0; self.bins]];
        let directions: Vec<bool> = flows.iter().map(upward).collect();
        html! {
            svg.timeline viewBox={ "0 0 " (WIDTH) " 164" } role="img" aria-label=(said(flows)) {
                (self.unlistened(story))
                text.note x="0" y="44" { "to responder" }
                text.note x="0" y="116" { "to initiator" }
                path.axis d={ "M" (EDGE) " " (AXIS) "H" (WIDTH) } {}
                @for (index, (flow, up)) in flows.iter().zip(directions.iter().copied()).enumerate() {
                    @let older = directions.iter().take(index).filter(|other| **other == up);
                    @let generation = older.count() % SHADES;
                    @let bars = self.bars(flow, up, &mut stacked[usize::from(!up)]);
                    path class={ "bars g" (generation) } d=(bars) {
                        title { "ESP " (flow.spi) ", " (grouped(flow.packets)) " packets" }
                    }
                    @for x in self.gaps(flow) {
                        circle.gap cx=(px(x)) cy=(if up { AXIS - 66 } else { AXIS + 66 }) r="2.5" {
                            title { "sequence numbers skipped" }
                        }
                    }
                }
                (self.events(story))
                (self.scale())
            }
        }
    }

    /// The bars of one flow, on top of those already there.
    fn bars(&self, flow: &Esp, up: bool, stacked: &mut [u64]) -> String {
        let mut sums = vec![0; self.bins];
        self.sum(&flow.activity.packets, flow, &mut sums);
        let step = self.step();
        let wide = (step - 0.6).clamp(0.6, BAR);
        let mut path = String::new();
        for (index, (packets, below)) in sums.iter().zip(stacked).enumerate() {
            if *packets == 0 {
                continue;
            }
            let (from, to) = (self.height(*below), self.height(*below + packets));
            *below += packets;
            let sign = if up { -1.0 } else { 1.0 };
            let _ = write!(
                path,
                "M{} {}h{}v{}h-{}z",
                px(f64::from(EDGE) + (index as f64 + 0.5) * step - wide / 2.0),
                px(f64::from(AXIS) + sign * from),
                px(wide),
                px(sign * (to - from).max(1.0)),
                px(wide),
            );
        }
        path
    }

    fn height(&self, packets: u64) -> f64 {
        (packets as f64 / self.most as f64).sqrt() * HALF
    }

    fn step(&self) -> f64 {
        f64::from(WIDTH - EDGE) / self.bins as f64
    }

    fn x(&self, time: Timestamp) -> f64 {
        let after = time.0 as f64 / SECOND as f64 - self.start as f64;
        let share = after / (self.width as f64 * self.bins as f64);
        f64::from(EDGE) + share.clamp(0.0, 1.0) * f64::from(WIDTH - EDGE)
    }

    /// Where sequence numbers were skipped.
    fn gaps(&self, flow: &Esp) -> Vec<f64> {
        let mut sums = vec![0; self.bins];
        self.sum(&flow.activity.lost, flow, &mut sums);
        let step = self.step();
        let lost = sums.iter().enumerate().filter(|(_, lost)| **lost > 0);
        lost.map(|(index, _)| f64::from(EDGE) + (index as f64 + 0.5) * step)
            .collect()
    }

    /// Ticks for liveness checks, flags for what made or ended an SA.
    fn events(&self, story: &Story<'_>) -> Markup {
        let exchanges = story.shown().map_or(&[][..], |shown| &shown.exchanges);
        let time = |text: &str| clock::parse(text).unwrap_or_default();
        let closed = story.shown().filter(|shown| shown.closed_by.is_some());
        html! {
            @for exchange in exchanges {
                @let x = self.x(time(&exchange.first_time));
                @let alive = exchange.request.as_ref().is_some_and(|it| it.first_inner == Some(""));
                @if alive {
                    path.tick d={ "M" (px(x)) " " (AXIS - 4) "v8" } { title { "alive?" } }
                } @else if exchange.exchange_type == "CREATE_CHILD_SA" || exchange.exchange_type == "Quick Mode" {
                    path.flag d={ "M" (px(x)) " 4V148M" (px(x)) " 4l7 4l-7 4z" } { title { (exchange.exchange_type) } }
                }
            }
            @if let Some(shown) = closed {
                @let x = self.x(time(&shown.last_time));
                path.flag.bad d={ "M" (px(x)) " 4V148M" (px(x)) " 4l7 4l-7 4z" } { title { "deleted" } }
            }
        }
    }

    /// Where the capture has no frames.
    fn unlistened(&self, story: &Story<'_>) -> Markup {
        let (_, end) = story.span();
        let from = self.x(end);
        html! {
            @if from < f64::from(WIDTH) - 1.0 {
                rect.dark x=(px(from)) y="4" width=(px(f64::from(WIDTH) - from)) height="144" {
                    title { "the capture has no frames here" }
                }
            }
        }
    }

    fn scale(&self) -> Markup {
        let last = self.start + self.width * self.bins as i64;
        let clock = |second: i64| Utc::new(Timestamp::new(second, 0), 0).of_day();
        html! {
            text.note x=(EDGE) y="162" { (clock(self.start)) " UTC" }
            text.note.mid x=((EDGE + WIDTH) / 2) y="162" {
                (self.width) " s per bar, at most " (grouped(self.most)) " packets"
            }
            text.note.end x=(WIDTH) y="162" { (clock(last)) " UTC" }
        }
    }
}

fn said(flows: &[Esp]) -> String {
    let each = flows.iter().map(|flow| {
        let packets = grouped(flow.packets);
        format!("{packets} packets from {} to {}", flow.from, flow.to)
    });
    each.collect::<Vec<_>>().join(", ")
}

/// The same numbers.
fn table(flows: &[Esp]) -> Markup {
    let lasted = |flow: &Esp| {
        let first = clock::parse(&flow.first_time).unwrap_or_default();
        let last = clock::parse(&flow.last_time).unwrap_or_default();
        (first, last.since(first))
    };
    html! {
        div.scroll {
            table.plain {
                thead { tr {
                    th scope="col" { "SPI" } th scope="col" { "from" } th scope="col" { "to" }
                    th scope="col" { "packets" } th scope="col" { "octets" } th scope="col" { "begins" }
                    th scope="col" { "lasts" } th scope="col" { "lost" } th scope="col" { "replayed" }
                    th scope="col" { "in" }
                } }
                tbody {
                    @for flow in flows {
                        @let (first, lasts) = lasted(flow);
                        tr {
                            td.hex { (flow.spi) }
                            td { (flow.from) } td { (flow.to) }
                            td.n { (grouped(flow.packets)) } td.n { (size(flow.bytes)) }
                            td data-t=(first) { (Utc::new(first, 0).of_day()) }
                            td.n { (seconds(lasts)) " s" }
                            td.n { (grouped(flow.lost)) } td.n { (grouped(flow.replayed)) }
                            td { (flow.encapsulation) }
                        }
                    }
                }
            }
        }
    }
}

/// Width of the drawing.
const WIDTH: u32 = 720;
/// Where the time begins.
const EDGE: u32 = 100;
/// The line between the two directions, and how far each reaches.
const AXIS: u32 = 76;
const HALF: f64 = 68.0;
/// Shades that successive SPIs of a direction take in turn.
const SHADES: usize = 3;
/// Widest bar.
const BAR: f64 = 16.0;
/// Most bins.
const BINS: i64 = 180;
/// Seconds per bin: those of the flows, each a multiple of the one before.
const WIDTHS: [i64; 12] = [
    1, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400,
];
/// Nanoseconds.
const SECOND: i64 = 1_000_000_000;
