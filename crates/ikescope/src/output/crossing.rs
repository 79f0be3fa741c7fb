//! Two captures side by side: each message where it left, where it came by, what it needed.

use std::collections::BTreeSet;
use std::io::{self, Write};

use ikescope_analysis::crossing::{
    Clock, Crossing, Fate, Flow, Message, Negotiation, Sending, Tap, ToldBy, Witness,
};
use ikescope_analysis::{Role as End, Verdict};
use ikescope_wire::Spi;
use ikescope_wire::observed::Timestamp;

use crate::output::clock::Utc;
use crate::output::line::Line;
use crate::output::screen::{Role, Screen};
use crate::output::text::blocks::Blocks;
use crate::output::words::{counted, duration};
use crate::output::wrap::wrap;

/// Negotiations shown whole, those with losses first.
const SHOWN: usize = 5;
/// Where the cells of a row stand.
#[derive(Clone, Copy, Debug)]
struct Columns {
    a: usize,
    arrow: usize,
    b: usize,
    transit: usize,
    /// Whether the name of the message has a line of its own.
    below: bool,
}

impl Columns {
    const WIDE: Self = Self {
        a: 33,
        arrow: 56,
        b: 61,
        transit: 84,
        below: false,
    };
    const NARROW: Self = Self {
        a: 4,
        arrow: 24,
        b: 27,
        transit: 47,
        below: true,
    };

    const fn of(screen: &Screen) -> Self {
        if screen.width < Self::WIDE.transit + TRANSIT {
            Self::NARROW
        } else {
            Self::WIDE
        }
    }
}

/// Columns of what became of a message, as a rule.
const TRANSIT: usize = 11;

/// One capture and what it says alone.
pub(crate) struct Side<'a> {
    pub(crate) tap: Tap,
    pub(crate) name: &'a str,
    pub(crate) witness: &'a Witness,
    pub(crate) view: &'a dyn Alone,
}

/// What one capture says of a negotiation without the other.
pub(crate) trait Alone {
    /// The verdict on the negotiation with this initiator SPI.
    fn verdict(&self, spi: Spi) -> Option<&Verdict>;
}

/// Writes the comparison.
pub(crate) fn write(
    out: &mut dyn Write,
    screen: &Screen,
    crossing: &Crossing,
    sides: &[Side<'_>; 2],
) -> io::Result<()> {
    let mut order: Vec<&Negotiation> = crossing.negotiations.iter().collect();
    order.sort_by_key(|negotiation| !negotiation.has_losses());
    let page = Page {
        screen,
        crossing,
        sides,
    };
    page.headline(out, order.first().copied())?;
    page.sides(out, order.first().copied())?;
    for negotiation in order.iter().take(SHOWN) {
        writeln!(out)?;
        page.negotiation(out, negotiation)?;
    }
    if order.len() > SHOWN {
        let more = counted((order.len() - SHOWN) as u64, "more negotiation");
        writeln!(out, "\n  {more} not shown, those with losses first")?;
    }
    page.blocks(out, &order)
}

struct Page<'a> {
    screen: &'a Screen,
    crossing: &'a Crossing,
    sides: &'a [Side<'a>; 2],
}

impl Page<'_> {
    fn headline(&self, out: &mut dyn Write, worst: Option<&Negotiation>) -> io::Result<()> {
        let (role, mark, word, text) = self.headline_of(worst);
        let head = format!("{} {word}", self.screen.drawn(mark));
        let width = head.chars().count();
        let text = format!("{head}{text}");
        let mut lines = wrap(&text, self.screen.width.saturating_sub(2)).into_iter();
        let first = lines.next().unwrap_or_default();
        let rest: String = first.chars().skip(width).collect();
        Line::new()
            .painted(role, head)
            .text(rest)
            .write(out, self.screen)?;
        for more in lines {
            Line::new()
                .text(format!("  {more}"))
                .write(out, self.screen)?;
        }
        Ok(())
    }

    /// Role, mark, word and the rest of the headline.
    fn headline_of(
        &self,
        worst: Option<&Negotiation>,
    ) -> (Role, &'static str, &'static str, String) {
        let Some(worst) = worst else {
            let text = " message in either capture.".to_owned();
            return (Role::Doubt, "?", "NO IKE", text);
        };
        let Some((message, sending)) = worst.losses().next() else {
            let common = self
                .crossing
                .negotiations
                .iter()
                .flat_map(|it| &it.messages);
            let sendings = common.flat_map(|message| &message.sendings);
            let arrived = sendings
                .filter(|it| matches!(it.fate, Fate::Arrived(_)))
                .count();
            if arrived == 0 {
                let text = ": the captures share no message and do not overlap.".to_owned();
                return (Role::Doubt, "?", "NOTHING IN COMMON", text);
            }
            let all = counted(arrived as u64, "message");
            let flows = self.flows_in_short();
            let text = format!(": {all} passed both captures, {flows}.");
            return (Role::Good, "+", "NOTHING LOST", text);
        };
        let copies = message
            .sendings
            .iter()
            .filter(|it| it.fate.is_loss())
            .count();
        let near = worst.near(message.sender);
        let what = if sending.fate == Fate::InParts {
            format!("reached {} only in parts", letter(near.other()))
        } else {
            format!("never reached {}", letter(near.other()))
        };
        let left = sending.near.as_ref().map_or_else(String::new, |seen| {
            format!("{} #{}", time_of_day(seen.time), seen.frame.number)
        });
        let copies = match copies {
            ..=1 => String::new(),
            copies => format!(" ({copies} copies)"),
        };
        let (name, near) = (name(message), letter(near));
        let text = format!(" on the way: {name} left {near} {left}, {what}{copies}.");
        (Role::Bad, "x", "LOST", text)
    }

    /// Who stands where, and how the clocks are apart.
    fn sides(&self, out: &mut dyn Write, shown: Option<&Negotiation>) -> io::Result<()> {
        let Some(shown) = shown else {
            return Ok(());
        };
        if let Some(verdict) = cause(self.sides, shown) {
            let rule = verdict.cause.map_or("", |rule| rule.name);
            let code = verdict.cause.map_or("", |rule| rule.code);
            let name = format!("{code} {rule}");
            let spi = format!("spi {}", shown.spi);
            let sureness = self.sureness(shown);
            let line = Line::new().text("  ").painted(Role::Label, name);
            let beside = format!(", {sureness}   {spi}");
            if line.width() + beside.len() > self.screen.width {
                line.write(out, self.screen)?;
                self.paragraph(out, sureness)?;
                self.paragraph(out, &spi)?;
            } else {
                line.text(beside).write(out, self.screen)?;
            }
        }
        let place = |side: &Side<'_>| {
            let ends = shown.ends_at(side.tap);
            let role = [End::Initiator, End::Responder]
                .into_iter()
                .find(|role| shown.near(*role) == side.tap);
            let told = shown
                .told_by
                .and(role)
                .zip(ends)
                .map(|(role, (initiator, responder))| {
                    let end = match role {
                        End::Initiator => initiator,
                        End::Responder => responder,
                    };
                    format!(" nearer to {}, the {}", end.ip(), role.as_str())
                });
            format!(
                "{} {}{}",
                letter(side.tap),
                side.name,
                told.unwrap_or_default()
            )
        };
        let [a, b] = self.sides.each_ref().map(place);
        self.paragraph(out, &a)?;
        self.paragraph(out, &b)?;
        for (at_a, at_b) in &self.crossing.rewritten {
            let text = format!("B sees {at_a} as {at_b}: a NAT stands between");
            self.paragraph(out, &text)?;
        }
        self.paragraph(out, &clock_line(shown.clock))
    }

    fn negotiation(&self, out: &mut dyn Write, negotiation: &Negotiation) -> io::Result<()> {
        let columns = Columns::of(self.screen);
        self.below(out, columns, Line::new().painted(Role::Label, "  message"))?
            .to(columns.a)
            .painted(Role::Label, "A")
            .to(columns.b)
            .painted(Role::Label, "B")
            .to(columns.transit)
            .painted(Role::Label, "transit")
            .write(out, self.screen)?;
        for message in &negotiation.messages {
            let mut rest = message.sendings.as_slice();
            let mut first = true;
            while let Some(sending) = rest.first() {
                let alike = |other: &Sending| first || class(other.fate) == class(sending.fate);
                // The first sending stands alone, the repeats that fared alike on one line.
                let count = if first {
                    1
                } else {
                    rest.iter().take_while(|other| alike(other)).count()
                };
                let (shown, after) = rest.split_at(count);
                self.row(out, negotiation, message, shown, first)?;
                (rest, first) = (after, false);
            }
        }
        Ok(())
    }

    fn row(
        &self,
        out: &mut dyn Write,
        negotiation: &Negotiation,
        message: &Message,
        sendings: &[Sending],
        first: bool,
    ) -> io::Result<()> {
        let [head, ..] = sendings else {
            return Ok(());
        };
        let label = match (first, sendings.len()) {
            (true, _) => format!("{}  {} B", name(message), message.header.length),
            (false, 1) => "  same octets again".to_owned(),
            (false, count) => format!("  same octets again, x{count}"),
        };
        let cell = |tap: Tap| {
            let seen = |sending| negotiation.seen_at(sending, message, tap);
            let frames: Vec<u64> = sendings
                .iter()
                .filter_map(|it| Some(seen(it)?.frame.number))
                .collect();
            match (seen(head), frames.as_slice()) {
                (Some(seen), [.., last]) if frames.len() > 1 => {
                    format!("{} #{}-{last}", time_of_day(seen.time), seen.frame.number)
                }
                (Some(seen), _) => format!("{} #{}", time_of_day(seen.time), seen.frame.number),
                (None, _) => "not seen".to_owned(),
            }
        };
        let arrow = match negotiation.near(message.sender) {
            Tap::A => "->",
            Tap::B => "<-",
        };
        let (role, transit) = fate(sendings);
        let columns = Columns::of(self.screen);
        let label = Line::new().text(format!("  {}", self.screen.counted(&label)));
        self.below(out, columns, label)?
            .to(columns.a)
            .text(cell(Tap::A))
            .to(columns.arrow)
            .text(arrow)
            .to(columns.b)
            .text(cell(Tap::B))
            .to(columns.transit)
            .painted(role, transit)
            .write(out, self.screen)
    }

    /// The line on which a row goes on behind its first cell.
    fn below(&self, out: &mut dyn Write, columns: Columns, first: Line) -> io::Result<Line> {
        if columns.below {
            first.write(out, self.screen)?;
            return Ok(Line::new());
        }
        Ok(first)
    }

    /// Text of its own below the headline.
    fn paragraph(&self, out: &mut dyn Write, text: &str) -> io::Result<()> {
        for line in wrap(text, self.screen.width.saturating_sub(2)) {
            Line::new()
                .text(format!("  {line}"))
                .write(out, self.screen)?;
        }
        Ok(())
    }

    /// What the verdict stands on, and where to look next.
    fn blocks(&self, out: &mut dyn Write, order: &[&Negotiation]) -> io::Result<()> {
        let mut blocks = Blocks::new(out, self.screen);
        blocks.begin("evidence");
        for side in self.sides {
            if let Some((first, last)) = side.witness.span() {
                let messages = counted(side.witness.messages() as u64, "IKE message");
                let text = format!(
                    "covers {} to {} UTC by its own clock; {messages} in it",
                    time_of_day(first),
                    time_of_day(last)
                );
                blocks.evidence(letter(side.tap), &text)?;
            }
            if side.witness.left_out() > 0 {
                let text = "too large to compare whole: only its first part was";
                blocks.evidence(letter(side.tap), text)?;
            }
        }
        let told: BTreeSet<&str> = order
            .iter()
            .filter_map(|it| it.told_by)
            .map(told_by)
            .collect();
        for text in told {
            blocks.evidence("direction", text)?;
        }
        self.esp(&mut blocks)?;
        let lossy = order.iter().find_map(|it| Some((*it, it.losses().next()?)));
        if let Some((negotiation, (message, sending))) = lossy {
            self.advice(&mut blocks, negotiation, message, sending)?;
        }
        Ok(())
    }

    fn esp(&self, blocks: &mut Blocks<'_>) -> io::Result<()> {
        blocks.begin("esp");
        for Flow {
            spi,
            from,
            packets: [a, b, both],
            lost,
        } in &self.crossing.flows
        {
            let way = match from {
                Some(Tap::A) => "A -> B",
                Some(Tap::B) => "A <- B",
                None => "A ?? B",
            };
            let lost = match lost {
                0 => "none lost".to_owned(),
                lost => format!("{lost} LOST"),
            };
            let text =
                format!("{way}   A {a}, B {b}, both {both}; between the first and last {lost}");
            blocks.evidence(&format!("{spi:08x}"), &text)?;
        }
        Ok(())
    }

    fn advice(
        &self,
        blocks: &mut Blocks<'_>,
        negotiation: &Negotiation,
        message: &Message,
        sending: &Sending,
    ) -> io::Result<()> {
        let near = negotiation.near(message.sender);
        let far = near.other();
        blocks.begin("why");
        let sides = (letter(near), letter(far));
        let why = if sending.fate == Fate::InParts {
            format!(
                "Of its IP fragments some came by at {}: something between {} and {} drops fragments, \
                 or what is too large.",
                sides.1, sides.0, sides.1
            )
        } else {
            format!(
                "It passed {} and did not pass {}, which was running: it was dropped between them, or \
                 went another way, or the filter of {} leaves it out.",
                sides.0, sides.1, sides.1
            )
        };
        blocks.text(&why)?;
        blocks.begin("next");
        let nat = self.crossing.rewritten.first().map_or_else(
            || "a firewall, a filter, a router in between".to_owned(),
            |(a, b)| format!("first the device that makes {} into {}", a.ip(), b.ip()),
        );
        blocks.step(1, &format!("Look between the two taps: {nat}."))?;
        blocks.step(
            2,
            "Move one tap towards the other and compare again, until the gap is one device.",
        )
    }

    /// A capture without any IKE may have filtered it out; one with some listened.
    fn sureness(&self, negotiation: &Negotiation) -> &'static str {
        let missed_at =
            |(message, _): (&Message, &Sending)| negotiation.near(message.sender).other();
        let far = negotiation.losses().next().map(missed_at);
        let listened = self
            .sides
            .iter()
            .any(|side| Some(side.tap) == far && side.witness.messages() > 0);
        if listened {
            "stated: both captures show it"
        } else {
            "implied: the other capture holds no IKE at all"
        }
    }

    fn flows_in_short(&self) -> String {
        let lost: u64 = self.crossing.flows.iter().map(|flow| flow.lost).sum();
        match (self.crossing.flows.len(), lost) {
            (0, _) => "no ESP in either".to_owned(),
            (flows, 0) => format!("{} of ESP whole too", counted(flows as u64, "flow")),
            (flows, lost) => format!(
                "but of {} {} did not arrive",
                counted(flows as u64, "ESP flow"),
                counted(lost, "packet")
            ),
        }
    }
}

/// What the capture that saw the lost message leave says alone.
pub(crate) fn cause<'a>(sides: &[Side<'a>; 2], negotiation: &Negotiation) -> Option<&'a Verdict> {
    let (message, _) = negotiation.losses().next()?;
    let near = negotiation.near(message.sender);
    let side = sides.iter().find(|side| side.tap == near)?;
    side.view
        .verdict(negotiation.spi)
        .filter(|verdict| verdict.cause.is_some())
}

const fn letter(tap: Tap) -> &'static str {
    match tap {
        Tap::A => "A",
        Tap::B => "B",
    }
}

/// Exchange, direction and message ID, as in ladders.
fn name(message: &Message) -> String {
    let header = &message.header;
    let exchange = header.exchange_type;
    let exchange = exchange
        .name()
        .map_or_else(|| exchange.0.to_string(), str::to_owned);
    if header.version.major() == 2 {
        let direction = if message.is_response { "resp" } else { "req" };
        format!("{exchange} {direction} {}", header.message_id.0)
    } else {
        let from = message.sender.as_str();
        format!("{exchange} of {from}")
    }
}

fn time_of_day(time: Timestamp) -> String {
    Utc::new(time, 3).parts().1
}

/// Sendings are told on one line as long as this is equal.
const fn class(fate: Fate) -> u8 {
    match fate {
        Fate::Arrived(_) => 0,
        Fate::InParts => 1,
        Fate::Lost => 2,
        Fate::NotCovered => 3,
        Fate::OnlyBehind => 4,
    }
}

fn fate(sendings: &[Sending]) -> (Role, String) {
    match sendings.first().map(|sending| sending.fate) {
        Some(Fate::Arrived(Some(transit))) => (Role::Plain, duration(transit)),
        Some(Fate::Arrived(None)) => (Role::Plain, "arrived".to_owned()),
        Some(Fate::InParts) => (Role::Bad, "IN PARTS".to_owned()),
        Some(Fate::Lost) => (Role::Bad, "LOST".to_owned()),
        Some(Fate::NotCovered) => (Role::Doubt, "not running".to_owned()),
        Some(Fate::OnlyBehind) => (Role::Doubt, "not where it began".to_owned()),
        None => (Role::Plain, String::new()),
    }
}

const fn told_by(told_by: ToldBy) -> &'static str {
    match told_by {
        ToldBy::HopLimits => "by hop limits: the same packet has lost hops on its way",
        ToldBy::RoundTrips => "by round trips: answers take longer nearer to who asks",
        ToldBy::FreshPackets => {
            "by hop limits: the packets of one end are fresh where they were seen"
        }
    }
}

fn clock_line(clock: Option<Clock>) -> String {
    let Some(clock) = clock else {
        return "No message in common: the clocks are taken as they are.".to_owned();
    };
    let (by, word) = (
        clock.ahead.unsigned_abs(),
        if clock.ahead < 0 { "behind" } else { "ahead" },
    );
    if by < 500_000 && clock.round_trips > 0 {
        let trips = counted(clock.round_trips as u64, "round trip");
        return format!("The clocks agree to the millisecond (from {trips}).");
    }
    let by = format!("{}.{:03}", by / 1_000_000_000, by / 1_000_000 % 1_000);
    match (clock.round_trips, clock.within) {
        (0, Some(_)) => format!("B's clock is {by} s {word}, as told; corrected."),
        (0, None) => format!(
            "B's clock is {by} s {word} if the quickest message took no time: one direction only."
        ),
        (trips, _) => {
            let trips = counted(trips as u64, "round trip");
            format!("B's clock is {by} s {word} (from {trips}); corrected.")
        }
    }
}
