//! For every rule a dialogue on which it fires, and one that looks much the same on which it must
//! stay quiet.

use ikescope_analysis::Limits;
use ikescope_testkit::dialogue::{Dialogue, Side, Side::Initiator, Side::Responder};
use ikescope_testkit::frame::{Packet, TcpFlags};
use ikescope_testkit::message::ikev2::{Proposal, Transform};
use ikescope_testkit::message::{Attribute, Message, Payload, Suite, ikev1, ikev2};
use ikescope_wire::statement::Listed;

use super::certificates::{GATEWAY, Gateway, gateway};
use super::keys::Script;
use super::{Tap, Told, told, told_of, told_together};

/// A rule and its two scenarios.
pub(crate) struct Case {
    pub(crate) rule: &'static str,
    pub(crate) fires: fn() -> Told,
    pub(crate) quiet: fn() -> Told,
}

/// A tunnel in a list of a device, with so many IPsec SAs.
fn listed(sas: u64) -> Told {
    Tap::with_list(&[Listed::Heading, Listed::Selector { sas }]).finish(0)
}

macro_rules! cases {
    ($($rule:literal: $fires:expr, quiet $quiet:expr;)*) => {
        /// One per rule of the catalogue.
        pub(crate) const CASES: &[Case] = &[$(Case { rule: $rule, fires: || $fires, quiet: || $quiet }),*];
    };
}

cases! {
    "capture-gap": told(gw().sa_init_request().wait(1.0)), quiet told(&established());
    "one-sided-capture": one_sided(&established(), Initiator),
        quiet told(gw().sa_init_request().repeat(&REPEATS).wait(60.0));
    "duplicate-frames": told(gw().sa_init_request().duplicate().sa_init_response().auth()),
        quiet told(gw().sa_init_request().repeat(&[4.0]).sa_init_response().auth());
    "cut-by-snaplen": Tap::new().keeping(60).all(gw().sa_init_request()), quiet told(&established());
    "out-of-order": shuffled(2), quiet shuffled(1000);
    "not-decrypted": Tap::with_keys(Script::closed(1, true)).all(&established()),
        quiet Tap::with_keys(Script::default()).all(&established());
    "psk-checked": Tap::with_keys(Script::default().proves(1, false, false)).all(&established()),
        quiet Tap::with_keys(Script::default()).all(&established());
    "sa-init-unanswered": told(gw().sa_init_request().repeat(&REPEATS).wait(60.0)),
        quiet told(gw().sa_init_request().repeat(&[4.0, 7.2]).sa_init_response().auth().wait(60.0));
    "sa-init-answer-not-received":
        told(beside(Responder).sa_init().repeat_answered(&REPEATS).wait(60.0)),
        quiet told(beside(Responder).sa_init().repeat_answered(&[1.0, 2.0]).auth().wait(60.0));
    "main-mode-sa-unanswered": told(gw().main_mode_message(1).repeat(&REPEATS).wait(60.0)),
        quiet told(gw().main_mode_message(1).repeat(&[4.0]).main_mode_message(2).wait(1.0));
    "main-mode-sa-answer-not-received":
        told(gw().main_mode_message(1).main_mode_message(2).repeat_answered(&REPEATS).wait(60.0)),
        quiet told(gw().main_mode_message(1).repeat(&REPEATS).wait(60.0));
    "aggressive-unanswered": told(gw().aggressive_mode_message(1).repeat(&REPEATS).wait(60.0)),
        quiet told(gw().aggressive_mode().quick_mode().wait(60.0));
    "sa-init-answer-rejected":
        told(beside(Initiator).sa_init().repeat_answered(&REPEATS).wait(60.0)),
        quiet told(beside(Responder).sa_init().repeat_answered(&REPEATS).wait(60.0));
    "udp-4500-blocked": told(natted().sa_init().auth_request().repeat(&REPEATS).wait(60.0)),
        quiet told(gw().sa_init().auth_request().repeat(&REPEATS).wait(60.0));
    "fragments-dropped":
        told(gw().sa_init().auth_request().fragmented(200).repeat(&REPEATS).wait(60.0)),
        quiet told(gw().sa_init().auth_request().repeat(&REPEATS).wait(60.0));
    "nat-detected": told(natted().sa_init()), quiet told(gw().sa_init());
    "half-open-limit": silent_after_half_open(3), quiet silent_after_half_open(1);
    "port-unreachable": told(&unreachable((3, 3))),
        quiet told(gw().sa_init_request().icmp_error(PEER, (3, 3)).sa_init_response().auth());
    "host-unreachable": told(&unreachable((3, 1))), quiet told(&unreachable((3, 3)));
    "admin-prohibited": told(&unreachable((3, 13))), quiet told(&unreachable((3, 1)));
    "tcp-refused": told(
            over_tcp()
                .tcp_segment(Initiator, TcpFlags::SYN, &[])
                .tcp_segment(Responder, TcpFlags::RST, &[])
                .wait(1.0)
                .tcp_segment(Initiator, TcpFlags::SYN, &[])
                .tcp_segment(Responder, TcpFlags::RST, &[])
                .wait(10.0)
        ),
        quiet told(over_tcp().connect().sa_init().auth().wait(10.0));
    "reflected": told(&reflected()), quiet told(gw().sa_init_request().repeat(&REPEATS).wait(60.0));
    "half-open-flood": from_many(30, |one| one.sa_init()),
        quiet from_many(30, |one| one.sa_init().auth());
    "scan": to_many(8, |one| one.sa_init_request()),
        quiet to_many(8, |one| one.sa_init_request().repeat(&REPEATS));
    "simultaneous-initiation": both_initiate(0.005), quiet both_initiate(5.0);
    "nat-mapping-expired":
        told(natted_up().wait(300.0).esp(Responder, 1).icmp_error("203.0.113.9", (3, 3)).wait(9.0)),
        quiet told(natted_up().wait(300.0).esp(Responder, 1).esp(Initiator, 1).wait(9.0));
    "nat-mapping-changed": told(&rebound("203.0.113.9:62001")),
        quiet told(&rebound("203.0.113.9:61501"));
    "nat-disagreement": told(&encapsulated(true)), quiet told(&encapsulated(false));
    "no-proposal-chosen": told(gw().sa_init_request().sa_init_error(14, &[]).wait(60.0)),
        quiet told(gw().sa_init().wait(60.0));
    "invalid-ke-payload":
        told(gw().sa_init_request().invalid_ke(19).sa_init_response().auth().wait(60.0)),
        quiet told(gw().sa_init().auth().wait(60.0));
    "ke-group-mismatch":
        told(gw().sa_init_request().sa_init_error(ikev2::INVALID_KE_PAYLOAD, &[0, 19]).wait(60.0)),
        quiet told(gw().sa_init_request().invalid_ke(19).sa_init_response().auth().wait(60.0));
    "repeated-ke": told(main_mode_up_to(3).repeat(&REPEATS).wait(60.0)),
        quiet told(main_mode_up_to(3).repeat(&[4.0]).main_mode_message(4).main_mode_message(5));
    "cookie-required": told(gw().sa_init_request().cookie().sa_init_response().auth()),
        quiet told(gw().sa_init().auth());
    "cookie-loop": told(
            gw().sa_init_request().cookie().sa_init_error(ikev2::COOKIE, &[7; 16]).wait(60.0)
        ),
        quiet told(gw().sa_init_request().cookie().sa_init_response().auth().wait(60.0));
    "redirected": told(gw().sa_init_request().sa_init_error(16407, &GATEWAY_IDENT).wait(60.0)),
        quiet told(gw().sa_init_request().sa_init_error(14, &[]).wait(60.0));
    "version-mismatch": told(gw().sa_init_request().sa_init_error(5, &[]).wait(60.0)),
        quiet told(gw().sa_init_request().sa_init_error(14, &[]).wait(60.0));
    "peer-not-configured": refused_beside_accepted(Suite::AES_CBC_SHA2_256),
        quiet refused_beside_accepted(Suite::AES_GCM_16);
    "refused-for-other-reason": told(gw().sa_init_request().sa_init_error(7, &[]).wait(60.0)),
        quiet told(gw().sa_init_request().sa_init_error(14, &[]).wait(60.0));
    "next-message-missing": told(gw().main_mode_message(1).main_mode_message(2).wait(60.0)),
        quiet told(gw().main_mode_message(1).main_mode_message(2).main_mode_message(3).wait(60.0));
    "next-message-missing":
        told(gw().sa_init_request().sa_init_error(ikev2::COOKIE, &[7; 16]).wait(60.0)),
        quiet told(gw().sa_init_request().cookie().wait(60.0));
    "flawed-proposal": told(&offering(1, None)), quiet told(&offering(8, Some(256)));
    "auth-unanswered": told(gw().sa_init().auth_request().repeat(&REPEATS).wait(60.0)),
        quiet told(gw().sa_init().auth_request().repeat(&[4.0, 7.2]).auth_response().wait(60.0));
    "auth-answer-not-received":
        told(beside(Responder).sa_init().auth().repeat_answered(&REPEATS).wait(60.0)),
        quiet told(beside(Responder).sa_init().auth().repeat_answered(&[1.0]).dpd(Initiator));
    "authentication-failed": told(gw().sa_init().auth_request().auth_error().wait(60.0)),
        quiet told(gw().sa_init().auth_request().auth_response_without_child(38).wait(60.0));
    "psk-mismatch": told(
            main_mode_up_to(5)
                .ikev1_informational(Responder, ikev1::notification(1, &[], 16, &[]))
                .wait(60.0)
        ),
        quiet told(natted_main_mode_up_to(5).repeat(&REPEATS).wait(60.0));
    "auth-answer-rejected":
        told(beside(Initiator).sa_init().auth().repeat_answered(&REPEATS).wait(60.0)),
        quiet told(beside(Responder).sa_init().auth().repeat_answered(&REPEATS).wait(60.0));
    "initiator-refused": told(
            gw().sa_init()
                .auth()
                .request(Initiator, ikev2::INFORMATIONAL, &[ikev2::notify(24, &[])])
                .respond(Responder, &[])
                .wait(60.0)
        ),
        quiet told(gw().sa_init().auth().wait(1.4).delete_ike(Initiator).wait(60.0));
    "auth-never-sent": told(gw().sa_init().wait(60.0)), quiet told(gw().sa_init().auth_request());
    "eap-failed": told(eap().respond(Responder, &[eap_payload(4)]).wait(60.0)),
        quiet told(
            eap()
                .respond(Responder, &[eap_payload(4)])
                .request(Initiator, ikev2::IKE_AUTH, &[ikev2::auth(2, &[0; 32])])
                .respond(Responder, &[ikev2::auth(2, &[0; 32]), Payload::new(ikev2::SA, [0; 100])])
                .esp(Initiator, 1)
                .esp(Responder, 1)
        );
    "xauth-failed": told(user_asked().wait(60.0)),
        quiet told(xauth().quick_mode().wait(60.0));
    "mode-config-unanswered": told(address_asked().repeat(&REPEATS).wait(60.0)),
        quiet told(user_asked().repeat(&REPEATS).wait(60.0));
    "radius-rejected": told(&asked_radius(Some(3))), quiet told(&asked_radius(Some(2)));
    "radius-unanswered": told(&asked_radius(None)), quiet told(&asked_radius(Some(2)));
    "child-no-proposal-chosen":
        told(phase_1().quick_mode_message(1).ikev1_notification(Responder, 14).wait(60.0)),
        quiet told(phase_1().quick_mode_message(1).ikev1_notification(Responder, 18).wait(60.0));
    "ts-unacceptable":
        told(phase_1().quick_mode_message(1).ikev1_notification(Responder, 18).wait(60.0)),
        quiet told(phase_1().quick_mode_message(1).ikev1_notification(Responder, 14).wait(60.0));
    "quick-mode-refused": told(
            phase_1()
                .quick_mode_message(1)
                .ikev1_informational(Responder, ikev1::notification(3, &[0; 4], 14, &[]))
                .wait(60.0)
        ),
        quiet told(phase_1().quick_mode().ikev1_dpd(Responder).wait(60.0));
    "child-refused": told(gw().sa_init().auth_request().auth_response_without_child(38).wait(60.0)),
        quiet told(gw().sa_init().auth().wait(60.0));
    "quick-mode-unanswered": told(phase_1().quick_mode_message(1).repeat(&REPEATS).wait(60.0)),
        quiet told(phase_1().quick_mode().wait(60.0));
    "quick-mode-3-lost": told(&third_lost(true)), quiet told(&third_lost(false));
    "quick-mode-never-sent": told(phase_1().wait(60.0)), quiet told(phase_1().quick_mode().wait(60.0));
    "no-ipsec-sa": listed(0), quiet listed(1);
    "peer-gone": told(asked(&established()).repeat(&REPEATS).wait(60.0)),
        quiet told(asked(&established()).repeat(&[4.0]).respond(Responder, &[]).wait(60.0));
    "dpd-answer-not-received":
        told(established().dpd(Initiator).repeat_answered(&REPEATS).wait(60.0)),
        quiet told(established().dpd(Initiator).repeat_answered(&[1.0]).dpd(Initiator).wait(60.0));
    "ike-daemon-gone": told(
            asked(&established()).repeat(&REPEATS).esp(Initiator, 2).esp(Responder, 2).wait(60.0)
        ),
        quiet told(asked(&established()).repeat(&REPEATS).esp(Initiator, 2).wait(60.0));
    "peer-restarted": told(
            asked(&established())
                .repeat(&REPEATS)
                .new_attempt()
                .new_child_spis()
                .sa_init()
                .auth()
                .esp(Initiator, 3)
                .esp(Responder, 3)
                .wait(60.0)
        ),
        quiet told(asked(&established()).repeat(&REPEATS).wait(60.0));
    "certificate-expired": gateway(&["subject=CN=gw until=1 dns=vpn.example.com"], 1).refused(),
        quiet gateway(&[GATEWAY], 1).refused();
    "certificate-usage":
        gateway(&["subject=CN=gw use=clientAuth dns=vpn.example.com"], 1).refused(),
        quiet gateway(&["subject=CN=gw use=clientAuth dns=vpn.example.com"], 1).accepted();
    "certificate-name": Gateway { identity: "other.example.com", ..gateway(&[GATEWAY], 1) }.refused(),
        quiet gateway(&[GATEWAY], 1).refused();
    "certificate-authority":
        gateway(&[GATEWAY, "subject=CN=ca issuer=CN=ca key=2"], 3).refused(),
        quiet gateway(&[GATEWAY, "subject=CN=ca issuer=CN=ca key=2"], 2).refused();
    "ts-narrowed": networks_granted("10.2.0.127"), quiet networks_granted("10.2.0.255");
    "lifetime-changed": lifetime_set(600), quiet lifetime_set(3600);
    "rekey-refused": told(
            established()
                .rekey_child_request(Initiator)
                .respond(Responder, &[ikev2::notify(14, &[])])
                .esp(Initiator, 3)
                .esp(Responder, 3)
                .wait(60.0)
        ),
        quiet told(established().rekey_child(Initiator).esp(Initiator, 3).esp(Responder, 3).wait(9.0));
    "rekey-unanswered": told(
            established().rekey_child_request(Initiator).repeat(&REPEATS).esp(Responder, 3).wait(60.0)
        ),
        quiet told(established().rekey_child_request(Initiator).repeat(&REPEATS).wait(60.0));
    "rekey-collision": told(
            established()
                .rekey_child_request(Initiator)
                .rekey_child_request(Responder)
                .respond(Responder, &accepted_child())
                .respond(Initiator, &[ikev2::notify(43, &[])])
                .wait(9.0)
        ),
        quiet told(established().rekey_child(Initiator).rekey_child(Responder).wait(9.0));
    "esp-missing": told(gw().sa_init().auth().wait(60.0)), quiet told(&established());
    "esp-one-way": told(
            gw().sa_init().auth().esp(Initiator, 2).wait(3.0).esp(Initiator, 2).wait(60.0)
        ),
        quiet told(&established());
    "mtu-black-hole": told(&large_packets(false)), quiet told(&large_packets(true));
    "path-mtu-exceeded":
        told(established().esp_around(Initiator, 1400).icmp_error(ROUTER, (3, 4)).wait(9.0)),
        quiet told(established().esp_around(Initiator, 1400).esp(Responder, 1).wait(9.0));
    "closed-soon": told(dialled_in(3.0).wait(60.0)), quiet told(dialled_in(300.0).wait(60.0));
    "outside-selectors": carrying([10, 1, 0, 9], [10, 3, 0, 1]),
        quiet carrying([10, 1, 0, 9], [10, 2, 0, 1]);
    "weak-crypto": told(gw().suite(Suite::TRIPLE_DES_SHA1).group(2).sa_init_request()),
        quiet told(gw().sa_init());
}

/// A tunnel to 10.2.0.0/24 whose responder grants the addresses up to this one.
fn networks_granted(last: &str) -> Told {
    let network = |payload_type, first: &str, last: &str| {
        let address = |text: &str| text.parse().expect("an address");
        ikev2::traffic_selector(payload_type, address(first), address(last))
    };
    let esp = Proposal::new(1, ikev2::PROTOCOL_ESP).with(Transform::new(ikev2::ENCR, 20));
    let of = |last| {
        [
            ikev2::sa(std::slice::from_ref(&esp)),
            network(ikev2::TS_I, "10.1.0.0", "10.1.0.255"),
            network(ikev2::TS_R, "10.2.0.0", last),
        ]
    };
    let (asked, granted) = (of("10.2.0.255"), of(last));
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .request(Initiator, ikev2::IKE_AUTH, &asked)
        .respond(Responder, &granted)
        .esp(Initiator, 3)
        .esp(Responder, 3);
    let script = Script::default()
        .opens(1, false, &asked)
        .opens(1, true, &granted);
    Tap::with_keys(script).all(dialogue.wait(9.0))
}

/// Quick mode offers an IPsec SA for 3600 s; RESPONDER-LIFETIME sets so many seconds.
fn lifetime_set(seconds: u16) -> Told {
    const RESPONDER_LIFETIME: u16 = 24576;
    let esp = ikev1::Transform::new(1, 12)
        .attribute(Attribute::Tv(1, 1))
        .attribute(Attribute::Tv(2, 3600));
    let sa = ikev1::sa(&[ikev1::Proposal::new(1, 3).spi(&[1, 2, 3, 4]).with(esp)]);
    let lifetime = [Attribute::Tv(1, 1), Attribute::Tv(2, seconds)];
    let lifetime = lifetime
        .iter()
        .flat_map(Attribute::octets)
        .collect::<Vec<_>>();
    let answered = [
        sa.clone(),
        ikev1::notification(3, &[1, 2, 3, 4], RESPONDER_LIFETIME, &lifetime),
    ];
    let mut dialogue = phase_1();
    dialogue.quick_mode_message(1);
    let request = dialogue.payloads().last().expect("a message").to_vec();
    let id = u32::from_be_bytes(request[20..24].try_into().expect("a message ID"));
    dialogue.quick_mode_message(2).quick_mode_message(3);
    // The script tells messages of IKEv1 by their ID alone: which of them it is, by their order.
    let script = Script::default().opens(id, false, &[sa]).then(&answered);
    Tap::with_keys(script).all(dialogue.wait(9.0))
}

/// strongSwan's intervals, in seconds.
pub(crate) const REPEATS: [f64; 4] = [4.0, 7.2, 13.0, 23.3];
/// The responder of [`gw`].
pub(crate) const PEER: &str = "198.51.100.2";
/// A router on the way.
pub(crate) const ROUTER: &str = "192.0.2.254";
/// GW Ident Type 1, length 4, 203.0.113.7, and a nonce (RFC 5685 §7.2).
const GATEWAY_IDENT: [u8; 22] = [
    1, 4, 203, 0, 113, 7, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
];

pub(crate) fn gw() -> Dialogue {
    Dialogue::between("192.0.2.1:500", "198.51.100.2:500")
}

/// A tap beside one end: the packets of the other have passed seven routers.
pub(crate) fn beside(side: Side) -> Dialogue {
    let mut dialogue = gw();
    dialogue.hop_limit(side, 64).hop_limit(side.other(), 57);
    dialogue
}

/// An initiator behind NAT.
pub(crate) fn natted() -> Dialogue {
    let mut dialogue = Dialogue::between("203.0.113.9:500", "198.51.100.2:500");
    dialogue.behind_nat(Initiator, "10.0.0.5:500");
    dialogue
}

/// An IKE SA, a Child SA, and traffic both ways.
pub(crate) fn established() -> Dialogue {
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .auth()
        .esp(Initiator, 3)
        .esp(Responder, 3);
    dialogue
}

fn natted_up() -> Dialogue {
    let mut dialogue = natted();
    dialogue
        .sa_init()
        .auth()
        .esp(Initiator, 3)
        .esp(Responder, 3);
    dialogue
}

/// A liveness check of the initiator, not answered yet.
pub(crate) fn asked(dialogue: &Dialogue) -> Dialogue {
    let mut dialogue = dialogue.clone();
    dialogue.request(Initiator, ikev2::INFORMATIONAL, &[]);
    dialogue
}

pub(crate) fn main_mode_up_to(last: u8) -> Dialogue {
    up_to(gw(), last)
}

pub(crate) fn natted_main_mode_up_to(last: u8) -> Dialogue {
    up_to(natted(), last)
}

fn up_to(mut dialogue: Dialogue, last: u8) -> Dialogue {
    for number in 1..=last {
        dialogue.main_mode_message(number);
    }
    dialogue
}

pub(crate) fn phase_1() -> Dialogue {
    main_mode_up_to(6)
}

/// What is left of a dialogue where the tap sees one side only.
pub(crate) fn one_sided(dialogue: &Dialogue, side: Side) -> Told {
    let address = match side {
        Initiator => dialogue.sent()[0].packet.source,
        Responder => dialogue.sent()[0].packet.destination,
    };
    let mut sent = dialogue.sent().to_vec();
    sent.retain(|one| one.packet.source.ip() == address.ip());
    told_of(&sent, dialogue.now())
}

/// The first packet of hundreds comes last, at a tracker whose window holds so many.
fn shuffled(window: usize) -> Told {
    let mut dialogue = established();
    dialogue.esp(Initiator, 300).esp(Responder, 300);
    let mut sent = dialogue.sent().to_vec();
    sent.rotate_left(1);
    let mut tap = Tap::within(Limits {
        order_window: window,
        ..Limits::default()
    });
    for one in &sent {
        tap.see(one);
    }
    tap.finish(dialogue.now())
}

/// So many attempts that are answered and not completed.
pub(crate) fn half_open(count: usize) -> Dialogue {
    let mut dialogue = gw();
    for _ in 0..count {
        dialogue.sa_init().wait(6.0).new_attempt();
    }
    dialogue
}

/// ... and then one that is not answered.
fn silent_after_half_open(count: usize) -> Told {
    told(
        half_open(count)
            .sa_init_request()
            .repeat(&REPEATS)
            .wait(60.0),
    )
}

/// An IKE_SA_INIT that finds no answer but an ICMP error.
pub(crate) fn unreachable(type_and_code: (u8, u8)) -> Dialogue {
    let mut dialogue = gw();
    dialogue
        .sa_init_request()
        .repeat(&REPEATS)
        .icmp_error(ROUTER, type_and_code)
        .wait(60.0);
    dialogue
}

pub(crate) fn over_tcp() -> Dialogue {
    Dialogue::between("192.0.2.1:40000", "198.51.100.2:4500")
}

/// Each message comes back as it went.
pub(crate) fn reflected() -> Dialogue {
    let mut dialogue = gw();
    dialogue.sa_init_request();
    let octets = dialogue.payloads()[0].to_vec();
    dialogue.wait(0.03).datagram(Responder, &octets);
    dialogue.wait(60.0);
    dialogue
}

/// The same dialogue with one responder from so many addresses, five a second.
fn from_many(count: u8, goes: fn(&mut Dialogue) -> &mut Dialogue) -> Told {
    many(
        count,
        |number| (format!("203.0.113.{number}:500"), "198.51.100.2:500".into()),
        goes,
    )
}

/// The same dialogue of one initiator with so many responders.
fn to_many(count: u8, goes: fn(&mut Dialogue) -> &mut Dialogue) -> Told {
    many(
        count,
        |number| ("192.0.2.1:500".into(), format!("203.0.113.{number}:500")),
        goes,
    )
}

fn many(
    count: u8,
    ends: fn(u8) -> (String, String),
    goes: fn(&mut Dialogue) -> &mut Dialogue,
) -> Told {
    let dialogues: Vec<Dialogue> = (1..=count)
        .map(|number| {
            let (initiator, responder) = ends(number);
            let mut dialogue = Dialogue::between(&initiator, &responder);
            dialogue.seed(number.into()).wait(0.2 * f64::from(number));
            goes(&mut dialogue).wait(60.0);
            dialogue
        })
        .collect();
    told_together(&dialogues.iter().collect::<Vec<_>>())
}

/// Both ends begin, the second so many seconds after the first.
fn both_initiate(after: f64) -> Told {
    let mut one = gw();
    one.sa_init().auth().wait(60.0);
    let mut other = Dialogue::between("198.51.100.2:500", "192.0.2.1:500");
    other.seed(2).wait(after).sa_init().auth().wait(60.0);
    told_together(&[&one, &other])
}

/// The responder accepts AES-CBC of one initiator and refuses the other, which offers `suite`.
fn refused_beside_accepted(suite: Suite) -> Told {
    let mut refused = gw();
    refused
        .suite(suite)
        .sa_init_request()
        .sa_init_error(14, &[])
        .wait(60.0);
    let mut accepted = Dialogue::between("203.0.113.77:500", "198.51.100.2:500");
    accepted.seed(2).sa_init().auth().wait(60.0);
    told_together(&[&refused, &accepted])
}

/// IKE_AUTH with EAP, as far as the user's answer (RFC 7296 §2.16).
pub(crate) fn eap() -> Dialogue {
    let mut dialogue = gw();
    let first = [
        ikev2::identification(ikev2::ID_R, 1, &[198, 51, 100, 2]),
        eap_payload(5),
    ];
    dialogue
        .sa_init()
        .auth_request()
        .respond(Responder, &first)
        .request(Initiator, ikev2::IKE_AUTH, &[eap_payload(60)]);
    dialogue
}

/// An EAP payload of so many octets.
pub(crate) fn eap_payload(octets: usize) -> Payload {
    Payload::new(ikev2::EAP, vec![3; octets])
}

/// Phase 1, then the edge device asks for the user and says what it thinks of the answer.
pub(crate) fn xauth() -> Dialogue {
    let mut dialogue = phase_1();
    for message_id in [7, 8] {
        transaction(&mut dialogue, Responder, message_id);
        transaction(&mut dialogue, Initiator, message_id);
    }
    dialogue
}

/// Phase 1, then the edge device asks for the user.
pub(crate) fn user_asked() -> Dialogue {
    let mut dialogue = phase_1();
    transaction(&mut dialogue, Responder, 7);
    dialogue
}

/// Phase 1, then the client asks for its address.
pub(crate) fn address_asked() -> Dialogue {
    let mut dialogue = phase_1();
    transaction(&mut dialogue, Initiator, 9);
    dialogue
}

/// One message of a Transaction exchange, encrypted.
pub(crate) fn transaction(dialogue: &mut Dialogue, side: Side, message_id: u32) {
    let (initiator, responder) = dialogue.spis();
    let message = Message::ikev1(ikev1::TRANSACTION)
        .spis(initiator, responder)
        .message_id(message_id)
        .encrypted(ikev1::HASH, &[side as u8 + 1; 64]);
    dialogue.send(side, &message);
}

/// A tunnel of IKEv1 that carries a few packets, the last ones so many seconds later, and is closed.
pub(crate) fn dialled_in(seconds: f64) -> Dialogue {
    let mut dialogue = phase_1();
    dialogue
        .quick_mode()
        .esp(Initiator, 3)
        .esp(Responder, 3)
        .wait(seconds)
        .esp(Initiator, 1)
        .esp(Responder, 1)
        .ikev1_delete(Responder);
    dialogue
}

/// Quick mode whose message 3 does not arrive, or does: then nothing is repeated.
fn third_lost(lost: bool) -> Dialogue {
    let mut dialogue = phase_1();
    dialogue.quick_mode();
    let second = dialogue.sent()[7].packet.clone();
    let third = dialogue.sent()[8].packet.clone();
    dialogue.esp(Initiator, 3);
    for seconds in [4.0, 7.2] {
        dialogue.wait(seconds);
        if lost {
            dialogue
                .packet(Responder, second.clone())
                .packet(Initiator, third.clone());
        }
        dialogue.esp(Initiator, 2);
    }
    dialogue.wait(60.0);
    dialogue
}

/// So many proposals of AES-CBC with a key length or without.
pub(crate) fn offering(count: u8, bits: Option<u16>) -> Dialogue {
    let mut cipher = Transform::new(ikev2::ENCR, 12);
    if let Some(bits) = bits {
        cipher = cipher.key_length(bits);
    }
    let proposal = |number| {
        Proposal::new(number, ikev2::PROTOCOL_IKE)
            .with(cipher.clone())
            .with(Transform::new(ikev2::PRF, 5))
            .with(Transform::new(ikev2::INTEG, 12))
            .with(Transform::new(ikev2::KE_METHOD, 14))
    };
    let mut dialogue = gw();
    dialogue
        .offer(ikev2::sa(&(1..=count).map(proposal).collect::<Vec<_>>()))
        .sa_init_request();
    dialogue
}

/// EAP that fails, and what the edge device asked a RADIUS server meanwhile, answered with this code.
pub(crate) fn asked_radius(code: Option<u8>) -> Dialogue {
    let mut dialogue = eap();
    dialogue.packet(Responder, radius(1));
    if let Some(code) = code {
        dialogue.packet(Initiator, radius(code));
    }
    dialogue.respond(Responder, &[eap_payload(4)]).wait(60.0);
    dialogue
}

/// A RADIUS packet (RFC 2865 §3) between the edge device and its server.
pub(crate) fn radius(code: u8) -> Packet {
    let ends = ["198.51.100.2:40001", "10.0.0.9:1812"].map(|end| end.parse().expect("an address"));
    let [source, destination] = match code {
        1 => ends,
        _ => [ends[1], ends[0]],
    };
    let mut octets = vec![code, 7, 0, 20];
    octets.extend([code; 16]);
    Packet::udp(source, destination, &octets)
}

/// A client behind NAT asks the peer whether it is alive, from this address and port.
pub(crate) fn rebound(from: &str) -> Dialogue {
    let mut dialogue = Dialogue::between("203.0.113.9:61500", "198.51.100.2:500");
    dialogue
        .behind_nat(Initiator, "10.0.0.5:500")
        .sa_init()
        .auth()
        .wait(300.0)
        .moves(Initiator, from)
        .dpd(Initiator)
        .wait(9.0);
    dialogue
}

/// ESP in UDP of the initiator, and bare ESP of the responder or the same.
fn encapsulated(disagree: bool) -> Dialogue {
    let mut dialogue = natted();
    dialogue.sa_init().auth().esp(Initiator, 1);
    dialogue.esp_in_udp(!disagree).esp(Responder, 1).wait(9.0);
    dialogue
}

pub(crate) fn accepted_child() -> Vec<Payload> {
    vec![Payload::new(ikev2::SA, [0; 40]), ikev2::nonce(&[0; 32])]
}

/// An IPsec SA for 10.1.0.0/24 and 10.2.0.0/24, whose initiator sends packets from one address to the
/// other through it.
pub(crate) fn carrying(from: [u8; 4], to: [u8; 4]) -> Told {
    let dialogue = established();
    let network = |payload_type, second: u8| {
        let ends = [[10, second, 0, 0], [10, second, 0, 255]].map(Into::into);
        ikev2::traffic_selector(payload_type, ends[0], ends[1])
    };
    let accepts = |spi: u32| {
        let esp = Proposal::new(1, 3).spi(&spi.to_be_bytes());
        let sa = ikev2::sa(&[esp.with(Transform::new(1, 20))]);
        vec![sa, network(ikev2::TS_I, 1), network(ikev2::TS_R, 2)]
    };
    let (out, back) = (
        dialogue.esp_spi_from(Initiator),
        dialogue.esp_spi_from(Responder),
    );
    let script = Script::default()
        .opens(1, false, &accepts(back))
        .opens(1, true, &accepts(out))
        .carries(out, from, to);
    Tap::with_keys(script).all(&dialogue)
}

/// Pings, then large packets of one size one by one, answered or not, then pings.
fn large_packets(answered: bool) -> Dialogue {
    let mut dialogue = established();
    for _ in 0..5 {
        dialogue.wait(0.2).esp_around(Initiator, 1300);
        if answered {
            dialogue.esp(Responder, 1);
        }
    }
    dialogue
        .wait(1.0)
        .esp(Initiator, 1)
        .esp(Responder, 1)
        .wait(9.0);
    dialogue
}
