//! The rounds of EAP in IKE_AUTH (RFC 7296 §2.16), as far as they were decrypted.

use ikescope_wire::iana::{EapCode, EapMethod};
use ikescope_wire::ms_chap_error::MsChapError;

use crate::inner::Eap;
use crate::negotiation::{Flight, Negotiation};

/// What they tell, each with the message that tells it.
#[derive(Clone, Debug, Default)]
pub struct EapRounds<'a> {
    /// Who the user claims to be.
    pub user: Option<(&'a Flight, &'a str)>,
    /// Methods that the server asked for, in order; identity and notification are none.
    pub methods: Vec<(&'a Flight, EapMethod)>,
    /// What the client wanted instead.
    pub desired: Option<(&'a Flight, &'a [EapMethod])>,
    /// Why MS-CHAP-V2 turned the user away.
    pub error: Option<(&'a Flight, MsChapError)>,
    /// Success or failure.
    pub result: Option<(&'a Flight, EapCode)>,
}

impl<'a> EapRounds<'a> {
    /// Reads the messages of a negotiation; `None` if none of them holds EAP that can be read.
    #[must_use]
    pub fn of(negotiation: &'a Negotiation) -> Option<Self> {
        let mut rounds = None;
        for (_, _, flight) in negotiation.flights() {
            let inner = flight.facts.inner();
            if let Some(eap) = inner.and_then(|inner| inner.eap.as_ref()) {
                rounds.get_or_insert_with(Self::default).learn(flight, eap);
            }
        }
        rounds
    }

    fn learn(&mut self, flight: &'a Flight, eap: &'a Eap) {
        if let Some(user) = eap.user.as_deref() {
            self.user = Some((flight, user));
        }
        if let Some(error) = eap.error {
            self.error = Some((flight, error));
        }
        if !eap.desired.is_empty() {
            self.desired = Some((flight, &eap.desired));
        }
        match eap.code {
            EapCode::SUCCESS | EapCode::FAILURE => self.result = Some((flight, eap.code)),
            EapCode::REQUEST => self.ask(flight, eap.method),
            _ => {}
        }
    }

    fn ask(&mut self, flight: &'a Flight, method: Option<EapMethod>) {
        let asks =
            |method: &EapMethod| !matches!(*method, EapMethod::IDENTITY | EapMethod::NOTIFICATION);
        let Some(method) = method.filter(asks) else {
            return;
        };
        if !self.methods.iter().any(|(_, known)| *known == method) {
            self.methods.push((flight, method));
        }
    }
}

/// The method as people call it.
#[must_use]
pub fn eap_method_name(method: EapMethod) -> String {
    match method {
        EapMethod::MS_EAP_AUTHENTICATION => "EAP-MSCHAPv2".to_owned(),
        EapMethod::MD5_CHALLENGE => "EAP-MD5".to_owned(),
        method => method.to_string(),
    }
}
