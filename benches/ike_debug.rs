//! IKE debug logs of a FortiGate to messages and statements. Run with
//! `cargo bench -p ikescope-benches --bench ike_debug`.

mod in_order;
mod offer;
mod storm;

use std::fmt::Write as _;
use std::io::Cursor;
use std::sync::Arc;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use ikescope_capture::{Capture, Options};
use ikescope_testkit::dialogue::Sent;
use ikescope_wire::observed::Observation;

fn main() {
    divan::main();
}

#[divan::bench]
fn log_without_times(bencher: Bencher<'_, '_>) {
    bench(bencher, &log(""));
}

#[divan::bench]
fn log_with_times(bencher: Bencher<'_, '_>) {
    bench(bencher, &log("2026-03-14 02:00:00.123456 "));
}

fn bench(bencher: Bencher<'_, '_>, (text, messages): &(Arc<[u8]>, u64)) {
    assert_eq!(read(text), *messages, "all messages are read");
    bencher
        .counter(ItemsCount::new(*messages))
        .counter(BytesCount::new(text.len()))
        .bench(|| read(text));
}

fn read(text: &Arc<[u8]>) -> u64 {
    let reader = Cursor::new(Arc::clone(text));
    let mut capture =
        Capture::from_reader("log", reader, 0, &Options::default()).expect("an IKE debug log");
    let mut messages = 0;
    let mut sink = |observation: Observation<'_>| {
        black_box(observation);
    };
    while capture.next_frame(&mut sink).is_some() {
        messages += 1;
    }
    messages
}

/// What the responder of a storm writes, about as many lines to a message as FortiOS 6 does.
fn log(time: &str) -> (Arc<[u8]>, u64) {
    let (mut text, mut messages) = (String::new(), 0);
    for sent in storm::storm(6_000) {
        write(&mut text, time, &sent).expect("a string takes all");
        messages += 1;
    }
    (text.into_bytes().into(), messages)
}

fn write(text: &mut String, time: &str, sent: &Sent) -> std::fmt::Result {
    // All packets of the storm are IPv4 and UDP on port 500.
    let packet = sent.packet.octets();
    let message = &packet[28..];
    let hex = |octets: &[u8]| {
        octets
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect::<String>()
    };
    let id = format!("{}/{}", hex(&message[..8]), hex(&message[8..16]));
    let octets = hex(message).to_uppercase();
    let end = |at: usize| {
        let [a, b, c, d] = packet[at..at + 4] else {
            unreachable!("four octets")
        };
        format!("{a}.{b}.{c}.{d}:500")
    };
    let (from, to, length) = (end(12), end(16), message.len());
    if message[19] & 0x20 != 0 {
        writeln!(text, "{time}ike 0:hub:8: responder preparing SA_INIT msg")?;
        writeln!(
            text,
            "{time}ike 0:hub:8: generate DH public value request queued"
        )?;
        writeln!(text, "{time}ike 0:hub:8: out {octets}")?;
        return writeln!(
            text,
            "{time}ike 0:hub:8: sent IKE msg (SA_INIT_RESPONSE): {from}->{to}, len={length}, vrf=0, id={id}"
        );
    }
    writeln!(text, "{time}ike 0: comes {from}->{to},ifindex=4,vrf=0....")?;
    writeln!(
        text,
        "{time}ike 0: IKEv2 exchange=SA_INIT id={id} len={length}"
    )?;
    writeln!(text, "{time}ike 0: in {octets}")?;
    for line in SAID {
        writeln!(text, "{time}ike 0:{id}:8: {line}")?;
    }
    Ok(())
}

const SAID: [&str; 14] = [
    "responder received SA_INIT msg",
    "received notify type NAT_DETECTION_SOURCE_IP",
    "received notify type NAT_DETECTION_DESTINATION_IP",
    "received notify type FRAGMENTATION_SUPPORTED",
    "incoming proposal:",
    "proposal id = 1:",
    "  protocol = IKEv2:",
    "     encapsulation = IKEv2/none",
    "        type=ENCR, val=AES_CBC (key_len = 128)",
    "        type=INTEGR, val=AUTH_HMAC_SHA2_256_128",
    "        type=PRF, val=PRF_HMAC_SHA2_256",
    "        type=DH_GROUP, val=MODP2048.",
    "matched proposal id 1",
    "SA proposal chosen, matched gateway hub",
];
