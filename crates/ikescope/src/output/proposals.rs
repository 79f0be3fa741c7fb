//! What was offered, row by row; and, where the refusing side showed its own list, what the two have
//! in common.

use ikescope::report::{ComparedRow, Negotiation, Proposal, Transform};
use ikescope_wire::iana::KeyExchangeMethod;

/// What one side offered beside what the other takes, kind by kind.
#[derive(Debug)]
pub(crate) struct Matrix<'a> {
    pub(crate) rows: Vec<Row<'a>>,
    /// Whether the other side showed a list of its own, or chose.
    pub(crate) theirs_known: bool,
    /// What the other side did with the suites of its list.
    does: &'static str,
}

impl<'a> Matrix<'a> {
    /// The offer of a negotiation beside what its responder offered, chose or accepted elsewhere.
    pub(crate) fn of(offering: &'a Negotiation) -> Option<Self> {
        let compared = offering.proposals.compared.as_ref()?;
        let first_apart = compared.rows.iter().position(|row| row.apart);
        let row = |(index, row)| Row::of(row, first_apart == Some(index));
        Some(Self {
            rows: compared.rows.iter().enumerate().map(row).collect(),
            theirs_known: compared.responder_list.is_some(),
            does: match compared.responder_list {
                Some("chosen") => "chose",
                Some("accepted") => "accepted",
                Some("logged") => "takes",
                _ => "offers",
            },
        })
    }

    /// What stands above the lists.
    pub(crate) fn head(&self, offering: &Negotiation) -> [String; 4] {
        [
            String::new(),
            format!("{} offers", offering.initiator.address),
            format!("{} {}", offering.responder.address, self.does),
            "in common".to_owned(),
        ]
    }
}

/// One kind of transform.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) kind: &'static str,
    /// Whether this is the first row in which the lists do not meet.
    pub(crate) is_here: bool,
    compared: &'a ComparedRow,
}

impl<'a> Row<'a> {
    fn of(compared: &'a ComparedRow, is_here: bool) -> Self {
        Self {
            kind: kind(&compared.kind),
            is_here,
            compared,
        }
    }

    /// Whether both sides name something and nothing in common.
    pub(crate) const fn apart(&self) -> bool {
        self.compared.apart
    }

    /// What a proposal has of this kind, each with whether both sides have it.
    pub(crate) fn of_proposal(&self, proposal: &Proposal) -> Vec<(String, bool)> {
        let transforms = proposal.transforms.iter();
        self.marked(transforms.filter(|one| one.kind == self.compared.kind))
    }

    /// The same of the responder's list.
    pub(crate) fn of_responder(&self) -> Vec<(String, bool)> {
        self.marked(self.compared.responder.iter())
    }

    fn marked<'t>(&self, transforms: impl Iterator<Item = &'t Transform>) -> Vec<(String, bool)> {
        let same = |one: &Transform, other: &Transform| {
            (one.id, one.key_length) == (other.id, other.key_length)
        };
        let shared = |one| self.compared.common.iter().any(|other| same(one, other));
        transforms.map(|one| (name(one), shared(one))).collect()
    }

    /// Kind, both lists and what they have in common, each on one line.
    pub(crate) fn cells(&self, theirs_known: bool) -> [String; 4] {
        let compared = self.compared;
        let theirs = match (theirs_known, compared.responder.as_slice()) {
            (false, _) => "not known".to_owned(),
            (true, []) => "-".to_owned(),
            (true, list) => joined(list),
        };
        let common = match (self.is_here, compared.apart) {
            (true, _) => "nothing  <-- here".to_owned(),
            (false, true) => "nothing".to_owned(),
            _ => joined(&compared.common),
        };
        [
            self.kind.to_owned(),
            joined(&compared.initiator),
            theirs,
            common,
        ]
    }
}

/// The transforms of a chosen proposal on one line.
pub(crate) fn chosen(proposal: &Proposal) -> String {
    let names = proposal.transforms.iter().map(|transform| {
        let name = name(transform);
        match transform.kind.as_str() {
            "KE" | "Group" => format!("group {name}"),
            "PRF" => format!("PRF {name}"),
            _ => name,
        }
    });
    names.collect::<Vec<_>>().join(", ")
}

fn kind(kind: &str) -> &'static str {
    match kind {
        "ENCR" | "Encryption" => "encryption",
        "INTEG" => "integrity",
        "Hash" => "hash",
        "Authentication" => "auth method",
        "KE" | "Group" => "DH group",
        "PRF" => "PRF",
        "ESN" => "ESN",
        _ => "other",
    }
}

/// A transform by itself: `AES-CBC-256`, `SHA2-256`, `14 (MODP-2048)`.
fn name(transform: &Transform) -> String {
    match (transform.kind.as_str(), transform.key_length) {
        ("KE" | "Group", _) => group(transform),
        (_, Some(bits)) => format!("{}-{bits}", bare(transform)),
        (_, None) => bare(transform),
    }
}

/// `AES-CBC 128 256, 3DES`, `SHA2-256 SHA1`, `14 (MODP-2048) 5`: as devices call them, key lengths
/// behind their cipher, a group by its number and the first one by its name too.
fn joined(transforms: &[Transform]) -> String {
    let mut text = String::new();
    let mut cipher = String::new();
    for transform in transforms {
        let bare = bare(transform);
        let (name, gap) = match (transform.kind.as_str(), transform.key_length) {
            ("KE" | "Group", _) if text.is_empty() => (group(transform), ""),
            ("KE" | "Group", _) => (transform.id.to_string(), " "),
            ("ENCR" | "Encryption", Some(bits)) if bare == cipher => (bits.to_string(), " "),
            ("ENCR" | "Encryption", Some(bits)) => (format!("{bare} {bits}"), ", "),
            ("ENCR" | "Encryption", None) => (bare.clone(), ", "),
            _ => (bare.clone(), " "),
        };
        if !text.is_empty() {
            text.push_str(gap);
        }
        text.push_str(&name);
        cipher = bare;
    }
    text
}

/// The registry's name without what the row says already, the key length and the length of a
/// checksum.
fn bare(transform: &Transform) -> String {
    let name = transform.name.as_str();
    let name = ["ENCR_", "AUTH_HMAC_", "AUTH_", "PRF_HMAC_", "PRF_"]
        .into_iter()
        .find_map(|kind| name.strip_prefix(kind))
        .unwrap_or(name);
    let name = match transform.key_length {
        Some(bits) => name.strip_suffix(&format!("-{bits}")).unwrap_or(name),
        None => name,
    };
    let checksum = ["_96", "_128", "_192", "_256"]
        .into_iter()
        .filter(|_| transform.kind == "INTEG")
        .find_map(|checksum| name.strip_suffix(checksum).filter(|bare| is_whole(bare)));
    checksum.unwrap_or(name).replace('_', "-")
}

/// `SHA2_256` keeps the length of its hash: `SHA2` alone names none.
fn is_whole(name: &str) -> bool {
    name != "SHA2"
}

/// `14 (MODP-2048)`.
fn group(transform: &Transform) -> String {
    match KeyExchangeMethod(transform.id).short_name() {
        Some(name) => format!("{} ({})", transform.id, spelled(name)),
        None => format!("{} ({})", transform.id, transform.name),
    }
}

/// `MODP-2048` for `modp2048`.
fn spelled(name: &str) -> String {
    let digits = name.find(|c: char| c.is_ascii_digit());
    match (name.strip_prefix("curve"), digits) {
        (Some(number), _) => format!("Curve{number}"),
        (None, Some(at)) => format!("{}-{}", name[..at].to_uppercase(), &name[at..]),
        (None, None) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transform(kind: &str, id: u16, name: &str, key_length: Option<u16>) -> Transform {
        Transform {
            kind: kind.to_owned(),
            id,
            name: name.to_owned(),
            key_length,
        }
    }

    /// The lists of a FortiGate and of an Azure gateway, as their vendors write them.
    #[test]
    fn names_lists_as_devices_do() {
        let ciphers = [
            transform("ENCR", 12, "ENCR_AES_CBC-256", Some(256)),
            transform("ENCR", 12, "ENCR_AES_CBC-128", Some(128)),
            transform("ENCR", 3, "ENCR_3DES", None),
        ];
        assert_eq!(joined(&ciphers), "AES-CBC 256 128, 3DES");
        let hashes = [
            transform("INTEG", 12, "AUTH_HMAC_SHA2_256_128", None),
            transform("INTEG", 2, "AUTH_HMAC_SHA1_96", None),
        ];
        assert_eq!(joined(&hashes), "SHA2-256 SHA1");
        let functions = [transform("PRF", 5, "PRF_HMAC_SHA2_256", None)];
        assert_eq!(joined(&functions), "SHA2-256");
        let groups = [
            transform("KE", 14, "2048-bit MODP Group", None),
            transform("KE", 5, "1536-bit MODP Group", None),
        ];
        assert_eq!(joined(&groups), "14 (MODP-2048) 5");
    }

    #[test]
    fn marks_the_first_row_in_which_two_lists_do_not_meet() {
        let row = ComparedRow {
            kind: "KE".to_owned(),
            initiator: vec![transform("KE", 14, "2048-bit MODP Group", None)],
            responder: vec![transform("KE", 2, "1024-bit MODP Group", None)],
            common: Vec::new(),
            apart: true,
        };
        let cells = |is_here, theirs_known| Row::of(&row, is_here).cells(theirs_known);
        assert_eq!(
            cells(true, true),
            [
                "DH group",
                "14 (MODP-2048)",
                "2 (MODP-1024)",
                "nothing  <-- here"
            ]
        );
        assert_eq!(cells(false, true)[3], "nothing");
        assert_eq!(cells(false, false)[2], "not known");
    }

    #[test]
    fn says_the_chosen_suite_on_one_line() {
        let suite = Proposal {
            number: 1,
            protocol_id: 1,
            transforms: vec![
                transform("ENCR", 20, "ENCR_AES_GCM_16-256", Some(256)),
                transform("PRF", 6, "PRF_HMAC_SHA2_384", None),
                transform("KE", 31, "Curve25519", None),
            ],
        };
        assert_eq!(
            chosen(&suite),
            "AES-GCM-16-256, PRF SHA2-384, group 31 (Curve25519)"
        );
    }
}
