//! Merges many sources of packets into order of time; holds one packet of each live source.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ikescope_testkit::dialogue::Sent;

/// The packets of all sources in order of time. `sources` must come in order of their first
/// packets, and each must be in order itself; a source is asked for when its time has come.
pub(crate) fn in_order<S>(sources: impl Iterator<Item = S>) -> impl Iterator<Item = Sent>
where
    S: Iterator<Item = Sent>,
{
    let mut arriving = sources.filter_map(Live::new).peekable();
    let mut live = BinaryHeap::new();
    std::iter::from_fn(move || {
        while let Some(next) = arriving.next_if(|next| is_due(next, &live)) {
            live.push(Reverse(next));
        }
        let Reverse(Live { next, rest }) = live.pop()?;
        live.extend(Live::new(rest).map(Reverse));
        Some(next)
    })
}

fn is_due<S>(arriving: &Live<S>, live: &BinaryHeap<Reverse<Live<S>>>) -> bool {
    live.peek()
        .is_none_or(|Reverse(first)| arriving.next.time <= first.next.time)
}

/// A source and the packet it will give next.
struct Live<S> {
    next: Sent,
    rest: S,
}

impl<S: Iterator<Item = Sent>> Live<S> {
    fn new(mut source: S) -> Option<Self> {
        let next = source.next()?;
        Some(Self { next, rest: source })
    }
}

impl<S> Ord for Live<S> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.next.time.cmp(&other.next.time)
    }
}

impl<S> PartialOrd for Live<S> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<S> PartialEq for Live<S> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<S> Eq for Live<S> {}
