//! Every message here is cut at every octet and every bit of it is flipped. None may panic, and what
//! is told of it stays in proportion to its octets and fit for JSON.
#![expect(
    clippy::unwrap_used,
    reason = "a message that the test made itself must be whole"
)]

use ikescope_testkit::fuzz_inputs;
use ikescope_wire::{Message, Payloads, ikev1, ikev2};

#[path = "../fuzz/src/lib.rs"]
pub mod check;

const IKEV1: u8 = 0x10;
const IKEV2: u8 = 0x20;

/// A message of `version` with payloads of these types and bodies.
fn message(version: u8, payloads: &[(u8, &[u8])]) -> Vec<u8> {
    let mut octets = vec![0x11; 16];
    octets.push(
        payloads
            .first()
            .map_or(0, |(payload_type, _)| *payload_type),
    );
    octets.extend([
        version,
        if version == IKEV1 { 2 } else { 34 },
        0,
        0,
        0,
        0,
        0,
    ]);
    octets.extend([0; 4]);
    for (index, (_, body)) in payloads.iter().enumerate() {
        let next = payloads
            .get(index + 1)
            .map_or(0, |(payload_type, _)| *payload_type);
        octets.extend([next, 0]);
        octets.extend(u16::try_from(body.len() + 4).unwrap().to_be_bytes());
        octets.extend(*body);
    }
    set_length(&mut octets);
    octets
}

/// Makes the header announce the length that the message has.
fn set_length(octets: &mut [u8]) {
    let length = u32::try_from(octets.len()).unwrap().to_be_bytes();
    if let Some(field) = octets.get_mut(24..28) {
        field.copy_from_slice(&length);
    }
}

/// The octets of hex digits with blanks between them.
fn octets(digits: &str) -> Vec<u8> {
    hex::decode(digits.split_whitespace().collect::<String>()).unwrap()
}

/// A message for every payload type of both versions, for most of them more than one.
fn messages() -> Vec<Vec<u8>> {
    let address = "c0000201";
    let name = octets("300f310d300b06035504031304 6d6f6f6e");
    let v1: Vec<(u8, Vec<u8>)> = vec![
        // Phase 1 as in the public capture ISAKMP_sa_setup.pcap, phase 2, labels, GDOI.
        (
            1,
            octets(
                "00000001000000010000003001010001000000280101000080010007800e00808002000280040001\
                    80030001800b0001000c000400015180",
            ),
        ),
        (
            1,
            octets(
                "0000000100000001 0000001c010304 01 c0ffee01 00000010010c0000 80040002 80050002",
            ),
        ),
        (
            1,
            octets(
                "0000000100000007 80000001 00020000aabb0000 0009 0000 ff800000 00000000 00000000",
            ),
        ),
        (
            1,
            octets(
                "0000000200000000 00100000 00000023 01 11 01000004c0000201 01000004e9fc0001\
                    0cc0ffee01 80040001 80010001",
            ),
        ),
        (4, octets("0102030405060708090a")),
        (5, octets(&format!("011101f4{address}"))),
        (5, octets("0400000 00a010000ffff0000")),
        (
            5,
            octets("08000000 20010db8000000000000000000000000 20010db8000000000000000000000001"),
        ),
        (5, [&[9, 0, 0, 0][..], &name].concat()),
        (6, octets("04308201")),
        (7, [&[4][..], &name].concat()),
        (8, octets("00112233445566778899aabbccddeeff")),
        (9, octets("0011223344")),
        (10, octets("00112233445566778899")),
        (
            11,
            octets("00000001 0110 8d28 00112233445566778899aabbccddeeff 00000c2a"),
        ),
        (
            11,
            octets("00000001 0304 6000 c0ffee01 80010001 00020004 00000e10"),
        ),
        (12, octets("00000001 0304 0002 c0ffee01 c0ffee02")),
        (13, octets("4a131c81070358455c5728f20e95452f")),
        (
            14,
            octets(
                "02000007 c0880000 40890002616c 408a000473336372 7004000e0a010000ffff0000000000000000",
            ),
        ),
        (
            15,
            octets(
                "11 01000004c0000201 01000004e9fc0001 000102030405060708090a0b0c0d0e0f 00000000\
                     80020003",
            ),
        ),
        (15, octets("d5664a6fcbc7d769f693d4d83ce125b1415827ae")),
        (16, octets("01000000c0000201")),
        (17, octets("00010000 01000011 04c0ffee01 0001000409090909")),
        (18, octets("00000007")),
        (19, octets("0011")),
        (20, octets("d5664a6fcbc7d769f693d4d83ce125b1415827ae")),
        (21, octets("05000000 20010db8000000000000000000000001")),
        (22, octets("80010005 80020005")),
        (132, octets("0001 01 01 00112233")),
        (200, octets("0011")),
    ];
    let v2: Vec<(u8, Vec<u8>)> = vec![
        (
            33,
            octets("00000024 01010003 0300000c01000014800e0100 0300000802000006 0000000804000014"),
        ),
        (34, octets("0014 0000 00112233")),
        (35, octets(&format!("01000000{address}"))),
        (36, [&[9, 0, 0, 0][..], &name].concat()),
        (36, octets("0a000000 82046d6f6f6e")),
        (
            37,
            octets("0c 0001020304050607080900010203040506070809 68747470"),
        ),
        (38, octets("04 0001020304050607080900010203040506070809")),
        (39, octets("0e000000 0c 300a06082a8648ce3d040302 aabb")),
        (40, octets("00112233445566778899aabbccddeeff")),
        (41, octets("0000 0011 000e")),
        (41, octets("0000 4017 0104c0000209aabb")),
        (41, octets("0000 402f 0002 0003")),
        (
            41,
            octets("0000 403b 0202 030101 0f0e00300a06082a8648ce3d040302"),
        ),
        (41, octets("0000 4012 c0000201 c0000202 01f4 1194")),
        (41, octets("0000 4020 80010005 80020001 0003000400000001")),
        (41, octets("0000 4034 01 00112233")),
        (41, octets("0304 4009 c0ffee01")),
        (42, octets("0304 0002 c0ffee01 c0ffee02")),
        (43, octets("1e2b516905991c7d7c96fcbfb587e46100000009")),
        (
            44,
            octets("02000000 07110010003500350a0100000a0100ff 0a00000a736563726574"),
        ),
        (
            45,
            octets(
                "02000000 08000028 0000ffff 20010db8000000000000000000000000\
                     20010db80000000000000000000000ff 09000010 00010203 00040506 0708090a",
            ),
        ),
        (
            47,
            octets(
                "02000000 000100040a030001 000d00080a010000ffff0000 000e000400010003 00190003616263",
            ),
        ),
        (48, octets("02010 00a 01 616c696365")),
        (48, octets("01020013 1a04020 00e 453d36393120523d3020")),
        (48, octets("0107000d fe 00372a 00000001 09")),
        (48, octets("02030006 03 1a")),
        (49, octets("0011")),
        (50, octets("0b000000 67726f7570")),
        (
            51,
            octets(
                "03040040 c0ffee01 070000100000ffffc0000200c00002ff 070000100000ffffe9fc0001e9fc0001\
                     0300000805000001 0000000802000005 0001000400000e10 0000000c 80010005 80020009",
            ),
        ),
        (
            52,
            octets("03040010 c0ffee01 0001000409090909 0000000e 000100020909 80030007"),
        ),
        (54, octets("0011")),
        (200, octets("0011")),
        (53, octets("0001 0002 00112233")),
    ];
    let mut encrypted = message(IKEV1, &[(8, &[9; 16])]);
    encrypted[19] = 1;
    let alone = |version, payloads: Vec<(u8, Vec<u8>)>| {
        payloads
            .into_iter()
            .map(move |(payload_type, body)| message(version, &[(payload_type, &body)]))
    };
    let two = message(IKEV2, &[(34, &[0, 20, 0, 0, 1]), (46, &[7; 40])]);
    alone(IKEV1, v1)
        .chain(alone(IKEV2, v2))
        .chain([encrypted, two])
        .collect()
}

#[test]
fn whole_messages_are_read_without_error() {
    for octets in messages() {
        let message = Message::decode(&octets).unwrap();
        assert_eq!(check::message(&octets), 0, "{message}");
    }
}

#[test]
fn every_payload_type_occurs() {
    let types: Vec<(bool, u8)> = messages()
        .iter()
        .flat_map(|octets| {
            let message = Message::decode(octets).unwrap();
            let ikev2 = matches!(message, Message::V2(_));
            message
                .payloads()
                .map(move |raw| (ikev2, raw.unwrap().payload_type))
                .collect::<Vec<_>>()
        })
        .collect();
    for number in (1..=22)
        .filter(|number| !matches!(number, 2 | 3))
        .chain([132])
    {
        assert!(types.contains(&(false, number)), "IKEv1 {number}");
    }
    for number in 33..=54 {
        assert!(types.contains(&(true, number)), "IKEv2 {number}");
    }
}

#[test]
fn no_cut_makes_it_panic() {
    for octets in messages() {
        for length in 0..octets.len() {
            // As a snap length cuts, and as a sender would who never had the rest.
            let mut cut = octets[..length].to_vec();
            check::message(&cut);
            set_length(&mut cut);
            check::message(&cut);
        }
    }
}

#[test]
fn no_flipped_bit_makes_it_panic() {
    for octets in messages() {
        for index in 0..octets.len() {
            for bit in 0..8 {
                let mut damaged = octets.clone();
                damaged[index] ^= 1 << bit;
                check::message(&damaged);
            }
        }
    }
}

#[test]
fn no_extreme_octet_makes_it_panic() {
    for octets in messages() {
        for index in 0..octets.len() {
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut damaged = octets.clone();
                damaged[index] = value;
                check::message(&damaged);
            }
        }
    }
}

#[test]
fn what_a_cut_took_is_not_called_malformed() {
    for octets in messages() {
        for length in 28..octets.len() {
            let message = Message::decode(&octets[..length]).unwrap();
            for raw in message.payloads() {
                let error = match (message, raw) {
                    (Message::V1(_), Ok(raw)) => ikev1::Payload::decode(raw).err(),
                    (_, Ok(raw)) => ikev2::Payload::decode(raw).err(),
                    (_, Err(error)) => Some(error),
                };
                if let Some(error) = error {
                    let text = error.to_string();
                    assert!(text.contains("the capture kept"), "cut at {length}: {text}");
                }
            }
        }
    }
}

#[test]
fn an_sa_payload_inside_another_is_not_followed() {
    // GDOI nests policies in the SA payload; a chain of SA payloads would be as deep as it is long.
    let mut body = Vec::new();
    while body.len() < 60_000 {
        let length = u16::try_from(body.len() + 4).unwrap().to_be_bytes();
        let mut outer = octets("0000000200000000 00160000 01000004 0000");
        outer.extend(length);
        outer.append(&mut body);
        body = outer;
    }
    let octets = message(IKEV1, &[(1, &body)]);
    assert_eq!(check::message(&octets), 0);
}

#[test]
fn decrypted_payloads_are_walked_by_the_same_code() {
    let octets = [0, 0, 0, 8, 0, 0, 0, 24];
    let input = ikescope_wire::input::Input::new(&octets);
    let raw = Payloads::new(41, input, true).next().unwrap().unwrap();
    assert!(matches!(
        ikev2::Payload::decode(raw),
        Ok(ikev2::Payload::Notify(notify)) if notify.notify_type.0 == 24
    ));
}

#[test]
fn survives_the_seeds_and_finds_of_fuzzing() {
    for (path, octets) in fuzz_inputs("ikescope-wire", "message") {
        println!("{}", path.display());
        check::message(&octets);
    }
    for (path, octets) in fuzz_inputs("ikescope-wire", "payload_body") {
        println!("{}", path.display());
        check::payload_body(&octets);
    }
}
