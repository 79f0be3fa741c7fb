//! Which tunnels of a report are wanted: `--peer`, `--spi`, `--only`, `--since`, `--until`.

use std::net::IpAddr;

use ikescope::Event;
use ikescope::report::{Report, Tunnel};

use crate::args::{ChoosingArgs, Only, SpiPrefix};
use crate::commands::window::Window;
use crate::output::clock;
use crate::output::overview::is_broken;

/// The choice made on the command line.
pub(crate) struct Selection<'a> {
    args: &'a ChoosingArgs,
    window: Window,
    /// Attempts outside of the window, and tunnels without any inside.
    left_out: (u64, u64),
}

impl<'a> Selection<'a> {
    pub(crate) fn new(args: &'a ChoosingArgs) -> Self {
        Self::within(args, Window::default())
    }

    /// The choice among what is handed over before the input has ended.
    ///
    /// # Errors
    /// If a time was asked for that counts from the beginning of the input.
    pub(crate) fn of_stream(args: &'a ChoosingArgs) -> anyhow::Result<Self> {
        Ok(Self::within(args, Window::of_stream(args)?))
    }

    const fn within(args: &'a ChoosingArgs, window: Window) -> Self {
        Self {
            args,
            window,
            left_out: (0, 0),
        }
    }

    /// Takes everything else out of a report, and notes what was left out for its time.
    pub(crate) fn apply(&mut self, report: &mut Report) {
        let times = report.inputs.iter().filter_map(|it| it.first_time.as_ref());
        let start = times.filter_map(|time| clock::parse(time)).min();
        self.window = Window::new(self.args, start.unwrap_or_default());
        report.tunnels.retain_mut(|tunnel| self.takes(tunnel));
        if let Some(first) = report.inputs.first_mut() {
            first.notes.extend(self.told());
        }
    }

    /// What was left out for its time, if only a part of the time was asked for.
    pub(crate) fn told(&self) -> Option<String> {
        self.window.told(self.left_out.0, self.left_out.1)
    }

    /// Whether a tunnel is wanted. With `--spi` only that negotiation of it is left, and the
    /// verdict is its own.
    pub(crate) fn takes(&mut self, tunnel: &mut Tunnel) -> bool {
        if let Some(prefix) = &self.args.spi {
            tunnel
                .negotiations
                .retain(|negotiation| prefix.begins(&negotiation.spi_i));
            let Some(last) = tunnel.negotiations.last() else {
                return false;
            };
            tunnel.verdict = last.verdict.clone();
            tunnel.decisive = tunnel.negotiations.len().checked_sub(1);
        }
        self.has_peer(tunnel) && self.has_time(tunnel) && self.has_word(tunnel)
    }

    /// Whether anything of a tunnel lies in the window; attempts that do not are taken out of it. The
    /// verdict stays if its attempt does, else it is that of the newest which is left.
    fn has_time(&mut self, tunnel: &mut Tunnel) -> bool {
        let window = self.window;
        let mut index = 0;
        let mut kept = Vec::new();
        let mut outside = 0;
        tunnel.negotiations.retain(|negotiation| {
            let is_inside = window.meets(negotiation);
            if is_inside {
                kept.push(index);
            } else {
                outside += u64::from(negotiation.attempts);
            }
            index += 1;
            is_inside
        });
        self.left_out.0 += outside;
        let decisive = tunnel.decisive;
        tunnel.decisive = kept.iter().position(|kept| Some(*kept) == decisive);
        if let (None, Some(_), Some(newest)) =
            (tunnel.decisive, decisive, tunnel.negotiations.last())
        {
            tunnel.verdict = newest.verdict.clone();
            tunnel.decisive = tunnel.negotiations.len().checked_sub(1);
        }
        let is_inside = !kept.is_empty()
            || tunnel.esp.iter().any(|flow| window.meets_flow(flow))
            || index == 0 && tunnel.esp.is_empty();
        self.left_out.1 += u64::from(!is_inside);
        is_inside
    }

    /// Whether an event is of a wanted tunnel; `--only` is about what came of it in the end.
    pub(crate) fn takes_event(&self, event: &Event) -> bool {
        let spi = event.spi_i.as_deref().unwrap_or_default();
        let begins = |prefix: &SpiPrefix| prefix.begins(spi);
        self.is_peer(&[event.source.ip(), event.destination.ip()])
            && self.window.holds(event.time)
            && self.args.spi.as_ref().is_none_or(begins)
    }

    fn has_peer(&self, tunnel: &Tunnel) -> bool {
        self.is_peer(&[tunnel.a, tunnel.b]) || self.is_peer(&tunnel.aliases)
    }

    fn is_peer(&self, addresses: &[IpAddr]) -> bool {
        let is_wanted = |address: &IpAddr| self.args.peers.iter().any(|net| net.contains(*address));
        self.args.peers.is_empty() || addresses.iter().any(is_wanted)
    }

    fn has_word(&self, tunnel: &Tunnel) -> bool {
        let outcome = tunnel.verdict.outcome;
        let fits = |only: &Only| match only {
            Only::Broken => is_broken(outcome),
            Only::Outcome(word) => outcome == *word,
            Only::Finding(name) => tunnel
                .negotiations
                .iter()
                .flat_map(|negotiation| &negotiation.findings)
                .any(|finding| finding.name == *name),
        };
        self.args.only.is_empty() || self.args.only.iter().any(fits)
    }
}
