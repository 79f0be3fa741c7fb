//! The exchanges of IKEv2 (RFC 7296 §1.2 to §1.5).

use std::net::IpAddr;

use super::{Dialogue, Side};
use crate::message::ikev2::{self, Proposal, Transform};
use crate::message::{Message, Payload};

impl Dialogue {
    /// IKE_SA_INIT, request and response.
    pub fn sa_init(&mut self) -> &mut Self {
        self.sa_init_request().sa_init_response()
    }

    /// The IKE_SA_INIT request: SA, KE, Ni, NAT detection, FRAGMENTATION_SUPPORTED, extras.
    pub fn sa_init_request(&mut self) -> &mut Self {
        let offered = Proposal::ike(1, &self.suite, &[self.group]);
        let sa = self.offer.clone().unwrap_or_else(|| ikev2::sa(&[offered]));
        let payloads = self.sa_init_payloads(Side::Initiator, sa);
        self.attempt.first_request = payloads.clone();
        self.send_sa_init_request(payloads)
    }

    /// The IKE_SA_INIT response that chooses the suite and the group.
    pub fn sa_init_response(&mut self) -> &mut Self {
        self.attempt.responder_spi = self.random.spi();
        let chosen = Proposal::ike(1, &self.suite, &[self.group]);
        let payloads = self.sa_init_payloads(Side::Responder, ikev2::sa(&[chosen]));
        let message = self.sa_init_message().response().with_all(payloads);
        self.initiator.next_message_id = 1;
        self.send(Side::Responder, &message)
    }

    /// An IKE_SA_INIT response of a single Notify; the responder keeps no state, its SPI is zero.
    pub fn sa_init_error(&mut self, notify_type: u16, data: &[u8]) -> &mut Self {
        let notify = ikev2::notify(notify_type, data);
        let message = self.sa_init_message().response().with(notify);
        self.send(Side::Responder, &message)
    }

    /// A COOKIE in answer, and the request again with that cookie in front (§2.6).
    pub fn cookie(&mut self) -> &mut Self {
        let cookie = self.random.octets(16);
        self.sa_init_error(ikev2::COOKIE, &cookie);
        let mut payloads = self.attempt.first_request.clone();
        payloads.insert(0, ikev2::notify(ikev2::COOKIE, &cookie));
        self.send_sa_init_request(payloads)
    }

    /// INVALID_KE_PAYLOAD that asks for `group`, and the request again with it (§1.2).
    pub fn invalid_ke(&mut self, group: u16) -> &mut Self {
        self.sa_init_error(ikev2::INVALID_KE_PAYLOAD, &group.to_be_bytes());
        self.group = group;
        let ke = self.public_value();
        let mut payloads = self.attempt.first_request.clone();
        if let Some(old) = payloads.get_mut(1) {
            *old = ke;
        }
        self.attempt.first_request = payloads.clone();
        self.send_sa_init_request(payloads)
    }

    /// IKE_AUTH with a shared key and one Child SA, request and response.
    pub fn auth(&mut self) -> &mut Self {
        self.auth_request().auth_response()
    }

    /// The IKE_AUTH request: IDi, AUTH, SA, TSi, TSr. Behind a NAT both sides move to port 4500
    /// first (§2.23).
    pub fn auth_request(&mut self) -> &mut Self {
        self.float_behind_nat();
        let payloads = self.auth_payloads(ikev2::ID_I);
        self.request(Side::Initiator, ikev2::IKE_AUTH, &payloads)
    }

    /// The IKE_AUTH response that accepts all: IDr, AUTH, SA, TSi, TSr.
    pub fn auth_response(&mut self) -> &mut Self {
        let payloads = self.auth_payloads(ikev2::ID_R);
        self.respond(Side::Responder, &payloads)
    }

    /// The IKE_AUTH response that holds a single Notify without data, AUTHENTICATION_FAILED (§2.21.2).
    pub fn auth_error(&mut self) -> &mut Self {
        self.respond(Side::Responder, &[ikev2::notify(24, &[])])
    }

    /// The IKE_AUTH response that accepts the peer and refuses the Child SA: IDr, AUTH and a Notify
    /// such as TS_UNACCEPTABLE (§1.2).
    pub fn auth_response_without_child(&mut self, notify_type: u16) -> &mut Self {
        let mut payloads = self.auth_payloads(ikev2::ID_R);
        payloads.truncate(2);
        payloads.push(ikev2::notify(notify_type, &[]));
        self.respond(Side::Responder, &payloads)
    }

    /// INFORMATIONAL without payloads from one side, and its answer: is the peer alive (§2.4)?
    pub fn dpd(&mut self, side: Side) -> &mut Self {
        self.request(side, ikev2::INFORMATIONAL, &[])
            .respond(side.other(), &[])
    }

    /// Delete of the IKE SA and its acknowledgement (§1.4.1).
    pub fn delete_ike(&mut self, side: Side) -> &mut Self {
        self.request(side, ikev2::INFORMATIONAL, &[ikev2::delete_ike()])
            .respond(side.other(), &[])
    }

    /// Delete of the Child SA, both halves (§1.4.1).
    pub fn delete_child(&mut self, side: Side) -> &mut Self {
        let inbound = [self.esp_spi_from(side.other())];
        let outbound = [self.esp_spi_from(side)];
        self.request(side, ikev2::INFORMATIONAL, &[ikev2::delete_esp(&inbound)])
            .respond(side.other(), &[ikev2::delete_esp(&outbound)])
    }

    /// CREATE_CHILD_SA that replaces the Child SA, and the Delete of the old one (§1.3.3, §2.8).
    pub fn rekey_child(&mut self, side: Side) -> &mut Self {
        self.rekey_child_request(side);
        let accepted = self.child_payloads(&[]);
        self.respond(side.other(), &accepted)
            .delete_child(side)
            .new_child_spis()
    }

    /// The CREATE_CHILD_SA request of a Child SA rekey: N(REKEY_SA), SA, Ni, TSi, TSr.
    pub fn rekey_child_request(&mut self, side: Side) -> &mut Self {
        let spi = self.esp_spi_from(side.other()).to_be_bytes();
        let rekey = ikev2::notify_about(ikev2::PROTOCOL_ESP, &spi, REKEY_SA, &[]);
        let payloads = self.child_payloads(&[rekey]);
        self.request(side, ikev2::CREATE_CHILD_SA, &payloads)
    }

    /// CREATE_CHILD_SA that replaces the IKE SA, and the Delete of the old one (§1.3.2). The side
    /// that asked is the initiator of the new SA (§2.2): it is [`Side::Initiator`] from then on.
    pub fn rekey_ike(&mut self, side: Side) -> &mut Self {
        let offered = self.ike_rekey_payloads();
        let accepted = self.ike_rekey_payloads();
        self.request(side, ikev2::CREATE_CHILD_SA, &offered)
            .respond(side.other(), &accepted)
            .delete_ike(side)
            .new_attempt();
        self.attempt.responder_spi = self.random.spi();
        if side == Side::Responder {
            std::mem::swap(&mut self.initiator, &mut self.responder);
        }
        self
    }

    /// A request with these payloads encrypted, with the side's next message ID.
    pub fn request(&mut self, side: Side, exchange_type: u8, inner: &[Payload]) -> &mut Self {
        let message = self.next_request(side, exchange_type);
        let sealed = self.sealed(inner);
        self.send(side, &message.with(sealed))
    }

    /// A request in `total` fragments of RFC 7383, of about the same size.
    pub fn request_in_fragments(
        &mut self,
        side: Side,
        exchange_type: u8,
        inner: &[Payload],
        total: u16,
    ) -> &mut Self {
        let message = self.next_request(side, exchange_type);
        self.send_fragments(side, &message, inner, total)
    }

    /// A response in `total` fragments of RFC 7383.
    pub fn respond_in_fragments(&mut self, side: Side, inner: &[Payload], total: u16) -> &mut Self {
        let message = self.response_message(side);
        self.send_fragments(side, &message, inner, total)
    }

    /// The response to the other side's last request, with these payloads encrypted.
    pub fn respond(&mut self, side: Side, inner: &[Payload]) -> &mut Self {
        let message = self.response_message(side);
        let sealed = self.sealed(inner);
        self.send(side, &message.with(sealed))
    }

    fn send_sa_init_request(&mut self, payloads: Vec<Payload>) -> &mut Self {
        let message = self.sa_init_message().initiator().with_all(payloads);
        self.send(Side::Initiator, &message)
    }

    fn sa_init_message(&self) -> Message {
        let (initiator, responder) = self.spis();
        Message::ikev2(ikev2::IKE_SA_INIT).spis(initiator, responder)
    }

    fn sa_init_payloads(&mut self, side: Side, sa: Payload) -> Vec<Payload> {
        let ke = self.public_value();
        let nonce = ikev2::nonce(&self.random.octets(32));
        let (initiator, responder) = self.spis();
        let (source, destination) = self.believed_addresses(side);
        let mut payloads = vec![sa, ke, nonce];
        payloads.extend(ikev2::nat_detection(
            initiator,
            responder,
            source,
            destination,
        ));
        payloads.push(ikev2::notify(ikev2::FRAGMENTATION_SUPPORTED, &[]));
        payloads.extend(self.peer(side).extra.iter().cloned());
        payloads
    }

    fn public_value(&mut self) -> Payload {
        let length = ikev2::public_value_length(self.group).unwrap_or(256);
        ikev2::ke(self.group, &self.random.octets(length))
    }

    fn auth_payloads(&self, id_payload: u8) -> Vec<Payload> {
        let mut payloads = vec![
            ikev2::identification(id_payload, 1, &[192, 0, 2, 1]),
            ikev2::auth(2, &vec![0; self.suite.prf_length()]),
            self.child_sa(),
        ];
        payloads.extend(any_traffic());
        payloads
    }

    fn child_payloads(&self, first: &[Payload]) -> Vec<Payload> {
        let mut payloads = first.to_vec();
        payloads.push(self.child_sa());
        payloads.push(ikev2::nonce(&[0; 32]));
        payloads.extend(any_traffic());
        payloads
    }

    fn child_sa(&self) -> Payload {
        let suite = &self.suite;
        let encryption = Transform::new(ikev2::ENCR, suite.encryption);
        let encryption = match suite.key_length {
            Some(bits) => encryption.key_length(bits),
            None => encryption,
        };
        let integrity = suite.integrity.map(|id| Transform::new(ikev2::INTEG, id));
        let proposal = Proposal::new(1, ikev2::PROTOCOL_ESP)
            .spi(&[0; 4])
            .with(encryption)
            .with_all(integrity)
            .with(Transform::new(ikev2::SEQUENCE_NUMBERS, 0));
        ikev2::sa(&[proposal])
    }

    fn ike_rekey_payloads(&mut self) -> Vec<Payload> {
        let proposal = Proposal::ike(1, &self.suite, &[self.group]).spi(&[0; 8]);
        vec![
            ikev2::sa(&[proposal]),
            ikev2::nonce(&[0; 32]),
            self.public_value(),
        ]
    }

    fn next_request(&mut self, side: Side, exchange_type: u8) -> Message {
        let peer = self.peer(side);
        let id = peer.next_message_id;
        peer.next_message_id += 1;
        peer.requested = (exchange_type, id);
        self.protected_message(side, exchange_type, id)
    }

    fn response_message(&mut self, side: Side) -> Message {
        let (exchange_type, id) = self.peer(side.other()).requested;
        self.protected_message(side, exchange_type, id).response()
    }

    fn protected_message(&self, side: Side, exchange_type: u8, id: u32) -> Message {
        let (initiator, responder) = self.spis();
        let message = Message::ikev2(exchange_type)
            .spis(initiator, responder)
            .message_id(id);
        match side {
            Side::Initiator => message.initiator(),
            Side::Responder => message,
        }
    }

    fn sealed(&mut self, inner: &[Payload]) -> Payload {
        let (first, length) = first_and_length(inner);
        ikev2::sk(first, length, &self.suite, &mut self.random)
    }

    fn send_fragments(
        &mut self,
        side: Side,
        message: &Message,
        inner: &[Payload],
        total: u16,
    ) -> &mut Self {
        let (first, length) = first_and_length(inner);
        let share = length.div_ceil(usize::from(total.max(1)));
        for number in 1..=total {
            let rest = length.saturating_sub(share * usize::from(number - 1));
            let first = if number == 1 { first } else { 0 };
            let place = (number, total);
            let skf = ikev2::skf(first, place, rest.min(share), &self.suite, &mut self.random);
            self.send(side, &message.clone().with(skf));
        }
        self
    }
}

fn first_and_length(inner: &[Payload]) -> (u8, usize) {
    let first = inner.first().map_or(0, Payload::payload_type);
    (first, inner.iter().map(Payload::wire_length).sum())
}

fn any_traffic() -> [Payload; 2] {
    let (first, last) = (IpAddr::from([0; 4]), IpAddr::from([255; 4]));
    [ikev2::TS_I, ikev2::TS_R].map(|which| ikev2::traffic_selector(which, first, last))
}

/// Notify type REKEY_SA.
const REKEY_SA: u16 = 16393;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Suite;

    fn dialogue(suite: Suite) -> Dialogue {
        let mut dialogue = Dialogue::between("192.0.2.1:500", "198.51.100.2:500");
        dialogue.suite(suite);
        dialogue
    }

    fn lengths(dialogue: &Dialogue) -> Vec<usize> {
        dialogue
            .payloads()
            .iter()
            .map(|octets| octets.len())
            .collect()
    }

    /// 224 octets is the IKE_AUTH response of Wireshark's `ikev2-decrypt-aes256cbc`; the 80 octets
    /// of a refusal are those of Fortinet KB 304205.
    #[test]
    fn auth_responses_have_the_sizes_of_public_captures() {
        let suite = Suite::AES_CBC_SHA2_256;
        assert_eq!(lengths(dialogue(suite).sa_init().auth())[3], 224);
        assert_eq!(
            lengths(dialogue(suite).sa_init().auth_request().auth_error())[3],
            80
        );
    }

    /// 38 octets of INVALID_KE_PAYLOAD and 52 of a 16-octet COOKIE, as nDPI's VoWiFi capture has it.
    #[test]
    fn retries_keep_their_spi_and_the_responder_has_none() {
        let mut dialogue = dialogue(Suite::AES_GCM_16);
        dialogue
            .sa_init_request()
            .cookie()
            .invalid_ke(19)
            .sa_init_response();
        let payloads = dialogue.payloads();
        assert_eq!((payloads[1].len(), payloads[3].len()), (52, 38));
        assert!(
            payloads
                .iter()
                .all(|octets| octets[..8] == payloads[0][..8])
        );
        assert!(payloads[..5].iter().all(|octets| octets[8..16] == [0; 8]));
        assert_eq!(
            (payloads[2][16], payloads[4][16]),
            (ikev2::NOTIFY, ikev2::SA)
        );
    }

    #[test]
    fn message_ids_count_requests_of_each_side() {
        let mut dialogue = dialogue(Suite::AES_GCM_16);
        dialogue
            .sa_init()
            .auth()
            .dpd(Side::Responder)
            .dpd(Side::Initiator)
            .dpd(Side::Responder);
        let ids: Vec<_> = dialogue
            .payloads()
            .iter()
            .map(|octets| octets[23])
            .collect();
        assert_eq!(ids, [0, 0, 1, 1, 0, 0, 2, 2, 1, 1]);
        let flags: Vec<_> = dialogue
            .payloads()
            .iter()
            .map(|octets| octets[19])
            .collect();
        assert_eq!(
            flags,
            [0x08, 0x20, 0x08, 0x20, 0, 0x28, 0x08, 0x20, 0, 0x28]
        );
    }

    #[test]
    fn only_the_first_fragment_names_what_is_inside() {
        let mut dialogue = dialogue(Suite::AES_GCM_16);
        let certificate = Payload::new(37, vec![0; 3000]);
        let inner = [
            ikev2::identification(ikev2::ID_I, 2, b"gw.example.org"),
            certificate,
        ];
        dialogue
            .sa_init()
            .request_in_fragments(Side::Initiator, ikev2::IKE_AUTH, &inner, 3);
        let heads: Vec<_> = dialogue.payloads()[2..]
            .iter()
            .map(|octets| (octets[16], octets[28], octets[33], octets[35]))
            .collect();
        assert_eq!(heads, [(53, 35, 1, 3), (53, 0, 2, 3), (53, 0, 3, 3)]);
    }
}
