//! What a datagram on an IKE port holds: IKE, ESP in UDP, a keepalive (RFC 7296 §2.23, RFC 3948),
//! and how IKE and ESP are framed in a TCP stream (RFC 9329 §3).

use crate::error::{DecodeError, DecodeErrorKind, Structure};
use crate::header::HEADER_LENGTH;
use crate::input::{Input, be_u16, done};

/// UDP port of IKE (RFC 7296 §2).
pub const IKE_PORT: u16 = 500;
/// UDP and TCP port of IKE and ESP behind NAT (RFC 3947 §4, RFC 9329 §2).
pub const NAT_T_PORT: u16 = 4500;
/// UDP port of GDOI and G-IKEv2 (RFC 6407 §1, RFC 9838 §2.3).
pub const GROUP_KEY_PORT: u16 = 848;
/// Four zero octets in front of IKE where ESP could stand as well (RFC 3948 §2.2).
pub const NON_ESP_MARKER: [u8; 4] = [0; 4];
/// What the originator of a TCP connection sends first (RFC 9329 §4).
pub const TCP_STREAM_PREFIX: [u8; 6] = *b"IKETCP";

/// What the octets above UDP (or one frame of a TCP stream) are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encapsulation<'a> {
    /// An IKE message; the non-ESP marker, if there was one, is removed.
    Ike {
        /// The message.
        octets: &'a [u8],
        /// Whether the non-ESP marker stood in front of it.
        marked: bool,
    },
    /// An ESP packet.
    Esp(&'a [u8]),
    /// NAT keepalive: the single octet 0xff (RFC 3948 §2.3).
    NatKeepalive,
    /// None of these.
    Unrecognized(&'a [u8]),
}

impl<'a> Encapsulation<'a> {
    /// Reads a UDP payload. `marked_port` says that ESP may stand here too, so that IKE needs the
    /// non-ESP marker: port 4500 and whatever a NAT made of it.
    ///
    /// An IKE header without the marker on such a port (some stacks do that) is recognised by its
    /// version, its exchange type and a length that is the datagram's.
    #[must_use]
    pub fn of_udp(octets: &'a [u8], marked_port: bool) -> Self {
        if octets == [0xff] {
            return Self::NatKeepalive;
        }
        if let Some(message) = octets.strip_prefix(&NON_ESP_MARKER)
            && (marked_port || has_ike_header(message))
        {
            return Self::Ike {
                octets: message,
                marked: true,
            };
        }
        if !marked_port || (has_known_exchange(octets) && has_exact_length(octets)) {
            return if has_ike_header(octets) {
                Self::Ike {
                    octets,
                    marked: false,
                }
            } else {
                Self::Unrecognized(octets)
            };
        }
        if octets.len() >= 8 {
            Self::Esp(octets)
        } else {
            Self::Unrecognized(octets)
        }
    }

    /// Reads one frame of a TCP stream, length field removed.
    #[must_use]
    pub fn of_tcp_frame(octets: &'a [u8]) -> Self {
        match octets.strip_prefix(&NON_ESP_MARKER) {
            Some(message) => Self::Ike {
                octets: message,
                marked: true,
            },
            None if octets == [0xff] => Self::NatKeepalive,
            None if octets.len() >= 8 => Self::Esp(octets),
            None => Self::Unrecognized(octets),
        }
    }
}

/// Whether the octets begin like an IKE message: a known exchange, or one that nobody has
/// registered yet in a message of exactly the announced length.
fn has_ike_header(octets: &[u8]) -> bool {
    octets.len() >= HEADER_LENGTH
        && (has_known_exchange(octets)
            || (has_exact_length(octets)
                && octets
                    .get(17)
                    .is_some_and(|version| matches!(version >> 4, 1 | 2))))
}

/// Whether version and exchange type are a pair that exists.
fn has_known_exchange(octets: &[u8]) -> bool {
    match octets.get(16..20) {
        Some(&[_, version, exchange_type, _]) => match version >> 4 {
            1 => matches!(exchange_type, 0..=6 | 32..=34 | 240..=255),
            2 => matches!(exchange_type, 34..=45 | 240..=255),
            // A later major version is answered by INVALID_MAJOR_VERSION; it is IKE all the same.
            3 => matches!(exchange_type, 34..=45),
            _ => false,
        },
        _ => false,
    }
}

/// Whether the length field is that of the datagram.
fn has_exact_length(octets: &[u8]) -> bool {
    octets
        .get(24..28)
        .and_then(|length| <[u8; 4]>::try_from(length).ok())
        .is_some_and(|length| usize::try_from(u32::from_be_bytes(length)) == Ok(octets.len()))
}

/// One step along a TCP stream behind its prefix (RFC 9329 §3): the 16-bit length counts itself.
///
/// Returns the frame without its length field and how many octets of `stream` it took, or `None`
/// while the frame is not all there.
///
/// # Errors
/// [`DecodeError`] if the length is smaller than the field itself: the stream is not this one.
pub fn next_tcp_frame(stream: &[u8]) -> Result<Option<(&[u8], usize)>, DecodeError> {
    let s = Structure::TcpEncapsulation;
    let Ok((rest, length)) = done(be_u16(s)(Input::new(stream))) else {
        return Ok(None);
    };
    let length = usize::from(length);
    let Some(body) = length.checked_sub(2) else {
        let kind = DecodeErrorKind::LengthTooSmall {
            announced: length,
            minimum: 2,
        };
        return Err(DecodeError::new(0, s, kind));
    };
    Ok(rest.octets().get(..body).map(|frame| (frame, length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 28] = [
        1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 33, 0x20, 34, 8, 0, 0, 0, 0, 0, 0, 0, 28,
    ];

    #[test]
    fn tells_ike_esp_and_keepalive_apart_on_4500() {
        let mut marked = [0u8; 32];
        marked[4..].copy_from_slice(&HEADER);
        assert_eq!(
            Encapsulation::of_udp(&marked, true),
            Encapsulation::Ike {
                octets: &HEADER,
                marked: true
            }
        );
        assert_eq!(
            Encapsulation::of_udp(&[0xff], true),
            Encapsulation::NatKeepalive
        );
        let esp = [0xc4, 0x1d, 0x9e, 7, 0, 0, 0, 1, 9, 9, 9, 9];
        assert_eq!(Encapsulation::of_udp(&esp, true), Encapsulation::Esp(&esp));
    }

    #[test]
    fn recognises_an_unmarked_header_on_4500_by_its_length() {
        assert_eq!(
            Encapsulation::of_udp(&HEADER, true),
            Encapsulation::Ike {
                octets: &HEADER,
                marked: false
            }
        );
    }

    #[test]
    fn takes_an_exchange_of_the_future_for_ike_if_its_length_fits() {
        let mut future = HEADER;
        future[18] = 99;
        assert!(matches!(
            Encapsulation::of_udp(&future, false),
            Encapsulation::Ike { .. }
        ));
        future[27] = 29;
        assert!(matches!(
            Encapsulation::of_udp(&future, false),
            Encapsulation::Unrecognized(_)
        ));
    }

    #[test]
    fn does_not_take_dns_on_port_500_for_ike() {
        let dns = *b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01";
        assert!(matches!(
            Encapsulation::of_udp(&dns, false),
            Encapsulation::Unrecognized(_)
        ));
    }

    #[test]
    fn frames_a_tcp_stream() {
        assert_eq!(
            next_tcp_frame(&[0, 5, 1, 2, 3, 0]),
            Ok(Some((&[1u8, 2, 3][..], 5)))
        );
        assert_eq!(next_tcp_frame(&[0, 5, 1]), Ok(None));
        assert!(next_tcp_frame(&[0, 1, 1]).is_err());
    }
}
