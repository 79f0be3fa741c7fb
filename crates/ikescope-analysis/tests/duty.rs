//! Who must look on a failure, who need not, and the frame that shows it.

mod support;

use ikescope_testkit::dialogue::Dialogue;
use ikescope_testkit::dialogue::Side::{Initiator, Responder};
use support::scenarios::{CASES, REPEATS, beside, eap, eap_payload, gw, natted, phase_1};
use support::{Told, told};

/// Who has to act, who is cleared and by which frame, of the first tunnel.
fn duty(told: &Told) -> (&'static str, Option<(&'static str, u64)>) {
    let duty = told.tunnel().verdict.duty.expect("a failure");
    let cleared = duty.cleared.map(|one| (one.side(), one.frame.number));
    (duty.act.as_str(), cleared)
}

fn of(dialogue: &mut Dialogue) -> (&'static str, Option<(&'static str, u64)>) {
    duty(&told(dialogue.wait(60.0)))
}

#[test]
fn a_refusal_clears_the_path_and_leaves_it_to_both() {
    let refused = of(gw().sa_init_request().sa_init_error(14, &[]));
    assert_eq!(refused, ("both", Some(("path", 2))));
    let turned_away = of(gw().sa_init().auth_request().auth_error());
    assert_eq!(turned_away, ("both", Some(("path", 4))));
    let user = of(eap().respond(Responder, &[eap_payload(4)]));
    assert_eq!(user, ("both", Some(("path", 6))));
    let quick = of(phase_1()
        .quick_mode_message(1)
        .ikev1_notification(Responder, 14));
    assert_eq!(quick, ("both", Some(("path", 8))));
}

#[test]
fn silence_accuses_nobody_unless_the_capture_stands_beside_the_silent_one() {
    let silent = of(gw().sa_init_request().repeat(&REPEATS));
    assert_eq!(silent, ("unknown", Some(("initiator", 1))));
    let here = of(beside(Responder).sa_init().auth_request().repeat(&REPEATS));
    assert_eq!(here, ("responder", Some(("initiator", 3))));
    let there = of(beside(Initiator).sa_init().auth_request().repeat(&REPEATS));
    assert_eq!(there, ("unknown", Some(("initiator", 3))));
}

#[test]
fn an_answer_clears_whoever_gave_it() {
    let lost = of(beside(Responder).sa_init().repeat_answered(&REPEATS));
    assert_eq!(lost, ("path", Some(("responder", 2))));
    let dropped = of(beside(Initiator).sa_init().repeat_answered(&REPEATS));
    assert_eq!(dropped, ("initiator", Some(("responder", 2))));
    let blocked = of(natted().sa_init().auth_request().repeat(&REPEATS));
    assert_eq!(blocked, ("path", Some(("responder", 2))));
}

#[test]
fn one_way_esp_clears_the_one_that_sends_it() {
    let one_way = of(gw()
        .sa_init()
        .auth()
        .esp(Initiator, 3)
        .wait(3.0)
        .esp(Initiator, 3));
    assert_eq!(one_way, ("unknown", Some(("initiator", 10))));
}

#[test]
fn a_third_message_that_is_seen_clears_its_sender() {
    let mut dialogue = phase_1();
    dialogue.quick_mode();
    let second = dialogue.sent()[7].packet.clone();
    let lost = of(dialogue
        .wait(4.0)
        .packet(Responder, second.clone())
        .wait(7.2)
        .packet(Responder, second));
    assert_eq!(lost, ("path", Some(("initiator", 9))));
}

/// Every failure names who has to act; nobody is cleared and accused at once.
#[test]
fn every_failure_of_the_catalogue_has_its_duty_and_nothing_else_has() {
    for case in CASES {
        let told = (case.fires)();
        for attempt in told
            .diagnosis
            .tunnels
            .iter()
            .flat_map(|tunnel| &tunnel.attempts)
        {
            let verdict = &attempt.verdict;
            let failed =
                ["stalled", "rejected", "lost", "one_way"].contains(&verdict.outcome.as_str());
            assert_eq!(verdict.duty.is_some(), failed, "{}", case.rule);
            let Some(duty) = verdict.duty else { continue };
            let cleared = duty.cleared.map(|cleared| cleared.side());
            assert_ne!(cleared, Some(duty.act.as_str()), "{}", case.rule);
        }
    }
}
