//! The payloads of GDOI (RFC 6407 §5): policies of a group, which stand inside its SA payload, and
//! what else its exchanges carry.
//!
//! ```text
//! SAK  |      Protocol | SRC ID Type   |         SRC ID Port           |
//!      |SRC ID Data Len|          SRC Identification Data              ~
//!      | DST ID Type   |         DST ID Port           |DST ID Data Len|
//!      ~                    DST Identification Data                    ~
//!      ~                              SPI (16 octets)                  ~
//!      |                           RESERVED2                           |
//!      ~                        KEK Attributes                         ~
//! SAT  |  Protocol-ID  |       TEK Protocol-Specific Payload           ~
//! ESP  |    Protocol   | (source and destination as above)             ~
//!      | Transform ID  |                        SPI                    ~
//!      |      SPI      |       RFC 2407 SA Attributes                  ~
//! GAP  ~               Group Associated Policy Attributes              ~
//! SEQ  |                       Sequence Number                         |
//! KD   |  Number of Key Packets        |            RESERVED2          |
//!      |    KD Type    |   RESERVED    |            KD Length          |
//!      |    SPI Size   |           SPI (variable)                      ~
//!      ~                    Key Packet Attributes                      ~
//! ```

use core::marker::PhantomData;

use nom::Parser;

use super::attribute::{Attributes, Class, transform_name};
use super::id::identity;
use crate::describe::{Describe, FieldSink, list, registered, reserved, row};
use crate::error::{DecodeError, Structure};
use crate::iana::ikev1::gdoi::{KeyDownloadType, TekProtocolId};
use crate::iana::ikev1::{IdType, ProtocolId};
use crate::identity::describe_identity;
use crate::input::{Input, array, be_u8, be_u16, be_u32, done, substructure, take};
use crate::payload::RawPayload;

/// One end of the traffic that a policy is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Endpoint<'a> {
    /// Type of `data`.
    pub id_type: IdType,
    /// Port; 0 means any.
    pub port: u16,
    /// Identification data, with its place.
    pub data: Input<'a>,
}

/// SA KEK: the policy of rekey messages.
#[derive(Clone, Copy, Debug)]
pub struct SaKek<'a> {
    /// IP protocol of rekey messages, usually UDP.
    pub protocol: u8,
    /// Who sends them.
    pub source: Endpoint<'a>,
    /// Who receives them.
    pub destination: Endpoint<'a>,
    /// SPI: both cookies of the rekey messages' header.
    pub spi: [u8; 16],
    /// RESERVED2; in RFC 3547 POP algorithm and key length.
    pub reserved: u32,
    /// KEK attributes.
    pub attributes: Attributes<'a>,
}

/// SA TEK: the policy of the group's traffic.
#[derive(Clone, Copy, Debug)]
pub struct SaTek<'a> {
    /// Security protocol.
    pub protocol_id: TekProtocolId,
    /// Policy, in the form of the protocol.
    pub policy: TekPolicy<'a>,
}

/// Policy of a security protocol.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum TekPolicy<'a> {
    /// ESP or AH.
    Ipsec {
        /// IP protocol of the traffic; 0 means any.
        protocol: u8,
        /// Its source.
        source: Endpoint<'a>,
        /// Its destination.
        destination: Endpoint<'a>,
        /// Transform ID, in the registry of the security protocol.
        transform_id: u8,
        /// SPI.
        spi: [u8; 4],
        /// SA attributes of phase 2.
        attributes: Attributes<'a>,
    },
    /// Another protocol.
    Opaque(&'a [u8]),
}

/// Group Associated Policy.
#[derive(Clone, Copy, Debug)]
pub struct GroupAssociatedPolicy<'a> {
    /// Attributes.
    pub attributes: Attributes<'a>,
}

/// Sequence Number of the next rekey message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SequenceNumber<'a> {
    /// The number.
    pub number: u32,
    /// Nothing is borrowed; the lifetime is that of every view.
    view: PhantomData<&'a [u8]>,
}

/// Key Download.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeyDownload<'a> {
    /// Number of key packets as announced.
    pub count: u16,
    /// RESERVED2.
    pub reserved: u16,
    input: Input<'a>,
}

/// Keys of one SA, or of one member's place in a key hierarchy.
#[derive(Clone, Copy, Debug)]
pub struct KeyPacket<'a> {
    /// What keys these are.
    pub kd_type: KeyDownloadType,
    /// The reserved octet.
    pub reserved: u8,
    /// SPI of the SA.
    pub spi: &'a [u8],
    /// Keys; printed by their length only.
    pub attributes: Attributes<'a>,
}

impl<'a> Endpoint<'a> {
    fn read(input: Input<'a>, s: Structure) -> Result<(Input<'a>, Self), DecodeError> {
        let (rest, (id_type, port, length)) = done((be_u8(s), be_u16(s), be_u8(s)).parse(input))?;
        let (rest, data) = done(take(length.into(), s)(rest))?;
        let endpoint = Self {
            id_type: IdType(id_type),
            port,
            data,
        };
        Ok((rest, endpoint))
    }
}

impl<'a> SaKek<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if it ends before the attributes begin.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::SaKek;
        let (rest, protocol) = done(be_u8(s)(raw.body))?;
        let (rest, source) = Endpoint::read(rest, s)?;
        let (rest, destination) = Endpoint::read(rest, s)?;
        let (attributes, (spi, reserved)) = done((array::<16>(s), be_u32(s)).parse(rest))?;
        Ok(Self {
            protocol,
            source,
            destination,
            spi,
            reserved,
            attributes: Attributes::of(attributes, Class::Kek),
        })
    }

    /// Whether a SAK payload can be read from `raw` to its last attribute.
    pub(super) fn fits(raw: RawPayload<'a>) -> bool {
        Self::decode(raw).is_ok_and(|kek| kek.attributes.into_iter().all(|item| item.is_ok()))
    }
}

impl<'a> SaTek<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if it ends before the attributes begin.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::SaTek;
        let (rest, protocol_id) = done(be_u8(s)(raw.body))?;
        let protocol_id = TekProtocolId(protocol_id);
        let policy = match protocol_id {
            TekProtocolId::GDOI_PROTO_IPSEC_ESP | TekProtocolId::GDOI_PROTO_IPSEC_AH => {
                ipsec_policy(rest)?
            }
            _ => TekPolicy::Opaque(rest.octets()),
        };
        Ok(Self {
            protocol_id,
            policy,
        })
    }
}

fn ipsec_policy(input: Input<'_>) -> Result<TekPolicy<'_>, DecodeError> {
    let s = Structure::SaTek;
    let (rest, protocol) = done(be_u8(s)(input))?;
    let (rest, source) = Endpoint::read(rest, s)?;
    let (rest, destination) = Endpoint::read(rest, s)?;
    let (attributes, (transform_id, spi)) = done((be_u8(s), array::<4>(s)).parse(rest))?;
    Ok(TekPolicy::Ipsec {
        protocol,
        source,
        destination,
        transform_id,
        spi,
        attributes: Attributes::of(attributes, Class::Ipsec),
    })
}

impl<'a> GroupAssociatedPolicy<'a> {
    /// Takes the body; the attributes are read while iterating.
    ///
    /// # Errors
    /// None today; the signature is that of every payload.
    pub const fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            attributes: Attributes::of(raw.body, Class::GroupAssociatedPolicy),
        })
    }
}

impl<'a> SequenceNumber<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] unless it has exactly four octets.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::SequenceNumber;
        let (rest, number) = done(be_u32(s)(raw.body))?;
        rest.finish(s)?;
        Ok(Self {
            number,
            view: PhantomData,
        })
    }
}

impl<'a> KeyDownload<'a> {
    /// Reads the count; the packets are read while iterating.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer than four octets.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::KeyDownload;
        let (input, (count, reserved)) = done((be_u16(s), be_u16(s)).parse(raw.body))?;
        Ok(Self {
            count,
            reserved,
            input,
        })
    }

    /// The key packets. Ends after the first error.
    #[must_use]
    pub const fn packets(&self) -> KeyPackets<'a> {
        KeyPackets { input: self.input }
    }
}

structures! {
    /// Iterator over key packets.
    KeyPackets => KeyPacket<'a>, key_packet
}

fn key_packet(input: Input<'_>) -> Result<(Input<'_>, KeyPacket<'_>), DecodeError> {
    let s = Structure::KeyDownload;
    let (rest, whole) = substructure(input, s, 5)?;
    let (body, (kd_type, reserved, _length, spi_size)) =
        done((be_u8(s), be_u8(s), be_u16(s), be_u8(s)).parse(whole))?;
    let (attributes, spi) = done(take(spi_size.into(), s)(body))?;
    let kd_type = KeyDownloadType(kd_type);
    let packet = KeyPacket {
        kd_type,
        reserved,
        spi: spi.octets(),
        attributes: Attributes::of(attributes, Class::KeyPacket(kd_type)),
    };
    Ok((rest, packet))
}

/// Tells both ends, under names that begin with `src` and `dst`.
fn describe_endpoints(sink: &mut dyn FieldSink, source: &Endpoint<'_>, destination: &Endpoint<'_>) {
    registered(sink, "src_id_type", "src_id_type_name", source.id_type);
    sink.number("src_id_port", source.port.into());
    source.describe_data(sink, ["src_identification_data", "src_identification_text"]);
    registered(sink, "dst_id_type", "dst_id_type_name", destination.id_type);
    sink.number("dst_id_port", destination.port.into());
    destination.describe_data(sink, ["dst_identification_data", "dst_identification_text"]);
}

impl Endpoint<'_> {
    fn describe_data(&self, sink: &mut dyn FieldSink, names: [&'static str; 2]) {
        describe_identity(sink, names, identity(self.id_type, self.data), self.data);
    }
}

impl Describe for SaKek<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.number("protocol", self.protocol.into());
        describe_endpoints(sink, &self.source, &self.destination);
        sink.octets("spi", &self.spi);
        reserved(sink, self.reserved.into());
        row(sink, "attributes", self.attributes);
    }
}

impl Describe for SaTek<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "protocol_id", "protocol_name", self.protocol_id);
        match &self.policy {
            TekPolicy::Opaque(octets) => sink.octets("data", octets),
            TekPolicy::Ipsec {
                protocol,
                source,
                destination,
                transform_id,
                spi,
                attributes,
            } => {
                sink.number("protocol", (*protocol).into());
                describe_endpoints(sink, source, destination);
                let name = transform_name(self.security_protocol(), *transform_id);
                sink.named(
                    "transform_id",
                    (*transform_id).into(),
                    "transform_name",
                    name,
                );
                sink.octets("spi", spi);
                row(sink, "attributes", *attributes);
            }
        }
    }
}

impl SaTek<'_> {
    /// The IPsec DOI's number of the security protocol, which GDOI numbers anew.
    const fn security_protocol(&self) -> ProtocolId {
        match self.protocol_id {
            TekProtocolId::GDOI_PROTO_IPSEC_AH => ProtocolId::PROTO_IPSEC_AH,
            _ => ProtocolId::PROTO_IPSEC_ESP,
        }
    }
}

impl Describe for GroupAssociatedPolicy<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        row(sink, "attributes", self.attributes);
    }
}

impl Describe for SequenceNumber<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.number("sequence_number", self.number.into());
    }
}

impl Describe for KeyDownload<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.number("number_of_key_packets", self.count.into());
        reserved(sink, self.reserved.into());
        list(sink, "key_packets", self.packets());
    }
}

impl Describe for KeyPacket<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "kd_type", "kd_type_name", self.kd_type);
        reserved(sink, self.reserved.into());
        sink.octets("spi", self.spi);
        row(sink, "attributes", self.attributes);
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use super::*;
    use crate::display::Line;
    use crate::ikev1::{Payload, SecurityAssociation};
    use crate::payload::Payloads;

    /// A GDOI SA after RFC 6407 §5.2: one SAT for ESP with AES-CBC (§5.5.1).
    fn group_sa() -> Vec<u8> {
        let endpoint = |address: [u8; 4]| {
            let mut octets = std::vec![1, 0, 0, 4];
            octets.extend(address);
            octets
        };
        let mut tek = std::vec![1, 17]; // GDOI_PROTO_IPSEC_ESP, UDP
        tek.extend(endpoint([192, 0, 2, 1]));
        tek.extend(endpoint([233, 252, 0, 1]));
        tek.extend([12, 0xc0, 0xff, 0xee, 1]);
        tek.extend([0x80, 4, 0, 1]); // Encapsulation Mode, Tunnel
        let mut sa = std::vec![0, 0, 0, 0];
        sa.extend([0, 0, 0, 2, 0, 0, 0, 0, 0, 16, 0, 0]); // GDOI, situation 0, SAT
        sa.extend([0, 0, 0, 4 + tek.len() as u8]);
        sa.extend(tek);
        sa[3] = sa.len() as u8;
        sa
    }

    #[test]
    fn finds_the_policy_inside_the_sa_payload() {
        let octets = group_sa();
        let raw = Payloads::new(1, Input::at(&octets, 28), false)
            .next()
            .unwrap()
            .unwrap();
        let sa = SecurityAssociation::decode(raw).unwrap();
        assert_eq!(sa.proposals().count(), 0);
        let policies: Vec<_> = sa.policies().collect();
        assert_eq!(policies.len(), 1);
        let policy = Payload::decode(policies[0].unwrap()).unwrap();
        assert_eq!(
            Line(&policy).to_string(),
            "protocol id 1 GDOI_PROTO_IPSEC_ESP, protocol 17, src id type 1 ID_IPV4_ADDR, \
             src id port 0, src identification data 192.0.2.1, dst id type 1 ID_IPV4_ADDR, \
             dst id port 0, dst identification data 233.252.0.1, transform id 12 ESP_AES-CBC, \
             spi c0ffee01 [Encapsulation Mode 1 Tunnel]"
        );
    }

    #[test]
    fn tells_the_length_of_a_key_but_not_the_key() {
        // RFC 6407 §5.6: one TEK packet with TEK_ALGORITHM_KEY.
        let octets = [
            0, 0, 0, 25, 0, 1, 0, 0, 1, 0, 0, 17, 4, 0xc0, 0xff, 0xee, 1, 0, 1, 0, 4, 9, 9, 9, 9,
        ];
        let raw = Payloads::new(17, Input::at(&octets, 28), false)
            .next()
            .unwrap()
            .unwrap();
        let payload = Payload::decode(raw).unwrap();
        assert_eq!(
            Line(&payload).to_string(),
            "number of key packets 1, key packets [kd type 1 TEK, spi c0ffee01 \
             [TEK_ALGORITHM_KEY value length 4]]"
        );
    }
}
