//! Messages that were decrypted say themselves what the others betray: the confidence is "stated",
//! and the reason has a name.

mod support;

use ikescope_analysis::Exchange;
use ikescope_testkit::dialogue::{Side::Initiator, Side::Responder};
use ikescope_testkit::message::{Payload, ikev1, ikev2};
use ikescope_wire::iana::ExchangeType;
use support::keys::Script;
use support::scenarios::{carrying, established, gw, xauth};
use support::{Tap, Told, told};

/// Numbers of RFC 7296 §3.10.1 and RFC 5996.
const NO_PROPOSAL_CHOSEN: u16 = 14;
const AUTHENTICATION_FAILED: u16 = 24;
const INTERNAL_ADDRESS_FAILURE: u16 = 36;
const TS_UNACCEPTABLE: u16 = 38;

/// IKE_AUTH whose answer holds these payloads, on the wire and where keys open it.
fn auth_answered_by(inner: &[Payload]) -> Told {
    let mut dialogue = gw();
    dialogue.sa_init().auth_request().respond(Responder, inner);
    let script = Script::default().opens(1, true, inner);
    Tap::with_keys(script).all(dialogue.wait(60.0))
}

fn accepted(with: Payload) -> [Payload; 3] {
    [
        ikev2::identification(ikev2::ID_R, 2, b"right.example"),
        ikev2::auth(2, &[0; 32]),
        with,
    ]
}

fn verdict(told: &Told) -> (&'static str, &'static str, &'static str, &'static str) {
    let (outcome, stage) = told.ended();
    (outcome, stage, told.cause(), told.confidence())
}

#[test]
fn a_refusal_that_was_decrypted_is_stated() {
    let told = auth_answered_by(&[ikev2::notify(AUTHENTICATION_FAILED, &[])]);
    assert_eq!(
        verdict(&told),
        ("rejected", "auth", "authentication-failed", "stated")
    );
    let finding = told.finding("authentication-failed").unwrap();
    let primary = &finding.evidence()[0];
    assert_eq!(primary.label, "AUTHENTICATION_FAILED, decrypted");
    assert_eq!(primary.octets, Some((48, 56)));
}

#[test]
fn the_reason_why_a_child_sa_was_refused_has_its_own_rule() {
    for (notify_type, cause) in [
        (TS_UNACCEPTABLE, "ts-unacceptable"),
        (NO_PROPOSAL_CHOSEN, "child-no-proposal-chosen"),
        (INTERNAL_ADDRESS_FAILURE, "child-refused"),
    ] {
        let error = ikev2::notify(notify_type, &[]);
        let expected = ("rejected", "child_sa", cause, "stated");
        assert_eq!(
            verdict(&auth_answered_by(&accepted(error.clone()))),
            expected
        );
        // Some peers leave out IDr and AUTH.
        assert_eq!(verdict(&auth_answered_by(&[error])), expected);
    }
}

#[test]
fn an_error_without_a_rule_is_named() {
    const INVALID_SYNTAX: u16 = 7;
    let told = auth_answered_by(&[ikev2::notify(INVALID_SYNTAX, &[])]);
    assert_eq!(
        verdict(&told),
        ("rejected", "auth", "refused-for-other-reason", "stated")
    );
    assert!(
        told.tunnel().verdict.summary.contains("INVALID_SYNTAX"),
        "{}",
        told.tunnel().verdict.summary
    );
}

/// An answer that looks like a refusal from outside: a Notify first, and small.
#[test]
fn an_acceptance_that_begins_with_a_status_is_no_refusal() {
    const INITIAL_CONTACT: u16 = 16384;
    let status = [ikev2::notify(INITIAL_CONTACT, &[])];
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .auth_request()
        .respond(Responder, &status)
        .wait(60.0);
    assert_eq!(told(&dialogue).ended(), ("rejected", "auth"));
    let script = Script::default().opens(1, true, &status);
    let read = Tap::with_keys(script).all(&dialogue);
    assert_ne!(read.ended().0, "rejected");
}

fn given_up_with(inner: &[Payload]) -> Told {
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .auth()
        .request(Initiator, ikev2::INFORMATIONAL, inner);
    let script = Script::default().opens(2, false, inner);
    Tap::with_keys(script).all(dialogue.wait(60.0))
}

#[test]
fn an_initiator_that_gives_up_says_why() {
    let told = given_up_with(&[ikev2::notify(AUTHENTICATION_FAILED, &[])]);
    assert_eq!(
        verdict(&told),
        ("rejected", "auth", "initiator-refused", "stated")
    );
}

#[test]
fn a_status_report_right_after_the_answer_is_no_giving_up() {
    const ADDITIONAL_IP4_ADDRESS: u16 = 16397;
    let told = given_up_with(&[ikev2::notify(ADDITIONAL_IP4_ADDRESS, &[192, 0, 2, 9])]);
    assert_eq!(told.ended(), ("no_traffic", "esp"));
}

/// RFC 3748 §4.2.
#[test]
fn eap_failure_is_stated_by_its_code() {
    let identity = eap(1, &[1]);
    let failure = eap(4, &[]);
    let mut dialogue = gw();
    dialogue.sa_init().auth_request();
    dialogue
        .respond(Responder, std::slice::from_ref(&identity))
        .request(Initiator, ikev2::IKE_AUTH, &[eap(2, b"\x01alice")])
        .respond(Responder, std::slice::from_ref(&failure));
    let script = Script::default()
        .opens(1, true, &[identity])
        .opens(2, true, &[failure]);
    let told = Tap::with_keys(script).all(dialogue.wait(60.0));
    assert_eq!(verdict(&told), ("rejected", "auth", "eap-failed", "stated"));
}

fn eap(code: u8, data: &[u8]) -> Payload {
    let length = u8::try_from(data.len() + 4).expect("short data");
    let header = [code, 1, 0, length];
    Payload::new(ikev2::EAP, [&header, data].concat())
}

#[test]
fn messages_that_stay_closed_are_told_as_from_outside() {
    let mut dialogue = gw();
    dialogue.sa_init().auth_request().auth_error().wait(60.0);
    let told = Tap::with_keys(Script::closed(1, true)).all(&dialogue);
    assert_eq!(
        verdict(&told),
        ("rejected", "auth", "authentication-failed", "implied")
    );
    let finding = told.finding("not-decrypted").unwrap();
    assert_eq!(
        finding.evidence()[0].label,
        "its checksum is not that of this key"
    );
}

#[test]
fn a_message_in_fragments_is_read_once_it_is_whole() {
    let inner = accepted(ikev2::notify(TS_UNACCEPTABLE, &[]));
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .auth_request()
        .respond_in_fragments(Responder, &inner, 3)
        .wait(60.0);
    let script = Script::default().opens(1, true, &inner).only_fragment(3);
    let told = Tap::with_keys(script).all(&dialogue);
    assert_eq!(
        verdict(&told),
        ("rejected", "child_sa", "ts-unacceptable", "stated")
    );
}

/// What a refused IKE_AUTH proves of a key that was given: by its request, and by its response.
fn refused_with(proofs: &[(bool, bool)]) -> Told {
    let mut dialogue = gw();
    dialogue.sa_init().auth_request().auth_error().wait(60.0);
    let script = (proofs.iter()).fold(Script::default(), |script, (is_response, fits)| {
        script.proves(1, *is_response, *fits)
    });
    Tap::with_keys(script).all(&dialogue)
}

#[test]
fn a_key_that_an_end_proves_or_does_not_is_stated_of_that_end() {
    for (fits, title) in [
        (true, "192.0.2.1 used the pre-shared key of \"branch.psk\"."),
        (
            false,
            "192.0.2.1 did not use the pre-shared key of \"branch.psk\".",
        ),
    ] {
        let told = refused_with(&[(false, fits)]);
        assert_eq!(told.cause(), "authentication-failed");
        let finding = told.finding("psk-checked").unwrap();
        assert_eq!(finding.title, title);
        assert_eq!(finding.confidence.as_str(), "stated");
        assert_eq!(finding.evidence().len(), 1);
    }
    assert!(refused_with(&[]).finding("psk-checked").is_none());
}

#[test]
fn a_key_that_one_end_alone_proves_is_a_mismatch() {
    let told = refused_with(&[(false, true), (true, false)]);
    let finding = told.finding("psk-mismatch").unwrap();
    assert_eq!(finding.confidence.as_str(), "stated");
    assert_eq!(
        finding.title,
        "198.51.100.2 has another pre-shared key than 192.0.2.1."
    );
    let told = refused_with(&[(false, false), (true, false)]);
    assert!(told.finding("psk-mismatch").is_none());
    let checked = told.finding("psk-checked").unwrap();
    assert_eq!(
        checked.title,
        "neither end used the pre-shared key of \"branch.psk\"."
    );
}

/// Each end may prove a key of its own in IKEv2, and be accepted.
#[test]
fn different_keys_of_a_tunnel_that_is_up_are_no_mismatch() {
    let script = Script::default()
        .proves(1, false, true)
        .proves(1, true, false);
    let told = Tap::with_keys(script).all(&established());
    assert!(told.finding("psk-mismatch").is_none());
    let checked = told.finding("psk-checked").unwrap();
    assert_eq!(checked.severity.as_str(), "info");
}

/// What the fragments hold together is what keys open.
#[test]
fn a_message_of_ikev1_in_fragments_is_opened_as_a_whole() {
    let mut dialogue = gw();
    for number in 1..=4 {
        dialogue.main_mode_message(number);
    }
    dialogue
        .main_mode_message_in_fragments(5, 2)
        .main_mode_message_in_fragments(6, 2);
    let inner = [ikev1::identification(1, 17, 500, &[192, 0, 2, 1])];
    let script = Script::default().opens_whole_of_ikev1(&inner);
    let told = Tap::with_keys(script).all(dialogue.wait(60.0));
    let newest = told
        .negotiation(0)
        .newest(ExchangeType::IDENTITY_PROTECTION);
    let facts = newest.and_then(Exchange::asked).unwrap();
    assert!(facts.inner().unwrap().has(ikev1::ID));
}

/// Both rounds of XAUTH, of which the second one sets XAUTH_STATUS (16527, with the bit of TV).
fn xauth_with_status(status: u8) -> Told {
    const CFG_SET: u8 = 3;
    let attributes = [CFG_SET, 0, 0, 1, 0xc0, 0x8f, 0, status];
    let inner = [Payload::new(14, attributes)];
    let script = Script::default().opens(8, false, &inner);
    Tap::with_keys(script).all(xauth().wait(60.0))
}

#[test]
fn a_user_that_is_refused_by_xauth_is_stated() {
    let told = xauth_with_status(0);
    assert_eq!(
        verdict(&told),
        ("rejected", "xauth", "xauth-failed", "stated")
    );
    let finding = told.finding("xauth-failed").unwrap();
    assert_eq!(
        finding.evidence()[0].label,
        "XAUTH_STATUS is FAIL, decrypted"
    );
}

/// Without keys the same messages look like a refusal.
#[test]
fn a_user_that_is_accepted_by_xauth_was_not_refused() {
    let closed = told(xauth().wait(60.0));
    assert!(closed.finding("xauth-failed").is_some());
    let told = xauth_with_status(1);
    assert!(told.finding("xauth-failed").is_none());
    assert_eq!(told.ended(), ("stalled", "quick_mode"));
}

#[test]
fn packets_outside_of_the_selectors_are_told_with_both() {
    let told = carrying([10, 1, 0, 9], [10, 3, 0, 1]);
    assert_eq!(told.ended(), ("established", "none"));
    let finding = told.finding("outside-selectors").unwrap();
    assert_eq!(finding.confidence.as_str(), "stated");
    let labels: Vec<&str> = (finding.evidence().iter())
        .map(|one| one.label.as_str())
        .collect();
    assert_eq!(
        labels,
        [
            "10.1.0.9 to 10.3.0.1, IP protocol 17, 3 packets, decrypted",
            "the SA is for 10.1.0.0/24 to 10.2.0.0/24"
        ]
    );
    // Each direction has its own side: what may come back may not go out.
    let turned = carrying([10, 2, 0, 1], [10, 1, 0, 9]);
    assert!(turned.finding("outside-selectors").is_some());
    let inside = carrying([10, 1, 0, 9], [10, 2, 0, 1]);
    assert!(inside.finding("outside-selectors").is_none());
    let flow = &inside.history.tunnels[0].flows[0];
    let carried = flow.carried.as_deref().unwrap();
    assert_eq!(carried.protocols, [(17, 3)]);
}

/// Message 5 of main mode with a pre-shared key, and an error in answer to it, which is opened.
fn fifth_answered_by(notify_type: u16) -> Told {
    let mut dialogue = gw();
    for number in 1..=5 {
        dialogue.main_mode_message(number);
    }
    let error = ikev1::notification(1, &[], notify_type, &[]);
    dialogue
        .ikev1_informational(Responder, error.clone())
        .wait(60.0);
    let blind = told(&dialogue);
    let answer = blind.negotiation(0).newest(ExchangeType::INFORMATIONAL_V1);
    let message_id = answer.expect("the error").message_id.0;
    let script = Script::default().opens(message_id, false, &[error]);
    Tap::with_keys(script).all(&dialogue)
}

/// PAYLOAD-MALFORMED (16) says that the message was noise to the peer, as RFC 2408 §5.4 has it.
#[test]
fn a_fifth_message_that_is_noise_to_the_peer_tells_of_another_shared_key() {
    let told = fifth_answered_by(16);
    assert_eq!(told.cause(), "psk-mismatch");
    assert!(told.finding("refused-for-other-reason").is_none());
    let label = &told.finding("psk-mismatch").unwrap().evidence()[0].label;
    assert!(label.contains("PAYLOAD-MALFORMED, decrypted"), "{label}");
    // The message arrived, and was not read: neither loss nor an identity is left as another cause.
    assert!(told.finding("psk-mismatch").unwrap().rivals.is_empty());
}

/// INVALID-ID-INFORMATION (18) comes of an identity that could be read.
#[test]
fn a_fifth_message_that_was_read_accuses_no_shared_key() {
    let told = fifth_answered_by(18);
    assert_eq!(told.cause(), "refused-for-other-reason");
    assert!(told.finding("psk-mismatch").is_none());
}
