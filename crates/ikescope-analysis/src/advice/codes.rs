//! The numbers under which Windows and Azure users know what happened.

use ikescope_wire::win32_error::Win32Error;

use super::{Vendor, vendors};
use crate::attempt::Attempt;
use crate::eap::EapRounds;
use crate::negotiation::Role;

/// An error code that a product shows for what the capture shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KnownAs {
    /// `Windows` for what a client shows its user, `Azure` for what a gateway logs.
    pub product: &'static str,
    /// The number.
    pub code: u32,
}

impl KnownAs {
    /// The name in winerror.h; the codes of Remote Access below 1000 have none there.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        Win32Error(self.code).name()
    }
}

/// The codes for an attempt whose cause is this rule, of the products that are at its ends.
pub(crate) fn known_as(attempt: &Attempt<'_>, cause: &str) -> Vec<KnownAs> {
    let is = |role, vendor| vendors(attempt, role).as_slice() == [vendor];
    let windows = if is(Role::Initiator, Vendor::Windows) {
        match attempt.negotiation.ike_version {
            1 => ikev1_client(cause),
            _ => match user_error(attempt, cause) {
                Some(error) => return vec![error],
                None => ikev2_client(cause),
            },
        }
    } else {
        &[]
    };
    let azure = [Role::Initiator, Role::Responder]
        .iter()
        .any(|role| is(*role, Vendor::Azure));
    let azure = if azure { azure_log(cause) } else { &[] };
    let of = |product, codes: &'static [u32]| {
        codes.iter().map(move |code| KnownAs {
            product,
            code: *code,
        })
    };
    of("Windows", windows).chain(of("Azure", azure)).collect()
}

/// The very number that the client was told, where the rounds of EAP were decrypted.
fn user_error(attempt: &Attempt<'_>, cause: &str) -> Option<KnownAs> {
    let rounds = EapRounds::of(attempt.negotiation).filter(|_| cause == "eap-failed")?;
    let (_, error) = rounds.error?;
    Some(KnownAs {
        product: "Windows",
        code: error.0,
    })
}

/// What `rasphone` shows for IKEv2.
fn ikev2_client(cause: &str) -> &'static [u32] {
    match cause {
        "sa-init-unanswered"
        | "sa-init-answer-not-received"
        | "sa-init-answer-rejected"
        | "auth-unanswered"
        | "auth-answer-not-received"
        | "udp-4500-blocked"
        | "fragments-dropped"
        | "port-unreachable"
        | "host-unreachable"
        | "admin-prohibited"
        | "half-open-limit" => &[809],
        "no-proposal-chosen" | "peer-not-configured" => &[13868],
        "ke-group-mismatch" => &[13816],
        "authentication-failed"
        | "initiator-refused"
        | "certificate-expired"
        | "certificate-usage"
        | "certificate-name"
        | "certificate-authority" => &[13801],
        "auth-never-sent" => &[13806],
        "eap-failed" => &[812, 691],
        _ => &[],
    }
}

/// What it shows for L2TP over IPsec.
fn ikev1_client(cause: &str) -> &'static [u32] {
    match cause {
        "main-mode-sa-unanswered"
        | "port-unreachable"
        | "host-unreachable"
        | "admin-prohibited"
        | "udp-4500-blocked" => &[809, 789],
        "main-mode-sa-answer-not-received"
        | "repeated-ke"
        | "psk-mismatch"
        | "no-proposal-chosen"
        | "peer-not-configured"
        | "auth-never-sent"
        | "quick-mode-refused"
        | "quick-mode-unanswered"
        | "child-no-proposal-chosen"
        | "ts-unacceptable" => &[789],
        _ => &[],
    }
}

/// What a gateway writes into IKEDiagnosticLog.
fn azure_log(cause: &str) -> &'static [u32] {
    match cause {
        "sa-init-unanswered"
        | "main-mode-sa-unanswered"
        | "port-unreachable"
        | "host-unreachable"
        | "admin-prohibited"
        | "auth-unanswered"
        | "udp-4500-blocked" => &[13805],
        "no-proposal-chosen" | "peer-not-configured" => &[13868, 13825],
        "ke-group-mismatch" => &[13822],
        "authentication-failed" | "psk-mismatch" | "initiator-refused" => &[13801],
        "version-mismatch" => &[13880],
        "ts-unacceptable" => &[13999],
        "peer-gone" => &[1460],
        _ => &[],
    }
}

/// Windows does not use IPsec with an L2TP server behind NAT unless it is told to, and says 809.
pub(crate) fn l2tp_behind_nat(attempt: &Attempt<'_>) -> Option<String> {
    let nat = crate::situation::nat(attempt.negotiation);
    let fits = attempt.negotiation.ike_version == 1
        && vendors(attempt, Role::Initiator).as_slice() == [Vendor::Windows]
        && nat.behind(Role::Responder) == Some(true);
    fits.then(|| {
        "The server is behind NAT, and Windows refuses that for L2TP unless told otherwise. On the \
         client, then restart it:\n    \
         reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\PolicyAgent /v \
         AssumeUDPEncapsulationContextOnSendRule /t REG_DWORD /d 2"
            .to_owned()
    })
}
