//! No claim without its evidence: take away the packets that carry a claim, or add the one that
//! refutes it, and the rule falls silent.

mod support;

use std::collections::BTreeSet;

use ikescope_analysis::RULES;
use ikescope_testkit::dialogue::{Dialogue, Side::Initiator, Side::Responder};
use ikescope_testkit::frame::TcpFlags;
use ikescope_testkit::message::{Payload, ikev1, ikev2};
use support::scenarios::{
    CASES, REPEATS, accepted_child, address_asked, asked, beside, dialled_in, eap, eap_payload,
    established, gw, half_open, main_mode_up_to, natted, over_tcp, phase_1, radius, reflected,
    transaction, unreachable, xauth,
};
use support::told;

/// Each scenario of the catalogue holds just what its claim needs, so nothing else is left to
/// carry it.
#[test]
fn without_the_packets_that_carry_it_no_claim_is_made() {
    let stubborn: Vec<String> = CASES
        .iter()
        .filter_map(|case| {
            let told = (case.fires)().without_evidence_of(case.rule);
            told.finding(case.rule)
                .map(|finding| format!("{}: {}", case.rule, finding.title))
        })
        .collect();
    assert!(stubborn.is_empty(), "{stubborn:#?}");
}

/// A claim that something is missing, and what would have to come to refute it.
struct Absence {
    rule: &'static str,
    so_far: fn() -> Dialogue,
    /// For how long the capture goes on, seconds.
    goes_on: f64,
    refute: fn(&mut Dialogue),
}

macro_rules! absences {
    ($($rule:literal: $so_far:expr, for $goes_on:literal s, until $refute:expr;)*) => {
        const ABSENCES: &[Absence] = &[$(Absence {
            rule: $rule,
            so_far: || $so_far.clone(),
            goes_on: $goes_on,
            refute: |dialogue| {
                let refute: fn(&mut Dialogue) -> &mut Dialogue = $refute;
                refute(dialogue);
            },
        }),*];
    };
}

absences! {
    "capture-gap": gw().sa_init_request(), for 1.0 s, until |one| both_ways(one.sa_init_response().auth());
    "one-sided-capture": gw().sa_init().lose(0).auth_request(), for 60.0 s, until |one| one.auth_response();
    "sa-init-unanswered": gw().sa_init_request().repeat(&REPEATS), for 60.0 s,
        until |one| one.sa_init_response();
    "sa-init-answer-not-received": beside(Responder).sa_init().repeat_answered(&REPEATS), for 60.0 s,
        until |one| one.auth();
    "sa-init-answer-rejected": beside(Initiator).sa_init().repeat_answered(&REPEATS), for 60.0 s,
        until |one| one.auth();
    "main-mode-sa-unanswered": gw().main_mode_message(1).repeat(&REPEATS), for 60.0 s,
        until |one| one.main_mode_message(2);
    "main-mode-sa-answer-not-received":
        gw().main_mode_message(1).main_mode_message(2).repeat_answered(&REPEATS), for 60.0 s,
        until |one| one.main_mode_message(3);
    "aggressive-unanswered": gw().aggressive_mode_message(1).repeat(&REPEATS), for 60.0 s,
        until |one| one.aggressive_mode_message(2).aggressive_mode_message(3);
    "udp-4500-blocked": natted().sa_init().auth_request().repeat(&REPEATS), for 60.0 s,
        until |one| one.auth_response();
    "udp-4500-blocked": natted().hop_limit(Responder, 64).hop_limit(Initiator, 57).sa_init(), for 60.0 s,
        until |one| one.auth_request();
    "fragments-dropped": gw().sa_init().auth_request().fragmented(200).repeat(&REPEATS), for 60.0 s,
        until |one| one.auth_response();
    "half-open-limit": half_open(3).sa_init_request().repeat(&REPEATS), for 60.0 s,
        until |one| one.sa_init_response();
    "port-unreachable": unreachable((3, 3)), for 60.0 s, until |one| one.sa_init_response();
    "host-unreachable": unreachable((3, 1)), for 60.0 s, until |one| one.sa_init_response();
    "admin-prohibited": unreachable((3, 13)), for 60.0 s, until |one| one.sa_init_response();
    "tcp-refused": over_tcp().tcp_segment(Initiator, TcpFlags::SYN, &[]).repeat(&[1.0, 2.0]), for 60.0 s,
        until |one| one.tcp_segment(Responder, TcpFlags::SYN_ACK, &[]);
    "reflected": reflected(), for 60.0 s, until |one| one.sa_init_response();
    "no-proposal-chosen": gw().sa_init_request().sa_init_error(14, &[]), for 60.0 s,
        until |one| one.sa_init_response();
    "ke-group-mismatch": gw().sa_init_request().sa_init_error(ikev2::INVALID_KE_PAYLOAD, &[0, 19]),
        for 60.0 s, until |one| one.sa_init_response();
    "repeated-ke": main_mode_up_to(3).repeat(&REPEATS), for 60.0 s, until |one| one.main_mode_message(4);
    "repeated-ke": main_mode_up_to(4).repeat(&[1.0, 2.0, 4.0]), for 60.0 s,
        until |one| one.main_mode_message(5);
    "cookie-loop": gw().sa_init_request().cookie().sa_init_error(ikev2::COOKIE, &[7; 16]), for 60.0 s,
        until |one| one.sa_init_response();
    "auth-unanswered": gw().sa_init().auth_request().repeat(&REPEATS), for 60.0 s,
        until |one| one.auth_response();
    "auth-answer-not-received": beside(Responder).sa_init().auth().repeat_answered(&REPEATS), for 60.0 s,
        until |one| one.dpd(Initiator);
    "auth-answer-rejected": beside(Initiator).sa_init().auth().repeat_answered(&REPEATS), for 60.0 s,
        until |one| one.dpd(Initiator);
    "authentication-failed": gw().sa_init().auth_request().auth_error(), for 60.0 s, until both_ways;
    "psk-mismatch": main_mode_up_to(5).repeat(&REPEATS), for 60.0 s, until |one| one.main_mode_message(6);
    "initiator-refused": gw().sa_init().auth()
            .request(Initiator, ikev2::INFORMATIONAL, &[ikev2::notify(24, &[])]), for 60.0 s,
        until |one| both_ways(one.respond(Responder, &[]));
    "auth-never-sent": gw().sa_init(), for 60.0 s, until |one| one.auth_request();
    "eap-failed": eap().respond(Responder, &[eap_payload(4)]), for 60.0 s,
        until |one| one.request(Initiator, ikev2::IKE_AUTH, &[ikev2::auth(2, &[0; 32])])
            .respond(Responder, &[ikev2::auth(2, &[0; 32]), Payload::new(ikev2::SA, [0; 100])]);
    "xauth-failed": xauth(), for 60.0 s, until |one| one.quick_mode();
    "mode-config-unanswered": address_asked().repeat(&REPEATS), for 60.0 s,
        until |one| { transaction(one, Responder, 9); one };
    "next-message-missing": gw().sa_init_request().sa_init_error(ikev2::COOKIE, &[7; 16]), for 60.0 s,
        until |one| one.cookie();
    "next-message-missing": gw().main_mode_message(1).main_mode_message(2), for 60.0 s,
        until |one| one.main_mode_message(3);
    "next-message-missing": gw().aggressive_mode_message(1).aggressive_mode_message(2), for 60.0 s,
        until |one| one.aggressive_mode_message(3);
    "next-message-missing": phase_1().quick_mode_message(1).quick_mode_message(2), for 60.0 s,
        until |one| one.quick_mode_message(3);
    "quick-mode-never-sent": phase_1(), for 60.0 s, until |one| one.quick_mode_message(1);
    "radius-unanswered": eap().packet(Responder, radius(1)), for 60.0 s,
        until |one| one.packet(Initiator, radius(11));
    "child-refused": gw().sa_init().auth_request().auth_response_without_child(38), for 60.0 s,
        until both_ways;
    "quick-mode-refused": phase_1().quick_mode_message(1)
            .ikev1_informational(Responder, ikev1::notification(3, &[0; 4], 14, &[])), for 60.0 s,
        until |one| one.quick_mode_message(2).quick_mode_message(3);
    "quick-mode-unanswered": phase_1().quick_mode_message(1).repeat(&REPEATS), for 60.0 s,
        until |one| one.quick_mode_message(2).quick_mode_message(3);
    "quick-mode-3-lost": phase_1().quick_mode_message(1).quick_mode_message(2).repeat(&[1.0, 2.0]),
        for 60.0 s, until |one| one.quick_mode_message(3);
    "peer-gone": asked(&established()).repeat(&REPEATS), for 60.0 s, until |one| one.respond(Responder, &[]);
    "dpd-answer-not-received": established().dpd(Initiator).repeat_answered(&REPEATS), for 60.0 s,
        until |one| one.dpd(Initiator);
    "ike-daemon-gone": asked(&established()).repeat(&REPEATS).esp(Responder, 2), for 60.0 s,
        until |one| one.respond(Responder, &[]);
    "rekey-unanswered": established().rekey_child_request(Initiator).repeat(&REPEATS).esp(Responder, 3),
        for 60.0 s, until |one| one.respond(Responder, &accepted_child());
    "rekey-refused": established().rekey_child_request(Initiator).respond(Responder, &[ikev2::notify(14, &[])]),
        for 60.0 s, until |one| one.rekey_child(Initiator);
    "initiator-refused": anew(3), for 60.0 s, until both_ways;
    "closed-soon": dialled_in(3.0), for 60.0 s, until |one| both_ways(one.quick_mode());
    "esp-missing": gw().sa_init().auth(), for 60.0 s, until |one| one.esp(Initiator, 1);
    "esp-one-way": gw().sa_init().auth().esp(Initiator, 2).wait(3.0).esp(Initiator, 2), for 60.0 s,
        until |one| one.esp(Responder, 1);
}

fn both_ways(dialogue: &mut Dialogue) -> &mut Dialogue {
    dialogue.esp(Initiator, 1).esp(Responder, 1)
}

/// Attempts that are accepted, and followed by nothing but the next one.
fn anew(count: usize) -> Dialogue {
    let mut dialogue = gw();
    dialogue.sa_init().auth();
    for _ in 1..count {
        dialogue.wait(5.0).new_attempt().sa_init().auth();
    }
    dialogue
}

/// What these claim was said or seen; of the crowds and the black hole, the quiet scenario of the
/// catalogue is the refutation.
const SAID_OR_SEEN: &[&str] = &[
    "duplicate-frames",
    "cut-by-snaplen",
    "out-of-order",
    "not-decrypted",
    "psk-checked",
    "nat-detected",
    "half-open-flood",
    "scan",
    "simultaneous-initiation",
    "nat-mapping-expired",
    "nat-disagreement",
    "nat-mapping-changed",
    "radius-rejected",
    "flawed-proposal",
    "invalid-ke-payload",
    "cookie-required",
    "redirected",
    "version-mismatch",
    "peer-not-configured",
    "refused-for-other-reason",
    "child-no-proposal-chosen",
    "ts-unacceptable",
    "no-ipsec-sa",
    "certificate-expired",
    "certificate-usage",
    "certificate-name",
    "certificate-authority",
    "ts-narrowed",
    "lifetime-changed",
    "rekey-collision",
    "mtu-black-hole",
    "path-mtu-exceeded",
    "outside-selectors",
    "weak-crypto",
];

#[test]
fn what_would_refute_an_absence_does() {
    let mut wrong = Vec::new();
    for absence in ABSENCES {
        let seconds = absence.goes_on;
        let mut missing = (absence.so_far)();
        let mut refuted = missing.clone();
        (absence.refute)(&mut refuted);
        let [missing, refuted] =
            [&mut missing, &mut refuted].map(|dialogue| told(dialogue.wait(seconds)));
        if missing.finding(absence.rule).is_none() {
            wrong.push(format!("{} is silent: {:?}", absence.rule, missing.ended()));
        }
        if let Some(finding) = refuted.finding(absence.rule) {
            wrong.push(format!("{} is still told: {}", absence.rule, finding.title));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A restarted peer does not answer in the old SA any more.
#[test]
fn a_peer_that_still_answers_in_the_old_sa_has_not_restarted() {
    let mut asked = asked(&established());
    let answer = asked.clone().respond(Responder, &[]).sent().last().cloned();
    let answer = answer.expect("an answer").packet;
    asked.repeat(&REPEATS).new_attempt().new_child_spis();
    both_ways(asked.sa_init().auth());
    let mut answered = asked.clone();
    answered.packet(Responder, answer);
    let [silent, answered] = [&mut asked, &mut answered].map(|one| told(one.wait(60.0)));
    assert!(silent.finding("peer-restarted").is_some());
    assert!(answered.finding("peer-restarted").is_none());
}

#[test]
fn every_rule_is_either_about_an_absence_or_about_what_was_said() {
    let absent = ABSENCES.iter().map(|absence| absence.rule);
    let told: BTreeSet<&str> = absent
        .chain(SAID_OR_SEEN.iter().copied())
        .chain(["peer-restarted"])
        .collect();
    let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(told, rules);
}

/// Floods, scans and black holes: their quiet scenario is the same capture and what was missing.
#[test]
fn quiet_scenarios_of_crowds_add_what_was_missing() {
    for rule in ["half-open-flood", "scan", "mtu-black-hole"] {
        let case = CASES.iter().find(|case| case.rule == rule).expect(rule);
        let [fires, quiet] = [(case.fires)(), (case.quiet)()];
        assert!(quiet.packets() > fires.packets(), "{rule}");
    }
}
