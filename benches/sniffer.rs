//! FortiGate sniffer text to frames, against what a text costs that is only looked through for line
//! ends and copied. Run with `cargo bench -p ikescope-benches --bench sniffer`.

mod hub_day;
mod in_order;
mod offer;
mod storm;

use std::io::Cursor;
use std::sync::Arc;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ikescope_capture::{Frames, TextOptions};
use ikescope_testkit::dialogue::Sent;
use ikescope_testkit::sniffer::{Sniffer, Times, Verbosity, Way};

fn main() {
    divan::main();
}

#[divan::bench]
fn storm_of_2_000_negotiations(bencher: Bencher<'_, '_>) {
    bench(bencher, &text(storm::storm(2_000)), read);
}

#[divan::bench]
fn hub_day_of_50_tunnels(bencher: Bencher<'_, '_>) {
    bench(bencher, &text(hub_day::hub_day(50, 9_000_000)), read);
}

/// Every line with something to repair.
#[divan::bench]
fn storm_with_a_damage_in_each_packet(bencher: Bencher<'_, '_>) {
    let mut text = text(storm::storm(2_000)).0.to_vec();
    let needle = b"0x0010\t 00";
    let mut at = 0;
    while let Some(found) = text[at..]
        .windows(needle.len())
        .position(|line| line == needle)
    {
        at += found + needle.len();
        text[at - 1] = b'q';
    }
    let packets = read(&text.clone().into());
    bench(bencher, &(text.into(), packets), read);
}

#[divan::bench]
fn lines_copied_and_nothing_else(bencher: Bencher<'_, '_>) {
    bench(bencher, &text(storm::storm(2_000)), copy_lines);
}

fn bench(bencher: Bencher<'_, '_>, (text, packets): &(Arc<[u8]>, u64), run: fn(&Arc<[u8]>) -> u64) {
    bencher
        .counter(ItemsCount::new(*packets))
        .counter(BytesCount::new(text.len()))
        .bench(|| run(text));
}

/// A console's text of the packets, and their number.
fn text(packets: impl Iterator<Item = Sent>) -> (Arc<[u8]>, u64) {
    let mut sniffer = Sniffer::on_any(Verbosity::FromEthernet, true, Times::Absolute);
    let mut count = 0;
    for sent in packets {
        for packet in sent.packets() {
            sniffer.ip_packet(sent.time, "wan1", Way::In, &packet);
            count += 1;
        }
    }
    let text: Arc<[u8]> = sniffer.finish().into();
    assert_eq!(read(&text), count, "all packets are read");
    (text, count)
}

fn read(text: &Arc<[u8]>) -> u64 {
    let reader = Cursor::new(Arc::clone(text));
    let mut frames =
        Frames::from_reader("workload", reader, &TextOptions::default()).expect("sniffer text");
    let mut count = 0;
    while let Some(frame) = frames.next_frame() {
        black_box(frame);
        count += 1;
    }
    count
}

/// What cannot be done without: every line is found, and its octets are moved once.
fn copy_lines(text: &Arc<[u8]>) -> u64 {
    let mut line = Vec::new();
    let mut lines = 0;
    for end in memchr::memchr_iter(b'\n', text) {
        line.clear();
        line.extend_from_slice(&text[end.saturating_sub(64)..end]);
        black_box(&line);
        lines += 1;
    }
    lines
}
