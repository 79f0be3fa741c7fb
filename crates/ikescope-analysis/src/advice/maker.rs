//! Who made the device at an end: its Vendor IDs, and habits that no other has.

use ikescope_wire::VendorIdentity;
use ikescope_wire::iana::{Encr, KeyExchangeMethod, Prf, TransformType};

use super::Vendor;
use crate::attempt::Attempt;
use crate::negotiation::{Flight, Role};
use crate::proposal::{Kind, Transform};

/// The vendors that this end may be of, by everything that its address sent in the tunnel: one if
/// that tells, two for Microsoft where it may be Azure or Windows, none if nothing does.
pub(crate) fn makers(attempt: &Attempt<'_>, role: Role) -> Vec<Vendor> {
    let known = match role {
        Role::Initiator => &attempt.makers.0,
        Role::Responder => &attempt.makers.1,
    };
    known.get_or_init(|| find(attempt, role)).clone()
}

fn find(attempt: &Attempt<'_>, role: Role) -> Vec<Vendor> {
    // The only logs that are read are those of FortiOS.
    if attempt
        .negotiation
        .log
        .as_deref()
        .is_some_and(|log| log.is_of(role))
    {
        return vec![Vendor::Fortinet];
    }
    let mut heard = Makers::default();
    for flight in flights(attempt, role) {
        heard.join(&flight.facts.makers);
    }
    let Makers {
        mut vendors,
        microsoft,
    } = heard;
    if microsoft && vendors.is_empty() {
        return match offers_azure_defaults(attempt, role) {
            Some(true) => vec![Vendor::Azure],
            Some(false) => vec![Vendor::Windows],
            None => vec![Vendor::Azure, Vendor::Windows],
        };
    }
    // Two that contradict each other tell nothing.
    if vendors.len() > 1 {
        vendors.clear();
    }
    vendors
}

/// Everything that the address of this end sent, in whichever role.
fn flights<'a>(attempt: &Attempt<'a>, role: Role) -> impl Iterator<Item = &'a Flight> {
    let address = attempt.name(role);
    let negotiations = attempt.tunnel.negotiations.iter();
    negotiations.flat_map(move |negotiation| {
        [Role::Initiator, Role::Responder]
            .into_iter()
            .filter(move |role| negotiation.end(*role).ip() == address)
            .flat_map(|role| negotiation.flights_of(role))
    })
}

/// Who the Vendor IDs of a message say made its sender.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Makers {
    vendors: Vec<Vendor>,
    /// One of those that Azure and Windows have in common.
    microsoft: bool,
}

impl Makers {
    /// Takes the octets of a Vendor ID into account.
    pub(crate) fn hear(&mut self, octets: &[u8]) {
        let Some(identity) = VendorIdentity::of(octets) else {
            return;
        };
        match of(identity) {
            Some(vendor) => self.add(vendor),
            None => self.microsoft |= identity.vendor == Some(MICROSOFT),
        }
    }

    fn join(&mut self, other: &Self) {
        other.vendors.iter().for_each(|vendor| self.add(*vendor));
        self.microsoft |= other.microsoft;
    }

    fn add(&mut self, vendor: Vendor) {
        if !self.vendors.contains(&vendor) {
            self.vendors.push(vendor);
        }
    }
}

fn of(identity: VendorIdentity<'_>) -> Option<Vendor> {
    match identity.vendor? {
        "Fortinet" => Some(Vendor::Fortinet),
        "strongSwan" => Some(Vendor::StrongSwan),
        "libreswan" => Some(Vendor::Libreswan),
        "Cisco" if identity.name == "FLEXVPN-SUPPORTED" => Some(Vendor::CiscoIosXe),
        _ => None,
    }
}

/// How the table of Vendor IDs calls it.
const MICROSOFT: &str = "Microsoft";

/// Whether the first offer of this end is the default list of an Azure gateway: six proposals with
/// group 2, in an order of its own. `None` if no offer of it was seen.
fn offers_azure_defaults(attempt: &Attempt<'_>, role: Role) -> Option<bool> {
    let address = attempt.name(role);
    let offer = attempt
        .tunnel
        .negotiations
        .iter()
        .filter(|negotiation| negotiation.initiator.ip() == address)
        .flat_map(|negotiation| negotiation.flights_of(Role::Initiator))
        .find(|flight| !flight.facts.transforms.is_empty())?;
    Some(is_azure_default(&offer.facts.transforms))
}

/// AES256/SHA1, AES256/SHA256, AES128/SHA1, AES128/SHA256, 3DES/SHA1, 3DES/SHA256, each with group 2.
pub(crate) fn is_azure_default(offer: &[Transform]) -> bool {
    const SUITES: [(Encr, Option<u16>, Prf); 6] = [
        (Encr::ENCR_AES_CBC, Some(256), Prf::PRF_HMAC_SHA1),
        (Encr::ENCR_AES_CBC, Some(256), Prf::PRF_HMAC_SHA2_256),
        (Encr::ENCR_AES_CBC, Some(128), Prf::PRF_HMAC_SHA1),
        (Encr::ENCR_AES_CBC, Some(128), Prf::PRF_HMAC_SHA2_256),
        (Encr::ENCR_3DES, None, Prf::PRF_HMAC_SHA1),
        (Encr::ENCR_3DES, None, Prf::PRF_HMAC_SHA2_256),
    ];
    let of = |kind| {
        let transforms = offer.iter().filter(move |one| one.kind == Kind::V2(kind));
        transforms.map(|one| (one.id, one.key_length))
    };
    let ciphers = SUITES.iter().map(|(encr, bits, _)| (encr.0, *bits));
    let functions = SUITES.iter().map(|(_, _, prf)| (prf.0, None));
    of(TransformType::ENCR).eq(ciphers)
        && of(TransformType::PRF).eq(functions)
        && of(TransformType::KE).all(|(group, _)| group == KeyExchangeMethod::MODP_1024.0)
}
