//! Where a peer says no: in clear, or betrayed by what stands around the ciphertext.

mod support;

use ikescope_testkit::dialogue::{Dialogue, Side::Initiator, Side::Responder};
use ikescope_testkit::message::{Payload, Suite, ikev1, ikev2};
use support::scenarios::{REPEATS, beside, eap, eap_payload, gw, main_mode_up_to, phase_1, xauth};
use support::told;

#[test]
fn no_proposal_chosen_is_stated_by_the_peer() {
    let told = told(gw().sa_init_request().sa_init_error(14, &[]).wait(60.0));
    assert_eq!(told.ended(), ("rejected", "sa_init"));
    assert_eq!(
        (told.cause(), told.confidence()),
        ("no-proposal-chosen", "stated")
    );
}

/// libreswan ignores unauthenticated refusals and goes on (libreswan#294).
#[test]
fn repeats_that_ignore_a_refusal_are_no_lost_answer() {
    let mut dialogue = beside(Responder);
    dialogue.sa_init_request().sa_init_error(14, &[]);
    let told = told(dialogue.repeat_answered(&[0.5, 1.0, 2.0, 4.0]).wait(60.0));
    assert_eq!(
        (told.ended().0, told.cause()),
        ("rejected", "no-proposal-chosen")
    );
}

#[test]
fn a_refusal_that_is_followed_by_success_is_forgotten() {
    let mut dialogue = gw();
    dialogue.sa_init_request().sa_init_error(14, &[]);
    dialogue
        .sa_init_response()
        .auth()
        .esp(Initiator, 3)
        .esp(Responder, 3)
        .wait(60.0);
    let told = told(&dialogue);
    assert_eq!(told.ended(), ("established", "none"));
    assert!(!told.names().contains(&"no-proposal-chosen"));
}

#[test]
fn a_cookie_and_another_group_are_one_negotiation() {
    let mut dialogue = gw();
    dialogue
        .sa_init_request()
        .cookie()
        .invalid_ke(19)
        .sa_init_response()
        .auth();
    dialogue.esp(Initiator, 3).esp(Responder, 3).wait(60.0);
    let told = told(&dialogue);
    assert_eq!(told.ended(), ("established", "none"));
    assert_eq!(told.history.tunnels[0].negotiations.len(), 1);
    assert!(told.names().contains(&"cookie-required"));
    assert!(told.names().contains(&"invalid-ke-payload"));
}

#[test]
fn a_group_that_was_never_offered_ends_the_negotiation() {
    let mut dialogue = gw();
    dialogue
        .sa_init_request()
        .sa_init_error(ikev2::INVALID_KE_PAYLOAD, &[0, 20])
        .wait(60.0);
    let told = told(&dialogue);
    assert_eq!(
        (told.ended(), told.cause()),
        (("rejected", "sa_init"), "ke-group-mismatch")
    );
}

#[test]
fn groups_that_alternate_are_a_loop() {
    let mut dialogue = gw();
    dialogue.sa_init_request().invalid_ke(19).invalid_ke(14);
    dialogue
        .sa_init_error(ikev2::INVALID_KE_PAYLOAD, &[0, 19])
        .wait(60.0);
    assert_eq!(told(&dialogue).cause(), "ke-group-mismatch");
}

#[test]
fn a_lone_notify_inside_ike_auth_refuses_with_every_suite() {
    for suite in [
        Suite::AES_CBC_SHA1,
        Suite::AES_CBC_SHA2_256,
        Suite::AES_CBC_SHA2_384,
        Suite::AES_CBC_SHA2_512,
        Suite::TRIPLE_DES_SHA1,
        Suite::AES_GCM_16,
        Suite::AES_GCM_16.padded_to(8),
        Suite::AES_GCM_12,
        Suite::AES_GCM_8,
    ] {
        let told = told(
            gw().suite(suite)
                .sa_init()
                .auth_request()
                .auth_error()
                .wait(60.0),
        );
        assert_eq!(
            (told.ended(), told.cause()),
            (("rejected", "auth"), "authentication-failed")
        );
        assert_eq!(told.confidence(), "implied");
    }
}

#[test]
fn an_acceptance_without_room_for_a_child_is_a_refused_child_with_every_suite() {
    for suite in [
        Suite::AES_CBC_SHA1,
        Suite::AES_CBC_SHA2_256,
        Suite::AES_CBC_SHA2_512,
        Suite::TRIPLE_DES_SHA1,
        Suite::AES_GCM_16,
    ] {
        let mut dialogue = gw();
        dialogue
            .suite(suite)
            .sa_init()
            .auth_request()
            .auth_response_without_child(38)
            .wait(60.0);
        let told = told(&dialogue);
        assert_eq!(
            (told.ended(), told.cause()),
            (("rejected", "child_sa"), "child-refused")
        );
    }
}

#[test]
fn a_delete_right_after_a_refused_child_does_not_blame_the_initiator() {
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .auth_request()
        .auth_response_without_child(14);
    let told = told(dialogue.delete_ike(Initiator).wait(60.0));
    assert_eq!(told.cause(), "child-refused");
}

/// RFC 6023: IDi and AUTH only, so the small answer refuses nothing.
#[test]
fn a_childless_initiation_is_no_refusal() {
    let mut dialogue = gw();
    let inner = |id| {
        [
            ikev2::identification(id, 1, &[192, 0, 2, 1]),
            ikev2::auth(2, &[0; 32]),
        ]
    };
    dialogue
        .sa_init()
        .request(Initiator, ikev2::IKE_AUTH, &inner(ikev2::ID_I));
    dialogue.respond(Responder, &inner(ikev2::ID_R)).wait(60.0);
    assert_eq!(told(&dialogue).ended().0, "no_traffic");
}

#[test]
fn the_initiator_that_reports_an_error_after_acceptance_refused_itself() {
    let mut dialogue = gw();
    dialogue.sa_init().auth();
    dialogue.request(Initiator, ikev2::INFORMATIONAL, &[ikev2::notify(24, &[])]);
    let told = told(dialogue.respond(Responder, &[]).wait(60.0));
    assert_eq!(
        (told.ended(), told.cause()),
        (("rejected", "auth"), "initiator-refused")
    );
}

/// A client that does not trust the certificate of the responder may just stop, and dial again.
#[test]
fn an_initiator_that_begins_anew_without_a_word_did_not_take_the_answer() {
    let mut dialogue = gw();
    for _ in 0..3 {
        dialogue.sa_init().auth().wait(5.0).new_attempt();
    }
    let told = told(dialogue.wait(60.0));
    assert_eq!(
        (told.ended(), told.cause(), told.confidence()),
        (("stalled", "auth"), "initiator-refused", "suspected")
    );
}

#[test]
fn an_orderly_delete_of_an_idle_tunnel_is_no_refusal() {
    let told = told(
        gw().sa_init()
            .auth()
            .wait(1.4)
            .delete_ike(Initiator)
            .wait(60.0),
    );
    assert_eq!(told.ended(), ("no_traffic", "esp"));
    assert_eq!(
        told.attempt(0).closed_by.map(|role| role.as_str()),
        Some("initiator")
    );
}

#[test]
fn eap_that_ends_in_failure_is_not_blamed_on_the_initiators_key() {
    let told = told(eap().respond(Responder, &[eap_payload(4)]).wait(60.0));
    assert_eq!(
        (told.ended(), told.cause()),
        (("rejected", "auth"), "eap-failed")
    );
}

#[test]
fn eap_answered_by_an_error_instead_is_eap_that_failed() {
    let told = told(
        eap()
            .respond(Responder, &[ikev2::notify(24, &[])])
            .wait(60.0),
    );
    assert_eq!(told.cause(), "eap-failed");
}

#[test]
fn an_error_after_eap_success_is_the_authentication_itself() {
    let mut dialogue = eap();
    dialogue.respond(Responder, &[eap_payload(4)]);
    dialogue.request(Initiator, ikev2::IKE_AUTH, &[ikev2::auth(2, &[0; 32])]);
    let told = told(
        dialogue
            .respond(Responder, &[ikev2::notify(24, &[])])
            .wait(60.0),
    );
    assert_eq!(told.cause(), "authentication-failed");
}

#[test]
fn message_5_answered_by_an_informational_cannot_be_read() {
    let malformed = ikev1::notification(1, &[], 16, &[]);
    let told = told(
        main_mode_up_to(5)
            .ikev1_informational(Responder, malformed)
            .wait(60.0),
    );
    assert_eq!(
        (told.ended(), told.cause()),
        (("rejected", "main_mode_id"), "psk-mismatch")
    );
}

#[test]
fn authentication_failed_in_clear_is_stated() {
    let told = told(
        main_mode_up_to(5)
            .ikev1_notification(Responder, 24)
            .wait(60.0),
    );
    assert_eq!(
        (told.cause(), told.confidence()),
        ("authentication-failed", "stated")
    );
}

#[test]
fn phase_2_refused_in_clear_names_its_reason() {
    for (notify_type, cause) in [(14, "child-no-proposal-chosen"), (18, "ts-unacceptable")] {
        let mut dialogue = phase_1();
        dialogue
            .quick_mode_message(1)
            .ikev1_notification(Responder, notify_type)
            .wait(60.0);
        let told = told(&dialogue);
        assert_eq!(
            (told.ended(), told.cause()),
            (("rejected", "quick_mode"), cause)
        );
        assert_eq!(told.confidence(), "stated");
    }
}

#[test]
fn phase_2_refused_under_encryption_keeps_its_reason() {
    let mut dialogue = phase_1();
    let refusal = ikev1::notification(3, &[0; 4], 14, &[]);
    dialogue
        .quick_mode_message(1)
        .ikev1_informational(Responder, refusal)
        .wait(60.0);
    let told = told(&dialogue);
    assert_eq!(
        (told.ended(), told.cause()),
        (("rejected", "quick_mode"), "quick-mode-refused")
    );
}

#[test]
fn xauth_that_is_followed_by_a_delete_refused_the_user() {
    let told = told(xauth().ikev1_delete(Responder).wait(60.0));
    assert_eq!(
        (told.ended(), told.cause()),
        (("rejected", "xauth"), "xauth-failed")
    );
}

#[test]
fn a_child_of_its_own_exchange_may_be_refused_too() {
    let mut dialogue: Dialogue = gw();
    let inner = |id| {
        [
            ikev2::identification(id, 1, &[192, 0, 2, 1]),
            ikev2::auth(2, &[0; 32]),
        ]
    };
    dialogue
        .sa_init()
        .request(Initiator, ikev2::IKE_AUTH, &inner(ikev2::ID_I));
    dialogue.respond(Responder, &inner(ikev2::ID_R));
    dialogue.request(
        Initiator,
        ikev2::CREATE_CHILD_SA,
        &[Payload::new(ikev2::SA, [0; 100])],
    );
    let told = told(
        dialogue
            .respond(Responder, &[ikev2::notify(14, &[])])
            .wait(60.0),
    );
    assert_eq!(
        (told.ended(), told.cause()),
        (("rejected", "child_sa"), "child-refused")
    );
}

#[test]
fn a_version_that_is_refused_or_only_spoken_by_the_peer_is_a_mismatch() {
    let told_so = told(gw().sa_init_request().sa_init_error(5, &[]).wait(60.0));
    assert_eq!(
        (told_so.cause(), told_so.confidence()),
        ("version-mismatch", "stated")
    );
    let mut ours = gw();
    ours.sa_init_request().repeat(&REPEATS).wait(60.0);
    let mut theirs = Dialogue::between("198.51.100.2:500", "192.0.2.1:500");
    theirs
        .seed(2)
        .wait(9.0)
        .main_mode_message(1)
        .repeat(&REPEATS)
        .wait(60.0);
    let both = support::told_together(&[&ours, &theirs]);
    assert!(both.names().contains(&"version-mismatch"));
}
