//! IKE and ESP over TCP (RFC 9329).

use super::{Dialogue, Side};
use crate::frame::{Content, Packet, TcpFlags};

impl Dialogue {
    /// Opens a TCP connection from the initiator; all that follows goes through it. The initiator's
    /// first segment begins with the stream prefix (RFC 9329 §4).
    pub fn connect(&mut self) -> &mut Self {
        self.over_tcp = true;
        self.initiator.stream_prefix = Some(b"IKETCP".to_vec());
        self.responder.stream_prefix = Some(Vec::new());
        self.tcp_segment(Side::Initiator, TcpFlags::SYN, &[])
            .tcp_segment(Side::Responder, TcpFlags::SYN_ACK, &[])
    }

    /// A segment of one side with these flags and octets, in sequence; no framing is added.
    pub fn tcp_segment(&mut self, side: Side, flags: TcpFlags, payload: &[u8]) -> &mut Self {
        let acknowledgement = self.peer(side.other()).tcp_sequence;
        let peer = self.peer(side);
        let sequence = peer.tcp_sequence;
        let takes_one = u32::from(flags.0 & SYN_OR_FIN != 0);
        peer.tcp_sequence += payload.len() as u32 + takes_one;
        let content = Content::Tcp {
            sequence,
            acknowledgement,
            flags,
            payload: payload.to_vec(),
        };
        let (source, destination) = self.addresses(side);
        self.packet(side, Packet::new(source, destination, content))
    }

    /// One message in the stream: its length field counts itself (RFC 9329 §3).
    pub(super) fn tcp_message(&mut self, side: Side, payload: &[u8]) -> &mut Self {
        let mut octets = self.peer(side).stream_prefix.take().unwrap_or_default();
        octets.extend_from_slice(&(payload.len() as u16 + 2).to_be_bytes());
        octets.extend_from_slice(payload);
        self.tcp_segment(side, TcpFlags::DATA, &octets)
    }
}

const SYN_OR_FIN: u8 = 0x03;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_begins_with_its_prefix_and_frames_each_message() {
        let mut dialogue = Dialogue::between("192.0.2.1:40000", "198.51.100.2:4500");
        dialogue.connect().sa_init().esp(Side::Initiator, 1);
        let segments: Vec<_> = dialogue
            .sent()
            .iter()
            .map(|one| match &one.packet.content {
                Content::Tcp { payload, .. } => payload.clone(),
                other => panic!("TCP expected, not {other:?}"),
            })
            .collect();
        assert_eq!(segments.len(), 5);
        let request = &segments[2];
        assert_eq!(request[..6], *b"IKETCP");
        assert_eq!(request[6..8], (request.len() as u16 - 6).to_be_bytes());
        assert_eq!(request[8..12], [0; 4]);
        assert_eq!(segments[3][2..6], [0; 4]);
        assert_ne!(segments[4][2..6], [0; 4]);
    }
}
