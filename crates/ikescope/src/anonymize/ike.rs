//! What an IKE message tells of people and places, taken out without a change of any length.
//!
//! Proposals, key exchange, nonces, SPIs and Vendor IDs stay. Identities, certificates and whatever is
//! encrypted or proves something go. NAT detection is computed anew, so that what fitted fits.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;

use ikescope_wire::encapsulation::IKE_PORT;
use ikescope_wire::header::HEADER_LENGTH;
use ikescope_wire::iana::NotifyType;
use ikescope_wire::{Header, Message};
use sha1::{Digest as _, Sha1};

use super::der;
use super::nat::{self, Ends};
use super::stand_ins::StandIns;

/// Takes them out of a message, or of what the capture kept of one.
pub(crate) fn blank(octets: &mut [u8], ends: Ends, stand_ins: &mut StandIns) {
    let Ok(message) = Message::decode(octets) else {
        return scramble(octets, HEADER_LENGTH..octets.len());
    };
    let header = *message.header();
    let encrypted = matches!(message, Message::V1(_)) && header.flags.is_encrypted();
    if encrypted || matches!(message, Message::Other(_)) {
        return scramble(octets, HEADER_LENGTH..octets.len());
    }
    let is_ikev2 = matches!(message, Message::V2(_));
    let (payloads, unread) = places(&message, octets.len());
    let mut hidden = [0, 0];
    for Place { payload_type, body } in payloads {
        let mut work = Body {
            octets: &mut *octets,
            range: body,
            header: &header,
            ends,
            stand_ins: &mut *stand_ins,
            hidden: &mut hidden,
        };
        if is_ikev2 {
            work.ikev2(payload_type);
        } else {
            work.ikev1(payload_type);
        }
    }
    scramble(octets, unread);
}

/// Where the body of a payload stands.
struct Place {
    payload_type: u8,
    body: Range<usize>,
}

/// The payloads, and what could not be walked behind them: all but one more generic header, so that
/// what is wrong with the chain stays wrong.
fn places(message: &Message<'_>, length: usize) -> (Vec<Place>, Range<usize>) {
    let mut places = Vec::new();
    let mut walked = HEADER_LENGTH;
    for payload in message.payloads() {
        match payload {
            Ok(raw) => {
                let start = raw.body.offset();
                walked = start + raw.body.len();
                places.push(Place {
                    payload_type: raw.payload_type,
                    body: start..walked,
                });
            }
            Err(error) => walked = walked.max(error.offset) + GENERIC_HEADER,
        }
    }
    (places, walked.min(length)..length)
}

/// The body of one payload, at work.
struct Body<'a> {
    octets: &'a mut [u8],
    range: Range<usize>,
    header: &'a Header,
    ends: Ends,
    stand_ins: &'a mut StandIns,
    /// How many hashes of each side this message has that nothing explains.
    hidden: &'a mut [usize; 2],
}

impl Body<'_> {
    fn ikev2(&mut self, payload_type: u8) {
        match payload_type {
            SA | KE | NONCE | DELETE | VENDOR_ID | GSPM => {}
            IDI | IDR | IDG => self.identity(),
            CERT | CERTREQ => self.certificate(),
            NOTIFY => self.notify(),
            TSI | TSR => self.zero_from(4),
            EAP => self.zero_from(5),
            SKF | AUTH | CP => self.scramble_from(4),
            _ => self.scramble_from(0),
        }
    }

    fn ikev1(&mut self, payload_type: u8) {
        match payload_type {
            V1_SA | V1_KE | V1_NONCE | V1_DELETE | V1_VENDOR_ID => {}
            V1_ID => self.identity(),
            V1_CERT | V1_CERTREQ => self.certificate(),
            V1_NOTIFICATION => self.notification(),
            V1_NAT_D | V1_NAT_D_DRAFT | V1_SAK => self.nat_detection(false),
            V1_NAT_OA | V1_NAT_OA_DRAFT | V1_SAT => self.addresses(4),
            V1_FRAGMENT => self.fragment(),
            _ => self.scramble_from(0),
        }
    }

    fn body(&mut self) -> &mut [u8] {
        self.octets.get_mut(self.range.clone()).unwrap_or_default()
    }

    fn zero_from(&mut self, at: usize) {
        self.body().get_mut(at..).unwrap_or_default().fill(0);
    }

    fn scramble_from(&mut self, at: usize) {
        let start = (self.range.start + at).min(self.range.end);
        scramble(self.octets, start..self.range.end);
    }

    /// Type, three octets, then what the type says: alike in both versions.
    fn identity(&mut self) {
        let id_type = self.body().first().copied();
        match id_type {
            Some(1 | 5 | 4 | 6 | 7 | 8) => self.addresses(4),
            Some(9 | 10) => der::blank(self.body().get_mut(4..).unwrap_or_default()),
            _ => {
                let range = self.range.clone();
                let name = self
                    .octets
                    .get_mut(range)
                    .and_then(|body| body.get_mut(4..));
                self.stand_ins.name(name.unwrap_or_default());
            }
        }
    }

    /// One address or two; the type in the first octet tells which. The mask of a network stays.
    fn addresses(&mut self, at: usize) {
        let (is_ipv6, has_mask) = match self.body().first() {
            Some(4) => (false, true),
            Some(6) => (true, true),
            Some(5 | 8) => (true, false),
            _ => (false, false),
        };
        let length = match (has_mask, is_ipv6) {
            (true, false) => 4,
            (true, true) => 16,
            (false, _) => usize::MAX,
        };
        let start = (self.range.start + at).min(self.range.end);
        let end = start.saturating_add(length).min(self.range.end);
        let whole = self.octets.get_mut(start..end).unwrap_or_default();
        rename(whole, is_ipv6, self.stand_ins);
    }

    /// Encoding, then what it says. The encoding becomes one that nobody looks into.
    fn certificate(&mut self) {
        if let Some(encoding) = self.body().first_mut() {
            *encoding = DNS_SIGNED_KEY;
        }
        self.zero_from(1);
    }

    fn notify(&mut self) {
        let Some([_, spi_size, high, low]) = self.body().first_chunk().copied() else {
            return;
        };
        let kind = NotifyType(u16::from_be_bytes([high, low]));
        let data = 4 + usize::from(spi_size);
        let start = (self.range.start + data).min(self.range.end);
        match kind {
            NotifyType::NAT_DETECTION_SOURCE_IP => {
                self.range.start = start;
                self.nat_detection(true);
            }
            NotifyType::NAT_DETECTION_DESTINATION_IP => {
                self.range.start = start;
                self.nat_detection(false);
            }
            NotifyType::REDIRECT | NotifyType::REDIRECTED_FROM => self.gateway(data),
            NotifyType::ADDITIONAL_IP4_ADDRESS | NotifyType::ADDITIONAL_IP6_ADDRESS => {
                let is_ipv6 = kind == NotifyType::ADDITIONAL_IP6_ADDRESS;
                let whole = self.octets.get_mut(start..self.range.end);
                rename(whole.unwrap_or_default(), is_ipv6, self.stand_ins);
            }
            NotifyType(8192..=16383 | 40960..) => self.zero_from(data),
            _ => {}
        }
    }

    /// Type, length and identity of another gateway, then a nonce (RFC 5685 §6).
    fn gateway(&mut self, at: usize) {
        let range = self.range.clone();
        let Some(data) = self
            .octets
            .get_mut(range)
            .and_then(|body| body.get_mut(at..))
        else {
            return;
        };
        let [kind, length] = *data.first_chunk().unwrap_or(&[0, 0]);
        let end = (2 + usize::from(length)).min(data.len());
        let Some(identity) = data.get_mut(2..end) else {
            return;
        };
        match kind {
            1 => rename(identity, false, self.stand_ins),
            2 => rename(identity, true, self.stand_ins),
            _ => self.stand_ins.name(identity),
        }
    }

    /// DOI, protocol, SPI size, type, SPI, data. Lifetimes and counters are short; what is longer may
    /// be anything.
    fn notification(&mut self) {
        let body = self.body();
        let spi_size = body.get(5).copied().unwrap_or_default();
        let data = 8 + usize::from(spi_size);
        if body.len() > data + 8 {
            self.zero_from(data);
        }
    }

    /// A hash of both SPIs, an address and a port (RFC 7296 §2.23, RFC 3947 §3.2).
    fn nat_detection(&mut self, is_source: bool) {
        let (ends, spis) = (self.ends, self.header.spis);
        let range = self.range.clone();
        let Some(hash) = self.octets.get_mut(range) else {
            return;
        };
        let Some(told) = nat::explained(hash, &spis, ends, self.stand_ins) else {
            let nth = &mut self.hidden[usize::from(is_source)];
            let inside = self.stand_ins.hidden(ends.source.ip(), is_source, *nth);
            *nth += 1;
            let told = SocketAddr::new(inside, IKE_PORT);
            return match nat::hash(hash.len(), &spis, told) {
                Some(computed) => hash.copy_from_slice(&computed),
                None => self.scramble_from(0),
            };
        };
        if let Some(computed) = nat::hash(hash.len(), &spis, told) {
            hash.copy_from_slice(&computed);
        }
    }

    /// A fragment of a message, itself in clear: its identity, its number, then a piece, of which
    /// only the first one begins with a header.
    fn fragment(&mut self) {
        let is_first = self.body().get(2) == Some(&1);
        self.scramble_from(if is_first { 4 + HEADER_LENGTH } else { 4 });
    }
}

/// Renames one address after another.
pub(crate) fn rename(octets: &mut [u8], is_ipv6: bool, stand_ins: &mut StandIns) {
    if is_ipv6 {
        for octets in octets.as_chunks_mut::<16>().0 {
            if let IpAddr::V6(stand_in) = stand_ins.address(IpAddr::from(*octets)) {
                *octets = stand_in.octets();
            }
        }
    } else {
        for octets in octets.as_chunks_mut::<4>().0 {
            if let IpAddr::V4(stand_in) = stand_ins.address(IpAddr::from(*octets)) {
                *octets = stand_in.octets();
            }
        }
    }
}

/// Overwrites what must not be known with what cannot be turned back, block by block: the same
/// octets at the same place become the same, and what quotes a beginning quotes it still.
pub(crate) fn scramble(octets: &mut [u8], range: Range<usize>) {
    let spis: [u8; 16] = octets.first_chunk().copied().unwrap_or_default();
    let (mut place, end) = (range.start, range.end.min(octets.len()));
    while place < end {
        let next = (place + BLOCK).min(end);
        let Some(block) = octets.get_mut(place..next) else {
            return;
        };
        let mut sha1 = Sha1::new();
        sha1.update(spis);
        sha1.update((place as u64).to_be_bytes());
        sha1.update(&*block);
        let hash = sha1.finalize();
        block.copy_from_slice(&hash[..next - place]);
        place = next;
    }
}

const GENERIC_HEADER: usize = 4;
const BLOCK: usize = 16;
/// Certificate Encoding 3, "DNS Signed Key" (RFC 7296 §3.6): of no structure.
const DNS_SIGNED_KEY: u8 = 3;

const SA: u8 = 33;
const KE: u8 = 34;
const IDI: u8 = 35;
const IDR: u8 = 36;
const CERT: u8 = 37;
const CERTREQ: u8 = 38;
const AUTH: u8 = 39;
const NONCE: u8 = 40;
const NOTIFY: u8 = 41;
const DELETE: u8 = 42;
const VENDOR_ID: u8 = 43;
const TSI: u8 = 44;
const TSR: u8 = 45;
const CP: u8 = 47;
const EAP: u8 = 48;
const GSPM: u8 = 49;
const IDG: u8 = 50;
const SKF: u8 = 53;

const V1_SA: u8 = 1;
const V1_KE: u8 = 4;
const V1_ID: u8 = 5;
const V1_CERT: u8 = 6;
const V1_CERTREQ: u8 = 7;
const V1_NONCE: u8 = 10;
const V1_NOTIFICATION: u8 = 11;
const V1_DELETE: u8 = 12;
const V1_VENDOR_ID: u8 = 13;
const V1_SAK: u8 = 15;
const V1_SAT: u8 = 16;
const V1_NAT_D: u8 = 20;
const V1_NAT_OA: u8 = 21;
const V1_NAT_D_DRAFT: u8 = 130;
const V1_NAT_OA_DRAFT: u8 = 131;
const V1_FRAGMENT: u8 = 132;
