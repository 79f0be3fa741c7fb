//! Text of the packet sniffer of FortiGates and their kin: `diagnose sniffer packet`.
//!
//! There is no description of this format by its vendor. What is read here, in the order of a line's
//! way: `line` (what terminals leave), `hex` and `header` (the two kinds of lines), `faults` (lines that
//! are damaged), `noise` (all others), `assemble` (which packet a line goes to), `packet` (where in it),
//! `doubt` (octets that could be several), `layer` (what the octets begin with), `witness` and
//! `agreement` (what checksums and header say of them), `finish` (the frame).
//!
//! # What damage can be known
//!
//! * An octet whose hex digits and ASCII column differ is found, always. Which of the two is wrong, the
//!   ASCII column or a checksum tells; where they leave more than one reading, the packet is kept up to
//!   there, or whole and marked where it is but an address of the link layer.
//! * A hex digit that became another one is not seen in the ASCII column where both octets print as
//!   a dot. Checksums find it in an IPv4 header and in what UDP and TCP carry, if the packet has them.
//! * Nothing vouches for such a digit in addresses of the link layer, in ESP, in fragments, or where
//!   a network card was to fill in the checksum.
//! * Addresses and ports in a header are compared with the octets; nothing vouches for a digit of its
//!   time, or for the name of its interface.

mod agreement;
mod assemble;
mod detect;
mod doubt;
mod faults;
mod finish;
mod geometry;
mod header;
mod hex;
mod layer;
mod line;
mod names;
mod noise;
mod packet;
mod packets;
mod report;
mod time;
mod witness;

pub(crate) use self::detect::{Looks, look};
pub(crate) use self::line::{Measured, clean, is_unclean, measure, without_end};
pub(crate) use self::packets::Packets;
