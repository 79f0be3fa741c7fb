//! What the tracker makes of packets, before anyone judges: what is one message, one exchange, one
//! negotiation, one tunnel.

mod support;

use ikescope_analysis::{Flight, Mode, Role};
use ikescope_testkit::dialogue::{Dialogue, Sent, Side::Initiator, Side::Responder};
use ikescope_testkit::message::{Suite, ikev2};
use ikescope_wire::iana::ExchangeType;
use support::scenarios::{REPEATS, established, gw, natted, phase_1, xauth};
use support::{Tap, Told, told, told_of, told_together};

#[test]
fn repeats_are_one_message_with_its_intervals() {
    let told = told(gw().sa_init_request().repeat(&[4.0, 7.2]).wait(60.0));
    let request = told.negotiation(0).exchanges[0].request.as_deref().unwrap();
    assert_eq!(
        (request.sent, request.repeats(), request.duplicates),
        (3, 2, 0)
    );
    let intervals: Vec<i64> = request.intervals().collect();
    assert_eq!(intervals, [4_000_000_000, 7_200_000_000]);
}

#[test]
fn the_same_packet_seen_twice_is_no_repeat() {
    let told = told(gw().sa_init_request().duplicate().wait(60.0));
    let request = told.negotiation(0).exchanges[0].request.as_deref().unwrap();
    assert_eq!((request.sent, request.duplicates), (1, 1));
}

#[test]
fn attempts_that_end_alike_are_one_record_with_a_count() {
    let mut dialogue = gw();
    for _ in 0..5 {
        dialogue
            .sa_init_request()
            .repeat(&REPEATS)
            .wait(30.0)
            .new_attempt();
    }
    let told = told(&dialogue);
    assert_eq!(told.history.tunnels[0].negotiations.len(), 1);
    assert_eq!(told.negotiation(0).attempts, 5);
    assert_eq!(told.negotiation(0).attempt_times.len(), 5);
}

#[test]
fn a_cookie_is_another_request_of_the_same_negotiation() {
    let told = told(gw().sa_init_request().cookie().sa_init_response());
    assert_eq!(told.history.tunnels[0].negotiations.len(), 1);
    let exchanges = &told.negotiation(0).exchanges;
    assert_eq!(exchanges.len(), 2);
    assert!(exchanges.iter().all(|exchange| exchange.is_answered()));
    let sent = exchanges
        .iter()
        .filter_map(|exchange| exchange.request.as_deref());
    assert!(sent.map(|request| request.sent).all(|sent| sent == 1));
}

#[test]
fn the_float_to_udp_4500_keeps_the_negotiation() {
    let told = told(natted().sa_init().auth());
    let negotiation = told.negotiation(0);
    assert_eq!(told.history.tunnels[0].negotiations.len(), 1);
    assert_eq!(negotiation.initiator_ports.len(), 2);
    let auth = negotiation.newest(ExchangeType::IKE_AUTH).unwrap();
    assert!(auth.request.as_deref().unwrap().is_on_port(4500));
}

/// The router sees each packet before and after it rewrote the address; the inner copy is nearer
/// to the initiator and so an alias.
#[test]
fn both_sides_of_a_nat_in_one_capture_are_one_tunnel() {
    let mut dialogue = natted();
    dialogue
        .sa_init()
        .auth()
        .esp(Initiator, 2)
        .esp(Responder, 2)
        .wait(9.0);
    let outside = "203.0.113.9".parse().unwrap();
    let inside: std::net::IpAddr = "10.0.0.5".parse().unwrap();
    let both: Vec<Sent> = dialogue
        .sent()
        .iter()
        .flat_map(|one| {
            let mut copy = one.clone();
            for end in [&mut copy.packet.source, &mut copy.packet.destination] {
                if end.ip() == outside {
                    end.set_ip(inside);
                }
            }
            let outward = one.packet.source.ip() == outside;
            let (mut first, mut second) = if outward {
                (copy, one.clone())
            } else {
                (one.clone(), copy)
            };
            second.time += 50_000;
            second.packet.hop_limit = 63;
            first.packet.hop_limit = 64;
            [first, second]
        })
        .collect();
    let told = told_of(&both, dialogue.now());
    assert_eq!(told.history.tunnels.len(), 1);
    let tunnel = &told.history.tunnels[0];
    assert_eq!(tunnel.negotiations.len(), 1);
    assert_eq!((tunnel.a, &tunnel.aliases[..]), (outside, &[inside][..]));
    assert_eq!(told.ended().0, "established");
    let sent = told
        .negotiation(0)
        .flights()
        .map(|(_, _, flight)| flight.sent);
    assert!(sent.into_iter().all(|sent| sent == 1));
}

#[test]
fn clients_behind_one_nat_have_a_negotiation_each() {
    let client = |port: &str, seed| {
        let mut dialogue = Dialogue::between(&format!("203.0.113.9:{port}"), "198.51.100.2:500");
        dialogue
            .behind_nat(Initiator, "10.0.0.5:500")
            .seed(seed)
            .sa_init()
            .auth();
        dialogue.esp(Initiator, 2).esp(Responder, 2).wait(9.0);
        dialogue
    };
    let told = told_together(&[&client("61500", 1), &client("61600", 2)]);
    let negotiations = told
        .history
        .tunnels
        .iter()
        .flat_map(|tunnel| &tunnel.negotiations);
    assert_eq!(
        negotiations
            .map(|negotiation| negotiation.attempts)
            .sum::<u32>(),
        2
    );
}

#[test]
fn fragments_of_rfc_7383_are_one_message() {
    let inner = [ikev2::identification(ikev2::ID_I, 1, &[1; 900])];
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .request_in_fragments(Initiator, ikev2::IKE_AUTH, &inner, 3);
    dialogue.auth_response();
    let told = told(&dialogue);
    let auth = told.negotiation(0).newest(ExchangeType::IKE_AUTH).unwrap();
    let request = auth.request.as_deref().unwrap();
    assert_eq!(
        (request.sent, request.parts.len(), request.lacks_parts()),
        (1, 3, false)
    );
    assert!(auth.is_answered());
    assert_eq!(request.facts.first_inner().unwrap().0, ikev2::ID_I);
}

/// Main mode whose messages from `first` on come in so many fragments of payload 132.
fn main_mode_in_fragments(first: u8, count: usize) -> Dialogue {
    let mut dialogue = gw();
    for number in 1..=6 {
        if number < first {
            dialogue.main_mode_message(number);
        } else {
            dialogue.main_mode_message_in_fragments(number, count);
        }
    }
    dialogue
}

/// Of a message: sendings, fragments, octets.
type Seen = (u32, usize, u32);

/// Of each exchange its step, its request and its response.
fn steps(told: &Told) -> Vec<(u8, [Seen; 2])> {
    let of = |flight: &Option<Box<Flight>>| {
        let flight = flight.as_deref();
        flight.map_or((0, 0, 0), |flight| {
            (flight.sent, flight.parts.len(), flight.facts.length)
        })
    };
    let exchanges = told.negotiation(0).exchanges.iter();
    exchanges
        .map(|one| (one.step, [of(&one.request), of(&one.response)]))
        .collect()
}

#[test]
fn fragments_of_ikev1_are_one_message_that_is_read_as_a_whole() {
    let in_clear = told(&main_mode_in_fragments(7, 1));
    let whole = steps(&in_clear);
    for (first, count) in [(5, 2), (3, 3), (1, 2)] {
        let told = told(&main_mode_in_fragments(first, count));
        let expected: Vec<_> = whole
            .iter()
            .map(|(step, ends)| {
                let parts = if *step < first { 0 } else { count };
                (*step, ends.map(|(sent, _, length)| (sent, parts, length)))
            })
            .collect();
        assert_eq!(steps(&told), expected, "from message {first} on");
        assert_eq!(told.ended(), in_clear.ended());
        let negotiation = told.negotiation(0);
        assert!(!negotiation.flights().any(|(_, _, one)| one.lacks_parts()));
        let offered = &negotiation.exchanges[0].asked().unwrap().transforms;
        assert!(!offered.is_empty(), "from message {first} on");
    }
}

#[test]
fn fragments_of_ikev1_may_come_in_any_order_and_again() {
    let expected = steps(&told(&main_mode_in_fragments(5, 3)));
    let dialogue = main_mode_in_fragments(5, 3);
    let mut swapped = dialogue.sent().to_vec();
    let times = [swapped[4].time, swapped[6].time];
    swapped.swap(4, 6);
    (swapped[4].time, swapped[6].time) = (times[0], times[1]);
    assert_eq!(steps(&told_of(&swapped, dialogue.now())), expected);
    // The three fragments of message 5 once more, a second later, before message 6 answers.
    let mut again = dialogue.sent().to_vec();
    let repeats: Vec<_> = again[4..7]
        .iter()
        .cloned()
        .map(|mut one| {
            one.time += 1_000_000_000;
            one.packet.identification += 100;
            one
        })
        .collect();
    for one in &mut again[7..] {
        one.time += 2_000_000_000;
    }
    again.splice(7..7, repeats);
    let told = told_of(&again, dialogue.now() + 2_000_000_000);
    let [_, _, (step, [request, response])] = steps(&told)[..] else {
        panic!("{:?}", steps(&told));
    };
    assert_eq!((step, request.0, request.1), (5, 2, 3));
    assert_eq!((response.0, response.1), (1, 3));
}

#[test]
fn a_fragment_of_ikev1_that_is_missing_is_told() {
    for (lost, said) in [(1, "1 and 3 of 3"), (0, "1 and 2"), (2, "2 and 3 of 3")] {
        let mut dialogue = gw();
        for number in 1..=4 {
            dialogue.main_mode_message(number);
        }
        dialogue.main_mode_message_in_fragments(5, 3).lose(lost);
        let told = told(dialogue.wait(60.0));
        assert_eq!(told.ended(), ("stalled", "main_mode_id"));
        assert_eq!(told.cause(), "fragments-dropped", "{said}");
        let finding = told.finding("fragments-dropped").unwrap();
        assert_eq!(
            finding.title,
            format!("only fragment {said} of 192.0.2.1 arrives here.")
        );
    }
}

#[test]
fn the_first_payload_is_known_even_if_the_first_fragment_comes_last() {
    let inner = [ikev2::identification(ikev2::ID_I, 1, &[1; 900])];
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .request_in_fragments(Initiator, ikev2::IKE_AUTH, &inner, 2);
    let mut sent = dialogue.sent().to_vec();
    let last = sent.len() - 1;
    let (one, other) = (sent[last - 1].time, sent[last].time);
    (sent[last - 1].time, sent[last].time) = (other, one);
    sent.swap(last - 1, last);
    let told = told_of(&sent, dialogue.now());
    let auth = told.negotiation(0).newest(ExchangeType::IKE_AUTH).unwrap();
    assert_eq!(auth.asked().unwrap().first_inner().unwrap().0, ikev2::ID_I);
}

#[test]
fn an_ike_rekey_continues_under_new_spis() {
    let mut dialogue = established();
    dialogue.rekey_ike(Initiator).dpd(Initiator).dpd(Responder);
    let told = told(&dialogue);
    let negotiation = told.negotiation(0);
    assert_eq!(told.history.tunnels[0].negotiations.len(), 1);
    assert_eq!(negotiation.successors.len(), 1);
    let newer = negotiation
        .exchanges
        .iter()
        .filter(|exchange| exchange.generation == 1);
    assert_eq!(newer.count(), 2);
}

#[test]
fn message_ids_of_both_ends_are_kept_apart() {
    let mut dialogue = established();
    dialogue.dpd(Responder).dpd(Responder).dpd(Initiator);
    let told = told(&dialogue);
    let of = |role| {
        let informational = told.negotiation(0).of_type(ExchangeType::INFORMATIONAL);
        informational
            .filter(move |exchange| exchange.from == role)
            .count()
    };
    assert_eq!((of(Role::Initiator), of(Role::Responder)), (1, 2));
}

#[test]
fn main_mode_and_quick_mode_have_their_steps() {
    let mut dialogue = phase_1();
    let told = told(dialogue.quick_mode().esp(Initiator, 1).esp(Responder, 1));
    let negotiation = told.negotiation(0);
    assert_eq!(negotiation.mode, Mode::Main);
    let steps: Vec<(u8, bool)> = negotiation
        .exchanges
        .iter()
        .map(|exchange| (exchange.step, exchange.is_answered()))
        .collect();
    assert_eq!(
        steps,
        [(1, true), (3, true), (5, true), (1, true), (3, false)]
    );
}

#[test]
fn xauth_is_asked_by_the_responder() {
    let told = told(&xauth());
    let transactions: Vec<_> = told
        .negotiation(0)
        .of_type(ExchangeType::TRANSACTION)
        .collect();
    assert_eq!(transactions.len(), 2);
    let whole = |exchange: &&ikescope_analysis::Exchange| {
        exchange.from == Role::Responder && exchange.is_answered()
    };
    assert!(transactions.iter().all(whole));
}

#[test]
fn a_capture_that_begins_within_a_negotiation_says_so() {
    let mut dialogue = established();
    let late = dialogue.sent()[3..].to_vec();
    dialogue.wait(9.0);
    let told = told_of(&late, dialogue.now());
    assert!(!told.negotiation(0).seen_from_start);
    assert_eq!(told.negotiation(0).initiator.to_string(), "192.0.2.1:500");
    assert_eq!(told.ended().0, "established");
}

#[test]
fn what_arrives_in_the_wrong_order_is_put_in_order() {
    let dialogue = established();
    let mut sent = dialogue.sent().to_vec();
    sent.reverse();
    let told = told_of(&sent, dialogue.now());
    assert_eq!(told.ended().0, "established");
    assert!(told.negotiation(0).seen_from_start);
}

#[test]
fn a_cut_capture_still_shows_headers_and_the_first_payload_inside() {
    let mut dialogue = gw();
    dialogue
        .suite(Suite::AES_CBC_SHA2_256)
        .sa_init()
        .auth_request()
        .auth_error()
        .wait(60.0);
    let told = Tap::new().keeping(54).all(&dialogue);
    let auth = told.negotiation(0).newest(ExchangeType::IKE_AUTH).unwrap();
    let answer = auth.answered().unwrap();
    assert_eq!(
        (answer.length, answer.first_inner().unwrap().0),
        (80, ikev2::NOTIFY)
    );
    assert_eq!(told.ended(), ("rejected", "auth"));
}

#[test]
fn ike_over_tcp_is_followed_like_any_other() {
    let mut dialogue = Dialogue::between("192.0.2.1:40000", "198.51.100.2:4500");
    dialogue
        .connect()
        .sa_init()
        .auth()
        .esp(Initiator, 2)
        .esp(Responder, 2)
        .wait(9.0);
    let told = told(&dialogue);
    assert_eq!(told.ended(), ("established", "none"));
}

#[test]
fn what_is_sent_straight_back_does_not_rename_the_ends() {
    let mut dialogue = gw();
    dialogue.sa_init_request();
    let octets = dialogue.payloads()[0].to_vec();
    dialogue
        .hop_limit(Responder, 57)
        .datagram(Responder, &octets)
        .wait(60.0);
    let told = told(&dialogue);
    let tunnel = &told.history.tunnels[0];
    assert_eq!(
        (tunnel.a.to_string(), tunnel.b.to_string()),
        ("192.0.2.1".into(), "198.51.100.2".into())
    );
    assert_eq!(
        (told.ended(), told.cause()),
        (("stalled", "sa_init"), "reflected")
    );
}
