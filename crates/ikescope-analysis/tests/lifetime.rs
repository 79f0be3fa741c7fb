//! Once the tunnel is up: traffic, liveness, rekeying, moves, and what heals.

mod support;

use ikescope_analysis::Severity;
use ikescope_testkit::dialogue::{Dialogue, Side::Initiator, Side::Responder};
use ikescope_testkit::message::ikev2;
use support::scenarios::{REPEATS, asked, established, gw, natted, phase_1};
use support::told;

fn has_no_error(told: &support::Told) -> bool {
    told.findings()
        .all(|finding| finding.severity < Severity::Error)
}

#[test]
fn a_tunnel_with_traffic_both_ways_has_no_error() {
    let told = told(established().dpd(Initiator).dpd(Responder).wait(60.0));
    assert_eq!((told.ended(), told.cause()), (("established", "none"), "-"));
    assert!(has_no_error(&told));
}

#[test]
fn rekeys_of_both_kinds_stay_one_negotiation() {
    let mut dialogue = established();
    dialogue
        .rekey_child(Initiator)
        .esp(Initiator, 2)
        .esp(Responder, 2);
    dialogue
        .rekey_child(Responder)
        .esp(Initiator, 2)
        .esp(Responder, 2);
    dialogue
        .rekey_ike(Initiator)
        .dpd(Initiator)
        .esp(Initiator, 2)
        .esp(Responder, 2)
        .wait(60.0);
    let told = told(&dialogue);
    assert_eq!(told.ended(), ("established", "none"));
    assert_eq!(told.history.tunnels[0].negotiations.len(), 1);
    assert_eq!(told.negotiation(0).successors.len(), 1);
    assert!(has_no_error(&told));
    assert_eq!(told.attempt(0).closed_by, None);
}

#[test]
fn the_peer_that_stops_answering_is_gone() {
    let told = told(asked(&established()).repeat(&REPEATS).wait(60.0));
    assert_eq!(
        (told.ended(), told.cause()),
        (("lost", "informational"), "peer-gone")
    );
}

#[test]
fn the_daemon_is_gone_where_its_host_still_sends() {
    let mut dialogue = asked(&established());
    dialogue
        .repeat(&REPEATS)
        .esp(Initiator, 2)
        .esp(Responder, 2)
        .wait(60.0);
    assert_eq!(told(&dialogue).cause(), "ike-daemon-gone");
    let mut refused = asked(&established());
    refused
        .repeat(&REPEATS)
        .icmp_error("198.51.100.2", (3, 3))
        .wait(60.0);
    assert_eq!(told(&refused).cause(), "ike-daemon-gone");
}

#[test]
fn a_liveness_check_that_is_answered_late_is_no_loss() {
    let told = told(
        asked(&established())
            .repeat(&[4.0, 7.2])
            .respond(Responder, &[])
            .wait(60.0),
    );
    assert_eq!(told.ended().0, "established");
}

#[test]
fn a_delete_that_nobody_acknowledges_is_no_loss() {
    let mut dialogue = established();
    dialogue.request(Initiator, ikev2::INFORMATIONAL, &[ikev2::delete_ike()]);
    assert_eq!(
        told(dialogue.repeat(&REPEATS).wait(60.0)).ended().0,
        "established"
    );
}

#[test]
fn a_loss_that_a_new_negotiation_healed_is_a_warning() {
    let mut dialogue = asked(&established());
    dialogue.repeat(&REPEATS).new_attempt().new_child_spis();
    dialogue
        .sa_init()
        .auth()
        .esp(Initiator, 3)
        .esp(Responder, 3)
        .wait(60.0);
    let told = told(&dialogue);
    assert_eq!(told.ended(), ("established", "none"));
    assert_eq!(
        told.finding("peer-restarted").unwrap().severity,
        Severity::Warning
    );
    assert!(has_no_error(&told));
}

#[test]
fn an_unknown_spi_told_in_clear_is_lost_state() {
    let mut dialogue = asked(&established());
    let (initiator, responder) = dialogue.spis();
    let message = ikescope_testkit::message::Message::ikev2(ikev2::INFORMATIONAL)
        .spis(initiator, responder)
        .message_id(2)
        .response()
        .with(ikev2::notify(4, &[]));
    let told = told(dialogue.send(Responder, &message).wait(60.0));
    assert_eq!(
        (told.ended(), told.cause()),
        (("lost", "informational"), "peer-restarted")
    );
    assert_eq!(told.confidence(), "stated");
}

#[test]
fn a_refused_rekey_warns_while_the_old_sa_still_works() {
    let mut dialogue = established();
    dialogue
        .rekey_child_request(Initiator)
        .respond(Responder, &[ikev2::notify(14, &[])]);
    let told = told(dialogue.esp(Initiator, 2).esp(Responder, 2).wait(60.0));
    assert_eq!(told.ended().0, "established");
    assert_eq!(
        told.finding("rekey-refused").unwrap().severity,
        Severity::Warning
    );
}

#[test]
fn a_rekey_that_succeeds_at_the_second_try_is_not_refused() {
    let mut dialogue = established();
    dialogue
        .rekey_child_request(Initiator)
        .respond(Responder, &[ikev2::notify(17, &[0, 19])]);
    let told = told(dialogue.rekey_child(Initiator).wait(60.0));
    assert!(!told.names().contains(&"rekey-refused"));
}

#[test]
fn a_nat_that_changes_the_port_keeps_the_negotiation() {
    let mut dialogue = Dialogue::between("203.0.113.9:61500", "198.51.100.2:500");
    dialogue
        .behind_nat(Initiator, "10.0.0.5:500")
        .sa_init()
        .auth();
    dialogue.esp(Initiator, 3).esp(Responder, 3);
    dialogue
        .moves(Initiator, "203.0.113.9:40001")
        .dpd(Initiator)
        .esp(Initiator, 1)
        .wait(60.0);
    let told = told(&dialogue);
    assert_eq!(told.ended().0, "established");
    assert_eq!(told.history.tunnels[0].negotiations.len(), 1);
}

#[test]
fn a_mobike_move_keeps_the_tunnel() {
    let mut dialogue = established();
    dialogue.moves(Initiator, "192.0.2.77:500").dpd(Initiator);
    dialogue.esp(Initiator, 2).esp(Responder, 2).wait(60.0);
    let told = told(&dialogue);
    assert_eq!(
        (told.history.tunnels.len(), told.ended().0),
        (1, "established")
    );
    assert_eq!(told.history.tunnels[0].negotiations.len(), 1);
}

#[test]
fn no_traffic_and_one_way_traffic_are_told_apart() {
    let none = told(gw().sa_init().auth().wait(60.0));
    assert_eq!(
        (none.ended(), none.cause()),
        (("no_traffic", "esp"), "esp-missing")
    );
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .auth()
        .esp(Initiator, 3)
        .wait(3.0)
        .esp(Initiator, 3)
        .wait(60.0);
    let one_way = told(&dialogue);
    assert_eq!(
        (one_way.ended(), one_way.cause()),
        (("one_way", "esp"), "esp-one-way")
    );
    let early = told(gw().sa_init().auth().esp(Initiator, 2).wait(0.5));
    assert_eq!(early.ended().0, "incomplete");
}

#[test]
fn a_phase_1_that_only_renews_the_old_one_is_no_stall() {
    let mut dialogue = phase_1();
    dialogue
        .quick_mode()
        .esp(Initiator, 3)
        .esp(Responder, 3)
        .wait(9.0)
        .new_attempt();
    for number in 1..=6 {
        dialogue.main_mode_message(number);
    }
    let told = told(dialogue.wait(60.0));
    assert_eq!(told.ended().0, "established");
    assert!(has_no_error(&told));
}

#[test]
fn reauthentication_that_makes_before_it_breaks_is_one_working_tunnel() {
    let mut dialogue = established();
    dialogue.new_attempt().new_child_spis().sa_init().auth();
    dialogue.esp(Initiator, 3).esp(Responder, 3).wait(60.0);
    let told = told(&dialogue);
    assert_eq!(told.ended(), ("established", "none"));
    assert_eq!(told.negotiation(0).attempts, 2);
    assert!(has_no_error(&told));
}

#[test]
fn traffic_alone_proves_a_tunnel() {
    let mut dialogue = established();
    let _ = dialogue.drain();
    let told = told(dialogue.esp(Initiator, 3).esp(Responder, 3).wait(60.0));
    assert_eq!(told.ended(), ("established", "none"));
}

#[test]
fn ikev1_liveness_checks_in_vain_are_a_loss() {
    let mut dialogue = phase_1();
    dialogue
        .quick_mode()
        .esp(Initiator, 3)
        .esp(Responder, 3)
        .wait(5.0);
    for _ in 0..4 {
        dialogue.ikev1_dpd(Initiator).lose(0).wait(3.0);
    }
    let told = told(dialogue.wait(60.0));
    assert_eq!(
        (told.ended(), told.cause()),
        (("lost", "informational"), "peer-gone")
    );
}

/// Checks that were answered do not hide those that were not, nor does the Delete of whoever gives up.
#[test]
fn ikev1_liveness_checks_in_vain_after_answered_ones_are_a_loss() {
    let mut dialogue = phase_1();
    dialogue
        .quick_mode()
        .esp(Initiator, 3)
        .esp(Responder, 3)
        .wait(5.0);
    for _ in 0..4 {
        dialogue.ikev1_dpd(Initiator).wait(2.0);
    }
    let healthy = told(&dialogue);
    assert_eq!(healthy.ended(), ("established", "none"));
    for _ in 0..4 {
        dialogue.ikev1_dpd(Initiator).lose(0).wait(2.0);
    }
    let lost = (("lost", "informational"), "peer-gone");
    let at_last = told(&dialogue);
    assert_eq!((at_last.ended(), at_last.cause()), lost);
    let given_up = told(dialogue.ikev1_delete(Initiator).wait(1.0));
    assert_eq!((given_up.ended(), given_up.cause()), lost);
}

/// A tunnel that is closed and negotiated anew every few seconds, in order: nobody refuses anything.
#[test]
fn reauthentication_is_no_refusal() {
    let mut dialogue = gw();
    for _ in 0..2 {
        dialogue.new_attempt().sa_init().auth().new_child_spis();
        dialogue.esp(Initiator, 3).esp(Responder, 3);
        dialogue.wait(6.0).delete_ike(Initiator);
    }
    dialogue.new_attempt().sa_init().auth();
    let at_once = told(&dialogue);
    assert_eq!(at_once.ended(), ("established", "none"));
    assert!(at_once.finding("initiator-refused").is_none());
    let idle = told(dialogue.wait(60.0));
    assert_eq!(idle.ended(), ("no_traffic", "esp"));
}

#[test]
fn esp_in_udp_that_the_nat_refuses_names_the_mapping() {
    let mut dialogue = natted();
    dialogue
        .sa_init()
        .auth()
        .esp(Initiator, 3)
        .esp(Responder, 3)
        .wait(300.0);
    dialogue
        .esp(Responder, 1)
        .icmp_error("203.0.113.9", (3, 3))
        .wait(9.0);
    assert!(told(&dialogue).names().contains(&"nat-mapping-expired"));
}
