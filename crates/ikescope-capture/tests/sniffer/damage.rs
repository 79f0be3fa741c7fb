//! One character of a packet is changed: what must be found, and what cannot be.

use ikescope_capture::{Condition, LinkType};
use ikescope_testkit::frame::{Content, Packet as Ip, esp};
use ikescope_testkit::random::Xorshift;
use ikescope_testkit::sniffer::{Sniffer, Times, Verbosity, Way};

use crate::text::{Packet, Read, read};

const PACKETS: u64 = 10_000;

/// A packet and its lines.
struct Printed {
    frame: Vec<u8>,
    text: Vec<u8>,
    is_esp: bool,
}

/// What one character of the lines is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Time,
    Interface,
    /// A digit of this octet.
    Digit(usize),
    /// Another number.
    Number,
    Other,
}

#[test]
fn every_change_of_one_character_is_told_unless_nothing_in_the_text_can_tell_it() {
    let mut random = Xorshift::new(2026);
    let mut counts = [0u64; 5];
    for _ in 0..PACKETS {
        let packets = [0, 1, 2].map(|second| printed(&mut random, second));
        let [before, whole, after] = &packets;
        let mut damaged = whole.text.clone();
        let at = random.below(damaged.len());
        let change = change(&mut random, damaged[at]);
        damaged[at] = change;
        let text = [INTRO, before.text.as_slice(), &damaged, &after.text].concat();
        let shown = String::from_utf8_lossy(&damaged).into_owned();
        let read = read(text);
        assert_eq!(
            read.packets.first().map(|p| &p.octets),
            Some(&before.frame),
            "{shown}"
        );
        assert_eq!(
            read.packets.last().map(|p| &p.octets),
            Some(&after.frame),
            "{shown}"
        );
        let [middle] = &read.packets[1..read.packets.len() - 1] else {
            panic!(
                "{} packets of\n{shown}\n{:#?}",
                read.packets.len(),
                read.notes
            );
        };
        let role = role(&whole.text, at);
        assert_fits(middle, whole, role, &read, &shown);
        let told = is_told(&read);
        assert!(
            told || cannot_be_told(whole, role, at, change),
            "{role:?} {at}: {:?} to {:?} not told:\n{shown}",
            char::from(whole.text[at]),
            char::from(change),
        );
        counts[if told {
            middle.text.condition as usize
        } else {
            4
        }] += 1;
    }
    println!("harmless, repaired, cut, marked, untold: {counts:?}");
    assert!(counts[1] > 5_000, "{counts:?}");
}

#[test]
fn damage_stays_in_its_packet_through_a_long_text() {
    let mut random = Xorshift::new(7);
    let mut text = INTRO.to_vec();
    let mut whole = Vec::new();
    for _ in 0..PACKETS {
        let (good, mut bad) = (printed(&mut random, 0), printed(&mut random, 1));
        let at = random.below(bad.text.len());
        bad.text[at] = change(&mut random, bad.text[at]);
        text.extend([&good.text[..], &bad.text].concat());
        whole.push(good.frame);
    }
    let read = read(text);
    assert_eq!(read.packets.len() as u64, 2 * PACKETS);
    let good = read.packets.iter().step_by(2);
    assert!(good.map(|packet| &packet.octets).eq(&whole));
}

#[test]
fn a_digit_is_repaired_where_the_ascii_column_tells_it() {
    let text = with_change("0x0010\t 0024", "0x0010\t 0S24");
    assert_eq!(text.packets[1].text.condition, Condition::AsPrinted);
    let packet = &text.packets[0];
    assert_eq!(packet.text.condition, Condition::Repaired);
    assert_eq!(hex::encode(&packet.octets[16..18]), "0024");
    // Sixteen octets would print as a dot; the checksum of the header leaves one.
    assert_eq!(
        text.notes,
        [
            "test:6:10: not a hex digit; repaired, the packet's checksum tells the octet (the octet is 00)."
        ]
    );
}

#[test]
fn a_digit_between_dots_is_told_by_the_checksum_alone() {
    let text = with_change("0x0010\t 0024", "0x0010\t 0124");
    assert_eq!(text.packets[0].text.condition, Condition::Doubtful);
    assert_eq!(
        text.notes,
        ["test:4:1: a checksum of the packet does not fit; the packet is kept and marked."]
    );
}

#[test]
fn an_octet_of_esp_that_could_be_several_ends_what_is_kept() {
    let mut packet = Ip::new(
        address(1),
        address(2),
        Content::Protocol(50, esp(7, 9, &[0; 32])),
    );
    packet.identification = 7;
    let mut sniffer = Sniffer::on_any(Verbosity::FromEthernet, true, Times::Absolute);
    sniffer.ip_packet(0, "wan1", Way::In, &packet.octets());
    let text = String::from_utf8(sniffer.finish()).unwrap();
    let read = read(text.replace("0x0030\t 0000", "0x0030\t 000q"));
    assert_eq!(read.packets[0].text.condition, Condition::Damaged);
    assert_eq!(
        (read.packets[0].octets.len(), read.packets[0].original),
        (0x31, 14 + 20 + 8 + 32)
    );
    assert_eq!(read.packets[0].link, LinkType::ETHERNET);
}

/// Two UDP packets, of which the first has one change.
fn with_change(from: &str, to: &str) -> Read {
    let mut sniffer = Sniffer::on_any(Verbosity::FromEthernet, true, Times::Absolute);
    let packet = Ip::udp(address(1), address(2), b"12345678");
    for _ in 0..2 {
        sniffer.ip_packet(0, "wan1", Way::In, &packet.octets());
    }
    let text = String::from_utf8(sniffer.finish()).unwrap();
    assert!(text.contains(from), "{text}");
    read(text.replacen(from, to, 1))
}

const INTRO: &[u8] = b"fgt # diagnose sniffer packet any '' 6 0 a\ninterfaces=[any]\nfilters=[]\n";

fn address(host: u8) -> std::net::SocketAddr {
    format!("192.0.2.{host}:4500").parse().unwrap()
}

/// UDP with random octets, or ESP, as the device prints it.
fn printed(random: &mut Xorshift, second: i64) -> Printed {
    let length = 1 + random.below(300);
    let payload = random.octets(length);
    let is_esp = random.chance(1, 5);
    let content = if is_esp {
        Content::Protocol(50, esp(random.esp_spi(), 5, &payload))
    } else {
        Content::Udp(payload)
    };
    let packet = Ip::new(address(1), address(2), content);
    let mut sniffer = Sniffer::on_any(Verbosity::FromEthernet, true, Times::Absolute);
    sniffer.drain();
    sniffer.ip_packet(
        1_773_453_600_000_000_000 + second * 1_000_000_000,
        "wan1",
        Way::In,
        &packet.octets(),
    );
    let header = hex::decode("00000000000100005e0053020800").unwrap();
    // The testkit's device: another source address, the destination of captures on `any`.
    let frame = [&header, &packet.octets()[..]].concat();
    Printed {
        frame,
        text: sniffer.drain(),
        is_esp,
    }
}

/// Another printable character.
fn change(random: &mut Xorshift, character: u8) -> u8 {
    loop {
        let other = 0x20 + random.below(0x5f) as u8;
        if other != character {
            return other;
        }
    }
}

/// What the character at `at` is for, by the layout of the text.
fn role(text: &[u8], at: usize) -> Role {
    let line_start = text[..at]
        .iter()
        .rposition(|c| *c == b'\n')
        .map_or(0, |end| end + 1);
    let column = at - line_start;
    if line_start == 0 {
        return match column {
            0..=25 => Role::Time,
            27..=30 => Role::Interface,
            _ if text[at].is_ascii_hexdigit() => Role::Number,
            _ => Role::Other,
        };
    }
    let line = text[..line_start].iter().filter(|c| **c == b'\n').count() - 1;
    match column.checked_sub(8) {
        None if column < 6 => Role::Number,
        Some(body @ 0..39) if body % 5 != 4 && text[at] != b' ' => {
            Role::Digit(line * 16 + body / 5 * 2 + body % 5 / 2)
        }
        _ => Role::Other,
    }
}

/// Whether nothing in the text can contradict the change.
fn cannot_be_told(whole: &Printed, role: Role, at: usize, change: u8) -> bool {
    let blank = |c: u8| matches!(c, b' ' | b'\t');
    match role {
        Role::Time => change.is_ascii_digit(),
        Role::Interface => true,
        // In numbers: offsets, and what the header says of ESP.
        Role::Number if whole.text[at].eq_ignore_ascii_case(&change) => true,
        Role::Number | Role::Other => blank(whole.text[at]) && blank(change),
        Role::Digit(index) => {
            let vouched = if whole.is_esp {
                12..34
            } else {
                12..whole.frame.len()
            };
            let octet = whole.frame[index];
            let digits = format!("{octet:02x}").into_bytes();
            let first = at_first_digit(&whole.text, at);
            let mut changed = digits.clone();
            changed[usize::from(!first)] = change;
            let same_letter = changed.to_ascii_lowercase() == digits;
            let other = std::str::from_utf8(&changed)
                .ok()
                .and_then(|t| u8::from_str_radix(t, 16).ok());
            let dot = |octet: u8| octet == b'.' || !octet.is_ascii_graphic();
            let dots = other.is_some_and(|other| dot(octet) && dot(other));
            same_letter || dots && !vouched.contains(&index)
        }
    }
}

fn at_first_digit(text: &[u8], at: usize) -> bool {
    let line_start = text[..at].iter().rposition(|c| *c == b'\n').unwrap() + 1;
    ((at - line_start - 8) % 5).is_multiple_of(2)
}

fn is_told(read: &Read) -> bool {
    !read.notes.is_empty()
}

/// What is given out of a damaged packet is right as far as it goes.
fn assert_fits(packet: &Packet, whole: &Printed, role: Role, read: &Read, shown: &str) {
    let same = packet.octets == whole.frame;
    match packet.text.condition {
        Condition::Repaired => assert!(same, "wrongly repaired: {:#?}\n{shown}", read.notes),
        Condition::Damaged => assert!(
            whole.frame.starts_with(&packet.octets)
                && packet.original as usize == whole.frame.len(),
            "kept beyond the damage: {:#?}\n{shown}",
            read.notes
        ),
        _ => {
            let differing = packet
                .octets
                .iter()
                .zip(&whole.frame)
                .filter(|(a, b)| a != b)
                .count();
            let one_digit = matches!(role, Role::Digit(_)) && differing == 1;
            assert!(same || one_digit, "{:#?}\n{shown}", read.notes);
            assert_eq!(packet.octets.len(), whole.frame.len());
        }
    }
}
