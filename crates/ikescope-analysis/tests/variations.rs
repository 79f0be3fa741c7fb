//! Healthy negotiations that stop at each of their messages, in each way a path can do that, seen
//! from each place; and the same ones with packets missing from the capture alone.
//!
//! `variations.txt` holds what each of them has to be called, judged by hand from the report
//! contract: outcome, stage and cause. After a change that is meant, `UPDATE_VARIATIONS=1` writes it
//! anew; then every changed line has to be judged again.

mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use ikescope_analysis::Severity;
use ikescope_testkit::dialogue::{Dialogue, Sent, Side, Side::Initiator, Side::Responder};
use ikescope_testkit::message::{Payload, Suite, ikev2};
use support::scenarios::{REPEATS, eap, eap_payload, gw, natted, one_sided, phase_1, transaction};
use support::{Told, told_of};

#[test]
fn every_stop_has_its_verdict() {
    let mut matrix = String::new();
    for (name, dialogue) in healthy() {
        writeln!(matrix, "{name}").expect("a string takes everything");
        for last in 0..dialogue.sent().len() {
            for way in Way::ALL {
                matrix.push_str(&line(&dialogue.sent()[..=last], way));
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/variations.txt");
    if env::var_os("UPDATE_VARIATIONS").is_some() {
        fs::write(&path, &matrix).expect("the table can be written");
    }
    let judged = fs::read_to_string(&path).expect("the table is there");
    let different: Vec<(&str, &str)> = judged
        .lines()
        .zip(matrix.lines())
        .filter(|(wanted, got)| wanted != got)
        .collect();
    assert!(different.is_empty(), "{different:#?}");
    assert_eq!(judged.lines().count(), matrix.lines().count());
}

#[test]
fn a_capture_that_ends_in_the_middle_accuses_nobody() {
    let mut wrong = Vec::new();
    for (name, dialogue) in healthy() {
        for length in 1..=dialogue.sent().len() {
            let beginning = &dialogue.sent()[..length];
            let told = told_of(beginning, beginning[length - 1].time + 300_000_000);
            // A client that XAUTH accepted goes on in the breath in which it acknowledges.
            let errors = errors(&told).filter(|error| *error != "xauth-failed");
            wrong.extend(errors.map(|error| format!("{name}, {length} packets: {error}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whatever one or two packets the capture lost, the tunnel carries traffic both ways.
#[test]
fn packets_that_a_capture_lost_accuse_nobody() {
    let mut wrong = Vec::new();
    for (name, dialogue) in healthy() {
        let whole = with_traffic(dialogue);
        let count = whole.sent().len();
        let pairs = (0..count).flat_map(|one| (one..count).map(move |other| (one, other)));
        for (one, other) in pairs {
            let is_kept = |index: &usize| *index != one && *index != other;
            let kept: Vec<Sent> = (0..count)
                .filter(is_kept)
                .map(|index| whole.sent()[index].clone())
                .collect();
            let told = told_of(&kept, whole.now());
            if told.ended().0 != "established" || errors(&told).next().is_some() {
                wrong.push(format!(
                    "{name} without {one} and {other}: {}",
                    verdict(&told)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_capture_that_begins_late_accuses_nobody() {
    let mut wrong = Vec::new();
    for (name, dialogue) in healthy() {
        let whole = with_traffic(dialogue);
        for skipped in 0..whole.sent().len() {
            let told = told_of(&whole.sent()[skipped..], whole.now());
            let errors = errors(&told);
            wrong.extend(errors.map(|error| format!("{name} without {skipped}: {error}")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn one_direction_alone_accuses_nobody() {
    for (name, dialogue) in healthy() {
        let whole = with_traffic(dialogue);
        for side in [Initiator, Responder] {
            let told = one_sided(&whole, side);
            assert_eq!(told.cause(), "one-sided-capture", "{name} {side:?}");
            assert_eq!(errors(&told).next(), None, "{name} {side:?}");
        }
    }
}

/// How a negotiation stops behind its last message.
#[derive(Clone, Copy)]
enum Way {
    /// Nothing comes any more.
    Silence,
    /// The sender of the last message repeats it.
    Repeated,
    /// The last two messages, of different senders, are repeated in turn.
    Answered,
}

impl Way {
    const ALL: [Self; 3] = [Self::Silence, Self::Repeated, Self::Answered];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Silence => "and silence",
            Self::Repeated => "repeated",
            Self::Answered => "and the one before repeated",
        }
    }

    /// What is repeated; none if it cannot be in this way.
    fn repeated(self, sent: &[Sent]) -> Option<&[Sent]> {
        match self {
            Self::Silence => Some(&[]),
            Self::Repeated => sent.last().map(std::slice::from_ref),
            Self::Answered => {
                let pair = sent.last_chunk::<2>()?;
                let [one, other] = pair;
                (one.packet.source != other.packet.source).then_some(pair)
            }
        }
    }
}

/// The verdicts on one stop, where the capture stood being told if it matters.
fn line(sent: &[Sent], way: Way) -> String {
    let Some(repeated) = way.repeated(sent) else {
        return String::new();
    };
    let [initiator, responder, middle] = [Some(Initiator), Some(Responder), None]
        .map(|tap| stopped(&seen_from(sent, tap), &seen_from_as(sent, repeated, tap)));
    let head = format!("  {:2} {}", sent.len(), way.as_str());
    if initiator == responder && responder == middle {
        return format!("{head}: {middle}\n");
    }
    let mut lines = String::new();
    for (place, told) in [
        ("the initiator", initiator),
        ("the responder", responder),
        ("neither", middle),
    ] {
        writeln!(lines, "{head}, beside {place}: {told}").expect("a string takes everything");
    }
    lines
}

fn stopped(sent: &[Sent], repeated: &[Sent]) -> String {
    let mut seen = sent.to_vec();
    for (number, interval) in (1..).zip(if repeated.is_empty() {
        &[][..]
    } else {
        &REPEATS
    }) {
        let time = seen.last().map_or(0, |last| last.time) + (interval * 1e9) as i64;
        for (offset, one) in (0..).zip(repeated) {
            let mut again = one.clone();
            again.time = time + offset * 10_000_000;
            again.packet.identification += 1000 * number;
            seen.push(again);
        }
    }
    let end = seen.last().map_or(0, |last| last.time) + 60_000_000_000;
    verdict(&told_of(&seen, end))
}

/// The packets with the hop limits that a tap beside this end sees, or beside neither.
fn seen_from(sent: &[Sent], tap: Option<Side>) -> Vec<Sent> {
    seen_from_as(sent, sent, tap)
}

fn seen_from_as(all: &[Sent], sent: &[Sent], tap: Option<Side>) -> Vec<Sent> {
    let initiator = all.first().map(|first| first.packet.source.ip());
    let hops = |one: &Sent| match tap {
        None => 60,
        Some(side) if (side == Initiator) == (Some(one.packet.source.ip()) == initiator) => 64,
        Some(_) => 57,
    };
    let seen = |one: &Sent| {
        let mut one = one.clone();
        one.packet.hop_limit = hops(&one);
        one
    };
    sent.iter().map(seen).collect()
}

fn verdict(told: &Told) -> String {
    let verdicts = told.verdicts().into_iter();
    let words = verdicts
        .map(|(outcome, stage, cause)| format!("{outcome} {stage} {}", cause.unwrap_or("-")));
    words.collect::<Vec<_>>().join("; ")
}

fn errors(told: &Told) -> impl Iterator<Item = &'static str> {
    told.findings()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.rule.name)
}

fn with_traffic(mut dialogue: Dialogue) -> Dialogue {
    for side in [Initiator, Responder, Initiator, Responder] {
        dialogue.esp(side, 3);
    }
    dialogue.wait(60.0);
    dialogue
}

fn healthy() -> Vec<(&'static str, Dialogue)> {
    vec![
        ("IKEv2", plain()),
        ("IKEv2, the initiator behind NAT", behind_nat()),
        ("IKEv2 with a cookie and another group", with_retries()),
        ("IKEv2 with EAP", with_eap()),
        ("IKEv2 with IKE_INTERMEDIATE", with_intermediate()),
        ("IKEv2, a long life", long_life()),
        ("IKEv1 main mode", main_mode(gw())),
        (
            "IKEv1 main mode, the initiator behind NAT",
            main_mode(natted()),
        ),
        ("IKEv1 aggressive mode", aggressive()),
        ("IKEv1 with XAUTH and mode config", with_user()),
    ]
}

fn plain() -> Dialogue {
    let mut dialogue = gw();
    dialogue.sa_init().auth();
    dialogue
}

fn behind_nat() -> Dialogue {
    let mut dialogue = natted();
    dialogue.sa_init().auth();
    dialogue
}

fn with_retries() -> Dialogue {
    let groups = ikev2::Proposal::ike(1, &Suite::AES_CBC_SHA2_256, &[14, 19]);
    let mut dialogue = gw();
    dialogue
        .offer(ikev2::sa(&[groups]))
        .sa_init_request()
        .cookie()
        .invalid_ke(19)
        .sa_init_response()
        .auth();
    dialogue
}

fn with_eap() -> Dialogue {
    let proof = ikev2::auth(2, &[0; 32]);
    let mut dialogue = eap();
    dialogue
        .respond(Responder, &[eap_payload(80)])
        .request(Initiator, ikev2::IKE_AUTH, &[eap_payload(40)])
        .respond(Responder, &[eap_payload(4)])
        .request(Initiator, ikev2::IKE_AUTH, std::slice::from_ref(&proof))
        .respond(Responder, &[proof, Payload::new(ikev2::SA, [0; 100])]);
    dialogue
}

fn with_intermediate() -> Dialogue {
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .request(Initiator, IKE_INTERMEDIATE, &[ikev2::ke(14, &[5; 256])])
        .respond(Responder, &[ikev2::ke(14, &[6; 256])])
        .auth();
    dialogue
}

fn long_life() -> Dialogue {
    let mut dialogue = plain();
    dialogue
        .esp(Initiator, 2)
        .esp(Responder, 2)
        .wait(30.0)
        .dpd(Initiator)
        .wait(30.0)
        .rekey_child(Initiator)
        .new_child_spis()
        .esp(Initiator, 1)
        .esp(Responder, 1)
        .wait(30.0)
        .rekey_ike(Initiator)
        .wait(30.0)
        .dpd(Responder);
    dialogue
}

fn main_mode(mut dialogue: Dialogue) -> Dialogue {
    dialogue.main_mode().quick_mode();
    dialogue
}

fn aggressive() -> Dialogue {
    let mut dialogue = gw();
    dialogue.aggressive_mode().quick_mode();
    dialogue
}

fn with_user() -> Dialogue {
    let mut dialogue = phase_1();
    for (side, message_id) in [(Responder, 7), (Responder, 8), (Initiator, 9)] {
        transaction(&mut dialogue, side, message_id);
        transaction(&mut dialogue, side.other(), message_id);
    }
    dialogue.quick_mode();
    dialogue
}

/// Exchange type 43 (RFC 9242).
const IKE_INTERMEDIATE: u8 = 43;
