//! `--follow`: what is told, when it is told, and what ends it. `tests/follow/*.txt` keep the events of
//! whole captures; `UPDATE_TRANSCRIPTS=1 cargo test --test follow` renews them.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;
use std::{env, fs, thread};

use ikescope_testkit::dialogue::{Dialogue, Side, interleaved};
use ikescope_testkit::frame::Link;
use ikescope_testkit::message::ikev2;
use ikescope_testkit::sniffer::{Sniffer, Times, Verbosity, Way};
use ikescope_testkit::testdata_dir;
use serde_json::Value;

/// Nobody waits for so long; a line that has not come by then never will.
const NEVER: Duration = Duration::from_secs(60);

#[test]
fn each_line_comes_as_its_packet_is_written() {
    let octets = up().pcap();
    let mut program = Followed::start(&["-"]);
    let (header, mut records) = octets.split_at(24);
    program.write(header);
    assert_eq!(
        program.errors.recv_timeout(NEVER).unwrap(),
        "ikescope: stdin is pcap; Ctrl-C prints the report"
    );
    for expected in UP {
        let length = u32::from_le_bytes(records[8..12].try_into().unwrap());
        let (record, rest) = records.split_at(16 + length as usize);
        // Half a packet is none.
        let (half, other) = record.split_at(30);
        program.write(half);
        program.write(other);
        assert!(program.line().contains(expected), "{expected}");
        records = rest;
    }
    assert!(records.is_empty());
    assert!(program.end().starts_with("\n+ ESTABLISHED: "));
}

#[test]
fn each_line_comes_as_a_console_prints_its_packet() {
    let dialogue = up();
    let mut console = Sniffer::on("wan1", Verbosity::FromEthernet, true, Times::Absolute);
    let mut program = Followed::start(&["-"]);
    for (sent, expected) in dialogue.sent().iter().zip(UP) {
        for packet in sent.packets() {
            let frame = Link::Ethernet.frame(&packet);
            console.frame(sent.time, "wan1", Way::In, &frame);
        }
        program.write(&console.drain());
        assert!(program.line().contains(expected), "{expected}");
    }
    assert!(program.end().starts_with("\n+ ESTABLISHED: "));
}

#[test]
fn the_last_line_of_a_log_is_not_waited_for() {
    let log = fs::read_to_string(testdata_dir().join("ike-debug/main-mode.txt")).unwrap();
    // The line that says where the octets above it went; behind it a console is silent.
    let at = log.find("sent IKE msg").unwrap();
    let end = at + log[at..].find('\n').unwrap() + 1;
    let mut program = Followed::start(&["-"]);
    program.write(&log.as_bytes()[..end]);
    let first = program.line();
    assert!(first.contains("Main "), "{first}");
    program.write(&log.as_bytes()[end..]);
    assert!(program.end().contains("\n\n"));
}

#[test]
fn a_growing_file_is_read_on_until_ctrl_c() {
    if !cfg!(unix) {
        println!("skipped: kill(1) is needed");
        return;
    }
    let octets = up().pcap();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("growing.pcap");
    fs::write(&path, &octets[..octets.len() - 40]).unwrap();
    let mut program = Followed::start(&[path.to_str().unwrap()]);
    for expected in &UP[..UP.len() - 1] {
        assert!(program.line().contains(expected), "{expected}");
    }
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(&octets[octets.len() - 40..]).unwrap();
    assert!(program.line().contains(UP[UP.len() - 1]));
    let id = program.child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(kill.success());
    let report = program.rest();
    assert!(report.starts_with("\n+ ESTABLISHED: "), "{report}");
    assert_eq!(program.child.wait().unwrap().code(), Some(0));
}

#[test]
fn ndjson_has_a_line_for_each_negotiation_as_it_finishes() {
    let mut refused = Dialogue::between("192.0.2.1:500", "198.51.100.20:500");
    refused.sa_init_request();
    refused.sa_init_error(ikev2::NO_PROPOSAL_CHOSEN, &[]);
    let mut program = Followed::start(&["-", "--format", "ndjson"]);
    program.write(&interleaved(&[&refused, &goes_on(200)]));
    let outcome = |line: &str| -> Value {
        let negotiation: Value = serde_json::from_str(line).unwrap();
        negotiation["verdict"]["outcome"].clone()
    };
    assert_eq!(outcome(&program.line()), "rejected");
    assert_eq!(outcome(program.end().trim()), "established");
}

#[test]
fn says_what_it_cannot_follow() {
    for (arguments, expected) in [
        (
            &["-f", "one.pcap", "two.pcap"][..],
            "--follow follows one input",
        ),
        (
            &["-f", "-", "--format", "json"],
            "name a file for the report",
        ),
        (
            &["-f", "no-such-file.pcap"],
            "cannot open no-such-file.pcap",
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_ikescope"))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn only_wanted_events_are_told() {
    let mut refused = Dialogue::between("192.0.2.1:500", "198.51.100.20:500");
    refused.sa_init_request();
    refused.sa_init_error(ikev2::NO_PROPOSAL_CHOSEN, &[]);
    let octets = interleaved(&[&refused, &goes_on(10)]);
    let told = |arguments: &[&str]| events(&octets, arguments);
    let of_peer = told(&["--peer", "192.0.2.1"]);
    assert_eq!(of_peer.lines().count(), 3, "{of_peer}");
    let quiet = told(&["--quiet"]);
    let verdicts: Vec<&str> = quiet.lines().map(|line| &line[13..14]).collect();
    assert_eq!(verdicts, ["x", "+"], "{quiet}");
    let epoch = told(&["--time", "epoch", "--quiet"]);
    assert!(epoch.starts_with("17"), "{epoch}");
}

/// An answer refuses; an error in its clear text is the stated cause.
#[test]
fn refusals_are_told_with_the_answer() {
    for (name, verdict) in [
        (
            "ike2-no-proposal-chosen.pcap",
            "REJECTED in IKE_SA_INIT     IKE201 stated",
        ),
        (
            "ike2-psk-mismatch.pcap",
            "REJECTED in IKE_AUTH        IKE303 implied",
        ),
        (
            "cap-pcapng-auth-refused.pcapng",
            "REJECTED in IKE_AUTH        IKE303 implied",
        ),
    ] {
        let text = kept(name, &capture(name));
        assert!(text.lines().last().unwrap().ends_with(verdict), "{text}");
    }
}

/// One line per direction; the second one shows that both ways pass.
#[test]
fn the_first_packet_of_each_direction_is_told() {
    for name in [
        "ike2-psk-ok.pcap",
        "ike1-main-psk-ok.pcap",
        "ike2-child-rekey.pcap",
    ] {
        let text = kept(name, &capture(name));
        assert_eq!(text.matches(" ESTABLISHED").count(), 1, "{text}");
        let first = text.lines().position(|line| line.contains("first packet"));
        let up = text.lines().position(|line| line.ends_with("ESTABLISHED"));
        assert_eq!(first.map(|line| line + 1), up, "{text}");
    }
}

#[test]
fn traffic_of_one_end_is_told_after_a_while() {
    let text = kept("ike2-esp-one-way.pcap", &capture("ike2-esp-one-way.pcap"));
    assert!(text.contains(" ! ") && text.contains("ONE_WAY                     IKE602 implied"));
    let text = kept(
        "ike2-established-idle.pcap",
        &capture("ike2-established-idle.pcap"),
    );
    assert!(text.contains("NO_TRAFFIC                  IKE601 implied"));
}

/// strongSwan repeats after 4.0 7.2 13.0 23.3 42.0 s and gives up 75.6 s later.
#[test]
fn a_stall_is_told_once_the_next_repeat_is_overdue() {
    let mut stalled = Dialogue::between("192.0.2.1:500", "198.51.100.20:500");
    stalled.sa_init_request();
    stalled.repeat(&[4.0, 7.2, 12.96, 23.328, 41.99]);
    let text = kept("stalled", &interleaved(&[&stalled, &goes_on(200)]));
    assert_eq!(
        text.matches("STALLED in IKE_SA_INIT      IKE101").count(),
        1,
        "{text}"
    );
    let line = |part: &str| text.lines().position(|line| line.contains(part));
    assert!(line("6th copy") < line("STALLED"), "{text}");
    assert!(text.contains("+13.0 s  like strongSwan"), "{text}");
}

#[test]
fn a_peer_that_answers_no_more_is_told() {
    let mut gone = Dialogue::between("192.0.2.1:500", "198.51.100.20:500");
    gone.sa_init()
        .auth()
        .esp(Side::Initiator, 2)
        .esp(Side::Responder, 2);
    gone.wait(30.0)
        .request(Side::Initiator, ikev2::INFORMATIONAL, &[]);
    gone.repeat(&[4.0, 7.2, 12.96]);
    let text = kept("gone", &interleaved(&[&gone, &goes_on(200)]));
    assert_eq!(text.matches("LOST in INFORMATIONAL").count(), 1, "{text}");
}

/// Twenty tunnels that carry packets and ask whether the peer is alive: an hour of it needs what ten
/// minutes need.
#[test]
fn an_hour_of_traffic_takes_no_more_memory_than_ten_minutes() {
    if !Path::new("/proc/self/status").exists() {
        println!("skipped: /proc is needed");
        return;
    }
    let mut tunnels: Vec<Dialogue> = (1..=20).map(tunnel).collect();
    let mut program = Followed::start(&["-", "--peer", "192.0.2.128/25"]);
    let (mut passed, mut kilobytes) = (0, Vec::new());
    for (minutes, witness) in [(10, "192.0.2.201:500"), (50, "192.0.2.202:500")] {
        for tunnel in &mut tunnels {
            carry(tunnel, minutes);
        }
        passed += minutes;
        // Its line shows that everything before it has been read.
        let mut last = Dialogue::between(witness, "198.51.100.20:500");
        last.wait(f64::from(passed) * 61.0).sa_init_request();
        let octets = interleaved(&tunnels.iter().chain([&last]).collect::<Vec<_>>());
        for tunnel in &mut tunnels {
            drop(tunnel.drain());
        }
        let header = if kilobytes.is_empty() { 0 } else { 24 };
        program.write(&octets[header..]);
        program.line();
        kilobytes.push(program.memory());
    }
    println!("{kilobytes:?} kB");
    assert!(kilobytes[1] < kilobytes[0] + 512, "{kilobytes:?} kB");
}

fn tunnel(number: u64) -> Dialogue {
    let mut tunnel = Dialogue::between(&format!("192.0.2.{number}:500"), "198.51.100.20:500");
    tunnel.seed(number).sa_init().auth();
    tunnel
}

/// Packets both ways every three seconds, and a question whether the peer is alive each minute.
fn carry(tunnel: &mut Dialogue, minutes: u32) {
    for _ in 0..minutes {
        for _ in 0..20 {
            tunnel.wait(3.0);
            tunnel.esp(Side::Initiator, 1).esp(Side::Responder, 1);
        }
        tunnel.dpd(Side::Responder);
    }
}

/// A tunnel that comes up: one line per packet.
fn up() -> Dialogue {
    let mut dialogue = Dialogue::between("192.0.2.10:500", "198.51.100.20:500");
    dialogue.sa_init().auth();
    dialogue.esp(Side::Initiator, 1).esp(Side::Responder, 1);
    dialogue
}

const UP: [&str; 6] = [
    "192.0.2.10 > 198.51.100.20  IKE_SA_INIT req 0",
    "198.51.100.20 > 192.0.2.10  IKE_SA_INIT resp 0",
    "192.0.2.10 > 198.51.100.20  IKE_AUTH req 1",
    "198.51.100.20 > 192.0.2.10  IKE_AUTH resp 1",
    "192.0.2.10 > 198.51.100.20  ESP",
    "first packet   ESTABLISHED",
];

/// A tunnel that carries packets for so many seconds: time passes.
fn goes_on(seconds: u32) -> Dialogue {
    let mut dialogue = Dialogue::between("192.0.2.99:500", "198.51.100.99:500");
    dialogue.seed(7).sa_init().auth();
    for _ in 0..seconds {
        dialogue
            .wait(1.0)
            .esp(Side::Initiator, 1)
            .esp(Side::Responder, 1);
    }
    dialogue
}

fn capture(name: &str) -> Vec<u8> {
    fs::read(testdata_dir().join("captures").join(name)).unwrap()
}

/// The events of a capture that is there at once, held against what was kept.
fn kept(name: &str, octets: &[u8]) -> String {
    let text = events(octets, &[]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/follow");
    let path = path.join(name).with_extension("txt");
    if env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "{path:?}");
    text
}

fn events(octets: &[u8], arguments: &[&str]) -> String {
    let mut program = Followed::start(&[&["-"], arguments].concat());
    program.write(octets);
    let text = program.end();
    let (events, _) = text.split_once("\n\n").unwrap();
    format!("{events}\n")
}

/// The program on a pipe that stays open.
struct Followed {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Receiver<String>,
}

impl Followed {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ikescope"))
            .arg("--follow")
            .args(arguments)
            .env_remove("CLICOLOR_FORCE")
            .env_remove("IKESCOPE_CHARSET")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            lines: lines_of(child.stdout.take().unwrap()),
            errors: lines_of(child.stderr.take().unwrap()),
            child,
        }
    }

    fn write(&mut self, octets: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(octets).unwrap();
        input.flush().unwrap();
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(NEVER).unwrap()
    }

    /// Kilobytes in memory.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let number = line.unwrap().split_whitespace().nth(1);
        number.unwrap().parse().unwrap()
    }

    /// Ends the input; what is printed from here on.
    fn end(&mut self) -> String {
        drop(self.input.take());
        self.rest()
    }

    fn rest(&self) -> String {
        let mut text = String::new();
        while let Ok(line) = self.lines.recv_timeout(NEVER) {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        drop(self.input.take());
        // It has ended already, or a test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            if sender.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    receiver
}
