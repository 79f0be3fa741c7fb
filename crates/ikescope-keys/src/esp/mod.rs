//! ESP packets (RFC 4303): decrypted and authenticated, the trailer taken off.
//!
//! ```text
//! |          SPI          |    Sequence Number    |      IV      |
//! ~                        Payload Data                          ~
//! |   Padding ...         |  Pad Length  | Next Header |    ICV  |
//! ```

mod sequence;

use std::net::IpAddr;
use std::sync::Arc;

use ikescope_wire::EspHeader;
use ikescope_wire::iana::Encr;

use crate::algorithm::Integrity;
use crate::cipher::{OpenError, Plaintext, Protection, Sealed};
use crate::opened::Closed;
use crate::store::{EspKeys, KeyStore};
use sequence::{Guess, Sequences};

/// What was inside of an ESP packet.
#[derive(Clone)]
pub struct EspContent {
    /// IP protocol number of `payload`: 4 and 41 are whole packets, in tunnel mode.
    pub next_header: u8,
    /// The payload, without padding.
    pub payload: Plaintext,
    /// The sequence number, its upper half included where there is one and it could be told.
    pub sequence: u64,
}

impl EspContent {
    /// Whether it is a whole IP packet (tunnel mode).
    #[must_use]
    pub const fn is_packet(&self) -> bool {
        matches!(self.next_header, IPV4 | IPV6)
    }

    /// Whether it is no traffic at all but filler (RFC 4303 §2.6).
    #[must_use]
    pub const fn is_dummy(&self) -> bool {
        self.next_header == NO_NEXT_HEADER
    }
}

/// Says how much there is and not what.
impl core::fmt::Debug for EspContent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("EspContent")
            .field("next_header", &self.next_header)
            .field("octets", &self.payload.len())
            .field("sequence", &self.sequence)
            .finish()
    }
}

/// Opens ESP packets in the order in which they were sent, so that the upper half of sequence numbers,
/// which no packet carries, can be told.
#[derive(Debug)]
pub struct EspOpener {
    store: Arc<KeyStore>,
    sequences: Sequences,
}

impl EspOpener {
    /// An opener that has seen nothing.
    #[must_use]
    pub fn new(store: Arc<KeyStore>) -> Self {
        Self {
            store,
            sequences: Sequences::default(),
        }
    }

    /// Opens a packet, from its SPI on; `missing` octets of it were not captured.
    ///
    /// # Errors
    /// [`Closed`] says why it stays closed; [`Closed::NoKeys`] if there are none for its SA.
    pub fn open(
        &mut self,
        source: IpAddr,
        destination: IpAddr,
        packet: &[u8],
        missing: u32,
    ) -> Result<EspContent, Closed> {
        let header = EspHeader::decode(packet).map_err(Closed::Malformed)?;
        let store = Arc::clone(&self.store);
        let mut refused = Closed::NoKeys;
        for keys in store.esp(header.spi, source, destination) {
            if missing > 0 {
                let octets = usize::try_from(missing).unwrap_or(usize::MAX);
                return Err(Closed::NotCaptured { octets });
            }
            match self.open_with(keys, (destination, header), packet) {
                Ok(content) => return Ok(content),
                Err(closed) if refused == Closed::NoKeys => refused = closed,
                Err(_) => {}
            }
        }
        Err(refused)
    }

    fn open_with(
        &mut self,
        keys: &EspKeys,
        (destination, header): (IpAddr, EspHeader),
        packet: &[u8],
    ) -> Result<EspContent, Closed> {
        let encryption = keys.encryption.ok_or(Closed::UnknownAlgorithms)?.algorithm;
        let protection = Protection {
            encryption,
            encryption_key: keys.encryption_key.expose(),
            integrity: integrity(keys, encryption)?,
            integrity_key: keys.integrity_key.expose(),
        };
        let sa = (destination, header.spi);
        let mut refused = Closed::NoKeys;
        for guess in self
            .sequences
            .guesses(sa, header.sequence, keys.extended_sequence_numbers)
        {
            match open_as(&protection, packet, guess) {
                Ok(plaintext) => {
                    self.sequences.note(sa, guess);
                    return content(plaintext, guess.number(), is_verified(&protection));
                }
                Err(error) if refused == Closed::NoKeys => refused = error.into(),
                Err(_) => {}
            }
        }
        Err(refused)
    }
}

/// The integrity algorithm beside the cipher, which an AEAD does not need.
fn integrity(keys: &EspKeys, encryption: Encr) -> Result<Integrity, Closed> {
    if encryption.is_aead() {
        return Ok(Integrity::NONE);
    }
    keys.integrity.ok_or(Closed::UnknownAlgorithms)
}

const fn is_verified(protection: &Protection<'_>) -> bool {
    protection.encryption.is_aead()
        || !matches!(
            protection.integrity,
            Integrity::Unchecked { .. } | Integrity::NONE
        )
}

fn open_as(
    protection: &Protection<'_>,
    packet: &[u8],
    guess: Guess,
) -> Result<Plaintext, OpenError> {
    let (header, content) = packet.split_at_checked(HEADER).unwrap_or((packet, &[]));
    let (spi, sequence) = header.split_at_checked(4).unwrap_or((header, &[]));
    let upper = guess.upper.map(u32::to_be_bytes);
    let upper = upper.as_ref().map_or(&[][..], |upper| upper.as_slice());
    // An AEAD reads the upper half where it belongs, the others behind it all (RFC 4303 §2.2.1, RFC
    // 4106 §5).
    let whole = [spi, upper, sequence].concat();
    let (associated, behind) = if protection.encryption.is_aead() {
        (whole.as_slice(), &[][..])
    } else {
        (header, upper)
    };
    protection.open(&Sealed {
        behind,
        implicit_iv: guess.number().to_be_bytes(),
        ..Sealed::new(associated, content)
    })
}

/// Takes the trailer off. Where no checksum vouches for it, the padding has to be what RFC 4303 §2.4
/// says, and a packet inside has to begin like one.
fn content(mut plaintext: Plaintext, sequence: u64, verified: bool) -> Result<EspContent, Closed> {
    let next_header = plaintext.pop().unwrap_or_default();
    let announced = usize::from(plaintext.pop().unwrap_or_default());
    let available = plaintext.len();
    let length = available.checked_sub(announced);
    let length = length.ok_or(if verified {
        Closed::Padding {
            announced,
            available,
        }
    } else {
        Closed::NoPayloads
    })?;
    let (payload, padding) = plaintext.split_at_checked(length).unwrap_or_default();
    let counts = padding
        .iter()
        .zip(1..)
        .all(|(octet, count): (_, u8)| *octet == count);
    let first = payload.first().map(|octet| octet >> 4);
    let begins_well = match next_header {
        IPV4 => first == Some(4),
        IPV6 => first == Some(6),
        _ => true,
    };
    let is_sound = verified || (counts && begins_well);
    if !is_sound {
        return Err(Closed::NoPayloads);
    }
    plaintext.truncate(length);
    Ok(EspContent {
        next_header,
        payload: plaintext,
        sequence,
    })
}

/// Octets of SPI and sequence number.
const HEADER: usize = 8;

const IPV4: u8 = 4;
const IPV6: u8 = 41;
const NO_NEXT_HEADER: u8 = 59;
