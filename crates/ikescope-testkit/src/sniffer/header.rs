//! The line in front of a packet: when, and what tcpdump's printers of old say of it.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Times;

/// The time as it is printed.
pub(super) fn time(times: Times, nanoseconds: i64) -> String {
    match times {
        Times::Absolute => utc(nanoseconds),
        Times::Since(start) => {
            let microseconds = (nanoseconds - start).div_euclid(1000);
            format!(
                "{}.{:06}",
                microseconds / 1_000_000,
                microseconds % 1_000_000
            )
        }
    }
}

/// Date and time of day with microseconds, of nanoseconds since 1970.
#[must_use]
pub fn utc(nanoseconds: i64) -> String {
    let microseconds = nanoseconds.div_euclid(1000);
    let (seconds, fraction) = (
        microseconds.div_euclid(1_000_000),
        microseconds.rem_euclid(1_000_000),
    );
    let (mut day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let mut year = 1970;
    while day >= days_of(year) {
        day -= days_of(year);
        year += 1;
    }
    let mut month = 0;
    while day >= days_of_month(year, month) {
        day -= days_of_month(year, month);
        month += 1;
    }
    format!(
        "{year:04}-{:02}-{:02} {:02}:{:02}:{:02}.{fraction:06}",
        month + 1,
        day + 1,
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_of(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: i64, month: usize) -> i64 {
    let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    days[month] + i64::from(month == 1 && is_leap(year))
}

/// Where the network layer begins, behind Ethernet and VLAN tags.
pub(super) fn of_ip(frame: &[u8]) -> usize {
    let mut at = 12;
    while frame.get(at..at + 2) == Some(&[0x81, 0]) {
        at += 4;
    }
    at + 2
}

/// What is said of a frame.
pub(super) fn text(frame: &[u8]) -> String {
    let Some(type_at) = frame.get(12..14) else {
        return "Ether type 0x0 printer hasn't been added to sniffer.".to_owned();
    };
    let inner = &frame[14..];
    match u16::from_be_bytes([type_at[0], type_at[1]]) {
        0x0800 => ipv4(inner).unwrap_or_else(|| "truncated-ip".to_owned()),
        0x86dd => ipv6(inner).unwrap_or_else(|| "truncated-ip6".to_owned()),
        0x0806 => arp(inner).unwrap_or_else(|| "arp".to_owned()),
        0x8100 => {
            let tag = inner
                .get(..2)
                .map_or(0, |t| u16::from_be_bytes([t[0], t[1]]));
            format!("802.1Q vlan#{} P{} ", tag & 0xfff, tag >> 13)
        }
        0x8864 => "pppoe printer hasn't been added to sniffer".to_owned(),
        other => format!("Ether type {other:#x} printer hasn't been added to sniffer."),
    }
}

fn arp(packet: &[u8]) -> Option<String> {
    let address = |at: usize| packet.get(at..at + 4)?.try_into().ok().map(<[u8; 4]>::into);
    let (sender, target): (Ipv4Addr, Ipv4Addr) = (address(14)?, address(24)?);
    if packet[7] == 2 {
        let mac: Vec<String> = packet[8..14].iter().map(|o| format!("{o:x}")).collect();
        return Some(format!("arp reply {sender} is-at {}", mac.join(":")));
    }
    Some(format!("arp who-has {target} tell {sender}"))
}

fn ipv4(packet: &[u8]) -> Option<String> {
    let word = |at: usize| Some(u16::from_be_bytes([*packet.get(at)?, *packet.get(at + 1)?]));
    let header = usize::from(packet.first()? & 15) * 4;
    let source = Ipv4Addr::from(*packet.get(12..)?.first_chunk::<4>()?);
    let destination = Ipv4Addr::from(*packet.get(16..)?.first_chunk::<4>()?);
    let data = usize::from(word(2)?).saturating_sub(header);
    let (flags, id) = (word(6)?, word(4)?);
    let (offset, more) = (usize::from(flags & 0x1fff) * 8, flags & 0x2000 != 0);
    if offset > 0 {
        let protocol = packet.get(9)?;
        let more = if more { "+" } else { "" };
        return Some(format!(
            "{source} -> {destination}:  ip-proto-{protocol} (frag {id}:{data}@{offset}{more})"
        ));
    }
    let upper = packet.get(header..).unwrap_or_default();
    let text = transport(
        *packet.get(9)?,
        &source.to_string(),
        &destination.to_string(),
        upper,
        data,
    );
    Some(if more {
        format!("{text} (frag {id}:{data}@0+)")
    } else {
        text
    })
}

fn ipv6(packet: &[u8]) -> Option<String> {
    let source = Ipv6Addr::from(*packet.get(8..)?.first_chunk::<16>()?);
    let destination = Ipv6Addr::from(*packet.get(24..)?.first_chunk::<16>()?);
    let data = usize::from(u16::from_be_bytes([packet[4], packet[5]]));
    let text = transport(
        packet[6],
        &source.to_string(),
        &destination.to_string(),
        &packet[40..],
        data,
    );
    Some(format!("{text} [hlim {}] (len {data})", packet[7]))
}

fn transport(protocol: u8, source: &str, destination: &str, upper: &[u8], length: usize) -> String {
    let word = |at: usize| {
        let octets = upper.get(at..at + 4);
        octets.map_or(0, |o| u32::from_be_bytes([o[0], o[1], o[2], o[3]]))
    };
    let (from, to) = (word(0) >> 16, word(0) & 0xffff);
    match protocol {
        17 => format!(
            "{source}.{from} -> {destination}.{to}: udp {}",
            (word(4) >> 16).saturating_sub(8)
        ),
        6 => format!("{source}.{from} -> {destination}.{to}: ack {} ", word(8)),
        1 => format!("{source} -> {destination}: icmp: echo request"),
        50 => format!(
            "{source} -> {destination}: ESP(spi=0x{:08x},seq=0x{:x})",
            word(0),
            word(4)
        ),
        _ => format!("{source} -> {destination}:  ip-proto-{protocol} {length}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checked with `date -u`.
    #[test]
    fn tells_the_date_of_leap_days_and_year_ends() {
        assert_eq!(utc(1_709_251_199_999_999_000), "2024-02-29 23:59:59.999999");
        assert_eq!(utc(1_709_251_200_000_000_000), "2024-03-01 00:00:00.000000");
        assert_eq!(utc(951_782_400_000_001_999), "2000-02-29 00:00:00.000001");
        assert_eq!(utc(0), "1970-01-01 00:00:00.000000");
    }
}
