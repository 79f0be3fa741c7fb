//! Small workloads from the octets of a pcap file to observations: ikescope-capture alone. Run with
//! `cargo bench -p ikescope-benches --bench read`.

mod hub_day;
mod in_order;
mod offer;
mod storm;
mod workload;

use std::io::Cursor;
use std::sync::Arc;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ikescope_capture::{Capture, Options};
use ikescope_testkit::dialogue::Sent;

fn main() {
    divan::main();
}

#[divan::bench]
fn storm_of_2_000_negotiations(bencher: Bencher<'_, '_>) {
    read(bencher, storm::storm(2_000));
}

#[divan::bench]
fn hub_day_of_50_tunnels(bencher: Bencher<'_, '_>) {
    read(bencher, hub_day::hub_day(50, 9_000_000));
}

fn read(bencher: Bencher<'_, '_>, packets: impl Iterator<Item = Sent>) {
    let mut file = Vec::new();
    let written = workload::write(&mut file, packets).expect("a vector takes all");
    let file: Arc<[u8]> = file.into();
    assert_eq!(
        observations(&file),
        written.frames,
        "one observation of each frame"
    );
    bencher
        .counter(ItemsCount::new(written.frames))
        .counter(BytesCount::new(written.octets))
        .bench(|| observations(&file));
}

fn observations(file: &Arc<[u8]>) -> u64 {
    let reader = Cursor::new(Arc::clone(file));
    let mut capture =
        Capture::from_reader("workload", reader, 0, &Options::default()).expect("a capture");
    let mut count = 0;
    while capture
        .next_frame(&mut |observation| {
            black_box(observation);
            count += 1;
        })
        .is_some()
    {}
    count
}
