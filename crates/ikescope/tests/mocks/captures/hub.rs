//! (h) A hub in two hours.

use ikescope_testkit::frame::{Content, Packet, esp};
use ikescope_testkit::message::Message;
use ikescope_testkit::message::ikev2;

use super::{ANNOUNCED, Script, address, filled, sa_init};

/// 400 tunnels, of which three are broken.
pub(crate) fn hub() -> Vec<u8> {
    let mut script = Script::at(2, 0, 0);
    for number in 0..396_u16 {
        let [high, low] = number.to_be_bytes();
        let peer = format!("198.18.{high}.{low}");
        script.tunnel(f64::from(number) * 10.0, &peer, u64::from(number), 4);
    }
    script.tunnel(4000.0, "198.51.100.7", 396, 0);
    script.refused_rekey(4364.0, "198.51.100.201");
    for attempt in 0..6 {
        script.refused(
            6451.0 + f64::from(attempt) * 60.0,
            "198.51.100.118",
            attempt,
        );
    }
    for attempt in 0..40 {
        script.deaf(2472.0 + f64::from(attempt) * 93.0, "198.51.100.33", attempt);
    }
    script.others(7200.0, 3);
    script.frames.sort_by_key(|(time, _)| *time);
    script.pcap()
}

/// What the hub's tunnels do.
impl Script {
    /// IKE_SA_INIT answered, in a suite that nobody complains of.
    fn opened(&mut self, seconds: f64, ends: [&str; 2], spis: ([u8; 8], [u8; 8])) {
        let (first, second) = spis;
        let [peer, hub] = ends;
        let message = |responder| Message::ikev2(ikev2::IKE_SA_INIT).spis(first, responder);
        let payloads = sa_init(20, (first, [0; 8]), [peer, hub], &ANNOUNCED);
        self.ike(
            seconds,
            peer,
            hub,
            &message([0; 8]).initiator().with_all(payloads),
        );
        let payloads = sa_init(20, spis, [hub, peer], &ANNOUNCED);
        self.ike(
            seconds + 0.002,
            hub,
            peer,
            &message(second).response().with_all(payloads),
        );
    }

    /// One more exchange, encrypted.
    fn exchange(
        &mut self,
        seconds: f64,
        ends: [&str; 2],
        spis: ([u8; 8], [u8; 8]),
        (exchange, id): (u8, u32),
        answer: (u8, usize),
    ) {
        let message = Message::ikev2(exchange).spis(spis.0, spis.1).message_id(id);
        let first = if exchange == ikev2::IKE_AUTH {
            ikev2::ID_I
        } else {
            ikev2::SA
        };
        let request = self.sealed(message.clone().initiator(), first, 279);
        self.ike(seconds, ends[0], ends[1], &request);
        let answer = self.sealed(message.response(), answer.0, answer.1);
        self.ike(seconds + 0.020, ends[1], ends[0], &answer);
    }

    /// A tunnel that comes up and carries so many packets each way until four o'clock.
    fn tunnel(&mut self, seconds: f64, peer: &str, number: u64, packets: u32) {
        let ends = [format!("{peer}:500"), "203.0.113.1:500".to_owned()];
        let ends = [ends[0].as_str(), ends[1].as_str()];
        let spis = numbered(0x1000 + number);
        self.opened(seconds, ends, spis);
        self.exchange(
            seconds + 0.01,
            ends,
            spis,
            (ikev2::IKE_AUTH, 1),
            (ikev2::ID_R, 224),
        );
        for packet in 1..=packets {
            for ([from, to], spi) in [(ends, 0x0100_0000), ([ends[1], ends[0]], 0x0200_0000)] {
                let spi = spi + u32::try_from(number).unwrap();
                let content = Content::Protocol(50, esp(spi, packet, &[7; 120]));
                let until = 7200.0 - seconds - 1.0;
                let at = seconds + 1.0 + until * f64::from(packet - 1) / f64::from(packets - 1);
                self.packet(at, &Packet::new(address(from), address(to), content));
            }
        }
    }

    /// The hub answers, and is asked the same again: five times each.
    fn deaf(&mut self, seconds: f64, peer: &str, attempt: i32) {
        let ends = [format!("{peer}:500"), "203.0.113.1:500".to_owned()];
        let (first, second) = numbered(0xdeaf_0000 + attempt as u64);
        let spis = ((first, [0; 8]), (first, second));
        let message = |responder| Message::ikev2(ikev2::IKE_SA_INIT).spis(first, responder);
        let request = sa_init(14, spis.0, [&ends[0], &ends[1]], &ANNOUNCED);
        let request = filled(message([0; 8]).initiator().with_all(request), 500);
        let answer = sa_init(14, spis.1, [&ends[1], &ends[0]], &[]);
        let answer = filled(message(second).response().with_all(answer), 440);
        for after in [0.0, 3.001, 9.002, 21.004, 45.006] {
            self.ike(seconds + after, &ends[0], &ends[1], &request);
            self.ike(seconds + after + 0.002, &ends[1], &ends[0], &answer);
        }
    }

    /// The hub turns the peer away.
    fn refused(&mut self, seconds: f64, peer: &str, attempt: i32) {
        let ends = [format!("{peer}:500"), "203.0.113.1:500".to_owned()];
        let ends = [ends[0].as_str(), ends[1].as_str()];
        let spis = numbered(0xbad0_0000 + attempt as u64);
        self.opened(seconds, ends, spis);
        self.exchange(
            seconds + 0.01,
            ends,
            spis,
            (ikev2::IKE_AUTH, 1),
            (ikev2::NOTIFY, 65),
        );
    }

    /// A tunnel that comes up; what is to follow its IPsec SA is refused.
    fn refused_rekey(&mut self, seconds: f64, peer: &str) {
        let ends = [format!("{peer}:500"), "203.0.113.1:500".to_owned()];
        let ends = [ends[0].as_str(), ends[1].as_str()];
        let spis = numbered(0x6666_0000);
        self.opened(seconds - 3000.0, ends, spis);
        let auth = (ikev2::IKE_AUTH, 1);
        self.exchange(seconds - 2999.9, ends, spis, auth, (ikev2::ID_R, 224));
        let rekey = (ikev2::CREATE_CHILD_SA, 2);
        self.exchange(seconds, ends, spis, rekey, (ikev2::NOTIFY, 65));
    }
}

/// SPIs of their own, different in their first digits.
fn numbered(number: u64) -> ([u8; 8], [u8; 8]) {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (spread.to_be_bytes(), (!spread).to_be_bytes())
}
