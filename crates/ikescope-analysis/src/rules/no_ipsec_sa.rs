//! A list of the device shows a tunnel without an IPsec SA.

use crate::attempt::Scene;
use crate::listed;
use crate::rule::Placed;

declare_rule! {
    /// ## What it means
    /// The list of tunnels that the device prints shows selectors without an IPsec SA, or a gateway
    /// without an IKE SA: nothing goes through there at that moment.
    /// ## Why it happens
    /// The negotiation fails, or it has not been tried: tunnels that are made on demand wait for the
    /// first packet. The list does not say which.
    /// ## How to confirm
    /// Bring the tunnel up by hand and log the negotiation; read that log or a capture of it with
    /// ikescope.
    /// ## How to fix
    /// What to do depends on the reason that the negotiation gives.
    /// ## References
    /// RFC 4301 §4.4 (the databases of SAs and policies that such a list shows).
    "IKE408" "no-ipsec-sa": Error, since "0.1.0",
    "a list of tunnels shows one without an SA",
    Tunnel(check)
}

fn check(scene: &Scene<'_>) -> Vec<Placed> {
    if !scene.attempts.is_empty() {
        return Vec::new();
    }
    let finding = listed::down(scene);
    finding.into_iter().map(|finding| (None, finding)).collect()
}
