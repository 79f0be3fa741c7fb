//! Proposals that break a rule of their standard, each with the words that say which.

mod support;

use ikescope_analysis::Severity;
use ikescope_testkit::message::Payload;
use ikescope_testkit::message::ikev2::{self, Proposal, Transform};
use support::scenarios::{gw, offering};
use support::{Told, told};

/// Cipher with key length, PRF, integrity, group.
fn offer(transforms: &[(u8, u16, Option<u16>)]) -> Payload {
    let proposal = Proposal::new(1, ikev2::PROTOCOL_IKE);
    let transforms = transforms.iter().map(|(kind, id, bits)| {
        let transform = Transform::new(*kind, *id);
        match bits {
            Some(bits) => transform.key_length(*bits),
            None => transform,
        }
    });
    ikev2::sa(&[proposal.with_all(transforms)])
}

fn offered(transforms: &[(u8, u16, Option<u16>)]) -> Told {
    told(gw().offer(offer(transforms)).sa_init_request())
}

fn title(told: &Told) -> &str {
    told.finding("flawed-proposal")
        .map_or("-", |finding| &finding.title)
}

const PRF: (u8, u16, Option<u16>) = (ikev2::PRF, 5, None);
const SHA2: (u8, u16, Option<u16>) = (ikev2::INTEG, 12, None);
const GROUP: (u8, u16, Option<u16>) = (ikev2::KE_METHOD, 14, None);
const CBC: (u8, u16, Option<u16>) = (ikev2::ENCR, 12, Some(256));
const GCM: (u8, u16, Option<u16>) = (ikev2::ENCR, 20, Some(256));

/// RFC 7296 §3.3.5, RFC 5282 §8, RFC 7296 §3.3.3.
#[test]
fn names_what_the_standard_forbids() {
    let no_length = offered(&[(ikev2::ENCR, 12, None), PRF, SHA2, GROUP]);
    assert!(title(&no_length).contains("AES-CBC without a key length"));
    let beside = offered(&[GCM, PRF, SHA2, GROUP]);
    assert!(title(&beside).contains("an AEAD cipher beside integrity"));
    let bare = offered(&[CBC, PRF, GROUP]);
    assert!(title(&bare).contains("a cipher without integrity"));
    let no_prf = offered(&[CBC, SHA2, GROUP]);
    assert!(title(&no_prf).contains("no PRF"));
}

#[test]
fn is_silent_on_what_the_standard_has() {
    for transforms in [
        [CBC, PRF, SHA2, GROUP],
        [GCM, PRF, (ikev2::INTEG, 0, None), GROUP],
        [(ikev2::ENCR, 3, None), PRF, SHA2, GROUP],
    ] {
        assert_eq!(title(&offered(&transforms)), "-");
    }
    assert_eq!(title(&offered(&[GCM, PRF, GROUP])), "-");
}

/// A peer that evaluates eight proposals does not see the ninth.
#[test]
fn a_long_list_is_a_circumstance() {
    let nine = told(&offering(9, Some(256)));
    let finding = nine.finding("flawed-proposal").unwrap();
    assert!(finding.title.contains("9 proposals"), "{}", finding.title);
    assert_eq!(finding.severity, Severity::Info);
}

/// Group 14 has 256 octets, group 19 has 64 (RFC 3526, RFC 5903).
#[test]
fn a_public_value_has_the_size_of_its_group() {
    let mut dialogue = gw();
    dialogue.announce(
        ikescope_testkit::dialogue::Side::Initiator,
        ikev2::ke(19, &[1; 256]),
    );
    let wrong = told(dialogue.sa_init_request());
    assert!(title(&wrong).contains("256 octets of public value for group 19"));
}
