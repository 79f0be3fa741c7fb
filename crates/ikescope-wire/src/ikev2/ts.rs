//! Traffic Selector payloads (RFC 7296 §3.13), with the selectors of Fibre Channel (RFC 4595) and
//! of security labels (RFC 9478 §2).
//!
//! ```text
//! Payload  | Number of TSs |                 RESERVED                      |
//! Address  |   TS Type     |IP Protocol ID*|       Selector Length         |
//!          |           Start Port*         |           End Port*           |
//!          ~             Starting Address*, Ending Address*                ~
//! FC       |   TS TYPE     |   Reserved    |       Selector Length         |
//!          |   Reserved    |              Starting Address                 |
//!          |   Reserved    |              Ending Address                   |
//!          |Starting R_CTL | Ending R_CTL  | Starting Type |  Ending Type  |
//! Label    |   TS Type     |    Reserved   |       Selector Length         |
//!          ~                         Security Label*                       ~
//! ```

use core::net::IpAddr;

use nom::Parser;

use crate::describe::{Describe, FieldSink, Untrusted, list, registered, reserved};
use crate::error::{DecodeError, Structure};
use crate::iana::TsType;
use crate::input::{Input, array, be_u8, be_u16, done, ipv4, ipv6, substructure};
use crate::payload::RawPayload;

/// The traffic that one side wants to protect.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TrafficSelectors<'a> {
    /// Number of selectors as announced.
    pub count: u8,
    /// The three reserved octets, zero in front.
    pub reserved: u32,
    input: Input<'a>,
}

/// One selector.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TrafficSelector<'a> {
    /// Type.
    pub ts_type: TsType,
    /// IP protocol; 0 means any. Reserved in the selectors that are not of addresses.
    pub ip_protocol_id: u8,
    /// What it selects.
    pub selection: Selection<'a>,
}

/// What a selector selects; all ranges include both ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Selection<'a> {
    /// Packets by port and address. Ports hold type and code for ICMP (RFC 7296 §3.13.1).
    Addresses {
        /// First port.
        start_port: u16,
        /// Last port.
        end_port: u16,
        /// First address.
        start: IpAddr,
        /// Last address.
        end: IpAddr,
    },
    /// Fibre Channel frames by address, R_CTL and type.
    FibreChannel {
        /// The two reserved octets in front of the addresses.
        reserved: [u8; 2],
        /// First address identifier.
        start: [u8; 3],
        /// Last address identifier.
        end: [u8; 3],
        /// First and last R_CTL.
        r_ctl: [u8; 2],
        /// First and last type.
        fc_type: [u8; 2],
    },
    /// Packets with this security label.
    SecurityLabel(&'a [u8]),
    /// A type that this crate does not know.
    Opaque(&'a [u8]),
}

impl<'a> TrafficSelectors<'a> {
    /// Reads the count; the selectors are read while iterating.
    ///
    /// # Errors
    /// [`DecodeError`] if there are fewer than four octets.
    pub fn decode(raw: RawPayload<'a>) -> Result<Self, DecodeError> {
        let s = Structure::TrafficSelectors;
        let (input, (count, [a, b, c])) = done((be_u8(s), array::<3>(s)).parse(raw.body))?;
        Ok(Self {
            count,
            reserved: u32::from_be_bytes([0, a, b, c]),
            input,
        })
    }

    /// The selectors. Ends after the first error.
    #[must_use]
    pub const fn selectors(&self) -> Selectors<'a> {
        Selectors { input: self.input }
    }
}

structures! {
    /// Iterator over traffic selectors.
    Selectors => TrafficSelector<'a>, traffic_selector
}

/// Reads one selector; G-IKEv2's policies hold single ones.
pub(super) fn traffic_selector(
    input: Input<'_>,
) -> Result<(Input<'_>, TrafficSelector<'_>), DecodeError> {
    let s = Structure::TrafficSelector;
    let (rest, whole) = substructure(input, s, 4)?;
    let (body, (ts_type, ip_protocol_id, _length)) =
        done((be_u8(s), be_u8(s), be_u16(s)).parse(whole))?;
    let ts_type = TsType(ts_type);
    let (end, selection) = match ts_type {
        TsType::TS_IPV4_ADDR_RANGE => {
            let (end, (start_port, end_port, start, last)) =
                done((be_u16(s), be_u16(s), ipv4(s), ipv4(s)).parse(body))?;
            (
                end,
                addresses(start_port, end_port, start.into(), last.into()),
            )
        }
        TsType::TS_IPV6_ADDR_RANGE => {
            let (end, (start_port, end_port, start, last)) =
                done((be_u16(s), be_u16(s), ipv6(s), ipv6(s)).parse(body))?;
            (
                end,
                addresses(start_port, end_port, start.into(), last.into()),
            )
        }
        TsType::TS_FC_ADDR_RANGE => fibre_channel(body)?,
        TsType::TS_SECLABEL => (
            body.skip(body.len()),
            Selection::SecurityLabel(body.octets()),
        ),
        _ => (body.skip(body.len()), Selection::Opaque(body.octets())),
    };
    end.finish(s)?;
    let selector = TrafficSelector {
        ts_type,
        ip_protocol_id,
        selection,
    };
    Ok((rest, selector))
}

const fn addresses<'a>(
    start_port: u16,
    end_port: u16,
    start: IpAddr,
    end: IpAddr,
) -> Selection<'a> {
    Selection::Addresses {
        start_port,
        end_port,
        start,
        end,
    }
}

fn fibre_channel(body: Input<'_>) -> Result<(Input<'_>, Selection<'_>), DecodeError> {
    let s = Structure::TrafficSelector;
    let (rest, (first, start, second, end, r_ctl, fc_type)) = done(
        (
            be_u8(s),
            array::<3>(s),
            be_u8(s),
            array::<3>(s),
            array::<2>(s),
            array::<2>(s),
        )
            .parse(body),
    )?;
    let selection = Selection::FibreChannel {
        reserved: [first, second],
        start,
        end,
        r_ctl,
        fc_type,
    };
    Ok((rest, selection))
}

impl Describe for TrafficSelectors<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        sink.number("number_of_tss", self.count.into());
        reserved(sink, self.reserved.into());
        list(sink, "traffic_selectors", self.selectors());
    }
}

impl Describe for TrafficSelector<'_> {
    fn describe(&self, sink: &mut dyn FieldSink) {
        registered(sink, "ts_type", "ts_type_name", self.ts_type);
        match self.selection {
            Selection::Addresses {
                start_port,
                end_port,
                start,
                end,
            } => {
                sink.number("ip_protocol_id", self.ip_protocol_id.into());
                sink.number("start_port", start_port.into());
                sink.number("end_port", end_port.into());
                sink.text("starting_address", &start);
                sink.text("ending_address", &end);
            }
            Selection::FibreChannel {
                reserved: [first, second],
                start,
                end,
                r_ctl: [first_r_ctl, last_r_ctl],
                fc_type: [first_type, last_type],
            } => {
                let octets = [0, self.ip_protocol_id, first, second];
                reserved(sink, u32::from_be_bytes(octets).into());
                sink.octets("starting_address", &start);
                sink.octets("ending_address", &end);
                sink.number("starting_r_ctl", first_r_ctl.into());
                sink.number("ending_r_ctl", last_r_ctl.into());
                sink.number("starting_type", first_type.into());
                sink.number("ending_type", last_type.into());
            }
            Selection::SecurityLabel(label) => {
                reserved(sink, self.ip_protocol_id.into());
                sink.text("security_label", &Untrusted(label));
            }
            Selection::Opaque(octets) => {
                sink.number("ip_protocol_id", self.ip_protocol_id.into());
                sink.octets("data", octets);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::error::DecodeErrorKind;
    use crate::payload::Payloads;

    fn selectors(octets: &[u8]) -> Vec<Result<TrafficSelector<'_>, DecodeError>> {
        let raw = Payloads::new(44, Input::at(octets, 28), true)
            .next()
            .unwrap()
            .unwrap();
        TrafficSelectors::decode(raw).unwrap().selectors().collect()
    }

    #[test]
    fn reads_an_ipv4_range_and_a_security_label() {
        // RFC 7296 §3.13.1 and RFC 9478 §2.
        let octets = [
            0, 0, 0, 34, 2, 0, 0, 0, // payload
            7, 17, 0, 16, 0, 53, 0, 53, 10, 1, 0, 0, 10, 1, 0, 255, // range
            10, 0, 0, 10, b's', b'e', b'c', b'r', b'e', b't', // label
        ];
        let selectors = selectors(&octets);
        let range = selectors[0].unwrap();
        assert_eq!(
            (range.ts_type, range.ip_protocol_id),
            (TsType::TS_IPV4_ADDR_RANGE, 17)
        );
        assert_eq!(
            range.selection,
            Selection::Addresses {
                start_port: 53,
                end_port: 53,
                start: [10, 1, 0, 0].into(),
                end: [10, 1, 0, 255].into()
            }
        );
        assert_eq!(
            selectors[1].unwrap().selection,
            Selection::SecurityLabel(b"secret")
        );
    }

    #[test]
    fn reads_a_fibre_channel_range() {
        // The fields in the order of RFC 4595.
        let octets = [
            0, 0, 0, 24, 1, 0, 0, 0, 9, 0, 0, 16, 0, 1, 2, 3, 0, 4, 5, 6, 7, 8, 9, 10,
        ];
        assert_eq!(
            selectors(&octets)[0].unwrap().selection,
            Selection::FibreChannel {
                reserved: [0, 0],
                start: [1, 2, 3],
                end: [4, 5, 6],
                r_ctl: [7, 8],
                fc_type: [9, 10]
            }
        );
    }

    #[test]
    fn rejects_a_selector_too_short_for_its_type() {
        let octets = [0, 0, 0, 16, 1, 0, 0, 0, 7, 0, 0, 8, 0, 0, 0xff, 0xff];
        let error = selectors(&octets)[0].unwrap_err();
        assert_eq!(
            (error.offset, error.structure),
            (44, Structure::TrafficSelector)
        );
        assert_eq!(error.kind, DecodeErrorKind::Truncated { need: 4, have: 0 });
    }

    #[test]
    fn rejects_a_selector_of_length_zero() {
        let items = selectors(&[0, 0, 0, 12, 1, 0, 0, 0, 7, 0, 0, 0]);
        assert_eq!(items.len(), 1);
        assert_eq!(
            items[0].unwrap_err().kind,
            DecodeErrorKind::LengthTooSmall {
                announced: 0,
                minimum: 4
            }
        );
    }
}
