//! Notify payload (RFC 7296 §3.10).
//!
//! ```text
//! |  Protocol ID  |   SPI Size    |      Notify Message Type      |
//! ~                Security Parameter Index (SPI)                 ~
//! ~                       Notification Data                       ~
//! ```

use nom::Parser;

use super::notify_data::NotifyData;
use crate::describe::{Describe, FieldSink, registered};
use crate::error::{DecodeError, Structure};
use crate::iana::{NotifyType, ProtocolId};
use crate::input::{Input, be_u8, be_u16, done, take};
use crate::payload::RawPayload;

/// What one peer tells the other: an error, a status, a capability.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Notify<'a> {
    /// Protocol of `spi`; 0 where there is none.
    pub protocol_id: ProtocolId,
    /// SPI that the notification is about; empty for the IKE SA itself.
    pub spi: &'a [u8],
    /// Type.
    pub notify_type: NotifyType,
    /// Notification data, with its place.
    pub data: Input<'a>,
}

impl<'a> Notify<'a> {
    /// Reads the body.
    ///
    /// # Errors
    /// [`DecodeError`] if it ends before the SPI does.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::Notify;
        let (rest, (protocol_id, spi_size, notify_type)) =
            done((be_u8(s), be_u8(s), be_u16(s)).parse(raw.body))?;
        let (data, spi) = done(take(spi_size.into(), s)(rest))?;
        Ok(Self {
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
        NotifyData::read(self)
    }
}

impl Describe for Notify<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
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
