//! Windows: VPN connections of clients, Routing and Remote Access.

use super::{Need, Target, Words};

pub(super) fn words(need: &Need<'_>) -> Option<Words> {
    let words = match need {
        Need::ReadLog { .. } => Words::new(
            "Windows (the code at the end of event 20227)",
            ["Get-EventLog -LogName Application -Source RasClient -Newest 5"],
        ),
        Need::OfferSuite { suite, .. } => policy(*suite)?,
        _ => return None,
    };
    Some(words)
}

/// The policy of one connection of a client; integrity and PFS of the IPsec SA come with it.
fn policy(suite: Target) -> Option<Words> {
    let group = match suite.group {
        2 => "Group2",
        14 => "Group14",
        19 => "ECP256",
        20 => "ECP384",
        24 => "Group24",
        _ => return None,
    };
    let hash = match suite.hash {
        1 => "SHA1",
        256 => "SHA256",
        384 => "SHA384",
        _ => return None,
    };
    let cipher = if suite.gcm { "GCMAES" } else { "AES" };
    Some(Words::new(
        "Windows (PowerShell)",
        [
            "Set-VpnConnectionIPsecConfiguration -ConnectionName NAME `".to_owned(),
            format!(
                "  -EncryptionMethod {cipher}{} -IntegrityCheckMethod {hash} -DHGroup {group} `",
                suite.bits
            ),
            "  -CipherTransformConstants AES256 -AuthenticationTransformConstants SHA256128 `"
                .to_owned(),
            "  -PfsGroup None".to_owned(),
        ],
    ))
}
