//! The report as one page for a browser: a single file that asks nothing of any network, for the
//! engineer of the other company. It says what the text says, drawn.
//!
//! Templates escape whatever is put into them, and [`page`] passes the finished page through the
//! screen's filter: neither markup nor marks that reorder text can come from a packet.

mod article;
mod chrome;
mod ladder;
mod matrix;
mod nat;
mod table;
mod timeline;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ikescope::report::{Report, Tunnel};
use maud::{Markup, html};

use crate::output::overview::{self, is_broken};
use crate::output::screen::Screen;
use crate::output::story::Story;

/// Messages payload by payload, by input and frame.
pub(crate) type Messages = BTreeMap<(u16, u64), String>;

/// What there is to show beside the report itself.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// The messages of the broken tunnels.
    pub(crate) messages: Messages,
    /// SHA-256 of each input, in hex, where it could be read a second time.
    pub(crate) digests: Vec<Option<String>>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choice {
    /// Whether tunnels were left out.
    pub(crate) chosen: bool,
    /// Whether working tunnels are told whole too.
    pub(crate) all: bool,
    /// Most full reports; `None` takes the usual number.
    pub(crate) max_details: Option<usize>,
}

/// The whole page.
pub(crate) fn page(report: &Report, extras: &Extras, choice: Choice) -> String {
    let mut page = Page::new(report, extras, choice);
    let mut text = page.markup().into_string();
    for detail in [Left::Messages, Left::Both] {
        if text.len() > BUDGET {
            page.left_out = detail;
            text = page.markup().into_string();
        }
    }
    SCREEN.escaped(&text).into_owned()
}

/// The messages that pages on this report lead to: input and frame.
pub(crate) fn shown_frames(report: &Report) -> impl Iterator<Item = (u16, u64)> {
    let told = report.tunnels.iter().filter(|tunnel| {
        tunnel.verdict.outcome != "established" || report.tunnels.len() <= DETAILS
    });
    told.flat_map(ladder::frames)
}

/// What had to be left out because the page grew too large.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Left {
    Nothing,
    Messages,
    Both,
}

struct Page<'a> {
    report: &'a Report,
    extras: &'a Extras,
    choice: Choice,
    /// Worst first.
    tunnels: Vec<Named<'a>>,
    left_out: Left,
}

/// A tunnel, and what links to it are called.
struct Named<'a> {
    tunnel: &'a Tunnel,
    id: String,
    /// Whether it is told whole.
    whole: bool,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, extras: &'a Extras, choice: Choice) -> Self {
        let most = choice.max_details.unwrap_or(DETAILS);
        let most = if choice.all { usize::MAX } else { most };
        let hub = overview::hub(report);
        let mut ids: BTreeMap<String, u32> = BTreeMap::new();
        let mut told = 0;
        let alone = report.tunnels.len() == 1;
        let tunnels = overview::worst_first(report).into_iter().map(|tunnel| {
            let mut id = format!("t-{}", overview::name(tunnel, hub).replace(" -> ", "-"));
            let same = ids.entry(id.clone()).or_default();
            *same += 1;
            if *same > 1 {
                let _ = write!(id, "-{same}");
            }
            let wanted = choice.all || alone || tunnel.verdict.outcome != "established";
            let whole = wanted && told < most;
            told += usize::from(whole);
            Named { tunnel, id, whole }
        });
        Self {
            report,
            extras,
            choice,
            tunnels: tunnels.collect(),
            left_out: Left::Nothing,
        }
    }

    fn markup(&self) -> Markup {
        let several = self.tunnels.len() > 1;
        let whole = self.tunnels.iter().filter(|named| named.whole);
        let body = html! {
            @if self.tunnels.is_empty() { (self.nothing()) }
            @if several { (table::section(self)) }
            @for named in whole {
                (article::article(self, named))
            }
        };
        chrome::document(self, &body)
    }

    fn nothing(&self) -> Markup {
        let (head, text) = overview::nothing(self.report, self.choice.chosen);
        html! {
            article.tunnel {
                h2 { span.outcome.doubt { "? " (head) } " " (text) }
                @if !overview::has_messages(self.report) { p { (overview::NOTHING_NEXT) } }
            }
        }
    }

    /// The messages, if there is room for them.
    fn messages(&self) -> Option<&'a Messages> {
        Some(&self.extras.messages).filter(|_| self.left_out == Left::Nothing)
    }

    fn story(&self, named: &Named<'a>) -> Story<'a> {
        Story::new(self.report, named.tunnel)
    }
}

/// The class that an outcome is coloured by; its word always stands beside it.
fn tone(outcome: &str) -> &'static str {
    match outcome {
        broken if is_broken(broken) && broken != "one_way" => "bad",
        "established" => "good",
        "probe" => "note",
        _ => "doubt",
    }
}

/// A number for a drawing, in tenths of a pixel.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// What the page may show.
const SCREEN: Screen = Screen {
    color: false,
    utf8: true,
    width: 100,
};
/// Full reports where nothing else is asked for.
const DETAILS: usize = 100;
/// Octets above which details are left out.
const BUDGET: usize = 8 << 20;
