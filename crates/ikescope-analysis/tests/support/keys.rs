//! Keys that open what the testkit only fills up: a script says what is inside which message.

use std::net::IpAddr;

use ikescope_analysis::{Closed, EspOpener, Keyring, Opener, Revealed, SharedKeyProof};
use ikescope_testkit::message::{Payload, chain};
use ikescope_wire::input::Input;
use ikescope_wire::{Header, Payloads};

/// What is inside the messages, by message ID and whether it is a response. Those that are not in it
/// are left alone.
#[derive(Clone, Default)]
pub(crate) struct Script {
    inside: Vec<((u32, bool), Inside)>,
    /// Of a message in fragments, the one that makes it whole.
    last_fragment: Option<u16>,
    /// Whether the key given fits what a message proves.
    proofs: Vec<((u32, bool), bool)>,
    last_opened: Option<(u32, bool)>,
    /// The IPv4 packet that each ESP packet of an SPI holds.
    carried: Vec<(u32, Vec<u8>)>,
}

#[derive(Clone)]
enum Inside {
    Payloads(u8, Vec<u8>),
    Nothing,
}

impl Script {
    /// One message that stays closed.
    pub(crate) fn closed(message_id: u32, is_response: bool) -> Self {
        Self {
            inside: vec![((message_id, is_response), Inside::Nothing)],
            ..Self::default()
        }
    }

    /// One message more that opens.
    pub(crate) fn opens(mut self, message_id: u32, is_response: bool, inner: &[Payload]) -> Self {
        let (first, octets) = chain(inner);
        self.inside
            .push(((message_id, is_response), Inside::Payloads(first, octets)));
        self
    }

    /// What is in the next message with the ID of the last one: in IKEv1 answers have the ID of what
    /// they answer, and no flag.
    pub(crate) fn then(mut self, inner: &[Payload]) -> Self {
        let place = self.inside.last().expect("a message before it").0;
        let (first, octets) = chain(inner);
        self.inside.push((place, Inside::Payloads(first, octets)));
        self
    }

    /// Nothing opens before this fragment is there.
    pub(crate) const fn only_fragment(mut self, number: u16) -> Self {
        self.last_fragment = Some(number);
        self
    }

    /// Encrypted messages of phase 1, whose message ID is 0.
    pub(crate) fn opens_whole_of_ikev1(self, inner: &[Payload]) -> Self {
        self.opens(0, false, inner)
    }

    /// Every ESP packet of this SPI holds a packet of 28 octets from one address to the other.
    pub(crate) fn carries(mut self, spi: u32, from: [u8; 4], to: [u8; 4]) -> Self {
        const UDP: u8 = 17;
        let mut packet = vec![0x45, 0, 0, 28, 0, 0, 0x40, 0, 64, UDP, 0, 0];
        packet.extend([from, to].concat());
        packet.extend([0, 53, 0, 53, 0, 8, 0, 0]);
        self.carried.push((spi, packet));
        self
    }

    /// One message more that proves the pre-shared key given, or another.
    pub(crate) fn proves(mut self, message_id: u32, is_response: bool, fits: bool) -> Self {
        self.proofs.push(((message_id, is_response), fits));
        self
    }

    fn is_awaited(&self, octets: &[u8]) -> bool {
        // Behind the header, and the generic header of SKF.
        let number = octets.get(32..34);
        self.last_fragment
            .is_some_and(|last| number != Some(&last.to_be_bytes()[..]))
    }
}

impl Keyring for Script {
    fn wants(&self, _header: &Header) -> bool {
        true
    }

    fn opener(&self) -> Box<dyn Opener> {
        Box::new(self.clone())
    }

    fn esp_opener(&self) -> Option<Box<dyn EspOpener>> {
        Some(Box::new(self.clone()))
    }
}

impl EspOpener for Script {
    fn open(
        &mut self,
        _ends: [IpAddr; 2],
        packet: &[u8],
        _missing: u32,
        read: &mut dyn FnMut(u8, &[u8]),
    ) {
        const IPV4: u8 = 4;
        let spi = packet.first_chunk().map(|spi| u32::from_be_bytes(*spi));
        let inside = self.carried.iter().find(|(known, _)| Some(*known) == spi);
        if let Some((_, packet)) = inside {
            read(IPV4, packet);
        }
    }
}

impl Opener for Script {
    fn open(&mut self, octets: &[u8], read: &mut dyn FnMut(Revealed<'_>)) -> Result<(), Closed> {
        let header = Header::decode(octets).expect("only what was decoded is given");
        let ikev2 = header.version.major() == 2;
        let is_response = ikev2 && header.flags.is_response();
        let place = (header.message_id.0, is_response);
        self.last_opened = Some(place);
        if self.is_awaited(octets) {
            return Ok(());
        }
        let is_first = if ikev2 {
            header.exchange_type.0 == 34
        } else {
            !header.flags.is_encrypted()
        };
        let mut here = (0..self.inside.len()).filter(|index| self.inside[*index].0 == place);
        let (index, more) = (here.next(), here.next().is_some());
        // What is told of one message after the other is told once.
        let told = match index {
            Some(index) if more => Some(self.inside.remove(index)),
            Some(index) => self.inside.get(index).cloned(),
            None => None,
        };
        match told {
            Some((_, Inside::Payloads(first, octets))) if !is_first => {
                read(Revealed {
                    payloads: Payloads::new(first, Input::at(&octets, 48), ikev2),
                    in_place: true,
                    read_certificate: super::certificates::read,
                });
                Ok(())
            }
            Some((_, Inside::Nothing)) if !is_first => Err(Closed {
                wrong_keys: true,
                reason: "its checksum is not that of this key".into(),
            }),
            _ => Ok(()),
        }
    }

    fn proof(&mut self) -> Option<SharedKeyProof> {
        let (_, fits) =
            *(self.proofs.iter()).find(|(place, _)| Some(*place) == self.last_opened)?;
        Some(SharedKeyProof {
            fits,
            source: "branch.psk".into(),
        })
    }
}
