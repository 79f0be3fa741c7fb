//! One IKE_SA_INIT request of about 500 octets: every payload decoded, every transform visited, by
//! ikescope-wire and by ipsec-parser. Run with `cargo bench -p ikescope-benches --bench decode`.

mod offer;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use ikescope_testkit::dialogue::Dialogue;
use ikescope_wire::{Message, ikev2};
use ipsec_parser::{IkeV2PayloadContent, IkeV2Transform, parse_ikev2_message};

fn main() {
    divan::main();
}

#[divan::bench]
fn ikescope_wire(bencher: Bencher<'_, '_>) {
    let octets = request();
    bencher
        .counter(BytesCount::new(octets.len()))
        .bench(|| transforms_by_ikescope_wire(black_box(&octets)));
}

#[divan::bench]
fn ipsec_parser(bencher: Bencher<'_, '_>) {
    let octets = request();
    bencher
        .counter(BytesCount::new(octets.len()))
        .bench(|| transforms_by_ipsec_parser(black_box(&octets)));
}

fn transforms_by_ikescope_wire(octets: &[u8]) -> Option<usize> {
    let message = Message::decode(octets).ok()?;
    let mut transforms = 0;
    for payload in message.payloads() {
        let payload = black_box(ikev2::Payload::decode(payload.ok()?).ok()?);
        if let ikev2::Payload::SecurityAssociation(sa) = payload {
            for proposal in sa.proposals() {
                let each = proposal.ok()?.transforms();
                transforms += each.map(black_box).filter(Result::is_ok).count();
            }
        }
    }
    Some(transforms)
}

fn transforms_by_ipsec_parser(octets: &[u8]) -> Option<usize> {
    let (_, (_, payloads)) = parse_ikev2_message(octets).ok()?;
    let mut transforms = 0;
    for payload in &black_box(payloads.ok()?) {
        if let IkeV2PayloadContent::SA(proposals) = &payload.content {
            let each = proposals.iter().flat_map(|proposal| &proposal.transforms);
            transforms += each.map(IkeV2Transform::from).map(black_box).count();
        }
    }
    Some(transforms)
}

/// The request, after a check that both decoders see all its transforms.
fn request() -> Vec<u8> {
    let mut dialogue = Dialogue::between("192.0.2.1:500", "198.51.100.2:500");
    dialogue.group(19).offer(offer::offer()).sa_init_request();
    let octets = dialogue.payloads().concat();
    assert_eq!(transforms_by_ikescope_wire(&octets), Some(OFFERED));
    assert_eq!(transforms_by_ipsec_parser(&octets), Some(OFFERED));
    octets
}

/// Transforms of the three proposals: 9, 12 and 5.
const OFFERED: usize = 26;
