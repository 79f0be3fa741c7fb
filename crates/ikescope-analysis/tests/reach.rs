//! Where the first messages stop: nobody answers, the answer is not heard, a filter or a host says
//! so, the port float or the fragments are what fails.

mod support;

use ikescope_analysis::{CapturePoint, Role, Sign, Vantage};
use ikescope_testkit::dialogue::{Dialogue, Side::Initiator, Side::Responder};
use ikescope_testkit::message::{Message, ikev2};
use support::scenarios::{
    PEER, REPEATS, ROUTER, asked, beside, established, gw, main_mode_up_to, natted,
    natted_main_mode_up_to, one_sided,
};
use support::{Tap, told};

#[test]
fn silence_after_the_first_message_is_a_stall_in_sa_init() {
    let told = told(gw().sa_init_request().repeat(&REPEATS).wait(60.0));
    assert_eq!(told.ended(), ("stalled", "sa_init"));
    assert_eq!(
        (told.cause(), told.confidence()),
        ("sa-init-unanswered", "suspected")
    );
}

#[test]
fn a_capture_that_ends_right_after_the_first_message_tells_nothing() {
    let told = told(gw().sa_init_request().wait(2.0));
    assert_eq!(told.ended(), ("incomplete", "sa_init"));
    assert_eq!(told.cause(), "capture-gap");
}

#[test]
fn a_single_message_counts_as_unanswered_once_the_capture_outlasts_any_schedule() {
    assert_eq!(told(gw().sa_init_request().wait(60.0)).ended().0, "stalled");
}

#[test]
fn repeats_within_a_second_are_too_early_to_tell() {
    let told = told(gw().sa_init_request().repeat(&[0.5, 0.5]).wait(0.4));
    assert_eq!(told.ended().0, "incomplete");
}

#[test]
fn a_new_attempt_shows_that_the_old_one_was_given_up() {
    let told = told(
        gw().sa_init_request()
            .wait(2.0)
            .new_attempt()
            .sa_init_request()
            .wait(1.0),
    );
    assert_eq!(told.ended().0, "stalled");
}

#[test]
fn an_answer_that_crossed_a_repeat_is_no_stall() {
    let told = told(gw().sa_init().repeat_answered(&[0.001]).wait(1.0));
    assert_eq!(told.ended().0, "incomplete");
}

#[test]
fn who_is_deaf_is_told_by_where_the_capture_stands() {
    let cause = |side| told(beside(side).sa_init().repeat_answered(&REPEATS).wait(60.0)).cause();
    assert_eq!(cause(Responder), "sa-init-answer-not-received");
    assert_eq!(cause(Initiator), "sa-init-answer-rejected");
    let unknown = told(gw().sa_init().repeat_answered(&REPEATS).wait(60.0));
    assert_eq!(unknown.cause(), "sa-init-answer-not-received");
}

#[test]
fn where_the_capture_is_said_to_stand_goes_before_hop_limits() {
    let mut dialogue = beside(Responder);
    dialogue.sa_init().repeat_answered(&REPEATS).wait(60.0);
    let address = |side| match side {
        Initiator => dialogue.sent()[0].packet.source.ip(),
        Responder => dialogue.sent()[0].packet.destination.ip(),
    };
    let cause = |point| Tap::new().said_to_stand(point).all(&dialogue).cause();
    let rejected = "sa-init-answer-rejected";
    let not_received = "sa-init-answer-not-received";
    for (point, expected) in [
        (CapturePoint::Initiator, rejected),
        (CapturePoint::Responder, not_received),
        (CapturePoint::Middle, not_received),
        (CapturePoint::Beside(address(Initiator)), rejected),
        (CapturePoint::Beside(address(Responder)), not_received),
        (CapturePoint::Beside([203, 0, 113, 1].into()), not_received),
    ] {
        assert_eq!(cause(point), expected, "{point:?}");
    }
}

/// Both ends' packets are fresh; the initiator answers at once and the responder does not.
#[test]
fn answers_that_come_at_once_tell_beside_whom_the_capture_stands() {
    let answered_after = |initiator, responder| {
        let mut dialogue = gw();
        dialogue.latency(responder).sa_init().auth();
        dialogue.esp(Initiator, 1).esp(Responder, 1);
        for (side, latency) in [(Initiator, responder), (Responder, initiator)] {
            dialogue.latency(latency).dpd(side);
        }
        told(dialogue.latency(responder).wait(9.0).dpd(Initiator))
    };
    let vantage = |told: &support::Told| Vantage::of(told.negotiation(0), None);
    let beside = |role| (Vantage::Beside(role), Sign::Gaps);
    assert_eq!(
        vantage(&answered_after(0.001, 0.030)),
        beside(Role::Initiator)
    );
    assert_eq!(
        vantage(&answered_after(0.030, 0.001)),
        beside(Role::Responder)
    );
    let unknown = (Vantage::Unknown, Sign::Nothing);
    assert_eq!(vantage(&answered_after(0.001, 0.001)), unknown);
    assert_eq!(vantage(&answered_after(0.030, 0.030)), unknown);
}

#[test]
fn a_packet_seen_before_and_behind_a_router_was_seen_in_the_middle() {
    let mut dialogue = beside(Initiator);
    dialogue.sa_init_request();
    let mut forwarded = dialogue.sent().to_vec();
    let mut copy = forwarded[0].clone();
    copy.packet.hop_limit -= 1;
    copy.time += 20_000;
    forwarded.push(copy);
    dialogue.sa_init_response();
    forwarded.push(dialogue.sent()[1].clone());
    let told = support::told_of(&forwarded, dialogue.now());
    let vantage = Vantage::of(told.negotiation(0), None);
    assert_eq!(vantage, (Vantage::Middle, Sign::Forwarding));
}

#[test]
fn a_capture_that_loses_packets_needs_more_than_one_silence() {
    let lossy = |dialogue: &Dialogue| Tap::new().dropping(5).all(dialogue);
    let once = lossy(gw().sa_init_request().wait(60.0));
    assert_eq!(
        (once.ended().0, once.cause()),
        ("incomplete", "capture-gap")
    );
    let next = lossy(gw().sa_init().wait(60.0));
    assert_eq!(
        (next.ended().0, next.cause()),
        ("incomplete", "capture-gap")
    );
    let often = lossy(gw().sa_init_request().repeat(&REPEATS).wait(60.0));
    assert_eq!(often.cause(), "sa-init-unanswered");
}

#[test]
fn esp_that_both_directions_lack_is_lost_by_the_capture() {
    let mut dialogue = established();
    for side in [Initiator, Responder] {
        dialogue.skip_esp(side, 2).esp(side, 20);
    }
    let mut both = dialogue.clone();
    let told_both = told(both.new_attempt().sa_init_request().wait(60.0));
    assert_eq!(told_both.attempt(1).verdict.outcome.as_str(), "incomplete");
    let mut one = established();
    one.skip_esp(Initiator, 2)
        .esp(Initiator, 20)
        .esp(Responder, 20);
    let told_one = told(one.new_attempt().sa_init_request().wait(60.0));
    assert_eq!(told_one.attempt(1).verdict.outcome.as_str(), "stalled");
}

/// RFC 7296 §3.1: the responder's SPI is zero in the first message.
#[test]
fn a_request_with_a_responder_spi_is_no_first_message() {
    let mut dialogue = gw();
    let message = Message::ikev2(34)
        .spis([1; 8], [2; 8])
        .message_id(1)
        .with(ikev2::nonce(&[3; 32]));
    let told = told(dialogue.send(Initiator, &message).wait(60.0));
    assert_eq!(told.ended().0, "incomplete");
}

#[test]
fn an_answer_from_another_address_or_port_is_named() {
    for elsewhere in ["198.51.100.99:500", "198.51.100.2:61000"] {
        let mut dialogue = beside(Initiator);
        dialogue.sa_init_request().moves(Responder, elsewhere);
        dialogue.sa_init_response().repeat_answered(&REPEATS);
        let told = told(dialogue.wait(60.0));
        assert_eq!(told.history.tunnels.len(), 1);
        assert_eq!(
            (told.ended(), told.cause()),
            (("stalled", "sa_init"), "sa-init-answer-rejected")
        );
        let finding = told.finding("sa-init-answer-rejected").unwrap();
        assert!(
            finding.explanation.contains(elsewhere),
            "{}",
            finding.explanation
        );
    }
}

#[test]
fn icmp_explains_a_stall_that_stays_a_stall() {
    for (type_and_code, cause) in [
        ((3, 3), "port-unreachable"),
        ((3, 1), "host-unreachable"),
        ((3, 0), "host-unreachable"),
        ((3, 13), "admin-prohibited"),
        ((3, 10), "admin-prohibited"),
    ] {
        let mut dialogue = gw();
        dialogue
            .sa_init_request()
            .repeat(&REPEATS)
            .icmp_error(ROUTER, type_and_code)
            .wait(60.0);
        let told = told(&dialogue);
        assert_eq!(
            (told.ended(), told.cause()),
            (("stalled", "sa_init"), cause)
        );
        assert!(!told.names().contains(&"sa-init-unanswered"));
    }
}

#[test]
fn an_icmp_error_about_ike_auth_on_udp_4500_takes_the_place_of_the_blocked_port() {
    let mut dialogue = natted();
    dialogue
        .sa_init()
        .auth_request()
        .repeat(&REPEATS)
        .icmp_error(PEER, (3, 3))
        .wait(60.0);
    assert_eq!(told(&dialogue).cause(), "port-unreachable");
}

#[test]
fn the_port_float_is_blamed_only_if_ike_auth_is_the_first_on_udp_4500() {
    let blocked = told(
        natted()
            .sa_init()
            .auth_request()
            .repeat(&REPEATS)
            .wait(60.0),
    );
    assert_eq!(
        (blocked.ended(), blocked.cause()),
        (("stalled", "auth"), "udp-4500-blocked")
    );
    let mut floated = natted();
    floated.float();
    let on_4500_throughout = told(floated.sa_init().auth_request().repeat(&REPEATS).wait(60.0));
    assert_eq!(on_4500_throughout.cause(), "auth-unanswered");
}

/// A responder of IKEv1 that has another key is as silent on UDP 4500 as a filter.
#[test]
fn a_silent_fifth_message_on_udp_4500_may_be_another_shared_key() {
    let told = told(natted_main_mode_up_to(5).repeat(&REPEATS).wait(60.0));
    assert_eq!(told.cause(), "udp-4500-blocked");
    let rivals = &told.finding("udp-4500-blocked").unwrap().rivals;
    assert!(rivals.iter().any(|rival| rival.name == "psk-mismatch"));
}

#[test]
fn the_port_is_open_where_ike_auth_is_seen_to_arrive() {
    let mut dialogue = natted();
    dialogue.hop_limit(Responder, 64).hop_limit(Initiator, 57);
    let told = told(
        dialogue
            .sa_init()
            .auth_request()
            .repeat(&REPEATS)
            .wait(60.0),
    );
    assert_eq!(told.cause(), "auth-unanswered");
}

#[test]
fn beside_the_responder_nothing_on_udp_4500_behind_nat_is_the_blocked_port() {
    let mut dialogue = natted();
    dialogue.hop_limit(Responder, 64).hop_limit(Initiator, 57);
    let told = told(dialogue.sa_init().wait(60.0));
    assert_eq!(
        (told.ended(), told.cause()),
        (("stalled", "auth"), "udp-4500-blocked")
    );
    let without_nat = support::told(beside(Responder).sa_init().wait(60.0));
    assert_eq!(without_nat.cause(), "auth-never-sent");
}

#[test]
fn main_mode_stops_at_each_of_its_messages() {
    for (last, stage, cause) in [
        (1, "main_mode_sa", "main-mode-sa-unanswered"),
        (3, "main_mode_ke", "repeated-ke"),
        (5, "main_mode_id", "psk-mismatch"),
    ] {
        let told = told(main_mode_up_to(last).repeat(&REPEATS).wait(60.0));
        assert_eq!((told.ended(), told.cause()), (("stalled", stage), cause));
    }
    let floated = told(natted_main_mode_up_to(5).repeat(&REPEATS).wait(60.0));
    assert_eq!(
        (floated.ended().1, floated.cause()),
        ("main_mode_id", "udp-4500-blocked")
    );
}

#[test]
fn message_4_that_its_sender_repeats_waits_for_message_5() {
    let told = told(main_mode_up_to(4).repeat(&[0.5, 1.0, 2.0, 4.0]).wait(60.0));
    assert_eq!(
        (told.ended(), told.cause()),
        (("stalled", "main_mode_ke"), "repeated-ke")
    );
}

#[test]
fn fragments_of_the_kernel_that_are_missing_here_are_named() {
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .auth_request()
        .fragmented(200)
        .repeat(&REPEATS)
        .wait(60.0);
    let later = Tap::new()
        .behind_a_filter_of_later_fragments()
        .all(&dialogue);
    assert_eq!(
        (later.cause(), later.confidence()),
        ("fragments-dropped", "implied")
    );
    let first = Tap::new()
        .behind_a_filter_of_first_fragments()
        .all(&dialogue);
    assert_eq!(
        (first.ended(), first.cause()),
        (("stalled", "auth"), "fragments-dropped")
    );
    let all_leave = told(&dialogue);
    assert_eq!(
        (all_leave.cause(), all_leave.confidence()),
        ("fragments-dropped", "suspected")
    );
}

#[test]
fn a_fragment_of_rfc_7383_that_never_comes_is_named() {
    let inner = [ikev2::identification(ikev2::ID_I, 1, &[1; 900])];
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .request_in_fragments(Initiator, ikev2::IKE_AUTH, &inner, 2)
        .lose(0);
    let told = told(dialogue.repeat(&REPEATS).wait(60.0));
    assert_eq!(
        (told.ended(), told.cause()),
        (("stalled", "auth"), "fragments-dropped")
    );
    assert_eq!(told.confidence(), "implied");
}

#[test]
fn whole_fragments_that_arrive_beside_the_responder_are_not_dropped() {
    let mut dialogue = beside(Responder);
    dialogue
        .sa_init()
        .auth_request()
        .fragmented(200)
        .repeat(&REPEATS)
        .wait(60.0);
    assert_eq!(told(&dialogue).cause(), "auth-unanswered");
}

#[test]
fn one_sided_captures_claim_no_fault() {
    for side in [Initiator, Responder] {
        let told = one_sided(&established(), side);
        assert_eq!(
            (told.ended().0, told.cause()),
            ("incomplete", "one-sided-capture")
        );
        assert!(!told.names().contains(&"esp-one-way"));
    }
}

#[test]
fn liveness_checks_in_vain_are_no_one_sided_capture() {
    let mut dialogue = established();
    let _ = dialogue.drain();
    let told = told(asked(&dialogue).repeat(&REPEATS).wait(60.0));
    assert_eq!(
        (told.ended(), told.cause()),
        (("lost", "informational"), "peer-gone")
    );
}
