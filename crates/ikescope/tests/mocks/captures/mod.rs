//! The captures of the report's design, built frame by frame: the same addresses, SPIs, sizes, times
//! and frame numbers.

pub(crate) mod hub;

use std::net::SocketAddr;

use ikescope_testkit::capture::Pcap;
use ikescope_testkit::frame::{Content, Link, Packet, esp};
use ikescope_testkit::message::ikev1;
use ikescope_testkit::message::ikev2::{self, Proposal, Transform};
use ikescope_testkit::message::{Attribute, Message, Payload, Suite, with_non_esp_marker};
use ikescope_testkit::random::Xorshift;
use ikescope_testkit::sniffer::{Sniffer, Times, Verbosity, Way};

/// A capture in the making; time is in seconds since its start.
pub(crate) struct Script {
    start: i64,
    frames: Vec<(i64, Vec<u8>)>,
    random: Xorshift,
}

/// 2026-03-14 00:00:00 UTC.
const DAY: i64 = 1_773_446_400;

impl Script {
    /// Begins at this time of the day, in milliseconds.
    fn at(hours: i64, minutes: i64, milliseconds: i64) -> Self {
        let seconds = DAY + hours * 3600 + minutes * 60;
        Self {
            start: seconds * 1_000_000_000 + milliseconds * 1_000_000,
            frames: Vec::new(),
            random: Xorshift::new(1),
        }
    }

    fn packet(&mut self, seconds: f64, packet: &Packet) {
        let time = self.start + (seconds * 1e6).round() as i64 * 1000;
        self.frames
            .push((time, Link::Ethernet.frame(&packet.octets())));
    }

    fn udp(&mut self, seconds: f64, from: &str, to: &str, payload: &[u8]) {
        let packet = Packet::udp(address(from), address(to), payload);
        self.packet(seconds, &packet);
    }

    /// An IKE message, marked on port 4500.
    fn ike(&mut self, seconds: f64, from: &str, to: &str, message: &Message) {
        let octets = message.octets();
        if to.ends_with(":4500") {
            self.udp(seconds, from, to, &with_non_esp_marker(&octets));
        } else {
            self.udp(seconds, from, to, &octets);
        }
    }

    /// Packets of something else.
    fn others(&mut self, seconds: f64, count: usize) {
        for _ in 0..count {
            self.udp(seconds, "192.0.2.250:40000", "192.0.2.251:53", &[0x2a; 30]);
        }
    }

    /// An encrypted message of this whole length whose first inner payload is `first`.
    fn sealed(&mut self, message: Message, first: u8, length: usize) -> Message {
        let inner = length - SEALED_AROUND;
        let sealed = ikev2::sk(first, inner, &Suite::AES_GCM_16, &mut self.random);
        message.with(sealed)
    }

    pub(crate) fn pcap(self) -> Vec<u8> {
        let mut capture = Pcap::new(Link::Ethernet.link_type());
        for (time, frame) in &self.frames {
            capture.push(*time, frame);
        }
        capture.octets()
    }

    /// The same as `ssh fw1 'diagnose sniffer packet wan1 "..." 6 0 a'` prints it: a command that is
    /// given to ssh is not echoed.
    fn sniffer_text(self) -> Vec<u8> {
        let mut text = Sniffer::on("wan1", Verbosity::FromEthernet, true, Times::Absolute);
        for (time, frame) in &self.frames {
            text.frame(*time, "wan1", Way::In, frame);
        }
        let text = text.finish();
        let begins = text.windows(11).position(|at| at == b"interfaces=");
        text[begins.unwrap()..].to_vec()
    }
}

/// Header, SK header, IV, pad length and ICV of AES-GCM-16.
const SEALED_AROUND: usize = 28 + 4 + 8 + 1 + 16;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn spi(hex: &str) -> [u8; 8] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

/// A Vendor ID that brings the message to this length.
fn filled(message: Message, length: usize) -> Message {
    let rest = length - message.octets().len() - 4;
    message.with(ikev2::vendor_id(&vec![0x5a; rest]))
}

/// An IKE_SA_INIT message's payloads: the suite of the design, hashes of what the sender believes.
fn sa_init(
    group: u16,
    spis: ([u8; 8], [u8; 8]),
    ends: [&str; 2],
    more: &[(u16, usize)],
) -> Vec<Payload> {
    let suite = Proposal::new(1, ikev2::PROTOCOL_IKE).with_all([
        Transform::new(ikev2::ENCR, 20).key_length(256),
        Transform::new(ikev2::PRF, 6),
        Transform::new(ikev2::KE_METHOD, group),
    ]);
    let value = vec![0x9e; ikev2::public_value_length(group).unwrap()];
    let mut payloads = vec![
        ikev2::sa(&[suite]),
        ikev2::ke(group, &value),
        ikev2::nonce(&[0x51; 32]),
    ];
    payloads.extend(ikev2::nat_detection(
        spis.0,
        spis.1,
        address(ends[0]),
        address(ends[1]),
    ));
    let more = more
        .iter()
        .map(|(kind, data)| ikev2::notify(*kind, &vec![0, 2, 0, 3, 0, 4, 0, 5][..*data]));
    payloads.extend(more);
    payloads
}

/// IKEV2_FRAGMENTATION_SUPPORTED, SIGNATURE_HASH_ALGORITHMS, REDIRECT_SUPPORTED.
const ANNOUNCED: [(u16, usize); 3] = [(16430, 0), (16431, 8), (16406, 0)];

/// (a) A healthy tunnel, its initiator behind NAT, captured on the inside.
pub(crate) fn branch7() -> Vec<u8> {
    let mut script = Script::at(2, 11, 7_482);
    let (inside, hub) = ("192.0.2.23", "203.0.113.40");
    let [i, h, i4, h4] = [(inside, 500), (hub, 500), (inside, 4500), (hub, 4500)]
        .map(|(ip, port)| format!("{ip}:{port}"));
    let (first, second) = (spi("4f8ad1367c25e09b"), spi("b1c6047e9d3a582f"));
    script.others(-1.0, 4);
    let request = Message::ikev2(ikev2::IKE_SA_INIT)
        .spis(first, [0; 8])
        .initiator();
    let payloads = sa_init(20, (first, [0; 8]), [&i, &h], &ANNOUNCED);
    script.ike(0.0, &i, &h, &request.with_all(payloads));
    let answer = Message::ikev2(ikev2::IKE_SA_INIT)
        .spis(first, second)
        .response();
    let more = [ANNOUNCED.as_slice(), &[(16404, 0)]].concat();
    let payloads = sa_init(20, (first, second), [&h, "198.51.100.23:500"], &more);
    script.ike(0.021, &h, &i, &answer.with_all(payloads));
    let protected = |exchange, id| Message::ikev2(exchange).spis(first, second).message_id(id);
    let message = script.sealed(protected(ikev2::IKE_AUTH, 1).initiator(), ikev2::ID_I, 279);
    script.ike(0.026, &i4, &h4, &message);
    let message = script.sealed(protected(ikev2::IKE_AUTH, 1).response(), ikev2::ID_R, 224);
    script.ike(0.055, &h4, &i4, &message);
    // Frames 9 to 312: ESP, a liveness check at 201, three packets of something else.
    let (mut out, mut back) = (0, 0);
    for frame in 9..=312 {
        let seconds = match frame {
            9 => 0.061,
            10 => 0.083,
            201 => 30.062,
            202 => 30.083,
            early @ ..201 => 0.1 + f64::from(early) * 0.149,
            late => 30.1 + f64::from(late - 202) * 0.25,
        };
        match frame {
            201 => {
                let message = script.sealed(protected(ikev2::INFORMATIONAL, 2).initiator(), 0, 57);
                script.ike(seconds, &i4, &h4, &message);
            }
            202 => {
                let message = script.sealed(protected(ikev2::INFORMATIONAL, 2).response(), 0, 57);
                script.ike(seconds, &h4, &i4, &message);
            }
            100 | 150 | 250 => script.others(seconds, 1),
            // Three more come back than go out.
            outward if outward % 2 == 1 && ![101, 151, 251].contains(&outward) => {
                out += 1;
                script.udp(seconds, &i4, &h4, &esp(0xc41d_9e07, out, &[7; 120]));
            }
            _ => {
                back += 1;
                let size = if back == 151 { 992 } else { 1080 };
                script.udp(seconds, &h4, &i4, &esp(0x8e02_b55a, back, &vec![7; size]));
            }
        }
    }
    script.pcap()
}

/// (b) IKE_SA_INIT unanswered, at FortiGate's intervals.
pub(crate) fn branch_wan1() -> Vec<u8> {
    let mut script = Script::at(2, 11, 7_482);
    let (from, to) = ("198.51.100.7:500", "203.0.113.40:500");
    let request = |hex: &str| {
        let own = spi(hex);
        let message = Message::ikev2(ikev2::IKE_SA_INIT)
            .spis(own, [0; 8])
            .initiator();
        filled(
            message.with_all(sa_init(14, (own, [0; 8]), [from, to], &ANNOUNCED)),
            500,
        )
    };
    let first = request("6f1c22d90b47e3a1");
    script.others(-1.0, 2);
    for (frame, seconds) in [(3, 0.0), (4, 3.001), (5, 9.002), (7, 21.004), (8, 45.006)] {
        if frame == 7 {
            script.others(15.0, 1);
        }
        script.ike(seconds, from, to, &first);
    }
    script.others(93.016, 6);
    script.pcap()
}

/// (d) IKE_AUTH refused behind NAT, the same way three times.
pub(crate) fn dc_outside() -> Vec<u8> {
    let mut script = Script::at(2, 41, 10_219);
    let (outside, gateway) = ("198.51.100.30:500", "203.0.113.12:500");
    let (outside4, gateway4) = ("198.51.100.30:4500", "203.0.113.12:4500");
    let spis = [
        ("11aa22bb33cc44dd", "a1a2a3a4a5a6a7a8"),
        ("55ee66ff77008811", "b1b2b3b4b5b6b7b8"),
        ("c27e5b90d8f3146a", "3905fae81c7bd264"),
    ];
    for (attempt, (first, second)) in spis.iter().enumerate() {
        let (first, second) = (spi(first), spi(second));
        let after = (attempt as f64 - 2.0) * 60.0;
        script.others(after - 1.0, if attempt == 2 { 12 } else { 10 });
        let request = Message::ikev2(ikev2::IKE_SA_INIT)
            .spis(first, [0; 8])
            .initiator();
        let payloads = sa_init(19, (first, [0; 8]), ["192.0.2.30:500", gateway], &ANNOUNCED);
        script.ike(after, outside, gateway, &request.with_all(payloads));
        let answer = Message::ikev2(ikev2::IKE_SA_INIT)
            .spis(first, second)
            .response();
        let payloads = sa_init(19, (first, second), [gateway, outside], &[(16430, 0)]);
        script.ike(after + 0.002, gateway, outside, &answer.with_all(payloads));
        let protected = Message::ikev2(ikev2::IKE_AUTH)
            .spis(first, second)
            .message_id(1);
        let message = script.sealed(protected.clone().initiator(), ikev2::ID_I, 229);
        script.ike(after + 0.025, outside4, gateway4, &message);
        let message = script.sealed(protected.response(), ikev2::NOTIFY, 65);
        script.ike(after + 0.028, gateway4, outside4, &message);
    }
    script.pcap()
}

/// IKE_SA_INIT of office3, request and answer.
fn office3_sa_init() -> [Message; 2] {
    let (inside, gateway) = ("192.0.2.77:500", "203.0.113.90:500");
    let (first, second) = OFFICE3.map(spi).into();
    let request = Message::ikev2(ikev2::IKE_SA_INIT)
        .spis(first, [0; 8])
        .initiator();
    let asked = sa_init(14, (first, [0; 8]), [inside, gateway], &ANNOUNCED);
    let answer = Message::ikev2(ikev2::IKE_SA_INIT)
        .spis(first, second)
        .response();
    let ends = [gateway, "198.51.100.77:500"];
    let granted = sa_init(14, (first, second), ends, &ANNOUNCED);
    [
        filled(request.with_all(asked), 592),
        filled(answer.with_all(granted), 600),
    ]
}

const OFFICE3: [&str; 2] = ["81e6d03f1c2b3a49", "6ad0947b5e6f7081"];

/// The same tunnel at its responder, whose clock is 0.412 s ahead and 11 ms of travel away.
pub(crate) fn vpn_gw() -> Vec<u8> {
    let mut script = Script::at(2, 30, 1_114 + 412);
    let (outside, gateway) = ("198.51.100.77:500", "203.0.113.90:500");
    script.others(-21.0, 40);
    let [request, answer] = office3_sa_init();
    script.ike(0.0, outside, gateway, &request);
    script.ike(0.002, gateway, outside, &answer);
    for packet in 0..118 {
        let content = esp(0x5ca1_ab1e, packet + 1, &[0x5c; 96]);
        let seconds = 1.0 + f64::from(packet);
        script.udp(
            seconds,
            "198.51.100.200:4500",
            "203.0.113.90:4500",
            &content,
        );
    }
    script.others(189.0, 1);
    script.pcap()
}

/// (e) UDP 500 passes, nothing comes back on UDP 4500.
pub(crate) fn office3() -> Vec<u8> {
    let mut script = Script::at(2, 30, 1_103);
    let (inside, gateway) = ("192.0.2.77:500", "203.0.113.90:500");
    let (inside4, gateway4) = ("192.0.2.77:4500", "203.0.113.90:4500");
    let (first, second) = OFFICE3.map(spi).into();
    script.others(-1.0, 2);
    let [request, answer] = office3_sa_init();
    script.ike(0.0, inside, gateway, &request);
    script.ike(0.024, gateway, inside, &answer);
    let protected = Message::ikev2(ikev2::IKE_AUTH)
        .spis(first, second)
        .message_id(1)
        .initiator();
    let message = script.sealed(protected, ikev2::ID_I, 336);
    for (seconds, keepalive) in [
        (0.044, false),
        (4.045, true),
        (11.245, true),
        (24.245, true),
        (47.545, true),
        (89.545, false),
    ] {
        script.ike(seconds, inside4, gateway4, &message);
        if keepalive {
            script.udp(seconds + 2.0, inside4, gateway4, &[0xff]);
        }
    }
    script.others(121.044, 6);
    script.pcap()
}

/// A proposal for IKE in AES-CBC or 3DES (0 bits), integrity and PRF of the same hash.
fn classic(number: u8, bits: u16, hash: (u16, u16), groups: &[u16]) -> Proposal {
    let encryption = match bits {
        0 => Transform::new(ikev2::ENCR, 3),
        _ => Transform::new(ikev2::ENCR, 12).key_length(bits),
    };
    let rest = [
        Transform::new(ikev2::PRF, hash.0),
        Transform::new(ikev2::INTEG, hash.1),
    ];
    let groups = groups
        .iter()
        .map(|group| Transform::new(ikev2::KE_METHOD, *group));
    Proposal::new(number, ikev2::PROTOCOL_IKE)
        .with(encryption)
        .with_all(rest)
        .with_all(groups)
}

/// PRF and integrity of SHA2-256 and of SHA1.
const SHA2_256: (u16, u16) = (5, 12);
const SHA1: (u16, u16) = (2, 2);

/// (c) Both ends offer, and have no group in common: once from each side.
pub(crate) fn azure_ike() -> Vec<u8> {
    let mut script = Script::at(2, 20, 44_117);
    let (site, azure) = ("198.51.100.7:500", "203.0.113.200:500");
    let offer = |own: &str, [from, to]: [&str; 2], proposals: &[Proposal], group: u16| {
        let own = spi(own);
        let value = vec![0x9e; ikev2::public_value_length(group).unwrap()];
        Message::ikev2(ikev2::IKE_SA_INIT)
            .spis(own, [0; 8])
            .initiator()
            .with(ikev2::sa(proposals))
            .with(ikev2::ke(group, &value))
            .with(ikev2::nonce(&[0x51; 32]))
            .with_all(ikev2::nat_detection(
                own,
                [0; 8],
                address(from),
                address(to),
            ))
    };
    let refusal = |own: &str| {
        Message::ikev2(ikev2::IKE_SA_INIT)
            .spis(spi(own), [0; 8])
            .response()
            .with(ikev2::notify(ikev2::NO_PROPOSAL_CHOSEN, &[]))
    };
    let both = [SHA2_256, SHA1];
    let suites = |bits: &[u16], hashes: [(u16, u16); 2], groups: &[u16]| {
        let pairs = bits
            .iter()
            .flat_map(|bits| hashes.map(|hash| (*bits, hash)));
        let numbered = (1..).zip(pairs);
        let proposals = numbered.map(|(number, (bits, hash))| classic(number, bits, hash, groups));
        proposals.collect::<Vec<_>>()
    };
    let own = suites(&[128, 256], both, &[14, 5]);
    let first = offer("1f8e7d6c5b4a3928", [site, azure], &own, 14);
    script.ike(0.0, site, azure, &filled(first, 604));
    script.ike(0.018, azure, site, &refusal("1f8e7d6c5b4a3928"));
    let defaults = suites(&[256, 128, 0], [SHA1, SHA2_256], &[2]);
    let second = offer("c0d1e2f304152637", [azure, site], &defaults, 2);
    let microsoft = [
        "1e2b516905991c7d7c96fcbfb587e46100000009",
        "fb1de3cdf341b7ea16b7e5be0855f120",
        "26244d38eddb61b3172a36e3d0cfb819",
    ];
    let second = second.with_all(microsoft.map(vendor_id));
    script.ike(0.031, azure, site, &filled(second, 620));
    script.ike(0.032, site, azure, &refusal("c0d1e2f304152637"));
    script.pcap()
}

fn vendor_id(hex: &str) -> Payload {
    ikev2::vendor_id(&hex::decode(hex).unwrap())
}

/// (f) IKEv1 behind NAT: message 4 is repeated, message 5 never gets here.
pub(crate) fn mx_wan() -> Vec<u8> {
    let mut script = Script::at(8, 30, 15_205);
    let (client, gateway) = ("198.51.100.140:500", "203.0.113.6:500");
    let (first, second) = (spi("2b94f7c01ed8563a"), spi("7d03c6915af28eb4"));
    let suite = |number, encryption: u16, bits: Option<u16>, group| {
        let mut transform =
            ikev1::Transform::new(number, 1).attribute(Attribute::Tv(1, encryption));
        if let Some(bits) = bits {
            transform = transform.attribute(Attribute::Tv(14, bits));
        }
        transform
            .attribute(Attribute::Tv(2, 2))
            .attribute(Attribute::Tv(4, group))
            .attribute(Attribute::Tv(3, 1))
            .attribute(Attribute::Tv(11, 1))
            .attribute(Attribute::Tlv(12, 28_800_u32.to_be_bytes().to_vec()))
    };
    let offered = ikev1::Proposal::new(1, 1)
        .with(suite(1, 7, Some(256), 20))
        .with(suite(2, 7, Some(128), 19))
        .with(suite(3, 7, Some(256), 14))
        .with(suite(4, 5, None, 14))
        .with(suite(5, 5, None, 2));
    let vid = |hex: &str| ikev1::vendor_id(&hex::decode(hex).unwrap());
    let windows = [
        "01528bbbc00696121849ab9a1c5b2a5100000001",
        "1e2b516905991c7d7c96fcbfb587e46100000009",
        "4a131c81070358455c5728f20e95452f",
        "90cb80913ebb696e086381b5ec427b1f",
        "4048b7d56ebce88525e7de7f00d6c2d3",
        "fb1de3cdf341b7ea16b7e5be0855f120",
        "26244d38eddb61b3172a36e3d0cfb819",
        "e3a5966a76379fe707228231e5ce8652",
    ];
    let message = |responder| Message::ikev1(ikev1::MAIN_MODE).spis(first, responder);
    script.others(-1.0, 11);
    let one = message([0; 8])
        .with(ikev1::sa(&[offered]))
        .with_all(windows.map(vid));
    script.ike(0.0, client, gateway, &one);
    let chosen = ikev1::Proposal::new(1, 1).with(suite(5, 5, None, 2));
    let two = message(second)
        .with(ikev1::sa(&[chosen]))
        .with_all([windows[2], windows[4]].map(vid));
    script.ike(0.003, gateway, client, &two);
    let key_exchange = |nonce: usize, ends: [&str; 2]| {
        let [from, to] = ends.map(address);
        message(second)
            .with(ikev1::ke(&[0x9e; 128]))
            .with(ikev1::nonce(&vec![0x51; nonce]))
            .with_all(ikev1::nat_d(first, second, from, to))
    };
    let three = key_exchange(48, ["192.0.2.140:500", gateway]);
    script.ike(0.041, client, gateway, &three);
    let four = key_exchange(16, [gateway, client]);
    script.ike(0.046, gateway, client, &four);
    for repeat in 1..=5 {
        script.others(
            f64::from(repeat) * 10.0 - 5.0,
            if repeat == 1 { 1 } else { 3 },
        );
        script.ike(0.046 + f64::from(repeat) * 10.001, gateway, client, &four);
    }
    script.others(60.0, 8);
    script.pcap()
}

/// (g) Bare ESP goes one way; the ends do not agree whether there is NAT.
pub(crate) fn esp_oneway() -> Vec<u8> {
    let mut script = Script::at(4, 2, 33_260);
    let (from, to) = ("198.51.100.61:500", "203.0.113.77:500");
    let (first, second) = (spi("74cb1f9e02d6b38a"), spi("d18e60b37c4f9512"));
    let init = |responder: [u8; 8], [source, destination]: [&str; 2], more: &[(u16, usize)]| {
        let suite = classic(1, 256, SHA2_256, &[31]);
        let notifies = more
            .iter()
            .map(|(kind, data)| ikev2::notify(*kind, &vec![2; *data]));
        Message::ikev2(ikev2::IKE_SA_INIT)
            .spis(first, responder)
            .with(ikev2::sa(&[suite]))
            .with(ikev2::ke(31, &[0x9e; 32]))
            .with(ikev2::nonce(&[0x51; 32]))
            .with_all(ikev2::nat_detection(
                first,
                responder,
                address(source),
                address(destination),
            ))
            .with_all(notifies)
    };
    script.others(-1.0, 2);
    // It hashes another address of its own, and it is a public one.
    let request = init([0; 8], ["203.0.113.161:500", to], &ANNOUNCED);
    script.ike(0.0, from, to, &request.initiator());
    let more = [ANNOUNCED.as_slice(), &[(16404, 0)]].concat();
    script.ike(0.004, to, from, &init(second, [to, from], &more).response());
    let mut sealed = |exchange, id, is_response: bool, inner, length: usize| {
        let message = Message::ikev2(exchange).spis(first, second).message_id(id);
        let message = if is_response {
            message.response()
        } else {
            message.initiator()
        };
        let content = length - (28 + 4 + 16 + 16) - 1;
        let suite = Suite::AES_CBC_SHA2_256;
        message.with(ikev2::sk(inner, content, &suite, &mut script.random))
    };
    let auth = [
        sealed(ikev2::IKE_AUTH, 1, false, ikev2::ID_I, 256),
        sealed(ikev2::IKE_AUTH, 1, true, ikev2::ID_R, 224),
    ];
    let alive = [2, 3].map(|id| {
        [false, true].map(|is_response| sealed(ikev2::INFORMATIONAL, id, is_response, 0, 80))
    });
    script.ike(0.009, from, to, &auth[0]);
    script.ike(0.018, to, from, &auth[1]);
    for number in 1..=47 {
        let seconds = 0.052 + f64::from(number - 1) * 0.5;
        for (check, at) in alive.iter().zip([21, 41]) {
            if number == at {
                script.ike(seconds - 0.034, from, to, &check[0]);
                script.ike(seconds - 0.030, to, from, &check[1]);
            }
        }
        let packet = Content::Protocol(50, esp(0xc70a_41be, number as u32, &[7; 128]));
        script.packet(seconds, &Packet::new(address(from), address(to), packet));
    }
    script.others(24.152, 4);
    script.pcap()
}

/// (j) Unanswered at FortiGate's intervals, then up, as the device's console shows it.
pub(crate) fn live() -> Vec<u8> {
    let mut script = Script::at(3, 5, 21_310);
    let (from, to) = ("198.51.100.9:500", "203.0.113.44:500");
    let request = |hex: &str| {
        let own = spi(hex);
        let message = Message::ikev2(ikev2::IKE_SA_INIT)
            .spis(own, [0; 8])
            .initiator();
        filled(
            message.with_all(sa_init(14, (own, [0; 8]), [from, to], &ANNOUNCED)),
            500,
        )
    };
    let lost = request("5d71c0e47a60b218");
    for seconds in [0.0, 3.001, 9.003, 21.005, 45.010] {
        script.ike(seconds, from, to, &lost);
    }
    let (first, second) = (spi("b80f1a62c39d5e07"), spi("46e2d0918f7b3ca5"));
    script.ike(93.016, from, to, &request("b80f1a62c39d5e07"));
    let answer = Message::ikev2(ikev2::IKE_SA_INIT)
        .spis(first, second)
        .response();
    let payloads = sa_init(14, (first, second), [to, from], &[]);
    script.ike(93.048, to, from, &filled(answer.with_all(payloads), 440));
    let auth = Message::ikev2(ikev2::IKE_AUTH)
        .spis(first, second)
        .message_id(1);
    let message = script.sealed(auth.clone().initiator(), ikev2::ID_I, 224);
    script.ike(93.079, from, to, &message);
    let message = script.sealed(auth.response(), ikev2::ID_R, 224);
    script.ike(93.116, to, from, &message);
    for (seconds, [from, to], spi) in [
        (93.525, [from, to], 0xa90c_51e3),
        (93.549, [to, from], 0xe71f_3a86),
    ] {
        let packet = Content::Protocol(50, esp(spi, 1, &[7; 120]));
        script.packet(seconds, &Packet::new(address(from), address(to), packet));
    }
    script.sniffer_text()
}

/// (i) Nothing of IKE in it.
pub(crate) fn lan() -> Vec<u8> {
    let mut script = Script::at(2, 0, 0);
    script.others(0.0, 96);
    let [from, to] = ["192.0.2.1:40000", "192.0.2.2:443"].map(address);
    for number in 0..40 {
        let tcp = Content::Tcp {
            sequence: number,
            acknowledgement: 0,
            flags: ikescope_testkit::frame::TcpFlags(0x10),
            payload: vec![1],
        };
        script.packet(1.0, &Packet::new(from, to, tcp));
    }
    script.pcap()
}

/// (i) The healthy tunnel, cut inside of its last frame.
pub(crate) fn cut() -> Vec<u8> {
    let mut octets = dc_outside();
    octets.truncate(octets.len() - 40);
    octets
}

/// An IKE_SA_INIT request whose proposal announces more octets than its SA payload holds.
pub(crate) fn odd() -> Vec<u8> {
    let mut script = Script::at(9, 12, 39_000);
    let (from, to) = ("198.51.100.52:500", "203.0.113.12:500");
    script.others(0.0, 8);
    let own = spi("5d0c93f71ab6e428");
    let message = Message::ikev2(ikev2::IKE_SA_INIT)
        .spis(own, [0; 8])
        .initiator()
        .with_all(sa_init(19, (own, [0; 8]), [from, to], &[(16430, 0)]));
    let mut octets = message.octets();
    octets[PROPOSAL_LENGTH..][..2].copy_from_slice(&48u16.to_be_bytes());
    script.udp(1.0, from, to, &octets);
    script.pcap()
}

/// Where the length of the first proposal stands, from the start of the IKE header.
const PROPOSAL_LENGTH: usize = 28 + 4 + 2;
