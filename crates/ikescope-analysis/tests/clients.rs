//! What a tunnel is: clients behind one address, both sides of a NAT, moves.

mod support;

use ikescope_testkit::dialogue::{Dialogue, Side::Initiator, Side::Responder};
use support::{Told, told, told_together};

const HUB: &str = "198.51.100.1:500";

/// A client behind the NAT with the address 203.0.113.7; `port` is what the NAT made of 500.
fn client(seed: u64, port: u16, starts: f64) -> Dialogue {
    let mut dialogue = Dialogue::between(&format!("203.0.113.7:{port}"), HUB);
    dialogue
        .seed(seed)
        .behind_nat(Initiator, &format!("10.0.0.{seed}:500"));
    dialogue.wait(starts).sa_init().float().auth();
    dialogue
}

fn chat(dialogue: &mut Dialogue, rounds: usize) {
    for _ in 0..rounds {
        dialogue.esp(Initiator, 1).esp(Responder, 1).wait(5.0);
    }
}

fn outcomes(told: &Told) -> Vec<&'static str> {
    told.diagnosis
        .tunnels
        .iter()
        .map(|tunnel| tunnel.verdict.outcome.as_str())
        .collect()
}

#[test]
fn clients_alive_at_once_behind_one_address_are_separate_tunnels() {
    let (mut one, mut two) = (client(1, 20001, 0.0), client(2, 30001, 3.0));
    chat(&mut one, 6);
    chat(&mut two, 6);
    let told = told_together(&[&one, &two]);
    assert_eq!(outcomes(&told), ["established", "established"]);
    for tunnel in &told.history.tunnels {
        assert_eq!((tunnel.negotiations.len(), tunnel.flows.len()), (1, 2));
    }
}

#[test]
fn a_refused_client_does_not_hide_behind_its_neighbour() {
    let mut up = client(1, 20001, 0.0);
    chat(&mut up, 8);
    let mut refused = Dialogue::between("203.0.113.7:30001", HUB);
    refused.seed(2).behind_nat(Initiator, "10.0.0.2:500");
    refused
        .wait(4.0)
        .sa_init()
        .float()
        .auth_request()
        .auth_error()
        .wait(30.0);
    let told = told_together(&[&up, &refused]);
    assert_eq!(outcomes(&told), ["established", "rejected"]);
}

#[test]
fn a_client_that_comes_back_with_another_port_is_the_same_tunnel() {
    let mut first = client(1, 20001, 0.0);
    chat(&mut first, 3);
    let mut again = client(3, 20777, 60.0);
    chat(&mut again, 3);
    let told = told_together(&[&first, &again]);
    assert_eq!(outcomes(&told), ["established"]);
    assert_eq!(told.history.tunnels[0].negotiations.len(), 2);
}

#[test]
fn a_move_keeps_its_tunnel_even_if_esp_comes_first_from_the_new_address() {
    let mut dialogue = Dialogue::between("192.0.2.10:4500", "198.51.100.1:4500");
    dialogue.sa_init().auth();
    chat(&mut dialogue, 2);
    dialogue
        .moves(Initiator, "192.0.2.77:4500")
        .esp(Initiator, 2);
    dialogue.dpd(Initiator).esp(Responder, 2).wait(10.0);
    let told = told(&dialogue);
    assert_eq!(outcomes(&told), ["established"]);
    let tunnel = &told.history.tunnels[0];
    assert_eq!(
        tunnel.aliases,
        ["192.0.2.77".parse::<std::net::IpAddr>().unwrap()]
    );
}
