//! IP packets and the link layers around them.
//!
//! ```
//! use ikescope_testkit::frame::{Link, Packet};
//!
//! let source = "192.0.2.1:500".parse()?;
//! let destination = "198.51.100.2:500".parse()?;
//! let packet = Packet::udp(source, destination, b"hello");
//! let frame = Link::Ethernet.frame(&packet.octets());
//! assert_eq!(frame.len(), 14 + 20 + 8 + 5);
//! # Ok::<(), std::net::AddrParseError>(())
//! ```

mod checksum;
mod link;
mod packet;
mod renumber;
mod transport;

pub use link::Link;
pub use packet::Packet;
pub use renumber::{Renumbering, ends};
pub use transport::{Content, TcpFlags, esp, icmp_error_body};

use std::net::IpAddr;

/// The four or sixteen octets of an address.
#[must_use]
pub fn address_octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}
