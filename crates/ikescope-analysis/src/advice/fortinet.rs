//! FortiOS: the command line of a FortiGate.

use super::{Need, Words};

pub(super) fn words(need: &Need<'_>) -> Option<Words> {
    let words = match need {
        Need::ReadLog { .. } => Words::new(
            "FortiGate",
            ["diagnose debug application ike -1", "diagnose debug enable"],
        ),
        Need::ShowTunnel { .. } => Words::new("FortiGate", ["diagnose vpn ike gateway list"]),
        Need::OfferSuite { suite, groups } => {
            let cipher = if suite.gcm {
                format!("aes{}gcm-prf{}", suite.bits, suite.hash_name())
            } else {
                format!("aes{}-{}", suite.bits, suite.hash_name())
            };
            Words::new(
                "FortiGate (phase1-interface)",
                [
                    format!("set proposal {cipher}"),
                    format!("set dhgrp {}", list(groups)),
                ],
            )
        }
        Need::SetPfs { group } => Words::new(
            "FortiGate (phase2-interface)",
            ["set pfs enable".to_owned(), format!("set dhgrp {group}")],
        ),
        Need::SetIdentity { address } => Words::new(
            "FortiGate (phase1-interface)",
            [format!("set localid {address}")],
        ),
        Need::ForceEncapsulation => {
            Words::new("FortiGate (phase1-interface)", ["set nattraversal forced"])
        }
        Need::FragmentIke => {
            Words::new("FortiGate (phase1-interface)", ["set fragmentation enable"])
        }
        Need::CountEsp => Words::new("FortiGate", ["diagnose vpn tunnel list"]),
        Need::WatchIke { peer } => Words::new(
            "FortiGate",
            [format!(
                "diagnose sniffer packet any 'host {peer} and (udp port 500 or udp port 4500)' 4 0 a"
            )],
        ),
        Need::ClampMss => return None,
    };
    Some(words)
}

fn list(groups: &[u16]) -> String {
    let groups: Vec<String> = groups.iter().map(u16::to_string).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::Target;

    /// `dhgrp` takes a list; the factory value is `14 5`.
    #[test]
    fn offers_a_group_beside_those_it_has() {
        let words = words(&Need::OfferSuite {
            suite: Target::USUAL,
            groups: &[14, 5, 2],
        });
        assert_eq!(
            words.unwrap().commands,
            ["set proposal aes256-sha256", "set dhgrp 14 5 2"]
        );
    }
}
