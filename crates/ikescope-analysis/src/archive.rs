//! Negotiations that have ended, tunnel by tunnel: those that ended alike are one record.

use core::hint::black_box;

use crate::few::push_tight;
use crate::negotiation::Negotiation;
use crate::shape::shape;
use crate::spares::Spares;
use crate::tracker::TOGETHER;
use crate::warm::warm;

/// Start times kept of attempts folded into one record.
const ATTEMPT_TIMES_KEPT: usize = 64;

/// A negotiation that has ended, and the tunnel it belongs to.
pub(crate) struct Leaving {
    pub(crate) negotiation: Box<Negotiation>,
    pub(crate) tunnel: usize,
}

/// Negotiations on their way from a [`Desk`](crate::Desk) to an [`Archive`], and the room of earlier
/// ones on its way back.
#[derive(Default)]
pub struct Ended {
    pub(crate) leaving: Vec<Leaving>,
    pub(crate) spares: Spares,
}

/// Keeps what has ended: the last third of a [`Tracker`](crate::Tracker).
pub struct Archive {
    most: usize,
    tunnels: Vec<Kept>,
}

/// The negotiations kept of one tunnel.
#[derive(Default)]
struct Kept {
    #[expect(clippy::vec_box, reason = "they come and go as boxes")]
    negotiations: Vec<Box<Negotiation>>,
    /// Attempts that were counted and not kept.
    dropped: u64,
    /// Shape of each negotiation.
    shapes: Vec<u64>,
}

impl Archive {
    /// An archive that keeps so many negotiations of each tunnel.
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            most,
            tunnels: Vec::new(),
        }
    }

    /// Folds each negotiation into an earlier one of the same shape, or keeps it.
    pub fn take(&mut self, ended: &mut Ended) {
        let highest = ended.leaving.iter().map(|it| it.tunnel + 1).max();
        if let Some(count) = highest.filter(|count| *count > self.tunnels.len()) {
            self.tunnels.resize_with(count, Kept::default);
        }
        let mut leaving = ended.leaving.drain(..);
        while !leaving.as_slice().is_empty() {
            let ahead = leaving.as_slice();
            let ahead = &ahead[..ahead.len().min(TOGETHER)];
            warm(ahead.iter().map(|it| &*it.negotiation));
            let shapes: Vec<u64> = ahead.iter().map(|it| shape(&it.negotiation)).collect();
            self.read_ahead(ahead, &shapes);
            for (shape, leaving) in shapes.into_iter().zip(leaving.by_ref()) {
                let kept = &mut self.tunnels[leaving.tunnel];
                if let Some(earlier) = kept.fold(leaving.negotiation, shape, self.most) {
                    ended.spares.take(earlier);
                }
            }
        }
    }

    /// Takes out what is kept of a tunnel, in order of appearance, and how many attempts were not.
    pub(crate) fn remove(&mut self, tunnel: usize) -> (Vec<Negotiation>, u64) {
        let kept = self.tunnels.get_mut(tunnel);
        let mut kept = kept.map(core::mem::take).unwrap_or_default();
        kept.negotiations.sort_by_key(|it| (it.first_time, it.id));
        let negotiations = kept.negotiations.into_iter().map(|it| *it).collect();
        (negotiations, kept.dropped)
    }

    /// Reads what these will be folded into: see [`warm`].
    fn read_ahead(&self, leaving: &[Leaving], shapes: &[u64]) {
        let tunnels = || leaving.iter().map(|it| &self.tunnels[it.tunnel]);
        black_box(tunnels().fold(0, |read, kept| read ^ kept.shapes.len()));
        let kept = || {
            let alike = tunnels().zip(shapes);
            alike.filter_map(|(kept, shape)| kept.alike(*shape))
        };
        black_box(kept().fold(0, |read, it| read ^ it.touch()));
        black_box(kept().fold(0, |read, it| read ^ it.attempt_times.newest().0));
        black_box(kept().fold(0, |read, it| read ^ it.exchanges.len()));
    }
}

impl Kept {
    /// The negotiation kept of this shape.
    fn alike(&self, shape: u64) -> Option<&Negotiation> {
        let index = self.shapes.iter().position(|other| *other == shape)?;
        Some(&**self.negotiations.get(index)?)
    }

    /// Folds a negotiation into the one kept of the same shape; a new shape is kept, and of too
    /// many the one that ended first is forgotten. What is not needed any more comes back.
    fn fold(
        &mut self,
        mut negotiation: Box<Negotiation>,
        shape: u64,
        most: usize,
    ) -> Option<Box<Negotiation>> {
        if let Some(index) = self.shapes.iter().position(|other| *other == shape) {
            let kept = &mut self.negotiations[index];
            core::mem::swap(kept, &mut negotiation);
            fold(&mut negotiation, kept);
            return Some(negotiation);
        }
        if self.shapes.len() >= most {
            let kept = self.negotiations.iter().enumerate();
            if let Some((index, _)) = kept.min_by_key(|(_, kept)| kept.last_time) {
                self.shapes.swap_remove(index);
                let forgotten = self.negotiations.swap_remove(index);
                self.dropped += u64::from(forgotten.attempts);
            }
        }
        push_tight(&mut self.negotiations, negotiation);
        self.shapes.push(shape);
        None
    }
}

/// The newer attempt stands for both.
fn fold(earlier: &mut Negotiation, newer: &mut Negotiation) {
    newer.attempts += earlier.attempts;
    newer.attempts_since = earlier.attempts_since;
    newer.first_frame = earlier.first_frame;
    core::mem::swap(&mut newer.attempt_times, &mut earlier.attempt_times);
    for time in &earlier.attempt_times {
        newer.attempt_times.push_within(*time, ATTEMPT_TIMES_KEPT);
    }
}
