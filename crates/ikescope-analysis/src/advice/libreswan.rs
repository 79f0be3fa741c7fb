//! Libreswan: `ipsec`, and the options of `ipsec.conf`.

use super::{Need, Target, Words};

/// Where connections are configured.
const CONFIGURATION: &str = "Libreswan (ipsec.conf)";

pub(super) fn words(need: &Need<'_>) -> Option<Words> {
    let words = match need {
        Need::ReadLog { .. } => Words::new("Libreswan", ["journalctl -u ipsec"]),
        Need::ShowTunnel { .. } => Words::new("Libreswan", ["ipsec status"]),
        Need::OfferSuite { suite, .. } => {
            let cipher = if suite.gcm {
                format!("aes_gcm{}-{}", suite.bits, hash(*suite))
            } else {
                format!("aes{}-{}", suite.bits, hash(*suite))
            };
            Words::new(CONFIGURATION, [format!("ike={cipher};{}", group(*suite)?)])
        }
        Need::SetPfs { group: number } => {
            let suite = Target {
                group: *number,
                ..Target::USUAL
            };
            Words::new(
                CONFIGURATION,
                [format!("esp=aes256-sha2_256;{}", group(suite)?)],
            )
        }
        Need::SetIdentity { address } => Words::new(CONFIGURATION, [format!("leftid={address}")]),
        Need::ForceEncapsulation => Words::new(CONFIGURATION, ["encapsulation=yes"]),
        Need::FragmentIke => Words::new(CONFIGURATION, ["fragmentation=yes"]),
        Need::CountEsp => Words::new("Libreswan", ["ipsec trafficstatus"]),
        Need::WatchIke { .. } | Need::ClampMss => return None,
    };
    Some(words)
}

fn hash(suite: Target) -> String {
    match suite.hash {
        1 => "sha1".to_owned(),
        bits => format!("sha2_{bits}"),
    }
}

/// Elliptic curves have names of their own here.
fn group(suite: Target) -> Option<&'static str> {
    match suite.group {
        19 => Some("dh19"),
        20 => Some("dh20"),
        21 => Some("dh21"),
        31 => Some("dh31"),
        _ => suite.group_name().filter(|name| name.starts_with("modp")),
    }
}
