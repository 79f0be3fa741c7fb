//! A capture that is still growing, followed: each event as it happens, and the report in the end.

use std::net::SocketAddr;

use ikescope_analysis as analysis;
use ikescope_analysis::{Coverage, Follower, Limits, diagnose_with};
use ikescope_capture::{Capture, CaptureError};
use ikescope_wire::observed::Timestamp;

use crate::analyze::{Inputs, Settings, Source, judged};
use crate::detail::Wanted;
use crate::render;
use crate::report::{Esp, Exchange, Report, Tunnel, Verdict};

/// Something that has just happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, by the packets.
    pub time: Timestamp,
    /// Who sent it; of a verdict the initiator.
    pub source: SocketAddr,
    /// To whom; of a verdict the responder.
    pub destination: SocketAddr,
    /// The initiator's SPI, in hex, if it belongs to a negotiation.
    pub spi_i: Option<String>,
    /// What happened.
    pub what: Happening,
    /// What its negotiation has come to by it, where that is new.
    pub verdict: Option<Verdict>,
}

/// The kinds of events.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A message that was not seen before.
    Message {
        /// Its exchange so far.
        exchange: Box<Exchange>,
        /// Major version of IKE.
        ike_version: u8,
        /// Whether it is the response.
        is_response: bool,
        /// Which attempt of its initiator it begins, counted from 1.
        attempt: Option<u64>,
        /// Whether it is an answer to IKE_AUTH with room for a Child SA.
        is_full_size: bool,
    },
    /// A message was sent again.
    Repeat {
        /// How often it was sent by now.
        sent: u32,
        /// Nanoseconds since it was sent before.
        interval: i64,
        /// Whose schedule the intervals fit, told once, when enough of them do.
        schedule: Option<&'static str>,
    },
    /// The first packet of an ESP or AH flow.
    Flow(Box<Esp>),
    /// Nothing but the verdict: time has passed, or it needs a line of its own.
    Verdict,
}

impl Event {
    fn of(event: &analysis::Event<'_>) -> Self {
        let what = match event.what {
            analysis::Happening::Message {
                exchange,
                is_response,
                attempt,
                is_full_size,
            } => {
                let ike_version = event.negotiation.map_or(2, |it| it.ike_version);
                Happening::Message {
                    exchange: Box::new(render::exchange(exchange, ike_version != 1)),
                    ike_version,
                    is_response,
                    attempt,
                    is_full_size,
                }
            }
            analysis::Happening::Repeat {
                flight,
                interval,
                schedule,
                ..
            } => Happening::Repeat {
                sent: flight.sent,
                interval,
                schedule: schedule.map(|schedule| schedule.name),
            },
            analysis::Happening::Flow(flow) => Happening::Flow(Box::new(render::esp(flow))),
            analysis::Happening::Verdict => Happening::Verdict,
        };
        Self {
            time: event.time,
            source: event.source,
            destination: event.destination,
            spi_i: event.negotiation.map(|it| it.spis.initiator.to_string()),
            what,
            verdict: event.verdict.map(render::verdict),
        }
    }
}

/// A capture that is being followed.
///
/// ```no_run
/// use ikescope::{Followed, Limits, Source, Wanted};
///
/// let source = Source::reader("stdin", std::io::stdin());
/// let mut followed = Followed::open(source, Limits::default(), Wanted::default())?;
/// while followed.proceed(&mut |event| println!("{:?}", event.what)) {}
/// println!("{} tunnels", followed.finish().tunnels.len());
/// # Ok::<(), ikescope::capture::CaptureError>(())
/// ```
pub struct Followed {
    inputs: Inputs,
    follower: Follower,
    coverage: Vec<Coverage>,
    wanted: Wanted,
}

impl Followed {
    /// Opens a capture and reads as far as its format can be told. Nothing is put in order of time:
    /// [`Limits::order_window`] is 0.
    ///
    /// # Errors
    /// [`CaptureError`] if it cannot be opened or is no capture.
    pub fn open(
        source: Source,
        settings: impl Into<Settings>,
        wanted: Wanted,
    ) -> Result<Self, CaptureError> {
        let mut settings = settings.into();
        settings.text.live = true;
        let mut inputs = Inputs::open([source], &settings.options());
        if let Some(error) = inputs.failed.pop() {
            return Err(error);
        }
        let limits = Limits {
            order_window: 0,
            ..settings.limits
        };
        Ok(Self {
            coverage: inputs.coverage(),
            inputs,
            follower: Follower::new(limits, settings.keyring, wanted.hints.clone()),
            wanted,
        })
    }

    /// The capture, as far as it was read.
    #[must_use]
    pub fn capture(&self) -> Option<&Capture> {
        self.inputs.captures.first()
    }

    /// Waits for the next frame and tells what happens by it; `false` at the end of the capture.
    pub fn proceed(&mut self, listener: &mut dyn FnMut(Event)) -> bool {
        let Self {
            inputs,
            follower,
            coverage,
            ..
        } = self;
        let tell = &mut |event: &analysis::Event<'_>| listener(Event::of(event));
        let goes_on = inputs.next_frame(&mut |observation| {
            let time = observation.sighting().time;
            for input in coverage.iter_mut() {
                if input.frames == 0 {
                    input.first = time;
                    input.frames = 1;
                }
                input.last = input.last.max(time);
            }
            follower.take(&observation);
            follower.proceed(coverage, tell);
        });
        if goes_on {
            *coverage = inputs.coverage();
            follower.proceed(coverage, tell);
        }
        goes_on
    }

    /// A negotiation that has finished, as a tunnel that holds this one and its flows; call it until
    /// it returns `None`. Once it was called, [`Self::finish`] reports only what it did not return.
    pub fn finished(&mut self) -> Option<Tunnel> {
        let tunnel = self.follower.finished()?;
        Some(judged(&tunnel, &self.coverage, &self.wanted.hints))
    }

    /// Ends the observation: the report on everything.
    #[must_use]
    pub fn finish(self) -> Report {
        let mut history = self.follower.finish(&self.inputs.coverage());
        let diagnosis = diagnose_with(&history, &self.wanted.hints);
        self.inputs
            .report(&mut history, &diagnosis, self.wanted.detail)
    }
}
