//! The catalogue: one file per rule, one line per rule here.

use crate::rule::Rule;

/// Declares the rules: a line is a module and its place in [`RULES`], in order of codes.
macro_rules! rules {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*

        /// Every rule, sorted by code.
        pub static RULES: &[&Rule] = &[$(&$module::RULE),*];
    };
}

rules! {
    capture_gap,
    one_sided_capture,
    duplicate_frames,
    cut_by_snaplen,
    out_of_order,
    sa_init_unanswered,
    sa_init_answer_not_received,
    main_mode_sa_unanswered,
    main_mode_sa_answer_not_received,
    aggressive_unanswered,
    udp_4500_blocked,
    nat_detected,
    no_proposal_chosen,
    invalid_ke_payload,
    ke_group_mismatch,
    repeated_ke,
    cookie_required,
    auth_unanswered,
    auth_answer_not_received,
    authentication_failed,
    psk_mismatch,
    initiator_refused,
    auth_never_sent,
    child_refused,
    peer_gone,
    esp_missing,
    esp_one_way,
}

/// The rule of this name or code.
#[must_use]
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .copied()
        .find(|rule| rule.name == name || rule.code.eq_ignore_ascii_case(name))
}
