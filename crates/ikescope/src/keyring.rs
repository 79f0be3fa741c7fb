//! Joins keys and analysis: neither crate knows the other.

use std::sync::Arc;

use ikescope_analysis::{self as analysis, Keyring, Revealed, SharedKeyProof};
use ikescope_keys::{Closed, KeyStore, Opened, Opener};
use ikescope_wire::Header;

use crate::certificate;

/// Keys for an analysis: [`Settings::keyring`](crate::Settings::keyring).
#[must_use]
pub fn keyring(store: KeyStore) -> Arc<dyn Keyring> {
    Arc::new(Keys(Arc::new(store)))
}

struct Keys(Arc<KeyStore>);

impl Keyring for Keys {
    fn wants(&self, header: &Header) -> bool {
        Opener::knows(&self.0, header)
    }

    fn opener(&self) -> Box<dyn analysis::Opener> {
        Box::new(Messages(Opener::new(Arc::clone(&self.0))))
    }
}

struct Messages(Opener);

impl analysis::Opener for Messages {
    fn open(
        &mut self,
        octets: &[u8],
        read: &mut dyn FnMut(Revealed<'_>),
    ) -> Result<(), analysis::Closed> {
        match self.0.open(octets) {
            Ok(Opened::Payloads(inner)) => read(Revealed {
                payloads: inner.payloads(),
                in_place: inner.offset.is_some(),
                read_certificate: certificate::read,
            }),
            // Octets are kept for pre-shared keys too, which open nothing by themselves.
            Ok(_) | Err(Closed::NoKeys) => {}
            Err(closed) => return Err(told(closed)),
        }
        Ok(())
    }

    fn proof(&mut self) -> Option<SharedKeyProof> {
        let proof = self.0.proof()?;
        Some(SharedKeyProof {
            fits: proof.fits,
            source: Arc::clone(&proof.source),
        })
    }
}

fn told(closed: Closed) -> analysis::Closed {
    analysis::Closed {
        wrong_keys: closed.is_wrong_key(),
        reason: closed.to_string().into(),
    }
}
