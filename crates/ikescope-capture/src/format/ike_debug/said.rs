//! Lines that state something about a negotiation, told by words that FortiOS 5 to 7 have in common.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use ikescope_wire::statement::{Said, Subject};
use memchr::memmem::Finder;

use super::names;

/// What a line states; `None` if it is none of what matters.
pub(super) fn read(text: &str, is_child: bool) -> Option<Said<'_>> {
    if let Some(notify) = notify(text) {
        return Some(notify);
    }
    if MARKS.as_ref().is_some_and(|marks| !marks.is_match(text)) {
        return None;
    }
    let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    let subject = if is_child || text.contains("IPsec SA") {
        Subject::ChildSa
    } else {
        Subject::IkeSa
    };
    if let Some(identity) = identity(text) {
        return Some(identity);
    }
    Some(match () {
        () if has(OTHER_SHARED_KEY) => Said::OtherSharedKey,
        () if has(IDENTITY_REFUSED) => Said::IdentityRefused,
        () if has(NOT_CONFIGURED) => Said::NotConfigured,
        () if has(SELECTORS_MISMATCH) => Said::SelectorsMismatch,
        () if has(NO_PROPOSAL_CHOSEN) => Said::NoProposalChosen(subject),
        () if has(AUTHENTICATION_FAILED) => Said::AuthenticationFailed,
        () if has(GIVEN_UP) => Said::GivenUp,
        () if has(PEER_DEAD) => Said::PeerDead,
        () if has(NO_ROUTE) => Said::NoRoute,
        () if has(FAILED) => Said::Failed(subject),
        () if text.starts_with(IKE_SA_UP) => Said::Established(Subject::IkeSa),
        () if text.starts_with(CHILD_SA_UP) => Said::Established(Subject::ChildSa),
        () if has(SELECTORS) => Said::Selectors,
        () => return None,
    })
}

/// `peer identifier FQDN 'admin'`
fn identity(text: &str) -> Option<Said<'_>> {
    let rest = text
        .strip_prefix("received peer identifier ")
        .or_else(|| text.strip_prefix("peer identifier "))?;
    let (kind, value) = rest.split_once(' ')?;
    Some(Said::PeerIdentity {
        kind,
        value: value.trim_matches(['\'', ' ']),
    })
}

/// An error that the peer reported.
fn notify(text: &str) -> Option<Said<'_>> {
    let name = text.get(NOTIFY.find(text.as_bytes())? + NOTIFY.needle().len()..)?;
    let received = text.starts_with("received") || text.starts_with("processing");
    let name = name.split([' ', ',', '.']).next()?;
    names::error_notify(name)
        .filter(|_| received)
        .map(Said::PeerNotify)
}

/// What stands in front of the name of a notification.
static NOTIFY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("notify type "));

/// All that lines are told by: most lines have none of it, and one look tells.
static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let groups = [
        OTHER_SHARED_KEY,
        IDENTITY_REFUSED,
        NOT_CONFIGURED,
        SELECTORS_MISMATCH,
        NO_PROPOSAL_CHOSEN,
        AUTHENTICATION_FAILED,
        GIVEN_UP,
        PEER_DEAD,
        NO_ROUTE,
        FAILED,
        &[IKE_SA_UP, CHILD_SA_UP],
        SELECTORS,
        IDENTITY,
    ];
    AhoCorasick::new(groups.concat()).ok()
});

const OTHER_SHARED_KEY: &[&str] = &[
    "probable pre-shared key mismatch",
    "probable pre-shared secret mismatch",
    "PSK auth failed",
];
const IDENTITY_REFUSED: &[&str] = &[
    "incorrect ID",
    "gw validation failed",
    "gateway validation failed",
    "peer ID mismatch",
];
const NOT_CONFIGURED: &[&str] = &[
    "no policy configured",
    "no matching gateway",
    "no matching phase1",
    "could not find a matching gateway",
];
const SELECTORS_MISMATCH: &[&str] = &[
    "specified selectors mismatch",
    "failed to match peer selectors",
    "no matching phase2 found",
    "TS_UNACCEPTABLE",
];
const NO_PROPOSAL_CHOSEN: &[&str] = &["no proposal chosen", "no SA proposal chosen"];
const AUTHENTICATION_FAILED: &[&str] = &[
    "authentication failed",
    "EAP failed",
    "signature verification failed",
    "certificate validation failed",
];
const GIVEN_UP: &[&str] = &["negotiation timeout"];
const PEER_DEAD: &[&str] = &["link fail ", "DPD failure", "dpd failure"];
const NO_ROUTE: &[&str] = &["Network is unreachable", "No route to host"];
const FAILED: &[&str] = &["negotiation failure", "failed to get responder proposal"];
const IKE_SA_UP: &str = "established IKE SA";
const CHILD_SA_UP: &str = "added IPsec SA";
const IDENTITY: &[&str] = &["peer identifier "];
const SELECTORS: &[&str] = &[
    "TSi_",
    "TSr_",
    "peer: type=",
    "mine: type=",
    "peer proposal is:",
];

#[cfg(test)]
mod tests {
    use ikescope_wire::iana::NotifyType;

    use super::*;

    #[test]
    fn reads_the_lines_that_name_a_cause() {
        let cases = [
            (
                "PSK auth failed: probable pre-shared key mismatch",
                Said::OtherSharedKey,
            ),
            ("probable pre-shared secret mismatch", Said::OtherSharedKey),
            ("ignoring IKE request, incorrect ID.", Said::IdentityRefused),
            (
                "ignoring IKEv2 request, no policy configured",
                Said::NotConfigured,
            ),
            ("specified selectors mismatch", Said::SelectorsMismatch),
            ("no proposal chosen", Said::NoProposalChosen(Subject::IkeSa)),
            ("negotiation timeout, deleting", Said::GivenUp),
            ("negotiation failure", Said::Failed(Subject::IkeSa)),
            (
                "added IPsec SA: SPIs=fe02f80f/db38e2b9",
                Said::Established(Subject::ChildSa),
            ),
            (
                "processing notify type NO_PROPOSAL_CHOSEN",
                Said::PeerNotify(NotifyType::NO_PROPOSAL_CHOSEN),
            ),
            (
                "received notify type AUTHENTICATION_FAILED",
                Said::PeerNotify(NotifyType::AUTHENTICATION_FAILED),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text, false), Some(expected), "{text}");
        }
    }

    #[test]
    fn routine_states_nothing() {
        let routine = [
            "received notify type NAT_DETECTION_SOURCE_IP",
            "ignoring unauthenticated notify payload (NAT_DETECTION_SOURCE_IP)",
            "authentication succeeded",
            "malformed message",
            "SA proposal chosen, matched gateway VPN-to-SH",
            "NAT not detected",
        ];
        for text in routine {
            assert_eq!(read(text, false), None, "{text}");
        }
    }

    #[test]
    fn an_error_line_says_which_sa_it_is_about() {
        let text = "Negotiate IPsec SA Error: ike 0:a:28:23: no SA proposal chosen";
        assert_eq!(
            read(text, true),
            Some(Said::NoProposalChosen(Subject::ChildSa))
        );
    }

    #[test]
    fn reads_the_name_that_a_peer_gives_itself() {
        let read = read("received peer identifier FQDN 'branch.example'", false);
        let expected = Said::PeerIdentity {
            kind: "FQDN",
            value: "branch.example",
        };
        assert_eq!(read, Some(expected));
    }
}
