//! Lists of proposals: one line for each transform, under a heading that says whose they are.

use ikescope_wire::iana::TransformType;
use ikescope_wire::statement::{List, StatedKind, StatedTransform, Subject};

use super::names;

/// A list that is being read, or was.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) list: List,
    pub(super) subject: Subject,
    pub(super) transforms: Vec<StatedTransform>,
    proposal: u8,
    /// Whether the current proposal has a transform of phase 2 already: the next one is another suite.
    has_suite: bool,
    /// Group of the current proposal of phase 2, which stands before its transforms.
    group: Option<u16>,
}

impl Offer {
    /// A list, if this line is its heading.
    pub(super) fn begin(text: &str, is_child: bool) -> Option<Self> {
        let list = match text {
            _ if text.starts_with("incoming proposal:") => List::Incoming,
            _ if text.starts_with("incoming child SA proposal:") => List::Incoming,
            _ if text.starts_with("my proposal") => List::Own,
            _ => return None,
        };
        Some(Self {
            list,
            subject: if is_child {
                Subject::ChildSa
            } else {
                Subject::IkeSa
            },
            transforms: Vec::new(),
            proposal: 0,
            has_suite: false,
            group: None,
        })
    }

    /// Reads a line of the list; `false` if it is none. Names that are not known go to `unknown`.
    pub(super) fn add(&mut self, text: &str, unknown: &mut Vec<String>) -> bool {
        if text.starts_with("proposal id") {
            self.next_proposal();
            self.group = None;
            return true;
        }
        if let Some(group) = text.strip_prefix("PFS DH group = ") {
            self.group = group.trim().parse().ok();
            return true;
        }
        let Some((kind, value, key_length)) = assignment(text) else {
            return is_filling(text);
        };
        if kind == "trans_id" && value == "KEY_IKE" {
            return true;
        }
        let Some((stated, id)) = names::transform(kind, value) else {
            let name = format!("{kind} {value}");
            if unknown.len() < UNKNOWN_KEPT && !unknown.contains(&name) {
                unknown.push(name);
            }
            return true;
        };
        if kind == "trans_id" {
            self.begin_suite();
        }
        // That an authenticating cipher has no integrity beside it is no offer of none.
        if (stated, id) != (StatedKind::V2(TransformType::INTEG), 0) {
            self.push(stated, id, key_length);
        }
        true
    }

    fn next_proposal(&mut self) {
        self.proposal = self.proposal.saturating_add(1);
        self.has_suite = false;
    }

    fn begin_suite(&mut self) {
        if self.has_suite {
            self.next_proposal();
        }
        self.has_suite = true;
        if let Some(group) = self.group {
            self.push(StatedKind::V2(TransformType::KE), group, None);
        }
    }

    fn push(&mut self, kind: StatedKind, id: u16, key_length: Option<u16>) {
        if self.transforms.len() < TRANSFORMS_KEPT {
            self.transforms.push(StatedTransform {
                proposal: self.proposal,
                kind,
                id,
                key_length,
            });
        }
    }
}

/// `type=ENCR, val=AES_CBC (key_len = 256)` and its older forms: kind, value, key length.
fn assignment(text: &str) -> Option<(&str, &str, Option<u16>)> {
    let is_type = text
        .strip_prefix("type")
        .and_then(|rest| rest.trim_start().strip_prefix('='));
    let (kind, rest) = match is_type {
        Some(rest) => {
            let (kind, value) = rest.split_once(',')?;
            (kind.trim(), value.trim().strip_prefix("val=")?)
        }
        None => {
            let rest = text.strip_prefix("trans_id")?.trim_start();
            ("trans_id", rest.strip_prefix('=')?.trim_start())
        }
    };
    let value = rest.split([',', ' ']).next()?.trim_end_matches('.');
    Some((kind, value, key_length(rest)))
}

/// `(key_len = 256)` in IKEv2, `key-len=128` in IKEv1.
fn key_length(text: &str) -> Option<u16> {
    let at = text.find("key_len").or_else(|| text.find("key-len"))?;
    let digits = text
        .get(at..)?
        .trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

/// Lines of a list that tell nothing to be compared.
fn is_filling(text: &str) -> bool {
    ["protocol", "encapsulation", "PFS is", "ISAKMP SA lifetime"]
        .iter()
        .any(|mark| text.starts_with(mark))
}

const TRANSFORMS_KEPT: usize = 512;
const UNKNOWN_KEPT: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(heading: &str, lines: &[&str]) -> (Offer, Vec<String>) {
        let mut offer = Offer::begin(heading, heading.contains("child")).unwrap();
        let mut unknown = Vec::new();
        for line in lines {
            assert!(offer.add(line, &mut unknown), "{line}");
        }
        (offer, unknown)
    }

    #[test]
    fn reads_an_ikev2_list_with_several_groups_in_one_proposal() {
        let (offer, unknown) = read(
            "my proposal, gw Azure:",
            &[
                "proposal id = 1:",
                "protocol = IKEv2:",
                "encapsulation = IKEv2/none",
                "type=ENCR, val=AES_CBC (key_len = 256)",
                "type=INTEGR, val=AUTH_HMAC_SHA2_256_128",
                "type=DH_GROUP, val=MODP2048.",
                "type=DH_GROUP, val=ECP256.",
            ],
        );
        let told: Vec<_> = offer
            .transforms
            .iter()
            .map(|transform| (transform.proposal, transform.id, transform.key_length))
            .collect();
        assert_eq!(
            told,
            [
                (1, 12, Some(256)),
                (1, 12, None),
                (1, 14, None),
                (1, 19, None)
            ]
        );
        assert_eq!((offer.list, offer.subject), (List::Own, Subject::IkeSa));
        assert!(unknown.is_empty());
    }

    #[test]
    fn reads_each_transform_of_an_ikev1_phase_2_as_a_suite_with_the_group_of_its_proposal() {
        let (offer, _) = read(
            "incoming proposal:",
            &[
                "proposal id = 1:",
                "protocol id = IPSEC_ESP:",
                "PFS DH group = 14",
                "trans_id = ESP_AES_CBC (key_len = 256)",
                "type = AUTH_ALG, val=SHA1",
                "trans_id = ESP_AES_GCM_16 (key_len = 128)",
                "type = AUTH_ALG, val=NULL",
            ],
        );
        let told: Vec<_> = offer
            .transforms
            .iter()
            .map(|transform| (transform.proposal, transform.id))
            .collect();
        assert_eq!(told, [(1, 14), (1, 12), (1, 2), (2, 14), (2, 20)]);
    }

    #[test]
    fn names_that_are_not_known_are_told_and_end_no_list() {
        let (offer, unknown) = read("incoming proposal:", &["type=ENCR, val=ROT13"]);
        assert!(offer.transforms.is_empty());
        assert_eq!(unknown, ["ENCR ROT13"]);
    }
}
