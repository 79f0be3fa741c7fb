//! What the two ends make of NAT, and where they disagree.

mod support;

use ikescope_testkit::dialogue::Side::{Initiator, Responder};
use support::scenarios::{beside, gw, natted};
use support::told;

/// Names of what else a finding may be.
fn rivals(told: &support::Told, rule: &str) -> Vec<&'static str> {
    let finding = told.finding(rule).expect("a finding");
    finding.rivals.iter().map(|rival| rival.name).collect()
}

/// `encap = yes` sends a hash that fits nothing; no router stands before this capture.
#[test]
fn a_hash_that_does_not_fit_beside_its_sender_is_hardly_nat() {
    let mut forced = natted();
    forced.hop_limit(Initiator, 64).hop_limit(Responder, 57);
    let told_forced = told(forced.sa_init());
    assert_eq!(
        rivals(&told_forced, "nat-detected"),
        ["forced encapsulation"]
    );
    let mut behind = natted();
    behind.hop_limit(Initiator, 57).hop_limit(Responder, 64);
    assert!(rivals(&told(behind.sa_init()), "nat-detected").is_empty());
}

/// One end hashed another address of its own, finds no NAT and sends bare ESP; the other expects
/// ESP in UDP (strongswan#861).
#[test]
fn bare_esp_beside_a_hash_that_tells_of_nat_is_a_disagreement() {
    let mut dialogue = beside(Initiator);
    dialogue
        .behind_nat(Initiator, "192.0.2.77:500")
        .sa_init()
        .behind_nat(Initiator, "192.0.2.1:500")
        .esp_in_udp(false)
        .auth()
        .esp(Initiator, 4)
        .wait(3.0)
        .esp(Initiator, 4)
        .wait(60.0);
    let told_other = told(&dialogue);
    assert_eq!(told_other.cause(), "esp-one-way");
    let finding = told_other.finding("nat-disagreement").unwrap();
    assert_eq!(finding.evidence()[0].frame.number, 1);
    assert!(finding.next_steps[0].contains("encap = yes"), "{finding:?}");
}

#[test]
fn ends_that_agree_are_left_alone() {
    let mut bare = gw();
    bare.sa_init().auth().esp(Initiator, 3).esp(Responder, 3);
    let mut wrapped = natted();
    wrapped.sa_init().auth().esp(Initiator, 3).esp(Responder, 3);
    for dialogue in [bare, wrapped] {
        assert!(told(&dialogue).finding("nat-disagreement").is_none());
    }
}

/// MOBIKE moves a peer to another address; that is no matter of a NAT that is not there.
#[test]
fn a_peer_that_moves_without_nat_has_no_mapping() {
    let mut moved = gw();
    moved
        .sa_init()
        .float()
        .auth()
        .wait(30.0)
        .moves(Initiator, "203.0.113.77:4500")
        .dpd(Initiator)
        .wait(9.0);
    assert!(told(&moved).finding("nat-mapping-changed").is_none());
}
