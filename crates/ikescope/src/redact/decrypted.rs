//! What was encrypted names people and networks.

use ikescope::report::{
    Assigned, Authentication, Certificate, ChildExchange, Credentials, Eap, Identity, Selectors,
};

use super::Redactor;

impl Redactor {
    pub(super) fn authentication(&mut self, authentication: &mut Authentication) {
        let Authentication {
            initiator,
            responder,
            eap,
            assigned,
        } = authentication;
        for end in [initiator, responder] {
            self.credentials(end);
        }
        if let Some(Eap {
            user: Some(user),
            methods: _,
            desired: _,
            error: _,
            error_name: _,
            result: _,
        }) = eap
        {
            self.said(user);
        }
        if let Some(Assigned {
            frame: _,
            addresses,
            dns,
            subnets,
        }) = assigned
        {
            for address in [addresses, dns, subnets].into_iter().flatten() {
                self.text(address);
            }
        }
    }

    fn credentials(&mut self, credentials: &mut Credentials) {
        let Credentials {
            identity,
            expects,
            method: _,
            certificates,
        } = credentials;
        for identity in [identity, expects].into_iter().flatten() {
            let Identity {
                kind: _,
                value,
                input: _,
                frame: _,
                octets: _,
            } = identity;
            self.said(value);
        }
        for certificate in certificates {
            let Certificate {
                subject,
                issuer,
                names,
                not_before: _,
                not_after: _,
                extended_key_usage: _,
                is_authority: _,
                key_hash,
            } = certificate;
            for name in [subject, issuer].into_iter().chain(names) {
                self.said(name);
            }
            self.spi(key_hash);
        }
    }

    pub(super) fn child_exchange(&mut self, exchange: &mut ChildExchange) {
        let ChildExchange {
            exchange_type: _,
            message_id: _,
            from: _,
            frame: _,
            asked,
            granted,
            narrowed: _,
            refused: _,
            offered: _,
            chosen: _,
            compared: _,
            pfs: _,
            lifetimes: _,
            granted_lifetimes: _,
        } = exchange;
        for Selectors {
            initiator,
            responder,
        } in [asked, granted].into_iter().flatten()
        {
            for selector in [initiator, responder].into_iter().flatten() {
                self.text(selector);
            }
        }
    }

    /// A name that a peer gave itself.
    fn said(&mut self, name: &mut String) {
        *name = self.named(name);
    }
}
