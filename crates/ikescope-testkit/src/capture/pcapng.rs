//! The pcapng format (draft-ietf-opsawg-pcapng §4).

use super::ByteOrder;

/// A pcapng file under construction, section by section, block by block.
///
/// ```
/// use ikescope_testkit::capture::{ByteOrder, Interface, Pcapng};
///
/// let octets = Pcapng::new(ByteOrder::Little)
///     .interface(Interface::new(1).name("eth0"))
///     .enhanced(0, 1_700_000_000_000_000_000, b"a frame")
///     .octets();
/// assert_eq!(octets[..4], [0x0a, 0x0d, 0x0d, 0x0a]);
/// ```
#[derive(Clone, Debug)]
pub struct Pcapng {
    byte_order: ByteOrder,
    interfaces: Vec<Interface>,
    octets: Vec<u8>,
}

impl Pcapng {
    /// A file with one section that has no interface yet.
    #[must_use]
    pub fn new(byte_order: ByteOrder) -> Self {
        let empty = Self {
            byte_order,
            interfaces: Vec::new(),
            octets: Vec::new(),
        };
        empty.section(byte_order)
    }

    /// Begins another section: interfaces are counted anew (§4.1).
    #[must_use]
    pub fn section(mut self, byte_order: ByteOrder) -> Self {
        self.byte_order = byte_order;
        self.interfaces.clear();
        let body = [
            &byte_order.u32(0x1a2b_3c4d)[..],
            &byte_order.u16(1),
            &byte_order.u16(0),
            // Section length unknown.
            &[0xff; 8],
        ];
        self.block(0x0a0d_0d0a, &body.concat())
    }

    /// Interface Description Block (§4.2).
    #[must_use]
    pub fn interface(mut self, interface: Interface) -> Self {
        let order = self.byte_order;
        let mut body = [order.u16(interface.link_type), [0; 2]].concat();
        body.extend_from_slice(&order.u32(interface.snap_length));
        body.append(&mut self.option_list(&interface.options(order)));
        self.interfaces.push(interface);
        self.block(1, &body)
    }

    /// Enhanced Packet Block (§4.3) of a frame that the interface saw at `time`.
    #[must_use]
    pub fn enhanced(self, interface: u32, time: i64, frame: &[u8]) -> Self {
        self.enhanced_with_comment(interface, time, frame, None)
    }

    /// Enhanced Packet Block with the option opt_comment.
    #[must_use]
    pub fn commented(self, interface: u32, time: i64, frame: &[u8], comment: &str) -> Self {
        self.enhanced_with_comment(interface, time, frame, Some(comment))
    }

    fn enhanced_with_comment(
        self,
        interface: u32,
        time: i64,
        frame: &[u8],
        comment: Option<&str>,
    ) -> Self {
        let mut body = self.byte_order.u32(interface).to_vec();
        body.append(&mut self.packet(interface, time, frame));
        if let Some(text) = comment {
            body.append(&mut self.option_list(&[(OPT_COMMENT, text.into())]));
        }
        self.block(6, &body)
    }

    /// Simple Packet Block (§4.4): of interface 0, without a time.
    #[must_use]
    pub fn simple(self, frame: &[u8]) -> Self {
        let kept = self.kept(0, frame);
        let mut body = self.byte_order.u32(frame.len() as u32).to_vec();
        body.append(&mut padded(kept));
        self.block(3, &body)
    }

    /// Packet Block, obsolete (appendix A), with a count of frames dropped before it.
    #[must_use]
    pub fn obsolete(self, interface: u16, time: i64, frame: &[u8], drops: u16) -> Self {
        let order = self.byte_order;
        let mut body = [order.u16(interface), order.u16(drops)].concat();
        body.append(&mut self.packet(u32::from(interface), time, frame));
        self.block(2, &body)
    }

    /// Interface Statistics Block (§4.6) with isb_ifrecv and isb_ifdrop.
    #[must_use]
    pub fn statistics(self, interface: u32, time: i64, received: u64, dropped: u64) -> Self {
        let order = self.byte_order;
        let mut body = order.u32(interface).to_vec();
        body.append(&mut self.timestamp(interface, time));
        let options = [
            (4, order.u64(received).into()),
            (5, order.u64(dropped).into()),
        ];
        body.append(&mut self.option_list(&options));
        self.block(5, &body)
    }

    /// A block of any type; `body` is padded to a multiple of four octets.
    #[must_use]
    pub fn block(self, block_type: u32, body: &[u8]) -> Self {
        let length = padded(body).len() as u32 + 12;
        self.block_with_length(block_type, body, length)
    }

    /// A block that announces `length` octets at both ends, whatever it has.
    #[must_use]
    pub fn block_with_length(mut self, block_type: u32, body: &[u8], length: u32) -> Self {
        let length = self.byte_order.u32(length);
        self.octets
            .extend_from_slice(&self.byte_order.u32(block_type));
        self.octets.extend_from_slice(&length);
        self.octets.append(&mut padded(body));
        self.octets.extend_from_slice(&length);
        self
    }

    /// The file so far.
    #[must_use]
    pub fn octets(self) -> Vec<u8> {
        self.octets
    }

    /// Time, captured and original length, and the octets: alike in both packet blocks.
    fn packet(&self, interface: u32, time: i64, frame: &[u8]) -> Vec<u8> {
        let kept = self.kept(interface, frame);
        let mut body = self.timestamp(interface, time);
        body.extend_from_slice(&self.byte_order.u32(kept.len() as u32));
        body.extend_from_slice(&self.byte_order.u32(frame.len() as u32));
        body.append(&mut padded(kept));
        body
    }

    fn kept<'a>(&self, interface: u32, frame: &'a [u8]) -> &'a [u8] {
        match self.interface_of(interface).snap_length {
            0 => frame,
            snap_length => &frame[..frame.len().min(snap_length as usize)],
        }
    }

    fn timestamp(&self, interface: u32, time: i64) -> Vec<u8> {
        let ticks = self.interface_of(interface).ticks(time);
        let halves = [(ticks >> 32) as u32, ticks as u32];
        halves.map(|half| self.byte_order.u32(half)).concat()
    }

    /// The interface of that number; frames of one that was never described are written as if it
    /// had every default, for captures that are broken in this way.
    fn interface_of(&self, number: u32) -> Interface {
        let described = self.interfaces.get(number as usize).cloned();
        described.unwrap_or_else(|| Interface::new(1))
    }

    fn option_list(&self, options: &[(u16, Vec<u8>)]) -> Vec<u8> {
        if options.is_empty() {
            return Vec::new();
        }
        let order = self.byte_order;
        let mut octets = Vec::new();
        for (code, value) in options {
            octets.extend_from_slice(&order.u16(*code));
            octets.extend_from_slice(&order.u16(value.len() as u16));
            octets.append(&mut padded(value));
        }
        octets.extend_from_slice(&[0; 4]);
        octets
    }
}

/// What an Interface Description Block says (§4.2).
#[derive(Clone, Debug)]
pub struct Interface {
    link_type: u16,
    snap_length: u32,
    name: Option<String>,
    resolution: Option<u8>,
    offset: Option<i64>,
}

impl Interface {
    /// An interface without options: microseconds, no limit of frames.
    #[must_use]
    pub const fn new(link_type: u16) -> Self {
        Self {
            link_type,
            snap_length: 0,
            name: None,
            resolution: None,
            offset: None,
        }
    }

    /// Sets the number of octets that frames are cut to; 0 is no limit.
    #[must_use]
    pub const fn snap_length(mut self, octets: u32) -> Self {
        self.snap_length = octets;
        self
    }

    /// Adds if_name.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Adds if_tsresol as it stands in the file: a negative power of 10 or, with the upper bit set,
    /// of 2.
    #[must_use]
    pub const fn resolution(mut self, if_tsresol: u8) -> Self {
        self.resolution = Some(if_tsresol);
        self
    }

    /// Adds if_tsoffset: seconds to be added to each time.
    #[must_use]
    pub const fn offset(mut self, seconds: i64) -> Self {
        self.offset = Some(seconds);
        self
    }

    fn options(&self, byte_order: ByteOrder) -> Vec<(u16, Vec<u8>)> {
        let name = self
            .name
            .as_ref()
            .map(|name| (2, name.clone().into_bytes()));
        let resolution = self.resolution.map(|octet| (9, vec![octet]));
        let offset = self.offset.map(|seconds| {
            let octets = byte_order.u64(seconds.cast_unsigned());
            (14, octets.to_vec())
        });
        [name, resolution, offset].into_iter().flatten().collect()
    }

    /// Units of the interface's clock from its own zero to `time`.
    fn ticks(&self, time: i64) -> u64 {
        let nanoseconds = i128::from(time) - i128::from(self.offset.unwrap_or(0)) * 1_000_000_000;
        let resolution = self.resolution.unwrap_or(6);
        let exponent = u32::from(resolution & 0x7f);
        let base: i128 = if resolution & 0x80 == 0 { 10 } else { 2 };
        (nanoseconds * base.pow(exponent) / 1_000_000_000) as u64
    }
}

fn padded(octets: &[u8]) -> Vec<u8> {
    let mut padded = octets.to_vec();
    padded.resize(octets.len().next_multiple_of(4), 0);
    padded
}

const OPT_COMMENT: u16 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    /// Laid out by hand from the diagrams of the draft.
    #[test]
    fn a_big_endian_section_follows_the_diagrams() {
        let octets = Pcapng::new(ByteOrder::Big)
            .interface(Interface::new(1).resolution(9))
            .enhanced(0, 0x1_0000_0002, b"abcde")
            .octets();
        #[rustfmt::skip]
        let expected = [
            0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0,
            255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 28,
            0, 0, 0, 1, 0, 0, 0, 32, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 9, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 32,
            0, 0, 0, 6, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 5,
            b'a', b'b', b'c', b'd', b'e', 0, 0, 0, 0, 0, 0, 40,
        ];
        assert_eq!(octets, expected);
    }

    #[test]
    fn times_are_counted_in_the_interfaces_own_units_from_its_own_zero() {
        let halves = Interface::new(1).resolution(0x81);
        assert_eq!(halves.ticks(2_500_000_000), 5);
        assert_eq!(halves.offset(2).ticks(2_500_000_000), 1);
        assert_eq!(Interface::new(1).ticks(1_999), 1);
    }
}
