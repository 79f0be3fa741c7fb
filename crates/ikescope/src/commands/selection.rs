//! Which tunnels of a report are wanted: `--peer`, `--spi`, `--only`.

use std::net::IpAddr;

use ikescope::Event;
use ikescope::report::{Report, Tunnel};

use crate::args::{ChoosingArgs, Only, SpiPrefix};
use crate::output::overview::is_broken;

/// The choice made on the command line.
pub(crate) struct Selection<'a> {
    args: &'a ChoosingArgs,
}

impl<'a> Selection<'a> {
    pub(crate) const fn new(args: &'a ChoosingArgs) -> Self {
        Self { args }
    }

    /// Takes everything else out of a report.
    pub(crate) fn apply(&self, report: &mut Report) {
        report.tunnels.retain_mut(|tunnel| self.takes(tunnel));
    }

    /// Whether a tunnel is wanted. With `--spi` only that negotiation of it is left, and the
    /// verdict is its own.
    pub(crate) fn takes(&self, tunnel: &mut Tunnel) -> bool {
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
        self.has_peer(tunnel) && self.has_word(tunnel)
    }

    /// Whether an event is of a wanted tunnel; `--only` is about what came of it in the end.
    pub(crate) fn takes_event(&self, event: &Event) -> bool {
        let spi = event.spi_i.as_deref().unwrap_or_default();
        let begins = |prefix: &SpiPrefix| prefix.begins(spi);
        self.is_peer(&[event.source.ip(), event.destination.ip()])
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
