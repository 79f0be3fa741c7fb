//! Why an end does not accept the other's certificate: what decrypted certificates say, and no more.

mod support;

use ikescope_testkit::dialogue::{Side::Initiator, Side::Responder};
use ikescope_testkit::message::{Payload, ikev2};
use support::certificates::{GATEWAY, Gateway, certificate, gateway, request_of};
use support::keys::Script;
use support::scenarios::gw;
use support::{Tap, Told};

const EXPIRED: &str = "subject=CN=gw issuer=CN=ca dns=vpn.example.com until=951782400";

fn verdict(told: &Told) -> (&'static str, &'static str) {
    (told.cause(), told.confidence())
}

/// The client's own word stands first; the dates say why.
#[test]
fn a_refusal_that_was_read_stays_the_cause_and_tells_the_lapse() {
    let told = gateway(&[EXPIRED], 1).refused();
    assert_eq!(verdict(&told), ("initiator-refused", "stated"));
    let why = &told.finding("initiator-refused").unwrap().explanation;
    let lapse = "The certificate of 198.51.100.2 expired on 2000-02-29.";
    assert!(why.ends_with(lapse), "{why}");
    let first = &told.finding("initiator-refused").unwrap().next_steps[0];
    assert!(
        first.starts_with("Renew the certificate of 198.51.100.2"),
        "{first}"
    );
    let finding = told.finding("certificate-expired").unwrap();
    assert_eq!(finding.severity.as_str(), "error");
    assert!(
        finding.evidence()[0]
            .label
            .contains("to 2000-02-29: \"CN=gw\"")
    );
}

/// A client that says nothing and begins anew, as Windows does: the certificate explains it better
/// than the silence.
#[test]
fn a_lapsed_certificate_explains_a_client_that_begins_anew() {
    let answered = [
        ikev2::identification(ikev2::ID_R, 2, b"vpn.example.com"),
        certificate(EXPIRED),
        ikev2::auth(14, &[0; 32]),
        Payload::new(ikev2::SA, [0; 100]),
    ];
    let mut dialogue = gw();
    for _ in 0..3 {
        dialogue
            .wait(5.0)
            .new_attempt()
            .sa_init()
            .auth_request()
            .respond(Responder, &answered);
    }
    let script = Script::default().opens(1, true, &answered);
    let told = Tap::with_keys(script).all(dialogue.wait(60.0));
    // The newest attempt has none after it, so it tells nothing yet.
    let first = |told: &Told| {
        let verdict = &told.attempt(0).verdict;
        (verdict.cause.unwrap().name, verdict.confidence.as_str())
    };
    assert_eq!(first(&told), ("certificate-expired", "implied"));
    let blind = support::told(&dialogue);
    assert_eq!(first(&blind), ("initiator-refused", "suspected"));
}

/// The responder refuses a client whose certificate is not valid yet.
#[test]
fn a_certificate_from_the_future_is_told_of_the_client() {
    let early = "subject=CN=left issuer=CN=ca dns=left.example from=253402300799";
    let asked = [
        ikev2::identification(ikev2::ID_I, 2, b"left.example"),
        certificate(early),
        ikev2::auth(14, &[0; 32]),
    ];
    let answered = [ikev2::notify(24, &[])];
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .request(Initiator, ikev2::IKE_AUTH, &asked)
        .respond(Responder, &answered);
    let script = Script::default()
        .opens(1, false, &asked)
        .opens(1, true, &answered);
    let told = Tap::with_keys(script).all(dialogue.wait(60.0));
    assert_eq!(verdict(&told), ("authentication-failed", "stated"));
    let why = &told.finding("authentication-failed").unwrap().explanation;
    assert!(
        why.contains("192.0.2.1 is valid only from 9999-12-31 on."),
        "{why}"
    );
}

#[test]
fn a_lapsed_certificate_of_a_tunnel_that_is_up_is_a_warning() {
    let told = gateway(&[EXPIRED], 1).accepted();
    assert_eq!(told.ended(), ("established", "none"));
    let finding = told.finding("certificate-expired").unwrap();
    assert_eq!(
        (finding.severity.as_str(), finding.confidence.as_str()),
        ("warning", "stated")
    );
}

/// RFC 7296 §3.7 names authorities by the hash of their key; one that was not sent may be the one.
#[test]
fn a_chain_that_ends_early_says_nothing_of_its_root() {
    let told = gateway(&[GATEWAY], 3).refused();
    assert!(told.finding("certificate-authority").is_none());
    let intermediate = "subject=CN=ca issuer=CN=root key=2";
    let told = gateway(&[GATEWAY, intermediate], 3).refused();
    assert!(told.finding("certificate-authority").is_none());
    let root = "subject=CN=root issuer=CN=root key=4";
    let told = gateway(&[GATEWAY, intermediate, root], 3).refused();
    assert!(told.finding("certificate-authority").is_some());
}

/// A chain in a circle has no root, and an end.
#[test]
fn a_chain_in_a_circle_is_walked_once() {
    let told = gateway(
        &[
            "subject=CN=a issuer=CN=b key=1",
            "subject=CN=b issuer=CN=a key=2",
        ],
        9,
    )
    .refused();
    assert!(told.finding("certificate-authority").is_none());
}

#[test]
fn a_name_in_the_subject_alone_will_do() {
    let told = |identity| {
        let certificates = &["subject=CN=vpn.example.com issuer=CN=ca"];
        let gateway = Gateway {
            identity,
            ..gateway(certificates, 1)
        };
        gateway.refused().finding("certificate-name").is_some()
    };
    assert!(!told("vpn.example.com"));
    assert!(told("other.example.com"));
}

/// RFC 7296 §2.6 lets a responder answer as another than it was asked for; the initiator need not
/// take that.
#[test]
fn a_responder_under_another_name_is_told() {
    let asked = [
        ikev2::identification(ikev2::ID_I, 2, b"left.example"),
        ikev2::identification(ikev2::ID_R, 2, b"right.example"),
        request_of(1),
        ikev2::auth(2, &[0; 32]),
    ];
    let answered = [
        ikev2::identification(ikev2::ID_R, 2, b"wrong.example"),
        ikev2::auth(2, &[0; 32]),
        Payload::new(ikev2::SA, [0; 100]),
    ];
    let refusal = [ikev2::notify(24, &[])];
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .request(Initiator, ikev2::IKE_AUTH, &asked)
        .respond(Responder, &answered)
        .request(Initiator, ikev2::INFORMATIONAL, &refusal);
    let script = Script::default()
        .opens(1, false, &asked)
        .opens(1, true, &answered)
        .opens(2, false, &refusal);
    let told = Tap::with_keys(script).all(dialogue.wait(60.0));
    let why = &told.finding("initiator-refused").unwrap().explanation;
    let expected =
        "192.0.2.1 asked for \"right.example\", and 198.51.100.2 answers as \"wrong.example\".";
    assert!(why.ends_with(expected), "{why}");
}

/// Windows' private notify 12345 has the Win32 code as its data.
#[test]
fn the_code_in_the_private_notify_of_windows_is_named() {
    let refusal = [ikev2::notify(12345, &13801_u32.to_be_bytes())];
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .auth_request()
        .respond(Responder, &refusal)
        .wait(60.0);
    let script = Script::default().opens(1, true, &refusal);
    let told = Tap::with_keys(script).all(&dialogue);
    let summary = &told.tunnel().verdict.summary;
    assert!(
        summary.contains("MS_NOTIFY_STATUS 13801 (ERROR_IPSEC_IKE_AUTH_FAIL)"),
        "{summary}"
    );
    assert_eq!(told.confidence(), "stated");
}
