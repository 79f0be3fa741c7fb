//! Text of a console: packets of the sniffer, lines of the IKE daemon and lists of tunnels, each alone
//! or all of them mixed in one session. Each line goes to whom it belongs, and what comes of it is lent
//! in the order of the text.
//!
//! Where the daemon prints a packet that the sniffer shows too, both are lent: a message of a log is told
//! from a packet by the hop limit that no log says, so that whoever counts sendings knows its copy.

use std::io::Cursor;

use ikescope_wire::observed::{Observation, Plaintext, Timestamp};
use ikescope_wire::statement::Statement;

use super::ike_debug::{Holds, Joiner, Lent, Log};
use super::interface::Interface;
use super::sniffer::{self, Looks, Measured, Packets};
use super::{Format, end_note};
use crate::alignment::Alignment;
use crate::comments::Comments;
use crate::error::CaptureError;
use crate::frame::{Frame, LinkType};
use crate::note::{NoteKind, Notes};
use crate::text::{TextCensus, TextOptions, TimeBase};
use crate::window::Window;

/// A text that is being read, line by line.
pub(crate) struct ConsoleReader {
    window: Window,
    packets: Packets,
    joiner: Joiner,
    log: Log,
    /// What the beginning of the text looks like.
    begun: Format,
    /// Packets of the sniffer were lent.
    has_packets: bool,
    /// The message of the log that is lent.
    current: Option<Lent>,
    /// Number of the interface that messages of the log are told to be on.
    interface: Option<u32>,
    /// Time of the newest packet before the newest line of the log.
    led: Option<Timestamp>,
    scratch: Vec<u8>,
    /// Lines read.
    line: u64,
    /// Frames lent.
    frames: u64,
    stage: Stage,
}

/// How far a text was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// There is more, or may be.
    Reading,
    /// No more has come for now.
    Paused,
    /// All lines were read; the last of them are still to be told.
    AtEnd,
    /// All was told.
    Ended,
}

impl ConsoleReader {
    /// Reads up to the first packet, or to the first line of a log.
    pub(crate) fn open(
        name: &str,
        window: Window,
        options: &TextOptions,
        (looks, holds): (Looks, Holds),
    ) -> Result<Self, CaptureError> {
        let begun = match (looks, holds) {
            (Looks::Packets, Holds::Nothing) | (_, Holds::Nothing) => Format::FortigateSniffer,
            (Looks::Packets, _) => Format::FortigateConsole,
            (_, Holds::Debug) => Format::FortigateIkeDebug,
            (_, Holds::Lists) => Format::FortigateVpnList,
        };
        let mut reader = Self::new(window, options, begun);
        if begun == Format::FortigateConsole {
            reader.compare_clocks(options);
        }
        while !reader.packets.is_ready() && reader.joiner.is_empty() && !reader.is_at_end() {
            reader.read_line();
        }
        if !reader.packets.is_ready() && reader.joiner.is_empty() {
            reader.check_empty(name)?;
        }
        Ok(reader)
    }

    fn new(window: Window, options: &TextOptions, begun: Format) -> Self {
        let mut packets = Packets::new(options);
        let interface = begun.is_log().then(|| packets.interface_of_log());
        Self {
            window,
            packets,
            joiner: Joiner::new(),
            log: Log::new(options),
            begun,
            has_packets: false,
            current: None,
            interface,
            led: None,
            scratch: Vec::new(),
            line: 0,
            frames: 0,
            stage: Stage::Reading,
        }
    }

    /// Sets the clock of the log by that of the packets beside it, or the other way round, as far as the
    /// window shows both.
    fn compare_clocks(&mut self, options: &TextOptions) {
        let begin = Cursor::new(self.window.ahead().to_vec());
        let mut trial = Self::new(Window::new(Box::new(begin)), options, self.begun);
        let mut notes = Notes::new(String::new(), false);
        let (mut first, mut packet, mut apart, mut logged) = (None, None, Vec::new(), None);
        while let Some(frame) = trial.next_frame(&mut notes) {
            let (time, interface) = (frame.time, frame.interface);
            let line = frame.text.map_or(0, |text| text.line);
            if Some(interface) == trial.interface {
                logged.get_or_insert(line);
                apart.extend(packet.map(|packet: Timestamp| packet.since(time)));
            } else {
                packet = Some(time);
                first.get_or_insert(time);
            }
        }
        if !trial.log.clock().is_timed() {
            if let Some(first) = first {
                self.log.clock().precede(first);
            }
            return;
        }
        apart.sort_unstable();
        let apart = apart.get(apart.len() / 2).copied().unwrap_or_default();
        let census = trial.packets.census();
        if let (Some(TimeBase::Unknown), Some(line)) = (census.time_base, logged) {
            self.packets.tell_date(line, apart.saturating_neg());
            return;
        }
        if apart.saturating_abs() > MOST_ZONES + TOLERATED {
            return;
        }
        let zones = (apart + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
        let is_zone = (apart - zones).abs() <= TOLERATED;
        if zones != 0 && is_zone && census.time_base.is_none() {
            self.log.clock().shift(zones);
        }
    }

    /// Why there is no packet, unless none was captured.
    fn check_empty(&mut self, name: &str) -> Result<(), CaptureError> {
        let name = name.to_owned();
        if let Some(source) = self.window.take_error() {
            let offset = self.window.offset();
            return Err(CaptureError::Read {
                name,
                offset,
                source,
            });
        }
        match self.packets.headers_only() {
            None => Ok(()),
            Some((headers, verbosity)) => Err(CaptureError::HeadersOnly {
                name,
                headers,
                verbosity,
            }),
        }
    }

    /// Sets the clock of the log by that of another input.
    pub(crate) fn align(&mut self, alignment: Alignment) {
        self.log.align(alignment);
    }

    pub(crate) const fn format(&self) -> Format {
        match self.begun {
            Format::FortigateSniffer if self.log.has_lines() => Format::FortigateConsole,
            Format::FortigateIkeDebug | Format::FortigateVpnList if self.has_packets => {
                Format::FortigateConsole
            }
            Format::FortigateVpnList if self.log.has_lines() => Format::FortigateIkeDebug,
            begun => begun,
        }
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.window.offset()
    }

    pub(crate) fn interfaces(&self) -> &[Interface] {
        self.packets.interfaces()
    }

    pub(crate) const fn census(&self) -> &TextCensus {
        self.packets.census()
    }

    /// Reads on to the next frame, and gives `sink` what the lines before it state.
    pub(crate) fn hear(
        &mut self,
        input: u16,
        notes: &mut Notes,
        sink: &mut dyn FnMut(Observation<'_>),
    ) {
        let tell: &mut dyn FnMut(Statement<'_>) = &mut |mut statement| {
            statement.sighting.frame.input = input;
            sink(Observation::Statement(statement));
        };
        while !self.packets.is_ready() && !self.log.is_ready() {
            if self.joiner.is_empty() {
                match self.stage {
                    Stage::Reading | Stage::Paused => self.read_line(),
                    Stage::AtEnd => self.end(notes, tell),
                    Stage::Ended => return,
                }
            } else {
                self.hear_line(tell);
            }
        }
    }

    pub(crate) fn next_frame(&mut self, notes: &mut Notes) -> Option<Frame<'_>> {
        self.hear(0, notes, &mut |_| {});
        self.packets.note(self.window.offset(), self.frames, notes);
        if self.packets.is_ready() {
            self.frames += 1;
            self.has_packets = true;
            self.log.set_frames(self.frames);
            return self.packets.lend(self.frames);
        }
        let lent = self.log.lend(self.frames + 1)?;
        self.frames += 1;
        self.log.count(self.packets.census_mut());
        let interface = self.interface;
        let interface = interface.unwrap_or_else(|| self.packets.interface_of_log());
        self.interface = Some(interface);
        let Lent {
            packet,
            direction,
            text,
            plaintext,
        } = self.current.insert(lent);
        Some(Frame {
            number: self.frames,
            time: packet.time,
            interface,
            link: LinkType::RAW,
            original: packet.original,
            octets: &packet.octets,
            direction: Some(*direction),
            comments: Comments::default(),
            text: Some(*text),
            plaintext: plaintext.as_ref().map(|plaintext| Plaintext {
                first: plaintext.first,
                offset: plaintext.offset,
                octets: &plaintext.octets,
            }),
        })
    }

    fn is_at_end(&self) -> bool {
        matches!(self.stage, Stage::AtEnd | Stage::Ended)
    }

    /// Reads a line of the text.
    fn read_line(&mut self) {
        let length = match sniffer::measure(&mut self.window) {
            Measured::Line(length) => length,
            Measured::Pause => {
                // What has not come by now is not the rest of a line, nor what a message says in clear.
                self.joiner.let_go();
                self.log.pause();
                self.stage = Stage::Paused;
                return;
            }
            Measured::End => {
                self.packets.end();
                self.joiner.let_go();
                self.stage = Stage::AtEnd;
                return;
            }
        };
        self.stage = Stage::Reading;
        self.line += 1;
        let line = sniffer::without_end(self.window.take(length));
        if self.packets.expected(self.line, line) {
            return;
        }
        let newest = self.packets.newest();
        let is_unclean = sniffer::is_unclean(line);
        if is_unclean {
            for piece in of_others(&mut self.joiner, self.line, line, &mut self.scratch) {
                self.packets.line(self.line, piece, true);
            }
        } else if !self.joiner.take(self.line, line) {
            self.packets.line(self.line, line, false);
        }
        if self.packets.newest() == newest {
            self.led = newest;
        } else {
            // Behind the header of a packet nothing goes on that was in front of it.
            self.joiner.let_go();
        }
    }

    /// Takes the next whole line of the log.
    fn hear_line(&mut self, tell: &mut dyn FnMut(Statement<'_>)) {
        if let Some(newest) = self.led {
            self.log.clock().follow(newest);
        }
        if let Some(line) = self.joiner.next() {
            self.log.line(line, tell);
        }
        if let Some(civil) = self.log.clock().civil() {
            self.packets.tell_date(self.line, civil);
        }
    }

    fn end(&mut self, notes: &mut Notes, tell: &mut dyn FnMut(Statement<'_>)) {
        self.stage = Stage::Ended;
        self.log.end(tell);
        self.log.count(self.packets.census_mut());
        let offset = self.window.offset();
        self.log.note(offset, notes);
        let error = end_note(&mut self.window, NoteKind::NoTime);
        if matches!(error, NoteKind::ReadFailed { .. }) {
            notes.add(offset, self.frames, error);
        }
    }
}

/// Offers the log the pieces of a line in which terminals wrote over what was there, and gives those that
/// are not its own: the line as a whole where none is.
fn of_others<'a>(
    joiner: &mut Joiner,
    number: u64,
    line: &'a [u8],
    scratch: &mut Vec<u8>,
) -> Vec<&'a [u8]> {
    let (mut others, mut is_logged) = (Vec::new(), false);
    for piece in line.split(|octet| *octet == b'\r') {
        sniffer::clean(piece, scratch);
        if joiner.take(number, scratch) {
            is_logged = true;
        } else {
            others.push(piece);
        }
    }
    if is_logged { others } else { vec![line] }
}

/// Zones are whole quarters of an hour apart.
const QUARTER: i64 = 15 * 60 * 1_000_000_000;
/// From one end of the world to the other.
const MOST_ZONES: i64 = 26 * 4 * QUARTER;
/// Between a packet and the line behind it that tells of another, nanoseconds.
const TOLERATED: i64 = QUARTER / 3;
