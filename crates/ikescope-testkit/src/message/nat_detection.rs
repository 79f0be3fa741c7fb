//! The hash of NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP (RFC 7296 §2.23) and, where
//! phase 1 negotiated SHA-1, of the IKEv1 NAT-D payload (RFC 3947 §3.2).

use std::net::{IpAddr, SocketAddr};

use sha1::{Digest, Sha1};

/// SHA-1 over both SPIs, the IP address and the port in network byte order.
#[must_use]
pub fn nat_detection_hash(
    initiator_spi: [u8; 8],
    responder_spi: [u8; 8],
    address: SocketAddr,
) -> [u8; 20] {
    let mut hash = Sha1::new();
    hash.update(initiator_spi);
    hash.update(responder_spi);
    match address.ip() {
        IpAddr::V4(v4) => hash.update(v4.octets()),
        IpAddr::V6(v6) => hash.update(v6.octets()),
    }
    hash.update(address.port().to_be_bytes());
    hash.finalize().into()
}
