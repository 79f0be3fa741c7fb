//! Reads messages one after the other, and decodes what many of them say alike once.
//!
//! A hub hears the same offer thousands of times: same proposals, same Vendor IDs; only nonce, key
//! exchange and hashes differ. So a message is first scanned for what is fresh in it, and the rest is
//! told by a key over its octets: decoding is for contents not seen before.

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::HashMap;
use foldhash::fast::RandomState;
use ikescope_wire::describe::Untrusted;
use ikescope_wire::iana::{
    ConfigurationAttributeType, ConfigurationType, ExchangeType, NotifyType, PayloadType,
    ikev1 as v1,
};
use ikescope_wire::{ConfigurationValue, DecodeError, Message, RawPayload, ikev1, ikev2};

use crate::certificate::ReadCertificate;
use crate::credentials::{self, Credentials};
use crate::inner::{Configuration, Eap, Inner, Lifetime, Setting, SettingKind};
use crate::nat;
use crate::opener::Revealed;
use crate::proposal;
use crate::record::{Content, Encrypted, KeyExchange, Notify};
use crate::selector::Selectors;

/// Contents kept to be shared; a capture with more kinds of messages starts over.
const CONTENTS_KEPT: usize = 4096;
/// Longest Vendor ID that is kept, octets. Longer ones are cut: names are told by prefixes.
const VENDOR_ID_KEPT: usize = 48;
/// Vendor IDs kept of one message.
const VENDOR_IDS_KEPT: usize = 24;

/// A content is copied after it was shared so often. Filing gives back what was shared some ten
/// thousand messages ago; if that were counted on the same copy that is being shared now, the two
/// threads would take its count from each other with every message.
const SHARED_AT_MOST: u32 = 8192;

/// A content and how often it was shared.
struct Shared {
    content: Arc<Content>,
    times: u32,
}

impl Shared {
    fn new(content: Content) -> Self {
        Self {
            content: Arc::new(content),
            times: 0,
        }
    }

    fn share(&mut self) -> Arc<Content> {
        if self.times >= SHARED_AT_MOST {
            *self = Self::new(Content::clone(&self.content));
        }
        self.times += 1;
        Arc::clone(&self.content)
    }
}

/// The reader, with what it found last.
#[derive(Default)]
pub(crate) struct Reader {
    encrypted: Option<Encrypted>,
    nat_hashes: Vec<nat::Hash>,
    /// Keyed by a hash that nobody outside can aim at: its seed is drawn anew for each reader.
    shared: HashMap<u64, Shared>,
    keys: RandomState,
}

impl Reader {
    /// Reads a message; the content is shared with every earlier message that said the same.
    pub(crate) fn read(&mut self, message: &Message<'_>) -> Arc<Content> {
        let key = self.scan(message);
        if let Some(known) = self.shared.get_mut(&key) {
            return known.share();
        }
        if self.shared.len() >= CONTENTS_KEPT {
            self.shared.clear();
        }
        let new = Shared::new(Content::of(message));
        self.shared.entry(key).or_insert(new).share()
    }

    /// The SK or SKF payload of the message read last.
    pub(crate) const fn encrypted(&self) -> Option<Encrypted> {
        self.encrypted
    }

    /// The NAT detection hashes of the message read last.
    pub(crate) fn nat_hashes(&self) -> &[nat::Hash] {
        &self.nat_hashes
    }

    /// Takes out what is fresh in a message and hashes the rest.
    fn scan(&mut self, message: &Message<'_>) -> u64 {
        self.encrypted = None;
        self.nat_hashes.clear();
        let mut key = self.keys.build_hasher();
        key.write_u8(message.header().version.0);
        for raw in message.payloads() {
            match raw {
                Ok(raw) => {
                    key.write_u32(u32::from(raw.payload_type) << 16 | u32::from(raw.length));
                    let lasting = match message {
                        Message::V1(_) => self.scan_v1(&raw),
                        _ => self.scan_v2(&raw),
                    };
                    key.write(raw.body.at_most(lasting).octets());
                }
                Err(error) => error.hash(&mut key),
            }
        }
        key.finish()
    }

    /// How many octets of an IKEv2 payload's body last from one negotiation to the next.
    fn scan_v2(&mut self, raw: &RawPayload<'_>) -> usize {
        const NOTIFY_TYPE: usize = 4;
        match PayloadType(raw.payload_type) {
            PayloadType::NONCE => 0,
            // The group, not the public value.
            PayloadType::KE => 4,
            PayloadType::NOTIFY => {
                let Ok(notify) = ikev2::Notify::decode(*raw) else {
                    return usize::MAX;
                };
                let hash = match notify.notify_type {
                    NotifyType::NAT_DETECTION_SOURCE_IP => {
                        nat::Hash::of_source(notify.data.octets(), span(raw))
                    }
                    NotifyType::NAT_DETECTION_DESTINATION_IP => {
                        nat::Hash::of_destination(notify.data.octets(), span(raw))
                    }
                    NotifyType::COOKIE => return NOTIFY_TYPE,
                    _ => return usize::MAX,
                };
                self.nat_hashes.extend(hash);
                NOTIFY_TYPE
            }
            PayloadType::SK | PayloadType::SKF => {
                self.encrypted = encrypted(raw);
                0
            }
            _ => usize::MAX,
        }
    }

    /// The same for IKEv1.
    fn scan_v1(&mut self, raw: &RawPayload<'_>) -> usize {
        match ikev1::payload_type(raw) {
            v1::PayloadType::NONCE
            | v1::PayloadType::KE
            | v1::PayloadType::HASH
            | v1::PayloadType::SIGNATURE => 0,
            v1::PayloadType::NAT_D | v1::PayloadType::NAT_D_DRAFT => {
                // RFC 3947 §3.2: the first hash is of the remote end, the others of the sender's.
                let data = raw.body.octets();
                let hash = if self.nat_hashes.is_empty() {
                    nat::Hash::of_destination(data, span(raw))
                } else {
                    nat::Hash::of_source(data, span(raw))
                };
                self.nat_hashes.extend(hash);
                0
            }
            // Fragment ID, number, whether it is the last; not what is in it.
            v1::PayloadType::IKE_FRAGMENT => 4,
            _ => usize::MAX,
        }
    }
}

fn encrypted(raw: &RawPayload<'_>) -> Option<Encrypted> {
    let (first_inner, fragment) = match ikev2::Payload::decode(*raw).ok()? {
        ikev2::Payload::Encrypted(sk) => (sk.first_inner, None),
        ikev2::Payload::EncryptedFragment(skf) => (
            skf.first_inner,
            Some((skf.fragment_number, skf.total_fragments)),
        ),
        _ => return None,
    };
    Some(Encrypted {
        first_inner,
        length: raw.length,
        offset: span(raw).0,
        fragment,
    })
}

impl Content {
    fn of(message: &Message<'_>) -> Self {
        let mut content = Self::default();
        let ikev2 = !matches!(message, Message::V1(_));
        for raw in message.payloads() {
            let read = raw.and_then(|raw| content.read(raw, ikev2, NO_CERTIFICATES));
            content.errors.extend(read.err());
        }
        content
    }

    fn read(
        &mut self,
        raw: RawPayload<'_>,
        ikev2: bool,
        certificates: ReadCertificate,
    ) -> Result<(), DecodeError> {
        self.payloads.push(raw.payload_type);
        if ikev2 {
            self.read_v2(raw, certificates)
        } else {
            self.read_v1(raw, certificates)
        }
    }

    fn read_v2(
        &mut self,
        raw: RawPayload<'_>,
        certificates: ReadCertificate,
    ) -> Result<(), DecodeError> {
        match ikev2::Payload::decode(raw)? {
            ikev2::Payload::SecurityAssociation(sa) => {
                self.sa_octets = Some(span(&raw));
                proposal::read_v2(&sa, &mut self.transforms)?;
            }
            ikev2::Payload::KeyExchange(ke) => {
                self.key_exchange = Some(KeyExchange::new(Some(ke.method.0), ke.data));
            }
            ikev2::Payload::Notify(notify) => self.notifies.push(Notify::new(
                notify.notify_type.0,
                notify.protocol_id.0,
                notify.data.octets(),
                span(&raw),
            )),
            ikev2::Payload::VendorId(vendor) => self.push_vendor_id(vendor.data),
            payload @ (ikev2::Payload::Identification(_)
            | ikev2::Payload::Authentication(_)
            | ikev2::Payload::Certificate(_)
            | ikev2::Payload::CertificateRequest(_)) => self.learn(|credentials| {
                let payload_type = PayloadType(raw.payload_type);
                credentials.read_v2(payload_type, &payload, span(&raw), certificates)
            })?,
            _ => {}
        }
        Ok(())
    }

    fn read_v1(
        &mut self,
        raw: RawPayload<'_>,
        certificates: ReadCertificate,
    ) -> Result<(), DecodeError> {
        match ikev1::Payload::decode(raw)? {
            ikev1::Payload::SecurityAssociation(sa) => {
                self.sa_octets = Some(span(&raw));
                proposal::read_v1(&sa, &mut self.transforms)?;
            }
            ikev1::Payload::KeyExchange(ke) => {
                self.key_exchange = Some(KeyExchange::new(None, ke.data));
            }
            ikev1::Payload::Notify(notify) => self.notifies.push(Notify::new(
                notify.notify_type.0,
                notify.protocol_id.0,
                notify.data.octets(),
                span(&raw),
            )),
            ikev1::Payload::VendorId(vendor) => self.push_vendor_id(vendor.data),
            payload @ (ikev1::Payload::Identification(_)
            | ikev1::Payload::Certificate(_)
            | ikev1::Payload::CertificateRequest(_)) => {
                self.learn(|credentials| credentials.read_v1(&payload, span(&raw), certificates))?
            }
            ikev1::Payload::Fragment(fragment) => {
                let number = u16::from(fragment.number);
                let total = if fragment.last == 0 { 0 } else { number };
                self.fragment = Some((number, total));
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes what a payload says of its sender, if it says anything.
    fn learn(
        &mut self,
        read: impl FnOnce(&mut Credentials) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut known = self.credentials.take().unwrap_or_default();
        let result = read(&mut known);
        self.credentials = (!known.is_empty()).then_some(known);
        result
    }

    fn push_vendor_id(&mut self, octets: &[u8]) {
        if self.vendor_ids.len() < VENDOR_IDS_KEPT {
            let octets = &octets[..octets.len().min(VENDOR_ID_KEPT)];
            self.makers.hear(octets);
            self.vendor_ids.push(octets.into());
        }
    }
}

impl Inner {
    /// Reads payloads that were encrypted. `place` is where their ciphertext stands, for those whose
    /// own offsets say nothing.
    pub(crate) fn read(
        revealed: Revealed<'_>,
        exchange_type: ExchangeType,
        place: (u32, u32),
    ) -> Self {
        let mut inner = Self::default();
        let ikev2 = revealed.payloads.is_ikev2();
        for raw in revealed.payloads {
            let read = raw.and_then(|raw| {
                if exchange_type == ExchangeType::QUICK_MODE && is_identification(raw) {
                    return inner.select(raw);
                }
                inner.content.read(raw, ikev2, revealed.read_certificate)?;
                if ikev2 {
                    inner.read_v2(raw)
                } else {
                    inner.read_v1(raw)
                }
            });
            inner.content.errors.extend(read.err());
        }
        let content = &mut inner.content;
        content
            .notifies
            .iter_mut()
            .for_each(|it| it.decrypted = true);
        if !revealed.in_place {
            for notify in &mut content.notifies {
                notify.offset = place.0;
                notify.length = u16::try_from(place.1 - place.0).unwrap_or(u16::MAX);
            }
            let credentials = content.credentials.iter_mut();
            credentials
                .flat_map(|credentials| credentials.places())
                .for_each(|octets| *octets = place);
        }
        inner
    }

    /// Whose traffic an IPsec SA of IKEv1 is for.
    fn select(&mut self, raw: RawPayload<'_>) -> Result<(), DecodeError> {
        self.content.payloads.push(raw.payload_type);
        self.selectors.read_v1(&ikev1::Identification::decode(raw)?)
    }

    fn read_v2(&mut self, raw: RawPayload<'_>) -> Result<(), DecodeError> {
        match ikev2::Payload::decode(raw)? {
            ikev2::Payload::Eap(eap) => self.eap = Some(Eap::of(&eap)),
            ikev2::Payload::Delete(delete) => self.deleted.push(delete.protocol_id.0),
            ikev2::Payload::SecurityAssociation(sa) => {
                let proposals = sa.proposals().map_while(Result::ok);
                self.choose_spis(proposals.map(|proposal| proposal.spi));
            }
            ikev2::Payload::TrafficSelectors(selectors) => {
                let side = match PayloadType(raw.payload_type) {
                    PayloadType::TSI => &mut self.selectors.initiator,
                    _ => &mut self.selectors.responder,
                };
                Selectors::read_v2(side, &selectors)?;
            }
            ikev2::Payload::Configuration(configuration) => {
                let attributes = configuration.attributes().map_while(Result::ok);
                let settings = attributes.filter_map(|attribute| {
                    Setting::of(attribute.attribute_type.0, &attribute.content())
                });
                self.configuration = Some(Configuration {
                    cfg_type: configuration.cfg_type,
                    settings: settings.take(SETTINGS_KEPT).collect(),
                    user_accepted: None,
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn read_v1(&mut self, raw: RawPayload<'_>) -> Result<(), DecodeError> {
        match ikev1::Payload::decode(raw)? {
            ikev1::Payload::Delete(delete) => self.deleted.push(delete.protocol_id.0),
            ikev1::Payload::Notify(notify) => {
                if let ikev1::NotifyData::Lifetime(attributes) = notify.content()? {
                    live(attributes, &mut self.changed_lifetimes);
                }
            }
            ikev1::Payload::SecurityAssociation(sa) => {
                let proposals = sa.proposals().map_while(Result::ok);
                let ipsec = proposals
                    .filter(|proposal| proposal.protocol_id != v1::ProtocolId::PROTO_ISAKMP);
                self.choose_spis(ipsec.clone().map(|proposal| proposal.spi));
                let transforms = ipsec.flat_map(|proposal| proposal.transforms());
                for transform in transforms.map_while(Result::ok) {
                    live(transform.attributes(), &mut self.lifetimes);
                }
            }
            ikev1::Payload::Configuration(configuration) => {
                let attributes = configuration.attributes().map_while(Result::ok);
                let settings = attributes.filter_map(|attribute| {
                    Setting::of(attribute.attribute_type.0, &attribute.content())
                });
                self.configuration = Some(Configuration {
                    // The same numbers in both versions.
                    cfg_type: ConfigurationType(configuration.cfg_type.0),
                    settings: settings.take(SETTINGS_KEPT).collect(),
                    user_accepted: xauth_status(&configuration),
                });
            }
            _ => {}
        }
        Ok(())
    }

    /// SPIs of ESP and AH have four octets; those of IKE SAs do not.
    fn choose_spis<'a>(&mut self, spis: impl Iterator<Item = &'a [u8]>) {
        let spis = spis.filter_map(|spi| Some(u32::from_be_bytes(spi.try_into().ok()?)));
        for spi in spis.take(SPIS_KEPT) {
            if !self.child_spis.contains(&spi) {
                self.child_spis.push(spi);
            }
        }
    }
}

impl Eap {
    fn of(eap: &ikev2::Eap<'_>) -> Self {
        let method = eap.method;
        let user = method.and_then(|method| method.identity(eap.code));
        Self {
            code: eap.code,
            method: method.map(|method| method.method_type),
            user: user.map(|user| credentials::name(Untrusted(user))),
            error: method.and_then(|method| method.ms_chap_error(eap.code)),
            desired: method.map_or_else(Vec::new, |method| method.desired(eap.code).collect()),
        }
    }
}

impl Setting {
    /// The attribute, if it holds an address that matters.
    fn of(attribute_type: u16, value: &ConfigurationValue<'_>) -> Option<Self> {
        let kind = match ConfigurationAttributeType(attribute_type) {
            ConfigurationAttributeType::INTERNAL_IP4_ADDRESS
            | ConfigurationAttributeType::INTERNAL_IP6_ADDRESS => SettingKind::Address,
            ConfigurationAttributeType::INTERNAL_IP4_DNS
            | ConfigurationAttributeType::INTERNAL_IP6_DNS => SettingKind::Dns,
            ConfigurationAttributeType::INTERNAL_IP4_SUBNET
            | ConfigurationAttributeType::INTERNAL_IP6_SUBNET => SettingKind::Subnet,
            _ => return None,
        };
        let (address, prefix) = match *value {
            ConfigurationValue::Ipv4(address) => (address.into(), None),
            ConfigurationValue::Ipv6(address) => (address.into(), None),
            ConfigurationValue::Ipv6Prefix(address, prefix) => (address.into(), Some(prefix)),
            ConfigurationValue::Ipv4Subnet(address, mask) => {
                let prefix = u8::try_from(mask.to_bits().leading_ones()).ok()?;
                (address.into(), Some(prefix))
            }
            _ => return None,
        };
        Some(Self {
            kind,
            address,
            prefix,
        })
    }
}

/// Each type of lifetime stands before its duration (RFC 2407 §4.5).
fn live<'a>(
    attributes: impl Iterator<Item = Result<ikev1::Attribute<'a>, DecodeError>>,
    into: &mut Vec<Lifetime>,
) {
    let mut kind = v1::SaLifeType::SECONDS;
    for attribute in attributes.map_while(Result::ok) {
        let Some(value) = attribute.value.number() else {
            continue;
        };
        match v1::IpsecAttribute(attribute.number) {
            v1::IpsecAttribute::SA_LIFE_TYPE => {
                kind = v1::SaLifeType(u16::try_from(value).unwrap_or_default());
            }
            v1::IpsecAttribute::SA_LIFE_DURATION => {
                let lifetime = if kind == v1::SaLifeType::KILOBYTES {
                    Lifetime::Kilobytes(value)
                } else {
                    Lifetime::Seconds(value)
                };
                if !into.contains(&lifetime) {
                    into.push(lifetime);
                }
            }
            _ => {}
        }
    }
}

fn is_identification(raw: RawPayload<'_>) -> bool {
    ikev1::payload_type(&raw) == v1::PayloadType::ID
}

/// Certificates in clear are left alone: whoever can read certificates brings keys.
pub(crate) const NO_CERTIFICATES: ReadCertificate = |_| None;
/// XAUTH_STATUS in a SET: 0 is FAIL, 1 is OK (draft-beaulieu-ike-xauth-02 §6.2). The ACK has no value, or
/// repeats it.
fn xauth_status(configuration: &ikev1::Configuration<'_>) -> Option<bool> {
    const STATUS: v1::ConfigurationAttributeType = v1::ConfigurationAttributeType::XAUTH_STATUS;
    let mut attributes = configuration.attributes().map_while(Result::ok);
    let status = attributes.find(|attribute| attribute.attribute_type == STATUS)?;
    match status.content() {
        ConfigurationValue::Number(value) => Some(value != 0),
        _ => None,
    }
}

/// SPIs kept of the proposals of a message.
const SPIS_KEPT: usize = 32;

/// Attributes kept of a configuration.
const SETTINGS_KEPT: usize = 32;

/// Octets of a payload, generic header included, from and to (exclusive).
fn span(raw: &RawPayload<'_>) -> (u32, u32) {
    let from = u32::try_from(raw.offset()).unwrap_or(u32::MAX);
    (from, from.saturating_add(raw.length.into()))
}
