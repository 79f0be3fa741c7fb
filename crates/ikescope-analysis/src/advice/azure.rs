//! Azure VPN Gateway: PowerShell, and the tables of its diagnostic log.

use super::{Need, Target, Words};

pub(super) fn words(need: &Need<'_>) -> Option<Words> {
    let words = match need {
        Need::ReadLog { .. } => Words::new("Azure (its diagnostic log, IKEDiagnosticLog)", NONE),
        Need::ShowTunnel { .. } => {
            Words::new("Azure (its diagnostic log, TunnelDiagnosticLog)", NONE)
        }
        Need::OfferSuite { suite, .. } => policy(*suite)?,
        Need::SetPfs { .. } => Words::new(
            "Azure (-PfsGroup in the IPsec policy of the connection)",
            NONE,
        ),
        _ => return None,
    };
    Some(words)
}

/// A policy of a connection is one combination and replaces the default list; every field has to be
/// given. The lifetimes are the defaults of route-based gateways.
fn policy(suite: Target) -> Option<Words> {
    let (encryption, integrity) = if suite.gcm {
        let gcm = match suite.bits {
            128 | 256 => format!("GCMAES{}", suite.bits),
            _ => return None,
        };
        (gcm, integrity(suite.hash)?)
    } else {
        (format!("AES{}", suite.bits), integrity(suite.hash)?)
    };
    let (group, pfs) = (dh_group(suite.group)?, pfs(suite.group)?);
    Some(Words::new(
        "Azure (PowerShell)",
        [
            format!(
                "$p = New-AzIpsecPolicy -IkeEncryption {encryption} -IkeIntegrity {integrity} `"
            ),
            format!("  -DhGroup {group} -IpsecEncryption AES256 -IpsecIntegrity SHA256 `"),
            format!("  -PfsGroup {pfs} -SALifeTimeSeconds 27000 -SADataSizeKilobytes 102400000"),
            "Set-AzVirtualNetworkGatewayConnection -IpsecPolicies $p `".to_owned(),
            "  -VirtualNetworkGatewayConnection $connection".to_owned(),
        ],
    ))
}

/// What an IKE policy may have for integrity; with AES-GCM it is the PRF.
const fn integrity(hash: u16) -> Option<&'static str> {
    match hash {
        1 => Some("SHA1"),
        256 => Some("SHA256"),
        384 => Some("SHA384"),
        _ => None,
    }
}

/// Groups 5, 15 to 18, 21, 31 and 32 are in no policy.
const fn dh_group(group: u16) -> Option<&'static str> {
    match group {
        1 => Some("DHGroup1"),
        2 => Some("DHGroup2"),
        14 => Some("DHGroup14"),
        19 => Some("ECP256"),
        20 => Some("ECP384"),
        24 => Some("DHGroup24"),
        _ => None,
    }
}

const fn pfs(group: u16) -> Option<&'static str> {
    match group {
        1 => Some("PFS1"),
        2 => Some("PFS2"),
        14 => Some("PFS2048"),
        19 => Some("ECP256"),
        20 => Some("ECP384"),
        24 => Some("PFS24"),
        _ => None,
    }
}

const NONE: [&str; 0] = [];

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of "About cryptographic requirements and Azure VPN gateways".
    #[test]
    fn a_policy_is_whole_or_there_is_none() {
        let lines = policy(Target::USUAL).unwrap().commands;
        assert_eq!(
            lines[0],
            "$p = New-AzIpsecPolicy -IkeEncryption AES256 -IkeIntegrity SHA256 `"
        );
        assert!(lines[1].contains("-DhGroup DHGroup14 "), "{lines:?}");
        assert!(lines[2].contains("-PfsGroup PFS2048 "), "{lines:?}");
        let with_group = |group| Target {
            group,
            ..Target::USUAL
        };
        assert_eq!(policy(with_group(5)), None);
        assert_eq!(policy(with_group(31)), None);
        let sha512 = Target {
            hash: 512,
            ..Target::USUAL
        };
        assert_eq!(policy(sha512), None);
    }
}
