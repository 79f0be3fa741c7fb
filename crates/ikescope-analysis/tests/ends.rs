//! What decrypted messages tell of the ends: who they are, which networks and proposals they want of
//! each other, and in what these differ.

mod support;

use ikescope_analysis::{
    ChildRequest, EapRounds, Finding, Lifetime, Presented, Role, Selector, child_compared,
};
use ikescope_testkit::dialogue::{Dialogue, Side, Side::Initiator, Side::Responder};
use ikescope_testkit::message::ikev2::{Proposal, Transform};
use ikescope_testkit::message::{Attribute, Payload, ikev1, ikev2};
use ikescope_testkit::random::Xorshift;
use ikescope_wire::ms_chap_error::MsChapError;
use support::keys::Script;
use support::scenarios::gw;
use support::{Tap, Told};

/// Numbers of RFC 7296 §3.5 and §3.10.1.
const NO_PROPOSAL_CHOSEN: u16 = 14;
const TS_UNACCEPTABLE: u16 = 38;
const FQDN: u8 = 2;

fn selector(payload_type: u8, first: &str, last: &str) -> Payload {
    let address = |text: &str| text.parse().expect("an address");
    ikev2::traffic_selector(payload_type, address(first), address(last))
}

fn left() -> Payload {
    selector(ikev2::TS_I, "10.1.0.0", "10.1.0.255")
}

fn right(third: u8) -> Payload {
    let [first, last] = [0, 255].map(|last| format!("10.{third}.0.{last}"));
    selector(ikev2::TS_R, &first, &last)
}

/// ESP with AES-CBC of so many bits and HMAC-SHA2-256, and a group where it is not 0.
fn esp(bits: u16, group: u16) -> Payload {
    let transforms = [
        Transform::new(1, 12).key_length(bits),
        Transform::new(3, 12),
        Transform::new(4, group),
    ];
    let count = if group == 0 { 2 } else { 3 };
    let proposal = Proposal::new(1, 3).spi(&[1, 2, 3, 4]);
    ikev2::sa(&[proposal.with_all(transforms.into_iter().take(count))])
}

fn request(networks: [Payload; 2], sa: Payload) -> Vec<Payload> {
    let [first, second] = networks;
    vec![
        ikev2::identification(ikev2::ID_I, FQDN, b"left.example"),
        ikev2::identification(ikev2::ID_R, FQDN, b"right.example"),
        ikev2::auth(2, &[0; 32]),
        sa,
        first,
        second,
    ]
}

fn answer(with: impl IntoIterator<Item = Payload>) -> Vec<Payload> {
    let own = [
        ikev2::identification(ikev2::ID_R, FQDN, b"right.example"),
        ikev2::auth(14, &signature()),
    ];
    own.into_iter().chain(with).collect()
}

/// RFC 7427 appendix A.3.2: ecdsa-with-sha256.
fn signature() -> Vec<u8> {
    let identifier = [
        12, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
    ];
    [&identifier[..], &[0xaa; 64]].concat()
}

/// Both messages of IKE_AUTH, then what a side asks in CREATE_CHILD_SA and how it is answered.
fn opened(
    [asked, answered]: [Vec<Payload>; 2],
    then: Option<(Side, Vec<Payload>, Vec<Payload>)>,
) -> Told {
    let mut dialogue = gw();
    dialogue
        .sa_init()
        .request(Initiator, ikev2::IKE_AUTH, &asked)
        .respond(Responder, &answered);
    let mut script = Script::default()
        .opens(1, false, &asked)
        .opens(1, true, &answered);
    if let Some((side, asked, answered)) = then {
        let id = if side == Initiator { 2 } else { 0 };
        dialogue
            .wait(1.0)
            .request(side, ikev2::CREATE_CHILD_SA, &asked);
        dialogue.respond(side.other(), &answered);
        script = script.opens(id, false, &asked).opens(id, true, &answered);
    }
    Tap::with_keys(script).all(dialogue.wait(60.0))
}

fn labels(finding: &Finding) -> Vec<&str> {
    let evidence = finding.evidence().iter();
    evidence.map(|evidence| evidence.label.as_str()).collect()
}

fn accepted() -> [Vec<Payload>; 2] {
    [
        request([left(), right(2)], esp(256, 0)),
        answer([esp(256, 0), left(), right(2)]),
    ]
}

#[test]
fn both_ends_say_who_they_are_and_how_they_prove_it() {
    let told = opened(accepted(), None);
    let negotiation = told.negotiation(0);
    let [initiator, responder] =
        [Role::Initiator, Role::Responder].map(|role| Presented::of(negotiation, role));
    let said = |(_, identity): (_, &ikescope_analysis::Identity)| {
        format!("{} {}", identity.kind, identity.value)
    };
    assert_eq!(initiator.identity.map(said).unwrap(), "FQDN left.example");
    assert_eq!(initiator.wanted.map(said).unwrap(), "FQDN right.example");
    assert_eq!(responder.identity.map(said).unwrap(), "FQDN right.example");
    assert!(responder.wanted.is_none());
    assert_eq!(initiator.proof.unwrap().1.name(), "PSK");
    assert_eq!(
        responder.proof.unwrap().1.name(),
        "signature ecdsa-with-SHA256"
    );
    // IDi stands behind the header of 28 octets, that of SK and an IV of 16.
    assert_eq!(initiator.identity.unwrap().1.octets, (48, 68));
}

#[test]
fn without_keys_nothing_is_said() {
    let mut dialogue = gw();
    let told = support::told(dialogue.sa_init().auth().wait(60.0));
    let presented = Presented::of(told.negotiation(0), Role::Initiator);
    assert!(presented.identity.is_none() && presented.proof.is_none());
}

/// RFC 2409 §5.4: aggressive mode protects no identities.
#[test]
fn aggressive_mode_tells_its_identities_in_clear() {
    let mut dialogue = gw();
    let told = support::told(dialogue.aggressive_mode_message(1).wait(60.0));
    let presented = Presented::of(told.negotiation(0), Role::Initiator);
    assert!(presented.identity.is_some());
}

#[test]
fn a_hostile_identity_is_escaped_and_cut() {
    let mut evil = b"\x1b[2Jroot\n".to_vec();
    evil.extend([b'a'; 900]);
    let [mut asked, answered] = accepted();
    asked[0] = ikev2::identification(ikev2::ID_I, FQDN, &evil);
    let told = opened([asked, answered], None);
    let presented = Presented::of(told.negotiation(0), Role::Initiator);
    let value = &presented.identity.unwrap().1.value;
    assert!(value.starts_with("\\u{1b}[2Jroot\\u{a}aaa"), "{value}");
    assert_eq!(value.chars().count(), 256 + "...".len());
}

fn child(told: &Told, index: usize) -> ChildRequest<'_> {
    let negotiation = told.negotiation(0);
    let mut requests = negotiation.exchanges.iter();
    let found = requests.find_map(|one| ChildRequest::of(negotiation, one).filter(|_| index == 0));
    found.unwrap_or_else(|| {
        let exchange = negotiation.exchanges.last().expect("an exchange");
        ChildRequest::of(negotiation, exchange).expect("a request")
    })
}

fn networks(selectors: &[Selector]) -> String {
    let all: Vec<String> = selectors.iter().map(ToString::to_string).collect();
    all.join(" ")
}

#[test]
fn a_refused_network_is_held_against_what_the_peer_granted_before() {
    let asked = vec![esp(256, 0), ikev2::nonce(&[1; 32]), left(), right(77)];
    let refused = vec![ikev2::notify(TS_UNACCEPTABLE, &[])];
    let told = opened(accepted(), Some((Initiator, asked, refused)));
    let finding = told.finding("ts-unacceptable").expect("told");
    assert_eq!(
        labels(finding)[1..],
        [
            "the request: TSi 10.1.0.0/24, TSr 10.77.0.0/24",
            "198.51.100.2 granted this: TSi 10.1.0.0/24, TSr 10.2.0.0/24",
        ]
    );
    let why = "TSr is 10.77.0.0/24 here and 10.2.0.0/24 there.";
    assert!(
        finding.explanation.ends_with(why),
        "{}",
        finding.explanation
    );
    assert!(child(&told, 1).is_refused());
}

/// What the refusing end asks for itself stands the other way round.
#[test]
fn a_refused_network_is_held_against_what_the_peer_asks_for() {
    let [mut asked, _] = accepted();
    asked[5] = right(77);
    let refused = answer([ikev2::notify(TS_UNACCEPTABLE, &[])]);
    let own = vec![
        esp(256, 0),
        ikev2::nonce(&[1; 32]),
        selector(ikev2::TS_I, "10.2.0.0", "10.2.0.255"),
        selector(ikev2::TS_R, "10.1.0.0", "10.1.0.255"),
    ];
    let answered = vec![ikev2::notify(TS_UNACCEPTABLE, &[])];
    let told = opened([asked, refused], Some((Responder, own, answered)));
    let finding = told.finding("ts-unacceptable").expect("told");
    let all = labels(finding).join("; ");
    assert!(all.contains("asks for this itself: TSi 10."), "{all}");
}

/// Nothing else was seen: no claim of what would have been taken.
#[test]
fn a_refused_network_alone_says_only_what_was_asked() {
    let [asked, _] = accepted();
    let refused = answer([ikev2::notify(TS_UNACCEPTABLE, &[])]);
    let told = opened([asked, refused], None);
    let finding = told.finding("ts-unacceptable").expect("told");
    assert_eq!(labels(finding).len(), 2);
    assert!(finding.explanation.ends_with("says so itself."));
}

#[test]
fn narrowing_is_seen_side_by_side() {
    let [asked, _] = accepted();
    let narrow = selector(ikev2::TS_R, "10.2.0.0", "10.2.0.127");
    let told = opened([asked, answer([esp(256, 0), left(), narrow])], None);
    let request = child(&told, 0);
    assert!(request.is_narrowed() && !request.is_refused());
    assert_eq!(
        networks(&request.granted().unwrap().responder),
        "10.2.0.0/25"
    );
    let told = opened(accepted(), None);
    assert!(!child(&told, 0).is_narrowed());
}

#[test]
fn a_refused_cipher_is_held_against_what_the_peer_chose_before() {
    let asked = vec![esp(128, 0), ikev2::nonce(&[1; 32]), left(), right(2)];
    let refused = vec![ikev2::notify(NO_PROPOSAL_CHOSEN, &[])];
    let told = opened(accepted(), Some((Initiator, asked, refused)));
    let finding = told.finding("child-no-proposal-chosen").expect("told");
    assert_eq!(
        labels(finding)[1..],
        [
            "the request: AES-CBC-128, SHA2-256-128, no PFS",
            "what 198.51.100.2 chose for another IPsec SA: AES-CBC-256, SHA2-256-128",
        ]
    );
    assert!(
        finding.explanation.ends_with("in encryption."),
        "{}",
        finding.explanation
    );
}

/// The first Child SA has no group (RFC 7296 §1.2), so a later refusal of the same proposal with a
/// group is about the group.
#[test]
fn a_group_that_is_all_that_differs_is_what_was_refused() {
    let asked = vec![esp(256, 14), ikev2::nonce(&[1; 32]), left(), right(2)];
    let refused = vec![ikev2::notify(NO_PROPOSAL_CHOSEN, &[])];
    let told = opened(accepted(), Some((Initiator, asked, refused)));
    let finding = told.finding("child-no-proposal-chosen").expect("told");
    assert!(
        finding.explanation.contains("All but PFS group 14 is what"),
        "{}",
        finding.explanation
    );
    let negotiation = told.negotiation(0);
    let compared = child_compared(&told.history.tunnels[0], negotiation, &child(&told, 1));
    assert_eq!(compared.unwrap().apart().count(), 0);
}

/// Quick mode, opened by its message ID.
fn quick(dialogue: &mut Dialogue, asked: &[Payload]) -> Told {
    dialogue.main_mode().quick_mode_message(1);
    let last = dialogue.payloads().last().expect("a message").to_vec();
    let id = u32::from_be_bytes(last[20..24].try_into().expect("a message ID"));
    let script = Script::default().opens(id, false, asked);
    Tap::with_keys(script).all(dialogue.wait(1.0))
}

#[test]
fn quick_mode_names_networks_lifetimes_and_group() {
    let network =
        |third, mask| ikev1::identification(4, 6, 80, &[10, third, 0, 0, 255, 255, mask, 0]);
    let transform = ikev1::Transform::new(1, 12)
        .attribute(Attribute::Tv(6, 256))
        .attribute(Attribute::Tv(5, 2))
        .attribute(Attribute::Tv(3, 14))
        .attribute(Attribute::Tv(1, 1))
        .attribute(Attribute::Tv(2, 3600))
        .attribute(Attribute::Tv(1, 2))
        .attribute(Attribute::Tv(2, 4608));
    let asked = [
        ikev1::hash(&[7; 20]),
        ikev1::sa(&[ikev1::Proposal::new(1, 3)
            .spi(&[1, 2, 3, 4])
            .with(transform)]),
        ikev1::nonce(&[1; 20]),
        network(1, 255),
        network(2, 0),
    ];
    let told = quick(&mut gw(), &asked);
    let request = child(&told, 1);
    let selectors = &request.asked.selectors;
    assert_eq!(
        networks(&selectors.initiator),
        "10.1.0.0/24 protocol 6 port 80"
    );
    assert_eq!(
        networks(&selectors.responder),
        "10.2.0.0/16 protocol 6 port 80"
    );
    assert_eq!(
        request.asked.lifetimes,
        [Lifetime::Seconds(3600), Lifetime::Kilobytes(4608)]
    );
    assert!(
        request
            .asked
            .transforms
            .iter()
            .any(|one| one.is_group() && one.id == 14)
    );
}

/// draft-kamath-pppext-eap-mschapv2 §2.5.
#[test]
fn eap_tells_user_method_and_error() {
    let eap = |octets: &[u8]| Payload::new(ikev2::EAP, octets.to_vec());
    let rounds = [
        (false, eap(b"\x02\x01\x00\x0a\x01alice")),
        (true, eap(b"\x01\x02\x00\x0a\x1a\x01\x02\x00\x05\x00")),
        (false, eap(b"\x02\x02\x00\x0a\x1a\x02\x02\x00\x05\x00")),
        (
            true,
            eap(b"\x01\x03\x00\x16\x1a\x04\x02\x00\x11E=691 R=0 V=3"),
        ),
    ];
    let mut dialogue = gw();
    dialogue.sa_init().auth_request().respond(Responder, &[]);
    let mut script = Script::default();
    for (index, (is_response, payload)) in rounds.into_iter().enumerate() {
        let id = 2 + u32::try_from(index / 2).unwrap();
        let inner = [payload];
        script = script.opens(id, is_response, &inner);
        if is_response {
            dialogue.respond(Responder, &inner);
        } else {
            dialogue.request(Initiator, ikev2::IKE_AUTH, &inner);
        }
    }
    let told = Tap::with_keys(script).all(dialogue.wait(60.0));
    let rounds = EapRounds::of(told.negotiation(0)).expect("EAP");
    assert_eq!(rounds.user.unwrap().1, "alice");
    assert_eq!(
        rounds.error.unwrap().1,
        MsChapError::ERROR_AUTHENTICATION_FAILURE
    );
    let methods: Vec<String> = rounds
        .methods
        .iter()
        .map(|(_, method)| ikescope_analysis::eap_method_name(*method))
        .collect();
    assert_eq!(methods, ["EAP-MSCHAPv2"]);
}

/// Whoever has keys is sent whatever the peers like: no octet of it may bring the analysis down, and
/// nothing printable in it may move a cursor.
#[test]
fn survives_any_octets_inside() {
    let mut random = Xorshift::new(5);
    let mut body = |most| {
        let length = random.below(most);
        (0..length)
            .map(|_| random.next_u64() as u8)
            .collect::<Vec<u8>>()
    };
    for _ in 0..300 {
        let mut inner = |types: core::ops::RangeInclusive<u8>| {
            types
                .map(|payload_type| Payload::new(payload_type, body(48)))
                .collect::<Vec<_>>()
        };
        let (asked, answered) = (inner(33..=49), inner(33..=49));
        let told = opened([asked, answered], None);
        for finding in told.findings() {
            let texts = [&finding.title, &finding.explanation];
            let harmless = |text: &&String| !text.chars().any(char::is_control);
            assert!(texts.iter().all(harmless), "{texts:?}");
        }
        let negotiation = told.negotiation(0);
        for exchange in &negotiation.exchanges {
            let request = ChildRequest::of(negotiation, exchange);
            let selectors = request.map(|request| request.asked.selectors.clone());
            let _ = selectors.map(|it| networks(&it.initiator) + &networks(&it.responder));
        }
        quick(&mut gw(), &inner(1..=14));
    }
}
