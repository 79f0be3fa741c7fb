//! A frame as the capture holds it, and the link type that says what its octets begin with.

use std::fmt;

use ikescope_wire::observed::{Plaintext, Timestamp};

use crate::comments::Comments;
use crate::text::TextFrame;

/// One captured frame, borrowed from the file's window.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// Counted from 1, as Wireshark does.
    pub number: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// Number of the capture interface within the input.
    pub interface: u32,
    /// What `octets` begin with.
    pub link: LinkType,
    /// Octets the frame had on the wire.
    pub original: u32,
    /// What the capture kept of it.
    pub octets: &'a [u8],
    /// Which way it went through the interface, if the capture says so.
    pub direction: Option<Direction>,
    /// What people and programs wrote beside it.
    pub comments: Comments<'a>,
    /// What the text says of it, where the input is text.
    pub text: Option<TextFrame>,
    /// What is encrypted in the IKE message that it holds, where the text shows that in clear.
    pub plaintext: Option<Plaintext<'a>>,
}

/// Which way a frame went through its interface.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Direction {
    /// Received.
    Inbound,
    /// Sent.
    Outbound,
}

/// LINKTYPE_ value of a capture (<https://www.tcpdump.org/linktypes.html>); unknown ones are values too.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LinkType(pub u16);

macro_rules! link_types {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)*) => {
        impl LinkType {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// The name without `LINKTYPE_`, of those that this crate reads.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

link_types! {
    /// BSD loopback: address family in the byte order of the capturing host.
    NULL = 0, "NULL";
    /// Ethernet II and IEEE 802.3.
    ETHERNET = 1, "ETHERNET";
    /// PPP, with or without the address and control octets.
    PPP = 9, "PPP";
    /// Raw IP as some BSD files number it.
    RAW_BSD = 12, "RAW";
    /// Raw IP as OpenBSD files number it.
    RAW_OPENBSD = 14, "RAW";
    /// PPP or Cisco HDLC framing.
    PPP_HDLC = 50, "PPP_HDLC";
    /// PPPoE session packets without Ethernet.
    PPP_ETHER = 51, "PPP_ETHER";
    /// Raw IPv4 or IPv6.
    RAW = 101, "RAW";
    /// Cisco HDLC.
    C_HDLC = 104, "C_HDLC";
    /// OpenBSD loopback: address family in network byte order.
    LOOP = 108, "LOOP";
    /// Linux cooked capture, version 1.
    LINUX_SLL = 113, "LINUX_SLL";
    /// Raw IPv4.
    IPV4 = 228, "IPV4";
    /// Raw IPv6.
    IPV6 = 229, "IPV6";
    /// Linux netfilter log (`nflog`), which holds IP packets.
    NFLOG = 239, "NFLOG";
    /// Linux cooked capture, version 2.
    LINUX_SLL2 = 276, "LINUX_SLL2";
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}
