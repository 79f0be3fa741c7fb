//! Cisco IOS and IOS-XE.

use super::{Need, Words};

pub(super) fn words(need: &Need<'_>) -> Option<Words> {
    let words = match need {
        Need::ReadLog { ikev2: true } => Words::new("IOS-XE", ["debug crypto ikev2 error"]),
        Need::ReadLog { ikev2: false } => Words::new("IOS-XE", ["debug crypto isakmp"]),
        Need::ShowTunnel { ikev2: true } => Words::new("IOS-XE", ["show crypto ikev2 sa"]),
        Need::ShowTunnel { ikev2: false } => Words::new("IOS-XE", ["show crypto session detail"]),
        Need::OfferSuite { suite, groups } => {
            let groups: Vec<String> = groups.iter().map(u16::to_string).collect();
            let (cipher, hash) = if suite.gcm {
                (format!("aes-gcm-{}", suite.bits), "prf")
            } else {
                (format!("aes-cbc-{}", suite.bits), "integrity")
            };
            Words::new(
                "IOS-XE (crypto ikev2 proposal)",
                [
                    format!("encryption {cipher}"),
                    format!("{hash} {}", suite.hash_name()),
                    format!("group {}", groups.join(" ")),
                ],
            )
        }
        Need::SetPfs { group } => Words::new(
            "IOS-XE (crypto ipsec profile)",
            [format!("set pfs group{group}")],
        ),
        Need::SetIdentity { address } => Words::new(
            "IOS-XE (crypto ikev2 profile)",
            [format!("identity local address {address}")],
        ),
        Need::FragmentIke => Words::new("IOS-XE", ["crypto ikev2 fragmentation"]),
        Need::ClampMss => Words::new("IOS-XE (interface Tunnel)", ["ip tcp adjust-mss 1350"]),
        Need::CountEsp => Words::new("IOS-XE", ["show crypto ipsec sa"]),
        Need::ForceEncapsulation | Need::WatchIke { .. } => return None,
    };
    Some(words)
}
