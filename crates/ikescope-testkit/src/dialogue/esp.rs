//! ESP between the peers of a dialogue (RFC 4303, RFC 3948).

use super::{Dialogue, Side};
use crate::frame::{Content, Packet, esp};

impl Dialogue {
    /// Sends `count` ESP packets from one side, each around an IP packet of 84 octets (a ping).
    pub fn esp(&mut self, side: Side, count: usize) -> &mut Self {
        for _ in 0..count {
            self.esp_around(side, 84);
        }
        self
    }

    /// Sends one ESP packet around an IP packet of `inner` octets.
    pub fn esp_around(&mut self, side: Side, inner: usize) -> &mut Self {
        let length = self.esp_length(inner);
        let ciphertext = self.random.octets(length);
        // The receiver chose the SPI of what is sent to it (RFC 4303 §2.1).
        let spi = self.peer(side.other()).esp_spi;
        let peer = self.peer(side);
        peer.esp_sequence += 1;
        let octets = esp(spi, peer.esp_sequence, &ciphertext);
        self.esp_packet(side, octets)
    }

    /// Leaves out the next `count` sequence numbers of one side: packets lost before the tap.
    pub const fn skip_esp(&mut self, side: Side, count: u32) -> &mut Self {
        self.peer(side).esp_sequence += count;
        self
    }

    /// Chooses new SPIs of ESP for both directions; sequence numbers begin at 1 again.
    pub fn new_child_spis(&mut self) -> &mut Self {
        for peer in [&mut self.initiator, &mut self.responder] {
            peer.esp_spi = self.random.esp_spi();
            peer.esp_sequence = 0;
        }
        self
    }

    /// The SPI in the ESP packets that a side sends.
    #[must_use]
    pub const fn esp_spi_from(&self, side: Side) -> u32 {
        match side {
            Side::Initiator => self.responder.esp_spi,
            Side::Responder => self.initiator.esp_spi,
        }
    }

    fn esp_packet(&mut self, side: Side, octets: Vec<u8>) -> &mut Self {
        if self.esp_in_udp || self.over_tcp {
            return self.datagram(side, &octets);
        }
        let (source, destination) = self.addresses(side);
        let content = Content::Protocol(50, octets);
        self.packet(side, Packet::new(source, destination, content))
    }

    /// Octets behind SPI and sequence number: IV, padded packet with pad length and next header to
    /// a multiple of four at least, ICV (RFC 4303 §2.4).
    fn esp_length(&self, inner: usize) -> usize {
        let suite = &self.suite;
        suite.iv + (inner + 2).next_multiple_of(suite.block.max(4)) + suite.icv
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_direction_counts_with_its_own_spi() {
        let mut dialogue = Dialogue::between("192.0.2.1:500", "198.51.100.2:500");
        dialogue
            .esp(Side::Initiator, 2)
            .skip_esp(Side::Initiator, 3)
            .esp(Side::Initiator, 1);
        dialogue.esp(Side::Responder, 1);
        let heads: Vec<_> = dialogue
            .sent()
            .iter()
            .map(|one| match &one.packet.content {
                Content::Protocol(50, octets) => (octets[..4].to_vec(), octets[7]),
                other => panic!("ESP expected, not {other:?}"),
            })
            .collect();
        assert_eq!(
            heads.iter().map(|head| head.1).collect::<Vec<_>>(),
            [1, 2, 6, 1]
        );
        assert_eq!(
            heads[0].0,
            dialogue.esp_spi_from(Side::Initiator).to_be_bytes()
        );
        assert_ne!(heads[0].0, heads[3].0);
    }
}
