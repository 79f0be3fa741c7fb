//! Notification payload (RFC 2408 §3.14, RFC 2407 §4.6.3, RFC 3706 §5).
//!
//! ```text
//! |              Domain of Interpretation  (DOI)                  |
//! |  Protocol-ID  |   SPI Size    |      Notify Message Type      |
//! ~                Security Parameter Index (SPI)                 ~
//! ~                       Notification Data                       ~
//! ```

use core::net::Ipv4Addr;

use nom::Parser;

use super::attribute::{Attributes, Class};
use crate::describe::{Describe, FieldSink, registered, row};
use crate::error::{DecodeError, Structure};
use crate::iana::ikev1::{Doi, NotifyType, ProtocolId};
use crate::input::{Input, be_u8, be_u16, be_u32, done, ipv4, take};
use crate::payload::RawPayload;

/// What one peer tells the other: an error, a status, a sign of life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Notify<'a> {
    /// Domain of interpretation.
    pub doi: Doi,
    /// Protocol of `spi`.
    pub protocol_id: ProtocolId,
    /// SPI that the notification is about; both cookies (16 octets) for the ISAKMP SA.
    pub spi: &'a [u8],
    /// Type.
    pub notify_type: NotifyType,
    /// Notification data, with its place.
    pub data: Input<'a>,
}

/// What the notification data says, for the types that define it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum NotifyData<'a> {
    /// RESPONDER-LIFETIME: the attributes of a lifetime (RFC 2407 §4.6.3.1).
    Lifetime(Attributes<'a>),
    /// REPLAY-STATUS: 1 where replay detection is on (RFC 2407 §4.6.3.2).
    ReplayStatus(u32),
    /// R-U-THERE and R-U-THERE-ACK (RFC 3706 §5.3).
    SequenceNumber(u32),
    /// Cisco's load balancing: where to go instead.
    Address(Ipv4Addr),
    /// No defined structure.
    Opaque(&'a [u8]),
}

impl<'a> Notify<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if it ends before the SPI does.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Notify;
        let (rest, (doi, protocol_id, spi_size, notify_type)) =
            done((be_u32(s), be_u8(s), be_u8(s), be_u16(s)).parse(raw.body))?;
        let (data, spi) = done(take(spi_size.into(), s)(rest))?;
        Ok(Self {
            doi: Doi(doi),
            protocol_id: ProtocolId(protocol_id),
            spi: spi.octets(),
            notify_type: NotifyType(notify_type),
            data,
        })
    }

    /// The notification data in the structure that the type defines.
    ///
    /// # Errors
    /// [`DecodeError`] if the data is shorter or longer than that structure.
    pub fn content(&self) -> Result<NotifyData<'a>, DecodeError> {
        let s = Structure::Notify;
        let number = |input| {
            let (rest, value) = done(be_u32(s)(input))?;
            rest.finish(s).map(|()| value)
        };
        Ok(match self.notify_type {
            NotifyType::RESPONDER_LIFETIME => {
                NotifyData::Lifetime(Attributes::of(self.data, Class::of(self.protocol_id)))
            }
            NotifyType::REPLAY_STATUS => NotifyData::ReplayStatus(number(self.data)?),
            NotifyType::R_U_THERE | NotifyType::R_U_THERE_ACK => {
                NotifyData::SequenceNumber(number(self.data)?)
            }
            NotifyType::UNITY_LOAD_BALANCE => NotifyData::Address(done(ipv4(s)(self.data))?.1),
            _ => NotifyData::Opaque(self.data.octets()),
        })
    }
}

impl Describe for Notify<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "doi", "doi_name", self.doi);
        registered(sink, "protocol_id", "protocol_name", self.protocol_id);
        sink.octets("spi", self.spi);
        registered(sink, "notify_type", "notify_name", self.notify_type);
        match self.content() {
            Ok(content) => content.describe(sink),
            Err(error) => {
                sink.octets("notification_data", self.data.octets());
                sink.error(&error);
            }
        }
    }
}

impl Describe for NotifyData<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        match self {
            Self::Lifetime(attributes) => row(sink, "attributes", *attributes),
            Self::ReplayStatus(status) => sink.number("replay_status", (*status).into()),
            Self::SequenceNumber(number) => sink.number("sequence_number", (*number).into()),
            Self::Address(address) => sink.text("address", address),
            Self::Opaque(data) => sink.octets("notification_data", data),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Payloads;

    fn notify(octets: &[u8]) -> Notify<'_> {
        let raw = Payloads::new(11, Input::at(octets, 28), false)
            .next()
            .unwrap()
            .unwrap();
        Notify::decode(raw).unwrap()
    }

    #[test]
    fn reads_a_dead_peer_detection_request() {
        // RFC 3706 §5.3: SPI is CKY-I | CKY-R, data the sequence number.
        let mut octets = [0u8; 32];
        octets[..12].copy_from_slice(&[0, 0, 0, 32, 0, 0, 0, 1, 1, 16, 0x8d, 0x28]);
        octets[28..].copy_from_slice(&[0, 0, 0x0c, 0x2a]);
        let notify = notify(&octets);
        assert_eq!(notify.notify_type, NotifyType::R_U_THERE);
        assert_eq!(
            (notify.doi.0, notify.protocol_id.0, notify.spi.len()),
            (1, 1, 16)
        );
        assert!(matches!(
            notify.content(),
            Ok(NotifyData::SequenceNumber(0x0c2a))
        ));
    }

    #[test]
    fn reads_an_error_without_spi_and_data() {
        let notify = notify(&[0, 0, 0, 12, 0, 0, 0, 1, 1, 0, 0, 14]);
        assert_eq!(notify.notify_type.0, 14);
        assert!(notify.spi.is_empty() && notify.data.is_empty());
    }

    #[test]
    fn says_that_a_sequence_number_is_short() {
        let notify = notify(&[0, 0, 0, 14, 0, 0, 0, 1, 1, 0, 0x8d, 0x28, 0, 1]);
        assert_eq!(notify.content().unwrap_err().offset, 40);
    }
}
