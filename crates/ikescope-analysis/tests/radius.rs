//! RADIUS in the same capture, joined to the user authentication that it decides.

mod support;

use ikescope_testkit::dialogue::Side::{Initiator, Responder};
use support::scenarios::{asked_radius, eap, eap_payload, gw, radius, xauth};
use support::told;

#[test]
fn a_reject_stands_beside_the_failure_of_the_user_and_does_not_replace_it() {
    let told = told(&asked_radius(Some(3)));
    assert_eq!(told.cause(), "eap-failed");
    let finding = told.finding("radius-rejected").unwrap();
    assert!(finding.title.contains("10.0.0.9"), "{}", finding.title);
    let frames: Vec<u64> = finding
        .evidence()
        .iter()
        .map(|one| one.frame.number)
        .collect();
    // IKE_SA_INIT 1 2, IKE_AUTH 3 4, EAP 5, then the two packets of RADIUS.
    assert_eq!(frames, [7, 6]);
}

#[test]
fn silence_of_the_server_explains_why_the_edge_device_is_silent() {
    let mut dialogue = eap();
    let question = radius(1);
    dialogue
        .packet(Responder, question.clone())
        .wait(3.0)
        .packet(Responder, question)
        .wait(60.0);
    let told = told(&dialogue);
    assert_eq!(told.ended(), ("stalled", "auth"));
    let finding = told.finding("radius-unanswered").unwrap();
    assert_eq!(finding.evidence()[0].label, "Access-Request, sent twice");
}

#[test]
fn an_answer_that_comes_late_is_told_with_its_delay() {
    let mut dialogue = eap();
    dialogue
        .packet(Responder, radius(1))
        .wait(12.0)
        .packet(Initiator, radius(2))
        .respond(Responder, &[eap_payload(4)])
        .wait(60.0);
    let told = told(&dialogue);
    let finding = told.finding("radius-unanswered").unwrap();
    assert!(finding.title.contains("12.0 s"), "{}", finding.title);
}

#[test]
fn xauth_asks_radius_too() {
    let mut dialogue = xauth();
    dialogue
        .packet(Responder, radius(1))
        .packet(Initiator, radius(3))
        .ikev1_delete(Responder)
        .wait(60.0);
    let told = told(&dialogue);
    assert_eq!(told.cause(), "xauth-failed");
    assert!(told.finding("radius-rejected").is_some());
}

#[test]
fn what_others_ask_at_other_times_is_not_joined() {
    let mut refused = gw();
    refused
        .packet(Responder, radius(1))
        .packet(Initiator, radius(3))
        .sa_init()
        .auth_request()
        .auth_error()
        .wait(60.0);
    assert!(told(&refused).finding("radius-rejected").is_none());
    let mut later = eap();
    later
        .respond(Responder, &[eap_payload(4)])
        .wait(30.0)
        .packet(Responder, radius(1))
        .packet(Initiator, radius(3))
        .wait(60.0);
    assert!(told(&later).finding("radius-rejected").is_none());
}
