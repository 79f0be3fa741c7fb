//! What the log shows of an encrypted message in clear: `dec` behind what came, `enc` in front of what is
//! sent. It is believed only where it proves to belong to the message beside it.
//!
//! | | `dec` | `enc` |
//! | --- | --- | --- |
//! | IKEv2 | header with the Length of what is shown, an empty SK payload that names the first one inside, the payloads | the payloads, padding and pad length, no header |
//! | IKEv1 | header as it came, the payloads with their padding | header with the Length of what is shown, the payloads |
//!
//! A device that has the wrong key prints `dec` all the same, and then it is noise.

use ikescope_wire::header::HEADER_LENGTH;
use ikescope_wire::iana::PayloadType;
use ikescope_wire::input::Input;
use ikescope_wire::{DecodeErrorKind, Payloads};

/// The payloads that are encrypted in a message, proved to be its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Plaintext {
    /// Type of the first one; 0 if there is none.
    pub(crate) first: u8,
    /// Where they stand in the message, if that is known.
    pub(crate) offset: Option<usize>,
    /// Without padding.
    pub(crate) octets: Vec<u8>,
}

/// Whether the content of a message is encrypted, by its header.
pub(super) fn is_encrypted(message: &[u8]) -> bool {
    match message.get(..HEADER_LENGTH) {
        Some(header) if is_ikev2(header) => header.get(16) == Some(&PayloadType::SK.0),
        Some(header) => header
            .get(19)
            .is_some_and(|flags| flags & ENCRYPTION_BIT != 0),
        None => false,
    }
}

/// What `dec` shows of a message that came.
pub(super) fn of_received(message: &[u8], shown: &[u8]) -> Option<Plaintext> {
    let (header, payloads) = shown.split_at_checked(HEADER_LENGTH)?;
    if !is_ikev2(message) {
        // Header and length are those of the message, padding and all.
        let is_its = message.starts_with(header) && shown.len() == message.len();
        return clear_v1(message, payloads, MOST_PADDING_V1).filter(|_| is_its);
    }
    let sk = encrypted_payload(message)?;
    let (stub, payloads) = payloads.split_first_chunk::<4>()?;
    let is_its = header.get(..LENGTH_FIELD)? == message.get(..LENGTH_FIELD)?
        && announced(header) == Some(shown.len())
        && *stub == [sk.first, 0, 0, 4]
        && (LEAST_AROUND..=MOST_AROUND).contains(&sk.content.checked_sub(payloads.len())?);
    let whole = chain(sk.first, payloads, true)? == payloads.len();
    (is_its && whole).then(|| Plaintext {
        first: sk.first,
        offset: None,
        octets: payloads.to_vec(),
    })
}

/// What `enc` shows of a message that is sent.
pub(super) fn of_sent(message: &[u8], shown: &[u8]) -> Option<Plaintext> {
    if !is_ikev2(message) {
        let (header, payloads) = shown.split_at_checked(HEADER_LENGTH)?;
        let added = message.len().checked_sub(shown.len())?;
        let is_its = header.get(..FLAGS)? == message.get(..FLAGS)?
            && header.get(FLAGS + 1..LENGTH_FIELD)? == message.get(FLAGS + 1..LENGTH_FIELD)?
            && announced(header) == Some(shown.len())
            && added <= MOST_PADDING_V1;
        return clear_v1(message, payloads, 0).filter(|_| is_its);
    }
    let sk = encrypted_payload(message)?;
    let length = chain(sk.first, shown, true)?;
    let (payloads, padding) = shown.split_at_checked(length)?;
    let (pad_length, padding) = padding.split_last()?;
    let around = sk.content.checked_sub(shown.len())?;
    let is_its = usize::from(*pad_length) == padding.len()
        && IVS
            .iter()
            .any(|iv| ICVS.iter().any(|icv| iv + icv == around));
    is_its.then(|| Plaintext {
        first: sk.first,
        offset: None,
        octets: payloads.to_vec(),
    })
}

/// Payloads of IKEv1, whose octets stand where they stood encrypted.
fn clear_v1(message: &[u8], payloads: &[u8], padding: usize) -> Option<Plaintext> {
    let first = *message.get(16)?;
    let length = chain(first, payloads, false)?;
    let fits = length > 0 && payloads.len() - length <= padding;
    fits.then(|| Plaintext {
        first,
        offset: Some(HEADER_LENGTH),
        octets: payloads.get(..length).unwrap_or_default().to_vec(),
    })
}

/// The SK payload of a message that holds nothing else (RFC 7296 §3.14).
struct Encrypted {
    /// Type of the first payload inside.
    first: u8,
    /// Octets of IV, ciphertext and checksum.
    content: usize,
}

fn encrypted_payload(message: &[u8]) -> Option<Encrypted> {
    let sk = message.get(HEADER_LENGTH..)?;
    let (header, content) = sk.split_first_chunk::<4>()?;
    let [first, _, high, low] = *header;
    let is_alone = message.get(16) == Some(&PayloadType::SK.0)
        && usize::from(u16::from_be_bytes([high, low])) == sk.len();
    is_alone.then_some(Encrypted {
        first,
        content: content.len(),
    })
}

/// Octets of the chain that begins with a payload of this type; what follows it is not looked at.
fn chain(first: u8, octets: &[u8], ikev2: bool) -> Option<usize> {
    let mut length = 0;
    for raw in Payloads::new(first, Input::new(octets), ikev2) {
        match raw {
            Ok(raw) if raw.reserved == 0 => length += usize::from(raw.length),
            Err(error) if matches!(error.kind, DecodeErrorKind::TrailingOctets { .. }) => break,
            _ => return None,
        }
    }
    Some(length)
}

fn announced(header: &[u8]) -> Option<usize> {
    let field = header.get(LENGTH_FIELD..HEADER_LENGTH)?.first_chunk()?;
    usize::try_from(u32::from_be_bytes(*field)).ok()
}

fn is_ikev2(message: &[u8]) -> bool {
    message.get(17).is_some_and(|version| version >> 4 == 2)
}

const FLAGS: usize = 19;
const LENGTH_FIELD: usize = 24;
/// Of the flags of IKEv1 (RFC 2408 §3.1).
const ENCRYPTION_BIT: u8 = 1;
/// A block of padding, and its count.
const MOST_PADDING_V1: usize = 17;
/// Octets of IVs, and of integrity checksums, of the registered algorithms.
const IVS: [usize; 2] = [8, 16];
const ICVS: [usize; 6] = [8, 12, 16, 20, 24, 32];
/// IV, pad length and checksum at their shortest; with a whole 255 octets of padding at their longest.
const LEAST_AROUND: usize = 8 + 1 + 8;
const MOST_AROUND: usize = 16 + 256 + 32;

#[cfg(test)]
mod tests {
    use super::*;

    /// An IKEv2 message with one SK payload of so many octets inside, whose first payload is a Delete.
    fn message(content: usize) -> Vec<u8> {
        let mut message = vec![7; 16];
        message.extend([46, 0x20, 37, 0x08, 0, 0, 0, 2]);
        let length = u32::try_from(HEADER_LENGTH + 4 + content).unwrap();
        message.extend(length.to_be_bytes());
        message.extend([42, 0]);
        message.extend(u16::try_from(4 + content).unwrap().to_be_bytes());
        message.resize(message.len() + content, 0xee);
        message
    }

    /// RFC 7296 §3.11: a Delete of the IKE SA.
    const DELETE: [u8; 8] = [0, 0, 0, 8, 1, 0, 0, 0];

    fn received(message: &[u8]) -> Vec<u8> {
        let mut shown = message[..LENGTH_FIELD].to_vec();
        shown.extend([0, 0, 0, 40, 42, 0, 0, 4]);
        shown.extend(DELETE);
        shown
    }

    #[test]
    fn believes_what_came_by_header_stub_and_chain() {
        // IV 16, Delete and 8 octets of padding with its length, ICV 16.
        let message = message(16 + 16 + 16);
        let plaintext = of_received(&message, &received(&message)).unwrap();
        assert_eq!(
            (plaintext.first, plaintext.octets.as_slice()),
            (42, &DELETE[..])
        );
        for (at, what) in [
            (3, "SPI"),
            (18, "exchange"),
            (23, "message ID"),
            (27, "Length"),
            (28, "first payload"),
            (35, "payload length"),
            (33, "reserved bits"),
        ] {
            let mut other = received(&message);
            other[at] ^= 1;
            assert_eq!(of_received(&message, &other), None, "{what}");
        }
        assert_eq!(
            of_received(&message[..40], &received(&message)),
            None,
            "cut"
        );
    }

    #[test]
    fn believes_what_is_sent_by_first_payload_chain_padding_and_length() {
        let message = message(16 + 16 + 16);
        let mut shown = DELETE.to_vec();
        shown.extend([1, 2, 3, 4, 5, 6, 7, 7]);
        let plaintext = of_sent(&message, &shown).unwrap();
        assert_eq!(
            (plaintext.first, plaintext.octets.as_slice()),
            (42, &DELETE[..])
        );
        let mut padded_otherwise = shown.clone();
        padded_otherwise[15] = 6;
        assert_eq!(of_sent(&message, &padded_otherwise), None);
        let mut longer = DELETE.to_vec();
        longer.extend([9, 1]);
        assert_eq!(of_sent(&message, &longer), None);
    }

    #[test]
    fn noise_of_a_wrong_key_is_not_believed() {
        let mut message = vec![7; 16];
        message.extend([5, 0x10, 2, 1, 0, 0, 0, 0, 0, 0, 0, 60]);
        message.extend([0xee; 32]);
        let mut shown = message[..HEADER_LENGTH].to_vec();
        shown.extend([0x55, 0x3b, 0xdc, 0x11].repeat(8));
        assert_eq!(of_received(&message, &shown), None);
        // An identity of 12 octets (RFC 2407 §4.6.2), a hash of 4, and twelve octets of padding.
        shown.truncate(HEADER_LENGTH);
        shown.extend([
            8, 0, 0, 12, 1, 17, 1, 0xf4, 192, 0, 2, 1, 0, 0, 0, 8, 1, 2, 3, 4,
        ]);
        shown.extend([9; 12]);
        let plaintext = of_received(&message, &shown).unwrap();
        assert_eq!(
            (plaintext.first, plaintext.offset, plaintext.octets.len()),
            (5, Some(28), 20)
        );
    }
}
