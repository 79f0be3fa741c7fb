//! What the lines of a log tell, put together: messages, with the addresses that stand on other lines,
//! and statements. The message that stands in the text n-th is frame n.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;

use ikescope_wire::SpiPair;
use ikescope_wire::header::HEADER_LENGTH;
use ikescope_wire::observed::{FrameId, Sighting, Timestamp};
use ikescope_wire::statement::{Listed, Said, StatedTransform, Statement};

use super::clock::Clock;
use super::context::Context;
use super::ends::{self, End, Ends, Pair, StandIns};
use super::joiner::Logged;
use super::line::{self, Line, Octets, Told};
use super::list::{self, ListLine};
use super::offer::Offer;
use super::packet::{self, Packet};
use super::plaintext::{self, Plaintext};
use super::prefix::{self, Prefixed};
use super::said;
use memchr::memchr;

use crate::alignment::Alignment;
use crate::frame::Direction;
use crate::note::{NoteKind, Notes};
use crate::text::{Condition, TextCensus, TextFrame, TextOptions};

/// A log that is being read.
pub(crate) struct Log {
    clock: Clock,
    context: Context,
    stand_ins: StandIns,
    /// Addresses of the packet whose header and octets stand on the next lines.
    coming: Option<Coming>,
    /// Octets that were sent, before the line that says where to.
    leaving: VecDeque<Leaving>,
    offer: Option<(Entry, Offer)>,
    /// Statements about connections whose ends are not known yet.
    held: Vec<Entry>,
    told_stand_ins: HashSet<Pair>,
    ready: VecDeque<Lent>,
    /// A message that came encrypted, whose content may be shown on one of the next lines.
    closed: Option<Lent>,
    /// Lines that were waited for that.
    waited: u32,
    /// What was shown of the message that is sent next, and by which connection.
    shown: Option<(Octets, String)>,
    /// Frames of the input before those that are ready.
    frames: u64,
    /// What there was since it was asked for last.
    counts: Counts,
    without_octets: u64,
    cut: u64,
    unknown_names: Vec<String>,
    has_learned: bool,
    alignment: Option<Alignment>,
    /// The tunnel of a list that is being read, and its ends if they are known.
    listed: Option<(String, Option<Pair>)>,
    /// Whether there was a line of the daemon, and not of lists alone.
    has_lines: bool,
}

/// A message that is to be lent.
#[derive(Debug)]
pub(crate) struct Lent {
    pub(crate) packet: Packet,
    pub(crate) direction: Direction,
    pub(crate) text: TextFrame,
    /// What is encrypted in it, where the log shows that.
    pub(crate) plaintext: Option<Plaintext>,
}

/// Messages of a log, counted as those of every text are.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    as_printed: u64,
    cut: u64,
    absolute_times: u64,
}

/// A packet that arrives.
#[derive(Clone, Debug, Default)]
struct Coming {
    pair: Option<Pair>,
    line: u64,
    time: Timestamp,
    header: Option<OwnTold>,
}

/// What a line says of a message, kept for the lines behind it.
#[derive(Clone, Debug, Default)]
struct OwnTold {
    version: u8,
    name: String,
    spis: Option<SpiPair>,
    message_id: u32,
    length: Option<u32>,
}

impl OwnTold {
    fn of(told: &Told<'_>) -> Self {
        Self {
            version: told.version,
            name: told.name.to_owned(),
            spis: told.spis,
            message_id: told.message_id,
            length: told.length,
        }
    }

    fn told(&self) -> Told<'_> {
        Told {
            version: self.version,
            name: &self.name,
            spis: self.spis,
            message_id: self.message_id,
            length: self.length,
        }
    }
}

/// Octets that were sent.
#[derive(Clone, Debug)]
struct Leaving {
    octets: Octets,
    plaintext: Option<Plaintext>,
    connection: String,
    line: u64,
    time: Timestamp,
}

/// A line that states something.
#[derive(Clone, Debug)]
struct Entry {
    line: u64,
    time: Timestamp,
    /// Frames before it.
    frames: u64,
    spis: Option<SpiPair>,
    serial: Option<u64>,
    ike_version: Option<u8>,
    connection: String,
    is_child: bool,
    text: String,
    offer: Option<Box<Offer>>,
}

/// Who gets the statements.
type Sink<'s> = &'s mut dyn FnMut(Statement<'_>);

impl Log {
    pub(crate) fn new(options: &TextOptions) -> Self {
        Self {
            clock: Clock::new(options),
            context: Context::default(),
            stand_ins: StandIns::default(),
            coming: None,
            leaving: VecDeque::new(),
            offer: None,
            held: Vec::new(),
            told_stand_ins: HashSet::new(),
            ready: VecDeque::new(),
            closed: None,
            waited: 0,
            shown: None,
            frames: 0,
            counts: Counts::default(),
            without_octets: 0,
            cut: 0,
            unknown_names: Vec::new(),
            has_learned: false,
            alignment: None,
            listed: None,
            has_lines: false,
        }
    }

    /// Sets the clock by that of another input.
    pub(crate) fn align(&mut self, alignment: Alignment) {
        self.clock.align(&alignment);
        self.alignment = Some(alignment);
    }

    pub(crate) const fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }

    /// Whether there was a line of the daemon.
    pub(crate) const fn has_lines(&self) -> bool {
        self.has_lines
    }

    /// Whether a message is to be lent.
    pub(crate) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The next message; it is frame `number` of the input.
    pub(crate) fn lend(&mut self, number: u64) -> Option<Lent> {
        self.frames = number;
        self.ready.pop_front()
    }

    /// Other frames were lent meanwhile.
    pub(crate) const fn set_frames(&mut self, frames: u64) {
        self.frames = frames;
    }

    /// Adds what there was since the last time to the census of the text.
    pub(crate) fn count(&mut self, census: &mut TextCensus) {
        let counts = std::mem::take(&mut self.counts);
        census.as_printed += counts.as_printed;
        census.cut += counts.cut;
        census.absolute_times += counts.absolute_times;
    }

    /// No more has come for now.
    pub(crate) fn pause(&mut self) {
        self.open();
    }

    /// Takes a line, and gives `sink` what it states.
    pub(crate) fn line(&mut self, logged: Logged<'_>, sink: Sink<'_>) {
        if let Some(line) = list::read(logged.text) {
            self.open();
            self.list(&line, logged, sink);
            return;
        }
        self.has_lines = true;
        let prefixed = prefix::read(logged.text);
        let time = self.clock.time(prefixed.time);
        self.context.learn_serial(prefixed.serial, prefixed.spis);
        let line = line::read(prefixed.text);
        if !matches!(line, Line::Decrypted(_) | Line::Other) {
            self.open();
        }
        if !matches!(line, Line::In(Some(_)) | Line::Exchange(_)) {
            self.come_without_octets(sink);
        }
        let at = (logged.number, time);
        match line {
            Line::Comes(ends) => self.comes(ends, at),
            Line::Exchange(told) => self.exchange(&told, at),
            Line::In(Some(octets)) => self.came(&octets, at, sink),
            Line::Out(Some(octets)) => self.leaves(octets, &prefixed, at, sink),
            Line::Sent(ends, told) => self.sent(&prefixed, ends, &told, at, sink),
            Line::In(None) | Line::Out(None) => {}
            Line::Decrypted(octets) => self.decrypted(&octets),
            Line::Encrypts(octets) => self.shown = Some((octets, prefixed.connection.to_owned())),
            Line::Other => self.other(&prefixed, at, sink),
        }
        if std::mem::take(&mut self.has_learned) && !self.held.is_empty() {
            self.tell_known(sink);
        }
    }

    /// A line of a list is about the tunnel whose heading stands above it.
    fn list(&mut self, line: &ListLine<'_>, logged: Logged<'_>, sink: Sink<'_>) {
        let told = match line {
            ListLine::Tunnel(name, ends) => {
                let pair = ends.map(|ends| self.pair(ends.from, ends.to));
                self.listed = Some(((*name).to_owned(), pair));
                Listed::Heading
            }
            ListLine::Ends(ends) => {
                let pair = match &self.listed {
                    Some((name, _)) if ends.to.address.is_empty() => self.unlisted(&name.clone()),
                    _ => self.pair(ends.from, ends.to),
                };
                if let Some((_, known)) = &mut self.listed {
                    *known = Some(pair);
                }
                Listed::Heading
            }
            ListLine::Fact(told) => *told,
        };
        let Some((connection, Some(pair))) = self.listed.clone() else {
            return;
        };
        // The template of dial-up tunnels has no peer and no SA of its own.
        if pair.peer.ip().is_unspecified() {
            return;
        }
        let time = self.clock.time(None);
        self.tell_stand_ins(pair, time, logged.number, sink);
        sink(Statement {
            sighting: sighting(pair, time, self.frames),
            line: logged.number,
            spis: None,
            serial: None,
            ike_version: None,
            connection: &connection,
            text: logged.text.trim(),
            said: Said::Listed(told),
        });
    }

    /// The ends of a gateway whose list has them no longer: those of its other lines, or stand-ins of its own.
    fn unlisted(&mut self, name: &str) -> Pair {
        let known = self.context.ends(name, None);
        known.unwrap_or_else(|| self.pair(UNKNOWN, unknown_peer(name)))
    }

    fn comes(&mut self, ends: Ends<'_>, (line, time): (u64, Timestamp)) {
        let pair = self.pair(ends.to, ends.from);
        self.coming = Some(Coming {
            pair: Some(pair),
            line,
            time,
            header: None,
        });
    }

    fn exchange(&mut self, told: &Told<'_>, (line, time): (u64, Timestamp)) {
        self.context.set_current(told.spis);
        let coming = self.coming.get_or_insert_with(|| Coming {
            line,
            time,
            ..Coming::default()
        });
        coming.header = Some(OwnTold::of(told));
    }

    /// `dec`: what the message was that came last, if it proves to be of it.
    fn decrypted(&mut self, shown: &Octets) {
        if let Some(closed) = &mut self.closed
            && let Some(message) = packet::message(&closed.packet.octets)
        {
            closed.plaintext = plaintext::of_received(message, &shown.octets);
        }
        self.open();
    }

    /// Nothing more is told of the message that came last.
    fn open(&mut self) {
        self.waited = 0;
        self.ready.extend(self.closed.take());
    }

    /// `in`: the octets of what comes.
    fn came(&mut self, octets: &Octets, (line, time): (u64, Timestamp), sink: Sink<'_>) {
        let coming = self.coming.take().unwrap_or_default();
        let spis = packet::spis(&octets.octets);
        self.context.set_current(spis);
        let pair = coming.pair.or_else(|| self.context.ends("", spis));
        let pair = pair.unwrap_or_else(|| self.pair(UNKNOWN, UNKNOWN));
        self.learn(None, spis, pair);
        let at = match coming.line {
            0 => (line, time),
            line => (line, coming.time),
        };
        self.message(pair, Direction::Inbound, (octets, None), at, sink);
    }

    /// The line behind `exchange=` is no `in`: the octets are not in the log.
    fn come_without_octets(&mut self, sink: Sink<'_>) {
        let Some(Coming {
            pair: Some(pair),
            line,
            time,
            header: Some(told),
        }) = self.coming.take()
        else {
            return;
        };
        self.learn(None, told.spis, pair);
        let at = (line, time);
        self.bare(pair, Direction::Inbound, &told.told(), at, sink);
    }

    /// `out`: the octets of what is sent; where to is told behind them.
    fn leaves(
        &mut self,
        octets: Octets,
        prefixed: &Prefixed<'_>,
        (line, time): (u64, Timestamp),
        sink: Sink<'_>,
    ) {
        if self.leaving.len() >= LEAVING_KEPT {
            self.leave(0, None, sink);
        }
        self.context
            .learn_serial(prefixed.serial, packet::spis(&octets.octets));
        let shown = self
            .shown
            .take_if(|(_, connection)| connection == prefixed.connection);
        let message = packet::without_marker(&octets.octets);
        let plaintext = shown.and_then(|(shown, _)| plaintext::of_sent(message, &shown.octets));
        self.leaving.push_back(Leaving {
            plaintext,
            octets,
            connection: prefixed.connection.to_owned(),
            line,
            time,
        });
    }

    fn sent(
        &mut self,
        prefixed: &Prefixed<'_>,
        ends: Ends<'_>,
        told: &Told<'_>,
        at: (u64, Timestamp),
        sink: Sink<'_>,
    ) {
        let pair = self.pair(ends.from, ends.to);
        let is_keepalive = told.name == "keepalive";
        let spis = told.spis.filter(|_| !is_keepalive);
        self.context.learn_serial(prefixed.serial, spis);
        self.learn(Some(prefixed.connection), spis, pair);
        let fits = |leaving: &Leaving| {
            let octets = &leaving.octets.octets;
            match spis.filter(|_| octets.len() >= HEADER_LENGTH) {
                Some(spis) => packet::spis(octets) == Some(spis),
                None => {
                    leaving.connection == prefixed.connection
                        && told
                            .length
                            .is_none_or(|length| octets.len() as u64 == length.into())
                }
            }
        };
        match self.leaving.iter().position(fits) {
            Some(index) => self.leave(index, Some((pair, at.1)), sink),
            None if is_keepalive => {
                let octets = Octets {
                    octets: vec![0xff],
                    is_odd: false,
                };
                self.message(pair, Direction::Outbound, (&octets, None), at, sink);
            }
            None => self.bare(pair, Direction::Outbound, told, at, sink),
        }
    }

    /// Octets that were sent, to where and when the line behind them says; without such a line, to where
    /// their IKE SA is known to be.
    fn leave(&mut self, index: usize, sent: Option<(Pair, Timestamp)>, sink: Sink<'_>) {
        let Some(leaving) = self.leaving.remove(index) else {
            return;
        };
        let spis = packet::spis(&leaving.octets.octets);
        let (pair, time) = sent.map_or((None, leaving.time), |(pair, time)| (Some(pair), time));
        let pair = pair.or_else(|| self.context.ends(&leaving.connection, spis));
        let pair = pair.unwrap_or_else(|| self.pair(UNKNOWN, UNKNOWN));
        self.learn(Some(&leaving.connection), spis, pair);
        let at = (leaving.line, time);
        let told = (&leaving.octets, leaving.plaintext);
        self.message(pair, Direction::Outbound, told, at, sink);
    }

    /// A message with its octets, as far as the log holds them.
    fn message(
        &mut self,
        pair: Pair,
        direction: Direction,
        (octets, plaintext): (&Octets, Option<Plaintext>),
        (line, time): (u64, Timestamp),
        sink: Sink<'_>,
    ) {
        let message = packet::without_marker(&octets.octets);
        let length = packet::announced(message).unwrap_or(message.len());
        let is_whole = length == message.len() && !octets.is_odd;
        if is_whole {
            self.counts.as_printed += 1;
        } else {
            self.cut += 1;
            self.counts.cut += 1;
        }
        if let Some(spis) = packet::spis(message).filter(|spis| spis.responder.is_zero()) {
            let is_own = direction == Direction::Outbound;
            self.context.learn_initiator(spis, is_own);
        }
        let ends = ends_of(pair, direction);
        // What is longer than any datagram is no message, whatever its Length field says.
        let length = length.min(LONGEST_DATAGRAM);
        let condition = if is_whole {
            Condition::AsPrinted
        } else {
            Condition::Damaged
        };
        let is_awaited =
            direction == Direction::Inbound && is_whole && plaintext::is_encrypted(message);
        let lent = Lent {
            packet: Packet::of_message(ends, message, length, time),
            direction,
            text: text_frame(line, condition),
            plaintext,
        };
        let lent = self.place(pair, lent, sink);
        if is_awaited {
            self.closed = Some(lent);
        } else {
            self.ready.push_back(lent);
        }
    }

    /// A message of which only a line tells.
    fn bare(
        &mut self,
        pair: Pair,
        direction: Direction,
        told: &Told<'_>,
        (line, time): (u64, Timestamp),
        sink: Sink<'_>,
    ) {
        let is_own = direction == Direction::Outbound;
        let by_initiator = told
            .spis
            .and_then(|spis| self.context.initiates(spis))
            .map(|initiates| initiates == is_own);
        let Some(header) = packet::header(told, by_initiator) else {
            return;
        };
        self.without_octets += 1;
        self.counts.cut += 1;
        if let Some(spis) = told.spis.filter(|spis| spis.responder.is_zero()) {
            self.context.learn_initiator(spis, is_own);
        }
        let length = told.length.map_or(0, |length| length as usize);
        let length = length.min(LONGEST_DATAGRAM);
        let lent = Lent {
            packet: Packet::of_message(ends_of(pair, direction), &header, length, time),
            direction,
            text: text_frame(line, Condition::AsPrinted),
            plaintext: None,
        };
        let lent = self.place(pair, lent, sink);
        self.ready.push_back(lent);
    }

    /// Gives a message its place behind those before it, and its time where another input tells it.
    fn place(&mut self, pair: Pair, mut lent: Lent, sink: Sink<'_>) -> Lent {
        self.open();
        let number = self.told() + 1;
        let elsewhere = self.alignment.as_ref();
        let elsewhere = elsewhere.and_then(|alignment| alignment.times.get(&number));
        if let Some(time) = elsewhere.filter(|_| !self.clock.is_timed()) {
            lent.packet.time = *time;
            self.clock.set(*time);
        }
        self.counts.absolute_times += u64::from(self.clock.is_timed());
        self.tell_stand_ins(pair, lent.packet.time, lent.text.line, sink);
        lent
    }

    /// Number of the newest message.
    fn told(&self) -> u64 {
        self.frames + self.ready.len() as u64 + u64::from(self.closed.is_some())
    }

    /// A line about no message: what it teaches, what it states.
    fn other(&mut self, prefixed: &Prefixed<'_>, at: (u64, Timestamp), sink: Sink<'_>) {
        let text = prefixed.text;
        if let Some((_, offer)) = &mut self.offer
            && offer.add(text, &mut self.unknown_names)
        {
            return;
        }
        self.end_offer(sink);
        if !prefixed.connection.is_empty()
            && let Some(ends) = ends::ends(text).filter(|ends| ends.to.port != 0)
        {
            let mut pair = self.pair(ends.from, ends.to);
            if pair.own.port() == 0 {
                pair.own.set_port(pair.peer.port());
            }
            self.learn(Some(prefixed.connection), None, pair);
        }
        let named =
            memchr(b'/', text.as_bytes()).and_then(|_| text.split(' ').find_map(prefix::spis));
        self.context.learn_serial(prefixed.serial, named);
        if let Some(offer) = Offer::begin(text, prefixed.is_child) {
            self.open();
            self.offer = Some((self.entry(prefixed, at), offer));
        } else if let Some(said) = said::read(text, prefixed.is_child) {
            self.open();
            let mut entry = self.entry(prefixed, at);
            if is_of_timers(said) {
                entry.spis = prefixed
                    .spis
                    .or_else(|| self.context.of_serial(prefixed.serial));
            }
            self.state(entry, sink);
        } else {
            self.waited += 1;
            if self.waited >= WAITED {
                self.open();
            }
        }
    }

    fn end_offer(&mut self, sink: Sink<'_>) {
        if let Some((mut entry, offer)) = self.offer.take() {
            entry.offer = Some(Box::new(offer));
            self.state(entry, sink);
        }
    }

    fn entry(&self, prefixed: &Prefixed<'_>, (line, time): (u64, Timestamp)) -> Entry {
        Entry {
            line,
            time,
            frames: self.told(),
            spis: (prefixed.spis)
                .or_else(|| self.context.of_serial(prefixed.serial))
                .or_else(|| self.context.current()),
            serial: prefixed.serial,
            ike_version: version(prefixed.text),
            connection: prefixed.connection.to_owned(),
            is_child: prefixed.is_child,
            text: prefixed.text.to_owned(),
            offer: None,
        }
    }

    /// Tells a statement, or keeps it until the ends of its connection are known.
    fn state(&mut self, entry: Entry, sink: Sink<'_>) {
        match self.context.ends(&entry.connection, entry.spis) {
            Some(pair) => self.tell(&entry, pair, sink),
            None if self.held.len() < HELD => self.held.push(entry),
            None => {
                let pair = self.pair(UNKNOWN, unknown_peer(&entry.connection));
                self.tell(&entry, pair, sink);
            }
        }
    }

    fn tell(&mut self, entry: &Entry, pair: Pair, sink: Sink<'_>) {
        self.tell_stand_ins(pair, entry.time, entry.line, sink);
        let transforms: &[StatedTransform];
        let said = match &entry.offer {
            Some(offer) => {
                transforms = &offer.transforms;
                Some(Said::Offer {
                    list: offer.list,
                    subject: offer.subject,
                    transforms,
                })
            }
            None => said::read(&entry.text, entry.is_child),
        };
        let Some(said) = said else {
            return;
        };
        sink(Statement {
            sighting: sighting(pair, entry.time, entry.frames),
            line: entry.line,
            spis: entry.spis,
            serial: entry.serial,
            ike_version: entry.ike_version,
            connection: &entry.connection,
            text: &entry.text,
            said,
        });
    }

    fn tell_stand_ins(&mut self, pair: Pair, time: Timestamp, line: u64, sink: Sink<'_>) {
        let own = self.stand_ins.is_one(pair.own.ip());
        let peer = self.stand_ins.is_one(pair.peer.ip());
        if (own || peer) && self.told_stand_ins.insert(pair) {
            sink(Statement {
                sighting: sighting(pair, time, self.frames),
                line,
                spis: None,
                serial: None,
                ike_version: None,
                connection: "",
                text: "",
                said: Said::StandIns { own, peer },
            });
        }
    }

    /// The ends of a connection or an IKE SA are known from now on, and so is what was said of it.
    fn learn(&mut self, connection: Option<&str>, spis: Option<SpiPair>, pair: Pair) {
        self.has_learned = true;
        self.context
            .learn_ends(connection.unwrap_or_default(), spis, pair);
    }

    fn pair(&mut self, own: End<'_>, peer: End<'_>) -> Pair {
        Pair {
            own: self.stand_ins.address(own, true),
            peer: self.stand_ins.address(peer, false),
        }
    }

    /// Tells what was held, as far as the ends are known by now.
    fn tell_known(&mut self, sink: Sink<'_>) {
        for entry in std::mem::take(&mut self.held) {
            self.state(entry, sink);
        }
    }

    fn tell_held(&mut self, sink: Sink<'_>) {
        for entry in std::mem::take(&mut self.held) {
            let known = self.context.ends(&entry.connection, entry.spis);
            let pair = known.unwrap_or_else(|| self.pair(UNKNOWN, unknown_peer(&entry.connection)));
            self.tell(&entry, pair, sink);
        }
    }

    /// The text has ended.
    pub(crate) fn end(&mut self, sink: Sink<'_>) {
        self.open();
        self.come_without_octets(sink);
        while !self.leaving.is_empty() {
            self.leave(0, None, sink);
        }
        self.end_offer(sink);
        self.tell_held(sink);
    }

    /// What a reader of the report must know of the log.
    pub(crate) fn note(&mut self, offset: u64, notes: &mut Notes) {
        let frames = self.told();
        let mut add = |kind| notes.add(offset, frames, kind);
        let given = self.stand_ins.given();
        if !given.is_empty() {
            add(NoteKind::StandIns { given });
        }
        if let Some(alignment) = &self.alignment {
            add(NoteKind::LogAligned {
                offset: self.clock.is_timed().then_some(alignment.offset),
                messages: alignment.times.len() as u64,
                reference: alignment.reference.clone(),
            });
        }
        if self.clock.is_made_up() && self.has_lines {
            add(NoteKind::LogWithoutTimes);
        } else if self.clock.is_timed() && !self.clock.has_zone() {
            add(NoteKind::LogZone);
        }
        if self.without_octets > 0 {
            let count = self.without_octets;
            add(NoteKind::LogWithoutOctets { count });
        }
        if self.cut > 0 {
            add(NoteKind::LogCut { count: self.cut });
        }
        if !self.unknown_names.is_empty() {
            let names = std::mem::take(&mut self.unknown_names);
            add(NoteKind::LogNames { names });
        }
    }
}

/// Whether a statement comes of time that has passed, and not of the message before it.
const fn is_of_timers(said: Said<'_>) -> bool {
    matches!(said, Said::GivenUp | Said::PeerDead | Said::NoRoute)
}

/// Source and destination of a message.
const fn ends_of(pair: Pair, direction: Direction) -> (SocketAddr, SocketAddr) {
    match direction {
        Direction::Inbound => (pair.peer, pair.own),
        Direction::Outbound => (pair.own, pair.peer),
    }
}

const fn text_frame(line: u64, condition: Condition) -> TextFrame {
    TextFrame {
        line,
        condition,
        added: 0,
    }
}

const fn sighting(pair: Pair, time: Timestamp, frames: u64) -> Sighting {
    Sighting {
        frame: FrameId {
            input: 0,
            number: frames,
        },
        time,
        source: pair.own,
        destination: pair.peer,
        hop_limit: 0,
        ip_id: None,
        interface: 0,
        ip_length: 0,
    }
}

/// Version of IKE, where the words of a line are those of one of the two.
fn version(text: &str) -> Option<u8> {
    let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    if has(&["IKEv2", "PSK auth failed", "SA_INIT", "CREATE_CHILD"]) {
        Some(2)
    } else if has(&["IKEv1", "ISAKMP", "pre-shared secret", "quick-mode"]) {
        Some(1)
    } else {
        None
    }
}

/// Stands for the end of a connection of which no line tells an address.
const fn unknown_peer(connection: &str) -> End<'_> {
    End {
        address: connection,
        port: 0,
    }
}

const UNKNOWN: End<'static> = End {
    address: "",
    port: 0,
};
/// Lines behind a message that may stand in front of what it says in clear.
const WAITED: u32 = 8;
/// Messages that wait for the line that says where they were sent.
const LEAVING_KEPT: usize = 8;
/// Statements that wait for the ends of their connection.
const HELD: usize = 256;
/// Octets of the longest IKE message that fits into a UDP datagram.
const LONGEST_DATAGRAM: usize = 65_507;
