//! Values of configuration attributes: those of IKEv2 (RFC 7296 §3.15.1) grew out of mode-config
//! (draft-dukes-ike-mode-cfg) and XAUTH (draft-beaulieu-ike-xauth), so that both versions share the
//! numbers. Where they differ, the length of the value tells which one it is.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use nom::Parser;

use crate::attribute::AttributeValue;
use crate::describe::{Describe, FieldSink, Untrusted, registered, row};
use crate::error::{DecodeError, Structure};
use crate::iana::ConfigurationAttributeType;
use crate::iana::ikev1::{ConfigurationAttributeType as V1, XauthType};
use crate::input::{Input, be_u16, done, ipv4, ipv6};

/// The value of a configuration attribute.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ConfigurationValue<'a> {
    /// Nothing: a request for the attribute.
    Empty,
    /// An IPv4 address or netmask.
    Ipv4(Ipv4Addr),
    /// An IPv6 address or netmask.
    Ipv6(Ipv6Addr),
    /// IPv4 network and netmask.
    Ipv4Subnet(Ipv4Addr, Ipv4Addr),
    /// IPv6 address and prefix length.
    Ipv6Prefix(Ipv6Addr, u8),
    /// Cisco's networks for split tunnelling, 14 octets each.
    Networks(Networks<'a>),
    /// A number: seconds, a port, yes or no.
    Number(u64),
    /// Kind of XAUTH authentication.
    Xauth(XauthType),
    /// Text.
    Text(&'a [u8]),
    /// Numbers of attributes that the peer supports, two octets each.
    AttributeTypes(&'a [u8]),
    /// A password or the like, which its description withholds.
    Secret(&'a [u8]),
    /// Octets without known structure, or of a length that is not that of the type.
    Opaque(&'a [u8]),
}

impl<'a> ConfigurationValue<'a> {
    /// The value of attribute `number`.
    #[must_use]
    pub fn of(number: u16, value: AttributeValue<'a>) -> Self {
        let octets = match value {
            AttributeValue::Short(number_value) => return Self::of_short(number, number_value),
            AttributeValue::Long([]) => return Self::Empty,
            AttributeValue::Long(octets) => octets,
        };
        Self::of_long(V1(number), octets).unwrap_or(Self::Opaque(octets))
    }

    fn of_short(number: u16, value: u16) -> Self {
        match V1(number) {
            V1::XAUTH_TYPE => Self::Xauth(XauthType(value)),
            _ => Self::Number(value.into()),
        }
    }

    fn of_long(number: V1, octets: &'a [u8]) -> Option<Self> {
        let input = Input::new(octets);
        match number {
            V1::INTERNAL_IP4_ADDRESS
            | V1::INTERNAL_IP4_NETMASK
            | V1::INTERNAL_IP4_DNS
            | V1::INTERNAL_IP4_NBNS
            | V1::INTERNAL_IP4_DHCP
            | V1::INTERNAL_IP4_SERVER
            | P_CSCF_IP4_ADDRESS => <[u8; 4]>::try_from(octets)
                .ok()
                .map(|octets| Self::Ipv4(octets.into())),
            V1::INTERNAL_IP6_ADDRESS
            | V1::INTERNAL_IP6_NETMASK
            | V1::INTERNAL_IP6_DNS
            | V1::INTERNAL_IP6_NBNS
            | V1::INTERNAL_IP6_DHCP
            | V1::INTERNAL_IP6_SERVER
            | INTERNAL_IP6_PREFIX
            | P_CSCF_IP6_ADDRESS => ipv6_value(input).or_else(|| printable(octets)),
            // Check Point puts the XAUTH password where the drafts have this subnet.
            V1::INTERNAL_IP6_SUBNET => ipv6_value(input).or(Some(Self::Secret(octets))),
            V1::XAUTH_PASSCODE_CHECK_POINT if octets.len() != MIP6_HOME_PREFIX_LENGTH => {
                Some(Self::Secret(octets))
            }
            V1::XAUTH_USER_PASSWORD
            | V1::XAUTH_PASSCODE
            | V1::XAUTH_NEXT_PIN
            | V1::XAUTH_ANSWER => Some(Self::Secret(octets)),
            V1::INTERNAL_IP4_SUBNET => {
                let (rest, (address, mask)) = done((ipv4(S), ipv4(S)).parse(input)).ok()?;
                rest.is_empty().then_some(Self::Ipv4Subnet(address, mask))
            }
            V1::SUPPORTED_ATTRIBUTES => printable(octets).or_else(|| {
                octets
                    .len()
                    .is_multiple_of(2)
                    .then_some(Self::AttributeTypes(octets))
            }),
            V1::INTERNAL_ADDRESS_EXPIRY
            | V1::XAUTH_TYPE
            | V1::XAUTH_STATUS
            | V1::UNITY_SAVE_PASSWD
            | V1::UNITY_NATT_PORT
            | V1::UNITY_PFS
            | FTT_KAT
            | TIMEOUT_PERIOD_FOR_LIVENESS_CHECK => {
                AttributeValue::Long(octets).number().map(Self::Number)
            }
            V1::UNITY_SPLIT_INCLUDE | V1::UNITY_LOCAL_LAN
                if octets.len().is_multiple_of(NETWORK_LENGTH) =>
            {
                Some(Self::Networks(Networks { input }))
            }
            V1::APPLICATION_VERSION
            | V1::XAUTH_USER_NAME
            | V1::XAUTH_MESSAGE
            | V1::XAUTH_DOMAIN
            | V1::CHKPT_DEF_DOMAIN
            | V1::UNITY_BANNER
            | V1::UNITY_DEF_DOMAIN
            | V1::UNITY_SPLITDNS_NAME
            | V1::UNITY_DDNS_HOSTNAME
            | INTERNAL_DNS_DOMAIN => Some(Self::Text(octets)),
            _ => printable(octets),
        }
    }
}

/// An IPv6 address, with or without a prefix length behind it: mode-config has none, IKEv2 one.
fn ipv6_value(input: Input<'_>) -> Option<ConfigurationValue<'_>> {
    let (rest, address) = done(ipv6(S)(input)).ok()?;
    match rest.octets() {
        [] => Some(ConfigurationValue::Ipv6(address)),
        [prefix] => Some(ConfigurationValue::Ipv6Prefix(address, *prefix)),
        _ => None,
    }
}

fn printable(octets: &[u8]) -> Option<ConfigurationValue<'_>> {
    octets
        .iter()
        .all(|octet| matches!(octet, 0x20..=0x7e))
        .then_some(ConfigurationValue::Text(octets))
}

impl Describe for ConfigurationValue<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        const FIELD: &str = "value";
        match *self {
            Self::Empty => {}
            Self::Ipv4(address) => sink.text(FIELD, &address),
            Self::Ipv6(address) => sink.text(FIELD, &address),
            Self::Ipv4Subnet(address, mask) => sink.text(FIELD, &Slash(address, mask)),
            Self::Ipv6Prefix(address, prefix) => sink.text(FIELD, &Slash(address, prefix)),
            Self::Networks(networks) => row(sink, "networks", networks),
            Self::Number(value) => sink.number(FIELD, value),
            Self::Xauth(kind) => registered(sink, FIELD, "value_name", kind),
            Self::Text(octets) => sink.text(FIELD, &Untrusted(octets)),
            Self::AttributeTypes(octets) => {
                let numbers = octets.chunks_exact(2).map(|pair| Ok(Supported::of(pair)));
                row(sink, "supported_attributes", numbers);
            }
            Self::Secret(octets) => sink.secret(FIELD, octets),
            Self::Opaque(octets) => sink.octets(FIELD, octets),
        }
    }
}

/// Two values with a slash between them.
struct Slash<A, B>(A, B);

impl<A: fmt::Display, B: fmt::Display> fmt::Display for Slash<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, self.1)
    }
}

/// A number of the attribute Supported Attributes.
struct Supported(ConfigurationAttributeType);

impl Supported {
    fn of(pair: &[u8]) -> Self {
        let number = pair.try_into().map_or(0, u16::from_be_bytes);
        Self(ConfigurationAttributeType(number & 0x7fff))
    }
}

impl Describe for Supported {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "type", "name", self.0);
    }
}

/// One network of Cisco's split tunnelling, as libreswan and vpnc read it: address, mask, protocol,
/// source port, destination port.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Network {
    /// Network.
    pub address: Ipv4Addr,
    /// Netmask.
    pub mask: Ipv4Addr,
    /// IP protocol; 0 means any.
    pub protocol: u16,
    /// Source port; 0 means any.
    pub source_port: u16,
    /// Destination port; 0 means any.
    pub destination_port: u16,
}

structures! {
    /// Iterator over networks.
    Networks => Network, network
}

fn network(input: Input<'_>) -> Result<(Input<'_>, Network), DecodeError> {
    let (rest, (address, mask, protocol, source_port, destination_port)) =
        done((ipv4(S), ipv4(S), be_u16(S), be_u16(S), be_u16(S)).parse(input))?;
    let network = Network {
        address,
        mask,
        protocol,
        source_port,
        destination_port,
    };
    Ok((rest, network))
}

impl Describe for Network {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.text("network", &Slash(self.address, self.mask));
        sink.number("protocol", self.protocol.into());
        sink.number("source_port", self.source_port.into());
        sink.number("destination_port", self.destination_port.into());
    }
}

const S: Structure = Structure::Configuration;

/// Octets of a network of Cisco's split tunnelling.
const NETWORK_LENGTH: usize = 14;
/// Octets of IKEv2's MIP6_HOME_PREFIX, which has the number of Check Point's passcode.
const MIP6_HOME_PREFIX_LENGTH: usize = 21;

// Numbers that only IKEv2 has.
const INTERNAL_IP6_PREFIX: V1 = V1(ConfigurationAttributeType::INTERNAL_IP6_PREFIX.0);
const P_CSCF_IP4_ADDRESS: V1 = V1(ConfigurationAttributeType::P_CSCF_IP4_ADDRESS.0);
const P_CSCF_IP6_ADDRESS: V1 = V1(ConfigurationAttributeType::P_CSCF_IP6_ADDRESS.0);
const FTT_KAT: V1 = V1(ConfigurationAttributeType::FTT_KAT.0);
const TIMEOUT_PERIOD_FOR_LIVENESS_CHECK: V1 =
    V1(ConfigurationAttributeType::TIMEOUT_PERIOD_FOR_LIVENESS_CHECK.0);
const INTERNAL_DNS_DOMAIN: V1 = V1(ConfigurationAttributeType::INTERNAL_DNS_DOMAIN.0);
