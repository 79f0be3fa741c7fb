//! Joins keys and analysis: neither crate knows the other.

use std::net::IpAddr;
use std::sync::Arc;

use ikescope_analysis::{self as analysis, Keyring, Revealed, SharedKeyProof};
use ikescope_keys::{Closed, EspOpener, KeyStore, Opened, Opener};
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

    fn esp_opener(&self) -> Option<Box<dyn analysis::EspOpener>> {
        let has_keys = self.0.all_esp().next().is_some();
        has_keys.then(|| -> Box<dyn analysis::EspOpener> {
            Box::new(Packets(EspOpener::new(Arc::clone(&self.0))))
        })
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

struct Packets(EspOpener);

impl analysis::EspOpener for Packets {
    fn open(
        &mut self,
        [source, destination]: [IpAddr; 2],
        packet: &[u8],
        missing: u32,
        read: &mut dyn FnMut(u8, &[u8]),
    ) {
        let opened = self.0.open(source, destination, packet, missing);
        if let Some(content) = opened.ok().filter(|content| !content.is_dummy()) {
            read(content.next_header, &content.payload);
        }
    }
}

fn told(closed: Closed) -> analysis::Closed {
    analysis::Closed {
        wrong_keys: closed.is_wrong_key(),
        reason: closed.to_string().into(),
    }
}
