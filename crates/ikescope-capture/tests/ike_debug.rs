//! FortiGate IKE debug logs: the messages and statements of public samples and of small logs of ours.

use std::fs;
use std::io::Cursor;

use ikescope_capture::{Capture, Options, TextOptions};
use ikescope_testkit::{shared_dir, testdata_dir};
use ikescope_wire::observed::Observation;

/// A message, as it was handed up.
struct Message {
    ends: String,
    octets: Vec<u8>,
    missing: u32,
    time: i64,
    /// Type of the first payload that the log shows in clear, and the octets of all of them.
    shown: Option<(u8, Vec<u8>)>,
}

impl Message {
    fn is_whole(&self) -> bool {
        self.missing == 0
    }
}

#[derive(Default)]
struct Read {
    messages: Vec<Message>,
    /// Line, connection, kind and text of each statement.
    statements: Vec<String>,
    notes: Vec<String>,
}

fn read(octets: Vec<u8>) -> Read {
    read_with(octets, &Options::default())
}

fn read_with(octets: Vec<u8>, options: &Options) -> Read {
    let mut capture =
        Capture::from_reader("log", Cursor::new(octets), 3, options).expect("it is a log");
    let mut read = Read::default();
    let mut sink = |observation: Observation<'_>| match observation {
        Observation::Datagram(datagram) => {
            let sighting = datagram.sighting;
            assert_eq!((sighting.frame.input, sighting.hop_limit), (3, 0));
            read.messages.push(Message {
                ends: format!("{}->{}", sighting.source, sighting.destination),
                octets: datagram.octets.to_vec(),
                missing: datagram.missing,
                time: sighting.time.0,
                shown: datagram
                    .plaintext
                    .map(|shown| (shown.first, shown.octets.to_vec())),
            });
        }
        Observation::Statement(statement) => {
            assert_eq!(statement.sighting.frame.input, 3);
            let kind = format!("{:?}", statement.said);
            let kind = kind.split([' ', '{']).next().unwrap_or_default().to_owned();
            read.statements.push(format!(
                "{} [{}] {kind} #{}",
                statement.line, statement.connection, statement.sighting.frame.number
            ));
        }
        other => panic!("{other:?}"),
    };
    while capture.next_frame(&mut sink).is_some() {}
    read.notes = capture.notes().iter().map(ToString::to_string).collect();
    read
}

fn fixture(name: &str) -> Read {
    let path = testdata_dir().join("ike-debug").join(name);
    read(fs::read(path).expect("the fixture can be read"))
}

/// Counts of `EXPECTED-IKE.tsv`, which were made by another parser: messages proven whole by the
/// Length field, and those of which no octets stand in the log.
#[test]
fn reads_every_message_of_the_public_samples() {
    let Some(samples) = shared_dir().map(|dir| dir.join("fortigate/samples")) else {
        return;
    };
    let expected = fs::read_to_string(samples.join("EXPECTED-IKE.tsv")).unwrap();
    for row in expected.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let number = |column: usize| columns[column].parse::<usize>().unwrap();
        let read = read(fs::read(samples.join("ike-debug").join(columns[0])).unwrap());
        let whole = read.messages.iter().filter(|message| message.is_whole());
        assert_eq!(whole.count(), number(1) + number(2), "{}", columns[0]);
        let seen = columns[7].split([';', '|']).filter_map(|told| {
            let (_, count) = told.trim().split_once('=')?;
            count.trim().parse::<usize>().ok()
        });
        assert_eq!(
            read.messages.len(),
            seen.sum::<usize>().max(number(1) + number(2)),
            "{}",
            columns[0]
        );
    }
}

/// The IKE messages of a capture, without the non-ESP marker: what the logs were written from.
fn captured(name: &str) -> Vec<Vec<u8>> {
    let path = testdata_dir().join(format!("captures/{name}.pcap"));
    let mut capture = Capture::open(path, 0, &Options::default()).expect("a capture");
    let mut messages = Vec::new();
    while capture
        .next_frame(&mut |observation| {
            if let Observation::Datagram(datagram) = observation {
                let octets = datagram.octets;
                let octets = octets.strip_prefix(&[0; 4]).unwrap_or(octets);
                let ports = [
                    datagram.sighting.source.port(),
                    datagram.sighting.destination.port(),
                ];
                if octets.len() >= 28 && ports.iter().any(|port| [500, 4500].contains(port)) {
                    messages.push(octets.to_vec());
                }
            }
        })
        .is_some()
    {}
    messages
}

fn assert_reads_all_of(log: &str, capture: &str, count: usize) {
    let read = fixture(log);
    let octets: Vec<&[u8]> = (read.messages.iter())
        .map(|message| {
            message
                .octets
                .strip_prefix(&[0; 4])
                .unwrap_or(&message.octets)
        })
        .collect();
    let expected = captured(capture);
    assert_eq!(octets, expected[..count], "{log}");
    assert!(read.messages.iter().all(Message::is_whole), "{log}");
}

/// Cases 33, 34, 35, 36, 40, 41 of the checklist and the encodings: the octets are those of the
/// capture that the log was written from.
#[test]
fn reads_every_octet_through_each_kind_of_damage() {
    for log in [
        "wrapped-with-blanks.txt",
        "wrapped-at-odd-digits.txt",
        "wrapped-at-column-133.txt",
        "broken-between-remarks.txt",
        "vdom-by-name.txt",
        "vdom-by-index.txt",
        "joined-into-one-line.txt",
        "name-empty.txt",
        "name-spis-and-blanks.txt",
        "name-colon.txt",
        "lines-missing.txt",
        "times-mixed.txt",
        "addresses-masked.txt",
        "addresses-x.txt",
        "decrypted-between.txt",
        "port-443.txt",
        "port-5555.txt",
        "utf-16.txt",
    ] {
        assert_reads_all_of(log, "ike2-psk-ok", 4);
    }
    for log in [
        "main-mode.txt",
        "main-mode-decrypted.txt",
        "main-mode-wrong-key.txt",
    ] {
        assert_reads_all_of(log, "ike1-main-psk-ok", 6);
    }
    assert_reads_all_of("ipv6.txt", "ike2-ipv6-ok", 4);
}

/// Case 38: the log shows no non-ESP marker, and on port 4500 a packet has one.
#[test]
fn gives_messages_on_port_4500_the_marker_that_the_log_leaves_out() {
    assert_reads_all_of("port-4500.txt", "ike2-nat-ok-responder", 4);
    let read = fixture("port-4500.txt");
    let marked: Vec<bool> = (read.messages.iter())
        .map(|message| message.octets.starts_with(&[0; 4]))
        .collect();
    assert_eq!(marked, [false, false, true, true]);
}

/// Case 38: a marker that the log shows is not added again, a keepalive is one octet, and of a cut
/// message is kept what there is.
#[test]
fn reads_a_shown_marker_a_keepalive_and_a_cut_message() {
    let read = fixture("marker-keepalive-and-cut.txt");
    let first = &captured("ike2-psk-ok")[0];
    let [marked, alive, cut] = &read.messages[..] else {
        panic!("{} messages", read.messages.len());
    };
    assert_eq!(marked.octets, [&[0; 4][..], first].concat());
    assert_eq!(
        (alive.octets.as_slice(), alive.is_whole()),
        (&[0xff][..], true)
    );
    assert_eq!(alive.ends, "198.51.100.20:4500->192.0.2.10:4500");
    // 464 octets, of which 41 digits are missing: 20 octets, and half of one more.
    assert_eq!(cut.octets, first[..443]);
    assert_eq!(cut.missing, 21);
    assert_eq!(
        read.notes.last().unwrap(),
        "log: the octets of 1 message are not as many as the header announces."
    );
}

/// Case 39: the line that says where a message was sent comes behind those of another tunnel, and a
/// repeat is told without octets.
#[test]
fn finds_its_way_through_two_negotiations_at_once() {
    let read = fixture("interleaved.txt");
    let (one, other) = (captured("ike2-psk-ok"), captured("ike2-no-proposal-chosen"));
    let whole: Vec<&[u8]> = (read.messages.iter())
        .filter(|message| message.is_whole())
        .map(|message| message.octets.as_slice())
        .collect();
    let expected: Vec<&[u8]> = [
        &one[0], &other[0], &other[1], &one[1], &one[2], &one[3], &one[0], &one[1],
    ]
    .map(Vec::as_slice)
    .to_vec();
    assert_eq!(whole, expected);
    let bare: Vec<&Message> = read
        .messages
        .iter()
        .filter(|message| !message.is_whole())
        .collect();
    assert_eq!(
        (bare.len(), bare[0].octets.len(), bare[0].missing),
        (1, 28, 472 - 28)
    );
    assert_eq!(
        bare[0].octets[..28],
        one[1][..28],
        "the header as the line tells it"
    );
}

/// A message without octets is an event all the same: its header is what the lines say.
#[test]
fn tells_the_header_of_a_message_whose_octets_were_masked() {
    let read = fixture("octets-masked.txt");
    let expected = captured("ike2-psk-ok");
    for (message, original) in read.messages.iter().zip(&expected) {
        assert_eq!(message.octets, original[..28]);
        assert_eq!(message.missing as usize, original.len() - 28);
    }
    assert_eq!(read.messages.len(), 4);
    assert_eq!(
        read.notes.last().unwrap(),
        "log: of 4 messages only a line tells, without octets: what the header says is known."
    );
}

/// Case 34: of these messages nothing but lines tells, and their ids are broken in two.
#[test]
fn reads_ids_that_a_terminal_broke() {
    let read = fixture("ids-broken-without-octets.txt");
    let expected = captured("ike2-psk-ok");
    assert_eq!(read.messages.len(), 4);
    for (message, original) in read.messages.iter().zip(&expected) {
        assert_eq!(message.octets, original[..28]);
    }
}

/// Case 37: `dec` of IKEv1 holds the payloads with their padding; what a wrong key makes is noise.
#[test]
fn believes_what_main_mode_shows_in_clear_and_not_the_noise_of_a_wrong_key() {
    let shown = |log: &str| -> Vec<Option<(u8, Vec<u8>)>> {
        let messages = fixture(log).messages.into_iter();
        messages.map(|message| message.shown).collect()
    };
    // RFC 2407 §4.6.2: an identity, UDP 500 of 192.0.2.10, and a hash of 64 octets behind it.
    let mut payloads = hex::decode("0800000c011101f4c000020a00000044").unwrap();
    payloads.extend(0..64);
    let mut expected = vec![None; 6];
    expected[4] = Some((5, payloads));
    assert_eq!(shown("main-mode-decrypted.txt"), expected);
    assert_eq!(shown("main-mode-wrong-key.txt"), vec![None; 6]);
}

/// Case 38: a custom port, and TCP: neither is 500 or 4500, and there is no marker.
#[test]
fn keeps_ports_that_are_not_those_of_ike() {
    for (log, initiator, responder) in [("port-5555.txt", 5555, 5555), ("port-443.txt", 49152, 443)]
    {
        let (one, other) = (
            format!("192.0.2.10:{initiator}"),
            format!("198.51.100.20:{responder}"),
        );
        let (there, back) = (format!("{one}->{other}"), format!("{other}->{one}"));
        let messages = fixture(log).messages;
        let ends: Vec<&str> = messages.iter().map(|message| &*message.ends).collect();
        assert_eq!(ends, [&there, &back, &there, &back], "{log}");
        let marked = |message: &Message| message.octets.starts_with(&[0; 4]);
        assert!(!messages.iter().any(marked), "{log}");
    }
}

/// Case 39: a message whose own lines name no address is one of an IKE SA whose ends are known.
#[test]
fn finds_the_ends_of_messages_whose_lines_are_missing() {
    let messages = fixture("lines-missing.txt").messages;
    let ends: Vec<&str> = messages.iter().map(|message| &*message.ends).collect();
    let there = "192.0.2.10:500->198.51.100.20:500";
    let back = "198.51.100.20:500->192.0.2.10:500";
    assert_eq!(ends, [there, back, there, back]);
}

/// Case 40: what a line says is of the connection whose name stands in front of it, whatever it holds.
#[test]
fn takes_names_with_colons_as_they_are() {
    let read = fixture("name-colon.txt");
    let expected = "13 [dial:west_0] OtherSharedKey #4";
    assert_eq!(read.statements, [expected]);
}

/// Case 45: masked addresses get others from the ranges for documentation, the same each time.
#[test]
fn gives_masked_addresses_stand_ins_and_says_so() {
    let read = fixture("addresses-masked.txt");
    let ends: Vec<&str> = read
        .messages
        .iter()
        .map(|message| message.ends.as_str())
        .collect();
    let (there, back) = (
        "198.51.100.254:500->192.0.2.254:500",
        "192.0.2.254:500->198.51.100.254:500",
    );
    assert_eq!(ends, [there, back, there, back]);
    assert!(
        read.statements[0].contains("StandIns"),
        "{:?}",
        read.statements
    );
    assert_eq!(
        read.notes[0],
        "log: addresses that cannot be read are called 192.0.2.254 for \"ff.ff.ff.ff\", \
         198.51.100.254 for \"xx.xx.xx.xx\"; nothing is told from these addresses."
    );
}

/// Case 45: both ends masked alike are two ends all the same, and an address that was taken out is one.
#[test]
fn tells_two_ends_apart_that_are_masked_alike() {
    let read = fixture("addresses-x.txt");
    let ends: Vec<&str> = (read.messages.iter())
        .map(|message| message.ends.as_str())
        .collect();
    let there = "198.51.100.254:500->192.0.2.254:500";
    let back = "192.0.2.254:500->198.51.100.254:500";
    assert_eq!(ends, [there, back, there, back]);
    let listed = fixture("list-gateway-without-ends.txt");
    assert_eq!(
        listed.statements,
        [
            "5 [] StandIns #0",
            "5 [branch] Listed(Heading) #0",
            "10 [branch] Listed(IkeSa #0"
        ]
    );
    // Of two gateways without addresses each has stand-ins of its own.
    let path = testdata_dir().join("ike-debug/list-gateway-without-ends.txt");
    let one = fs::read_to_string(path).expect("the fixture can be read");
    let both = format!("{one}{}", one.replace("branch", "other"));
    let stand_ins = crate::read(both.into_bytes()).statements;
    let stand_ins = stand_ins.iter().filter(|it| it.contains("StandIns"));
    assert_eq!(stand_ins.count(), 2);
}

#[test]
fn reads_ipv6_addresses_with_their_ports() {
    let read = fixture("ipv6.txt");
    assert_eq!(
        read.messages[0].ends,
        "[2001:db8:1::10]:500->[2001:db8:2::20]:500"
    );
}

/// Case 41: seconds, microseconds and no time at all in one file keep their order.
#[test]
fn keeps_the_order_of_lines_whatever_their_times() {
    for log in [
        "times-mixed.txt",
        "wrapped-at-column-133.txt",
        "interleaved.txt",
    ] {
        let times: Vec<i64> = fixture(log)
            .messages
            .iter()
            .map(|message| message.time)
            .collect();
        assert!(
            times.is_sorted_by(|one, other| one < other),
            "{log}: {times:?}"
        );
    }
    // Of the lines with octets the first and the third have no time; those in front of them do.
    let times: Vec<i64> = (fixture("times-mixed.txt").messages.iter())
        .map(|message| message.time / 1_000_000_000)
        .collect();
    assert_eq!(times, [1_795_417_191; 4]);
    let first = fixture("wrapped-at-column-133.txt").messages[0].time;
    // 2026-11-23 06:59:51.122224 UTC by date(1).
    assert_eq!(first, 1_795_417_191_122_224_000);
}

/// Case 41: a log has the device's own time, and its zone is not in the text.
#[test]
fn takes_times_of_a_log_for_those_of_the_zone_that_was_given() {
    let path = testdata_dir().join("ike-debug/times-mixed.txt");
    let octets = fs::read(path).expect("the fixture can be read");
    let mut options = Options::default();
    options.text = TextOptions::default();
    options.text.zone = 9 * 3600;
    let (local, utc) = (read_with(octets.clone(), &options), read(octets));
    for (local, utc) in local.messages.iter().zip(&utc.messages) {
        assert_eq!(utc.time - local.time, 9 * 3600 * 1_000_000_000);
    }
}

/// The public article on FortiGate and Azure: what its log states, line by line.
#[test]
fn reads_the_statements_of_the_public_article() {
    let Some(samples) = shared_dir().map(|dir| dir.join("fortigate/samples/ike-debug")) else {
        return;
    };
    let name = "seed-000_c34aeb101820f2ca-azure-fg100e.txt";
    let read = read(fs::read(samples.join(name)).unwrap());
    let is_of_list = |statement: &&String| statement.contains("Listed");
    let listed = read.statements.iter().filter(is_of_list).count();
    assert_eq!(
        listed,
        4 + 5,
        "two lists, the second with the counters of an SA"
    );
    let stated: Vec<&String> = (read.statements.iter())
        .filter(|statement| !is_of_list(statement))
        .collect();
    assert_eq!(
        stated,
        [
            "37 [] StandIns #0",
            "52 [] StandIns #0",
            "100 [] StandIns #0",
            "92 [Azure] OtherSharedKey #0",
            "107 [Azure] PeerNotify(NO_PROPOSAL_CHOSEN #2",
            "117 [] Offer #3",
            "162 [] Offer #3",
            "173 [] NoProposalChosen(IkeSa) #3",
            "192 [Azure] Offer #5",
        ]
    );
}
