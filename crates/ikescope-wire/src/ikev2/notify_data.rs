//! Notification data, for the types that define its structure (RFC 7296 §3.10.1 and the RFCs named at
//! the variants).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nom::Parser;

use super::notify::Notify;
use crate::asn1::AlgorithmIdentifier;
use crate::attribute::{AttributeValue, attribute as data_attribute};
use crate::describe::{Describe, FieldSink, Untrusted, registered, row};
use crate::error::{DecodeError, DecodeErrorKind, Structure};
use crate::iana::{
    AuthMethod, GatewayIdType, HashAlgorithm, Integ, IpcompTransform, KeyExchangeMethod,
    NotifyType, PayloadType, PpkIdType, Prf, RohcAttributeType, RohcProfile, SecurePasswordMethod,
};
use crate::input::{Input, Parsed, be_u8, be_u16, be_u32, done, ipv4, ipv6, take};
use crate::win32_error::Win32Error;

/// What the notification data says.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum NotifyData<'a> {
    /// Type of the payload that was not understood (UNSUPPORTED_CRITICAL_PAYLOAD).
    UnsupportedPayload(PayloadType),
    /// Message ID (INVALID_MESSAGE_ID).
    MessageId(u32),
    /// SPI of a packet without SA (INVALID_SPI).
    Spi(&'a [u8]),
    /// Key exchange method that the responder wants instead (INVALID_KE_PAYLOAD).
    KeyExchangeMethod(KeyExchangeMethod),
    /// The packet that did not fit, or its beginning (INVALID_SELECTORS).
    OffendingPacket(&'a [u8]),
    /// Microsoft's private status, a Win32 error code.
    Win32Error(Win32Error),
    /// Number of messages in flight (SET_WINDOW_SIZE).
    WindowSize(u32),
    /// Compression Parameter Index and algorithm (IPCOMP_SUPPORTED).
    Ipcomp(u16, IpcompTransform),
    /// SHA-1 of SPIs, address and port (NAT_DETECTION_SOURCE_IP, NAT_DETECTION_DESTINATION_IP).
    NatDetection(&'a [u8]),
    /// To be sent back (COOKIE; COOKIE2 of RFC 4555).
    Cookie(&'a [u8]),
    /// An address to be tried as well (RFC 4555 §4.2.2).
    Address(IpAddr),
    /// Addresses and ports that no NAT may change (NO_NATS_ALLOWED, RFC 4555 §4.2.6).
    NoNats {
        /// Source address.
        source: IpAddr,
        /// Destination address.
        destination: IpAddr,
        /// Source port.
        source_port: u16,
        /// Destination port.
        destination_port: u16,
    },
    /// Seconds until the peer has to authenticate again (RFC 4478).
    AuthLifetime(u32),
    /// Another gateway, and the nonce of the request (REDIRECT, REDIRECTED_FROM, RFC 5685 §7).
    Redirect(Redirect<'a>),
    /// Ticket to resume the session with, valid for some seconds (RFC 5723 §7.1).
    Ticket {
        /// Lifetime in seconds.
        lifetime: Option<u32>,
        /// The ticket.
        ticket: &'a [u8],
    },
    /// Compression parameters (ROHC_SUPPORTED, RFC 5857).
    Rohc(RohcAttributes<'a>),
    /// Counters of a cluster (IKEV2_MESSAGE_ID_SYNC, RFC 6311).
    MessageIdSync {
        /// Nonce.
        nonce: u32,
        /// Next message ID that the sender will use.
        expected_send: u32,
        /// Next message ID that the sender expects.
        expected_receive: u32,
    },
    /// Secure password methods (RFC 6467).
    SecurePasswordMethods(Numbers<'a>),
    /// Hash algorithms for signatures (RFC 7427 §4).
    HashAlgorithms(Numbers<'a>),
    /// Proof of work wanted (RFC 8019 §8.1).
    Puzzle(Prf, u8),
    /// Which postquantum preshared key (PPK_IDENTITY, RFC 8784 §5.1).
    PpkIdentity(PpkIdType, &'a [u8]),
    /// Authentication methods the sender supports (RFC 9593).
    AuthMethods(AuthMethods<'a>),
    /// Links an IKE_FOLLOWUP_KE exchange to the one before (RFC 9370 §2.2.4).
    AdditionalKeyExchange(&'a [u8]),
    /// No defined structure.
    Opaque(&'a [u8]),
}

/// Where another gateway is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Redirect<'a> {
    /// Type of the identity.
    pub gateway_id_type: GatewayIdType,
    /// The new responder (REDIRECT) or the original one (REDIRECTED_FROM).
    pub gateway: Gateway<'a>,
    /// Nonce data of the request; empty in REDIRECTED_FROM and outside IKE_SA_INIT.
    pub nonce: &'a [u8],
}

/// Identity of a gateway.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Gateway<'a> {
    /// Its address.
    Address(IpAddr),
    /// Its domain name.
    Name(&'a [u8]),
    /// Of a type that this crate does not know.
    Opaque(&'a [u8]),
}

/// One announced authentication method (RFC 9593).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AnnouncedMethod<'a> {
    /// Method.
    pub method: AuthMethod,
    /// Number of the authority in the CERTREQ payloads, counted from 1; 0 for all of them.
    pub cert_link: Option<u8>,
    /// What signatures may be made with.
    pub algorithm: Option<AlgorithmIdentifier<'a>>,
}

/// One attribute of ROHC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RohcAttribute<'a> {
    /// Type.
    pub attribute_type: RohcAttributeType,
    /// Value.
    pub value: AttributeValue<'a>,
}

structures! {
    /// Iterator over announced authentication methods.
    AuthMethods => AnnouncedMethod<'a>, announced_method
}
structures! {
    /// Iterator over ROHC attributes.
    RohcAttributes => RohcAttribute<'a>, rohc_attribute
}
structures! {
    /// Iterator over numbers of two octets.
    Numbers => u16, number
}

impl<'a> NotifyData<'a> {
    pub(super) fn read(notify: &Notify<'a>) -> Result<Self, DecodeError> {
        let data = notify.data;
        let octets = data.octets();
        Ok(match notify.notify_type {
            NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD => {
                Self::UnsupportedPayload(PayloadType(whole(be_u8(S).parse(data))?))
            }
            NotifyType::INVALID_MESSAGE_ID => Self::MessageId(whole(be_u32(S).parse(data))?),
            NotifyType::INVALID_SPI => Self::Spi(octets),
            NotifyType::INVALID_KE_PAYLOAD => {
                Self::KeyExchangeMethod(KeyExchangeMethod(whole(be_u16(S).parse(data))?))
            }
            NotifyType::INVALID_SELECTORS => Self::OffendingPacket(octets),
            NotifyType::MS_NOTIFY_STATUS => {
                Self::Win32Error(Win32Error(whole(be_u32(S).parse(data))?))
            }
            NotifyType::SET_WINDOW_SIZE => Self::WindowSize(whole(be_u32(S).parse(data))?),
            NotifyType::IPCOMP_SUPPORTED => {
                let (cpi, transform) = whole((be_u16(S), be_u8(S)).parse(data))?;
                Self::Ipcomp(cpi, IpcompTransform(transform))
            }
            NotifyType::NAT_DETECTION_SOURCE_IP | NotifyType::NAT_DETECTION_DESTINATION_IP => {
                Self::NatDetection(octets)
            }
            NotifyType::COOKIE | NotifyType::COOKIE2 => Self::Cookie(octets),
            NotifyType::ADDITIONAL_IP4_ADDRESS => Self::Address(whole(ipv4(S).parse(data))?.into()),
            NotifyType::ADDITIONAL_IP6_ADDRESS => Self::Address(whole(ipv6(S).parse(data))?.into()),
            NotifyType::NO_NATS_ALLOWED => no_nats(data)?,
            NotifyType::AUTH_LIFETIME => Self::AuthLifetime(whole(be_u32(S).parse(data))?),
            NotifyType::REDIRECT | NotifyType::REDIRECTED_FROM => Self::Redirect(redirect(data)?),
            NotifyType::TICKET_LT_OPAQUE => {
                let (ticket, lifetime) = done(be_u32(S)(data))?;
                Self::Ticket {
                    lifetime: Some(lifetime),
                    ticket: ticket.octets(),
                }
            }
            NotifyType::TICKET_OPAQUE => Self::Ticket {
                lifetime: None,
                ticket: octets,
            },
            NotifyType::ROHC_SUPPORTED => Self::Rohc(RohcAttributes { input: data }),
            NotifyType::IKEV2_MESSAGE_ID_SYNC => {
                let (nonce, expected_send, expected_receive) =
                    whole((be_u32(S), be_u32(S), be_u32(S)).parse(data))?;
                Self::MessageIdSync {
                    nonce,
                    expected_send,
                    expected_receive,
                }
            }
            NotifyType::SECURE_PASSWORD_METHODS => {
                Self::SecurePasswordMethods(Numbers { input: data })
            }
            NotifyType::SIGNATURE_HASH_ALGORITHMS => Self::HashAlgorithms(Numbers { input: data }),
            NotifyType::PUZZLE => {
                let (prf, difficulty) = whole((be_u16(S), be_u8(S)).parse(data))?;
                Self::Puzzle(Prf(prf), difficulty)
            }
            NotifyType::PPK_IDENTITY => {
                let (id, id_type) = done(be_u8(S)(data))?;
                Self::PpkIdentity(PpkIdType(id_type), id.octets())
            }
            NotifyType::SUPPORTED_AUTH_METHODS => Self::AuthMethods(AuthMethods { input: data }),
            NotifyType::ADDITIONAL_KEY_EXCHANGE => Self::AdditionalKeyExchange(octets),
            _ => Self::Opaque(octets),
        })
    }
}

/// The value of a parser that must leave nothing.
fn whole<T>(parsed: Parsed<'_, T>) -> Result<T, DecodeError> {
    let (rest, value) = done(parsed)?;
    rest.finish(S).map(|()| value)
}

fn no_nats(data: Input<'_>) -> Result<NotifyData<'_>, DecodeError> {
    let (source, destination, source_port, destination_port) = if data.len() == NO_NATS_IPV4 {
        let (source, destination, from, to): (Ipv4Addr, Ipv4Addr, u16, u16) =
            whole((ipv4(S), ipv4(S), be_u16(S), be_u16(S)).parse(data))?;
        (source.into(), destination.into(), from, to)
    } else {
        let (source, destination, from, to): (Ipv6Addr, Ipv6Addr, u16, u16) =
            whole((ipv6(S), ipv6(S), be_u16(S), be_u16(S)).parse(data))?;
        (source.into(), destination.into(), from, to)
    };
    Ok(NotifyData::NoNats {
        source,
        destination,
        source_port,
        destination_port,
    })
}

fn redirect(data: Input<'_>) -> Result<Redirect<'_>, DecodeError> {
    let (rest, (id_type, length)) = done((be_u8(S), be_u8(S)).parse(data))?;
    let (nonce, identity) = done(take(length.into(), S)(rest))?;
    let gateway_id_type = GatewayIdType(id_type);
    let gateway = match gateway_id_type {
        GatewayIdType::IPV4_ADDRESS => Gateway::Address(whole(ipv4(S).parse(identity))?.into()),
        GatewayIdType::IPV6_ADDRESS => Gateway::Address(whole(ipv6(S).parse(identity))?.into()),
        GatewayIdType::FQDN => Gateway::Name(identity.octets()),
        _ => Gateway::Opaque(identity.octets()),
    };
    Ok(Redirect {
        gateway_id_type,
        gateway,
        nonce: nonce.octets(),
    })
}

fn announced_method(input: Input<'_>) -> Result<(Input<'_>, AnnouncedMethod<'_>), DecodeError> {
    let (_, length) = done(be_u8(S)(input))?;
    let announced = usize::from(length);
    if announced < 2 {
        let minimum = 2;
        return Err(input.error(S, DecodeErrorKind::LengthTooSmall { announced, minimum }));
    }
    let (rest, whole) = done(take(announced, S)(input))?;
    let (body, (_length, method)) = done((be_u8(S), be_u8(S)).parse(whole))?;
    let (cert_link, identifier) = match done(be_u8(S)(body)) {
        Ok((identifier, cert_link)) => (Some(cert_link), identifier),
        Err(_) => (None, body),
    };
    let method = AnnouncedMethod {
        method: AuthMethod(method),
        cert_link,
        algorithm: if identifier.is_empty() {
            None
        } else {
            Some(AlgorithmIdentifier::read(identifier)?)
        },
    };
    Ok((rest, method))
}

fn rohc_attribute(input: Input<'_>) -> Result<(Input<'_>, RohcAttribute<'_>), DecodeError> {
    let (rest, (attribute_type, value)) = data_attribute(input)?;
    let attribute_type = RohcAttributeType(attribute_type);
    Ok((
        rest,
        RohcAttribute {
            attribute_type,
            value,
        },
    ))
}

fn number(input: Input<'_>) -> Result<(Input<'_>, u16), DecodeError> {
    done(be_u16(S)(input))
}

impl Describe for NotifyData<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        match self {
            Self::UnsupportedPayload(payload) => {
                registered(
                    sink,
                    "unsupported_payload",
                    "unsupported_payload_name",
                    *payload,
                );
            }
            Self::MessageId(id) => sink.number("message_id", (*id).into()),
            Self::Spi(spi) => sink.octets("invalid_spi", spi),
            Self::KeyExchangeMethod(method) => {
                registered(sink, "dh_group_num", "dh_group_name", *method);
            }
            Self::OffendingPacket(packet) => sink.octets("offending_packet", packet),
            Self::Win32Error(code) => registered(sink, "win32_error", "win32_error_name", *code),
            Self::WindowSize(size) => sink.number("window_size", (*size).into()),
            Self::Ipcomp(cpi, transform) => {
                sink.number("ipcomp_cpi", (*cpi).into());
                registered(sink, "transform_id", "transform_name", *transform);
            }
            Self::NatDetection(hash) => sink.octets("hash", hash),
            Self::Cookie(cookie) => sink.octets("cookie", cookie),
            Self::Address(address) => sink.text("address", address),
            Self::NoNats {
                source,
                destination,
                source_port,
                destination_port,
            } => {
                sink.text("source_address", source);
                sink.text("destination_address", destination);
                sink.number("source_port", (*source_port).into());
                sink.number("destination_port", (*destination_port).into());
            }
            Self::AuthLifetime(seconds) => sink.number("auth_lifetime", (*seconds).into()),
            Self::Redirect(redirect) => redirect.describe(sink),
            Self::Ticket { lifetime, ticket } => {
                if let Some(seconds) = lifetime {
                    sink.number("lifetime", (*seconds).into());
                }
                sink.octets("ticket", ticket);
            }
            Self::Rohc(attributes) => row(sink, "rohc_attributes", *attributes),
            Self::MessageIdSync {
                nonce,
                expected_send,
                expected_receive,
            } => {
                sink.number("nonce", (*nonce).into());
                sink.number("expected_send_req_message_id", (*expected_send).into());
                sink.number("expected_recv_req_message_id", (*expected_receive).into());
            }
            Self::SecurePasswordMethods(numbers) => {
                let methods = numbers.map(|number| number.map(SecurePasswordMethod));
                row(
                    sink,
                    "secure_password_methods",
                    methods.map(|m| m.map(Item)),
                );
            }
            Self::HashAlgorithms(numbers) => {
                let algorithms = numbers.map(|number| number.map(HashAlgorithm));
                row(sink, "hash_algorithms", algorithms.map(|a| a.map(Item)));
            }
            Self::Puzzle(prf, difficulty) => {
                registered(sink, "prf", "prf_name", *prf);
                sink.number("difficulty", (*difficulty).into());
            }
            Self::PpkIdentity(id_type, id) => {
                registered(sink, "ppk_id_type", "ppk_id_type_name", *id_type);
                match *id_type {
                    PpkIdType::PPK_ID_FIXED => sink.text("ppk_id", &Untrusted(id)),
                    _ => sink.octets("ppk_id", id),
                }
            }
            Self::AuthMethods(methods) => row(sink, "auth_methods", *methods),
            Self::AdditionalKeyExchange(link) => sink.octets("link", link),
            Self::Opaque(data) => sink.octets("notification_data", data),
        }
    }
}

impl Describe for Redirect<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(
            sink,
            "gw_ident_type",
            "gw_ident_type_name",
            self.gateway_id_type,
        );
        match self.gateway {
            Gateway::Address(address) => sink.text("gw_identity", &address),
            Gateway::Name(name) => sink.text("gw_identity", &Untrusted(name)),
            Gateway::Opaque(octets) => sink.octets("gw_identity", octets),
        }
        sink.octets("nonce_data", self.nonce);
    }
}

impl Describe for AnnouncedMethod<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "auth_method", "auth_method_name", self.method);
        if let Some(link) = self.cert_link {
            sink.number("cert_link", link.into());
        }
        if let Some(identifier) = self.algorithm {
            sink.text("algorithm_identifier", &identifier.algorithm);
            if let Some(name) = identifier.algorithm.signature_algorithm() {
                sink.text("algorithm_name", &name);
            }
        }
    }
}

impl Describe for RohcAttribute<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "type", "name", self.attribute_type);
        match (self.attribute_type, self.value) {
            (RohcAttributeType::ROHC_PROFILE, AttributeValue::Short(value)) => {
                registered(sink, "value", "value_name", RohcProfile(value));
            }
            (RohcAttributeType::ROHC_INTEG, AttributeValue::Short(value)) => {
                registered(sink, "value", "value_name", Integ(value));
            }
            _ => self.value.describe(sink),
        }
    }
}

/// A registered number that is an item of a list.
struct Item<T>(T);

impl<T: crate::describe::Registered + Copy> Describe for Item<T> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "id", "name", self.0);
    }
}

const S: Structure = Structure::Notify;

/// Octets of NO_NATS_ALLOWED with IPv4 addresses.
const NO_NATS_IPV4: usize = 12;

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;
    use crate::display::Line;
    use crate::payload::Payloads;

    /// The notification data of `notify_type` as text.
    fn told(notify_type: u16, data: &[u8]) -> String {
        let length = 8 + u16::try_from(data.len()).unwrap();
        let mut octets: Vec<u8> = [0, 0].to_vec();
        octets.extend(length.to_be_bytes());
        octets.extend([0, 0]);
        octets.extend(notify_type.to_be_bytes());
        octets.extend(data);
        let raw = Payloads::new(41, Input::at(&octets, 28), true)
            .next()
            .unwrap()
            .unwrap();
        match Notify::decode(raw).unwrap().content() {
            Ok(content) => Line(&content).to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn reads_numbers() {
        assert_eq!(told(17, &[0, 14]), "dh group num 14 2048-bit MODP Group");
        assert_eq!(told(1, &[49]), "unsupported payload 49 GSPM");
        // As Windows sends it where the peer's certificate or key is not accepted.
        assert_eq!(
            told(12345, &[0, 0, 0x35, 0xe9]),
            "win32 error 13801 ERROR_IPSEC_IKE_AUTH_FAIL"
        );
        assert_eq!(told(16385, &[0, 0, 0, 5]), "window size 5");
        assert_eq!(told(16403, &[0, 0, 0x0e, 0x10]), "auth lifetime 3600");
        assert_eq!(
            told(16387, &[0x12, 0x34, 2]),
            "ipcomp cpi 4660, transform id 2 IPCOMP_DEFLATE"
        );
    }

    #[test]
    fn reads_the_hash_algorithms_of_rfc_7427() {
        assert_eq!(
            told(16431, &[0, 2, 0, 3, 0, 9]),
            "hash algorithms [2 SHA2-256; 3 SHA2-384; 9]"
        );
        assert_eq!(
            told(16431, &[0, 2, 0]),
            "hash algorithms [2 SHA2-256; error: Notify at octet 38: needs 2 octets, 1 left]"
        );
    }

    #[test]
    fn reads_a_redirect_with_its_nonce() {
        // RFC 5685 §7.2.
        assert_eq!(
            told(16407, &[1, 4, 192, 0, 2, 9, 0xaa, 0xbb]),
            "gw ident type 1 IPv4 address of the VPN gateway, gw identity 192.0.2.9, \
             nonce data aabb"
        );
        assert_eq!(
            told(16408, b"\x03\x0bvpn.example"),
            "gw ident type 3 FQDN of the VPN gateway, gw identity vpn.example"
        );
        assert_eq!(
            told(16408, b"\x03\x0cvpn.example"),
            "Notify at octet 38: needs 12 octets, 11 left"
        );
    }

    #[test]
    fn reads_announced_authentication_methods() {
        // RFC 9593: the three forms of an announcement.
        let data = [
            2, 2, // shared key
            3, 1, 1, // RSA, first authority
            15, 14, 0, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
        ];
        assert_eq!(
            told(16443, &data),
            "auth methods [auth method 2 Shared Key Message Integrity Code; \
             auth method 1 RSA Digital Signature, cert link 1; \
             auth method 14 Digital Signature, cert link 0, \
             algorithm identifier 1.2.840.10045.4.3.2, algorithm name ecdsa-with-SHA256]"
        );
        assert_eq!(
            told(16443, &[0, 2]),
            "auth methods [error: Notify at octet 36: announces 0 octets, at least 2 are needed]"
        );
    }

    #[test]
    fn reads_addresses_of_mobike() {
        assert_eq!(told(16397, &[198, 51, 100, 7]), "address 198.51.100.7");
        assert_eq!(
            told(16402, &[192, 0, 2, 1, 192, 0, 2, 2, 1, 0xf4, 0x11, 0x94]),
            "source address 192.0.2.1, destination address 192.0.2.2, source port 500, \
             destination port 4500"
        );
    }

    #[test]
    fn keeps_the_data_of_an_unknown_type() {
        assert_eq!(told(50_000, &[1, 2, 3]), "notification data 010203");
    }

    #[test]
    fn says_that_a_group_is_too_long() {
        assert_eq!(
            told(17, &[0, 14, 0]),
            "Notify at octet 38: 1 octets left over"
        );
    }
}
