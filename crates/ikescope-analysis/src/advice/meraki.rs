//! Cisco Meraki MX: places in its dashboard; there is nothing to type.

use super::{Need, Words};

pub(super) fn words(need: &Need<'_>) -> Option<Words> {
    let place = match need {
        Need::ReadLog { .. } | Need::ShowTunnel { .. } => {
            "Meraki (event log, filter All Non-Meraki/Client VPN)"
        }
        Need::WatchIke { .. } => "Meraki (Network-wide > Packet capture, Internet interface)",
        _ => return None,
    };
    Some(Words::new(place, [""; 0]))
}
