//! Headers: what is known of the packet whose octets follow, and whether all of it can be trusted.

use super::Assembler;
use super::octets::LONGEST_JOINED;
use crate::format::sniffer::header::{self, Header};
use crate::format::sniffer::line::find;
use crate::format::sniffer::packet::Heading;
use crate::format::sniffer::report::Place;
use crate::text::{Damage, LostReason, Outcome};

impl Assembler {
    pub(super) fn header(&mut self, header: &Header<'_>, place: &Place<'_>) {
        let torn = std::mem::take(&mut self.torn);
        let joined = !torn && self.open.is_some() && self.layout.empty_lines && header.prefix == 0;
        self.end_packet();
        self.drop_heading();
        let (text, octets) = behind_text(header.text);
        self.session.names_interfaces |= header.direction_printed();
        let written = header.time.map(|time| (time, header.decimals));
        self.session.written = self.session.written.or(written);
        let usual = self.session.written.map(|(_, decimals)| decimals);
        let is_whole = written.is_some_and(|(_, decimals)| Some(decimals) == usual)
            && header.is_plausible()
            && header.direction_printed() == self.session.names_interfaces;
        for (is_so, damage) in [(joined, Damage::JoinedLines), (!is_whole, Damage::Header)] {
            if is_so {
                self.report
                    .add(place, 0, damage, Outcome::Marked, String::new());
            }
        }
        let census = &mut self.report.census;
        census.captures = census.captures.max(1);
        self.heading = Some(Heading {
            line: place.line,
            time: header.time.map(|time| self.clock.moment(time, census)),
            names_interface: header.direction_printed(),
            name: self.session.name(header),
            direction: header.direction,
            text: text.to_vec(),
            broken_off: Vec::new(),
            is_damaged: joined || !is_whole,
        });
        if let Some(octets) = octets.filter(|_| place.text.len() <= LONGEST_JOINED) {
            let column = place.text.len() - octets.len();
            self.report.add(
                place,
                column,
                Damage::JoinedLines,
                Outcome::Harmless,
                String::new(),
            );
            self.read(place.line, octets);
        }
    }

    /// A header with something in front of it, which may have been a part of its time.
    pub(super) fn header_inside(&mut self, mut header: Header<'_>, place: &Place<'_>) {
        let prefix = place.text.get(..header.prefix).unwrap_or_default();
        let apart = prefix.ends_with(b" ");
        if !apart {
            let outcome = Outcome::Harmless;
            self.report
                .add(place, 0, Damage::HeaderPrefix, outcome, String::new());
        }
        header.time = header.time.filter(|time| {
            let of_kind = self
                .session
                .written
                .is_none_or(|(known, _)| known.is_like(*time));
            let cut = !apart && !time.has_date() && prefix.iter().any(u8::is_ascii_digit);
            of_kind && !cut
        });
        self.header(&header, place);
    }

    /// The line right behind a header may be the end of it that a terminal broke off.
    pub(super) fn may_end_header(&mut self, place: &Place<'_>) {
        if let Some(heading) = &mut self.heading
            && heading.line + 1 == place.line
        {
            heading.broken_off = place.text.to_vec();
        }
    }

    /// A header that nothing belongs to.
    pub(super) fn drop_heading(&mut self) {
        if let Some(heading) = self.heading.take() {
            self.report.census.lose(LostReason::NoOctets);
            let verbosity = if heading.names_interface { 4 } else { 1 };
            if let Some(count) = self.report.census.verbosity.get_mut(verbosity) {
                *count += 1;
            }
        }
    }

    /// Only where headers name interfaces does a line without a time look like one.
    pub(super) fn header_without_time<'a>(&self, line: &'a [u8]) -> Option<Header<'a>> {
        let header = header::read_without_time(line)?;
        self.session.names_interfaces.then_some(header)
    }
}

/// The text of a header, and the line of octets that a missing line end put behind it.
fn behind_text(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let tab = text.iter().position(|c| *c == b'\t');
    let at = tab.and_then(|tab| find(text.get(..tab)?, b"0x0000"));
    at.map_or((text, None), |at| {
        let (text, octets) = text.split_at(at);
        (text, Some(octets))
    })
}
