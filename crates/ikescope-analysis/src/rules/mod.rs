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
    not_decrypted,
    psk_checked,
    sa_init_unanswered,
    sa_init_answer_not_received,
    main_mode_sa_unanswered,
    main_mode_sa_answer_not_received,
    aggressive_unanswered,
    sa_init_answer_rejected,
    udp_4500_blocked,
    fragments_dropped,
    nat_detected,
    half_open_limit,
    port_unreachable,
    host_unreachable,
    admin_prohibited,
    tcp_refused,
    reflected,
    half_open_flood,
    scan,
    simultaneous_initiation,
    nat_mapping_expired,
    nat_disagreement,
    nat_mapping_changed,
    no_proposal_chosen,
    invalid_ke_payload,
    ke_group_mismatch,
    repeated_ke,
    cookie_required,
    cookie_loop,
    redirected,
    version_mismatch,
    peer_not_configured,
    refused_for_other_reason,
    next_message_missing,
    flawed_proposal,
    auth_unanswered,
    auth_answer_not_received,
    authentication_failed,
    psk_mismatch,
    auth_answer_rejected,
    initiator_refused,
    auth_never_sent,
    eap_failed,
    xauth_failed,
    mode_config_unanswered,
    radius_rejected,
    radius_unanswered,
    certificate_expired,
    certificate_usage,
    certificate_name,
    certificate_authority,
    child_no_proposal_chosen,
    ts_unacceptable,
    quick_mode_refused,
    child_refused,
    quick_mode_unanswered,
    quick_mode_3_lost,
    quick_mode_never_sent,
    no_ipsec_sa,
    ts_narrowed,
    lifetime_changed,
    peer_gone,
    dpd_answer_not_received,
    ike_daemon_gone,
    peer_restarted,
    rekey_refused,
    rekey_unanswered,
    rekey_collision,
    esp_missing,
    esp_one_way,
    mtu_black_hole,
    path_mtu_exceeded,
    closed_soon,
    outside_selectors,
    weak_crypto,
}

/// The rule of this name or code.
#[must_use]
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .copied()
        .find(|rule| rule.name == name || rule.code.eq_ignore_ascii_case(name))
}
