//! Changes that may not change a verdict: another time, a mirror port, strangers, a capture that
//! begins late or ends early.

mod support;

use ikescope_analysis::Severity;
use ikescope_testkit::dialogue::{Dialogue, Sent, Side::Initiator, Side::Responder};
use ikescope_testkit::frame::Packet;
use ikescope_testkit::message::{Suite, ikev2};
use support::scenarios::{CASES, Case, gw, natted, phase_1, xauth};
use support::{Told, told_of};

fn keeps_its_verdicts(case: &Case, change: impl Fn(&Sent) -> Vec<Sent> + Copy) -> Vec<String> {
    [(case.fires)(), (case.quiet)()]
        .iter()
        .filter_map(|told: &Told| {
            let changed = told.after(change);
            (told.verdicts() != changed.verdicts()).then(|| {
                format!(
                    "{}: {:?} -> {:?}",
                    case.rule,
                    told.verdicts(),
                    changed.verdicts()
                )
            })
        })
        .collect()
}

#[test]
fn another_time_changes_no_verdict() {
    let later = |one: &Sent| {
        let mut one = one.clone();
        one.time += 86_400_000_000_000;
        vec![one]
    };
    let changed: Vec<String> = CASES
        .iter()
        .flat_map(|case| keeps_its_verdicts(case, later))
        .collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

#[test]
fn a_mirror_port_changes_no_verdict() {
    let twice = |one: &Sent| {
        let mut copy = one.clone();
        copy.time += 5_000;
        vec![one.clone(), copy]
    };
    let changed: Vec<String> = CASES
        .iter()
        .flat_map(|case| keeps_its_verdicts(case, twice))
        .collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

#[test]
fn hops_that_both_ends_share_change_no_verdict_that_needs_no_vantage() {
    let farther = |one: &Sent| {
        let mut one = one.clone();
        one.packet.hop_limit -= 3;
        vec![one]
    };
    let needs_vantage = |case: &&Case| !case.rule.ends_with("-rejected");
    let changed: Vec<String> = CASES
        .iter()
        .filter(needs_vantage)
        .flat_map(|case| keeps_its_verdicts(case, farther))
        .collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

#[test]
fn unrelated_peers_change_no_verdict() {
    let strangers = ["198.18.0.1:5353", "198.18.0.2:53"].map(|end| end.parse().unwrap());
    let beside = |one: &Sent| {
        let mut other = one.clone();
        other.packet = Packet::udp(strangers[0], strangers[1], b"a question about names");
        vec![other, one.clone()]
    };
    let is_numbered = |case: &&Case| case.rule != "out-of-order";
    let changed: Vec<String> = CASES
        .iter()
        .filter(is_numbered)
        .flat_map(|case| keeps_its_verdicts(case, beside))
        .collect();
    assert!(changed.is_empty(), "{changed:#?}");
}

/// Whatever is still to come, a healthy negotiation that the capture leaves early is no failure.
#[test]
fn no_beginning_of_a_healthy_dialogue_is_an_error() {
    for dialogue in healthy() {
        for length in 1..=dialogue.sent().len() {
            let beginning = &dialogue.sent()[..length];
            let told = told_of(beginning, beginning[length - 1].time);
            // The one guess that is made from an end: a client that XAUTH accepted goes on in the
            // breath in which it acknowledges.
            let errors: Vec<&str> = errors_of(&told)
                .into_iter()
                .filter(|name| *name != "xauth-failed")
                .collect();
            assert!(
                errors.is_empty(),
                "{length} packets: {:?} {errors:?}",
                told.ended()
            );
        }
    }
}

/// Nor is a capture that begins late.
#[test]
fn no_end_of_a_healthy_dialogue_is_an_error() {
    for dialogue in healthy() {
        for skipped in 0..dialogue.sent().len() {
            let told = told_of(&dialogue.sent()[skipped..], dialogue.now());
            let errors = errors_of(&told);
            assert!(
                errors.is_empty(),
                "without {skipped}: {:?} {errors:?}",
                told.ended()
            );
        }
    }
}

fn errors_of(told: &Told) -> Vec<&'static str> {
    told.findings()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.rule.name)
        .collect()
}

fn healthy() -> Vec<Dialogue> {
    let traffic = |dialogue: &mut Dialogue| {
        dialogue
            .esp(Initiator, 4)
            .esp(Responder, 4)
            .esp(Initiator, 4)
            .esp(Responder, 4);
    };
    let mut life = gw();
    let both_groups = ikev2::Proposal::ike(1, &Suite::AES_CBC_SHA2_256, &[14, 19]);
    life.offer(ikev2::sa(&[both_groups]))
        .sa_init_request()
        .cookie()
        .invalid_ke(19)
        .sa_init_response()
        .auth();
    traffic(&mut life);
    life.wait(20.0)
        .dpd(Initiator)
        .wait(20.0)
        .dpd(Responder)
        .rekey_child(Initiator);
    traffic(&mut life);
    life.rekey_child(Responder);
    traffic(&mut life);
    life.rekey_ike(Initiator).dpd(Initiator);
    traffic(&mut life);
    life.delete_ike(Initiator);
    let mut behind_nat = natted();
    behind_nat.sa_init().auth();
    traffic(&mut behind_nat);
    behind_nat.dpd(Initiator).delete_ike(Responder);
    let mut main = phase_1();
    main.quick_mode();
    traffic(&mut main);
    main.ikev1_dpd(Initiator)
        .wait(5.0)
        .ikev1_dpd(Responder)
        .quick_mode()
        .new_child_spis();
    traffic(&mut main);
    main.ikev1_delete(Initiator);
    let mut user = xauth();
    user.quick_mode();
    traffic(&mut user);
    vec![life, behind_nat, main, user]
}
