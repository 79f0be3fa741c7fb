//! What somebody can type: the need of a rule in the configuration words of the device that has it.
//!
//! Commands and options are those of the vendors' own documents; a vendor that has no words for a
//! need is left out, never guessed at.

mod azure;
mod cisco_ios_xe;
mod codes;
mod fortinet;
mod libreswan;
mod maker;
mod meraki;
mod strongswan;
mod target;
mod windows;

use std::net::IpAddr;

pub use codes::KnownAs;
pub(crate) use codes::{known_as, l2tp_behind_nat};
pub(crate) use maker::{Makers, makers};
pub(crate) use target::Target;

use ikescope_wire::observed::Timestamp;

use crate::attempt::Attempt;
use crate::negotiation::Role;
use crate::vantage::CapturePoint;
use crate::words::time_of_day;

/// Whose configuration words there are.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Vendor {
    /// Azure VPN Gateway.
    Azure,
    /// Cisco IOS and IOS-XE.
    CiscoIosXe,
    /// FortiGate.
    Fortinet,
    /// Libreswan.
    Libreswan,
    /// Cisco Meraki MX.
    Meraki,
    /// strongSwan.
    StrongSwan,
    /// Windows clients, Routing and Remote Access.
    Windows,
}

impl Vendor {
    /// Every vendor.
    pub const ALL: [Self; 7] = [
        Self::Azure,
        Self::CiscoIosXe,
        Self::Fortinet,
        Self::Libreswan,
        Self::Meraki,
        Self::StrongSwan,
        Self::Windows,
    ];

    /// The word by which it is chosen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Azure => "azure",
            Self::CiscoIosXe => "ios-xe",
            Self::Fortinet => "fortigate",
            Self::Libreswan => "libreswan",
            Self::Meraki => "meraki",
            Self::StrongSwan => "strongswan",
            Self::Windows => "windows",
        }
    }

    fn words(self, need: &Need<'_>) -> Option<Words> {
        match self {
            Self::Azure => azure::words(need),
            Self::CiscoIosXe => cisco_ios_xe::words(need),
            Self::Fortinet => fortinet::words(need),
            Self::Libreswan => libreswan::words(need),
            Self::Meraki => meraki::words(need),
            Self::StrongSwan => strongswan::words(need),
            Self::Windows => windows::words(need),
        }
    }
}

/// What has to be done at one end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Need<'a> {
    /// Read why it refuses, or what it makes of the peer.
    ReadLog { ikev2: bool },
    /// See what it has configured for the tunnel, and its state.
    ShowTunnel { ikev2: bool },
    /// Offer and accept this suite for the IKE SA; `groups` are all that it is to have then.
    OfferSuite { suite: Target, groups: &'a [u16] },
    /// Set the PFS group of phase 2, or none.
    SetPfs { group: u16 },
    /// Set the identity that it sends.
    SetIdentity { address: IpAddr },
    /// Carry ESP in UDP although it sees no NAT.
    ForceEncapsulation,
    /// Cut large IKE messages itself (RFC 7383).
    FragmentIke,
    /// Keep inner TCP segments small enough.
    ClampMss,
    /// See whether the counters of the IPsec SA grow.
    CountEsp,
    /// Watch whether IKE of this peer arrives.
    WatchIke { peer: IpAddr },
}

/// The words of one vendor for a need.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Words {
    /// Device and place: "FortiGate (phase1-interface)".
    place: &'static str,
    /// Lines to type; none where there is only a place to look at.
    commands: Vec<String>,
}

impl Words {
    fn new<C: Into<String>>(place: &'static str, commands: impl IntoIterator<Item = C>) -> Self {
        Self {
            place,
            commands: commands.into_iter().map(Into::into).collect(),
        }
    }
}

/// What the user says of the capture. It picks words, looks closer, and says where the capture stood;
/// it is never evidence.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    /// Who made which end, the newest last; without an address it is said of every end whose
    /// vendor nothing else tells.
    pub vendors: Vec<(Option<IpAddr>, Vendor)>,
    /// Where the capture stood, if the user knows.
    pub vantage: Option<CapturePoint>,
    /// Whether to search for the address that a NAT hides.
    pub find_inside_address: bool,
}

impl Hints {
    fn vendor_of(&self, address: Option<IpAddr>) -> Option<Vendor> {
        let said = self.vendors.iter().rev();
        said.filter(|(of, _)| *of == address)
            .map(|(_, vendor)| *vendor)
            .next()
    }
}

/// Vendors named where nothing tells whose device it is: the words of these help most people.
const USUAL: [Vendor; 3] = [Vendor::Fortinet, Vendor::CiscoIosXe, Vendor::StrongSwan];

/// A step at one end: the sentence, then the words of its vendor, if it is known and has some, else
/// those of three vendors.
pub(crate) fn step(attempt: &Attempt<'_>, role: Role, need: &Need<'_>, sentence: &str) -> String {
    let known = vendors(attempt, role);
    let vendors = if known.is_empty() { &USUAL[..] } else { &known };
    let words: Vec<Words> = vendors
        .iter()
        .filter_map(|vendor| vendor.words(need))
        .collect();
    written(sentence, &words)
}

/// The same, where the words of three vendors would be too many: only for a vendor that is known.
pub(crate) fn step_if_known(
    attempt: &Attempt<'_>,
    role: Role,
    need: &Need<'_>,
    sentence: &str,
) -> Option<String> {
    let words: Vec<Words> = vendors(attempt, role)
        .iter()
        .filter_map(|vendor| vendor.words(need))
        .collect();
    (!words.is_empty()).then(|| written(sentence, &words))
}

/// Read the log of an end at that time. `question` goes on behind it, with its own punctuation.
pub(crate) fn read_log(
    attempt: &Attempt<'_>,
    role: Role,
    time: Timestamp,
    question: &str,
) -> String {
    let ikev2 = attempt.negotiation.ike_version != 1;
    let (name, time) = (attempt.name(role), time_of_day(time));
    let sentence = format!("Read the log of {name} at {time}{question}");
    step(attempt, role, &Need::ReadLog { ikev2 }, &sentence)
}

/// The vendors whose words fit this end: as the user says, by the capture, or as the user says of
/// every end.
pub(crate) fn vendors(attempt: &Attempt<'_>, role: Role) -> Vec<Vendor> {
    if let Some(vendor) = attempt.hints.vendor_of(Some(attempt.name(role))) {
        return vec![vendor];
    }
    let made = makers(attempt, role);
    if made.is_empty() {
        return attempt.hints.vendor_of(None).into_iter().collect();
    }
    made
}

/// "Read its log. FortiGate (two lines), strongSwan:" and the commands below.
fn written(sentence: &str, words: &[Words]) -> String {
    let places: Vec<String> = words
        .iter()
        .map(|of_one| match of_one.commands.len() {
            count @ 2.. if words.len() > 1 => format!("{} ({count} lines)", of_one.place),
            _ => of_one.place.to_owned(),
        })
        .collect();
    let mut commands = words.iter().flat_map(|words| &words.commands).peekable();
    let mut step = sentence.to_owned();
    if !places.is_empty() {
        let end = if commands.peek().is_some() { ":" } else { "." };
        step = format!("{step} {}{end}", places.join(", "));
    }
    for command in commands {
        step.push_str("\n    ");
        step.push_str(command);
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Needs that a vendor has no words for are left out, and words never come empty.
    #[test]
    fn every_word_names_its_place_and_holds_whole_lines() {
        let suite = Target::USUAL;
        let peer = IpAddr::from([192, 0, 2, 1]);
        let needs = [
            Need::ReadLog { ikev2: true },
            Need::ReadLog { ikev2: false },
            Need::ShowTunnel { ikev2: true },
            Need::ShowTunnel { ikev2: false },
            Need::OfferSuite {
                suite,
                groups: &[14, 5],
            },
            Need::SetPfs { group: 14 },
            Need::SetIdentity { address: peer },
            Need::ForceEncapsulation,
            Need::FragmentIke,
            Need::ClampMss,
            Need::CountEsp,
            Need::WatchIke { peer },
        ];
        for need in &needs {
            let mut known = 0;
            for words in Vendor::ALL.iter().filter_map(|vendor| vendor.words(need)) {
                known += 1;
                assert!(!words.place.is_empty());
                assert!(
                    words
                        .commands
                        .iter()
                        .all(|line| !line.is_empty() && !line.contains('\n')),
                    "{words:?}"
                );
            }
            assert!(known > 0, "{need:?}");
        }
    }

    /// The commands of the troubleshooting guides: FortiOS, IOS-XE, strongSwan.
    #[test]
    fn unknown_devices_get_the_words_of_three_vendors() {
        let words: Vec<Words> = USUAL
            .iter()
            .filter_map(|vendor| vendor.words(&Need::ReadLog { ikev2: true }))
            .collect();
        assert_eq!(
            written("Its log knows why.", &words),
            "Its log knows why. FortiGate (2 lines), IOS-XE, strongSwan:\n    \
             diagnose debug application ike -1\n    diagnose debug enable\n    \
             debug crypto ikev2 error\n    swanctl --log"
        );
        assert_eq!(written("Look.", &[]), "Look.");
        assert_eq!(
            written("Look.", &words[..1]),
            "Look. FortiGate:\n    diagnose debug application ike -1\n    diagnose debug enable"
        );
    }
}
