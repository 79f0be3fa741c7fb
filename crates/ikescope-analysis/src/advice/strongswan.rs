//! strongSwan: `swanctl`, and the options of `swanctl.conf`.

use super::{Need, Words};

/// Where connections are configured.
const CONFIGURATION: &str = "strongSwan (swanctl.conf)";

pub(super) fn words(need: &Need<'_>) -> Option<Words> {
    let words = match need {
        Need::ReadLog { .. } => Words::new("strongSwan", ["swanctl --log"]),
        Need::ShowTunnel { .. } => Words::new("strongSwan", ["swanctl --list-conns"]),
        Need::OfferSuite { suite, .. } => {
            let cipher = if suite.gcm {
                format!("aes{}gcm16-prf{}", suite.bits, suite.hash_name())
            } else {
                format!("aes{}-{}", suite.bits, suite.hash_name())
            };
            let group = suite.group_name()?;
            Words::new(CONFIGURATION, [format!("proposals = {cipher}-{group}")])
        }
        Need::SetPfs { group } => {
            let group = super::Target {
                group: *group,
                ..super::Target::USUAL
            };
            Words::new(
                CONFIGURATION,
                [format!(
                    "esp_proposals = aes256-sha256-{}",
                    group.group_name()?
                )],
            )
        }
        Need::SetIdentity { address } => Words::new(
            "strongSwan (swanctl.conf, local)",
            [format!("id = {address}")],
        ),
        Need::ForceEncapsulation => Words::new(CONFIGURATION, ["encap = yes"]),
        Need::FragmentIke => Words::new(CONFIGURATION, ["fragmentation = yes"]),
        Need::CountEsp => Words::new("strongSwan", ["swanctl --list-sas"]),
        Need::WatchIke { peer } => Words::new(
            "strongSwan",
            [format!(
                "tcpdump -ni any 'host {peer} and (udp port 500 or udp port 4500)'"
            )],
        ),
        Need::ClampMss => return None,
    };
    Some(words)
}
