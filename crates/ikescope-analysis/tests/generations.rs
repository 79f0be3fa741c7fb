//! An IPsec SA that was replaced is judged by itself: traffic of the old one proves nothing of it.

mod support;

use ikescope_testkit::dialogue::Dialogue;
use ikescope_testkit::dialogue::Side::{Initiator, Responder};
use support::scenarios::established;
use support::{Told, told};

/// Traffic both ways, then a new IPsec SA.
fn replaced() -> Dialogue {
    let mut dialogue = established();
    dialogue.wait(3.0).esp(Initiator, 1).esp(Responder, 1);
    dialogue.rekey_child(Initiator).new_child_spis();
    dialogue
}

/// One packet a second of the initiator for so many seconds.
fn keeps_sending(dialogue: &mut Dialogue, seconds: usize) -> &mut Dialogue {
    for _ in 0..seconds {
        dialogue.wait(1.0).esp(Initiator, 1);
    }
    dialogue
}

fn verdict(told: &Told) -> (&'static str, &'static str) {
    (told.ended().0, told.cause())
}

#[test]
fn a_dead_new_generation_is_not_hidden_by_traffic_of_the_old_one() {
    let mut dialogue = replaced();
    let old = established();
    let told = told(keeps_sending(&mut dialogue, 9));
    assert_eq!(verdict(&told), ("one_way", "esp-one-way"));
    let finding = told.finding("esp-one-way").unwrap();
    let new = format!("{:08x}", dialogue.esp_spi_from(Initiator));
    assert!(finding.evidence()[0].label.contains(&new), "{finding:?}");
    assert_ne!(new, format!("{:08x}", old.esp_spi_from(Initiator)));
    let duty = told.tunnel().verdict.duty.unwrap();
    assert_eq!(duty.cleared.unwrap().side(), "initiator");
}

#[test]
fn one_packet_with_the_new_spi_back_refutes_it() {
    let mut dialogue = replaced();
    keeps_sending(&mut dialogue, 9).esp(Responder, 1);
    assert_eq!(verdict(&told(&dialogue)), ("established", "-"));
}

/// Daemons send in the old SA until the Delete for it arrives.
#[test]
fn a_peer_that_goes_on_in_the_old_sa_is_not_dead() {
    let mut old = established();
    old.wait(3.0).esp(Initiator, 1).esp(Responder, 1);
    let mut new = old.clone();
    new.rekey_child(Initiator).new_child_spis();
    keeps_sending(&mut new, 9);
    old.wait(6.0).esp(Responder, 1);
    let late = old.sent().last().cloned().unwrap();
    let mut sent = new.sent().to_vec();
    sent.push(late);
    sent.sort_by_key(|one| one.time);
    let told = support::told_of(&sent, new.now());
    assert_eq!(verdict(&told), ("established", "-"));
}

/// A peer that had nothing to say for long before the SA was replaced need not speak afterwards.
#[test]
fn a_peer_that_was_silent_before_proves_nothing() {
    let mut dialogue = established();
    keeps_sending(&mut dialogue, 20)
        .rekey_child(Initiator)
        .new_child_spis();
    keeps_sending(&mut dialogue, 9);
    assert_eq!(verdict(&told(&dialogue)), ("established", "-"));
}

#[test]
fn too_few_packets_prove_nothing() {
    let mut dialogue = replaced();
    keeps_sending(&mut dialogue, 3);
    assert_eq!(verdict(&told(&dialogue)), ("established", "-"));
}
