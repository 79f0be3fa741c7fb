//! What was offered, row by row; and, where the refusing side showed its own list, what the two have
//! in common.

use std::net::IpAddr;

use ikescope::report::{Negotiation, Proposal, Transform, Tunnel};

/// What one side offered beside what the other takes, kind by kind.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Matrix {
    pub(crate) rows: Vec<Row>,
    /// Whether the other side showed a list of its own.
    pub(crate) theirs_known: bool,
}

impl Matrix {
    /// The offer of a negotiation beside what its responder offered or chose elsewhere.
    pub(crate) fn of(tunnel: &Tunnel, offering: &Negotiation) -> Self {
        let responder = offering.responder.address;
        let theirs = list_of(tunnel, responder, offering.ike_version);
        Self {
            rows: rows(&offering.proposals.offered, &theirs),
            theirs_known: !theirs.is_empty(),
        }
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

/// What this address offered or chose in the other attempts between the two.
fn list_of(tunnel: &Tunnel, address: IpAddr, ike_version: u8) -> Vec<Proposal> {
    let same_version = tunnel
        .negotiations
        .iter()
        .filter(|n| n.ike_version == ike_version);
    let lists = same_version.flat_map(|negotiation| {
        let offered: &[Proposal] = if negotiation.initiator.address == address {
            &negotiation.proposals.offered
        } else {
            &[]
        };
        let responds = negotiation.responder.address == address;
        let chosen = negotiation.proposals.chosen.as_ref().filter(|_| responds);
        offered.iter().chain(chosen)
    });
    lists.cloned().collect()
}

/// One kind of transform.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) ours: Vec<String>,
    pub(crate) theirs: Vec<String>,
}

impl Row {
    /// The names that both sides have.
    pub(crate) fn common(&self) -> Vec<&str> {
        let shared = self.ours.iter().filter(|name| self.theirs.contains(name));
        shared.map(String::as_str).collect()
    }

    pub(crate) fn text(&self, theirs_known: bool) -> String {
        let ours = self.ours.join(", ");
        if !theirs_known {
            return ours;
        }
        let common = match self.common().as_slice() {
            [] => "nothing  <-- here".to_owned(),
            names => names.join(", "),
        };
        format!(
            "{ours}; the other side {}; in common {common}",
            self.theirs.join(", ")
        )
    }
}

fn rows(ours: &[Proposal], theirs: &[Proposal]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (is_ours, proposals) in [(true, ours), (false, theirs)] {
        for transform in proposals.iter().flat_map(|proposal| &proposal.transforms) {
            let kind = kind(transform);
            let index = rows
                .iter()
                .position(|row| row.kind == kind)
                .unwrap_or_else(|| {
                    rows.push(Row {
                        kind,
                        ours: Vec::new(),
                        theirs: Vec::new(),
                    });
                    rows.len() - 1
                });
            let row = &mut rows[index];
            let names = if is_ours {
                &mut row.ours
            } else {
                &mut row.theirs
            };
            let name = name(transform);
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    // A kind that only the other side names is no part of the offer: AEAD has no integrity.
    rows.retain(|row| !row.ours.is_empty());
    rows
}

fn kind(transform: &Transform) -> &'static str {
    match transform.kind.as_str() {
        "ENCR" | "Encryption" => "encryption",
        "INTEG" => "integrity",
        "Hash" => "hash",
        "Authentication" => "auth method",
        "PRF" => "PRF",
        "KE" | "Group" => "DH group",
        "ESN" => "ESN",
        _ => "other",
    }
}

/// A transform as devices call it: `AES-CBC-256` for `ENCR_AES_CBC` with its key length; a group by
/// its number first.
fn name(transform: &Transform) -> String {
    if matches!(transform.kind.as_str(), "KE" | "Group") {
        return format!("{} ({})", transform.id, transform.name);
    }
    let name = transform.name.as_str();
    let bare = ["ENCR_", "AUTH_", "PRF_"]
        .into_iter()
        .find_map(|kind| name.strip_prefix(kind));
    let bare = bare.unwrap_or(name);
    bare.strip_prefix("HMAC_").unwrap_or(bare).replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(transforms: &[(&str, u16, &str)]) -> Proposal {
        let transform = |(kind, id, name): &(&str, u16, &str)| Transform {
            kind: (*kind).to_owned(),
            id: *id,
            name: (*name).to_owned(),
            key_length: None,
        };
        Proposal {
            number: 1,
            protocol_id: 1,
            transforms: transforms.iter().map(transform).collect(),
        }
    }

    #[test]
    fn marks_the_row_in_which_two_lists_do_not_meet() {
        let ours = [proposal(&[
            ("ENCR", 12, "ENCR_AES_CBC-256"),
            ("PRF", 5, "PRF_HMAC_SHA2_256"),
            ("KE", 14, "2048-bit MODP Group"),
        ])];
        let theirs = [proposal(&[
            ("ENCR", 12, "ENCR_AES_CBC-256"),
            ("ENCR", 3, "ENCR_3DES"),
            ("PRF", 5, "PRF_HMAC_SHA2_256"),
            ("KE", 2, "1024-bit MODP Group"),
        ])];
        let texts: Vec<String> = rows(&ours, &theirs)
            .iter()
            .map(|row| row.text(true))
            .collect();
        assert_eq!(
            texts,
            [
                "AES-CBC-256; the other side AES-CBC-256, 3DES; in common AES-CBC-256",
                "SHA2-256; the other side SHA2-256; in common SHA2-256",
                "14 (2048-bit MODP Group); the other side 2 (1024-bit MODP Group); \
                 in common nothing  <-- here",
            ]
        );
        assert_eq!(rows(&ours, &[])[0].text(false), "AES-CBC-256");
    }

    #[test]
    fn says_the_chosen_suite_on_one_line() {
        let suite = proposal(&[
            ("ENCR", 20, "ENCR_AES_GCM_16-256"),
            ("PRF", 6, "PRF_HMAC_SHA2_384"),
            ("KE", 31, "Curve25519"),
        ]);
        assert_eq!(
            chosen(&suite),
            "AES-GCM-16-256, PRF SHA2-384, group 31 (Curve25519)"
        );
    }
}
