//! The SA payload that gateways send in the workloads.

use ikescope_testkit::message::ikev2::{self, Proposal, Transform};
use ikescope_testkit::message::{Payload, Suite};

/// Three proposals as gateways of several ages send them.
pub(crate) fn offer() -> Payload {
    let encryption =
        |id, bits: [u16; 2]| bits.map(|length| Transform::new(ikev2::ENCR, id).key_length(length));
    let all = |kind, ids: &'static [u16]| ids.iter().map(move |id| Transform::new(kind, *id));
    let aead = Proposal::new(1, ikev2::PROTOCOL_IKE)
        .with_all(encryption(20, [256, 128]))
        .with_all(all(ikev2::PRF, &[7, 6, 5]))
        .with_all(all(ikev2::KE_METHOD, &[19, 20, 31, 14]));
    let cbc = Proposal::new(2, ikev2::PROTOCOL_IKE)
        .with_all(encryption(12, [256, 128]))
        .with_all(all(ikev2::INTEG, &[14, 12, 2]))
        .with_all(all(ikev2::PRF, &[7, 5, 2]))
        .with_all(all(ikev2::KE_METHOD, &[19, 14, 5, 2]));
    let old = Proposal::ike(3, &Suite::TRIPLE_DES_SHA1, &[14, 2]);
    ikev2::sa(&[aead, cbc, old])
}
