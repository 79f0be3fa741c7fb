//! The exchanges of IKEv1 (RFC 2409 §5, RFC 3947).

use super::{Dialogue, Side};
use crate::message::ikev1::{self, Proposal, Transform};
use crate::message::{Attribute, Message, Payload, ikev2};

impl Dialogue {
    /// Main mode with a shared key, all six messages.
    pub fn main_mode(&mut self) -> &mut Self {
        for number in 1..=6 {
            self.main_mode_message(number);
        }
        self
    }

    /// One message of main mode, `number` from 1 to 6: SA both ways, KE both ways, ID and HASH
    /// encrypted both ways. Before the fifth both sides move to port 4500 if there is a NAT
    /// (RFC 3947 §4).
    ///
    /// # Panics
    /// If main mode has no such message.
    pub fn main_mode_message(&mut self, number: u8) -> &mut Self {
        let (side, message) = self.made_main_mode_message(number);
        self.send(side, &message)
    }

    /// One message of main mode in so many fragments of payload 132, all with the fragment ID 1, as
    /// strongSwan sends them.
    ///
    /// # Panics
    /// If main mode has no such message, or it has fewer octets.
    pub fn main_mode_message_in_fragments(&mut self, number: u8, count: usize) -> &mut Self {
        let (side, whole) = self.made_main_mode_message(number);
        let whole = whole.octets();
        let size = whole.len().div_ceil(count);
        let (initiator, responder) = self.spis();
        for (index, data) in whole.chunks(size).enumerate() {
            let number = u8::try_from(index + 1).expect("few fragments");
            let is_last = index + 1 == whole.len().div_ceil(size);
            let message = Message::ikev1(ikev1::MAIN_MODE)
                .spis(initiator, responder)
                .with(ikev1::fragment(1, number, is_last, data));
            self.send(side, &message);
        }
        self
    }

    fn made_main_mode_message(&mut self, number: u8) -> (Side, Message) {
        let side = if number % 2 == 1 {
            Side::Initiator
        } else {
            Side::Responder
        };
        if number == 2 {
            self.attempt.responder_spi = self.random.spi();
        }
        if number == 5 {
            self.float_behind_nat();
        }
        let message = match number {
            1 | 2 => self.phase_1_message().with_all(self.phase_1_offer(side)),
            3 | 4 => {
                let payloads = self.phase_1_keys(side);
                self.phase_1_message().with_all(payloads)
            }
            5 | 6 => {
                let inner = [identity(), self.hash_payload()];
                let message = self.phase_1_message();
                self.ikev1_sealed(message, &inner)
            }
            _ => panic!("main mode has no message {number}"),
        };
        (side, message)
    }

    /// Aggressive mode with a shared key, all three messages.
    pub fn aggressive_mode(&mut self) -> &mut Self {
        self.aggressive_mode_message(1)
            .aggressive_mode_message(2)
            .aggressive_mode_message(3)
    }

    /// One message of aggressive mode, `number` from 1 to 3; the third is in clear.
    ///
    /// # Panics
    /// If aggressive mode has no such message.
    pub fn aggressive_mode_message(&mut self, number: u8) -> &mut Self {
        let side = if number == 2 {
            Side::Responder
        } else {
            Side::Initiator
        };
        if number == 2 {
            self.attempt.responder_spi = self.random.spi();
        }
        let payloads = match number {
            1 => [
                self.phase_1_offer(side),
                self.phase_1_keys(side),
                vec![identity()],
            ]
            .concat(),
            2 => {
                let end = vec![identity(), self.hash_payload()];
                [self.phase_1_offer(side), self.phase_1_keys(side), end].concat()
            }
            3 => vec![self.hash_payload()],
            _ => panic!("aggressive mode has no message {number}"),
        };
        let (initiator, responder) = self.spis();
        let message = Message::ikev1(ikev1::AGGRESSIVE_MODE).spis(initiator, responder);
        self.send(side, &message.with_all(payloads))
    }

    /// Quick mode, all three messages.
    pub fn quick_mode(&mut self) -> &mut Self {
        self.quick_mode_message(1)
            .quick_mode_message(2)
            .quick_mode_message(3)
    }

    /// One message of quick mode from the initiator's point of view, `number` from 1 to 3. The first
    /// chooses the message ID.
    ///
    /// # Panics
    /// If quick mode has no such message.
    pub fn quick_mode_message(&mut self, number: u8) -> &mut Self {
        assert!(
            (1..=3).contains(&number),
            "quick mode has no message {number}"
        );
        if number == 1 {
            self.attempt.quick_mode_id = self.random.esp_spi();
        }
        let side = if number == 2 {
            Side::Responder
        } else {
            Side::Initiator
        };
        let mut inner = vec![self.hash_payload()];
        if number < 3 {
            inner.push(phase_2_sa());
            inner.push(ikev1::nonce(&[0; 20]));
            inner.extend([subnet(), subnet()]);
        }
        let id = self.attempt.quick_mode_id;
        self.ikev1_protected(side, ikev1::QUICK_MODE, id, &inner)
    }

    /// An encrypted Informational of HASH and this payload, with a message ID of its own.
    pub fn ikev1_informational(&mut self, side: Side, payload: Payload) -> &mut Self {
        let inner = [self.hash_payload(), payload];
        let id = self.random.esp_spi();
        self.ikev1_protected(side, ikev1::INFORMATIONAL, id, &inner)
    }

    /// An Informational in clear with a single Notification, such as NO-PROPOSAL-CHOSEN (14).
    pub fn ikev1_notification(&mut self, side: Side, notify_type: u16) -> &mut Self {
        let (initiator, responder) = self.spis();
        let id = self.random.esp_spi();
        let message = Message::ikev1(ikev1::INFORMATIONAL)
            .spis(initiator, responder)
            .message_id(id)
            .with(ikev1::notification(1, &[], notify_type, &[]));
        self.send(side, &message)
    }

    /// R-U-THERE from one side, and R-U-THERE-ACK (RFC 3706 §5.4).
    pub fn ikev1_dpd(&mut self, side: Side) -> &mut Self {
        let (initiator, responder) = self.spis();
        let spi = [initiator, responder].concat();
        let [asked, answered] =
            [36136, 36137].map(|kind| ikev1::notification(1, &spi, kind, &[0, 0, 0, 1]));
        self.ikev1_informational(side, asked)
            .ikev1_informational(side.other(), answered)
    }

    /// Delete of the ISAKMP SA.
    pub fn ikev1_delete(&mut self, side: Side) -> &mut Self {
        let (initiator, responder) = self.spis();
        let spi = [initiator, responder].concat();
        self.ikev1_informational(side, ikev1::delete(1, &[&spi]))
    }

    fn phase_1_message(&self) -> Message {
        let (initiator, responder) = self.spis();
        Message::ikev1(ikev1::MAIN_MODE).spis(initiator, responder)
    }

    fn phase_1_offer(&self, side: Side) -> Vec<Payload> {
        let transform = Transform::phase_1(1, &self.suite, self.group);
        let sa = ikev1::sa(&[Proposal::new(1, 1).with(transform)]);
        let (sa, extra) = match side {
            Side::Initiator => (self.offer.clone().unwrap_or(sa), &self.initiator.extra),
            Side::Responder => (sa, &self.responder.extra),
        };
        let mut payloads = vec![sa, ikev1::vendor_id(&ikev1::RFC_3947_VENDOR_ID)];
        payloads.extend_from_slice(extra);
        payloads
    }

    fn phase_1_keys(&mut self, side: Side) -> Vec<Payload> {
        let length = ikev2::public_value_length(self.group).unwrap_or(256);
        let ke = ikev1::ke(&self.random.octets(length));
        let nonce = ikev1::nonce(&self.random.octets(20));
        let (initiator, responder) = self.spis();
        let (source, destination) = self.believed_addresses(side);
        let mut payloads = vec![ke, nonce];
        payloads.extend(ikev1::nat_d(initiator, responder, source, destination));
        payloads
    }

    /// HASH of the length of SHA-1, which [`Transform::phase_1`] offers.
    fn hash_payload(&mut self) -> Payload {
        ikev1::hash(&self.random.octets(20))
    }

    fn ikev1_protected(
        &mut self,
        side: Side,
        exchange_type: u8,
        message_id: u32,
        inner: &[Payload],
    ) -> &mut Self {
        let (initiator, responder) = self.spis();
        let message = Message::ikev1(exchange_type).spis(initiator, responder);
        let sealed = self.ikev1_sealed(message.message_id(message_id), inner);
        self.send(side, &sealed)
    }

    fn ikev1_sealed(&mut self, message: Message, inner: &[Payload]) -> Message {
        let first = inner.first().map_or(0, Payload::payload_type);
        let length = inner.iter().map(Payload::wire_length).sum();
        let ciphertext = self.random.octets(self.suite.ikev1_sealed_length(length));
        message.encrypted(first, &ciphertext)
    }
}

fn identity() -> Payload {
    ikev1::identification(1, 17, 500, &[192, 0, 2, 1])
}

fn subnet() -> Payload {
    ikev1::identification(4, 0, 0, &[10, 0, 0, 0, 255, 0, 0, 0])
}

/// ESP_AES in tunnel mode with HMAC-SHA1, one hour (RFC 2407 §4.5).
fn phase_2_sa() -> Payload {
    let attributes = [(1, 1), (2, 3600), (4, 1), (5, 2), (6, 256)];
    let transform = attributes
        .into_iter()
        .map(|(kind, value)| Attribute::Tv(kind, value))
        .fold(Transform::new(1, 12), Transform::attribute);
    ikev1::sa(&[Proposal::new(1, 3).spi(&[0; 4]).with(transform)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Suite;

    /// 76 octets of the fifth message are those of cloudstack#4153.
    #[test]
    fn main_mode_hides_identities_in_76_octets() {
        let mut dialogue = Dialogue::between("192.0.2.1:500", "198.51.100.2:500");
        dialogue.suite(Suite::AES_CBC_SHA1).main_mode();
        let payloads = dialogue.payloads();
        let heads: Vec<_> = payloads
            .iter()
            .map(|octets| (octets[16], octets[19]))
            .collect();
        assert_eq!(heads, [(1, 0), (1, 0), (4, 0), (4, 0), (5, 1), (5, 1)]);
        assert_eq!((payloads[4].len(), payloads[5].len()), (76, 76));
        assert_eq!(payloads[0][8..16], [0; 8]);
    }

    /// DPD and the Delete of the ISAKMP SA are of one size with AES, 92 octets (RFC 3706 §5.3).
    #[test]
    fn dpd_and_delete_take_92_octets_with_aes() {
        let mut dialogue = Dialogue::between("192.0.2.1:500", "198.51.100.2:500");
        dialogue.suite(Suite::AES_CBC_SHA1).main_mode().quick_mode();
        dialogue
            .ikev1_dpd(Side::Initiator)
            .ikev1_delete(Side::Responder);
        let payloads = dialogue.payloads();
        let quick: Vec<_> = payloads[6..9]
            .iter()
            .map(|octets| &octets[20..24])
            .collect();
        assert!(quick.iter().all(|id| *id == quick[0] && *id != [0; 4]));
        assert_eq!(
            payloads[9..]
                .iter()
                .map(|one| one.len())
                .collect::<Vec<_>>(),
            [92, 92, 92]
        );
    }
}
